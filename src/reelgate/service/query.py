"""Read tasks: one by id, or a page. Somebody else's task is answered as one that does not exist (T7)."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reelgate.core.errors import TaskUnknown
from reelgate.core.media import IMAGE_TYPES
from reelgate.core.polling import expected_span_s
from reelgate.core.task import Artifact, State, Task
from reelgate.objects.links import sign_link
from reelgate.service.gateway import Gateway
from reelgate.store.accounts import Principal
from reelgate.store.tasks import list_tasks, list_tasks_between, list_tasks_from
from reelgate.store.upstream import load_timings

#: How long a link to a file works, from the moment it is made.
LINK_LIFETIME: Final = dt.timedelta(hours=24)
#: Links made within the same hour are the same, so that answers and caches stay equal while polling.
_LINK_STEP_S: Final = 3600

_SUFFIXES: Final = {"video/mp4": "mp4", "image/gif": "gif", **IMAGE_TYPES}


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskPage:
    """Some of an account's tasks, newest first."""

    tasks: tuple[Task, ...]
    #: How many there are in all.
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskSlice:
    """Some of an account's tasks, from a place on."""

    tasks: tuple[Task, ...]
    #: Whether others follow.
    has_more: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """Where a file can be fetched, and until when."""

    url: str
    expires_at: dt.datetime


async def find_task(gateway: Gateway, principal: Principal, task_id: uuid.UUID) -> Task:
    """Return a task of the caller's account.

    Raises:
        TaskUnknown: there is none with that id among the caller's.

    """
    task = await gateway.tasks.load(task_id)
    if task is None or task.account_id != principal.account_id:
        raise TaskUnknown("There is no such task.")
    return task


async def page_tasks(
    gateway: Gateway,
    principal: Principal,
    *,
    states: Sequence[State] | None,
    limit: int,
    offset: int,
) -> TaskPage:
    """Return a page of the caller's tasks; `limit` and `offset` are the dialect's to bound."""
    tasks, total = await list_tasks(gateway.database, principal.account_id, states=states, limit=limit, offset=offset)
    return TaskPage(tasks=tasks, total=total)


async def page_tasks_between(
    gateway: Gateway,
    principal: Principal,
    between: tuple[uuid.UUID, uuid.UUID],
    *,
    limit: int,
    offset: int,
) -> TaskPage:
    """Return a page of the caller's tasks with ids from one to another, which `core.ids` knows for a span of time."""
    tasks, total = await list_tasks_between(gateway.database, principal.account_id, between, limit=limit, offset=offset)
    return TaskPage(tasks=tasks, total=total)


async def slice_tasks(
    gateway: Gateway,
    principal: Principal,
    *,
    start: uuid.UUID | None,
    oldest_first: bool,
    limit: int,
) -> TaskSlice:
    """Return the caller's tasks that follow the id `start`, which may be a deleted one; None begins at the end."""
    found = await list_tasks_from(
        gateway.database, principal.account_id, start=start, oldest_first=oldest_first, limit=limit + 1
    )
    return TaskSlice(tasks=found[:limit], has_more=len(found) > limit)


def link_to(gateway: Gateway, artifact: Artifact) -> Link:
    """Return a signed link to a file that works for `LINK_LIFETIME`, give or take the step. Pure but for the clock."""
    expires_s = _link_expiry_s(gateway)
    path = f"/files/{artifact.id.hex}/{artifact.kind.value}-{artifact.sample}.{_SUFFIXES[artifact.media_type]}"
    query = sign_link(path, expires_s=expires_s, keys=gateway.link_keys)
    return Link(url=f"{gateway.public_url}{path}?{query}", expires_at=link_expiry(gateway))


async def expected_wait_s(gateway: Gateway, task: Task) -> tuple[float, float] | None:
    """Return the seconds within which most tasks like this one are made elsewhere; None for one made here."""
    able = gateway.capabilities.get(task.engine or "")
    if able is None or not able.remote:
        return None
    durations = await load_timings(gateway.database, task.engine or "", task.spec.model)
    return expected_span_s(durations, able.run_typical_s)


def link_expiry(gateway: Gateway) -> dt.datetime:
    """Return until when a link that is made now works. Pure but for the clock."""
    return dt.datetime.fromtimestamp(_link_expiry_s(gateway), dt.UTC)


def _link_expiry_s(gateway: Gateway) -> int:
    expires_s = int((gateway.clock() + LINK_LIFETIME).timestamp())
    return expires_s + -expires_s % _LINK_STEP_S
