"""A database with 1,000,000 tasks and 3,000,000 transfers against one with 50,000: polls, pages, creates and the proof.

Both lie in one embedded Postgres and have 100 accounts; an API process serves each, and both are asked in turn. Polls
name a task once each, so that they reach the database. Then the ledger is proved, and what the
sweep asks is asked, on the large one. `--quick` makes it 250,000 tasks.
Run it: python bench/large.py [--quick] [--json PATH].
"""

import asyncio
import datetime as dt
import pathlib
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import asyncpg

from creates import BODY, Tenant, make_tenants
from load import UNIQUE, Round, measure
from reelgate.dialects.veo4api.translate import to_id
from reelgate.kit.postgres.cluster import SUPERUSER
from reelgate.kit.postgres.server import DATABASE, USER, EmbeddedPostgres
from reelgate.store.credits import expire_lots
from reelgate.store.database import Database
from reelgate.store.deliveries import prune_deliveries, wake_deliveries
from reelgate.store.statements import VERIFY
from reelgate.store.tasks import overdue_tasks, prune_job_log, prune_once, wake_sleepers
from reelgate.store.verify import PROOF_SETTINGS
from report import ROOT, Line, Report, finish, median, options
from server import GENERATE, STATUS, Server, folder, raw_request, serving_api

ACCOUNTS = 100
CLIENTS = 32
SMALL_TASKS = 50_000
GOAL = 1.3
VERIFY_GOAL_S = 60.0
HISTORY = "/api/veo/history?limit=20"
LIST = "/v1/videos?limit=20"
SQL = ROOT / "bench" / "large.sql"
#: While the history is written nothing of it is to be kept.
CARELESS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "4GB"}
FILLED = ("tasks", "reservations", "consumptions", "transfers", "artifacts", "idempotency_keys")


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """A database, its accounts, and the API process that serves it."""

    name: str
    dsn: str
    tenants: list[Tenant]
    #: For each account, tasks that it may poll.
    polled: list[list[uuid.UUID]]


def run(*, quick: bool) -> Report:
    """Fill both, then measure rounds of both in turn."""
    sizes = {"small": SMALL_TASKS, "large": 250_000 if quick else 1_000_000}
    rounds, seconds = (5, 1.0) if quick else (7, 2.0)
    with folder() as data:
        with postgres_in(data, CARELESS) as (dsn, _):
            began = time.monotonic()
            sides = [asyncio.run(_fill(dsn, name, tasks)) for name, tasks in sizes.items()]
            print(f"filled in {time.monotonic() - began:.0f} s", flush=True)
        with postgres_in(data, {}) as (_, pid), ExitStack() as stack:
            servers = [stack.enter_context(serving_api(data / side.name, side.dsn)) for side in sides]
            found: dict[str, list[list[Round]]] = {}
            for number in range(rounds + 1):
                for what, requests_of in ASKED.items():
                    for place, (side, server) in enumerate(zip(sides, servers, strict=True)):
                        # The first round warms up.
                        length = seconds if number else 0.5
                        requests = requests_of(server, side)
                        share = len(requests) // (rounds + 1) if what == POLLS else 0
                        measured = _measure(server, requests[number * share :], pid, length)
                        if number:
                            found.setdefault(what, [[], []])[place].append(measured)
            large = asyncio.run(_prove(sides[1].dsn))
    lines = [line for what, (small, big) in found.items() for line in _lines(what, small, big)]
    details = {what: [[asdict(each) for each in rounds] for rounds in both] for what, both in found.items()}
    return Report(
        lines=[*lines, *_proof_lines(sizes["large"], large)],
        details={"large": details | {"tasks": sizes, "verify_s": large}},
    )


def _measure(server: Server, requests: Sequence[bytes], pid: int, seconds: float) -> Round:
    return measure(server.address, requests, pid=server.process.pid, clients=CLIENTS, seconds=seconds, database_pid=pid)


def _polls(server: Server, side: Side) -> list[bytes]:
    """Ask for tasks that were not asked for lately: each account's in turn."""
    return [
        raw_request(replace(server, key=tenant.key), "GET", f"{STATUS}?task_id={to_id(task_id)}")
        for task_ids in zip(*side.polled, strict=True)
        for tenant, task_id in zip(side.tenants, task_ids, strict=True)
    ]


def _each(method: str, path: str, body: dict[str, Any] | None = None) -> Callable[[Server, Side], list[bytes]]:
    def requests_of(server: Server, side: Side) -> list[bytes]:
        return [
            raw_request(replace(server, key=tenant.key), method, path, body, Idempotency_Key=UNIQUE.decode())
            for tenant in side.tenants
        ]

    return requests_of


POLLS = "polls that reach the database"
#: What is asked of both.
ASKED: dict[str, Callable[[Server, Side], list[bytes]]] = {
    POLLS: _polls,
    "pages of a history with its total": _each("GET", HISTORY),
    "pages of a list": _each("GET", LIST),
    "durable creates": _each("POST", GENERATE, BODY),
}


def _lines(what: str, small: list[Round], large: list[Round]) -> list[Line]:
    small_s, large_s = (median([found.requests_per_s for found in rounds]) for rounds in (small, large))
    ratio = median([one.requests_per_s / other.requests_per_s for one, other in zip(small, large, strict=True)])
    small_us, large_us = (median([each.cpu_us + each.database_us for each in rounds]) for rounds in (small, large))
    return [
        Line(
            what=f"large database: {what}",
            figure=f"{large_s:,.0f}/s",
            peer=f"small one {small_s:,.0f}/s",
            ratio=ratio,
            p50=f"{median([found.p50_ms for found in large]):.1f} ms",
            p99=f"{median([found.p99_ms for found in large]):.1f} ms",
            goal=f"<= {GOAL}",
            met=ratio <= GOAL,
        ),
        Line(
            what="processor time of API and Postgres",
            figure=f"{large_us:.0f} us",
            peer=f"small one {small_us:.0f} us",
            ratio=large_us / small_us,
        ),
    ]


def _proof_lines(tasks: int, took_s: dict[str, float]) -> list[Line]:
    proof_s = sum(took_s[name] for name in VERIFY)
    slowest = max(VERIFY, key=lambda name: took_s[name])
    return [
        Line(
            what=f"reelgate ledger verify, {tasks:,} tasks",
            figure=f"{proof_s:.0f} s",
            peer=f"slowest {slowest}, {took_s[slowest]:.0f} s",
            goal=f"<= {VERIFY_GOAL_S:.0f} s",
            met=proof_s <= VERIFY_GOAL_S,
        ),
        Line(what=f"what a sweep asks, {tasks:,} tasks", figure=f"{took_s['sweep'] * 1000:.0f} ms"),
    ]


@contextmanager
def postgres_in(data: pathlib.Path, settings: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Lend the Postgres of a folder: its address and its first process."""
    postgres = EmbeddedPostgres(data / "postgres", settings=settings)
    with asyncio.Runner() as runner:
        runner.run(postgres.start())
        try:
            assert postgres.pid
            yield postgres.dsn, postgres.pid
        finally:
            runner.run(postgres.stop())


async def _fill(any_dsn: str, name: str, tasks: int) -> Side:
    """Make a database with a history."""
    server = await asyncpg.connect(any_dsn)
    await server.execute(f"CREATE DATABASE {name}")
    await server.close()
    dsn = any_dsn.replace(f"/{DATABASE}?", f"/{name}?")
    tenants = await make_tenants(dsn, ACCOUNTS)
    connection = await asyncpg.connect(dsn.replace(f"user={USER}", f"user={SUPERUSER}"))
    await connection.execute("SET session_replication_role = replica; SET maintenance_work_mem = '256MB'")
    # Made once they are full they take a tenth of the time.
    indexes = await connection.fetch(
        "SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS sql FROM pg_index i "
        "WHERE i.indrelid::regclass::text = ANY ($1) AND NOT i.indisunique",
        FILLED,
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    for statement in SQL.read_text(encoding="utf-8").format(tasks=tasks).rstrip().split(";\n"):
        await connection.execute(statement)
    for index in indexes:
        await connection.execute(index["sql"])
    polled = await connection.fetch(
        "SELECT account_id, array_agg(id ORDER BY n DESC) AS ids FROM "
        "(SELECT *, row_number() OVER (PARTITION BY account_id ORDER BY md5(n::text)) AS draw FROM bench_made) drawn "
        "WHERE draw <= $1 GROUP BY account_id",
        SMALL_TASKS // ACCOUNTS,
    )
    ids = {str(row["account_id"]): row["ids"] for row in polled}
    await connection.execute("DROP TABLE bench_made")
    await connection.execute("VACUUM (ANALYZE, FREEZE)")
    await connection.close()
    return Side(name=name, dsn=dsn, tenants=tenants, polled=[ids[tenant.account_id] for tenant in tenants])


async def _prove(dsn: str) -> dict[str, float]:
    """Return the seconds that each part of a proof takes, and what a sweep asks."""
    took_s: dict[str, float] = {}
    connection = await asyncpg.connect(dsn)
    async with connection.transaction(readonly=True):
        await connection.execute(PROOF_SETTINGS)
        for name, sql in VERIFY.items():
            began = time.monotonic()
            breaches = await connection.fetch(sql)
            took_s[name] = time.monotonic() - began
            if breaches:
                raise RuntimeError(f"{name} is broken: {[tuple(breach) for breach in breaches[:3]]}")
    await connection.close()
    database, now = await Database.open(dsn), dt.datetime.now(dt.UTC)
    began, day = time.monotonic(), dt.timedelta(days=1)
    await wake_sleepers(database, now - day)
    await overdue_tasks(database, now - day)
    await expire_lots(database, now)
    await wake_deliveries(database, now)
    await prune_deliveries(database, now - 30 * day)
    await prune_job_log(database, now - day)
    await prune_once(database, now - 2 * day)
    took_s["sweep"] = time.monotonic() - began
    await database.close()
    return took_s


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
