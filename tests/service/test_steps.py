"""The queue of short steps: in the order in which they are due, never more than a worker may hold, lost to nobody."""

import asyncio
import datetime as dt
import uuid

import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.domain.models import Job
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.ports.repository import EntrypointExecutionParameter

from reelgate.store.database import Database
from reelgate.store.queue import ADVANCE_REMOTE, StepQueries, id_from, step_queries

HEARTBEAT = dt.timedelta(seconds=10)
MINE, OTHERS = QueueManagerId(uuid.UUID(int=1)), QueueManagerId(uuid.UUID(int=2))
PUT = """
INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status, execute_after)
VALUES (0, $1, $2, $3, 'queued', now() + $4::interval)
"""


@pytest.fixture
def queries(database: Database) -> StepQueries:
    """The statements on a real Postgres."""
    return step_queries(AsyncpgPoolDriver(database.pool), database)


async def put(database: Database, number: int, due_s: float, entrypoint: str = ADVANCE_REMOTE) -> None:
    """Have a job wait that is due in some seconds, or has been."""
    key = uuid.UUID(int=number)
    await database.fetch(PUT, entrypoint, key.bytes, f"advance:{key}", dt.timedelta(seconds=due_s))


async def take(queries: StepQueries, batch: int = 10, jobs_max: int = 10, holder: QueueManagerId = MINE) -> list[Job]:
    entrypoints = {QueueEntrypoint(ADVANCE_REMOTE): EntrypointExecutionParameter(concurrency_limit=0)}
    return await queries.dequeue(batch, entrypoints, holder, jobs_max, HEARTBEAT)


def numbers(jobs: list[Job]) -> list[int]:
    return [id_from(job.payload).int for job in jobs]


async def test_what_has_been_due_longest_comes_first(database: Database, queries: StepQueries) -> None:
    """Whatever was put there first; nothing comes early, and other entrypoints are left alone."""
    await put(database, 1, -1)
    await put(database, 2, -3)
    await put(database, 3, 60)
    await put(database, 4, -2)
    await put(database, 5, -9, "advance")
    assert numbers(await take(queries, batch=2)) == [2, 4]
    assert numbers(await take(queries)) == [1]
    assert await take(queries) == []


async def test_a_worker_holds_no_more_than_it_may(database: Database, queries: StepQueries) -> None:
    """Another one gets the rest."""
    for number in range(1, 7):
        await put(database, number, -number)
    assert len(await take(queries, batch=4, jobs_max=5)) == 4
    assert len(await take(queries, batch=4, jobs_max=5)) == 1
    assert await take(queries, batch=4, jobs_max=5) == []
    assert len(await take(queries, batch=4, jobs_max=5, holder=OTHERS)) == 1


async def test_wake_ups_that_come_together_are_all_written(database: Database, queries: StepQueries) -> None:
    """Each with its own delay, and only by who holds the job."""
    for number in range(1, 41):
        await put(database, number, -number)
    jobs = await take(queries, batch=40, jobs_max=40)
    stolen = "UPDATE pgqueuer SET queue_manager_id = $1 WHERE id = $2"
    await database.fetch(stolen, OTHERS, jobs[0].id)
    await asyncio.gather(
        *(queries.retry_job(job, dt.timedelta(hours=place), None) for place, job in enumerate(jobs, start=1))
    )
    rows = await database.fetch(
        "SELECT status, round(extract(epoch FROM execute_after - now()) / 3600) AS hours, attempts "
        "FROM pgqueuer ORDER BY execute_after"
    )
    assert [row["status"] for row in rows] == ["picked"] + ["queued"] * 39
    assert [int(row["hours"]) for row in rows[1:]] == list(range(2, 41))
    assert {row["attempts"] for row in rows[1:]} == {1}


async def test_the_jobs_of_a_dead_worker_go_to_another(database: Database, queries: StepQueries) -> None:
    """As soon as it has not been heard of for long enough; its own late wake-up then changes nothing."""
    await put(database, 1, -1)
    (dead,) = await take(queries)
    assert await take(queries, holder=OTHERS) == []
    await database.fetch("UPDATE pgqueuer SET heartbeat = now() - $1::interval", 2 * HEARTBEAT)
    assert numbers(await take(queries, holder=OTHERS)) == [1]
    await queries.retry_job(dead, dt.timedelta(0), None)
    assert await database.fetchval("SELECT status FROM pgqueuer") == "picked"
