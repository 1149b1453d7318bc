"""Durable creates through the real server, against its own statement through asyncpg alone.

Both on one embedded Postgres that syncs every commit, with the same number of connections and of requests at once, in
turn; once with all requests on one account, whose balance is one row, and once on a hundred. No worker runs. The ratio
is of medians. Run it: python bench/creates.py [--quick] [--json PATH].
"""

import asyncio
import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace

from load import Round, measure
from reelgate.kit.clock import now
from reelgate.kit.postgres.server import EmbeddedPostgres
from reelgate.service.credit import issue_key
from reelgate.store.accounts import find_account
from reelgate.store.database import CONNECTIONS_MAX, Database, wait_for_database
from reelgate.store.migrate import migrate
from report import ROOT, Line, Report, finish, median, options
from server import GENERATE, Server, folder, raw_request, serving_api

CLIENTS = 32
WARM_UP_S = 0.5
GOAL = 0.50
ACCOUNTS = 100
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
    rounds, seconds = (3, 0.5) if quick else (5, 1.5)
    lines, details = [], {}
    with folder() as data, _database(data) as (dsn, tenants), serving_api(data, dsn) as server:
        for name, chosen in (("one account", tenants[:1]), (f"{ACCOUNTS} accounts", tenants)):
            ours, alone = [], []
            # The other side warms up by itself, for its connections are new each time.
            _through_server(server, chosen, WARM_UP_S)
            for _ in range(rounds):
                ours.append(_through_server(server, chosen, seconds))
                alone.append(_through_asyncpg(dsn, chosen, seconds))
            lines += _lines(name, ours, alone)
            details[name] = {"server": [asdict(found) for found in ours], "asyncpg": [asdict(found) for found in alone]}
    return Report(lines=lines, details={"creates": details | {"clients": CLIENTS, "connections": CONNECTIONS_MAX}})


def _through_server(server: Server, tenants: list[Tenant], seconds: float) -> Round:
    requests = [raw_request(replace(server, key=tenant.key), "POST", GENERATE, BODY) for tenant in tenants]
    return measure(server.address, requests, pid=server.process.pid, clients=CLIENTS, seconds=seconds)


def _through_asyncpg(dsn: str, tenants: list[Tenant], seconds: float) -> Round:
    plan = {
        "dsn": dsn,
        "accounts": [tenant.account_id for tenant in tenants],
        "body": BODY,
        "engine": ENGINE,
        "clients": CLIENTS,
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


def _lines(name: str, ours: list[Round], alone: list[Round]) -> list[Line]:
    ours_s, alone_s = (median([found.requests_per_s for found in rounds]) for rounds in (ours, alone))
    ours_us, alone_us = (median([found.cpu_us for found in rounds]) for rounds in (ours, alone))
    ratio = ours_s / alone_s
    return [
        Line(
            what=f"durable creates, {name}",
            figure=f"{ours_s:,.0f}/s",
            peer=f"asyncpg alone {alone_s:,.0f}/s",
            ratio=ratio,
            p50=f"{median([found.p50_ms for found in ours]):.1f} ms",
            p99=f"{median([found.p99_ms for found in ours]):.1f} ms",
            goal=f">= {GOAL:.2f}",
            met=ratio >= GOAL,
        ),
        Line(
            what="processor time of a create, in the API process",
            figure=f"{ours_us:.0f} us",
            peer=f"asyncpg alone {alone_us:.0f} us",
            ratio=alone_us / ours_us,
        ),
    ]


@contextmanager
def _database(data: pathlib.Path) -> Iterator[tuple[str, list[Tenant]]]:
    """Lend a Postgres with accounts that have credits."""
    postgres = EmbeddedPostgres(data / "postgres")
    with asyncio.Runner() as runner:
        runner.run(postgres.start())
        try:
            yield postgres.dsn, runner.run(_make_tenants(postgres.dsn))
        finally:
            runner.run(postgres.stop())


async def _make_tenants(dsn: str) -> list[Tenant]:
    database = await wait_for_database(dsn)
    try:
        await migrate(database)
        return [await _make_tenant(database, f"bench {number}") for number in range(ACCOUNTS)]
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
