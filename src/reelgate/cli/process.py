"""The two long-lived parts as processes: `python -m reelgate.cli.process api|worker`.

`serve` starts them with a lifeline and an open socket; `reelgate api` and `reelgate worker` run the same functions on
machines of their own. Light on imports: no command-line library is loaded here.
"""

import asyncio
import os
import signal
import socket
import sys
from typing import Final

import uvicorn

from reelgate.app import make_api, open_worker
from reelgate.kit.lifeline import hold_lifeline
from reelgate.kit.logs import configure_logs
from reelgate.settings import Settings

#: Names the inherited descriptor of the listening socket.
SOCKET_VARIABLE: Final = "REELGATE_SOCKET_FD"
#: How long answers under way may take when the server is told to end.
DRAIN_S: Final = 10
BACKLOG: Final = 2048


def run_api(settings: Settings, dsn: str, listening: socket.socket, public_url: str) -> None:
    """Answer HTTP on a listening socket until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        make_api(settings, dsn, public_url),
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
    uvicorn.Server(config).run(sockets=[listening])


def run_worker(settings: Settings, dsn: str) -> None:
    """Work off tasks until SIGTERM or SIGINT."""
    asyncio.run(_work(settings, dsn))


async def _work(settings: Settings, dsn: str) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with open_worker(settings, dsn) as worker:
        working = asyncio.create_task(worker.run())
        await stopped.wait()
        worker.stop()
        # A render that is cut off here is repeated by whoever takes the task over.
        await asyncio.wait({working}, timeout=DRAIN_S)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


def main() -> None:
    """Run the part that the first argument names, as `serve` starts it."""
    hold_lifeline()
    settings = Settings()
    configure_logs(settings.log_level, settings.log_format)
    if settings.database_url is None or settings.public_url is None:
        sys.exit("REELGATE_DATABASE_URL and REELGATE_PUBLIC_URL are set by `reelgate serve`; use that.")
    if sys.argv[1:] == ["api"]:
        listening = socket.socket(fileno=int(os.environ[SOCKET_VARIABLE]))
        run_api(settings, settings.database_url, listening, settings.public_url)
    elif sys.argv[1:] == ["worker"]:
        run_worker(settings, settings.database_url)
    else:
        sys.exit("usage: python -m reelgate.cli.process api|worker")


if __name__ == "__main__":
    main()
