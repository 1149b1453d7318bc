"""Move a task on whose engine is reached over HTTP: one short step per wake-up, and none of them waits for a video.

No job is open: submit (`worker.submitting`). A job without a handle: its answer was lost, reconcile. A job with one:
ask how it is, and store what it made. Each step says when it wants to be woken next; `worker.run` has the queue do so.
The task's version decides whose work counts, and a task that was canceled meanwhile has its job ended upstream.
"""

import contextlib
import datetime as dt
import pathlib
import shutil
import tempfile
import uuid
from typing import Final

import structlog

from reelgate.core.errors import EngineFailed, EngineLost, EngineRefused, EngineTimeout, ReelgateError
from reelgate.core.lifecycle import is_terminal
from reelgate.core.polling import next_poll_s, took_s
from reelgate.core.ports import Rendered
from reelgate.core.pricing import price_made
from reelgate.core.task import Artifact, Failure, State, Task
from reelgate.core.upstream import (
    Credential,
    Done,
    Failed,
    Gone,
    NotNow,
    Pool,
    Running,
    Unknown,
    UpstreamJob,
    UpstreamStatus,
)
from reelgate.store.tasks import Ending, Taken, finish_task, load_task
from reelgate.store.upstream import (
    OpenJob,
    begin_storing,
    credential_works,
    end_job,
    finish_job,
    leave_line,
    load_task_and_job,
    note_running,
    note_trouble,
    open_job,
)
from reelgate.worker.artifacts import is_recorded, note_differences, remove_artifacts, store_artifacts
from reelgate.worker.collect import OutputLost, collect
from reelgate.worker.patience import our_errors, patiently
from reelgate.worker.prompting import wording_of
from reelgate.worker.send import NotSent, ReplyLost
from reelgate.worker.submitting import reconcile, submit
from reelgate.worker.workshop import Workshop

#: Answers in a row without a known meaning, and failed fetches of a finished video, after which a job is given up.
TROUBLES_MAX: Final = 6
#: After a question that brought no answer, and a fetch that failed.
TROUBLE_REST: Final = dt.timedelta(seconds=5)

_log = structlog.get_logger(__name__)


async def advance_remote(workshop: Workshop, task_id: uuid.UUID) -> dt.timedelta | None:
    """Take a task one step on; return when it wants to be looked at again, or None when it has ended.

    Raises:
        OperatorError: try again later; the task is still live.

    """
    task, job = await load_task_and_job(workshop.database, task_id)
    if task is None or is_terminal(task.state):
        if job is not None:
            await _release(workshop, job, "canceled")
        return None
    try:
        if job is None:
            return await submit(workshop, task)
        if job.handle is None:
            return await reconcile(workshop, task, job)
        return await _look(workshop, task, job, UpstreamJob(handle=job.handle))
    except (EngineFailed, EngineLost, EngineRefused, EngineTimeout) as error:
        await _fail(workshop, task, error)
        return None


async def _fail(workshop: Workshop, task: Task, error: ReelgateError) -> None:
    """End a task without a video; its credits return."""
    _log.warning("task.failed", task=str(task.id), code=error.code, message=str(error), cause=repr(error.__cause__))
    now = await load_task(workshop.database, task.id)
    if now is None or now.version > task.version + 1:
        # A step moves the version on by one; further than that another worker has it.
        return
    ending = Ending(
        state=State.FAILED,
        completed_at=workshop.clock(),
        failure=Failure(code=error.code, message=str(error)),
    )
    await patiently(lambda: finish_task(workshop.database, task.id, now.version, ending))
    await leave_line(workshop.database, task.id)
    job = await open_job(workshop.database, task.id)
    if job is not None:
        await _release(workshop, job, error.code)


async def _release(workshop: Workshop, job: OpenJob, outcome: str) -> None:
    """Close a job that nobody waits for any more, and end it upstream where that is possible."""
    pool = workshop.remotes.pools.get(job.engine)
    credential = pool.credential(job.credential) if pool else None
    if pool and credential and job.handle is not None:
        call = pool.engine.cancel_call(UpstreamJob(handle=job.handle), credential.place)
        if call is not None:
            # It is a courtesy: what the upstream makes of it changes nothing here.
            with contextlib.suppress(NotSent, ReplyLost):
                await workshop.remotes.ask(call, credential)
    await end_job(workshop.database, job.id, workshop.clock(), outcome)


async def _look(workshop: Workshop, task: Task, job: OpenJob, handle: UpstreamJob) -> dt.timedelta | None:
    """Ask how a job is, and do what follows."""
    pool = workshop.remotes.pool_of(job.engine)
    credential = pool.credential(job.credential)
    if credential is None:
        raise EngineLost("The credential that this task was made with is not there any more.")
    age_s = _age_s(workshop, job)
    if age_s > pool.engine.capabilities.run_max_s:
        raise EngineTimeout("The upstream took longer than it may.")
    if (wait_s := workshop.remotes.poll_wait_s(pool.engine.name, credential)) > 0:
        return dt.timedelta(seconds=wait_s)
    try:
        reply = await workshop.remotes.ask(pool.engine.poll_call(handle, credential.place), credential)
    except (NotSent, ReplyLost) as problem:
        _log.info("upstream.silent", task=str(task.id), engine=job.engine, reason=str(problem))
        return TROUBLE_REST
    return await _heed(workshop, task, job, (pool, credential), pool.engine.read_poll(reply, handle, credential.place))


async def _heed(
    workshop: Workshop, task: Task, job: OpenJob, way: tuple[Pool, Credential], status: UpstreamStatus
) -> dt.timedelta | None:
    """Do what follows from how a job is."""
    pool, credential = way
    match status:
        case Running():
            await note_running(workshop.database, task.id, job.id, workshop.clock(), status.progress)
            return await _next_look(workshop, task, job, pool)
        case NotNow():
            _log.info("upstream.not_now", task=str(task.id), engine=job.engine, reason=status.reason)
            return dt.timedelta(seconds=status.retry_after_s) if status.retry_after_s else TROUBLE_REST
        case Unknown():
            return await _bear(workshop, task, job, status.reason)
        case Gone():
            raise EngineLost("The upstream does not know the job any more.")
        case Failed():
            raise status.error
        case Done():
            return await _store(workshop, task, job, pool, credential, status)


def _age_s(workshop: Workshop, job: OpenJob) -> float:
    return (workshop.clock() - (job.submitted_at or job.intended_at)).total_seconds()


async def _next_look(workshop: Workshop, task: Task, job: OpenJob, pool: Pool) -> dt.timedelta:
    durations = await workshop.remotes.durations_s(workshop.database, job.engine, task.spec.model)
    typical_s = pool.engine.capabilities.run_typical_s
    return dt.timedelta(seconds=next_poll_s(durations, typical_s, _age_s(workshop, job), workshop.remotes.chance()))


async def _bear(workshop: Workshop, task: Task, job: OpenJob, reason: str) -> dt.timedelta:
    """Count an answer that helps nobody; after a few of them the job is given up."""
    troubles = await note_trouble(workshop.database, job.id)
    _log.warning("upstream.trouble", task=str(task.id), engine=job.engine, reason=reason, in_a_row=troubles)
    if troubles >= TROUBLES_MAX:
        raise EngineFailed(f"The upstream's answers are of no use: {reason}")
    return TROUBLE_REST


async def _store(
    workshop: Workshop,
    task: Task,
    job: OpenJob,
    pool: Pool,
    credential: Credential,
    done: Done,
) -> dt.timedelta | None:
    """Keep what a job made, or say why it made nothing."""
    ended_s = _age_s(workshop, job)
    taken = await begin_storing(workshop.database, task, done.filtered, done.reasons)
    if taken is None:
        return None
    if not done.outputs:
        if done.filtered:
            said = " ".join(done.reasons)
            raise EngineRefused(said or "The engine's content policy held back every video.")
        raise EngineFailed("The upstream has finished without a video.")
    try:
        async with workshop.remotes.collecting:
            made, artifacts = await _collect(workshop, task, taken, credential, done)
    except OutputLost as problem:
        return await _bear(workshop, task, job, str(problem))
    ending = Ending(
        state=State.SUCCEEDED,
        completed_at=workshop.clock(),
        due_microcredits=price_made(task, len(made.samples), artifacts),
        understanding=made.understanding,
        artifacts=artifacts,
    )
    if await patiently(lambda: finish_task(workshop.database, task.id, taken.version, ending)):
        _log.info("task.ended", task=str(task.id), state=ending.state.value)
    elif not await is_recorded(workshop, task.id, artifacts):
        await remove_artifacts(workshop, task, artifacts)
    running_s = (job.running_at - job.submitted_at).total_seconds() if job.running_at and job.submitted_at else None
    duration_s = took_s(running_s, ended_s, workshop.remotes.chance())
    timing = (pool.engine.name, task.spec.model, duration_s)
    await finish_job(workshop.database, job.id, workshop.clock(), timing)
    await credential_works(workshop.database, pool.engine.name, credential.place.name, workshop.clock())
    return None


async def _collect(
    workshop: Workshop, task: Task, taken: Taken, credential: Credential, done: Done
) -> tuple[Rendered, tuple[Artifact, ...]]:
    with contextlib.ExitStack() as cleanup:
        with our_errors():
            folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{task.id.hex}-", dir=workshop.scratch_folder))
        cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        outputs = done.outputs[: task.spec.samples]
        made, facts = await collect(workshop, credential, outputs, folder)
        try:
            artifacts = await store_artifacts(workshop, task, taken, made, known=facts)
        except EngineFailed as error:
            raise OutputLost(str(error)) from error
        told = wording_of(task, enhances=False, why="the prompt service was away, or none is set up").told(made)
        return note_differences(task.spec, told, artifacts), artifacts
