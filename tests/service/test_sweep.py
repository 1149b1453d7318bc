"""The sweep: what was lost gets a new wake-up, what is overdue ends, what nobody has is removed."""

import datetime as dt
import pathlib
from dataclasses import replace

import pytest

from fakes import PRICE, age_files, files_in, make_spec, open_account, put_task
from reelgate.core.errors import StorageUnavailable
from reelgate.core.task import Input, Role, State, StoredSource
from reelgate.objects.disk import DiskStore
from reelgate.store.accounts import load_balance
from reelgate.store.files import note_files, unclaimed_files
from reelgate.store.tasks import begin_task, load_task
from reelgate.worker.sweep import sweep
from reelgate.worker.workshop import Workshop


def at(workshop: Workshop, later: dt.timedelta) -> Workshop:
    moment = workshop.clock() + later
    return replace(workshop, clock=lambda: moment)


async def test_lost_wake_ups_are_made_again(workshop: Workshop) -> None:
    """A queued and a processing task whose jobs are gone; young tasks are left alone."""
    principal = await open_account(workshop.database, 2 * PRICE)
    tasks = [await put_task(workshop.database, principal) for _ in range(2)]
    task = await load_task(workshop.database, tasks[0])
    assert task
    assert await begin_task(workshop.database, task, workshop.clock())
    await workshop.database.fetch("DELETE FROM pgqueuer")
    await sweep(workshop)
    assert await workshop.database.fetchval("SELECT count(*) FROM pgqueuer") == 0
    for _ in range(2):
        await sweep(at(workshop, dt.timedelta(minutes=1)))
        assert await workshop.database.fetchval("SELECT count(*) FROM pgqueuer") == 2


async def test_overdue_tasks_end(workshop: Workshop) -> None:
    """Their credits return, whether a worker had taken them or not."""
    principal = await open_account(workshop.database, 2 * PRICE)
    tasks = [await put_task(workshop.database, principal) for _ in range(2)]
    task = await load_task(workshop.database, tasks[0])
    assert task
    assert await begin_task(workshop.database, task, workshop.clock())
    await sweep(at(workshop, dt.timedelta(minutes=59)))
    assert await load_balance(workshop.database, principal.account_id) == (0, 2 * PRICE)
    await sweep(at(workshop, dt.timedelta(minutes=61)))
    for task_id in tasks:
        ended = await load_task(workshop.database, task_id)
        assert ended
        assert ended.failure
        assert (ended.state, ended.failure.code) == (State.FAILED, "engine_lost")
    assert await load_balance(workshop.database, principal.account_id) == (2 * PRICE, 0)


async def test_files_that_nobody_has_are_removed_after_a_day(
    workshop: Workshop, objects: DiskStore, tmp_path: pathlib.Path
) -> None:
    """Those that a task has claimed, those that are new and those that nobody noted stay."""
    principal = await open_account(workshop.database, PRICE)
    for key in ("inputs/old.png", "inputs/claimed.png", "inputs/new.png", "inputs/never-noted.png"):
        await objects.put_bytes(key, b"x", "image/png")
    await note_files(workshop.database, ["inputs/old.png", "inputs/claimed.png", "inputs/never-stored.png"])
    await age_files(workshop.database)
    await note_files(workshop.database, ["inputs/new.png"])
    source = StoredSource(
        object_key="inputs/claimed.png", media_type="image/png", size_bytes=1, sha256="00", width_px=1, height_px=1
    )
    spec = make_spec(inputs=(Input(role=Role.FIRST_FRAME, source=source, field="image"),))
    await put_task(workshop.database, principal, spec)
    # Whatever the worker's clock says: only the database's counts.
    for days in (0, 3, -3):
        await sweep(at(workshop, dt.timedelta(days=days)))
    assert files_in(tmp_path / "objects").keys() == {
        "inputs/claimed.png",
        "inputs/new.png",
        "inputs/never-noted.png",
    }
    assert await unclaimed_files(workshop.database, dt.timedelta(0)) == ("inputs/new.png",)


class DeadStore(DiskStore):
    """Removes nothing."""

    async def delete(self, key: str) -> None:
        """Fail."""
        raise StorageUnavailable("The file store does not answer as it should.")


async def test_files_are_not_forgotten_before_they_are_removed(workshop: Workshop, tmp_path: pathlib.Path) -> None:
    """The store is away: the next sweep tries again."""
    await note_files(workshop.database, ["inputs/old.png"])
    await age_files(workshop.database)
    dead = DeadStore(tmp_path / "objects")
    with pytest.raises(StorageUnavailable):
        await sweep(replace(workshop, objects=dead))
    await dead.close()
    assert await unclaimed_files(workshop.database, dt.timedelta(0)) == ("inputs/old.png",)
    await sweep(workshop)
    assert await unclaimed_files(workshop.database, dt.timedelta(0)) == ()
