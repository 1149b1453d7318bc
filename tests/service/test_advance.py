"""A task's step with engines that succeed, fail, hang and lie, over a database that comes and goes."""

import asyncio
import datetime as dt
import errno
import pathlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from fakes import (
    FIRST,
    PRICE,
    FakeEngine,
    Hanging,
    Script,
    TroubledDatabase,
    age_files,
    deliver,
    delivering,
    files_in,
    lose,
    make_spec,
    open_account,
    put_task,
    raising,
    write_video,
)
from reelgate.core.errors import (
    DatabaseUnavailable,
    EngineFailed,
    EngineRefused,
    EngineTimeout,
    ReelgateError,
    ServerBusy,
    StorageFull,
    StorageUnavailable,
)
from reelgate.core.ports import Rendered, RenderedSample, RenderOrder
from reelgate.core.task import ArtifactKind, Input, State, StoredSource, Task, TaskSpec, Understanding
from reelgate.objects.disk import DiskStore
from reelgate.objects.store import Stored
from reelgate.store.accounts import Principal, load_balance
from reelgate.store.database import Database
from reelgate.store.statements import FILES, TASKS
from reelgate.store.tasks import Ending, begin_task, finish_task, load_task
from reelgate.worker import advance as step
from reelgate.worker import patience
from reelgate.worker.advance import advance
from reelgate.worker.sweep import sweep
from reelgate.worker.workshop import Workshop


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than in earnest."""
    monkeypatch.setattr(step, "REPORT_EVERY_S", 0.02)
    monkeypatch.setattr(patience, "TRY_AGAIN_S", 0.02)
    monkeypatch.setattr(patience, "TRY_FOR_S", 0.1)


@pytest.fixture
async def principal(database: Database) -> Principal:
    """Somebody who can pay for two tasks."""
    return await open_account(database, 2 * PRICE)


def with_engine(workshop: Workshop, script: Script, database: Database | None = None) -> Workshop:
    return replace(workshop, engines={"animatic": FakeEngine(script)}, database=database or workshop.database)


async def loaded(workshop: Workshop, task_id: object) -> Task:
    task = await load_task(workshop.database, task_id)  # type: ignore[arg-type] # an id that put_task made
    assert task
    return task


def read(path: pathlib.Path) -> bytes:
    return path.read_bytes()


async def assert_nothing_stays(workshop: Workshop, tmp_path: pathlib.Path) -> None:
    assert list(workshop.scratch_folder.iterdir()) == []
    assert files_in(tmp_path / "objects") == {}
    assert await workshop.database.fetchval("SELECT count(*) FROM artifacts") == 0


async def test_success(workshop: Workshop, principal: Principal, video: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """The files are stored whole, the price is charged, nothing is left to tidy up."""
    task_id = await put_task(workshop.database, principal)
    await advance(with_engine(workshop, delivering(video)), task_id)
    task = await loaded(workshop, task_id)
    assert (task.state, task.progress, task.failure) == (State.SUCCEEDED, 100, None)
    assert task.understanding == Understanding(understood=("place: sea",))
    stored = files_in(tmp_path / "objects")
    assert stored.keys() == {artifact.object_key for artifact in task.artifacts}
    (made,) = task.files(ArtifactKind.VIDEO)
    assert stored[made.object_key] == read(video)
    assert (made.width_px, made.height_px, made.frames, made.has_audio) == (1280, 720, 24, True)
    assert await load_balance(workshop.database, principal.account_id) == (PRICE, 0)
    assert await workshop.database.fetchval("SELECT count(*) FROM unclaimed_files") == 0
    assert list(workshop.scratch_folder.iterdir()) == []


async def test_an_ended_or_unknown_task_is_left_alone(
    workshop: Workshop, principal: Principal, video: pathlib.Path
) -> None:
    """A late wake-up changes nothing and renders nothing."""
    task_id = await put_task(workshop.database, principal)
    canceled = Ending(state=State.CANCELED, completed_at=dt.datetime.now(dt.UTC))
    assert await finish_task(workshop.database, task_id, None, canceled)
    engine = FakeEngine(delivering(video))
    busy = replace(workshop, engines={"animatic": engine})
    await advance(busy, task_id)
    await advance(busy, principal.account_id)
    assert engine.orders == []


async def test_a_doubled_wake_up_is_left_to_the_other(
    workshop: Workshop, principal: Principal, video: pathlib.Path
) -> None:
    """Another worker takes the task over in the same moment."""
    database = TroubledDatabase(workshop.database)
    task_id = await put_task(workshop.database, principal)

    async def overtake() -> None:
        assert await begin_task(workshop.database, await loaded(workshop, task_id), workshop.clock())

    database.before[TASKS["begin_task"]] = [overtake]
    engine = FakeEngine(delivering(video))
    await advance(replace(workshop, engines={"animatic": engine}, database=database), task_id)
    assert engine.orders == []


@pytest.mark.parametrize("error", [EngineFailed("a"), EngineTimeout("b"), EngineRefused("c"), StorageFull("d")])
async def test_a_failure_costs_nothing(
    workshop: Workshop, principal: Principal, tmp_path: pathlib.Path, error: ReelgateError
) -> None:
    """The task says why it failed, and its credits return."""
    task_id = await put_task(workshop.database, principal)
    await advance(with_engine(workshop, raising(error)), task_id)
    task = await loaded(workshop, task_id)
    assert task.state is State.FAILED
    assert task.failure
    assert (task.failure.code, task.failure.message) == (error.code, str(error))
    assert await load_balance(workshop.database, principal.account_id) == (2 * PRICE, 0)
    await assert_nothing_stays(workshop, tmp_path)


@pytest.mark.parametrize("error", [ServerBusy("a"), StorageUnavailable("b"), DatabaseUnavailable("c"), ValueError("d")])
async def test_what_may_pass_leaves_the_task_live(
    workshop: Workshop, principal: Principal, tmp_path: pathlib.Path, error: Exception
) -> None:
    """The server's own troubles, and bugs, are no end of a task: it is tried again."""
    task_id = await put_task(workshop.database, principal)
    with pytest.raises(type(error)):
        await advance(with_engine(workshop, raising(error)), task_id)
    assert (await loaded(workshop, task_id)).state is State.PROCESSING
    assert await load_balance(workshop.database, principal.account_id) == (PRICE, PRICE)
    await assert_nothing_stays(workshop, tmp_path)


async def test_a_task_that_is_interrupted_too_often_is_given_up(
    workshop: Workshop, principal: Principal, video: pathlib.Path
) -> None:
    """It may be what kills its workers."""
    task_id = await put_task(workshop.database, principal)
    for _ in range(step.ATTEMPTS_MAX):
        assert await begin_task(workshop.database, await loaded(workshop, task_id), workshop.clock())
    engine = FakeEngine(delivering(video))
    await advance(replace(workshop, engines={"animatic": engine}), task_id)
    task = await loaded(workshop, task_id)
    assert task.failure
    assert (task.state, task.failure.code, engine.orders) == (State.FAILED, "engine_lost", [])
    assert await load_balance(workshop.database, principal.account_id) == (2 * PRICE, 0)


async def test_an_engine_that_was_taken_out_fails_its_tasks(workshop: Workshop, principal: Principal) -> None:
    """A task does not wait for an engine that does not come back."""
    task_id = await put_task(workshop.database, principal)
    await advance(workshop, task_id)
    task = await loaded(workshop, task_id)
    assert task.failure
    assert "not installed" in task.failure.message


async def test_progress_is_noted(workshop: Workshop, principal: Principal, video: pathlib.Path) -> None:
    """What the engine says is kept in bounds, never goes back, and the last percents are for storing."""
    seen: list[int | None] = []

    async def script(order: RenderOrder, report: Callable[[int], None]) -> Rendered:
        for percent, shown in ((40, 40), (10, 40), (-5, 40), (1000, 98)):
            report(percent)
            await database.run_again(TASKS["report_progress"], 2)
            seen.append((await loaded(workshop, task_id)).progress)
            assert seen[-1] == shown
        return deliver(order.folder, video)

    database = TroubledDatabase(workshop.database)
    task_id = await put_task(workshop.database, principal)
    await advance(with_engine(workshop, script, database), task_id)
    assert seen == [40, 40, 40, 98]


async def test_a_canceled_task_stops_its_engine(
    workshop: Workshop, principal: Principal, objects: DiskStore, tmp_path: pathlib.Path
) -> None:
    """The engine is told at the next note of progress; the caller's own picture stays with the task."""
    hanging = Hanging()
    task_id = await put_task(workshop.database, principal, await spec_with_picture(objects))
    working = asyncio.create_task(advance(with_engine(workshop, hanging), task_id))
    await hanging.begun.wait()
    canceled = Ending(state=State.CANCELED, completed_at=dt.datetime.now(dt.UTC))
    assert await finish_task(workshop.database, task_id, None, canceled)
    await working
    assert hanging.stopped.is_set()
    assert (await loaded(workshop, task_id)).state is State.CANCELED
    assert list(files_in(tmp_path / "objects")) == ["inputs/a.png"]
    assert list(workshop.scratch_folder.iterdir()) == []
    assert await load_balance(workshop.database, principal.account_id) == (2 * PRICE, 0)


async def test_a_worker_that_is_cut_off_leaves_nothing(
    workshop: Workshop, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """When the process drains, the render is stopped and the task stays live for another worker."""
    hanging = Hanging()
    task_id = await put_task(workshop.database, principal)
    working = asyncio.create_task(advance(with_engine(workshop, hanging), task_id))
    await hanging.begun.wait()
    working.cancel()
    assert isinstance((await asyncio.gather(working, return_exceptions=True))[0], asyncio.CancelledError)
    assert hanging.stopped.is_set()
    assert (await loaded(workshop, task_id)).state is State.PROCESSING
    await assert_nothing_stays(workshop, tmp_path)


async def test_an_overtaken_worker_stores_nothing(
    workshop: Workshop, principal: Principal, video: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """Another worker took the task over while this one rendered."""

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        assert await begin_task(workshop.database, await loaded(workshop, task_id), workshop.clock())
        return deliver(order.folder, video)

    task_id = await put_task(workshop.database, principal)
    await advance(with_engine(workshop, script), task_id)
    assert (await loaded(workshop, task_id)).state is State.PROCESSING
    await assert_nothing_stays(workshop, tmp_path)


async def test_a_worker_that_is_overtaken_at_the_end_removes_its_own_files_alone(
    workshop: Workshop, principal: Principal, video: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """Two workers made the same task: one of them ends it, and its files are the ones that stay."""
    database = TroubledDatabase(workshop.database)
    task_id = await put_task(workshop.database, principal)

    async def overtake() -> None:
        await advance(with_engine(workshop, delivering(video)), task_id)

    database.before[TASKS["finish_task"]] = [overtake]
    await advance(with_engine(workshop, delivering(video), database), task_id)
    task = await loaded(workshop, task_id)
    assert task.state is State.SUCCEEDED
    assert files_in(tmp_path / "objects").keys() == {artifact.object_key for artifact in task.artifacts}
    assert await load_balance(workshop.database, principal.account_id) == (PRICE, 0)
    assert await workshop.database.fetchval("SELECT count(*) FROM unclaimed_files") == 0


async def test_a_task_that_is_canceled_at_the_end_leaves_no_files(
    workshop: Workshop, principal: Principal, video: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """The cancellation wins between storing and ending."""
    database = TroubledDatabase(workshop.database)
    task_id = await put_task(workshop.database, principal)

    async def cancel() -> None:
        canceled = Ending(state=State.CANCELED, completed_at=dt.datetime.now(dt.UTC))
        assert await finish_task(workshop.database, task_id, None, canceled)

    database.before[TASKS["finish_task"]] = [cancel]
    await advance(with_engine(workshop, delivering(video), database), task_id)
    assert (await loaded(workshop, task_id)).state is State.CANCELED
    assert await load_balance(workshop.database, principal.account_id) == (2 * PRICE, 0)
    await assert_nothing_stays(workshop, tmp_path)


async def test_a_render_outlives_the_database(workshop: Workshop, principal: Principal, video: pathlib.Path) -> None:
    """Progress cannot be noted for a while; nothing else happens."""
    database = TroubledDatabase(workshop.database)
    database.before[TASKS["report_progress"]] = [lose, lose, lose]

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        await database.run_again(TASKS["report_progress"], 4)
        return deliver(order.folder, video)

    task_id = await put_task(workshop.database, principal)
    await advance(with_engine(workshop, script, database), task_id)
    assert (await loaded(workshop, task_id)).state is State.SUCCEEDED


@pytest.mark.parametrize("statement", [TASKS["report_progress"], FILES["note_files"]])
async def test_a_finished_render_is_not_thrown_away(
    workshop: Workshop, principal: Principal, video: pathlib.Path, statement: str
) -> None:
    """The database is away for the moment in which the engine ends."""
    database = TroubledDatabase(workshop.database)
    database.before[statement] = [lose, lose]
    engine = FakeEngine(delivering(video))
    task_id = await put_task(workshop.database, principal)
    await advance(replace(workshop, engines={"animatic": engine}, database=database), task_id)
    assert (await loaded(workshop, task_id)).state is State.SUCCEEDED
    assert len(engine.orders) == 1


async def test_connections_that_are_cut_cost_nothing(
    workshop: Workshop, principal: Principal, video: pathlib.Path, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends every connection while the engine works."""
    monkeypatch.setattr(step, "REPORT_EVERY_S", 0.2)
    own = await Database.open(dsn)
    statement = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        await workshop.database.fetch(statement)
        return deliver(order.folder, video)

    task_id = await put_task(workshop.database, principal)
    await advance(with_engine(workshop, script, own), task_id)
    await own.close()
    assert (await loaded(workshop, task_id)).state is State.SUCCEEDED


@pytest.mark.parametrize("lost_after", [False, True])
async def test_an_ending_is_written_again_until_it_is_known(
    workshop: Workshop, principal: Principal, video: pathlib.Path, tmp_path: pathlib.Path, *, lost_after: bool
) -> None:
    """The answer is lost before or after the ending was written: the files stay, and the charge is one."""
    database = TroubledDatabase(workshop.database)
    (database.after if lost_after else database.before)[TASKS["finish_task"]] = [lose, lose]
    task_id = await put_task(workshop.database, principal)
    await advance(with_engine(workshop, delivering(video), database), task_id)
    task = await loaded(workshop, task_id)
    assert task.state is State.SUCCEEDED
    assert files_in(tmp_path / "objects").keys() == {artifact.object_key for artifact in task.artifacts}
    assert len(task.artifacts) == 2
    assert await load_balance(workshop.database, principal.account_id) == (PRICE, 0)


async def test_an_ending_that_cannot_be_written_is_made_again(
    workshop: Workshop, principal: Principal, video: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """The files of the first try are noted, so that the sweep removes them and only them."""
    database = TroubledDatabase(workshop.database)
    database.before[TASKS["finish_task"]] = [lose] * 100
    task_id = await put_task(workshop.database, principal)
    with pytest.raises(DatabaseUnavailable):
        await advance(with_engine(workshop, delivering(video), database), task_id)
    assert len(files_in(tmp_path / "objects")) == 2
    await advance(with_engine(workshop, delivering(video)), task_id)
    task = await loaded(workshop, task_id)
    assert task.state is State.SUCCEEDED
    assert len(files_in(tmp_path / "objects")) == 4
    await age_files(workshop.database)
    await sweep(workshop)
    assert files_in(tmp_path / "objects").keys() == {artifact.object_key for artifact in task.artifacts}
    assert await load_balance(workshop.database, principal.account_id) == (PRICE, 0)


def replace_video(folder: pathlib.Path, content: bytes | None) -> Rendered:
    rendered = Rendered(
        samples=(RenderedSample(video=folder / "video.mp4", thumbnail=folder / "thumbnail.jpg"),),
        understanding=Understanding(),
    )
    if content is not None:
        rendered.samples[0].video.write_bytes(content)
    rendered.samples[0].thumbnail.write_bytes(b"x")
    return rendered


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"audio": False}, "sound"),
        ({"duration_s": 2}, "1.0"),
        ({"aspect_ratio": "9:16"}, "1280x720"),
        ({"resolution": "1080p"}, "1920x1080"),
    ],
)
async def test_a_video_that_is_another_fails(
    workshop: Workshop,
    principal: Principal,
    video: pathlib.Path,
    tmp_path: pathlib.Path,
    asked: dict[str, object],
    said: str,
) -> None:
    """Size, length and sound are what was asked for, or nobody pays."""
    task_id = await put_task(workshop.database, principal, make_spec(**asked))
    await advance(with_engine(workshop, delivering(video)), task_id)
    task = await loaded(workshop, task_id)
    assert task.failure
    assert (task.state, task.failure.code) == (State.FAILED, "engine_failed")
    assert said in task.failure.message
    assert await load_balance(workshop.database, principal.account_id) == (2 * PRICE, 0)
    await assert_nothing_stays(workshop, tmp_path)


async def test_a_silent_video_is_not_one_with_sound(
    workshop: Workshop, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """The second sample lacks its sound: the first does not stay either."""
    good, silent = (write_video(tmp_path / f"{audio}.mp4", audio=audio) for audio in (True, False))

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        rendered = deliver(order.folder, good, samples=2)
        rendered.samples[1].video.write_bytes(silent.read_bytes())
        return rendered

    task_id = await put_task(workshop.database, principal, make_spec(samples=2))
    await advance(with_engine(workshop, script), task_id)
    task = await loaded(workshop, task_id)
    assert task.failure
    assert "no sound" in task.failure.message
    await assert_nothing_stays(workshop, tmp_path)


@pytest.mark.parametrize("made", ["nothing", "garbage", "half", "no thumbnail", "no samples"])
async def test_an_engine_that_lies_fails(
    workshop: Workshop, principal: Principal, video: pathlib.Path, tmp_path: pathlib.Path, made: str
) -> None:
    """What it says it made is looked at."""

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        if made == "no samples":
            return Rendered(samples=(), understanding=Understanding())
        if made == "no thumbnail":
            rendered = deliver(order.folder, video)
            rendered.samples[0].thumbnail.unlink()
            return rendered
        return replace_video(order.folder, {"nothing": None, "garbage": b"x" * 999, "half": half}[made])

    half = read(video)[: len(read(video)) // 2]

    task_id = await put_task(workshop.database, principal)
    await advance(with_engine(workshop, script), task_id)
    task = await loaded(workshop, task_id)
    assert task.failure
    assert (task.state, task.failure.code) == (State.FAILED, "engine_failed")
    assert str(tmp_path) not in task.failure.message
    await assert_nothing_stays(workshop, tmp_path)


async def test_what_did_not_arrive_is_not_charged(
    workshop: Workshop, principal: Principal, video: pathlib.Path
) -> None:
    """One of two samples costs half."""
    task_id = await put_task(workshop.database, principal, make_spec(samples=2))
    await advance(with_engine(workshop, delivering(video, samples=1)), task_id)
    assert (await loaded(workshop, task_id)).state is State.SUCCEEDED
    assert await load_balance(workshop.database, principal.account_id) == (2 * PRICE - PRICE // 2, 0)


async def spec_with_picture(objects: DiskStore, key: str = "inputs/a.png") -> TaskSpec:
    stored = await objects.put_bytes("inputs/a.png", b"\x89PNG", "image/png")
    source = StoredSource(
        object_key=key,
        media_type="image/png",
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        width_px=1,
        height_px=1,
    )
    return make_spec(inputs=(Input(role=FIRST, source=source, field="image"),))


async def test_the_engine_gets_the_picture(
    workshop: Workshop, principal: Principal, objects: DiskStore, video: pathlib.Path
) -> None:
    """As a file of its own folder."""
    seen: list[object] = []

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        seen.extend((item.role, item.media_type, item.path.parent, item.path.read_bytes()) for item in order.inputs)
        assert seen == [(FIRST, "image/png", order.folder, b"\x89PNG")]
        return deliver(order.folder, video)

    task_id = await put_task(workshop.database, principal, await spec_with_picture(objects))
    await advance(with_engine(workshop, script), task_id)
    assert (await loaded(workshop, task_id)).state is State.SUCCEEDED


async def test_a_picture_that_is_gone_is_waited_for(
    workshop: Workshop, principal: Principal, objects: DiskStore, video: pathlib.Path
) -> None:
    """The store may be away; after a few attempts the task is given up and its credits return."""
    task_id = await put_task(workshop.database, principal, await spec_with_picture(objects, "inputs/gone.png"))
    busy = with_engine(workshop, delivering(video))
    for _ in range(step.ATTEMPTS_MAX):
        with pytest.raises(StorageUnavailable):
            await advance(busy, task_id)
    await advance(busy, task_id)
    assert (await loaded(workshop, task_id)).state is State.FAILED
    assert await load_balance(workshop.database, principal.account_id) == (2 * PRICE, 0)
    assert list(workshop.scratch_folder.iterdir()) == []


async def test_without_a_folder_to_work_in_nothing_is_lost(
    workshop: Workshop, principal: Principal, video: pathlib.Path
) -> None:
    """The operator's disk is not the caller's fault."""
    task_id = await put_task(workshop.database, principal)
    workshop.scratch_folder.rmdir()
    with pytest.raises(StorageUnavailable):
        await advance(with_engine(workshop, delivering(video)), task_id)
    assert (await loaded(workshop, task_id)).state is State.PROCESSING


def test_a_full_disk_is_called_that() -> None:
    """The folder to work in is on the same disk as the files."""
    with pytest.raises(StorageFull), patience.our_errors():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(StorageUnavailable), patience.our_errors():
        raise OSError(errno.EROFS, "Read-only file system")


class FullStore(DiskStore):
    """Has room for a few files."""

    room = 1

    async def put_file(self, key: str, path: pathlib.Path, media_type: str) -> Stored:
        """Take one."""
        self.room -= 1
        if self.room < 0:
            raise StorageFull("There is no room left to store files.")
        return await super().put_file(key, path, media_type)


async def test_a_store_that_is_full_keeps_no_half_task(
    workshop: Workshop, principal: Principal, video: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    """There was room for the video and none for its thumbnail."""
    task_id = await put_task(workshop.database, principal)
    full = FullStore(tmp_path / "objects")
    await advance(replace(with_engine(workshop, delivering(video)), objects=full), task_id)
    await full.close()
    task = await loaded(workshop, task_id)
    assert task.failure
    assert (task.state, task.failure.code) == (State.FAILED, "storage_full")
    await assert_nothing_stays(workshop, tmp_path)
