"""The peer of `polls`: a bare Starlette route that returns given bytes and headers, under our own uvicorn settings.

Run as `python bench/bare.py FD` with a listening socket as FD; what it returns comes by standard input as JSON. It
imports nothing of reelgate.
"""

import json
import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BACKLOG = 2048


def main() -> None:
    """Serve until SIGTERM."""
    answer = json.load(sys.stdin)
    content, headers = answer["body"].encode(), answer["headers"]

    async def status(_: Request) -> Response:
        return Response(content, headers=headers, media_type="application/json")

    config = uvicorn.Config(
        Starlette(routes=[Route(answer["path"], status)]),
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
