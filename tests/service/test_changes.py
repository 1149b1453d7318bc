"""Announcements from the real Postgres: heard, missed, and heard again."""

import asyncio
import contextlib
import datetime as dt
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from fakes import PRICE, open_account, put_task
from reelgate.core.task import Phase, State
from reelgate.service.credit import digest, issue_key
from reelgate.service.task_cache import TaskCache
from reelgate.store import changes
from reelgate.store.accounts import revoke_key
from reelgate.store.changes import Changes
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, begin_task, finish_task, load_task, report_progress
from reelgate.web import upkeep
from reelgate.web.auth import Authenticator
from reelgate.web.limiter import Limiter

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


class Ear:
    """Notes what is heard, and lets a test wait for it."""

    def __init__(self, dsn: str) -> None:
        """Listen to everything."""
        self.heard: asyncio.Queue[object] = asyncio.Queue()
        self.changes = Changes(dsn)
        self.changes.on_task(self.heard.put_nowait)
        self.changes.on_task_ended(lambda task_id: self.heard.put_nowait(("ended", task_id)))
        self.changes.on_key(self.heard.put_nowait)
        self.changes.on_hearing(self.heard.put_nowait)

    async def next(self) -> object:
        """Return what is heard next."""
        async with asyncio.timeout(60):
            return await self.heard.get()


@contextlib.asynccontextmanager
async def listening(dsn: str) -> AsyncIterator[Ear]:
    ear = Ear(dsn)
    await ear.changes.start()
    try:
        assert await ear.next() is True
        yield ear
    finally:
        await ear.changes.close()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connect again soon."""
    monkeypatch.setattr(changes, "RETRY_S", 0.02)


async def cut(database: Database) -> None:
    """End every connection that listens."""
    statement = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'reelgate changes'"
    await database.fetch(f"{statement} AND datname = current_database()")


async def test_every_change_of_a_task_is_heard(database: Database) -> None:
    """When it is taken over, notes progress and ends; a change that did not happen is not."""
    principal = await open_account(database, PRICE)
    async with listening(database.dsn) as ear:
        task_id = await put_task(database, principal)
        task = await load_task(database, task_id)
        assert task
        taken = await begin_task(database, task, NOW)
        assert taken
        assert await report_progress(database, task_id, taken.version, 10, Phase.RUNNING)
        assert not await report_progress(database, task_id, taken.version + 1, 20, Phase.RUNNING)
        canceled = Ending(state=State.CANCELED, completed_at=NOW)
        assert await finish_task(database, task_id, None, canceled)
        assert not await finish_task(database, task_id, None, canceled)
        assert [await ear.next() for _ in range(3)] == [task_id] * 3
        assert await ear.next() == ("ended", task_id)
        await database.fetch("SELECT pg_notify('reelgate_task', $1)", str(uuid.UUID(int=7)))
        assert await ear.next() == uuid.UUID(int=7)


async def test_a_revocation_is_heard(database: Database) -> None:
    """By the key's digest, so that whoever keeps it finds it."""
    issued = await issue_key(database, "a", credits_granted=0, now=NOW, random=os.urandom)
    async with listening(database.dsn) as ear:
        assert await revoke_key(database, str(issued.id), NOW)
        assert await ear.next() == digest(issued.key)


async def test_who_cannot_hear_is_told(database: Database) -> None:
    """Once when the connection is lost and once when another stands; changes are heard again then."""
    async with listening(database.dsn) as ear:
        for _ in range(2):
            await cut(database)
            assert await ear.next() is False
            assert await ear.next() is True
        await database.fetch("SELECT pg_notify('reelgate_task', $1)", str(uuid.UUID(int=7)))
        assert await ear.next() == uuid.UUID(int=7)
    assert await ear.next() is False
    assert ear.heard.empty()


async def test_a_connection_that_says_nothing_is_tried(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Now and then; while it answers nobody is told anything."""
    monkeypatch.setattr(changes, "PROBE_S", 0.02)
    async with listening(database.dsn) as ear:
        await asyncio.sleep(0.2)
        assert ear.heard.empty()


async def test_nonsense_does_not_make_deaf(database: Database) -> None:
    """Somebody notifies the channels by hand."""
    async with listening(database.dsn) as ear:
        for channel in ("reelgate_task", "reelgate_task_ended", "reelgate_key"):
            await database.fetch("SELECT pg_notify($1, 'nonsense')", channel)
        await database.fetch("SELECT pg_notify('reelgate_task', $1)", str(uuid.UUID(int=7)))
        assert await ear.next() == uuid.UUID(int=7)


async def test_a_database_that_is_away_is_waited_for(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting does not take for ever, and ends well."""
    monkeypatch.setattr(changes, "CONNECT_TIMEOUT_S", 0.1)
    ear = Ear("postgresql://nobody@127.0.0.1:9/nothing")
    await ear.changes.start()
    await ear.changes.close()
    assert ear.heard.empty()
    await Changes(dsn).close()


async def test_copies_follow_the_database(database: Database) -> None:
    """A cached task and a remembered key are never older than what was heard; deaf, nothing is kept."""
    tasks, keys, heard = TaskCache(database), Authenticator(database), Ear(database.dsn)
    heard.changes.on_task(tasks.forget)
    heard.changes.on_key(keys.forget)
    heard.changes.on_hearing(lambda hearing: tasks.set_hearing(hearing=hearing))
    heard.changes.on_hearing(lambda hearing: keys.set_hearing(hearing=hearing))
    issued = await issue_key(database, "a", credits_granted=0, now=NOW, random=os.urandom)
    principal = await open_account(database, PRICE)
    task_id = await put_task(database, principal)
    await heard.changes.start()
    assert await heard.next() is True
    await keys.authenticate(issued.key)
    assert (await tasks.load(task_id)) is (await tasks.load(task_id))
    await cut(database)
    assert await heard.next() is False
    assert (await tasks.load(task_id)) is not (await tasks.load(task_id))
    assert await heard.next() is True
    waiting = asyncio.create_task(tasks.wait_for_change(task_id, 60))
    await asyncio.sleep(0)
    assert await finish_task(database, task_id, None, Ending(state=State.CANCELED, completed_at=NOW))
    await waiting
    ended = await tasks.load(task_id)
    assert ended
    assert ended.state is State.CANCELED
    await heard.changes.close()


async def test_who_listens_survives_bugs(database: Database) -> None:
    """A listener that fails when it is told of the connection, in a way that nobody foresaw: all are told again."""
    ear, errors = Ear(database.dsn), [ZeroDivisionError(), KeyError("odd")]

    def failing(_hearing: bool) -> None:  # noqa: FBT001
        if errors:
            raise errors.pop()

    ear.changes.on_hearing(failing)
    await ear.changes.start()
    try:
        principal = await open_account(database, PRICE)
        while errors or not ear.changes.hearing:
            await ear.next()
        task_id = await put_task(database, principal)
        task = await load_task(database, task_id)
        assert task
        await begin_task(database, task, NOW)
        while await ear.next() != task_id:
            pass
    finally:
        await ear.changes.close()


async def test_upkeep_survives_bugs(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it announces is announced in the next round."""
    monkeypatch.setattr(upkeep, "ROUND_S", 0.02)
    errors: list[Exception] = [ZeroDivisionError(), KeyError("odd")]
    told = asyncio.Event()

    async def failing(_database: Database, _payload: str) -> None:
        if errors:
            raise errors.pop()
        told.set()

    monkeypatch.setattr(upkeep, "announce_use", failing)
    limiter = Limiter()
    principal = replace(await open_account(database, 0), requests_per_minute=1000)
    keeping = upkeep.Upkeep(database, limiter, Authenticator(database))
    keeping.start()
    try:
        async with asyncio.timeout(30):
            while not told.is_set():
                limiter.take(principal)
                await asyncio.sleep(0.01)
    finally:
        await keeping.close()
