"""The job queue, PgQueuer, as reelgate uses it: where its tables are and what its jobs are called.

The rows of tasks and deliveries are the truth; a job is a wake-up for one of them and carries nothing but its id. The
statements that change the rows write the jobs, so a job never exists without its row nor the other way round.
"""

import uuid
from typing import Final

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import Driver

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
    settings = DBSettings(durability=Durability.balanced, channel=Channel(channel))
    return Queries(driver, qbe=QueryBuilderEnvironment(settings=settings), qbq=QueryQueueBuilder(settings=settings))


def id_from(payload: bytes | None) -> uuid.UUID:
    """Return the id that a job carries.

    Raises:
        ValueError: it carries none.

    """
    return uuid.UUID(bytes=payload or b"")
