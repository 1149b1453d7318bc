"""Files that are being stored and that no task has yet, so that none is left behind by a crash.

Whoever stores a file notes it first; `accept_task` and `finish_task` take the note away in the statement that gives the
file to a task; the sweep removes what is still noted after a day. Called by `service` and `worker`.
"""

import datetime as dt
from collections.abc import Sequence

from reelgate.store.database import Database
from reelgate.store.statements import FILES


async def note_files(database: Database, object_keys: Sequence[str]) -> None:
    """Note files that are about to be stored. May be repeated."""
    await database.fetch(FILES["note_files"], object_keys)


async def unclaimed_files(database: Database, age: dt.timedelta) -> tuple[str, ...]:
    """Return at most 1,000 keys of files that were noted so long ago and never claimed."""
    return tuple(row["object_key"] for row in await database.fetch(FILES["unclaimed_files"], age))


async def drop_files(database: Database, object_keys: Sequence[str]) -> None:
    """Forget files that were removed. May be repeated."""
    await database.fetch(FILES["drop_files"], object_keys)
