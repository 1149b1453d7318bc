"""Connections: made, waited for, cut, and what their failures are called."""

import datetime as dt
import uuid
from typing import Any

import asyncpg
import pytest

from fakes import open_account
from reelgate.core.errors import DatabaseUnavailable, ServerMisconfigured, StorageFull
from reelgate.store import database as module
from reelgate.store.accounts import list_accounts, load_balance
from reelgate.store.database import Database, wait_for_database
from reelgate.store.tasks import find_artifact, prune_job_log

NOBODY = "postgresql://nobody@127.0.0.1:9/nothing"


async def test_a_database_that_is_not_there_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is waited for, but not for ever."""
    monkeypatch.setattr(module, "DATABASE_WAIT_S", 0.2)
    with pytest.raises(DatabaseUnavailable):
        await wait_for_database(NOBODY)


async def test_a_database_that_starts_is_waited_for(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first attempts find nothing."""
    real: Any = asyncpg.create_pool
    refusals = [ConnectionRefusedError(), asyncpg.CannotConnectNowError("starting up")]

    async def create_pool(*arguments: object, **options: object) -> object:
        if refusals:
            raise refusals.pop()
        return await real(*arguments, **options)

    monkeypatch.setattr(asyncpg, "create_pool", create_pool)
    database = await wait_for_database(dsn)
    assert await database.fetchval("SELECT 1") == 1
    await database.close()


@pytest.mark.parametrize("wrong", ["nonsense", "mysql://a:secret@b/c"])
async def test_an_address_that_is_none_is_not_waited_for(wrong: str) -> None:
    """Its password is not repeated."""
    with pytest.raises(ServerMisconfigured) as caught:
        await wait_for_database(wrong)
    assert "secret" not in str(caught.value)


async def test_a_database_that_does_not_exist_is_not_waited_for(dsn: str) -> None:
    """The operator is told which one was asked for."""
    path, _, query = dsn.partition("?")
    with pytest.raises(ServerMisconfigured, match="nowhere"):
        await wait_for_database(f"{path.rpartition('/')[0]}/nowhere?{query}")


async def test_a_cut_connection_is_replaced(database: Database) -> None:
    """The call that meets the cut may be repeated."""
    async with database.connection() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
    admin = await Database.open(database.dsn, connections_max=1)
    assert await admin.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    await admin.close()
    for _ in range(2):
        try:
            assert await database.fetchval("SELECT 1") == 1
        except DatabaseUnavailable:
            continue
    assert await database.fetchval("SELECT 1") == 1


async def test_a_connection_that_dies_in_use_is_unavailable(database: Database) -> None:
    """Whatever asyncpg makes of it."""
    with pytest.raises(DatabaseUnavailable):
        await database.fetch("SELECT pg_terminate_backend(pg_backend_pid())")
    for error in (
        asyncpg.InternalClientError("in disorder"),
        asyncpg.InterfaceError("closed"),
        asyncpg.DeadlockDetectedError("undone"),
        TimeoutError(),
    ):
        with pytest.raises(DatabaseUnavailable):
            async with module._translated():
                raise error


async def test_a_full_disk_is_called_that(database: Database) -> None:
    """Its code is Postgres' own; a mistake of ours keeps its name."""
    with pytest.raises(StorageFull):
        await database.fetch("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$")
    with pytest.raises(asyncpg.UndefinedTableError):
        await database.fetch("SELECT * FROM nowhere")


async def test_closing_does_not_wait_for_ever(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that somebody still holds is cut."""
    monkeypatch.setattr(module, "CONNECT_TIMEOUT_S", 0.1)
    database = await Database.open(dsn)
    held = await database.pool.acquire()
    await database.close()
    with pytest.raises(asyncpg.InterfaceError):
        await held.fetchval("SELECT 1")
    with pytest.raises(DatabaseUnavailable):
        await database.fetchval("SELECT 1")


async def test_what_is_not_there(database: Database) -> None:
    """Accounts and files that nobody has."""
    with pytest.raises(LookupError):
        await load_balance(database, uuid.UUID(int=7))
    assert await find_artifact(database, uuid.UUID(int=7)) is None


async def test_accounts_are_listed_by_name(database: Database) -> None:
    """With what they have."""
    for name, credit in (("b", 5), ("a", 7)):
        await open_account(database, credit, name)
    listed = [(account.name, account.available_microcredits) for account in await list_accounts(database)]
    assert listed == [("a", 7), ("b", 5)]


async def test_the_job_log_is_forgotten(database: Database) -> None:
    """Only what is old enough."""
    await database.fetch(
        "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, created) "
        "SELECT n, 'successful', 0, 'advance', now() - n * interval '1 day' FROM generate_series(0, 3) n"
    )
    await prune_job_log(database, dt.datetime.now(dt.UTC) - dt.timedelta(days=2))
    assert await database.fetchval("SELECT count(*) FROM pgqueuer_log") == 2
