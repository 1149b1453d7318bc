"""Tasks and videos by the last 8 bytes of their ids (`core.tails`). Called by `service.tails`.

Whose they are, the caller checks. Ids never change, so what is found may be remembered.
"""

import uuid

from reelgate.store.database import Database
from reelgate.store.statements import TAILS


async def find_task_id(database: Database, tail: bytes) -> uuid.UUID | None:
    """Return the id of the task whose id ends with `tail`, or None."""
    return _plain(await database.fetchval(TAILS["find_task_id"], tail))


async def find_video_task_id(database: Database, tail: bytes) -> uuid.UUID | None:
    """Return the id of the task that has the video whose id ends with `tail`, or None."""
    return _plain(await database.fetchval(TAILS["find_video_task_id"], tail))


def _plain(found: uuid.UUID | None) -> uuid.UUID | None:
    # The driver's own kind of UUID is slower to hash and to compare.
    return None if found is None else uuid.UUID(int=found.int)
