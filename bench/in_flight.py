"""Ten thousand tasks in flight at an upstream, on one worker: its memory and CPU, polls a task, and how late it hears.

Most of the tasks take longer than the bench and are asked for now and then; a stream of others, which take about as
long as each other, begins and ends meanwhile. Ready is when the far end is done, stored is when the task has succeeded.
What a poll costs is the processor time of the worker and of Postgres while the stream runs, by all polls of that time.
Run it: python bench/in_flight.py [--quick] [--json PATH].
"""

import asyncio
import contextlib
import datetime as dt
import http.client
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from reelgate.cli.data_folder import open_database
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.task import Mode, TaskSpec
from reelgate.settings import Settings
from reelgate.store.accounts import find_account
from reelgate.store.database import Database
from reelgate.store.tasks import NewTask, accept_task
from report import ROOT, Line, Report, finish, median, options, percentile
from server import REELGATE, Server, folder, serving

LOOK_EVERY_S = 0.5
#: What a slow machine with other things to do needs to take on so many tasks, and to end those of the stream.
FILL_MAX_S, END_MAX_S = 1200.0, 300.0
#: Of the tasks that outlast the bench, and of the stream: how long they take and how much that varies.
LONG = "3600 1"
STREAM_S, SPREAD_S = 20.0, 0.7
WARM = 40
#: The engine of the long ones is asked for this often by its own word, four times in it.
LONG_TYPICAL_S = 300

ENGINES = """
[[engines]]
name = "long"
kind = "openai_videos"
url = "http://127.0.0.1:{port}/v1"
models = {{ "veo-3.1" = "m" }}
run_max_s = 7200
run_typical_s = {long_s}
credentials = [{{ polls_per_s = 1000 }}]

[[engines]]
name = "stream"
kind = "openai_videos"
url = "http://127.0.0.1:{port}/v1"
models = {{ "veo-4" = "m" }}
run_typical_s = {stream_s}
credentials = [{{ polls_per_s = 1000 }}]
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """How much is asked."""

    in_flight: int
    #: Tasks a second, and for how many seconds.
    rate: float
    stream_s: float


@contextlib.contextmanager
def far_end(video: pathlib.Path) -> Iterator[int]:
    """Run the upstream; yield its port."""
    command = [sys.executable, str(ROOT / "bench" / "far_end.py"), str(video)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


def read_log(port: int) -> dict[str, tuple[float, int, float | None]]:
    """Return by job when it was ready, how often it was asked for, and when it was first told to be done."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/log")
    found: dict[str, tuple[float, int, float | None]] = json.loads(connection.getresponse().read())
    connection.close()
    return found


def count_polls(port: int) -> int:
    """Return how often the upstream was asked how a job is."""
    return sum(polls for _, polls, _ in read_log(port).values())


async def put(database: Database, account_id: uuid.UUID, engine: str, model: str, prompt: str) -> uuid.UUID:
    """Accept a task that costs nothing."""
    now = dt.datetime.now(dt.UTC)
    spec = TaskSpec(mode=Mode.TEXT_TO_VIDEO, model=model, prompt=prompt, duration_s=1, seed=1)
    new = NewTask(
        id=new_id(now, os.urandom(RANDOM_BYTES)),
        account_id=account_id,
        dialect="veo4api",
        spec=spec,
        engine=engine,
        price_microcredits=0,
        created_at=now,
        deadline_at=now + dt.timedelta(hours=6),
        remote=True,
    )
    await accept_task(database, new)
    return new.id


def postgres_of(server: Server) -> list[psutil.Process]:
    """Return every process of the server's Postgres."""
    return [process for process in server.process.children(recursive=True) if process.name().startswith("postgres")]


def spent_s(processes: Sequence[psutil.Process]) -> dict[int, float]:
    """Return the processor time of processes, by their ids; of those that have gone, nothing."""
    found = {}
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            found[process.pid] = times.user + times.system
    return found


def spent_since_s(before: dict[int, float], processes: Sequence[psutil.Process]) -> float:
    """Return the processor time since `before`, that of new processes included."""
    return sum(now_s - before.get(pid, 0.0) for pid, now_s in spent_s(processes).items())


async def measure(server: Server, data: pathlib.Path, port: int, load: Load) -> Report:
    """Fill up, stream, and look."""
    worker = server.part("worker")
    async with open_database(Settings(data=data)) as database:
        account = await find_account(database, "dev")
        assert account
        stream = f"{STREAM_S} {SPREAD_S}"
        began = time.monotonic()
        for start in range(0, load.in_flight, 16):
            count = min(16, load.in_flight - start)
            await asyncio.gather(*(put(database, account.id, "long", "veo-3.1", LONG) for _ in range(count)))
        handles = "SELECT count(*) FROM upstream_jobs WHERE handle IS NOT NULL"
        await _until(database, handles, load.in_flight, FILL_MAX_S)
        filled_s = time.monotonic() - began
        # Durations of the stream are learned before they are measured.
        warm = [await put(database, account.id, "stream", "veo-4", stream) for _ in range(WARM)]
        ended = "SELECT count(*) FROM tasks WHERE state = 'succeeded'"
        await _until(database, ended, len(warm), END_MAX_S)
        worker_before, postgres_before = spent_s([worker]), spent_s(postgres_of(server))
        polls_before, began = count_polls(port), time.monotonic()
        memory: list[int] = []
        made: list[uuid.UUID] = []
        while (elapsed := time.monotonic() - began) < load.stream_s:
            due = int(elapsed * load.rate) + 1 - len(made)
            made += [await put(database, account.id, "stream", "veo-4", stream) for _ in range(due)]
            memory.append(worker.memory_info().rss)
            await asyncio.sleep(LOOK_EVERY_S)
        await _until(database, ended, len(warm) + len(made), END_MAX_S)
        took_s, polls_all = time.monotonic() - began, count_polls(port) - polls_before
        worker_s = spent_since_s(worker_before, [worker])
        postgres_s = spent_since_s(postgres_before, postgres_of(server))
        rows = await database.fetch(
            "SELECT j.handle, t.completed_at FROM tasks t JOIN upstream_jobs j ON j.task_id = t.id "
            "WHERE t.id = ANY ($1)",
            made,
        )
    log = read_log(port)
    lags = [row["completed_at"].timestamp() - log[row["handle"]][0] for row in rows]
    heard = [(log[row["handle"]][2] or 0) - log[row["handle"]][0] for row in rows]
    polls = [log[row["handle"]][1] for row in rows]
    return _report(
        load,
        {
            "lags_s": lags,
            "heard_s": heard,
            "polls": polls,
            "memory_bytes": memory,
            "cpu": worker_s / took_s,
            "polls_all": polls_all,
            "polls_per_s": polls_all / took_s,
            "worker_ms_a_poll": 1000 * worker_s / polls_all,
            "postgres_ms_a_poll": 1000 * postgres_s / polls_all,
            "filled_s": filled_s,
        },
    )


def _report(load: Load, found: dict[str, Any]) -> Report:
    lags, heard, polls, peak = found["lags_s"], found["heard_s"], found["polls"], max(found["memory_bytes"])
    mean = sum(polls) / len(polls)
    name = f"{load.in_flight:,} in flight"
    return Report(
        lines=[
            Line(
                what=f"{name}: from ready to stored",
                figure=f"{median(lags):.2f} s",
                p50=f"{percentile(lags, 50):.2f} s",
                p99=f"{percentile(lags, 99):.2f} s",
                goal="p99 < 3 s",
                met=percentile(lags, 99) < 3,
            ),
            Line(
                what=f"{name}: from ready to heard",
                figure=f"{median(heard):.2f} s",
                p50=f"{percentile(heard, 50):.2f} s",
                p99=f"{percentile(heard, 99):.2f} s",
            ),
            Line(
                what=f"{name}: polls a task",
                figure=f"{mean:.1f}",
                p50=str(percentile(polls, 50)),
                p99=str(percentile(polls, 99)),
                goal="mean <= 8",
                met=mean <= 8,
            ),
            Line(
                what=f"{name}: the worker's memory",
                figure=f"{peak / 1e6:.0f} MB",
                goal="< 400 MB",
                met=peak < 400e6,
            ),
            Line(what=f"{name}: the worker's CPU, in cores", figure=f"{found['cpu']:.2f}"),
            Line(what=f"{name}: polls of all tasks", figure=f"{found['polls_per_s']:.0f}/s"),
            Line(
                what=f"{name}: CPU a poll",
                figure=f"{found['worker_ms_a_poll']:.1f} ms",
                peer=f"and Postgres's {found['postgres_ms_a_poll']:.1f} ms",
            ),
            Line(what=f"{name}: submitted in", figure=f"{found['filled_s']:.0f} s"),
        ],
        details={"in_flight": found},
    )


async def _until(database: Database, question: str, wanted: int, max_s: float) -> None:
    until = time.monotonic() + max_s
    while (found := await database.fetchval(question)) < wanted:
        if time.monotonic() > until:
            raise TimeoutError(f"{question}: {found} instead of {wanted} after {max_s:g} s")
        await asyncio.sleep(LOOK_EVERY_S)


def run(*, quick: bool) -> Report:
    """Measure once."""
    load = Load(in_flight=2000, rate=4, stream_s=20) if quick else Load(in_flight=10_000, rate=5, stream_s=60)
    with folder() as place:
        video = place / "clip.mp4"
        subprocess.run([*REELGATE, "generate", "grey fog", "--duration", "1", "--out", str(video)], check=True)
        with far_end(video) as port:
            engines = place / "engines.toml"
            text = ENGINES.format(port=port, long_s=LONG_TYPICAL_S, stream_s=round(STREAM_S))
            engines.write_text(text, encoding="utf-8")
            with serving(place / "data", variables={"REELGATE_ENGINES": str(engines)}) as server:
                return asyncio.run(measure(server, place / "data", port, load))


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
