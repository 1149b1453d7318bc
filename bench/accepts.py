"""The peer of `creates`: the statement that accepts a task, through asyncpg alone.

Run as a process of its own with a plan on standard input; prints what it found, as `load` does. The statement and its
arguments are the server's own, taken down before the clock starts; only the task's id and its idempotency key are new
each time.
"""

import asyncio
import collections
import contextlib
import itertools
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

import asyncpg
import uvloop

from reelgate.app.tables import load_catalogue
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.once import Once
from reelgate.core.pricing import quote
from reelgate.dialects.veo4api.translate import NAME, to_submission
from reelgate.dialects.veo4api.wire import GenerateRequest
from reelgate.kit.clock import now
from reelgate.service.submit import DEADLINE, with_seed
from reelgate.settings import Settings
from reelgate.store.database import Database, Shared
from reelgate.store.tasks import NewTask, accept_task
from reelgate.web.fields import read_fields
from report import percentile

#: Connections are new: the server's have their statements prepared and their plans made.
WARM_UP_S = 0.3
#: Where the idempotency key stands among the statement's arguments.
ONCE_AT = 11

Statement = tuple[str, tuple[object, ...]]


class Recorder(Database):
    """Takes a statement down instead of running it."""

    def __init__(self) -> None:
        self.taken: list[Statement] = []

    async def fetchrow_together(self, statement: Shared, _lock: uuid.UUID, *arguments: object) -> asyncpg.Record | None:
        """Take it down."""
        self.taken.append((statement.sql, arguments))
        return None


async def take_down(account: uuid.UUID, body: dict[str, Any], engine: str) -> Statement:
    """Return what the server would run for a request of an account."""
    catalogue = load_catalogue(Settings())
    spec = with_seed(to_submission(read_fields(GenerateRequest, body), catalogue).spec, os.urandom(4))
    time_now = now()
    new = NewTask(
        id=new_id(time_now, os.urandom(RANDOM_BYTES)),
        account_id=account,
        dialect=NAME,
        spec=spec,
        engine=engine,
        price_microcredits=quote(catalogue.models[spec.model], spec, NAME).microcredits,
        created_at=time_now,
        deadline_at=time_now + DEADLINE,
        once=Once(key="x", fingerprint=bytes(32)),
    )
    recorder = Recorder()
    # The recorder has no row to answer with.
    with contextlib.suppress(LookupError):
        await accept_task(recorder, new)
    (statement,) = recorder.taken
    assert (statement[1][0], statement[1][ONCE_AT]) == (new.id, "x")
    return statement


async def drive(plan: dict[str, Any]) -> dict[str, float]:
    """Serve `clients` that ask again and again, on `connections` connections, for some seconds."""
    taken = [await take_down(uuid.UUID(account), plan["body"], plan["engine"]) for account in plan["accounts"]]
    statements = itertools.cycle(taken)
    connections = [await asyncpg.connect(plan["dsn"]) for _ in range(plan["connections"])]
    for seconds in (WARM_UP_S, plan["seconds"]):
        found = await _round(connections, statements, plan["clients"], seconds)
    return found


async def _round(
    connections: list[asyncpg.Connection], statements: Iterator[Statement], clients: int, seconds: float
) -> dict[str, float]:
    latencies: list[float] = []
    began, cpu_began = time.perf_counter(), time.process_time()
    # When each client has asked: the first one is served first, then it asks again.
    waiting = collections.deque([began] * clients)
    await asyncio.gather(
        *(_serve(connection, statements, waiting, latencies, began + seconds) for connection in connections)
    )
    took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    return {
        "requests": len(latencies),
        "seconds": took_s,
        "p50_ms": percentile(latencies, 50) * 1000,
        "p99_ms": percentile(latencies, 99) * 1000,
        "cpu_us": cpu_s / len(latencies) * 1e6,
    }


async def _serve(
    connection: asyncpg.Connection,
    statements: Iterator[Statement],
    waiting: "collections.deque[float]",
    latencies: list[float],
    until: float,
) -> None:
    now_s = 0.0
    while now_s < until:
        asked = waiting.popleft()
        sql, arguments = next(statements)
        task_id = new_id(now(), os.urandom(RANDOM_BYTES))
        answer = await connection.fetchrow(sql, task_id, *arguments[1:ONCE_AT], task_id.hex, *arguments[ONCE_AT + 1 :])
        if answer is None or answer["refused"] is not None:
            sys.exit("an account has no credits left")
        now_s = time.perf_counter()
        latencies.append(now_s - asked)
        waiting.append(now_s)


if __name__ == "__main__":
    print(json.dumps(uvloop.run(drive(json.load(sys.stdin)))))
