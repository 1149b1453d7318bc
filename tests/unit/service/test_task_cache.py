"""What a task cache remembers, and for how long."""

import asyncio
import datetime as dt
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from reelgate.core.task import State, Task
from reelgate.service import task_cache
from reelgate.service.task_cache import TaskCache
from reelgate.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable

TASK_ID = uuid.UUID(int=1)
NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
SPEC = (
    '{"mode":"text_to_video","prompt":"a lake","duration_s":8,"resolution":"720p","aspect_ratio":"16:9","samples":1,'
    '"audio":true,"seed":1}'
)
ROW = {
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
}
ENDED = ROW | {"state": "canceled", "completed_at": NOW}
LONG_S = 60.0


class OneTask(Database):
    """Holds one task and counts how often it is asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self.row: dict[str, Any] | None = ROW
        #: Called once while the task is being read.
        self.meanwhile: Callable[[], None] | None = None

    async def fetchrow(self, sql: str, *arguments: object) -> Any:
        """Answer the task as it was when it was asked for."""
        self.asked += 1
        row = self.row
        if self.meanwhile:
            happening, self.meanwhile = self.meanwhile, None
            happening()
        return row


class Counter:
    """Makes 1, 2, 3, ..."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> int:
        """Return one more than before."""
        self.made += 1
        return self.made


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


async def loaded(cache: TaskCache) -> Task:
    task = await cache.load(TASK_ID)
    assert task
    return task


async def test_a_task_is_loaded_once_until_it_changes(cache: TaskCache, database: OneTask) -> None:
    """Polls of a task that has not changed do not reach the database."""
    first = await loaded(cache)
    assert await loaded(cache) is first
    assert database.asked == 1
    cache.forget(TASK_ID)
    assert await loaded(cache) is not first


async def test_nothing_is_kept_while_changes_are_not_heard(cache: TaskCache, database: OneTask) -> None:
    """Without announcements each poll asks the database, and views are made anew."""
    cache.set_hearing(hearing=False)
    make = Counter()
    for count in (1, 2):
        assert cache.view(await loaded(cache), "status", 0, make) == count
    assert database.asked == 2


async def test_a_view_is_made_once_for_a_task_and_stamp(cache: TaskCache) -> None:
    """What was made of a task is made again when its stamp or the task changes, and each name has its own."""
    make = Counter()
    task = await loaded(cache)
    assert [cache.view(task, "status", stamp, make) for stamp in (0, 0, 1, 1, 0)] == [1, 1, 2, 2, 3]
    assert cache.view(task, "other", 0, make) == 4
    assert cache.view(task, "status", 0, make) == 3
    cache.forget(TASK_ID)
    assert cache.view(task, "status", 0, make) == 5
    assert cache.view(await loaded(cache), "status", 0, make) == 6


async def test_a_view_of_an_outdated_task_is_not_kept(cache: TaskCache) -> None:
    """A handler that still holds the task as it was never leaves its view to later polls."""
    make = Counter()
    outdated = await loaded(cache)
    cache.forget(TASK_ID)
    current = await loaded(cache)
    assert cache.view(outdated, "status", 0, make) == 1
    assert cache.view(current, "status", 0, make) == 2
    assert cache.view(outdated, "status", 0, make) == 3


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
