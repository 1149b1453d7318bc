"""Tasks at hand: a poll of a task that has not changed does not reach the database.

An entry is dropped when Postgres announces a change of its task. While announcements cannot be heard, nothing is kept.
One per API process.
"""

import asyncio
import contextlib
import uuid
from collections import OrderedDict
from typing import Final

from reelgate.core.task import Task
from reelgate.store.database import Database
from reelgate.store.tasks import load_task

TASKS_MAX: Final = 10_000


class TaskCache:
    """Loads tasks and remembers them until they change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tasks: OrderedDict[uuid.UUID, Task] = OrderedDict()
        #: Counts the changes that were heard: what was loaded across one may be stale.
        self._changes = 0
        self._waiting: dict[uuid.UUID, asyncio.Event] = {}
        self._hearing = False

    async def load(self, task_id: uuid.UUID) -> Task | None:
        """Return a task, or None when there is none.

        Raises:
            DatabaseUnavailable: it is not at hand and cannot be loaded.

        """
        task = self._tasks.get(task_id)
        if task is not None:
            return task
        before = self._changes
        task = await load_task(self._database, task_id)
        if task is not None and self._hearing and self._changes == before:
            self._tasks[task_id] = task
            if len(self._tasks) > TASKS_MAX:
                self._tasks.popitem(last=False)
        return task

    async def wait_for_change(self, task_id: uuid.UUID, timeout_s: float) -> None:
        """Return when the task changes, or after `timeout_s` seconds."""
        event = self._waiting.setdefault(task_id, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), timeout_s)

    def forget(self, task_id: uuid.UUID) -> None:
        """Drop a task that has changed and wake who waits for it."""
        self._changes += 1
        self._tasks.pop(task_id, None)
        if event := self._waiting.pop(task_id, None):
            event.set()

    def set_hearing(self, *, hearing: bool) -> None:
        """Say whether changes can be heard; without hearing nothing is kept."""
        self._hearing = hearing
        self._changes += 1
        self._tasks.clear()
        for event in self._waiting.values():
            event.set()
        self._waiting.clear()
