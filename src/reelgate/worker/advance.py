"""Move a task on: take it over, have it made, store what was made, end it.

A step is prepare (pure), do (I/O), record (one statement). It may be repeated at any point: the task's version decides
whose work counts, and what a losing step stored is removed. Called by `worker.run` for each wake-up.
"""

import asyncio
import contextlib
import datetime as dt
import pathlib
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Final

import structlog

from reelgate.core.errors import (
    DatabaseUnavailable,
    EngineFailed,
    EngineLost,
    EngineRefused,
    ReelgateError,
    ServerBusy,
    StorageUnavailable,
)
from reelgate.core.lifecycle import is_terminal
from reelgate.core.ports import InputFile, LocalEngine, Rendered, RenderOrder
from reelgate.core.pricing import price_made
from reelgate.core.rehearsal import read_rehearsal
from reelgate.core.task import Artifact, Failure, Phase, State, StoredSource, Task
from reelgate.store.tasks import Ending, Taken, begin_task, finish_task, load_task, report_progress
from reelgate.store.upstream import begin_storing
from reelgate.worker.artifacts import is_recorded, remove_artifacts, store_artifacts
from reelgate.worker.patience import our_errors, patiently
from reelgate.worker.prompting import word_prompt
from reelgate.worker.workshop import Workshop

#: A task that was taken over this often without an end is given up: it may be what kills its workers.
ATTEMPTS_MAX: Final = 3
#: How often progress is noted, and a cancellation seen.
REPORT_EVERY_S: Final = 0.4

_log = structlog.get_logger(__name__)


class _Overtaken(Exception):
    """The task was canceled, or another worker has taken it over."""


async def advance(workshop: Workshop, task_id: uuid.UUID) -> dt.timedelta | None:
    """Bring a task to its end; nothing happens when it has ended already.

    Returns after how long to come back, where its turn is rehearsed to come later.

    Raises:
        DatabaseUnavailable, StorageUnavailable, ServerBusy: try again later; the task is still live.

    """
    task = await load_task(workshop.database, task_id)
    if task is None or is_terminal(task.state):
        return None
    if (wait := plan_wait(task, workshop.clock())) > dt.timedelta(0):
        return wait
    taken = await begin_task(workshop.database, task, workshop.clock())
    if taken is None:
        return None
    hold = _Hold(taken)
    _log.info("task.begun", task=str(task_id), attempt=taken.attempts, engine=task.engine)
    made: _Made | None = None
    try:
        made = await _make(workshop, task, hold)
        ending = Ending(
            state=State.SUCCEEDED,
            completed_at=workshop.clock(),
            due_microcredits=price_made(task, len(made.rendered.samples), made.artifacts),
            understanding=made.rendered.understanding,
            artifacts=made.artifacts,
        )
    except _Overtaken:
        _log.info("task.overtaken", task=str(task_id))
        return None
    except (DatabaseUnavailable, StorageUnavailable, ServerBusy):
        raise
    except ReelgateError as error:
        _log.warning("task.failed", task=str(task_id), code=error.code, cause=repr(error.__cause__))
        ending = Ending(
            state=State.FAILED,
            completed_at=workshop.clock(),
            failure=Failure(code=error.code, message=str(error)),
        )
    if await patiently(lambda: finish_task(workshop.database, task_id, hold.taken.version, ending)):
        _log.info("task.ended", task=str(task_id), state=ending.state.value)
    elif made is not None and not await is_recorded(workshop, task_id, made.artifacts):
        await remove_artifacts(workshop, task, made.artifacts)
    return None


def plan_wait(task: Task, now: dt.datetime) -> dt.timedelta:
    """Return how long a queued task still waits, as its prompt has it rehearsed. Pure."""
    rehearsal = read_rehearsal(task.spec.prompt) if task.spec.rehearsed and task.state is State.QUEUED else None
    if rehearsal is None:
        return dt.timedelta(0)
    return task.created_at + dt.timedelta(seconds=rehearsal.queue_s) - now


@dataclass(slots=True)
class _Hold:
    """What this step has of its task: each takeover moves the version on."""

    taken: Taken


@dataclass(frozen=True, slots=True)
class _Made:
    rendered: Rendered
    artifacts: tuple[Artifact, ...]


async def _make(workshop: Workshop, task: Task, hold: _Hold) -> _Made:
    taken = hold.taken
    if taken.attempts > ATTEMPTS_MAX:
        raise EngineLost(f"The task was interrupted {ATTEMPTS_MAX} times.")
    engine = workshop.engines.get(task.engine or "")
    if engine is None:
        raise EngineFailed("The engine of this task is not installed any more.")
    with contextlib.ExitStack() as cleanup:
        with our_errors():
            folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{task.id.hex}-", dir=workshop.scratch_folder))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        wording = await word_prompt(workshop, task)
        spec = wording.given(task.spec)
        order = RenderOrder(spec=spec, inputs=await _fetch_inputs(workshop, task, folder), folder=folder)
        rendered = wording.told(await _render(workshop, task, taken, engine, order))
        if not await patiently(lambda: report_progress(workshop.database, task.id, taken.version, 99, Phase.STORING)):
            raise _Overtaken
        if rendered.filtered:
            await _note_filtered(workshop, task, hold, rendered)
        return _Made(rendered, await store_artifacts(workshop, task, hold.taken, rendered))


async def _note_filtered(workshop: Workshop, task: Task, hold: _Hold, rendered: Rendered) -> None:
    """Keep what the engine's filter held back; a task of which nothing is left fails for it.

    Raises:
        EngineRefused: nothing is left.

    """
    known = replace(task, version=hold.taken.version)
    taken = await begin_storing(workshop.database, known, rendered.filtered, rendered.reasons)
    if taken is None:
        raise _Overtaken
    hold.taken = taken
    if not rendered.samples:
        raise EngineRefused(" ".join(rendered.reasons))


async def _fetch_inputs(workshop: Workshop, task: Task, folder: pathlib.Path) -> tuple[InputFile, ...]:
    files = []
    for number, item in enumerate(task.spec.inputs):
        if not isinstance(item.source, StoredSource):
            raise TypeError("inputs are stored before a task is accepted")
        path = folder / f"input-{number}"
        reading = workshop.objects.read(item.source.object_key, 0, item.source.size_bytes)
        async with contextlib.aclosing(reading) as chunks:
            with our_errors(), path.open("wb") as file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
        files.append(InputFile(role=item.role, path=path, media_type=item.source.media_type))
    return tuple(files)


async def _render(
    workshop: Workshop,
    task: Task,
    taken: Taken,
    engine: LocalEngine,
    order: RenderOrder,
) -> Rendered:
    """Render while noting progress; stop as soon as the task is not ours any more."""
    progress = 0

    def report(percent: int) -> None:
        nonlocal progress
        # The last percent is for storing.
        progress = max(progress, min(percent, 98))

    async with _running(engine, order, report) as rendering:
        while not (await asyncio.wait({rendering}, timeout=REPORT_EVERY_S))[0]:
            try:
                ours = await report_progress(workshop.database, task.id, taken.version, progress, Phase.RUNNING)
            except DatabaseUnavailable:
                # The render goes on; its end will be written when the database is back.
                continue
            if not ours:
                raise _Overtaken
        return rendering.result()


@contextlib.asynccontextmanager
async def _running(
    engine: LocalEngine,
    order: RenderOrder,
    report: Callable[[int], None],
) -> AsyncIterator[asyncio.Task[Rendered]]:
    rendering = asyncio.create_task(engine.render(order, report))
    try:
        yield rendering
    finally:
        rendering.cancel()
        await asyncio.gather(rendering, return_exceptions=True)
