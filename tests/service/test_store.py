"""The store against a real Postgres: acceptance, endings, money, and what the database itself refuses."""

import asyncio
import datetime as dt
import os
import uuid

import asyncpg
import pytest

from fakes import VAULT
from reelgate.core.errors import ServerMisconfigured
from reelgate.core.ids import new_id
from reelgate.core.task import Artifact, ArtifactKind, Failure, Mode, Phase, State, TaskSpec, Understanding
from reelgate.store.accounts import (
    StoredKey,
    create_account,
    create_key,
    find_account,
    find_key,
    list_keys,
    load_balance,
    revoke_key,
)
from reelgate.store.credits import Grant, grant_credits
from reelgate.store.database import Database
from reelgate.store.migrate import Migration, load_migrations, migrate, plan_migrations
from reelgate.store.secrets import ensure_secret
from reelgate.store.statements import read_statements
from reelgate.store.tasks import (
    Ending,
    NewTask,
    Refusal,
    Refused,
    accept_task,
    begin_task,
    find_artifact,
    finish_task,
    list_tasks,
    load_task,
    overdue_tasks,
    report_progress,
    wake_sleepers,
)
from reelgate.store.verify import find_breaches, invariants

PRICE = 180


TAKE_UNTOLD = """
INSERT INTO payments (id, account_id, test, package, amount, price, currency, state, lot_id, reversed, created_at,
                      settled_at)
SELECT gen_random_uuid(), account_id, test, 'p', granted, 1, 'usd', 'paid', id, 1, now(), now() FROM lots
"""
EXPIRE_TOO_EARLY = """
INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, actor, reason, created_at)
SELECT account_id, 'expire', 'available', 'expired', 1, id, 'sweep', 'too early', now() FROM lots
"""


async def account_with(database: Database, microcredits: int, name: str = "a") -> uuid.UUID:
    moment = dt.datetime.now(dt.UTC)
    account_id = await create_account(database, new_id(moment, os.urandom(10)), name, moment)
    if microcredits:
        grant = Grant(
            account_id=account_id,
            microcredits=microcredits,
            actor="test",
            reason="to spend",
            created_at=moment,
        )
        await grant_credits(database, grant)
    return account_id


def new_task(account_id: uuid.UUID, now: dt.datetime, price: int = PRICE) -> NewTask:
    spec = TaskSpec(mode=Mode.TEXT_TO_VIDEO, model="veo-4", prompt="a boat", seed=7, watermark="é")
    return NewTask(
        id=new_id(now, os.urandom(10)),
        account_id=account_id,
        dialect="veo4api",
        spec=spec,
        engine="animatic",
        price_microcredits=price,
        created_at=now,
        deadline_at=now + dt.timedelta(hours=1),
    )


def video_of(task_id: uuid.UUID, now: dt.datetime) -> Artifact:
    return Artifact(
        id=new_id(now, os.urandom(10)),
        task_id=task_id,
        kind=ArtifactKind.VIDEO,
        sample=0,
        object_key="tasks/x/video-0.mp4",
        media_type="video/mp4",
        size_bytes=10,
        sha256="ab" * 32,
        width_px=1280,
        height_px=720,
        duration_s=8.0,
        frames=192,
        has_audio=True,
        created_at=now,
    )


async def test_a_task_is_read_as_it_was_accepted(database: Database, now: dt.datetime) -> None:
    """Spec, price and times survive the database."""
    account_id = await account_with(database, PRICE)
    new = new_task(account_id, now)
    assert await accept_task(database, new) == 0
    task = await load_task(database, new.id)
    assert task is not None
    assert (task.spec, task.state, task.price_microcredits, task.created_at) == (new.spec, State.QUEUED, PRICE, now)
    assert await load_balance(database, account_id) == (0, PRICE)


async def test_without_credits_nothing_is_stored(database: Database, now: dt.datetime) -> None:
    """A task that cannot be paid leaves no trace."""
    account_id = await account_with(database, PRICE - 1)
    new = new_task(account_id, now)
    assert await accept_task(database, new) == Refusal(why=Refused.CREDITS, available=PRICE - 1)
    assert await load_task(database, new.id) is None
    assert await load_balance(database, account_id) == (PRICE - 1, 0)
    assert await database.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_racing_spenders_get_what_the_balance_holds(database: Database, now: dt.datetime) -> None:
    """32 requests race for a balance of 10 prices: exactly 10 are accepted."""
    account_id = await account_with(database, 10 * PRICE)
    accepted = await asyncio.gather(*(accept_task(database, new_task(account_id, now)) for _ in range(32)))
    assert sum(isinstance(answer, int) for answer in accepted) == 10
    assert await load_balance(database, account_id) == (0, 10 * PRICE)


async def test_accepts_that_share_a_transaction_do_not_share_their_fate(database: Database, now: dt.datetime) -> None:
    """One that names a task which exists is undone alone; the poor get nothing and all others their task."""
    rich = [await account_with(database, 40 * PRICE, name) for name in "abc"]
    poor = await account_with(database, 0, "poor")
    twice = new_task(rich[0], now)
    await accept_task(database, twice)
    new = [new_task(account_id, now) for account_id in (*rich, poor) * 20] + [twice]
    accepted = await asyncio.gather(*(accept_task(database, task) for task in new), return_exceptions=True)
    assert isinstance(accepted[-1], asyncpg.UniqueViolationError)
    for task, available in zip(new[:-1], accepted, strict=False):
        assert isinstance(available, Refusal) == (task.account_id == poor)
        assert (await load_task(database, task.id) is None) == (task.account_id == poor)
    assert [await load_balance(database, each) for each in rich] == [
        (spent * -PRICE + 40 * PRICE, spent * PRICE) for spent in (21, 20, 20)
    ]


async def test_success_posts_and_keeps_the_files(database: Database, now: dt.datetime) -> None:
    """State, artifacts and charge come together."""
    account_id = await account_with(database, 1000)
    new = new_task(account_id, now)
    await accept_task(database, new)
    task = await load_task(database, new.id)
    assert task
    taken = await begin_task(database, task, now)
    assert taken
    assert await report_progress(database, new.id, taken.version, 50, Phase.RUNNING)
    ending = Ending(
        state=State.SUCCEEDED,
        completed_at=now,
        due_microcredits=PRICE,
        understanding=Understanding(understood=("place: sea",)),
        artifacts=(video_of(new.id, now),),
    )
    assert await finish_task(database, new.id, taken.version, ending)
    ended = await load_task(database, new.id)
    assert ended
    assert (ended.state, ended.progress, ended.artifacts) == (State.SUCCEEDED, 100, ending.artifacts)
    assert ended.understanding == ending.understanding
    assert await load_balance(database, account_id) == (1000 - PRICE, 0)
    stored = await find_artifact(database, ending.artifacts[0].id)
    assert stored
    assert stored.object_key == "tasks/x/video-0.mp4"


async def test_failure_returns_everything(database: Database, now: dt.datetime) -> None:
    """A failed task costs nothing and says why."""
    account_id = await account_with(database, 1000)
    new = new_task(account_id, now)
    await accept_task(database, new)
    failure = Failure(code="engine_failed", message="It broke.")
    assert await finish_task(database, new.id, None, Ending(state=State.FAILED, completed_at=now, failure=failure))
    ended = await load_task(database, new.id)
    assert ended
    assert ended.failure == failure
    assert await load_balance(database, account_id) == (1000, 0)


async def test_part_of_the_price_is_posted_and_the_rest_returns(database: Database, now: dt.datetime) -> None:
    """Fewer samples than asked for cost less; more than was reserved is never charged."""
    account_id = await account_with(database, 1000)
    for due, left in ((60, 940), (500, 940 - PRICE)):
        new = new_task(account_id, now)
        await accept_task(database, new)
        task = await load_task(database, new.id)
        assert task
        taken = await begin_task(database, task, now)
        assert taken
        ending = Ending(
            state=State.SUCCEEDED, completed_at=now, due_microcredits=due, artifacts=(video_of(new.id, now),)
        )
        await finish_task(database, new.id, taken.version, ending)
        assert await load_balance(database, account_id) == (left, 0)


async def test_a_task_ends_once(database: Database, now: dt.datetime) -> None:
    """Cancel and success race many times: one wins, and the money agrees with it."""
    account_id = await account_with(database, 20 * PRICE)
    for _ in range(20):
        new = new_task(account_id, now)
        await accept_task(database, new)
        task = await load_task(database, new.id)
        assert task
        taken = await begin_task(database, task, now)
        assert taken
        success = Ending(
            state=State.SUCCEEDED, completed_at=now, due_microcredits=PRICE, artifacts=(video_of(new.id, now),)
        )
        won = await asyncio.gather(
            finish_task(database, new.id, taken.version, success),
            finish_task(database, new.id, None, Ending(state=State.CANCELED, completed_at=now)),
        )
        assert sorted(won) == [False, True]
        ended = await load_task(database, new.id)
        assert ended
        assert ended.state is (State.SUCCEEDED if won[0] else State.CANCELED)


async def test_a_stale_worker_changes_nothing(database: Database, now: dt.datetime) -> None:
    """Once another has taken the task over, the first one's version counts for nothing."""
    account_id = await account_with(database, PRICE)
    new = new_task(account_id, now)
    await accept_task(database, new)
    loaded = await load_task(database, new.id)
    assert loaded
    first = await begin_task(database, loaded, now)
    assert first
    assert await begin_task(database, loaded, now) is None
    again = await load_task(database, new.id)
    assert again
    second = await begin_task(database, again, now)
    assert second
    assert (first.attempts, second.attempts) == (1, 2)
    assert not await report_progress(database, new.id, first.version, 90, Phase.RUNNING)
    failed = Ending(state=State.FAILED, completed_at=now, failure=Failure(code="x", message="x"))
    assert not await finish_task(database, new.id, first.version, failed)
    assert await finish_task(database, new.id, second.version, failed)


async def test_a_live_task_without_a_wake_up_gets_one(database: Database, now: dt.datetime) -> None:
    """The sweep finds the task whose job was lost, and only that."""
    account_id = await account_with(database, 2 * PRICE)
    lost, kept = new_task(account_id, now), new_task(account_id, now)
    for new in (lost, kept):
        await accept_task(database, new)
    await database.fetch("DELETE FROM pgqueuer WHERE dedupe_key = $1", f"advance:{lost.id}")
    later = now + dt.timedelta(minutes=1)
    assert await wake_sleepers(database, now) == 0
    assert await wake_sleepers(database, later) == 1
    assert await wake_sleepers(database, later) == 0
    assert await database.fetchval("SELECT count(*) FROM pgqueuer") == 2


async def test_overdue_tasks_are_found(database: Database, now: dt.datetime) -> None:
    """A reservation has a deadline."""
    account_id = await account_with(database, PRICE)
    new = new_task(account_id, now)
    await accept_task(database, new)
    assert await overdue_tasks(database, now + dt.timedelta(minutes=59)) == ()
    assert await overdue_tasks(database, now + dt.timedelta(minutes=61)) == (new.id,)


async def test_pages_hold_the_account_s_own_tasks(database: Database, now: dt.datetime) -> None:
    """Newest first, in the wanted states, and nobody else's."""
    mine, other = await account_with(database, 1000, "mine"), await account_with(database, 1000, "other")
    news = [new_task(mine, now + dt.timedelta(seconds=n)) for n in range(3)]
    for new in (*news, new_task(other, now)):
        await accept_task(database, new)
    await finish_task(database, news[0].id, None, Ending(state=State.CANCELED, completed_at=now))
    page, total = await list_tasks(database, mine, states=None, limit=2, offset=0)
    assert ([task.id for task in page], total) == ([news[2].id, news[1].id], 3)
    page, total = await list_tasks(database, mine, states=[State.CANCELED], limit=2, offset=0)
    assert ([task.id for task in page], total) == ([news[0].id], 1)
    page, total = await list_tasks(database, mine, states=None, limit=2, offset=2)
    assert ([task.id for task in page], total) == ([news[0].id], 3)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfers SET amount = amount + 1",
        "DELETE FROM transfers",
        "TRUNCATE transfers CASCADE",
        "UPDATE balances SET available = -1",
        "UPDATE tasks SET state = 'queued', completed_at = NULL",
        "UPDATE tasks SET state = 'succeeded'",
        (
            "INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, created_at) "
            "SELECT account_id, 'void', 'reserved', 'available', 1, task_id, now() FROM transfers WHERE kind = 'void'"
        ),
        (
            "INSERT INTO transfers (account_id, kind, debit, credit, amount, created_at) "
            "SELECT account_id, 'grant', 'issued_paid', 'available', 1, now() FROM transfers LIMIT 1"
        ),
        (
            "INSERT INTO transfers (account_id, kind, debit, credit, amount, actor, reason, created_at) "
            "SELECT account_id, 'grant', 'revenue', 'available', 1, 'a', 'b', now() FROM transfers LIMIT 1"
        ),
    ],
)
async def test_the_database_refuses(database: Database, now: dt.datetime, statement: str) -> None:
    """Transfers never change, balances are never negative, an ended task stays ended."""
    account_id = await account_with(database, PRICE)
    new = new_task(account_id, now)
    await accept_task(database, new)
    await finish_task(database, new.id, None, Ending(state=State.CANCELED, completed_at=now))
    with pytest.raises(asyncpg.PostgresError):
        await database.fetch(statement)


@pytest.mark.parametrize(
    ("broken", "statement"),
    [
        ("L2", "UPDATE balances SET available = available + 1"),
        ("L2", "UPDATE transfers SET amount = amount + 1 WHERE kind = 'grant'"),
        ("L4", "UPDATE transfers SET amount = amount - 1 WHERE kind = 'post'"),
        ("L4", "DELETE FROM transfers WHERE kind = 'reserve'"),
        ("L5", "UPDATE tasks SET price_microcredits = price_microcredits + 1"),
        ("L6", "UPDATE reservations SET resolved_at = NULL, posted = 0, voided = 0"),
        ("L7", "UPDATE tasks SET state = 'processing', phase = 'running', completed_at = NULL"),
        ("L3", "UPDATE transfers SET created_at = created_at, amount = 1 WHERE kind = 'grant'"),
        ("L9", "UPDATE lots SET source = 'payment'"),
        ("L9", "UPDATE lots SET source = 'voucher'"),
        ("L10", "UPDATE lots SET remaining = remaining - 1"),
        ("L10", "UPDATE consumptions SET posted = posted - 1, voided = voided + 1"),
        ("L10", "DELETE FROM consumptions"),
        ("L11", EXPIRE_TOO_EARLY),
        ("L12", "SELECT 1"),
        ("L13", "UPDATE reservations SET posted = posted - 1, voided = voided + 1"),
        ("L14", "UPDATE transfers SET actor = '' WHERE kind = 'grant'"),
        ("L14", "ALTER TABLE lots DROP CONSTRAINT lots_account_id_test_fkey; UPDATE lots SET test = true"),
        ("P1", TAKE_UNTOLD),
        ("B1", "UPDATE balances SET month_spent = month_spent + 1"),
        ("T5", "DELETE FROM artifacts"),
    ],
)
async def test_a_corrupted_row_is_found(dsn: str, now: dt.datetime, broken: str, statement: str) -> None:
    """Whoever changes a row by hand, past every trigger, is found out."""
    database = await Database.open(dsn)
    account_id = await account_with(database, 1000)
    new = new_task(account_id, now)
    await accept_task(database, new)
    task = await load_task(database, new.id)
    assert task
    taken = await begin_task(database, task, now)
    assert taken
    ending = Ending(state=State.SUCCEEDED, completed_at=now, due_microcredits=PRICE, artifacts=(video_of(new.id, now),))
    await finish_task(database, new.id, taken.version, ending)
    assert await find_breaches(database) == ()
    async with database.connection() as connection:
        await connection.execute("ALTER TABLE transfers DISABLE TRIGGER USER")
        await connection.execute("ALTER TABLE tasks DISABLE TRIGGER USER")
        await connection.execute(statement)
    breaches = await find_breaches(database)
    await database.close()
    assert broken in {breach.invariant for breach in breaches}
    assert {breach.invariant for breach in breaches} <= set(invariants())


async def test_keys_are_found_until_they_are_revoked(database: Database, now: dt.datetime) -> None:
    """Revoking works by id and by the shown characters, once."""
    account_id = await account_with(database, 0)
    key = StoredKey(id=new_id(now, os.urandom(10)), account="a", prefix="rg_abc", created_at=now, revoked_at=None)
    await create_key(database, key, account_id, b"\x01" * 32)
    principal = await find_key(database, b"\x01" * 32)
    assert principal
    assert (principal.key_id, principal.account_id, principal.account) == (key.id, account_id, "a")
    assert await find_key(database, b"\x02" * 32) is None
    assert await list_keys(database) == (key,)
    assert await revoke_key(database, "rg_abc", now)
    assert not await revoke_key(database, "rg_abc", now)
    assert await find_key(database, b"\x01" * 32) is None


async def test_an_account_is_made_once(database: Database) -> None:
    """The same name leads to the same account."""
    assert await account_with(database, 5) == await account_with(database, 5)
    account = await find_account(database, "a")
    assert account
    assert account.available_microcredits == 10
    assert await find_account(database, "b") is None


async def test_a_secret_stays(database: Database, now: dt.datetime) -> None:
    """The first of many servers decides."""
    assert await ensure_secret(database, VAULT, "links", b"first", now) == b"first"
    assert await ensure_secret(database, VAULT, "links", b"second", now) == b"first"


async def test_migrations_are_applied_once_by_many(dsn: str) -> None:
    """Several servers that start together leave one schema."""
    databases = [await Database.open(dsn) for _ in range(4)]
    later = Migration(version=9999, name="9999_later.sql", sql="CREATE TABLE later (id integer)")
    applied = await asyncio.gather(*(migrate(database, (*load_migrations(), later)) for database in databases))
    assert sorted(map(len, applied)) == [0, 0, 0, 1]
    with pytest.raises(ServerMisconfigured, match="newer"):
        await migrate(databases[0])
    for database in databases:
        await database.close()


async def test_a_migration_that_fails_leaves_nothing(dsn: str) -> None:
    """Each file is one transaction."""
    database = await Database.open(dsn)
    broken = Migration(version=9999, name="9999_broken.sql", sql="CREATE TABLE half (id integer); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(database, (*load_migrations(), broken))
    assert await database.fetchval("SELECT to_regclass('half')") is None
    assert await migrate(database) == ()
    await database.close()


def test_a_changed_migration_is_refused() -> None:
    """History does not change."""
    first = load_migrations()[0]
    with pytest.raises(ServerMisconfigured, match="another text"):
        plan_migrations((first,), {first.version: "0" * 64})


def test_a_statement_stands_once() -> None:
    """Two statements of one name are an error."""
    text = "-- name: a\n-- A.\nSELECT 1\n\n-- name: b\n-- B.\nSELECT 2\n"
    assert read_statements(text) == {"a": "-- A.\nSELECT 1", "b": "-- B.\nSELECT 2"}
    with pytest.raises(ValueError, match="twice"):
        read_statements(text + "-- name: a\nSELECT 3")
