"""A module that no zygote may preload: it starts a thread."""

import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
