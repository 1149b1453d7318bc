"""Run one statement for many callers at once: those that come while others are under way share a transaction.

A commit that must reach the disk costs far more than the statement before it, and a statement over many rows less than
as many statements; whoever comes alone waits for nobody. Used by `Database.fetchrow_together`, one `Together` for each
statement.
"""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import structlog

from reelgate.core.errors import DatabaseUnavailable, ReelgateError

#: Calls that share a transaction: each holds its rows' locks until the last one is done.
CALLS_MAX: Final = 64
#: Transactions under way at the same time.
TRANSACTIONS_MAX: Final = 2

_log = structlog.get_logger(__name__)

Arguments = Sequence[object]
#: Runs statements for some arguments in one transaction and returns the rows of all, in any order.
RunMany = Callable[[list[Arguments]], Awaitable[list[asyncpg.Record]]]
#: Runs it for one and returns the first row, or None.
RunOne = Callable[[Arguments], Awaitable[asyncpg.Record | None]]


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    #: Calls of a transaction run in this order everywhere, so that no two of them wait for each other in a ring.
    lock: uuid.UUID
    arguments: Arguments
    answer: "asyncio.Future[asyncpg.Record | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    # Whoever has given up waiting has an answer already.
    def succeed(self, row: asyncpg.Record | None) -> None:
        if not self.answer.done():
            self.answer.set_result(row)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Together:
    """The calls of one statement. Its first argument is a new UUID, which its row, if any, repeats as `id`."""

    def __init__(self, run_all: RunMany, run_each: RunMany, run_one: RunOne) -> None:
        """Take three ways to run it.

        Args:
            run_all: as one statement over arrays. Arguments without a row are taken to be untouched, and are run again.
            run_each: for one after the other.
            run_one: for one alone.

        """
        self._run_all = run_all
        self._run_each = run_each
        self._run_one = run_one
        self._waiting: deque[_Call] = deque()
        self._running: set[asyncio.Task[None]] = set()

    async def fetchrow(self, lock: uuid.UUID, arguments: Arguments) -> asyncpg.Record | None:
        """Run the statement and return its row, or None; `lock` names the row that it waits for others at.

        Raises:
            DatabaseUnavailable: the server is away; whether the statement ran is unknown.

        """
        call = _Call(lock, arguments)
        self._waiting.append(call)
        if len(self._running) < TRANSACTIONS_MAX:
            self._start()
        return await call.answer

    def _start(self) -> None:
        task = asyncio.create_task(self._work_off())
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            # It has told those that it had; whoever came after them is served all the same.
            _log.error("together.failed", exc_info=error)
            if self._waiting:
                self._start()

    async def _work_off(self) -> None:
        while self._waiting:
            count = min(CALLS_MAX, len(self._waiting))
            calls = sorted((self._waiting.popleft() for _ in range(count)), key=lambda call: call.lock)
            try:
                await self._answer(calls)
            except ReelgateError as error:
                # All share its outcome, which is unknown where the connection broke: none is run again.
                for call in calls:
                    call.fail(error)
            finally:
                for call in calls:
                    call.fail(DatabaseUnavailable("The database did not answer."))

    async def _answer(self, calls: list[_Call]) -> None:
        left = calls
        with contextlib.suppress(asyncpg.PostgresError):
            if len(left) > 1:
                left = await _answered(left, self._run_all)
            if len(left) > 1:
                for call in await _answered(left, self._run_each):
                    call.succeed(None)
                return
        # One alone, or one of many could not run and undid all: each by itself.
        for call in left:
            try:
                call.succeed(await self._run_one(call.arguments))
            except (asyncpg.PostgresError, ReelgateError) as error:
                call.fail(error)


async def _answered(calls: list[_Call], run: RunMany) -> list[_Call]:
    """Run calls and give those that have a row theirs; return the others."""
    rows = {row["id"]: row for row in await run([call.arguments for call in calls])}
    for call in calls:
        if row := rows.get(call.arguments[0]):
            call.succeed(row)
    return [call for call in calls if call.arguments[0] not in rows]
