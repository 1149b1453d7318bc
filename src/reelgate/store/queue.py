"""The job queue, PgQueuer, as reelgate uses it: where its tables are and what its jobs are called.

The task row is the truth; a job is a wake-up for it and carries nothing but its id. `accept_task` and `wake_sleepers`
write jobs in the statement that changes the task, so a job never exists without its task nor the other way round.
"""

import uuid
from typing import Final

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.ports.driver import Driver

#: The entrypoint that moves a task one step on.
ADVANCE: Final = "advance"


def queue_queries(driver: Driver) -> Queries:
    """Return PgQueuer's statements over `driver`: jobs survive a crash, its log need not."""
    return Queries(driver, qbe=QueryBuilderEnvironment(settings=DBSettings(durability=Durability.balanced)))


def task_id_from(payload: bytes | None) -> uuid.UUID:
    """Read the payload of a job.

    Raises:
        ValueError: it is no task id.

    """
    return uuid.UUID(bytes=payload or b"")
