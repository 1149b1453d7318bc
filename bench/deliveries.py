"""Webhook deliveries a second, from one worker to receivers on this machine: signed, sent, and noted in the log.

Tasks that name an address end while no worker runs; then a worker starts, and the time is taken from the first delivery
to the last. The receivers are one process, which answers at once. Run it: python bench/deliveries.py [--quick]
[--json PATH].
"""

import asyncio
import datetime as dt
import os
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from creates import Tenant, make_tenants
from large import postgres_in
from load import cpu_s
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.task import Mode, State, TaskSpec
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, NewTask, accept_task, finish_task
from report import Line, Report, finish, options
from server import REELGATE, environment, folder

#: By how many receivers: one alone is sent few at a time, so as not to be overrun.
RECEIVERS = (1, 20)
ACCOUNTS = 20
TAKES_MAX_S = 200.0
_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"


class Receivers:
    """Count what arrives on some ports."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.arrived: list[float] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer whatever one connection sends."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                writer.write(_ANSWER)
                self.arrived.append(time.perf_counter())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def receiving(count: int) -> AsyncIterator[Receivers]:
    """Run receivers."""
    receivers = Receivers()
    servers = [await asyncio.start_server(receivers.serve, "127.0.0.1", 0) for _ in range(count)]
    receivers.ports = [server.sockets[0].getsockname()[1] for server in servers]
    try:
        yield receivers
    finally:
        for server in servers:
            server.close()


def run(*, quick: bool) -> Report:
    """Measure once for each number of receivers."""
    wanted = 500 if quick else 3_000
    lines, details = [], {}
    for count in RECEIVERS:
        with folder() as data, postgres_in(data, {}) as (dsn, pid):
            found = asyncio.run(_deliver(dsn, pid, str(data), count, wanted))
        details[f"receivers {count}"] = found
        lines.append(
            Line(
                what=f"webhook deliveries, {count} {'receivers' if count > 1 else 'receiver'}",
                figure=f"{found['per_s']:,.0f}/s",
                peer=f"worker {found['worker_us']:.0f} us, Postgres {found['database_us']:.0f} us each",
            )
        )
    return Report(lines=lines, details={"deliveries": details})


async def _deliver(dsn: str, pid: int, data: str, count: int, wanted: int) -> dict[str, float]:
    tenants = await make_tenants(dsn, ACCOUNTS)
    async with receiving(count) as receivers:
        await _end_tasks(dsn, tenants, receivers.ports, wanted)
        variables = environment(REELGATE_DATABASE_URL=dsn, REELGATE_FETCH_ALLOW="127.0.0.1")
        command = [*REELGATE, "worker", "--data", data]
        process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, env=variables)
        try:
            until = time.monotonic() + TAKES_MAX_S
            while not receivers.arrived:
                await _pause(until)
            worker, database = psutil.Process(process.pid), psutil.Process(pid)
            before = (cpu_s(worker), cpu_s(database), len(receivers.arrived), time.perf_counter())
            while len(receivers.arrived) < wanted:
                await _pause(until)
            after = (cpu_s(worker), cpu_s(database), len(receivers.arrived), receivers.arrived[wanted - 1])
        finally:
            process.terminate()
            await process.wait()
    worker_s, database_s, sent, took_s = (end - start for end, start in zip(after, before, strict=True))
    return {"per_s": sent / took_s, "worker_us": worker_s / sent * 1e6, "database_us": database_s / sent * 1e6}


async def _pause(until: float) -> None:
    if time.monotonic() > until:
        sys.exit("the deliveries have not arrived in time")
    await asyncio.sleep(0.01)


async def _end_tasks(dsn: str, tenants: list[Tenant], ports: list[int], wanted: int) -> None:
    """Make tasks and cancel them, so that each has a delivery."""
    database = await Database.open(dsn)

    async def end_one(number: int) -> None:
        now = dt.datetime.now(dt.UTC)
        spec = TaskSpec(
            mode=Mode.TEXT_TO_VIDEO,
            model="veo-4",
            prompt="a boat",
            seed=1,
            webhook_url=f"http://127.0.0.1:{ports[number % len(ports)]}/hook",
        )
        new = NewTask(
            id=new_id(now, os.urandom(RANDOM_BYTES)),
            account_id=uuid.UUID(tenants[number % len(tenants)].account_id),
            dialect="veo4api",
            spec=spec,
            engine="animatic",
            price_microcredits=0,
            created_at=now,
            deadline_at=now + dt.timedelta(hours=1),
        )
        await accept_task(database, new)
        await finish_task(database, new.id, None, Ending(state=State.CANCELED, completed_at=now))

    for start in range(0, wanted, 50):
        await asyncio.gather(*(end_one(number) for number in range(start, min(start + 50, wanted))))
    await database.close()


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
