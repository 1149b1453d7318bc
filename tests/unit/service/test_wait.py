"""How the end of a task is waited for: by announcements, and by looking where none can be heard."""

import asyncio
import datetime as dt
import uuid
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from reelgate.core.errors import DatabaseUnavailable, TaskUnknown
from reelgate.core.task import State, Task
from reelgate.service import task_cache
from reelgate.service.task_cache import TaskCache
from reelgate.service.wait import wait_for_end
from reelgate.store.accounts import Principal
from reelgate.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable

    from reelgate.service.gateway import Gateway

TASK_ID = uuid.UUID(int=1)
NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
SPEC = (
    '{"mode":"text_to_video","prompt":"a lake","duration_s":8,"resolution":"720p","aspect_ratio":"16:9","samples":1,'
    '"audio":true,"seed":1}'
)
ROW: dict[str, Any] = {
    "id": TASK_ID,
    "account_id": uuid.UUID(int=7),
    "dialect": "veo4api",
    "model": "veo-4",
    "spec": SPEC,
    "state": "queued",
    "phase": None,
    "version": 1,
    "progress": None,
    "engine": "animatic",
    "price_microcredits": 1,
    "failure_code": None,
    "failure_message": None,
    "understanding": None,
    "artifacts": "[]",
    "created_at": NOW,
    "started_at": None,
    "completed_at": None,
    "remix_of": None,
    "wire_request": None,
    "final_prompt": None,
    "remote": False,
    "filtered_count": 0,
    "filtered_reasons": "[]",
}
ENDED = ROW | {"state": "canceled", "completed_at": NOW}
LONG_S = 60.0


class OneTask(Database):
    """Holds one task and counts how often it is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.row: dict[str, Any] | None = ROW
        self.away = False
        #: Called once while the task is being read.
        self.meanwhile: Callable[[], None] | None = None

    async def fetchrow(self, sql: str, *arguments: object) -> Any:
        """Answer the task as it was when it was asked for."""
        self.asked += 1
        row = self.row
        if self.meanwhile:
            happening, self.meanwhile = self.meanwhile, None
            happening()
        if self.away:
            raise DatabaseUnavailable("The database does not answer.")
        return row


@pytest.fixture
def database() -> OneTask:
    """A database with one task."""
    return OneTask()


@pytest.fixture
def cache(database: OneTask) -> TaskCache:
    """A cache that hears of changes."""
    cache = TaskCache(database)
    cache.set_hearing(hearing=True)
    return cache


async def waiting(cache: TaskCache, timeout_s: float = LONG_S) -> "asyncio.Task[Task | None]":
    """Return somebody who waits for the end of the task, asleep by now."""
    waiter = asyncio.create_task(cache.load_ended(TASK_ID, timeout_s))
    for _ in range(5):
        await asyncio.sleep(0)
    return waiter


async def state_after(waiter: "asyncio.Task[Task | None]") -> State:
    task = await waiter
    assert task
    return task.state


async def test_all_who_wait_for_an_end_hear_of_it(cache: TaskCache, database: OneTask) -> None:
    """Progress neither wakes them nor costs a query; the end wakes each."""
    waiters = [await waiting(cache) for _ in range(3)]
    asked = database.asked
    for _ in range(10):
        cache.forget(TASK_ID)
        await asyncio.sleep(0)
    assert database.asked == asked
    database.row = ENDED
    cache.end(TASK_ID)
    assert [await state_after(waiter) for waiter in waiters] == [State.CANCELED] * 3
    assert not cache._awaiting_end


async def test_an_end_while_the_task_is_read_is_not_missed(cache: TaskCache, database: OneTask) -> None:
    """What was read is outdated when it arrives: it is read again."""

    def end() -> None:
        database.row = ENDED
        cache.end(TASK_ID)

    database.meanwhile = end
    assert await state_after(await waiting(cache)) is State.CANCELED
    assert database.asked == 2


async def test_a_wait_has_an_end_of_its_own(cache: TaskCache) -> None:
    """After the time given the task is returned as it stands."""
    assert await state_after(await waiting(cache, 0.01)) is State.QUEUED
    assert not cache._awaiting_end


async def test_an_ended_task_is_returned_at_once_and_none_is_none(cache: TaskCache, database: OneTask) -> None:
    """There is nothing to wait for."""
    database.row = ENDED
    assert await state_after(await waiting(cache)) is State.CANCELED
    cache.forget(TASK_ID)
    database.row = None
    assert await cache.load_ended(TASK_ID, LONG_S) is None
    assert not cache._awaiting_end


async def test_who_waits_looks_again_while_nothing_is_heard(
    cache: TaskCache, database: OneTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the connection that listens is lost, those who wait are woken, and look for themselves until it is back."""
    monkeypatch.setattr(task_cache, "LOOK_AGAIN_S", 0.001)
    waiter = await waiting(cache)
    assert database.asked == 1

    def end_silently() -> None:
        if database.asked == 4:
            database.row = ENDED
        else:
            database.meanwhile = end_silently

    database.meanwhile = end_silently
    cache.set_hearing(hearing=False)
    assert await state_after(waiter) is State.CANCELED
    assert database.asked == 5


async def test_what_was_missed_while_deaf_is_found_when_heard_again(cache: TaskCache, database: OneTask) -> None:
    """An end that nobody announced is seen as soon as announcements are heard again."""
    cache.set_hearing(hearing=False)
    waiter = await waiting(cache)
    database.row = ENDED
    cache.set_hearing(hearing=True)
    assert await state_after(waiter) is State.CANCELED


async def test_who_stops_waiting_leaves_nothing(cache: TaskCache) -> None:
    """Of two who wait one goes away; the other still hears of the end."""
    leaving, staying = await waiting(cache), await waiting(cache)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    assert len(cache._awaiting_end[TASK_ID]) == 1
    staying.cancel()
    await asyncio.gather(staying, return_exceptions=True)
    assert not cache._awaiting_end


async def test_an_outage_of_the_database_ends_no_wait(cache: TaskCache, database: OneTask) -> None:
    """While the database is away the wait goes on; it is over when the task can be read again."""
    waiter = await waiting(cache)
    database.away = True
    cache.set_hearing(hearing=False)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiter.done()
    database.away, database.row = False, ENDED
    cache.set_hearing(hearing=True)
    assert await state_after(waiter) is State.CANCELED


async def test_an_outage_that_lasts_is_told_in_the_end(cache: TaskCache, database: OneTask) -> None:
    """After the time given there is no answer but the outage."""
    database.away = True
    with pytest.raises(DatabaseUnavailable):
        await cache.load_ended(TASK_ID, 0.01)
    assert not cache._awaiting_end


async def test_only_the_owner_may_wait(cache: TaskCache, database: OneTask) -> None:
    """Somebody else's task and one that is gone are unknown."""
    database.row = ENDED
    gateway = cast("Gateway", SimpleNamespace(tasks=cache))
    owner = Principal(key_id=TASK_ID, account_id=ROW["account_id"], account="me")
    stranger = Principal(key_id=TASK_ID, account_id=TASK_ID, account="you")
    assert (await wait_for_end(gateway, owner, TASK_ID, LONG_S)).state is State.CANCELED
    with pytest.raises(TaskUnknown):
        await wait_for_end(gateway, stranger, TASK_ID, LONG_S)
    cache.forget(TASK_ID)
    database.row = None
    with pytest.raises(TaskUnknown):
        await wait_for_end(gateway, owner, TASK_ID, LONG_S)
