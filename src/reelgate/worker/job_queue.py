"""One queue of PgQueuer: hands jobs to their handlers until it is told to stop, and begins anew when it is lost.

Tasks and deliveries have a queue each, so that neither waits for places that the other has taken. Called by
`worker.run`.
"""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job
from pgqueuer.domain.types import Channel

from reelgate.store.database import Database
from reelgate.store.queue import queue_queries, step_queries

#: A worker that has not been heard of for so long has lost its jobs to others.
HEARTBEAT_TIMEOUT: Final = dt.timedelta(seconds=10)
#: How often the queue is looked at without a notification: this finds the jobs of dead workers.
LOOK_EVERY: Final = dt.timedelta(seconds=3)
#: How often the connection for notifications is tried, and how long it may take to answer.
LISTENER_CHECK: Final = dt.timedelta(seconds=10)
RECONNECT_S: Final = 0.5

_log = structlog.get_logger(__name__)

Handler = Callable[[Job], Awaitable[None]]


@dataclass(kw_only=True, slots=True)
class JobQueue:
    """Runs jobs until `stop`."""

    database: Database
    #: By entrypoint.
    handlers: Mapping[str, Handler]
    #: Jobs that are in hand at the same time.
    jobs_max: int
    #: What wakes it.
    channel: str
    #: Jobs that are fetched at once.
    batch: int = 1
    #: They come back often, after short steps; those that are due first are taken first.
    steps: bool = False
    _manager: QueueManager | None = field(default=None, init=False)
    _stopping: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping.is_set()

    async def run(self) -> None:
        """Work until `stop` is called; a lost database is waited for."""
        while not self._stopping.is_set():
            try:
                await self._run_once()
            # The edge: whatever ends the queue, a lost connection above all, it is begun again.
            except Exception as error:
                # A connection that breaks while the queue is taken apart hides that this was asked for.
                if (task := asyncio.current_task()) and task.cancelling():
                    raise
                _log.warning("worker.queue_lost", error=repr(error), queue=self.channel)
                await asyncio.sleep(RECONNECT_S)

    def stop(self) -> None:
        """Take no more jobs; `run` returns when the running ones have ended."""
        self._stopping.set()
        if self._manager:
            self._manager.shutdown.set()

    async def _run_once(self) -> None:
        driver = AsyncpgPoolDriver(self.database.pool)
        queries = (
            step_queries(driver, self.database, self.channel) if self.steps else queue_queries(driver, self.channel)
        )
        manager = QueueManager(queries, Channel(self.channel))
        for entrypoint, handler in self.handlers.items():
            manager.entrypoint(entrypoint, accepts_context=False)(handler)
        self._manager = manager
        if self._stopping.is_set():
            return
        watching = asyncio.create_task(watch_listener(manager))
        try:
            await manager.run(
                dequeue_timeout=LOOK_EVERY,
                batch_size=self.batch,
                max_concurrent_tasks=self.jobs_max,
                heartbeat_timeout=HEARTBEAT_TIMEOUT,
            )
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


async def watch_listener(manager: QueueManager) -> None:
    """End the queue's run when it cannot hear notifications any more; it is begun again on new connections.

    PgQueuer's own check may send its first probe before it listens, and then takes a sound connection for a lost one.
    """
    while True:
        await asyncio.sleep(LISTENER_CHECK.total_seconds())
        try:
            await manager.listener_healthy(timeout=LISTENER_CHECK)
        # The edge: whatever it is, a queue that cannot be watched is begun again.
        except Exception as error:  # noqa: BLE001
            _log.warning("worker.deaf", error=repr(error))
            manager.shutdown.set()
            return
