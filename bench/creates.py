"""Durable creates through the real server, against its own statement through asyncpg alone.

Both on one embedded Postgres that syncs every commit, with the same number of requests at once, in turn; once with all
requests on one account, whose balance is one row, and once on a hundred. Each request has an idempotency key of its
own, so that a create is key, limits, ledger, task and job. No worker runs. The ratio is of medians. The generator runs
on the same cores: its processor time is listed beside that of the API process and of Postgres.
Run it: python bench/creates.py [--quick] [--json PATH].
"""

import asyncio
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from load import UNIQUE, Round, measure
from reelgate.kit.clock import now
from reelgate.kit.postgres.server import EmbeddedPostgres
from reelgate.service.credit import issue_key
from reelgate.store.accounts import find_account
from reelgate.store.database import CONNECTIONS_MAX, Database, wait_for_database
from reelgate.store.migrate import migrate
from report import ROOT, Line, Report, finish, median, options
from server import GENERATE, Server, folder, raw_request, serving_api

WARM_UP_S = 1.0
ACCOUNTS = 100
#: By how many accounts: requests at once, and how many are to be accepted in a second.
CLIENTS = {1: 32, ACCOUNTS: 64}
GOALS = {1: 800, ACCOUNTS: 2000}
CREDITS = 10_000_000
BODY = {"prompt": "A cinematic dolly shot of a glass greenhouse during sunrise", "aspect_ratio": "16:9"}
ENGINE = "animatic"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tenant:
    """An account with a key."""

    account_id: str
    key: str


def run(*, quick: bool) -> Report:
    """Measure rounds of both in turn, for one account and for many."""
    rounds, seconds = (3, 1.0) if quick else (5, 3.0)
    lines, details = [], {}
    with folder() as data, database_with(data, ACCOUNTS) as (dsn, tenants, pid), serving_api(data, dsn) as server:
        for accounts in CLIENTS:
            ours, alone = [], []
            # The other side warms up by itself, for its connections are new each time.
            through_server(server, tenants[:accounts], WARM_UP_S, pid)
            for number in range(rounds):
                # One account is another one each round: its plan allows it 50,000 tasks at once.
                begin = number % (ACCOUNTS - accounts + 1)
                chosen = tenants[begin : begin + accounts]
                ours.append(through_server(server, chosen, seconds, pid))
                alone.append(_through_asyncpg(dsn, chosen, seconds))
            lines += _lines(accounts, ours, alone)
            details[f"accounts {accounts}"] = {
                "server": [asdict(found) for found in ours],
                "asyncpg": [asdict(found) for found in alone],
            }
    return Report(lines=lines, details={"creates": details | {"clients": CLIENTS, "connections": CONNECTIONS_MAX}})


def through_server(server: Server, tenants: Sequence[Tenant], seconds: float, database_pid: int) -> Round:
    """Make tasks of the tenants in turn for some seconds."""
    requests = [
        raw_request(replace(server, key=tenant.key), "POST", GENERATE, BODY, Idempotency_Key=UNIQUE.decode())
        for tenant in tenants
    ]
    return measure(
        server.address,
        requests,
        pid=server.process.pid,
        clients=CLIENTS[len(tenants)],
        seconds=seconds,
        database_pid=database_pid,
    )


def _through_asyncpg(dsn: str, tenants: list[Tenant], seconds: float) -> Round:
    plan = {
        "dsn": dsn,
        "accounts": [tenant.account_id for tenant in tenants],
        "body": BODY,
        "engine": ENGINE,
        "clients": CLIENTS[len(tenants)],
        "connections": CONNECTIONS_MAX,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "accepts.py")],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    found = json.loads(done.stdout)
    return Round(
        requests_per_s=found["requests"] / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        cpu_us=found["cpu_us"],
    )


def _lines(accounts: int, ours: list[Round], alone: list[Round]) -> list[Line]:
    name = "one account" if accounts == 1 else f"{accounts} accounts"
    ours_s, alone_s = (median([found.requests_per_s for found in rounds]) for rounds in (ours, alone))
    api_us = median([found.cpu_us for found in ours])
    database_us = median([found.database_us for found in ours])
    generator_us = median([found.generator_us for found in ours])
    return [
        Line(
            what=f"durable creates, {name}",
            figure=f"{ours_s:,.0f}/s",
            peer=f"asyncpg alone {alone_s:,.0f}/s",
            ratio=ours_s / alone_s,
            p50=f"{median([found.p50_ms for found in ours]):.1f} ms",
            p99=f"{median([found.p99_ms for found in ours]):.1f} ms",
            goal=f">= {GOALS[accounts]:,}/s",
            met=ours_s >= GOALS[accounts],
        ),
        Line(
            what=f"processor time of a create, {name}",
            figure=f"{api_us + database_us:.0f} us",
            peer=f"API {api_us:.0f}, Postgres {database_us:.0f}, and the generator {generator_us:.0f} us",
        ),
    ]


@contextmanager
def database_with(data: pathlib.Path, accounts: int) -> Iterator[tuple[str, list[Tenant], int]]:
    """Lend a Postgres with accounts that have credits: its address, them, and its first process."""
    postgres = EmbeddedPostgres(data / "postgres")
    with asyncio.Runner() as runner:
        runner.run(postgres.start())
        try:
            assert postgres.pid
            yield postgres.dsn, runner.run(make_tenants(postgres.dsn, accounts)), postgres.pid
        finally:
            runner.run(postgres.stop())


async def make_tenants(dsn: str, accounts: int) -> list[Tenant]:
    """Make a schema and accounts that have credits and a key."""
    database = await wait_for_database(dsn)
    try:
        await migrate(database)
        return [await _make_tenant(database, f"bench {number}") for number in range(accounts)]
    finally:
        await database.close()


async def _make_tenant(database: Database, name: str) -> Tenant:
    issued = await issue_key(database, name, credits_granted=CREDITS, now=now(), random=os.urandom)
    account = await find_account(database, name)
    assert account
    return Tenant(account_id=str(account.id), key=issued.key)


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
