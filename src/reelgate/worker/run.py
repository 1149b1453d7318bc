"""The worker: its queues hand it wake-ups of tasks and deliveries, and a sweep finds those that have lost theirs.

The job edge, with `job_queue`: the one place in the worker that catches everything. A job that fails for a reason that
nobody foresaw is tried again; after a few attempts its task is given up with its credits returned. Where not even that
works, the job is dropped: the sweep ends the task at its deadline.
"""

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import structlog
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job

from reelgate.core.errors import ReelgateError
from reelgate.core.polling import stretched_s
from reelgate.kit.rounds import in_rounds
from reelgate.store.queue import ADVANCE, ADVANCE_CHANNEL, ADVANCE_REMOTE, DELIVER, DELIVER_CHANNEL, Later, id_from
from reelgate.worker.advance import advance
from reelgate.worker.deliver import PostOffice, deliver
from reelgate.worker.job_queue import JobQueue
from reelgate.worker.remote import advance_remote
from reelgate.worker.sweep import sweep
from reelgate.worker.workshop import Workshop

SWEEP_EVERY_S: Final = 15.0
RETRY_AFTER: Final = dt.timedelta(seconds=2)
#: A job that was tried so often is dropped; a task that is still live gets another from the sweep.
JOB_ATTEMPTS_MAX: Final = 10
#: Events that are sent at the same time; `webhooks.receivers` shares them out.
SENDS_MAX: Final = 64
#: A delivery that fails for a reason that nobody foresaw waits twice as long each time, this often at most.
DOUBLINGS_MAX: Final = 10
#: Short steps of tasks that upstreams make: so many at the same time, fetched so many at once. Far more than those that
#: store, so that a burst of videos that are done keeps nobody from asking.
REMOTE_STEPS_MAX: Final = 256
REMOTE_BATCH: Final = 24

_log = structlog.get_logger(__name__)


@dataclass(kw_only=True, slots=True)
class Worker:
    """Runs jobs until `stop`."""

    workshop: Workshop
    office: PostOffice
    #: Tasks that are made at the same time.
    renders_max: int
    _queues: tuple[JobQueue, ...] = field(init=False)
    _slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.renders_max)
        database = self.workshop.database
        self._queues = (
            JobQueue(
                database=database,
                handlers={ADVANCE: self._advance},
                jobs_max=max(2, self.renders_max + 1),
                channel=ADVANCE_CHANNEL,
            ),
            JobQueue(
                database=database,
                handlers={ADVANCE_REMOTE: self._advance_remote},
                jobs_max=REMOTE_STEPS_MAX,
                channel=ADVANCE_CHANNEL,
                batch=REMOTE_BATCH,
                steps=True,
            ),
            JobQueue(
                database=database,
                handlers={DELIVER: self._deliver},
                jobs_max=SENDS_MAX,
                channel=DELIVER_CHANNEL,
                batch=SENDS_MAX // 4,
            ),
        )

    async def run(self) -> None:
        """Work until `stop` is called; a lost database is waited for."""
        queues = [asyncio.create_task(queue.run()) for queue in self._queues]
        sweeping = asyncio.create_task(
            in_rounds("sweep", lambda: sweep(self.workshop), every_s=SWEEP_EVERY_S, expected=ReelgateError)
        )
        try:
            await asyncio.gather(*queues)
        finally:
            for task in (*queues, sweeping):
                task.cancel()
            await asyncio.gather(*queues, sweeping, return_exceptions=True)

    def stop(self) -> None:
        """Take no more jobs; `run` returns when the running ones have ended."""
        for queue in self._queues:
            queue.stop()

    @property
    def _stopping(self) -> bool:
        return self._queues[0].stopping

    async def _advance(self, job: Job) -> None:
        task_id = id_from(job.payload)
        async with self._slots:
            if self._stopping:
                # It waited behind another one: somebody else can begin it now.
                raise RetryRequested(delay=dt.timedelta(0), reason="stopping")
            try:
                wait = await advance(self.workshop, task_id)
            except ReelgateError as error:
                raise RetryRequested(delay=RETRY_AFTER, reason=error.code) from error
            # The edge: a bug must not lose the task; attempts are counted in its row.
            except Exception as error:
                _log.exception("job.failed", task=str(task_id), attempts=job.attempts)
                if job.attempts >= JOB_ATTEMPTS_MAX:
                    raise
                raise RetryRequested(delay=RETRY_AFTER, reason=repr(error)) from error
        if wait is not None:
            raise Later(delay=wait, reason="later")

    async def _advance_remote(self, job: Job) -> None:
        task_id = id_from(job.payload)
        if self._stopping:
            raise RetryRequested(delay=dt.timedelta(0), reason="stopping")
        begun_at = self.workshop.clock()
        try:
            wait = await advance_remote(self.workshop, task_id)
        except ReelgateError as error:
            raise RetryRequested(delay=RETRY_AFTER, reason=error.code) from error
        # The edge: a bug must not lose the task; its deadline ends it.
        except Exception as error:
            _log.exception("job.failed", task=str(task_id), attempts=job.attempts)
            raise RetryRequested(delay=RETRY_AFTER * min(10, 1 + job.attempts), reason=repr(error)) from error
        if wait is not None:
            # The queue keeps the wake-up until then; no place of this worker is held.
            delay_s = stretched_s(wait.total_seconds(), (begun_at - job.execute_after).total_seconds())
            raise Later(delay=dt.timedelta(seconds=delay_s), reason="later")

    async def _deliver(self, job: Job) -> None:
        if self._stopping:
            raise RetryRequested(delay=dt.timedelta(0), reason="stopping")
        try:
            wait = await deliver(self.office, id_from(job.payload))
        except ReelgateError as error:
            raise RetryRequested(delay=RETRY_AFTER, reason=error.code) from error
        # The edge: a bug must not lose the event, nor send it without end.
        except Exception as error:
            _log.exception("delivery.failed", job=job.id, attempts=job.attempts)
            delay = RETRY_AFTER * 2 ** min(job.attempts, DOUBLINGS_MAX)
            raise RetryRequested(delay=delay, reason=repr(error)) from error
        if wait is not None:
            raise Later(delay=wait, reason="later")
