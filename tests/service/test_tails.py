"""Tests of short names against a real database: what they find, for whom, and how."""

import datetime as dt
import os
import uuid
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reelgate.core.errors import TaskUnknown
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.tails import to_tail
from reelgate.core.task import Artifact, ArtifactKind, Mode, State, TaskSpec
from reelgate.service.gateway import Gateway
from reelgate.service.tails import TAILS_MAX, find_task_by_tail, find_video_by_tail
from reelgate.service.task_cache import TaskCache
from reelgate.store.accounts import Principal, create_account
from reelgate.store.database import Database
from reelgate.store.statements import TAILS
from reelgate.store.tasks import Ending, NewTask, accept_task, finish_task


def fresh_id() -> uuid.UUID:
    return new_id(dt.datetime.now(dt.UTC), os.urandom(RANDOM_BYTES))


def gateway_of(database: Database) -> Gateway:
    return cast("Gateway", SimpleNamespace(database=database, tasks=TaskCache(database), tails=OrderedDict()))


async def principal_of(database: Database, name: str, now: dt.datetime) -> Principal:
    account = await create_account(database, fresh_id(), name, now)
    return Principal(key_id=fresh_id(), account_id=account, account=name)


async def finished_task(database: Database, owner: Principal, now: dt.datetime) -> tuple[uuid.UUID, list[Artifact]]:
    """Store a task that has a video and a thumbnail."""
    task_id = fresh_id()
    spec = TaskSpec(mode=Mode.TEXT_TO_VIDEO, model="animatic", prompt="x", seed=1)
    new: Any = {"id": task_id, "account_id": owner.account_id, "dialect": "gemini", "spec": spec, "engine": "animatic"}
    await accept_task(
        database, NewTask(**new, price_microcredits=0, created_at=now, deadline_at=now + dt.timedelta(hours=1))
    )
    files = [
        Artifact(
            id=fresh_id(), task_id=task_id, kind=kind, sample=0, object_key=f"x/{kind.value}", media_type="video/mp4",
            size_bytes=1, sha256="00" * 32, duration_s=1.0, created_at=now,
        )
        for kind in (ArtifactKind.VIDEO, ArtifactKind.THUMBNAIL)
    ]  # fmt: skip
    await database.fetch("UPDATE tasks SET state = 'processing', phase = 'running' WHERE id = $1", task_id)
    ending = Ending(state=State.SUCCEEDED, completed_at=now, artifacts=tuple(files))
    assert await finish_task(database, task_id, None, ending)
    return task_id, files


async def test_a_short_name_finds_what_is_its_owner_s(database: Database, now: dt.datetime) -> None:
    """A task and its video are found by 12 characters, again from memory, and by nobody else."""
    gateway = gateway_of(database)
    owner = await principal_of(database, "owner", now)
    stranger = await principal_of(database, "stranger", now)
    task_id, (video, thumbnail) = await finished_task(database, owner, now)
    for _ in range(2):
        assert (await find_task_by_tail(gateway, owner, to_tail(task_id))).id == task_id
        with pytest.raises(TaskUnknown):
            await find_task_by_tail(gateway, stranger, to_tail(task_id))
    task, found = await find_video_by_tail(gateway, owner, to_tail(video.id))
    assert (task.id, found.id) == (task_id, video.id)
    with pytest.raises(TaskUnknown):
        await find_video_by_tail(gateway, stranger, to_tail(video.id))
    for name in (to_tail(thumbnail.id), to_tail(task_id), to_tail(fresh_id()), "no name", "Z" * 12):
        with pytest.raises(TaskUnknown):
            await find_video_by_tail(gateway, owner, name)
    for name in (to_tail(video.id), to_tail(fresh_id()), "no name"):
        with pytest.raises(TaskUnknown):
            await find_task_by_tail(gateway, owner, name)


async def test_what_is_remembered_is_bounded(database: Database, now: dt.datetime) -> None:
    """The oldest name is forgotten when there are too many, and found again."""
    gateway = gateway_of(database)
    owner = await principal_of(database, "owner", now)
    task_id, _ = await finished_task(database, owner, now)
    gateway.tails.update((number.to_bytes(8, "big"), fresh_id()) for number in range(TAILS_MAX))
    await find_task_by_tail(gateway, owner, to_tail(task_id))
    assert len(gateway.tails) == TAILS_MAX
    assert bytes(8) not in gateway.tails


async def test_names_are_looked_up_in_an_index(database: Database) -> None:
    """No table is read through for a name."""
    await database.fetch("SET enable_seqscan = off")
    for name, index in (("find_task_id", "tasks_tail"), ("find_video_task_id", "artifacts_video_tail")):
        plan = await database.fetch("EXPLAIN " + TAILS[name].replace("$1", "'\\x0011223344556677'::bytea"))
        assert index in "\n".join(row[0] for row in plan)
