"""End when the parent ends: a child holds the reading end of a pipe whose writing end only its parent has.

However the parent dies, `kill -9` included, the kernel closes the pipe. Knows nothing about video.
"""

import os
import signal
import threading
from typing import Final

#: Names the inherited descriptor of the pipe's reading end.
VARIABLE: Final = "REELGATE_LIFELINE_FD"


def hold_lifeline() -> None:
    """Send this process SIGTERM once the parent has gone; nothing happens without a lifeline in the environment."""
    text = os.environ.pop(VARIABLE, "")
    if text.isdigit():
        threading.Thread(target=_wait, args=(int(text),), name="lifeline", daemon=True).start()


def _wait(descriptor: int) -> None:
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
