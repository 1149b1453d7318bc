"""End when the parent ends: a child holds the reading end of a pipe whose writing end only its parent has.

However the parent dies, `kill -9` included, the kernel closes the pipe. Knows nothing about video.
"""

import os
import signal
import threading
from typing import Final

#: A process that has not ended so long after SIGTERM hangs, and nobody is left to kill it.
END_GRACE_S: Final = 30.0
#: Names the inherited descriptor of the pipe's reading end.
VARIABLE: Final = "REELGATE_LIFELINE_FD"


def hold_lifeline(grace_s: float = END_GRACE_S) -> None:
    """Send this process SIGTERM once the parent has gone, and SIGKILL when it is still there `grace_s` later.

    Nothing happens without a lifeline in the environment.
    """
    text = os.environ.pop(VARIABLE, "")
    if text.isdigit():
        threading.Thread(target=_wait, args=(int(text), grace_s), name="lifeline", daemon=True).start()


def _wait(descriptor: int, grace_s: float) -> None:
    os.read(descriptor, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(grace_s)
    os.kill(os.getpid(), signal.SIGKILL)
