"""What is remembered of tasks, and when it is not."""

import asyncio
import datetime as dt
import uuid
from typing import Any, cast

import pytest

from fakes import make_spec
from reelgate.core.task import State, Task
from reelgate.service import task_cache
from reelgate.service.task_cache import TaskCache
from reelgate.store.database import Database
from reelgate.store.rows import spec_to_json
from reelgate.store.statements import TASKS

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


class FakeDatabase(Database):
    """Has tasks, counts how often it is asked, and can be made to answer late."""

    def __init__(self) -> None:
        """Begin empty."""
        self.rows: dict[uuid.UUID, dict[str, Any]] = {}
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    def put(self, number: int, state: State = State.PROCESSING, progress: int = 0) -> uuid.UUID:
        """Put a task there, or change it."""
        task_id = uuid.UUID(int=number)
        row = dict.fromkeys(
            (
                "failure_code",
                "failure_message",
                "understanding",
                "started_at",
                "completed_at",
                "remix_of",
                "wire_request",
                "final_prompt",
            )
        )
        self.rows[task_id] = row | {
            "id": task_id, "account_id": uuid.UUID(int=1), "dialect": "veo4api", "model": "veo-4",
            "spec": spec_to_json(make_spec()), "state": state.value, "phase": None, "version": 1,
            "progress": progress, "engine": "animatic", "price_microcredits": 0, "artifacts": "[]", "created_at": NOW,
            "remote": False, "filtered_count": 0, "filtered_reasons": "[]",
        }  # fmt: skip
        return task_id

    async def fetchrow(self, sql: str, *arguments: object) -> Any:
        """Answer what stood there when it was asked, late."""
        assert sql == TASKS["load_task"]
        self.asked += 1
        row = self.rows.get(cast("uuid.UUID", arguments[0]))
        await self.gate.wait()
        return row


@pytest.fixture
def database() -> FakeDatabase:
    """An empty database."""
    return FakeDatabase()


@pytest.fixture
def tasks(database: FakeDatabase) -> TaskCache:
    """A cache that hears."""
    cache = TaskCache(database)
    cache.set_hearing(hearing=True)
    return cache


async def progress(tasks: TaskCache, task_id: uuid.UUID) -> int | None:
    task = await tasks.load(task_id)
    assert isinstance(task, Task)
    return task.progress


async def test_a_task_is_loaded_once(tasks: TaskCache, database: FakeDatabase) -> None:
    """Until it changes."""
    task_id = database.put(5)
    assert [await progress(tasks, task_id) for _ in range(3)] == [0, 0, 0]
    assert database.asked == 1
    database.put(5, progress=40)
    tasks.forget(task_id)
    assert [await progress(tasks, task_id) for _ in range(3)] == [40, 40, 40]
    assert database.asked == 2


async def test_an_unknown_task_is_not_remembered(tasks: TaskCache, database: FakeDatabase) -> None:
    """It may be accepted the next moment."""
    task_id = uuid.UUID(int=5)
    assert await tasks.load(task_id) is None
    database.put(5)
    assert await tasks.load(task_id)


async def test_without_hearing_nothing_is_remembered(database: FakeDatabase) -> None:
    """At the start, and when the connection is lost: what was remembered goes too."""
    tasks = TaskCache(database)
    task_id = database.put(5)
    for _ in range(2):
        await tasks.load(task_id)
    assert database.asked == 2
    tasks.set_hearing(hearing=True)
    await tasks.load(task_id)
    tasks.set_hearing(hearing=False)
    database.put(5, progress=40)
    assert [await progress(tasks, task_id) for _ in range(2)] == [40, 40]
    assert database.asked == 5


@pytest.mark.parametrize("change", ["task", "deaf", "deaf and back"])
async def test_what_was_loaded_across_a_change_is_not_remembered(
    tasks: TaskCache, database: FakeDatabase, change: str
) -> None:
    """The change may be newer than the answer."""
    task_id = database.put(5)
    database.gate.clear()
    loading = asyncio.create_task(progress(tasks, task_id))
    while not database.asked:  # noqa: ASYNC110 - one turn of the loop
        await asyncio.sleep(0)
    database.put(5, progress=40)
    if change == "task":
        tasks.forget(task_id)
    else:
        tasks.set_hearing(hearing=False)
        if change == "deaf and back":
            tasks.set_hearing(hearing=True)
    database.gate.set()
    assert await loading == 0
    assert await progress(tasks, task_id) == 40


async def test_the_memory_is_bounded(tasks: TaskCache, database: FakeDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest entry goes first."""
    monkeypatch.setattr(task_cache, "TASKS_MAX", 2)
    ids = [database.put(number) for number in range(3)]
    for task_id in ids:
        await tasks.load(task_id)
    assert len(tasks._tasks) == 2
    await tasks.load(ids[2])
    assert database.asked == 3
    await tasks.load(ids[0])
    assert database.asked == 4


@pytest.mark.parametrize("wake", ["change", "end", "deaf"])
async def test_whoever_waits_is_woken(tasks: TaskCache, wake: str) -> None:
    """All of them, by any change, and when it becomes uncertain whether a change would be heard."""
    task_id = uuid.UUID(int=5)
    waiting = [asyncio.create_task(tasks.wait_for_change(task_id, 600)) for _ in range(3)]
    await asyncio.sleep(0)
    tasks.forget(uuid.UUID(int=6))
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    if wake == "change":
        tasks.forget(task_id)
    elif wake == "end":
        tasks.end(task_id)
    else:
        tasks.set_hearing(hearing=False)
    await asyncio.gather(*waiting)
    assert tasks._awaiting_change == {}


async def test_whoever_waited_in_vain_leaves_nothing(tasks: TaskCache) -> None:
    """Waits for tasks that never change again do not add up."""
    await tasks.wait_for_change(uuid.UUID(int=5), 0)
    cut = asyncio.create_task(tasks.wait_for_change(uuid.UUID(int=6), 600))
    await asyncio.sleep(0)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    assert tasks._awaiting_change == {}


async def test_a_view_is_made_once_while_its_task_is_unchanged() -> None:
    """What a wire shows of a task is kept under its name until the stamp or the task changes."""
    database = FakeDatabase()
    cache = TaskCache(database)
    cache.set_hearing(hearing=True)
    task_id = database.put(1)
    made: list[str] = []

    def make(view: str) -> str:
        made.append(view)
        return view

    task = await cache.load(task_id)
    assert task
    assert [cache.view(task, "a", 1, lambda: make("first")) for _ in range(3)] == ["first"] * 3
    assert cache.view(task, "b", 1, lambda: make("another name")) == "another name"
    assert cache.view(task, "a", 2, lambda: make("another stamp")) == "another stamp"
    database.put(1, progress=50)
    cache.forget(task_id)
    changed = await cache.load(task_id)
    assert changed
    assert cache.view(changed, "a", 2, lambda: make("another task")) == "another task"
    assert made == ["first", "another name", "another stamp", "another task"]


async def test_a_view_of_a_task_that_is_not_at_hand_is_not_kept() -> None:
    """Without hearing nothing is kept, nor is it for a task that was loaded before a change."""
    database = FakeDatabase()
    cache = TaskCache(database)
    task = await cache.load(database.put(1))
    assert task
    numbers = iter(range(9))
    assert [cache.view(task, "a", 1, lambda: next(numbers)) for _ in range(3)] == [0, 1, 2]
