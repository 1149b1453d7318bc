"""Lots against a real Postgres: burning, returning, expiring, refunding; caps and budgets; databases from before."""

import asyncio
import datetime as dt
import os
import uuid
from typing import Any

from conftest import fresh_id
from fakes import PRICE, make_spec, open_account
from reelgate.core.lots import LotKind, LotSource, plan_burn
from reelgate.core.task import Artifact, ArtifactKind, State
from reelgate.kit.postgres.server import EmbeddedPostgres
from reelgate.service.credit import IssuedKey, digest, issue_key, rotate_key
from reelgate.store.accounts import Principal, StoredKey, create_key, find_key, load_balance
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
from reelgate.store.migrate import load_migrations, migrate
from reelgate.store.tasks import Ending, NewTask, Refusal, Refused, accept_task, begin_task, finish_task, load_task
from reelgate.store.verify import find_breaches

DAY = dt.timedelta(days=1)


async def give(database: Database, principal: Principal, amount: int, now: dt.datetime, **changes: Any) -> None:
    grant = Grant(
        account_id=principal.account_id, microcredits=amount, actor="test", reason="x", created_at=now, **changes
    )
    await grant_credits(database, grant)


async def ask(
    database: Database, principal: Principal, price: int, now: dt.datetime, key_id: uuid.UUID | None = None
) -> uuid.UUID | Refusal:
    new = NewTask(
        id=fresh_id(),
        account_id=principal.account_id,
        dialect="veo4api",
        spec=make_spec(),
        engine="animatic",
        price_microcredits=price,
        created_at=now,
        deadline_at=now + dt.timedelta(hours=1),
        key_id=key_id,
    )
    answer = await accept_task(database, new)
    return answer if isinstance(answer, Refusal) else new.id


async def spend(database: Database, principal: Principal, price: int, now: dt.datetime) -> uuid.UUID:
    task_id = await ask(database, principal, price, now)
    assert isinstance(task_id, uuid.UUID)
    return task_id


async def succeed(database: Database, task_id: uuid.UUID, due: int, now: dt.datetime) -> None:
    task = await load_task(database, task_id)
    assert task
    taken = await begin_task(database, task, now)
    assert taken
    video = Artifact(
        id=fresh_id(), task_id=task_id, kind=ArtifactKind.VIDEO, sample=0, object_key=f"tasks/{task_id}.mp4",
        media_type="video/mp4", size_bytes=1, sha256="ab" * 32, width_px=16, height_px=9, duration_s=1.0, frames=24,
        has_audio=True, created_at=now,
    )  # fmt: skip
    ending = Ending(state=State.SUCCEEDED, completed_at=now, due_microcredits=due, artifacts=(video,))
    assert await finish_task(database, task_id, taken.version, ending)


async def contents(database: Database, principal: Principal) -> dict[int, tuple[int, int]]:
    """Return (remaining, reserved) of every lot, numbered from 1 in the order in which they were granted."""
    lots = sorted(await list_lots(database, principal.account_id, with_credits_only=False), key=lambda lot: lot.id)
    return {number: (lot.remaining, lot.reserved) for number, lot in enumerate(lots, start=1)}


async def test_lots_burn_and_return_in_order(database: Database, now: dt.datetime) -> None:
    """Promotional first, then the one that expires first; what is not charged returns to the last that paid."""
    principal = await open_account(database, 0)
    await give(database, principal, 50, now, kind=LotKind.PAID)
    await give(database, principal, 30, now, kind=LotKind.PAID, expires_at=now + DAY)
    await give(database, principal, 10, now)
    lots = await list_lots(database, principal.account_id, with_credits_only=True)
    assert plan_burn(lots, 60, now) == ((lots[0].id, 10), (lots[1].id, 30), (lots[2].id, 20))
    task_id = await spend(database, principal, 60, now)
    assert await contents(database, principal) == {1: (30, 20), 2: (0, 30), 3: (0, 10)}
    await succeed(database, task_id, 35, now)
    assert await contents(database, principal) == {1: (50, 0), 2: (5, 0), 3: (0, 0)}
    assert await load_balance(database, principal.account_id) == (55, 0)


async def test_a_canceled_task_returns_to_its_lots(database: Database, now: dt.datetime) -> None:
    """Nothing of them is gone."""
    principal = await open_account(database, 0)
    await give(database, principal, 30, now)
    await give(database, principal, 30, now)
    task_id = await spend(database, principal, 60, now)
    await finish_task(database, task_id, None, Ending(state=State.CANCELED, completed_at=now))
    assert await contents(database, principal) == {1: (30, 0), 2: (30, 0)}


async def test_an_expired_lot_pays_for_nothing(database: Database, now: dt.datetime) -> None:
    """Even before the sweep has taken it out, and the refusal tells what is really there."""
    principal = await open_account(database, 0)
    await give(database, principal, 30, now, expires_at=now + DAY)
    await give(database, principal, 20, now)
    later = now + DAY
    assert await ask(database, principal, 21, later) == Refusal(why=Refused.CREDITS, available=20)
    assert await load_balance(database, principal.account_id) == (50, 0)
    await spend(database, principal, 20, later)
    assert await contents(database, principal) == {1: (30, 0), 2: (0, 20)}


async def test_expiry_takes_what_is_not_reserved(database: Database, now: dt.datetime) -> None:
    """What a running task holds stays with it; what it returns to an expired lot expires with the next sweep."""
    principal = await open_account(database, 0)
    await give(database, principal, 30, now, expires_at=now + DAY)
    task_id = await spend(database, principal, 10, now)
    assert await expire_lots(database, now + DAY / 2) == 0
    assert await expire_lots(database, now + DAY) == 1
    assert await contents(database, principal) == {1: (0, 10)}
    await succeed(database, task_id, 4, now + DAY)
    assert await contents(database, principal) == {1: (6, 0)}
    swept = await asyncio.gather(*(expire_lots(database, now + DAY) for _ in range(4)))
    assert sorted(swept) == [0, 0, 0, 1]
    assert await load_balance(database, principal.account_id) == (0, 0)


async def test_a_refund_goes_back_to_the_lots_that_paid(database: Database, now: dt.datetime) -> None:
    """In parts, and never more than was posted."""
    principal = await open_account(database, 0)
    await give(database, principal, 10, now)
    await give(database, principal, 50, now, kind=LotKind.PAID)
    task_id = await spend(database, principal, 40, now)
    mend = Mend(microcredits=15, actor="ann", reason="it was blurred", created_at=now)
    assert not await refund_task(database, task_id, mend)
    await succeed(database, task_id, 40, now)
    assert await refund_task(database, task_id, mend)
    assert await contents(database, principal) == {1: (0, 0), 2: (35, 0)}
    assert await refund_task(database, task_id, mend)
    assert not await refund_task(database, task_id, mend)
    assert await refund_task(database, task_id, Mend(microcredits=10, actor="ann", reason="all of it", created_at=now))
    assert await contents(database, principal) == {1: (10, 0), 2: (50, 0)}
    assert not await refund_task(database, fresh_id(), mend)


async def test_a_withdrawal_takes_whole_amounts_of_what_is_free(database: Database, now: dt.datetime) -> None:
    """It burns lots as a task does, and leaves alone what is reserved."""
    principal = await open_account(database, 0)
    await give(database, principal, 10, now)
    await give(database, principal, 50, now, kind=LotKind.PAID)
    await spend(database, principal, 5, now)
    mend = Mend(microcredits=20, actor="ann", reason="granted twice", created_at=now)
    assert await withdraw_credits(database, principal.account_id, mend)
    assert await contents(database, principal) == {1: (0, 5), 2: (35, 0)}
    too_much = Mend(microcredits=36, actor="ann", reason="more", created_at=now)
    assert not await withdraw_credits(database, principal.account_id, too_much)
    assert await load_balance(database, principal.account_id) == (35, 5)


async def test_spenders_race_for_several_lots(database: Database, now: dt.datetime) -> None:
    """32 race for 10 prices that lie in lots of odd sizes, while lots are granted and swept: exactly 10 win."""
    principal = await open_account(database, 0)
    for amount in (PRICE // 2, PRICE * 3 + 1, PRICE * 2, PRICE * 4 + PRICE // 2 + 7):
        await give(database, principal, amount, now)
    answers = await asyncio.gather(
        *(ask(database, principal, PRICE, now) for _ in range(32)), *(expire_lots(database, now) for _ in range(4))
    )
    assert sum(isinstance(answer, uuid.UUID) for answer in answers) == 10
    assert await load_balance(database, principal.account_id) == (8, 10 * PRICE)


async def make_key(database: Database, principal: Principal, now: dt.datetime) -> uuid.UUID:
    key_id = fresh_id()
    key = StoredKey(id=key_id, account=principal.account, prefix="rg_abc", created_at=now, revoked_at=None)
    await create_key(database, key, principal.account_id, key_id.bytes * 2)
    return key_id


async def test_a_budget_bounds_a_month(database: Database, now: dt.datetime) -> None:
    """What is canceled or refunded makes room again; the next month begins anew."""
    principal = await open_account(database, 1000)
    await set_budget(database, principal.account_id, 100)
    first = await spend(database, principal, 60, now)
    refused = Refusal(why=Refused.ACCOUNT_MONTH, available=940, bound=100, spent=60)
    assert await ask(database, principal, 41, now) == refused
    await spend(database, principal, 40, now)
    await finish_task(database, first, None, Ending(state=State.CANCELED, completed_at=now))
    assert await load_budget(database, principal.account_id, now) == Budget(month_budget=100, month_spent=40)
    second = await spend(database, principal, 60, now)
    await succeed(database, second, 60, now)
    assert isinstance(await ask(database, principal, 1, now), Refusal)
    assert await refund_task(database, second, Mend(microcredits=60, actor="ann", reason="x", created_at=now))
    next_month = now + 15 * DAY
    assert await load_budget(database, principal.account_id, next_month) == Budget(month_budget=100, month_spent=0)
    await spend(database, principal, 100, next_month)
    # A server whose clock is late spends of the month that has begun.
    assert isinstance(await ask(database, principal, 1, now), Refusal)
    await set_budget(database, principal.account_id, None)
    await spend(database, principal, 1, next_month)


async def test_a_cap_bounds_a_key(database: Database, now: dt.datetime) -> None:
    """In all and in a month; what it spent before counts, other keys do not."""
    principal = await open_account(database, 1000)
    key, other = [await make_key(database, principal, now) for _ in range(2)]
    assert isinstance(await ask(database, principal, 30, now, key), uuid.UUID)
    assert await cap_key(database, key, total=100, month=50, now=now)
    refused = Refusal(why=Refused.KEY_MONTH, available=970, bound=50, spent=30)
    assert await ask(database, principal, 21, now, key) == refused
    assert isinstance(await ask(database, principal, 21, now, other), uuid.UUID)
    assert isinstance(await ask(database, principal, 20, now, key), uuid.UUID)
    next_month = now + 15 * DAY
    canceled = await ask(database, principal, 50, next_month, key)
    assert isinstance(canceled, uuid.UUID)
    refused = Refusal(why=Refused.KEY_TOTAL, available=879, bound=100, spent=100)
    assert await ask(database, principal, 1, next_month, key) == refused
    await finish_task(database, canceled, None, Ending(state=State.CANCELED, completed_at=next_month))
    (cap,) = await list_caps(database, principal.account_id, next_month)
    assert (cap.total_cap, cap.total_spent, cap.month_cap, cap.month_spent) == (100, 50, 50, 0)
    assert await ask(database, principal, 930, next_month, key) == Refusal(why=Refused.CREDITS, available=929)
    assert await cap_key(database, key, total=None, month=None, now=now)
    assert await list_caps(database, principal.account_id, next_month) == ()
    assert isinstance(await ask(database, principal, 929, next_month, key), uuid.UUID)
    assert not await cap_key(database, fresh_id(), total=1, month=1, now=now)


async def test_a_key_and_its_successors_spend_as_one(database: Database, now: dt.datetime) -> None:
    """While they overlap and afterwards: the caps of a month and in all are of all of them together."""
    first = await issue_key(database, "a", credits_granted=1, now=now, random=os.urandom)
    assert await cap_key(database, first.id, total=100, month=50, now=now)
    keys, times = [first], [now + hour * dt.timedelta(hours=1) for hour in (1, 2)]
    principal = await found(database, first)
    assert isinstance(await ask(database, principal, 30, now, principal.spender_id), uuid.UUID)
    for moment in times:
        issued = await rotate_key(database, str(keys[-1].id), overlap=DAY, now=moment, random=os.urandom)
        assert issued
        keys.append(issued)
    # All three work, and twenty are left of the month: for whoever comes first.
    principals = [await found(database, key) for key in keys]
    assert len({each.key_id for each in principals}) == 3
    for spender, price, allowed in ((1, 12, True), (0, 9, False), (2, 8, True), (0, 1, False), (1, 1, False)):
        answer = await ask(database, principal, price, now, principals[spender].spender_id)
        assert isinstance(answer, uuid.UUID) is allowed
    (cap,) = await list_caps(database, principal.account_id, now)
    assert (cap.key_id, cap.month_cap, cap.month_spent, cap.total_spent) == (keys[-1].id, 50, 50, 50)
    # The next month begins anew, and ends where all have spent what they may.
    later = now + 15 * DAY
    racing = (ask(database, principal, 10, later, each.spender_id) for each in principals for _ in range(4))
    answers = await asyncio.gather(*racing)
    assert sum(isinstance(answer, uuid.UUID) for answer in answers) == 5
    refused = Refusal(why=Refused.KEY_TOTAL, available=1_000_000 - 100, bound=100, spent=100)
    assert await ask(database, principal, 1, later, principals[0].spender_id) == refused
    # Whoever changes the cap of one changes that of all.
    assert await cap_key(database, keys[1].id, total=101, month=None, now=later)
    assert isinstance(await ask(database, principal, 1, later, principals[2].spender_id), uuid.UUID)


async def found(database: Database, key: IssuedKey) -> Principal:
    principal = await find_key(database, digest(key.key))
    assert principal
    return principal


async def test_a_cap_refuses_nothing_twice(database: Database, now: dt.datetime) -> None:
    """A price that the lots cannot pay although the balance and the cap could leaves cap and budget as they were."""
    principal = await open_account(database, 0)
    key = await make_key(database, principal, now)
    await cap_key(database, key, total=100, month=None, now=now)
    await give(database, principal, 30, now, expires_at=now + DAY)
    assert await ask(database, principal, 30, now + DAY, key) == Refusal(why=Refused.CREDITS, available=0)
    (cap,) = await list_caps(database, principal.account_id, now)
    assert cap.total_spent == 0


OLD_ACCOUNT = """
INSERT INTO accounts (id, name, created_at) VALUES ($1, 'old', $2)
"""
OLD_ROWS = """
INSERT INTO balances (account_id, available, reserved) SELECT id, 55, 30 FROM accounts;
INSERT INTO transfers (account_id, kind, debit, credit, amount, actor, reason, created_at)
SELECT id, 'grant', 'issued_promotional', 'available', 100, 'a', 'b', created_at FROM accounts;
INSERT INTO tasks (id, account_id, dialect, model, spec, state, price_microcredits, created_at, completed_at,
                   deleted_at)
SELECT t.id::uuid, a.id, 'veo4api', 'veo-4', '{"mode": "text_to_video", "prompt": "x"}', t.state, t.price, a.created_at,
       CASE WHEN t.state <> 'queued' THEN a.created_at END, CASE WHEN t.state <> 'queued' THEN a.created_at END
FROM accounts a, (VALUES ('00000000-0000-0000-0000-000000000001', 'succeeded', 20),
                         ('00000000-0000-0000-0000-000000000002', 'canceled', 40),
                         ('00000000-0000-0000-0000-000000000003', 'queued', 30)) AS t (id, state, price);
INSERT INTO reservations (task_id, account_id, amount, posted, voided, deadline_at, resolved_at)
SELECT id, account_id, price_microcredits, CASE state WHEN 'succeeded' THEN 15 ELSE 0 END,
       CASE state WHEN 'succeeded' THEN 5 WHEN 'canceled' THEN 40 ELSE 0 END, created_at, completed_at FROM tasks;
INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, created_at)
SELECT account_id, 'reserve', 'available', 'reserved', amount, task_id, deadline_at FROM reservations;
INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, created_at)
SELECT account_id, 'post', 'reserved', 'revenue', posted, task_id, deadline_at FROM reservations WHERE posted > 0;
INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, created_at)
SELECT account_id, 'void', 'reserved', 'available', voided, task_id, deadline_at FROM reservations WHERE voided > 0;
"""


async def test_an_old_balance_becomes_one_paid_lot(postgres: EmbeddedPostgres, now: dt.datetime) -> None:
    """It has paid for all tasks so far, so that they end and are refunded as any other."""
    admin = await Database.open(postgres.dsn.replace("/reelgate?", "/postgres?"), connections_max=1)
    await admin.fetch("CREATE DATABASE before_lots")
    await admin.close()
    database = await Database.open(postgres.dsn.replace("/reelgate?", "/before_lots?"))
    await migrate(database, tuple(each for each in load_migrations() if each.version <= 6))
    principal = Principal(key_id=fresh_id(), account_id=fresh_id(), account="old")
    await database.fetch(OLD_ACCOUNT, principal.account_id, now)
    async with database.connection() as connection:
        await connection.execute(OLD_ROWS)
    await migrate(database)
    assert await find_breaches(database) == ()
    (lot,) = await list_lots(database, principal.account_id, with_credits_only=True)
    assert (lot.kind, lot.source, lot.granted) == (LotKind.PAID, LotSource.OPENING, 100)
    assert (lot.remaining, lot.reserved) == (55, 30)
    done, canceled, queued = [uuid.UUID(int=number) for number in (1, 2, 3)]
    mend = Mend(microcredits=15, actor="ann", reason="x", created_at=now)
    assert await refund_task(database, done, mend)
    assert not await refund_task(database, canceled, mend)
    assert await finish_task(database, queued, None, Ending(state=State.CANCELED, completed_at=now))
    await spend(database, principal, 100, now)
    assert await find_breaches(database) == ()
    await database.close()
