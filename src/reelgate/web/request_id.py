"""Give every request an id: the caller's own where it is sane, else a fresh one; logs and the answer carry it."""

import os
import random
import re
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reelgate.kit.logs import REQUEST_ID

HEADER: Final = b"x-request-id"
ID_BYTES: Final = 16

_SCOPE_KEY: Final = "reelgate.request_id"
#: An id tells requests apart and guards nothing: asking the system for each would cost ten times as much.
_RANDOM: Final = random.Random(os.urandom(ID_BYTES))  # noqa: S311 - see above
_SANE: Final = re.compile(rb"[A-Za-z0-9._-]{1,64}")


class RequestIds:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _read_id(scope) or b"%032x" % _RANDOM.getrandbits(8 * ID_BYTES)

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (HEADER, request_id)]
            await send(message)

        scope[_SCOPE_KEY] = text = request_id.decode()
        before = REQUEST_ID.set(text)
        try:
            await self._app(scope, receive, send_with_id)
        finally:
            REQUEST_ID.reset(before)


def request_id_of(scope: Scope) -> str:
    """Return the id of a request; an empty text where none was given."""
    found: str = scope.get(_SCOPE_KEY, "")
    return found


def _read_id(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == HEADER and _SANE.fullmatch(value):
            found: bytes = value
            return found
    return None
