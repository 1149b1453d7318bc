"""The part that answers HTTP as a process: `python -m reelgate.cli.api_process`, as `serve` starts it.

`reelgate api` runs the same function on a machine of its own.
"""

import reelgate.kit.plain  # noqa: F401 - first of all

# isort: split
import gc
import os
import socket
import sys
from typing import Final

import uvicorn

from reelgate.app.api import make_api
from reelgate.cli.handover import BACKLOG, DRAIN_S, GUESSED_VARIABLE, SOCKET_VARIABLE, take_over
from reelgate.settings import Settings

#: Python looks for rings of garbage after so many new objects, and at older ones every so many times: with its own 700,
#: every few requests.
COLLECT_AFTER: Final = (10_000, 20, 20)


def run_api(settings: Settings, dsn: str, listening: socket.socket, public_url: str, *, guessed: bool) -> None:
    """Answer HTTP on a listening socket until SIGTERM or SIGINT; `guessed` says that nobody has set `public_url`."""
    config = uvicorn.Config(
        make_api(settings, dsn, public_url, guessed=guessed),
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=DRAIN_S,
    )
    # What is loaded by now stays: there is no use in going through it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    uvicorn.Server(config).run(sockets=[listening])


def main() -> None:
    """Answer on the socket that was handed over."""
    settings, dsn, public_url = take_over()
    listening = socket.socket(fileno=int(os.environ[SOCKET_VARIABLE]))
    run_api(settings, dsn, listening, public_url, guessed=GUESSED_VARIABLE in os.environ)


if __name__ == "__main__":
    main()
