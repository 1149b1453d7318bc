"""What a task cache remembers, and for how long."""

import datetime as dt
import uuid
from typing import Any

import pytest

from reelgate.core.task import Task
from reelgate.service.task_cache import TaskCache
from reelgate.store.database import Database

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
}


class OneTask(Database):
    """Holds one task and counts how often it is asked for."""

    def __init__(self) -> None:
        self.asked = 0

    async def fetchrow(self, sql: str, *arguments: object) -> Any:
        """Answer the task."""
        self.asked += 1
        return ROW


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
