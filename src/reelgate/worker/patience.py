"""Ask a database that is away for a moment again, so that a finished render is not thrown away with the moment.

For statements that may be repeated, alone. Called by `advance` and `artifacts`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from reelgate.core.errors import DatabaseUnavailable

T = TypeVar("T")

#: How long and how often it is tried; after that the sweep has the task repeated.
TRY_FOR_S: Final = 60.0
TRY_AGAIN_S: Final = 0.5


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Return what `ask` answers, asking again while the database is away.

    Raises:
        DatabaseUnavailable: it was away for `TRY_FOR_S`.

    """
    for _ in range(int(TRY_FOR_S / TRY_AGAIN_S)):
        try:
            return await ask()
        except DatabaseUnavailable:
            await asyncio.sleep(TRY_AGAIN_S)
    return await ask()
