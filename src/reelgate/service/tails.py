"""Find tasks and videos by their short names (`core.tails`). Somebody else's does not exist for the caller (T7).

Which id a name stands for is remembered, so that a poll by a short name costs what any poll costs.
"""

import uuid
from typing import Final

from reelgate.core.errors import TaskUnknown
from reelgate.core.tails import from_tail
from reelgate.core.task import Artifact, ArtifactKind, Task
from reelgate.service.gateway import Gateway
from reelgate.service.query import find_task
from reelgate.store.accounts import Principal
from reelgate.store.tails import find_task_id, find_video_task_id

TAILS_MAX: Final = 10_000


async def find_task_by_tail(gateway: Gateway, principal: Principal, name: str) -> Task:
    """Return the task of the caller's account that has a short name.

    Raises:
        TaskUnknown: there is none among the caller's.

    """
    tail = _tail(name)
    task_id = gateway.tails.get(tail)
    if task_id is None:
        task_id = _known(await find_task_id(gateway.database, tail))
        gateway.tails[tail] = task_id
        if len(gateway.tails) > TAILS_MAX:
            gateway.tails.popitem(last=False)
    return await find_task(gateway, principal, task_id)


async def find_video_by_tail(gateway: Gateway, principal: Principal, name: str) -> tuple[Task, Artifact]:
    """Return the video of a task of the caller's account that has a short name, and that task.

    Raises:
        TaskUnknown: there is none among the caller's.

    """
    tail = _tail(name)
    task = await find_task(gateway, principal, _known(await find_video_task_id(gateway.database, tail)))
    for video in task.files(ArtifactKind.VIDEO):
        if video.id.bytes.endswith(tail):
            return task, video
    raise TaskUnknown(_UNKNOWN)


_UNKNOWN: Final = "There is no such task."


def _tail(name: str) -> bytes:
    try:
        return from_tail(name)
    except ValueError as error:
        raise TaskUnknown(_UNKNOWN) from error


def _known(task_id: uuid.UUID | None) -> uuid.UUID:
    if task_id is None:
        raise TaskUnknown(_UNKNOWN)
    return task_id
