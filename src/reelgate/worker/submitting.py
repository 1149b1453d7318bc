"""Hand a task to an upstream: choose the engine and the credential, note the intent, submit, keep the handle.

A submit whose answer was lost is never repeated blindly: its job stays open without a handle, and `reconcile` repeats
it where repeating is harmless, or waits until it must have ended: no wire finds a job by a reference of ours. Called by
`worker.remote`.
"""

import asyncio
import contextlib
import datetime as dt
from typing import Final

import structlog

from reelgate.core.errors import EngineFailed, EngineLost
from reelgate.core.polling import next_poll_s
from reelgate.core.ports import Capabilities
from reelgate.core.task import StoredSource, Task
from reelgate.core.upstream import (
    Credential,
    Failed,
    HttpCall,
    NotNow,
    Pool,
    RemoteInput,
    RemoteOrder,
    SubmitAnswer,
    Unclear,
    UpstreamJob,
)
from reelgate.store.tasks import Taken
from reelgate.store.upstream import (
    Intent,
    OpenJob,
    credential_troubles,
    credential_works,
    end_job,
    intend_submit,
    join_line,
    line_exists,
    make_local,
    note_submitted,
    take_submit,
)
from reelgate.worker.patience import patiently
from reelgate.worker.prompting import word_prompt
from reelgate.worker.send import NotSent, ReplyLost
from reelgate.worker.workshop import Workshop

#: A credential in trouble is tried by one task at a time, this often.
PROBE_EVERY: Final = dt.timedelta(seconds=5)
#: A submit may still be on its way, or another worker may be at it, until it is this old.
SUBMIT_SETTLES: Final = dt.timedelta(seconds=90)
#: How often a task is looked at whose answer was lost for good.
HELD_LOOK_EVERY: Final = dt.timedelta(minutes=5)
#: How often a submit that may be repeated is, while its answers are lost.
RECONCILE_EVERY: Final = dt.timedelta(seconds=30)
#: How long a task waits in line before it looks again, at least and at most.
LINE_LOOK_MIN_S: Final = 1.0
LINE_LOOK_MAX_S: Final = 30.0

_log = structlog.get_logger(__name__)
AT_ONCE: Final = dt.timedelta(0)


async def submit(workshop: Workshop, task: Task) -> dt.timedelta | None:
    """Submit a task to the first engine of its route that takes it; return when to look at it again, None for never.

    Raises:
        EngineError: no engine can or will make it.

    """
    route = workshop.remotes.route(task.spec)
    if not route:
        raise EngineFailed("No engine of this task's route is installed any more.")
    for name in route:
        if name in workshop.remotes.local:
            # The job of the queue is handed over with the task, and comes back at once.
            return AT_ONCE if await make_local(workshop.database, task, name) else None
        pool = workshop.remotes.pools[name]
        credential = await _take(workshop, task, pool)
        if credential is not None:
            return await _submit(workshop, task, pool, credential)
    ahead = await join_line(workshop.database, route[0], task, workshop.clock())
    rates = [c.submits_per_minute for c in workshop.remotes.pools[route[0]].credentials if c.submits_per_minute]
    turn_s = (ahead + 1) * 60 / sum(rates) if rates else (ahead + 1) * LINE_LOOK_MIN_S
    wait_s = min(LINE_LOOK_MAX_S, max(LINE_LOOK_MIN_S, turn_s))
    return dt.timedelta(seconds=wait_s * (1 + 0.2 * workshop.remotes.chance()))


async def _take(workshop: Workshop, task: Task, pool: Pool) -> Credential | None:
    """Return a credential that may submit now, in fair order among the tasks that wait for one."""
    database, name, now = workshop.database, pool.engine.name, workshop.clock()
    if await line_exists(database, name, task.id) and await join_line(database, name, task, now) > 0:
        return None
    # Tasks start at different credentials, so that each gets its part.
    start = task.id.int % len(pool.credentials)
    for credential in (*pool.credentials[start:], *pool.credentials[:start]):
        if await take_submit(database, name, credential, now, PROBE_EVERY):
            return credential
    return None


async def _submit(workshop: Workshop, task: Task, pool: Pool, credential: Credential) -> dt.timedelta | None:
    reference = f"{task.id.hex}-{task.version}"
    async with contextlib.AsyncExitStack() as room:
        if task.spec.inputs:
            await room.enter_async_context(workshop.remotes.loading)
        call = await _submit_call(workshop, task, pool, credential, reference)
        place = (pool.engine.name, credential.place.name)
        intent = await intend_submit(workshop.database, task, place, reference, workshop.clock())
        if intent is None:
            return None
        answer = await _answer(workshop, pool, credential, call)
    return await _record(workshop, task, pool, credential, intent, answer)


async def _submit_call(workshop: Workshop, task: Task, pool: Pool, credential: Credential, reference: str) -> HttpCall:
    model = pool.engine.model_for(task.spec.model)
    if model is None:
        raise EngineFailed("The engine of this task does not serve its model any more.")
    inputs = []
    for item in task.spec.inputs:
        if not isinstance(item.source, StoredSource):
            raise TypeError("inputs are stored before a task is accepted")
        async with contextlib.aclosing(
            workshop.objects.read(item.source.object_key, 0, item.source.size_bytes)
        ) as pieces:
            content = b"".join([piece async for piece in pieces])
        inputs.append(RemoteInput(role=item.role, content=content, media_type=item.source.media_type))
    # Enhancing is the upstream's own part: it is asked for in its own field.
    wording = await word_prompt(workshop, task, enhances=False)
    spec = wording.given(task.spec)
    order = RemoteOrder(spec=spec, inputs=tuple(inputs), model=model, reference=reference, hops=spec.hops)
    # Encoding pictures takes a while.
    return await asyncio.to_thread(pool.engine.submit_call, order, credential.place)


async def _answer(workshop: Workshop, pool: Pool, credential: Credential, call: HttpCall) -> SubmitAnswer:
    try:
        return pool.engine.read_submit(await workshop.remotes.ask(call, credential))
    except NotSent as problem:
        return NotNow(reason=str(problem))
    except ReplyLost as problem:
        return Unclear(reason=str(problem))


async def _record(
    workshop: Workshop,
    task: Task,
    pool: Pool,
    credential: Credential,
    intent: Intent,
    answer: SubmitAnswer,
) -> dt.timedelta | None:
    """Write down what an upstream said to a submit."""
    database, engine, name, now = workshop.database, pool.engine, credential.place.name, workshop.clock()
    log = _log.bind(task=str(task.id), engine=engine.name, credential=name)
    match answer:
        case UpstreamJob():
            ours = await patiently(lambda: note_submitted(database, intent, answer.handle, now))
            await credential_works(database, engine.name, name, now)
            log.info("upstream.accepted", handle=answer.handle)
            if not ours:
                # Canceled meanwhile: the next look ends the job.
                return AT_ONCE
            return await first_look(workshop, task, engine.name, engine.capabilities)
        case NotNow():
            await patiently(lambda: end_job(database, intent.job_id, now, "not_now"))
            rest_s = None if answer.credential_bad else answer.retry_after_s
            await credential_troubles(database, engine.name, name, now, answer.reason, rest_s)
            log.warning("upstream.not_now", reason=answer.reason)
            return AT_ONCE
        case Unclear():
            await credential_troubles(database, engine.name, name, now, answer.reason, None)
            log.warning("upstream.unclear", reason=answer.reason)
            return AT_ONCE
        case Failed():
            await patiently(lambda: end_job(database, intent.job_id, now, "refused"))
            await credential_works(database, engine.name, name, now)
            raise answer.error


async def first_look(workshop: Workshop, task: Task, engine: str, capabilities: Capabilities) -> dt.timedelta:
    """Return when a job that has just been accepted is asked for."""
    durations = await workshop.remotes.durations_s(workshop.database, engine, task.spec.model)
    return dt.timedelta(seconds=next_poll_s(durations, capabilities.run_typical_s, 0, workshop.remotes.chance()))


def _harmless(pool: Pool) -> bool:
    return pool.engine.capabilities.submits_repeatable


async def reconcile(workshop: Workshop, task: Task, job: OpenJob) -> dt.timedelta | None:
    """Find out what became of a submit whose answer was lost; return when to look at the task again.

    Raises:
        EngineLost: the job must have ended by now, and nobody can tell how.

    """
    pool = workshop.remotes.pool_of(job.engine)
    credential = pool.credential(job.credential)
    age = workshop.clock() - job.intended_at
    if age.total_seconds() > pool.engine.capabilities.run_max_s or credential is None:
        raise EngineLost("The upstream's answer was lost, and whether it made a video is not known.")
    intent = Intent(job_id=job.id, taken=Taken(version=task.version, attempts=1))
    if _harmless(pool):
        call = await _submit_call(workshop, task, pool, credential, job.reference)
        answer = await _answer(workshop, pool, credential, call)
        if isinstance(answer, Unclear):
            return RECONCILE_EVERY
        return await _record(workshop, task, pool, credential, intent, answer)
    # Another worker may still be at it, and hear of it yet; a task that is canceled is looked at when that happens.
    ends = dt.timedelta(seconds=pool.engine.capabilities.run_max_s + 1) - age
    return min(ends, SUBMIT_SETTLES - age if age < SUBMIT_SETTLES else HELD_LOOK_EVERY)
