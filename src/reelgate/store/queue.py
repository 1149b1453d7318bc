"""The job queue, PgQueuer, as reelgate uses it: where its tables are and what its jobs are called.

The rows of tasks and deliveries are the truth; a job is a wake-up for one of them and carries nothing but its id. The
statements that change the rows write the jobs, so a job never exists without its row nor the other way round.
"""

import asyncio
import datetime as dt
import uuid
from typing import Any, Final

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel, QueueEntrypoint, QueueManagerId
from pgqueuer.ports.driver import Driver
from pgqueuer.ports.repository import EntrypointExecutionParameter

from reelgate.core.errors import DatabaseUnavailable
from reelgate.store.database import Database, Shared
from reelgate.store.statements import QUEUE

#: The entrypoint that moves a task one step on, and the channel that wakes whoever does.
ADVANCE: Final = "advance"
ADVANCE_CHANNEL: Final = "ch_pgqueuer"
#: The entrypoint that sends a delivery, and its channel (of `announce_delivery` in the migrations).
DELIVER: Final = "deliver"
DELIVER_CHANNEL: Final = "reelgate_deliver"
#: The same for a task whose engine is reached over HTTP: many of them wait at the same time, and no step is long.
ADVANCE_REMOTE: Final = "advance_remote"


def queue_queries(driver: Driver, channel: str = ADVANCE_CHANNEL) -> Queries:
    """Return PgQueuer's statements over `driver`: jobs survive a crash, its log need not."""
    return Queries(driver, **_builders(channel))


#: How often a wake-up is written again when the database was away or undid it.
_WRITES_MAX: Final = 3
_WRITE_AGAIN_S: Final = 0.2
_UNLIMITED: Final = 2**31 - 1
_WAKE_LATER: Final = Shared(sql=QUEUE["wake_later"], over_arrays=QUEUE["wake_all_later"])


class Later(RetryRequested):
    """A job's next step comes later. Nothing has failed, so that no traceback of it is drawn up."""

    __traceback__ = None


class StepQueries(Queries):
    """PgQueuer's statements for jobs of one entrypoint and many short steps.

    Jobs are taken in the order in which they are due, so that none starves, and however many wait it costs the same;
    wake-ups are written together. Neither is logged.
    """

    #: Given by `step_queries`.
    database: Database

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: dt.timedelta,
    ) -> list[Job]:
        """Take the jobs that have been due longest."""
        (entrypoint,) = entrypoints
        jobs_max = _UNLIMITED if global_concurrency_limit is None else global_concurrency_limit
        arguments = (batch_size, entrypoint, queue_manager_id, jobs_max, heartbeat_timeout)
        rows = await self.driver.fetch(QUEUE["take_due"], *arguments)
        return [Job.model_validate(row) for row in rows]

    async def retry_job(self, job: Job, delay: dt.timedelta, traceback_record: TracebackRecord | None) -> None:
        """Have a job come again after a delay, unless another worker has it."""
        del traceback_record
        key, arguments = id_from(job.payload), (job.id, delay, job.queue_manager_id)
        for attempt in range(_WRITES_MAX):
            try:
                await self.database.fetchrow_together(_WAKE_LATER, key, key, *arguments)
            except DatabaseUnavailable:
                if attempt + 1 == _WRITES_MAX:
                    raise
                await asyncio.sleep(_WRITE_AGAIN_S)
            else:
                return


def step_queries(driver: Driver, database: Database, channel: str = ADVANCE_CHANNEL) -> StepQueries:
    """Return the same for jobs of many short steps."""
    queries = StepQueries(driver, **_builders(channel))
    queries.database = database
    return queries


def _builders(channel: str) -> Any:
    settings = DBSettings(durability=Durability.balanced, channel=Channel(channel))
    return {"qbe": QueryBuilderEnvironment(settings=settings), "qbq": QueryQueueBuilder(settings=settings)}


def id_from(payload: bytes | None) -> uuid.UUID:
    """Return the id that a job carries.

    Raises:
        ValueError: it carries none.

    """
    return uuid.UUID(bytes=payload or b"")
