"""Rounds of faults against a whole server, from a seed: what was promised must hold after all of them.

`make chaos` runs hundreds of rounds; `test_chaos.py` a few. Each round asks for tasks, breaks something at a named
point or at random, and goes on. Every few rounds the dust settles, and then:

- every request has exactly one task: each was sent with an idempotency key until it was answered;
- each task has ended once, and the ledger balances;
- each file that is served is whole: it has the length and the digest that the database knows;
- each file that no task has is noted, so that it goes a day later;
- each end has been told at least once, and always with the one id of its event.
"""

import argparse
import asyncio
import collections
import contextlib
import hashlib
import os
import pathlib
import random
import signal
import sys
import tempfile
import time
import urllib.parse
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2
import psutil

from proxy import Proxy
from receivers import Received, Receiver, answering, hanging_up
from reelgate.core.ids import from_base32, to_event_id
from reelgate.kit.postgres.server import EmbeddedPostgres
from reelgate.store.database import Database
from reelgate.store.verify import find_breaches
from running import Server, serving

GENERATE: Final = "/api/video/veo4/generate"
SETTLE_S: Final = 150.0
ROUNDS_BETWEEN: Final = 8
#: Longer than a worker may be silent before its jobs are taken over.
BEYOND_THE_HEARTBEAT_S: Final = 12.0


@dataclass
class Stage:
    """A server with everything around it that can break."""

    folder: pathlib.Path
    chance: random.Random
    postgres: EmbeddedPostgres
    proxy: Proxy
    receiver: Receiver
    server: Server
    client: httpx2.AsyncClient
    restart: Callable[[], Awaitable[None]]
    #: The id of every task that was accepted.
    accepted: list[uuid.UUID] = field(default_factory=list)
    #: How the receiver answers next; well by default.
    moods: list[str] = field(default_factory=list)
    faults: collections.Counter[str] = field(default_factory=collections.Counter)

    async def create(self) -> None:
        """Ask for a task until it is accepted, with one key, whatever happens to the answers."""
        key = str(uuid.UUID(int=self.chance.getrandbits(128)))
        priced = self.chance.random() < 0.15
        body = {"prompt": f"a boat {key[:4]}", "webhook_url": self.receiver.url, "model": "animatic", "duration": 1}
        if priced:
            del body["duration"]
            body["model"] = "veo-4"
        until = time.monotonic() + SETTLE_S
        while time.monotonic() < until:
            with contextlib.suppress(httpx2.TransportError):
                answer = await self.client.post(GENERATE, json=body, headers={"idempotency-key": key})
                if answer.status_code == 200:
                    self.accepted.append(from_base32(answer.json()["task_id"].removeprefix("veo4_task_")))
                    return
                assert answer.status_code >= 500 or answer.status_code in (409, 429), answer.text
            await asyncio.sleep(0.1)
        raise AssertionError("a request was never answered")

    def parts(self, part: str) -> list[psutil.Process]:
        """Return the processes of a part."""
        return [psutil.Process(pid) for pid in self.server.part_pids(part) if psutil.pid_exists(pid)]

    async def behave(self, request: Received, writer: asyncio.StreamWriter) -> None:
        """Receive an event."""
        # An event that comes again is taken well: the attempt after the next is minutes away.
        again = any(received.id == request.id for received in self.receiver.received[:-1])
        mood = self.moods.pop() if self.moods and not again else "well"
        if mood == "killer":
            # Between sending and recording: whoever sent it will never know that it arrived.
            kill(self.parts("worker"))
        if mood == "hang up":
            await hanging_up(request, writer)
        else:
            await answering(500 if mood == "ill" else 204)(request, writer)


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


async def kill_worker(stage: Stage) -> None:
    kill(stage.parts("worker"))


async def kill_api(stage: Stage) -> None:
    kill(stage.parts("api")[:1])


async def kill_zygotes(stage: Stage) -> None:
    for worker in stage.parts("worker"):
        with contextlib.suppress(psutil.NoSuchProcess):
            kill(worker.children())


async def kill_renders(stage: Stage) -> None:
    """Wait for a render, for a moment, and kill it."""
    for _ in range(40):
        with contextlib.suppress(psutil.NoSuchProcess):
            renders = [r for w in stage.parts("worker") for z in w.children() for r in z.children()]
            if renders:
                kill(renders)
                return
        await asyncio.sleep(0.02)


async def kill_postgres(stage: Stage) -> None:
    assert stage.postgres.pid
    os.kill(stage.postgres.pid, signal.SIGKILL)
    await stage.postgres.wait()
    await stage.postgres.start()


async def kill_everything(stage: Stage) -> None:
    parent = psutil.Process(stage.server.process.pid)
    kill([parent, *parent.children(recursive=True)])
    await asyncio.to_thread(stage.server.process.wait)
    await stage.restart()


async def kill_worker_between_sending_and_recording(stage: Stage) -> None:
    stage.moods.append("killer")


async def receiver_fails(stage: Stage) -> None:
    stage.moods += stage.chance.choices(["ill", "hang up"], k=1)


async def stop_worker_past_the_heartbeat(stage: Stage) -> None:
    """It comes back to find that another has its jobs."""
    await pause_processes(stage.parts("worker"), BEYOND_THE_HEARTBEAT_S)


async def stop_api(stage: Stage) -> None:
    await pause_processes(stage.parts("api"), stage.chance.uniform(0.1, 1.5))


async def pause_processes(processes: list[psutil.Process], seconds: float) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.suspend()
    await asyncio.sleep(seconds)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()


async def cut_connections(stage: Stage) -> None:
    for _ in range(stage.chance.randint(1, 4)):
        stage.proxy.cut()
        await asyncio.sleep(stage.chance.uniform(0, 0.2))


async def lose_answers(stage: Stage) -> None:
    """Statements are carried out, commits too, and nobody hears of it."""
    stage.proxy.losing += stage.chance.randint(1, 3)


async def hold_connections(stage: Stage) -> None:
    stage.proxy.hold()
    await asyncio.sleep(stage.chance.uniform(0.5, 4))
    stage.proxy.release()


async def fill_the_disk(stage: Stage) -> None:
    """No file may grow beyond a few bytes for a while; then the worker that learnt it is put to rest."""
    found = [*stage.parts("worker")]
    with contextlib.suppress(psutil.NoSuchProcess):
        found += [zygote for worker in found for zygote in worker.children()]
        for process in found:
            process.rlimit(psutil.RLIMIT_FSIZE, (20_000, 20_000))
    await asyncio.sleep(stage.chance.uniform(0.5, 2))
    kill(stage.parts("worker"))


async def file_of_a_task(stage: Stage) -> bool:
    """Wait until a file that a task has made is stored, for a while; most have more files than one."""
    folder = stage.folder / "data" / "objects" / "tasks"
    before = set(folder.rglob("video-*.mp4"))
    until = time.monotonic() + 8
    while time.monotonic() < until:
        if set(folder.rglob("video-*.mp4")) - before:
            return True
        await asyncio.sleep(0.001)
    return False


async def kill_worker_while_storing(stage: Stage) -> None:
    """The video's file is there, and no row says so: the database is out of reach until the worker is dead."""
    if await file_of_a_task(stage):
        stage.proxy.hold()
        kill(stage.parts("worker"))
        await asyncio.sleep(0.1)
        stage.proxy.release()


async def fill_the_disk_while_storing(stage: Stage) -> None:
    """Videos are made, and no file of the worker itself may grow beyond a few bytes; then there is room again."""
    workers = stage.parts("worker")
    for process in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.rlimit(psutil.RLIMIT_FSIZE, (2_000, -1))
    await asyncio.sleep(stage.chance.uniform(1, 3))
    for process in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.rlimit(psutil.RLIMIT_FSIZE, (-1, -1))


#: Every fault with its weight: those that take long come seldom.
FAULTS: Final[dict[Callable[[Stage], Awaitable[None]], float]] = {
    kill_worker: 3,
    kill_worker_between_sending_and_recording: 3,
    kill_api: 3,
    kill_renders: 3,
    kill_zygotes: 1,
    kill_postgres: 2,
    kill_everything: 1,
    stop_worker_past_the_heartbeat: 0.5,
    stop_api: 2,
    cut_connections: 3,
    lose_answers: 4,
    hold_connections: 2,
    fill_the_disk: 1,
    kill_worker_while_storing: 2,
    fill_the_disk_while_storing: 1,
    receiver_fails: 2,
}


async def play(stage: Stage, fault: Callable[[Stage], Awaitable[None]]) -> None:
    """Ask for some tasks, and break something while they are accepted, made, stored or told."""
    stage.faults[fault.__name__] += 1
    wait_s = stage.chance.choice([0.0, stage.chance.uniform(0, 0.3), stage.chance.uniform(0, 2)])
    async with asyncio.TaskGroup() as group:
        for _ in range(stage.chance.randint(1, 3)):
            group.create_task(stage.create())
        await asyncio.sleep(wait_s)
        await fault(stage)


async def settle(stage: Stage) -> None:
    """Wait until everything has ended and been told, and check what was promised."""
    stage.proxy.losing = 0
    database = await open_patiently(stage.postgres.dsn)
    try:
        until = time.monotonic() + SETTLE_S
        while live := await unfinished(database, stage):
            assert time.monotonic() < until, f"still waiting for {live}"
            await asyncio.sleep(0.25)
        assert await find_breaches(database) == ()
        count = await database.fetchval("SELECT count(*) FROM tasks")
        assert count == len(set(stage.accepted)) == len(stage.accepted), "one request made two tasks, or none"
        await check_files(stage, database)
        await check_leftovers(stage, database)
    finally:
        await database.close()
    told = collections.Counter(received.id for received in stage.receiver.received)
    assert set(told) == {to_event_id(task_id) for task_id in stage.accepted}


async def unfinished(database: Database, stage: Stage) -> list[str]:
    """Return what is still to come: tasks that live, events that have not been told or whose telling is not known."""
    live = await database.fetch(
        "SELECT id::text FROM tasks WHERE completed_at IS NULL"
        " UNION ALL SELECT event_id FROM webhook_deliveries WHERE state <> 'delivered' LIMIT 5"
    )
    told = {received.id for received in stage.receiver.received}
    return [*(row["id"] for row in live), *(e for e in map(to_event_id, stage.accepted) if e not in told)][:5]


async def open_patiently(dsn: str) -> Database:
    for _ in range(100):
        with contextlib.suppress(Exception):
            return await Database.open(dsn, connections_max=2)
        await asyncio.sleep(0.2)
    return await Database.open(dsn, connections_max=2)


async def check_files(stage: Stage, database: Database) -> None:
    """Fetch some of the newest videos as a client does."""
    rows = await database.fetch(
        "SELECT t.id, a.size_bytes, encode(a.sha256, 'hex') AS sha256 FROM tasks t JOIN artifacts a ON a.task_id = t.id"
        " WHERE a.kind = 'video' ORDER BY t.id DESC LIMIT 5"
    )
    for row in rows:
        content = (await stage.client.get(f"/v1/videos/video_{row['id'].hex}/content")).content
        assert (len(content), hashlib.sha256(content).hexdigest()) == (row["size_bytes"], row["sha256"])


async def check_leftovers(stage: Stage, database: Database) -> None:
    """Look at every stored file of a task: what no task has is noted, so that it goes a day later."""
    objects = stage.folder / "data" / "objects"
    found = {str(path.relative_to(objects)) for path in (objects / "tasks").rglob("*") if path.is_file()}
    rows = await database.fetch("SELECT object_key FROM artifacts UNION SELECT object_key FROM unclaimed_files")
    assert found <= {row["object_key"] for row in rows}


@contextlib.asynccontextmanager
async def stage_in(folder: pathlib.Path, chance: random.Random) -> AsyncIterator[Stage]:
    """Build everything up, and take it down."""
    postgres = EmbeddedPostgres(folder / "postgres")
    await postgres.start()
    stack = contextlib.AsyncExitStack()
    async with stack:
        stack.push_async_callback(postgres.stop)
        socket = pathlib.Path(socket_of(postgres.dsn))
        proxy = await stack.enter_async_context(Proxy(socket=socket))
        receiver = await stack.enter_async_context(Receiver())
        running: list[contextlib.AbstractContextManager[Server]] = []

        async def start() -> Server:
            context = serving(folder / "data", "--api-processes", "2", variables={"REELGATE_DATABASE_URL": proxy.dsn})
            running.append(context)
            return await asyncio.to_thread(context.__enter__)

        server = await start()

        async def stop() -> None:
            await asyncio.to_thread(running[-1].__exit__, None, None, None)

        stack.push_async_callback(stop)
        headers = {"authorization": f"Bearer {server.key}"}
        client = await stack.enter_async_context(httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=20))
        stage: Stage

        async def restart() -> None:
            stage.server = await start()
            stage.client.base_url = httpx2.URL(stage.server.url)
            stage.client.headers["authorization"] = f"Bearer {stage.server.key}"

        stage = Stage(
            folder=folder, chance=chance, postgres=postgres, proxy=proxy, receiver=receiver, server=server,
            client=client, restart=restart,
        )  # fmt: skip
        receiver.behave = stage.behave
        yield stage


def socket_of(dsn: str) -> str:
    """Return the Unix socket of a database's address."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(dsn).query)
    return f"{query['host'][0]}/.s.PGSQL.{query['port'][0]}"


async def rounds(folder: pathlib.Path, seed: int, count: int, limit_s: float) -> dict[str, Any]:
    """Play so many rounds, or as many as fit into a time; return what was done."""
    chance = random.Random(seed)  # noqa: S311 - not a secret
    until = time.monotonic() + limit_s
    played = 0
    async with stage_in(folder, chance) as stage:
        for number in range(count):
            (fault,) = chance.choices([*FAULTS], [*FAULTS.values()])
            await play(stage, fault)
            played += 1
            if number % ROUNDS_BETWEEN == ROUNDS_BETWEEN - 1 or number == count - 1 or time.monotonic() > until:
                await settle(stage)
            if time.monotonic() > until:
                break
        told = len(stage.receiver.received)
        return {
            "seed": seed, "rounds": played, "tasks": len(stage.accepted), "events": told,
            "told_again": told - len(stage.accepted), "cuts": stage.proxy.cuts, "faults": dict(stage.faults),
        }  # fmt: skip


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Rounds of faults against a whole server.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    parser.add_argument("--minutes", type=float, default=30)
    given = parser.parse_args()
    sys.stdout.write(f"seed {given.seed}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        facts = asyncio.run(rounds(pathlib.Path(folder), given.seed, given.rounds, given.minutes * 60))
    sys.stdout.write(f"{facts}\nnothing was lost, doubled, half-served or untold\n")


if __name__ == "__main__":
    main()
