"""What 500 held connections cost: memory of the API process, and queries while they wait.

They are acedata's: each has asked for a video and is answered when it is there. No worker runs, so they wait. Queries
are Postgres's own count of transactions, in as long a time with and without them. Run it:
python bench/held.py [--quick] [--json PATH].
"""

import asyncio
import contextlib
import socket
from dataclasses import replace
from typing import Any

import psutil

from per_wire import database
from reelgate.store.database import Database, wait_for_database
from report import Line, Report, finish, options
from server import Server, folder, pause, raw_request, serving_api

HELD = 500
MEMORY_MAX_MB = 60.0
#: How long it takes until all that was asked for is accepted and quiet.
QUIET_MAX_S = 60.0
#: Postgres sessions that fall idle after a burst write down what they counted only then.
SETTLE_S = 12.0
BODY = {"action": "text2video", "model": "animatic", "prompt": "a boat on a lake", "duration": 1}


def run(*, quick: bool) -> Report:
    """Measure the process before, and with all of them waiting."""
    watched_s = 3.0 if quick else 10.0
    with folder() as data, database(data) as (dsn, key, _), serving_api(data, dsn) as server:
        asked = replace(server, key=key)
        # The first ones bring in what every request needs, and their connections to the database.
        with _holding(asked, dsn, 20):
            pass
        alone = _watch(dsn, watched_s)
        before = _memory_mb(server.process)
        with _holding(asked, dsn, HELD):
            held_mb = _memory_mb(server.process)
            held = _watch(dsn, watched_s)
    added_mb, queries = held_mb - before, held - alone
    lines = [
        Line(
            what=f"memory that {HELD} held connections add",
            figure=f"{added_mb:.1f} MB",
            goal=f"< {MEMORY_MAX_MB:.0f} MB",
            met=added_mb < MEMORY_MAX_MB,
        ),
        Line(
            what=f"queries while they wait, in {watched_s:.0f} s",
            figure=str(queries),
            peer=f"{alone} without them",
            goal="0",
            met=queries <= 0,
        ),
    ]
    details: dict[str, Any] = {"before_mb": before, "held_mb": held_mb, "queries": held, "queries_alone": alone}
    return Report(lines=lines, details={"held": details})


@contextlib.contextmanager
def _holding(server: Server, dsn: str, count: int) -> Any:
    """Hold connections until all are accepted, and let them go."""
    request = raw_request(server, "POST", "/veo/videos", BODY)
    accepted = asyncio.run(_count_tasks(dsn)) + count
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(socket.create_connection(server.address))
            connection.sendall(request)
        waited_s = 0.0
        while asyncio.run(_count_tasks(dsn)) < accepted:
            pause(0.2)
            waited_s += 0.2
            if waited_s > QUIET_MAX_S:
                raise TimeoutError("not all requests were accepted")
        pause(SETTLE_S)
        yield


def _memory_mb(process: psutil.Process) -> float:
    resident: int = process.memory_info().rss
    return resident / 1e6


def _watch(dsn: str, seconds: float) -> int:
    """Return how many transactions the database counted in some seconds, but for those that ask for the count."""
    before = asyncio.run(_count_transactions(dsn))
    pause(seconds)
    return asyncio.run(_count_transactions(dsn)) - before


async def _count_tasks(dsn: str) -> int:
    async with _opened(dsn) as opened:
        count: int = await opened.fetchval("SELECT count(*) FROM tasks")
        return count


async def _count_transactions(dsn: str) -> int:
    async with _opened(dsn) as opened:
        # Sessions that are busy write their counts down within a second.
        await asyncio.sleep(1.5)
        count: int = await opened.fetchval(
            "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        )
        return count


@contextlib.asynccontextmanager
async def _opened(dsn: str) -> Any:
    opened: Database = await wait_for_database(dsn)
    try:
        yield opened
    finally:
        await opened.close()


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
