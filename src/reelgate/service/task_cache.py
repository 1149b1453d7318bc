"""Tasks at hand: a poll of a task that has not changed does not reach the database.

An entry is dropped when Postgres announces a change of its task. While announcements cannot be heard, nothing is kept.
One per API process.
"""

import asyncio
import contextlib
import uuid
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from reelgate.core.errors import DatabaseUnavailable
from reelgate.core.lifecycle import is_terminal
from reelgate.core.task import Task
from reelgate.store.database import Database
from reelgate.store.tasks import load_task

TASKS_MAX: Final = 10_000
#: Who waits for an end that may not be heard looks again that often.
LOOK_AGAIN_S: Final = 10.0

_View = TypeVar("_View")
_Waiting = dict[uuid.UUID, set[asyncio.Event]]


@dataclass(slots=True)
class _Entry:
    """A task, and what was made of it: (what it depended on, the result) by its maker's name."""

    task: Task
    views: dict[Hashable, tuple[Hashable, Any]] = field(default_factory=dict)


class TaskCache:
    """Loads tasks and remembers them until they change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tasks: OrderedDict[uuid.UUID, _Entry] = OrderedDict()
        #: Counts the changes that were heard: what was loaded across one may be stale.
        self._changes = 0
        #: By task, one event for each who waits for its next change, and for its end.
        self._awaiting_change: _Waiting = {}
        self._awaiting_end: _Waiting = {}
        self._hearing = False

    async def load(self, task_id: uuid.UUID) -> Task | None:
        """Return a task, or None when there is none.

        Raises:
            DatabaseUnavailable: it is not at hand and cannot be loaded.

        """
        entry = self._tasks.get(task_id)
        if entry is not None:
            return entry.task
        before = self._changes
        task = await load_task(self._database, task_id)
        if task is not None and self._hearing and self._changes == before:
            self._tasks[task_id] = _Entry(task)
            if len(self._tasks) > TASKS_MAX:
                self._tasks.popitem(last=False)
        return task

    def view(self, task: Task, name: Hashable, stamp: Hashable, make: Callable[[], _View]) -> _View:
        """Return `make()`, made once for as long as the task is at hand and unchanged and `stamp` stays the same.

        Of each `name` the last result is kept. Pure as far as `make` is.
        """
        entry = self._tasks.get(task.id)
        if entry is None or entry.task is not task:
            return make()
        known = entry.views.get(name)
        if known is None or known[0] != stamp:
            known = entry.views[name] = (stamp, make())
        found: _View = known[1]
        return found

    async def wait_for_change(self, task_id: uuid.UUID, timeout_s: float) -> None:
        """Return when the task changes, or after `timeout_s` seconds."""
        with _event_in(self._awaiting_change, task_id) as changed, contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), timeout_s)

    async def load_ended(self, task_id: uuid.UUID, timeout_s: float) -> Task | None:
        """Return a task when it has ended, or as it stands after `timeout_s` seconds; None when there is none.

        While announcements are heard, the database is asked once before the wait and once after it. While the
        database is away, the wait goes on.

        Raises:
            DatabaseUnavailable: it cannot be loaded even then.

        """
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        with _event_in(self._awaiting_end, task_id) as ended:
            while True:
                # Cleared before the task is read: an end that comes while it is read is not missed.
                ended.clear()
                trusting = self._hearing
                try:
                    task = await self.load(task_id)
                except DatabaseUnavailable:
                    trusting = False
                    if loop.time() >= until:
                        raise
                else:
                    if task is None or is_terminal(task.state) or loop.time() >= until:
                        return task
                left = until - loop.time()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), left if trusting else min(left, LOOK_AGAIN_S))

    def end(self, task_id: uuid.UUID) -> None:
        """Drop a task that has ended and wake who waits for that."""
        self.forget(task_id)
        _set_all(self._awaiting_end.get(task_id, ()))

    def forget(self, task_id: uuid.UUID) -> None:
        """Drop a task that has changed and wake who waits for it."""
        self._changes += 1
        self._tasks.pop(task_id, None)
        _set_all(self._awaiting_change.get(task_id, ()))

    def set_hearing(self, *, hearing: bool) -> None:
        """Say whether changes can be heard; without hearing nothing is kept."""
        self._hearing = hearing
        self._changes += 1
        self._tasks.clear()
        for events in (*self._awaiting_change.values(), *self._awaiting_end.values()):
            _set_all(events)


@contextlib.contextmanager
def _event_in(waiting: _Waiting, task_id: uuid.UUID) -> Iterator[asyncio.Event]:
    """Lend an event to one who waits; nothing stays of it afterwards."""
    event = asyncio.Event()
    waiting.setdefault(task_id, set()).add(event)
    try:
        yield event
    finally:
        events = waiting[task_id]
        events.remove(event)
        if not events:
            del waiting[task_id]


def _set_all(events: Iterable[asyncio.Event]) -> None:
    for event in events:
        event.set()
