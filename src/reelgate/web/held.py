"""Hold a request open while something is waited for, until its client goes away.

For handlers that answer late. A request whose body was read says nothing more until its client hangs up, so waiting for
its next message costs nothing.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.types import Receive

_Result = TypeVar("_Result")


async def hold(request: Request, waiting: Coroutine[Any, Any, _Result]) -> _Result | None:
    """Return what `waiting` returns, or None as soon as the client has gone away; then `waiting` is cancelled.

    The body must have been read to its end before.
    """
    result = asyncio.ensure_future(waiting)
    gone = asyncio.ensure_future(_until_gone(request.receive))
    try:
        await asyncio.wait({result, gone}, return_when=asyncio.FIRST_COMPLETED)
        return result.result() if result.done() else None
    finally:
        for task in (result, gone):
            task.cancel()
        await asyncio.gather(result, gone, return_exceptions=True)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
