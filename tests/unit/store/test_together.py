"""Calls that share a transaction, without any database."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from reelgate.core.errors import DatabaseUnavailable, StorageFull
from reelgate.store.together import CALLS_MAX, TRANSACTIONS_MAX, Together


class Statement:
    """Notes what runs together; calls in `broken` fail whenever they run, as do all in one transaction with them.

    The statement over arrays leaves out calls in `hard`.
    """

    def __init__(
        self,
        *,
        broken: dict[uuid.UUID, Exception] | None = None,
        empty: Sequence[uuid.UUID] = (),
        hard: Sequence[uuid.UUID] = (),
    ) -> None:
        self.broken = broken or {}
        self.empty = empty
        self.hard = hard
        self.over_arrays: list[list[uuid.UUID]] = []
        self.transactions: list[list[uuid.UUID]] = []
        self.at_once = 0
        self.at_once_max = 0

    async def run_all(self, calls: list[Any]) -> list[Any]:
        """Return the rows of all that are not hard."""
        self.over_arrays.append([call[0] for call in calls])
        rows = await self.run_each(calls)
        return [row for row in rows if row["id"] not in self.hard]

    async def run_each(self, calls: list[Any]) -> list[Any]:
        """Return the rows of all that have one."""
        self.transactions.append([call[0] for call in calls])
        self.at_once += 1
        self.at_once_max = max(self.at_once, self.at_once_max)
        for _ in range(3):
            await asyncio.sleep(0)
        self.at_once -= 1
        for call in calls:
            if call[0] in self.broken:
                raise self.broken[call[0]]
        return [{"id": call[0], "word": call[1]} for call in calls if call[0] not in self.empty]

    async def run_one(self, call: Any) -> Any:
        """Return one's row."""
        return next(iter(await self.run_each([call])), None)


def together_of(statement: Statement) -> Together:
    return Together(statement.run_all, statement.run_each, statement.run_one)


IDS = [uuid.UUID(int=number) for number in range(1, 201)]


async def ask_all(statement: Statement, ids: list[uuid.UUID]) -> list[Any]:
    """Ask for all at once; the lock is the id, backwards."""
    together = together_of(statement)
    asked = (together.fetchrow(uuid.UUID(int=1000 - each.int), (each, f"word {each.int}")) for each in ids)
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_one_alone_waits_for_nobody() -> None:
    """It is its own transaction."""
    statement = Statement()
    assert await ask_all(statement, IDS[:1]) == [{"id": IDS[0], "word": "word 1"}]
    assert statement.transactions == [IDS[:1]]


async def test_many_share_transactions_and_get_their_own_rows() -> None:
    """No transaction is larger than it may be, and locks are taken in one order."""
    # The one without a row is run again by itself.
    statement = Statement(empty=[IDS[7]])
    rows = await ask_all(statement, IDS)
    assert statement.transactions.pop(statement.transactions.index([IDS[7]])) not in statement.over_arrays
    assert [row and row["word"] for row in rows] == [None if n == 7 else f"word {n + 1}" for n in range(len(IDS))]
    assert len(statement.transactions) < len(IDS) / 4
    assert max(map(len, statement.transactions)) == CALLS_MAX
    assert statement.at_once_max == TRANSACTIONS_MAX
    assert all(ids == sorted(ids, reverse=True) for ids in statement.transactions)
    assert sorted(each for ids in statement.transactions for each in ids) == IDS


async def test_what_the_statement_over_arrays_leaves_out_runs_one_after_the_other() -> None:
    """In one more transaction, where there are several; one of them may have no row."""
    statement = Statement(hard=IDS[3:6], empty=[IDS[4]])
    rows = await ask_all(statement, IDS[:10])
    assert [row and row["id"] for row in rows] == [*IDS[:4], None, *IDS[5:10]]
    assert (statement.over_arrays, statement.transactions) == ([IDS[9::-1]], [IDS[9::-1], IDS[5:2:-1]])


async def test_those_left_out_fail_alone() -> None:
    """What was accepted before them stays so."""
    wrong = asyncpg.UniqueViolationError("twice")

    class Late(Statement):
        async def run_all(self, calls: list[Any]) -> list[Any]:
            rows = await super().run_all(calls)
            self.broken = {IDS[5]: wrong}
            return rows

    rows = await ask_all(Late(hard=IDS[5:7]), IDS[:10])
    assert [row if row is wrong else row["id"] for row in rows] == [*IDS[:5], wrong, *IDS[6:10]]


async def test_one_that_cannot_run_does_not_take_others_with_it() -> None:
    """What was undone because of it runs again, each by itself."""
    wrong = asyncpg.UniqueViolationError("twice")
    rows = await ask_all(Statement(broken={IDS[5]: wrong}), IDS[:30])
    assert rows[5] is wrong
    assert [row["id"] for row in rows if row is not wrong] == [*IDS[:5], *IDS[6:30]]


@pytest.mark.parametrize("error", [DatabaseUnavailable("away"), StorageFull("full")])
async def test_a_lost_transaction_is_not_run_again(error: Exception) -> None:
    """Whether it was committed nobody knows."""
    statement = Statement(broken={IDS[5]: error})
    rows = await ask_all(statement, IDS[:10])
    assert rows == [error] * 10
    assert statement.transactions == [IDS[9::-1]]


async def test_nobody_waits_for_ever() -> None:
    """Something that nobody foresaw fails all that were in it, and the next ones are served."""
    statement = Statement(broken={IDS[0]: ZeroDivisionError()})
    together = together_of(statement)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)
    with pytest.raises(DatabaseUnavailable):
        await together.fetchrow(IDS[0], (IDS[0], "a"))
    row = await together.fetchrow(IDS[1], (IDS[1], "b"))
    assert row
    assert row["word"] == "b"


async def test_whoever_gives_up_is_forgotten() -> None:
    """The others of its transaction still get their rows."""
    statement = Statement()
    together = together_of(statement)
    asked = [asyncio.create_task(together.fetchrow(each, (each, "word"))) for each in IDS[:5]]
    await asyncio.sleep(0)
    asked[2].cancel()
    rows: list[Any] = list(await asyncio.gather(*asked, return_exceptions=True))
    assert isinstance(rows[2], asyncio.CancelledError)
    assert [row["id"] for row in rows if isinstance(row, dict)] == [*IDS[:2], *IDS[3:5]]


async def test_what_nobody_foresaw_ends_no_line() -> None:
    """Those that it struck are told; those that came after them are served."""
    statement = Statement(broken={IDS[0]: ZeroDivisionError(), IDS[CALLS_MAX]: ZeroDivisionError()})
    async with asyncio.timeout(20):
        answers = await ask_all(statement, IDS)
    struck = TRANSACTIONS_MAX * CALLS_MAX
    assert all(isinstance(answer, DatabaseUnavailable) for answer in answers[:struck])
    assert answers[struck:] == [{"id": each, "word": f"word {each.int}"} for each in IDS[struck:]]
