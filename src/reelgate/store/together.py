"""Run one statement for many callers at once: those that come while others are under way share a transaction.

A commit that must reach the disk costs far more than the statement before it, so sharing one multiplies what a server
accepts; whoever comes alone waits for nobody. Used by `Database.fetchrow_together`, one `Together` for each statement.
"""

import asyncio
import contextlib
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import asyncpg

from reelgate.core.errors import DatabaseUnavailable, ReelgateError

#: Calls that share a transaction: each holds its rows' locks until the last one is done.
CALLS_MAX: Final = 24
#: Transactions under way at the same time.
TRANSACTIONS_MAX: Final = 3

Arguments = Sequence[object]
#: Runs the statement for each of some arguments in one transaction and returns the rows of all.
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

    def __init__(self, run_many: RunMany, run_one: RunOne) -> None:
        self._run_many = run_many
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
            task = asyncio.create_task(self._work_off())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await call.answer

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
        if len(calls) > 1:
            with contextlib.suppress(asyncpg.PostgresError):
                rows = {row["id"]: row for row in await self._run_many([call.arguments for call in calls])}
                for call in calls:
                    call.succeed(rows.get(call.arguments[0]))
                return
        # One alone, or one of many could not run and undid all: each by itself.
        for call in calls:
            try:
                call.succeed(await self._run_one(call.arguments))
            except (asyncpg.PostgresError, ReelgateError) as error:
                call.fail(error)
