"""Accounts, lots, tasks, budgets, caps, vouchers, payments, crashes and clocks, played against a small model."""

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
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from conftest import fresh_id
from fakes import make_spec, open_account
from reelgate.core.ledger import plan_settlement
from reelgate.core.lots import PRIORITIES, Lot, LotKind, LotSource, plan_burn, plan_return
from reelgate.core.payments import Outcome, PaymentNews, ReversalKind, ReversalNews
from reelgate.core.task import Artifact, ArtifactKind, State
from reelgate.store.accounts import StoredKey, create_key, load_balance
from reelgate.store.credits import (
    Budget,
    Grant,
    Mend,
    cap_key,
    expire_lots,
    grant_credits,
    list_caps,
    list_lots,
    load_budget,
    refund_task,
    set_budget,
    withdraw_credits,
)
from reelgate.store.database import Database
from reelgate.store.payments import Settled, collect_owed, list_payments, note_reversal, settle_payment
from reelgate.store.statements import CREDITS
from reelgate.store.tasks import Ending, NewTask, Refusal, Refused, accept_task, begin_task, finish_task, load_task
from reelgate.store.verify import find_breaches
from reelgate.store.vouchers import Voucher, create_voucher, redeem_voucher

T = TypeVar("T")
START = dt.datetime(2026, 11, 30, 6, tzinfo=dt.UTC)
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
    #: The month that it counts in, and the key that asked for it.
    month: dt.date
    key: uuid.UUID | None
    ended: bool = False
    #: What each lot has paid and not got back, in the order of burning.
    paid: tuple[tuple[int, int], ...] = ()

    @property
    def spent(self) -> int:
        """What counts against budgets and caps."""
        return sum(amount for _, amount in (self.paid if self.ended else self.parts))


@dataclass
class Bought:
    """A payment of the model: so many credits for as much money."""

    amount: int
    session: str
    intent: str
    lot: int | None = None
    #: What was told of its refunds and of its dispute, in money.
    refunded: int = 0
    disputed: int = 0
    decided: bool = False
    reversed: int = 0
    owed: int = 0


@dataclass
class Code:
    """A voucher of the model."""

    sha256: bytes
    amount: int
    uses: int
    expires_at: dt.datetime | None
    lot_days: int | None
    redeemed: bool = False


class Play(RuleBasedStateMachine):
    """One account of a database, and the same account as a list of lots."""

    database: Database
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.lots: dict[int, Lot] = {}
        self.tasks: dict[uuid.UUID, Played] = {}
        self.budget: int | None = None
        #: By key, what it may spend in all and in a month.
        self.caps: dict[uuid.UUID, tuple[int | None, int | None]] = {}
        self.codes: list[Code] = []
        self.payments: dict[uuid.UUID, Bought] = {}
        self.account = self.do(open_account(self.database, 0, str(fresh_id()))).account_id
        self.keys = [self.do(self.add_key()) for _ in range(2)]
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
        self.add_lot(amount, kind, LotSource.GRANT, given.expires_at)

    @rule(price=AMOUNTS, key=st.sampled_from([None, 0, 1]), crash=RARELY)
    def submit(self, price: int, key: int | None, *, crash: bool) -> None:
        """Ask for a task."""
        self.ask_for(price, key, crash=crash)

    def ask_for(self, price: int, key: int | None, *, crash: bool = False) -> None:
        """A task is accepted exactly when budget, caps and the lots that still count allow it."""
        key_id = None if key is None else self.keys[key]
        new = NewTask(
            id=fresh_id(), account_id=self.account, dialect="veo4api", spec=make_spec(), engine="animatic",
            price_microcredits=price, created_at=self.now, deadline_at=self.now + dt.timedelta(hours=1),
            key_id=key_id,
        )  # fmt: skip
        parts = plan_burn(tuple(self.lots.values()), price, self.now)
        refused = self.refusal(price, key_id, parts)
        if crash and not refused:
            self.crashes(lambda: accept_task(self.database, new))
            return
        answer = self.do(accept_task(self.database, new))
        assert (answer.why if isinstance(answer, Refusal) else None) == refused
        if parts and not refused:
            self.tasks[new.id] = Played(parts, self.now.date().replace(day=1), key_id)
            for lot_id, part in parts:
                self.change(lot_id, remaining=-part, reserved=part)

    def refusal(self, price: int, key: uuid.UUID | None, parts: object) -> Refused | None:
        """Return why a task is not accepted: first the balance and the budget, then the key's caps, then the lots."""
        if self.budget is not None and self.spent(month_only=True) + price > self.budget:
            return Refused.ACCOUNT_MONTH
        if sum(lot.remaining for lot in self.lots.values()) < price:
            return Refused.CREDITS
        if key in self.caps:
            total, month = self.caps[key]
            if total is not None and self.spent(key=key) + price > total:
                return Refused.KEY_TOTAL
            if month is not None and self.spent(key=key, month_only=True) + price > month:
                return Refused.KEY_MONTH
        return None if parts else Refused.CREDITS

    def spent(self, *, key: uuid.UUID | None = None, month_only: bool = False) -> int:
        """Return what tasks hold or have been charged: of a key or of all, in this month or ever."""
        month = self.now.date().replace(day=1)
        counted = (task for task in self.tasks.values() if key is None or task.key == key)
        return sum(task.spent for task in counted if not month_only or task.month == month)

    async def add_key(self) -> uuid.UUID:
        """Make a key of the account."""
        key_id = fresh_id()
        key = StoredKey(id=key_id, account="", prefix="rg_abc", created_at=self.now, revoked_at=None)
        await create_key(self.database, key, self.account, key_id.bytes * 2)
        return key_id

    def add_lot(self, amount: int, kind: LotKind, source: LotSource, ends: dt.datetime | None) -> int:
        """Note the lot that was made just now, in the model."""
        lot_id: int = self.do(self.database.fetchval("SELECT max(id) FROM lots"))
        self.lots[lot_id] = Lot(
            id=lot_id, kind=kind, source=source, priority=PRIORITIES[kind], granted=amount, remaining=amount,
            reserved=0, expires_at=ends, created_at=self.now,
        )  # fmt: skip
        return lot_id

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

    @invariant()
    def bounds_agree(self) -> None:
        """So is what counts against the budget and each cap, and what is held back of each payment."""
        budget = self.do(load_budget(self.database, self.account, self.now))
        assert budget == Budget(month_budget=self.budget, month_spent=self.spent(month_only=True))
        caps = self.do(list_caps(self.database, self.account, self.now))
        assert {(cap.key_id, cap.total_cap, cap.month_cap, cap.total_spent, cap.month_spent) for cap in caps} == {
            (key, *bounds, self.spent(key=key), self.spent(key=key, month_only=True))
            for key, bounds in self.caps.items()
        }

    def teardown(self) -> None:
        """The ledger is sound, whatever happened."""
        assert self.do(find_breaches(self.database)) == ()


class Bounds(Play):
    """The same with a budget and caps that are nearly always close."""

    @initialize()
    def bound_all(self) -> None:
        """From the start."""
        self.bound_the_account(9)
        self.bound_a_key(0, 8, 4)
        self.bound_a_key(1, None, 5)
        self.ask_for(4, 0)
        self.ask_for(3, 1)

    @rule(slack=st.none() | st.integers(min_value=-1, max_value=8))
    def change_the_budget(self, slack: int | None) -> None:
        """What was spent before counts."""
        self.bound_the_account(None if slack is None else max(0, self.spent(month_only=True) + slack))

    @rule(
        key=st.sampled_from([0, 1]),
        total=st.none() | st.integers(min_value=-1, max_value=9),
        month=st.none() | st.integers(min_value=-1, max_value=6),
    )
    def change_a_cap(self, key: int, total: int | None, month: int | None) -> None:
        """Two of none lift it."""
        key_id = self.keys[key]
        self.bound_a_key(
            key,
            None if total is None else max(0, self.spent(key=key_id) + total),
            None if month is None else max(0, self.spent(key=key_id, month_only=True) + month),
        )

    def bound_the_account(self, budget: int | None) -> None:
        """Set the budget."""
        self.do(set_budget(self.database, self.account, budget))
        self.budget = budget

    def bound_a_key(self, key: int, total: int | None, month: int | None) -> None:
        """Set what a key may spend."""
        assert self.do(cap_key(self.database, self.keys[key], total=total, month=month, now=self.now))
        if total is None and month is None:
            self.caps.pop(self.keys[key], None)
        else:
            self.caps[self.keys[key]] = (total, month)


class Buying(Play):
    """The same with vouchers and payments."""

    @rule(
        amount=AMOUNTS,
        uses=st.integers(min_value=1, max_value=2),
        days=st.none() | st.integers(min_value=0, max_value=2),
        lot_days=st.none() | st.integers(min_value=1, max_value=3),
    )
    def issue_a_voucher(self, amount: int, uses: int, days: int | None, lot_days: int | None) -> None:
        """A code that can be redeemed for a while, for credits that count for a while."""
        code = Code(
            sha256=fresh_id().bytes * 2, amount=amount, uses=uses, lot_days=lot_days,
            expires_at=None if days is None else self.now + dt.timedelta(days=days),
        )  # fmt: skip
        voucher = Voucher(
            id=fresh_id(), prefix="ABC", test=False, kind=LotKind.PROMOTIONAL, microcredits=amount, uses_max=uses,
            expires_at=code.expires_at, lot_days=lot_days, reason="b", created_at=self.now,
        )  # fmt: skip
        self.do(create_voucher(self.database, voucher, code.sha256, "a"))
        self.codes.append(code)

    @precondition(lambda self: self.codes)
    @rule(data=st.data(), crash=RARELY)
    def redeem(self, data: st.DataObject, *, crash: bool) -> None:
        """Once by an account, however often it asks, and not after its end."""
        code = data.draw(st.sampled_from(self.codes))
        possible = not code.redeemed and (code.expires_at is None or code.expires_at > self.now)
        if crash and possible:
            self.crashes(lambda: redeem_voucher(self.database, self.account, code.sha256, self.now))
            return
        redeemed = self.do(redeem_voucher(self.database, self.account, code.sha256, self.now))
        assert (redeemed is not None) is possible
        if possible:
            code.redeemed = True
            ends = None if code.lot_days is None else self.now + dt.timedelta(days=code.lot_days)
            self.add_lot(code.amount, LotKind.PROMOTIONAL, LotSource.VOUCHER, ends)

    @rule(amount=AMOUNTS)
    def begin_a_purchase(self, amount: int) -> None:
        """Nothing is granted before it is paid."""
        payment_id = fresh_id()
        bought = Bought(amount, f"cs_{payment_id.hex}", f"pi_{payment_id.hex}")
        create = (payment_id, self.account, "p", amount, amount, "usd", self.now)
        self.do(self.database.fetch(CREDITS["create_payment"], *create))
        self.payments[payment_id] = bought

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), crash=RARELY)
    def pay(self, data: st.DataObject, *, crash: bool) -> None:
        """It becomes one lot, however often it is told; what was taken back before is taken at once."""
        payment_id, bought = data.draw(st.sampled_from(sorted(self.payments.items(), key=lambda item: item[0])))
        news = PaymentNews(
            payment_id=payment_id, session_id=bought.session, outcome=Outcome.PAID, price=bought.amount,
            currency="usd", test=False, intent_id=bought.intent,
        )  # fmt: skip
        if crash and bought.lot is None:
            self.crashes(lambda: settle_payment(self.database, news, self.now))
            return
        again = bought.lot is not None
        assert self.do(settle_payment(self.database, news, self.now)) is (Settled.AGAIN if again else Settled.PAID)
        if not again:
            bought.lot = self.add_lot(bought.amount, LotKind.PAID, LotSource.PAYMENT, None)
        self.take_back(bought)

    @precondition(lambda self: self.payments)
    @rule(data=st.data(), part=AMOUNTS, kind=st.sampled_from(["refund", "dispute", "won", "lost"]))
    def reverse(self, data: st.DataObject, part: int, kind: str) -> None:
        """News of refunds and disputes, before the payment's own or after, of the past or of now."""
        payment_id, bought = data.draw(st.sampled_from(sorted(self.payments.items(), key=lambda item: item[0])))
        price = min(part, bought.amount)
        if kind == "refund":
            bought.refunded = max(bought.refunded, price)
        elif kind == "dispute":
            # After the bank has decided, that it was asked for is no news.
            bought.disputed = bought.disputed if bought.decided else bought.amount
        elif bought.decided:
            return
        else:
            bought.decided, bought.disputed = True, bought.amount if kind == "lost" else 0
        refund = kind == "refund"
        news = ReversalNews(
            id=f"{'ch' if refund else 'dp'}_{payment_id.hex}",
            kind=ReversalKind.REFUND if refund else ReversalKind.DISPUTE,
            intent_id=bought.intent,
            payment_id=payment_id if refund else None,
            price=price if refund else 0 if kind == "won" else bought.amount,
            currency="usd",
            test=False,
            stage=0 if refund else 1 if kind == "dispute" else 2,
            status=kind,
        )
        self.do(note_reversal(self.database, news, self.now))
        self.take_back(bought)

    @rule()
    def collect(self) -> None:
        """What is owed of a payment is taken when something has returned to its lot."""
        self.do(collect_owed(self.database, self.now))
        for bought in self.payments.values():
            self.take_back(bought)

    def take_back(self, bought: Bought) -> None:
        """Take what is held back out of the payment's lot, or return it, in the model."""
        if bought.lot is None:
            return
        wanted = min(bought.amount, bought.refunded + bought.disputed)
        owed = bought.owed + wanted - bought.reversed
        part = min(owed, self.lots[bought.lot].remaining) if owed > 0 else owed
        self.change(bought.lot, remaining=-part)
        bought.reversed, bought.owed = wanted, owed - part

    @invariant()
    def payments_agree(self) -> None:
        """What is held back of each payment is what the model says."""
        payments = self.do(list_payments(self.database, self.account))
        assert {each.id: (each.reversed, each.owed) for each in payments} == {
            payment_id: (bought.reversed, bought.owed) for payment_id, bought in self.payments.items()
        }


@pytest.mark.parametrize("kind", [Play, Bounds, Buying])
async def test_money_behaves_as_its_model(database: Database, kind: type[Play]) -> None:
    """The same plays in every run."""
    async with database.connection() as connection:
        await connection.execute(CRASH)
    Play.database, Play.loop = database, asyncio.get_running_loop()
    plays = settings(
        max_examples=40, stateful_step_count=50, derandomize=True, deadline=None, database=None, phases=[Phase.generate]
    )
    await asyncio.to_thread(run_state_machine_as_test, kind, settings=plays)
