"""Tasks that are accepted together: the same comes of it as of one after the other, whatever their accounts may."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from conftest import fresh_id
from fakes import PRICE, make_spec, open_account
from reelgate.core.once import Once
from reelgate.core.plans import Plan
from reelgate.core.task import Input, Role, StoredSource
from reelgate.store.accounts import Principal, StoredKey, create_key, load_balance
from reelgate.store.credits import Grant, cap_key, grant_credits, list_caps, list_lots, load_budget, set_budget
from reelgate.store.database import Database
from reelgate.store.files import note_files, unclaimed_files
from reelgate.store.statements import TASKS
from reelgate.store.tasks import NewTask, Refusal, Refused, accept_task, count_tasks_of, load_task

DAY = dt.timedelta(days=1)
#: Tasks that each account asks for.
ASKED = 8


class Watched(Database):
    """A real database that notes which tasks were accepted in the statement over arrays."""

    def __init__(self, real: Database) -> None:
        """Share the connections of a real one."""
        super().__init__(real.pool, real.dsn)
        self.accepted: set[uuid.UUID] = set()
        self.statements = 0

    async def fetch(self, sql: str, *arguments: object) -> Any:
        """Run a statement."""
        rows = await super().fetch(sql, *arguments)
        if sql == TASKS["accept_tasks"]:
            self.statements += 1
            self.accepted |= {row["id"] for row in rows if row["refused"] is None}
        return rows


@pytest.fixture
def watched(database: Database) -> Watched:
    """The database, watched."""
    return Watched(database)


def asking(principal: Principal, now: dt.datetime, **changes: Any) -> NewTask:
    fields: dict[str, Any] = {
        "id": fresh_id(), "account_id": principal.account_id, "dialect": "veo4api", "spec": make_spec(),
        "engine": "animatic", "price_microcredits": PRICE, "created_at": now, "deadline_at": now + DAY,
        "key_id": principal.key_id, "plan": principal.plan,
    }  # fmt: skip
    return NewTask(**(fields | changes))


async def accept_all(database: Database, tasks: list[NewTask]) -> list[int | Refusal]:
    return list(await asyncio.gather(*(accept_task(database, new) for new in tasks)))


async def give(database: Database, principal: Principal, amount: int, now: dt.datetime, **changes: Any) -> None:
    grant = Grant(
        account_id=principal.account_id, microcredits=amount, actor="test", reason="x", created_at=now, **changes
    )
    await grant_credits(database, grant)


async def plain(database: Database, principal: Principal, now: dt.datetime) -> Principal:
    """Have more than enough."""
    await give(database, principal, 100 * PRICE, now)
    return principal


async def free(_database: Database, principal: Principal, _now: dt.datetime) -> Principal:
    """Have nothing."""
    return principal


async def poor(database: Database, principal: Principal, now: dt.datetime) -> Principal:
    """Have credits for some."""
    await give(database, principal, 3 * PRICE + 1, now)
    return principal


async def in_lots(database: Database, principal: Principal, now: dt.datetime) -> Principal:
    """Have lots of odd sizes, one of which has expired."""
    await give(database, principal, 100 * PRICE, now, expires_at=now)
    for amount in (PRICE // 2, PRICE * 2 + 1, PRICE * 3):
        await give(database, principal, amount, now)
    return principal


async def on_a_budget(database: Database, principal: Principal, now: dt.datetime) -> Principal:
    """May spend five prices a month."""
    await set_budget(database, principal.account_id, 5 * PRICE)
    return await plain(database, principal, now)


async def within_budget(database: Database, principal: Principal, now: dt.datetime) -> Principal:
    """May spend what is asked."""
    await set_budget(database, principal.account_id, ASKED * PRICE)
    return await plain(database, principal, now)


async def capped(database: Database, principal: Principal, now: dt.datetime) -> Principal:
    """Have a key that may spend four prices."""
    await plain(database, principal, now)
    key_id = fresh_id()
    key = StoredKey(id=key_id, account=principal.account, prefix="rg_abc", created_at=now, revoked_at=None)
    await create_key(database, key, principal.account_id, key_id.bytes * 2)
    assert await cap_key(database, key_id, total=4 * PRICE, month=None, now=now)
    return replace(principal, key_id=key_id)


def planned(**limits: int) -> Callable[[Database, Principal, dt.datetime], Awaitable[Principal]]:
    async def limited(database: Database, principal: Principal, now: dt.datetime) -> Principal:
        return replace(await plain(database, principal, now), plan=Plan(name="p", **limits))

    return limited


#: How an account is made, what each task costs, and whether the statement over arrays accepts all that it asks for.
CASES: list[tuple[Callable[[Database, Principal, dt.datetime], Awaitable[Principal]], int, bool]] = [
    (plain, PRICE, True),
    (free, 0, True),
    (free, PRICE, False),
    (poor, PRICE, False),
    (in_lots, PRICE, False),
    (on_a_budget, PRICE, False),
    (on_a_budget, 0, True),
    (within_budget, PRICE, True),
    (capped, PRICE, False),
    (planned(tasks_in_flight=6), PRICE, False),
    (planned(tasks_queued=6), 0, False),
    (planned(tasks_per_day=6), PRICE, False),
    (planned(tasks_in_flight=ASKED, tasks_queued=ASKED, tasks_per_day=ASKED), PRICE, True),
]


async def outcome(
    database: Database, principal: Principal, answers: list[int | Refusal], now: dt.datetime
) -> list[object]:
    """Return all that can be told of what an account has got."""
    lots = await list_lots(database, principal.account_id, with_credits_only=False)
    months = await database.fetch("SELECT month, amount FROM reservations WHERE account_id = $1", principal.account_id)
    return [
        sorted(map(repr, answers)),
        await load_balance(database, principal.account_id),
        sorted((lot.granted, lot.remaining, lot.reserved) for lot in lots),
        await load_budget(database, principal.account_id, now),
        [
            replace(cap, key_id=uuid.UUID(int=0), prefix="")
            for cap in await list_caps(database, principal.account_id, now)
        ],
        await count_tasks_of(database, principal.account_id, now),
        [tuple(row) for row in months],
        await database.fetch(
            "SELECT kind, debit, credit, amount, created_at FROM transfers WHERE account_id = $1 ORDER BY id",
            principal.account_id,
        ),
        await database.fetchval("SELECT sum(available) FROM balances WHERE account_id = $1", principal.account_id),
    ]


async def test_the_same_comes_of_it_as_of_one_after_the_other(watched: Watched, now: dt.datetime) -> None:
    """Accounts of every kind, twice each: one asks for all at once, the other for one task after the other."""
    batches: list[tuple[Principal, list[NewTask]]] = []
    singles: list[tuple[Principal, list[NewTask]]] = []
    for number, (make, price, _) in enumerate(CASES):
        for into, name in ((batches, "together"), (singles, "apart")):
            principal = await make(watched, await open_account(watched, 0, f"{name} {number}"), now)
            into.append((principal, [asking(principal, now, price_microcredits=price) for _ in range(ASKED)]))
    together = iter(await accept_all(watched, [new for _, tasks in batches for new in tasks]))
    assert 1 <= watched.statements < len(CASES)
    for (_, _, whole), (principal, tasks), (other, others) in zip(CASES, batches, singles, strict=True):
        answers = [next(together) for _ in tasks]
        assert ({new.id for new in tasks} <= watched.accepted) == whole
        apart = [await accept_task(watched, new) for new in others]
        assert await outcome(watched, principal, answers, now) == await outcome(watched, other, apart, now)


async def test_each_is_told_what_is_left_after_it(watched: Watched, now: dt.datetime) -> None:
    """In the order in which they came, whatever each costs."""
    principal = await open_account(watched, 100)
    prices = [5, 0, 7, 1]
    tasks = [asking(principal, now, price_microcredits=price) for price in prices]
    assert await accept_all(watched, tasks) == [95, 95, 88, 87]
    assert watched.accepted == {new.id for new in tasks}
    stored = [await load_task(watched, new.id) for new in tasks]
    assert [task and (task.spec, task.price_microcredits, task.created_at) for task in stored] == [
        (new.spec, new.price_microcredits, now) for new in tasks
    ]
    jobs = await watched.fetch("SELECT payload, entrypoint FROM pgqueuer ORDER BY id")
    assert [(row["payload"], row["entrypoint"]) for row in jobs] == [(new.id.bytes, "advance") for new in tasks]


async def test_twins_and_replays_are_told_from_the_others(watched: Watched, now: dt.datetime) -> None:
    """What was made before is made no more, of twins one is made, and nobody else is held up."""
    principal, other = [await open_account(watched, 100 * PRICE, name) for name in "ab"]
    before, twin = [Once(key=key, fingerprint=b"\x01" * 32) for key in ("before", "twin")]
    assert isinstance(await accept_task(watched, asking(principal, now, once=before)), int)
    tasks = [
        asking(principal, now, once=before),
        asking(principal, now, once=twin),
        asking(principal, now, once=twin),
        # Keys of wires and accounts do not meet.
        asking(principal, now, once=twin, dialect="veoapi"),
        asking(other, now, once=twin),
        asking(principal, now),
    ]
    answers = await accept_all(watched, tasks)
    again = Refusal(why=Refused.ONCE, available=0)
    assert [answer if isinstance(answer, Refusal) else None for answer in answers] == [
        again, None, again, None, None, None
    ]  # fmt: skip
    assert {tasks[place].id for place in (1, 3, 4, 5)} == watched.accepted
    kept = "SELECT available_microcredits FROM idempotency_keys WHERE task_id = $1"
    assert await watched.fetchval(kept, tasks[1].id) == answers[1] == 98 * PRICE


@pytest.mark.parametrize("per_day", [None, 2])
async def test_a_day_ends_between_two_that_come_together(
    watched: Watched, now: dt.datetime, per_day: int | None
) -> None:
    """Each counts in its own day and month."""
    principal = replace(await open_account(watched, 100 * PRICE), plan=Plan(name="p", tasks_per_day=per_day))
    midnight = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    moments = [midnight - dt.timedelta(seconds=1)] * 3 + [midnight] * 3
    answers = await accept_all(watched, [asking(principal, moment) for moment in moments])
    assert [isinstance(answer, int) for answer in answers] == [True, True, per_day is None] * 2
    assert not watched.accepted
    rows = await watched.fetch("SELECT month, count(*) FROM reservations GROUP BY month ORDER BY month")
    each = per_day or 3
    assert [tuple(row) for row in rows] == [(dt.date(2026, 11, 1), each), (dt.date(2026, 12, 1), each)]
    assert (await count_tasks_of(watched, principal.account_id, midnight)).today == each
    # A server whose clock is late counts in the day that has begun.
    late = replace(principal, plan=Plan(name="p"))
    await accept_all(watched, [asking(late, now) for _ in range(2)])
    assert len(watched.accepted) == 2
    assert (await count_tasks_of(watched, principal.account_id, midnight)).today == each + 2


async def test_files_go_with_their_tasks(watched: Watched, now: dt.datetime) -> None:
    """A picture of a task that was accepted is claimed, one of a task that was refused is not."""
    principal, nobody = await open_account(watched, 100 * PRICE), await open_account(watched, 0, "nobody")
    tasks = []
    for number, owner in enumerate((principal, principal, nobody, principal)):
        source = StoredSource(
            object_key=f"inputs/{number}.png", media_type="image/png", size_bytes=1, sha256="ab" * 32, width_px=16,
            height_px=9,
        )  # fmt: skip
        inputs = (Input(role=Role.FIRST_FRAME, source=source, field="image"),)
        tasks.append(asking(owner, now, spec=make_spec(inputs=inputs)))
    await note_files(watched, [f"inputs/{number}.png" for number in range(5)])
    answers = await accept_all(watched, tasks)
    assert [isinstance(answer, int) for answer in answers] == [True, True, False, True]
    assert set(await unclaimed_files(watched, dt.timedelta(0))) == {"inputs/2.png", "inputs/4.png"}


async def test_many_accounts_race_for_what_they_have(watched: Watched, now: dt.datetime) -> None:
    """Sixteen accounts with credits for ten ask for twenty each, all mixed: each gets ten."""
    principals = [await open_account(watched, 10 * PRICE, f"a{number}") for number in range(16)]
    tasks = [asking(principal, now) for _ in range(20) for principal in principals]
    answers = await accept_all(watched, tasks)
    for principal in principals:
        own = [answer for new, answer in zip(tasks, answers, strict=True) if new.account_id == principal.account_id]
        assert sum(isinstance(answer, int) for answer in own) == 10
        assert await load_balance(watched, principal.account_id) == (0, 10 * PRICE)
