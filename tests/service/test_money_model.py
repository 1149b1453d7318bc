"""Accounts, lots, tasks, crashes and clocks, played at random against a small model of what must come out."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import asyncpg
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from conftest import fresh_id
from fakes import make_spec, open_account
from reelgate.core.ledger import plan_settlement
from reelgate.core.lots import PRIORITIES, Lot, LotKind, LotSource, plan_burn, plan_return
from reelgate.core.task import Artifact, ArtifactKind, State
from reelgate.store.accounts import load_balance
from reelgate.store.credits import Grant, Mend, expire_lots, grant_credits, list_lots, refund_task, withdraw_credits
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, NewTask, Refusal, accept_task, begin_task, finish_task, load_task
from reelgate.store.verify import find_breaches

T = TypeVar("T")
START = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)
AMOUNTS = st.integers(min_value=1, max_value=12)
#: One in six.
RARELY = st.integers(min_value=0, max_value=5).map(lambda number: number == 5)

#: A statement that gets as far as its transfers fails there while this is armed: whatever it did before is undone.
CRASH = """
CREATE TABLE crash AS SELECT false AS armed;
CREATE FUNCTION crash() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT armed FROM crash) THEN RAISE EXCEPTION 'crashed'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER crash BEFORE INSERT ON transfers FOR EACH ROW EXECUTE FUNCTION crash();
"""


@dataclass
class Played:
    """A task of the model."""

    parts: tuple[tuple[int, int], ...]
    ended: bool = False
    #: What each lot has paid and not got back, in the order of burning.
    paid: tuple[tuple[int, int], ...] = ()


class Play(RuleBasedStateMachine):
    """One account of a database, and the same account as a list of lots."""

    database: Database
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.lots: dict[int, Lot] = {}
        self.tasks: dict[uuid.UUID, Played] = {}
        self.account = self.do(open_account(self.database, 0, str(fresh_id()))).account_id
        for amount, kind, days in (
            (7, LotKind.PAID, None),
            (5, LotKind.PROMOTIONAL, 3),
            (6, LotKind.PROMOTIONAL, None),
        ):
            self.give(amount, kind, days)

    def do(self, work: Awaitable[T]) -> T:
        """Run something in the loop of the database."""

        async def run() -> T:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(60)

    def crashes(self, work: Callable[[], Awaitable[Any]]) -> None:
        """Run something that fails half-way; the invariants then find that it changed nothing."""
        self.do(self.database.fetch("UPDATE crash SET armed = true"))
        with pytest.raises(asyncpg.RaiseError):
            self.do(work())
        self.do(self.database.fetch("UPDATE crash SET armed = false"))

    def change(self, lot_id: int, *, remaining: int = 0, reserved: int = 0) -> None:
        """Move amounts of a lot."""
        lot = self.lots[lot_id]
        self.lots[lot_id] = replace(lot, remaining=lot.remaining + remaining, reserved=lot.reserved + reserved)

    @rule(hours=st.integers(min_value=1, max_value=20))
    def time_passes(self, hours: int) -> None:
        """Lots come closer to their end, and months end."""
        self.now += dt.timedelta(hours=hours)

    @rule(
        amount=AMOUNTS,
        kind=st.sampled_from(LotKind),
        days=st.none() | st.integers(min_value=1, max_value=5),
        crash=RARELY,
    )
    def grant(self, amount: int, kind: LotKind, days: int | None, *, crash: bool) -> None:
        """A new lot."""
        if crash:
            self.crashes(lambda: grant_credits(self.database, self.grant_of(amount, kind, days)))
        else:
            self.give(amount, kind, days)

    def grant_of(self, amount: int, kind: LotKind, days: int | None) -> Grant:
        """Return a grant that is made now."""
        return Grant(
            account_id=self.account, microcredits=amount, kind=kind, actor="a", reason="b", created_at=self.now,
            expires_at=None if days is None else self.now + dt.timedelta(days=days),
        )  # fmt: skip

    def give(self, amount: int, kind: LotKind, days: int | None) -> None:
        """Grant a lot, in the database and in the model."""
        given = self.grant_of(amount, kind, days)
        self.do(grant_credits(self.database, given))
        lot_id = self.do(self.database.fetchval("SELECT max(id) FROM lots"))
        self.lots[lot_id] = Lot(
            id=lot_id, kind=kind, source=LotSource.GRANT, priority=PRIORITIES[kind], granted=amount, remaining=amount,
            reserved=0, expires_at=given.expires_at, created_at=self.now,
        )  # fmt: skip

    @rule(price=AMOUNTS, crash=RARELY)
    def submit(self, price: int, *, crash: bool) -> None:
        """A task is accepted exactly when the lots that still count can pay for it."""
        new = NewTask(
            id=fresh_id(), account_id=self.account, dialect="veo4api", spec=make_spec(), engine="animatic",
            price_microcredits=price, created_at=self.now, deadline_at=self.now + dt.timedelta(hours=1),
        )  # fmt: skip
        parts = plan_burn(tuple(self.lots.values()), price, self.now)
        if crash and parts:
            self.crashes(lambda: accept_task(self.database, new))
            return
        answer = self.do(accept_task(self.database, new))
        assert isinstance(answer, Refusal) == (parts is None)
        if parts:
            self.tasks[new.id] = Played(parts)
            for lot_id, part in parts:
                self.change(lot_id, remaining=-part, reserved=part)

    @precondition(lambda self: any(not task.ended for task in self.tasks.values()))
    @rule(data=st.data(), due=st.integers(min_value=0, max_value=12), cancel=RARELY, crash=RARELY)
    def end(self, data: st.DataObject, due: int, *, cancel: bool, crash: bool) -> None:
        """What is not due returns to the lots that paid last."""
        task_id = data.draw(st.sampled_from([key for key, task in self.tasks.items() if not task.ended]))
        task = self.tasks[task_id]
        due = 0 if cancel else due
        if crash:
            self.crashes(lambda: self._end(task_id, due, cancel=cancel))
            return
        assert self.do(self._end(task_id, due, cancel=cancel))
        assert not self.do(self._end(task_id, due, cancel=cancel))
        settlement = plan_settlement(sum(part for _, part in task.parts), due)
        returned = dict(plan_return(task.parts, settlement.voided))
        for lot_id, part in task.parts:
            self.change(lot_id, remaining=returned.get(lot_id, 0), reserved=-part)
        task.ended = True
        task.paid = tuple((lot_id, part - returned.get(lot_id, 0)) for lot_id, part in task.parts)

    async def _end(self, task_id: uuid.UUID, due: int, *, cancel: bool) -> bool:
        if cancel:
            ending = Ending(state=State.CANCELED, completed_at=self.now)
            return await finish_task(self.database, task_id, None, ending)
        task = await load_task(self.database, task_id)
        assert task
        taken = await begin_task(self.database, task, self.now)
        video = Artifact(
            id=fresh_id(), task_id=task_id, kind=ArtifactKind.VIDEO, sample=0, object_key=f"{task_id}.mp4",
            media_type="video/mp4", size_bytes=1, sha256="ab" * 32, width_px=16, height_px=9, duration_s=1.0,
            created_at=self.now,
        )  # fmt: skip
        ending = Ending(state=State.SUCCEEDED, completed_at=self.now, due_microcredits=due, artifacts=(video,))
        return taken is not None and await finish_task(self.database, task_id, taken.version, ending)

    @precondition(lambda self: any(task.ended for task in self.tasks.values()))
    @rule(data=st.data(), amount=AMOUNTS, crash=RARELY)
    def refund(self, data: st.DataObject, amount: int, *, crash: bool) -> None:
        """No more than was charged comes back, to the lots that paid last."""
        task_id = data.draw(st.sampled_from([key for key, task in self.tasks.items() if task.ended]))
        task = self.tasks[task_id]
        mend = Mend(microcredits=amount, actor="a", reason="b", created_at=self.now)
        possible = amount <= sum(paid for _, paid in task.paid)
        if crash and possible:
            self.crashes(lambda: refund_task(self.database, task_id, mend))
            return
        assert self.do(refund_task(self.database, task_id, mend)) is possible
        if possible:
            returned = dict(plan_return(task.paid, amount))
            task.paid = tuple((lot_id, paid - returned.get(lot_id, 0)) for lot_id, paid in task.paid)
            for lot_id, part in returned.items():
                self.change(lot_id, remaining=part)

    @rule(amount=st.integers(min_value=1, max_value=3))
    def withdraw(self, amount: int) -> None:
        """An adjustment burns as a task does."""
        parts = plan_burn(tuple(self.lots.values()), amount, self.now)
        mend = Mend(microcredits=amount, actor="a", reason="b", created_at=self.now)
        assert self.do(withdraw_credits(self.database, self.account, mend)) is (parts is not None)
        for lot_id, part in parts or ():
            self.change(lot_id, remaining=-part)

    @rule()
    def sweep(self) -> None:
        """Expired lots lose what is not reserved, and nothing else happens."""
        self.do(expire_lots(self.database, self.now))
        for lot in tuple(self.lots.values()):
            if lot.expires_at and lot.expires_at <= self.now:
                self.change(lot.id, remaining=-lot.remaining)

    @invariant()
    def the_database_agrees(self) -> None:
        """Every lot and the balance are what the model says."""
        found = self.do(list_lots(self.database, self.account, with_credits_only=False))
        assert {lot.id: lot for lot in found} == self.lots
        sums = sum(lot.remaining for lot in found), sum(lot.reserved for lot in found)
        assert self.do(load_balance(self.database, self.account)) == sums

    def teardown(self) -> None:
        """The ledger is sound, whatever happened."""
        assert self.do(find_breaches(self.database)) == ()


async def test_money_behaves_as_its_model(database: Database) -> None:
    """The same plays in every run."""
    async with database.connection() as connection:
        await connection.execute(CRASH)
    Play.database, Play.loop = database, asyncio.get_running_loop()
    plays = settings(
        max_examples=20, stateful_step_count=30, derandomize=True, deadline=None, database=None, phases=[Phase.generate]
    )
    await asyncio.to_thread(run_state_machine_as_test, Play, settings=plays)
