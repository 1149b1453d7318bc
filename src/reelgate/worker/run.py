"""The worker: PgQueuer hands it wake-ups, and a sweep finds tasks that have lost theirs.

The job edge: the one place in the worker that catches everything. A job that fails for a reason that nobody foresaw is
tried again; after a few attempts its task is given up with its credits returned. Where not even that works, the job is
dropped: the sweep ends the task at its deadline.
"""

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.models import Job
from pgqueuer.domain.settings import db_settings
from pgqueuer.domain.types import Channel

from reelgate.core.errors import ReelgateError
from reelgate.store.queue import ADVANCE, queue_queries, task_id_from
from reelgate.worker.advance import advance
from reelgate.worker.sweep import sweep
from reelgate.worker.workshop import Workshop

#: A worker that has not been heard of for so long has lost its jobs to others.
HEARTBEAT_TIMEOUT: Final = dt.timedelta(seconds=10)
#: How often the queue is looked at without a notification: this finds the jobs of dead workers.
LOOK_EVERY: Final = dt.timedelta(seconds=3)
SWEEP_EVERY_S: Final = 15.0
#: How often the connection for notifications is tried, and how long it may take to answer.
LISTENER_CHECK: Final = dt.timedelta(seconds=10)
RETRY_AFTER: Final = dt.timedelta(seconds=2)
#: A job that was tried so often is dropped; a task that is still live gets another from the sweep.
JOB_ATTEMPTS_MAX: Final = 10
RECONNECT_S: Final = 0.5
_DEAF: Final = (
    FailingListenerError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
)

_log = structlog.get_logger(__name__)


@dataclass(kw_only=True, slots=True)
class Worker:
    """Runs jobs until `stop`."""

    workshop: Workshop
    #: Tasks that are made at the same time.
    renders_max: int
    _manager: QueueManager | None = field(default=None, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _slots: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.renders_max)

    async def run(self) -> None:
        """Work until `stop` is called; a lost database is waited for."""
        sweeping = asyncio.create_task(self._sweep_often())
        try:
            while not self._stopping.is_set():
                try:
                    await self._run_queue()
                # The edge: whatever ends the queue, a lost connection above all, it is begun again.
                except Exception as error:
                    # A connection that breaks while the queue is taken apart hides that this was asked for.
                    if (task := asyncio.current_task()) and task.cancelling():
                        raise
                    _log.warning("worker.queue_lost", error=repr(error))
                    await asyncio.sleep(RECONNECT_S)
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)

    def stop(self) -> None:
        """Take no more jobs; `run` returns when the running ones have ended."""
        self._stopping.set()
        if self._manager:
            self._manager.shutdown.set()

    async def _run_queue(self) -> None:
        pool = self.workshop.database.pool
        manager = QueueManager(queue_queries(AsyncpgPoolDriver(pool)), Channel(db_settings().channel))
        manager.entrypoint(ADVANCE)(self._advance)
        self._manager = manager
        if self._stopping.is_set():
            return
        watching = asyncio.create_task(_watch_listener(manager))
        try:
            await manager.run(
                dequeue_timeout=LOOK_EVERY,
                batch_size=1,
                max_concurrent_tasks=max(2, self.renders_max + 1),
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
            )
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _advance(self, job: Job) -> None:
        task_id = task_id_from(job.payload)
        async with self._slots:
            if self._stopping.is_set():
                # It waited behind another one: somebody else can begin it now.
                raise RetryRequested(delay=dt.timedelta(0), reason="stopping")
            try:
                await advance(self.workshop, task_id)
            except ReelgateError as error:
                raise RetryRequested(delay=RETRY_AFTER, reason=error.code) from error
            # The edge: a bug must not lose the task; attempts are counted in its row.
            except Exception as error:
                _log.exception("job.failed", task=str(task_id), attempts=job.attempts)
                if job.attempts >= JOB_ATTEMPTS_MAX:
                    raise
                raise RetryRequested(delay=RETRY_AFTER, reason=repr(error)) from error

    async def _sweep_often(self) -> None:
        while True:
            try:
                await sweep(self.workshop)
            except ReelgateError as error:
                _log.info("sweep.put_off", code=error.code)
            # The edge: without the sweep a task could be lost, so nothing may end it.
            except Exception:  # noqa: BLE001
                _log.exception("sweep.failed")
            await asyncio.sleep(SWEEP_EVERY_S)


async def _watch_listener(manager: QueueManager) -> None:
    """End the queue's run when it cannot hear notifications any more; it is begun again on new connections.

    PgQueuer's own check may send its first probe before it listens, and then takes a sound connection for a lost one.
    """
    while True:
        await asyncio.sleep(LISTENER_CHECK.total_seconds())
        try:
            await manager.listener_healthy(timeout=LISTENER_CHECK)
        except _DEAF as error:
            _log.warning("worker.deaf", error=repr(error))
            manager.shutdown.set()
            return
