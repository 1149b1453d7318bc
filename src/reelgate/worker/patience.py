"""Ask a database that is away for a moment again, so that a finished render is not thrown away with the moment.

For statements that may be repeated, alone; and what a disk means that does not. Called by `advance`, `remote` and their
neighbours.
"""

import asyncio
import contextlib
import errno
from collections.abc import Awaitable, Callable, Iterator
from typing import Final, TypeVar

from reelgate.core.errors import DatabaseUnavailable, StorageFull, StorageUnavailable

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


@contextlib.contextmanager
def our_errors() -> Iterator[None]:
    """Say what it means when the folder to work in cannot be written to."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("There is no room left to work in.") from error
        raise StorageUnavailable("The folder to work in cannot be written to.") from error
