"""The worker over the real job queue: it takes jobs, few at a time, ends in order, and survives what it is thrown."""

import asyncio
import contextlib
import datetime as dt
import pathlib
import signal
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Self

import asyncpg
import pytest
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.core.qm import QueueManager

from fakes import (
    PRICE,
    FakeEngine,
    Hanging,
    Script,
    deliver,
    delivering,
    make_office,
    make_spec,
    open_account,
    put_task,
)
from receivers import Receiver
from reelgate.cli import worker_process
from reelgate.core.errors import EngineFailed, ServerBusy
from reelgate.core.ids import to_event_id
from reelgate.core.lifecycle import is_terminal
from reelgate.core.ports import Rendered, RenderOrder
from reelgate.core.task import State, Task
from reelgate.settings import Settings
from reelgate.store.accounts import Principal, load_balance
from reelgate.store.changes import Changes
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, finish_task, load_task
from reelgate.worker import advance as step
from reelgate.worker import job_queue, run
from reelgate.worker.deliver import PostOffice
from reelgate.worker.deliver import deliver as send_delivery
from reelgate.worker.patience import patiently
from reelgate.worker.run import Worker
from reelgate.worker.sweep import sweep as real_sweep
from reelgate.worker.workshop import Workshop

STATE = "SELECT state FROM tasks WHERE id = $1"


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than in earnest."""
    monkeypatch.setattr(step, "REPORT_EVERY_S", 0.02)
    monkeypatch.setattr(run, "RETRY_AFTER", dt.timedelta(seconds=0.05))
    monkeypatch.setattr(job_queue, "LOOK_EVERY", dt.timedelta(seconds=0.2))
    monkeypatch.setattr(run, "SWEEP_EVERY_S", 0.1)
    monkeypatch.setattr(job_queue, "RECONNECT_S", 0.05)


@pytest.fixture
async def principal(database: Database) -> Principal:
    """Somebody who can pay for eight tasks."""
    return await open_account(database, 8 * PRICE)


@contextlib.asynccontextmanager
async def working(workshop: Workshop, script: Script, renders_max: int = 1) -> AsyncIterator[Worker]:
    """Run a worker; in the end it is stopped and must end by itself."""
    worker = Worker(
        workshop=replace(workshop, engines={"animatic": FakeEngine(script)}),
        office=make_office(workshop.database),
        renders_max=renders_max,
    )
    task = asyncio.create_task(worker.run())
    try:
        yield worker
        worker.stop()
        done, _ = await asyncio.wait({task}, timeout=8)
        if not done:
            for t in asyncio.all_tasks():
                t.print_stack()
        await asyncio.wait_for(task, 1)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(workshop: Workshop, task_id: uuid.UUID, holds: Callable[[Task], bool]) -> Task:
    """Wait until something holds for a task."""
    changes = Changes(workshop.database.dsn)
    changed = asyncio.Event()
    changes.on_task(lambda _: changed.set())
    await changes.start()
    try:
        while True:
            changed.clear()
            task = await load_task(workshop.database, task_id)
            assert task
            if holds(task):
                return task
            await changed.wait()
    finally:
        await changes.close()


async def end_of(workshop: Workshop, task_id: uuid.UUID) -> Task:
    return await until(workshop, task_id, lambda task: is_terminal(task.state))


async def test_accepted_tasks_are_made(workshop: Workshop, principal: Principal, video: pathlib.Path) -> None:
    """Those that waited, and those that come later."""
    first = await put_task(workshop.database, principal)
    async with working(workshop, delivering(video)):
        assert (await end_of(workshop, first)).state is State.SUCCEEDED
        second = await put_task(workshop.database, principal)
        assert (await end_of(workshop, second)).state is State.SUCCEEDED
    assert await workshop.database.fetchval("SELECT count(*) FROM pgqueuer") == 0
    assert await load_balance(workshop.database, principal.account_id) == (6 * PRICE, 0)


async def test_only_so_many_are_made_at_once(workshop: Workshop, principal: Principal) -> None:
    """The others wait their turn."""
    hanging = Hanging()
    tasks = [await put_task(workshop.database, principal) for _ in range(6)]
    async with working(workshop, hanging, renders_max=2):
        for _ in range(6):
            await hanging.begun.wait()
            hanging.begun.clear()
            running = await workshop.database.fetch("SELECT id FROM tasks WHERE state = 'processing'")
            for row in running:
                canceled = Ending(state=State.CANCELED, completed_at=workshop.clock())
                await finish_task(workshop.database, uuid.UUID(int=row["id"].int), None, canceled)
            if not await workshop.database.fetchval("SELECT count(*) FROM tasks WHERE state = 'queued'"):
                break
        for task_id in tasks:
            await finish_task(
                workshop.database, task_id, None, Ending(state=State.CANCELED, completed_at=workshop.clock())
            )
    assert hanging.running_most == 2


async def test_stopping_waits_for_what_is_being_made(
    workshop: Workshop, principal: Principal, video: pathlib.Path
) -> None:
    """No new task is begun, the running one is finished."""
    begun, go = asyncio.Event(), asyncio.Event()

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        begun.set()
        await go.wait()
        return deliver(order.folder, video)

    tasks = [await put_task(workshop.database, principal) for _ in range(2)]
    picked = "SELECT count(*) FROM pgqueuer WHERE status = 'picked'"
    async with working(workshop, script) as worker:
        await begun.wait()
        while await workshop.database.fetchval(picked) < 2:  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.02)
        worker.stop()
        tasks.append(await put_task(workshop.database, principal))
        go.set()
    states = [task.state for task in [await load_task(workshop.database, task_id) for task_id in tasks] if task]
    assert sorted(states) == [State.QUEUED, State.QUEUED, State.SUCCEEDED]
    # Those that were not begun are there for another worker at once.
    assert await workshop.database.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'queued'") == 2


async def test_a_worker_that_was_stopped_early_does_not_begin(workshop: Workshop, principal: Principal) -> None:
    """The signal may come before the queue runs."""
    await put_task(workshop.database, principal)
    worker = Worker(workshop=workshop, office=make_office(workshop.database), renders_max=1)
    worker.stop()
    await worker.run()
    assert await workshop.database.fetchval("SELECT count(*) FROM pgqueuer") == 1


async def test_a_bug_is_tried_again_and_then_given_up(workshop: Workshop, principal: Principal) -> None:
    """The task ends with its credits returned, and the worker goes on."""

    async def script(_order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        raise ZeroDivisionError

    task_id = await put_task(workshop.database, principal)
    async with working(workshop, script):
        ended = await end_of(workshop, task_id)
    assert ended.failure
    assert (ended.state, ended.failure.code) == (State.FAILED, "engine_lost")
    assert await load_balance(workshop.database, principal.account_id) == (8 * PRICE, 0)


async def test_a_stumble_is_made_good(workshop: Workshop, principal: Principal, video: pathlib.Path) -> None:
    """What failed once for no reason of its own is made the second time."""
    stumbles = [ValueError("a bug"), ServerBusy("a hiccup")]

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        if stumbles:
            raise stumbles.pop()
        return deliver(order.folder, video)

    task_id = await put_task(workshop.database, principal)
    async with working(workshop, script):
        assert (await end_of(workshop, task_id)).state is State.SUCCEEDED


async def test_jobs_that_nobody_understands_are_dropped(
    workshop: Workshop, principal: Principal, video: pathlib.Path
) -> None:
    """They do not keep the worker from the others."""
    await workshop.database.fetch(
        "INSERT INTO pgqueuer (priority, entrypoint, payload, status) VALUES "
        "(9, 'advance', NULL, 'queued'), (9, 'advance', 'nonsense', 'queued')"
    )
    task_id = await put_task(workshop.database, principal)
    async with working(workshop, delivering(video)):
        assert (await end_of(workshop, task_id)).state is State.SUCCEEDED
    assert await workshop.database.fetchval("SELECT count(*) FROM pgqueuer") == 0


async def test_a_task_that_cannot_be_read_is_ended_at_its_deadline(
    workshop: Workshop, principal: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it can be made; its credits return, and its job does not come back for ever."""
    monkeypatch.setattr(run, "JOB_ATTEMPTS_MAX", 2)
    long_ago = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    task_id = await put_task(workshop.database, principal, created_at=long_ago)
    await workshop.database.fetch('UPDATE tasks SET spec = \'{"mode": "of tomorrow"}\' WHERE id = $1', task_id)
    changes = Changes(workshop.database.dsn)
    ended = asyncio.Event()
    changes.on_task(lambda _: ended.set())
    await changes.start()
    async with working(workshop, Hanging()):
        await ended.wait()
        while await workshop.database.fetchval("SELECT count(*) FROM pgqueuer"):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.02)
    await changes.close()
    assert await workshop.database.fetchval("SELECT state FROM tasks") == "failed"
    assert await load_balance(workshop.database, principal.account_id) == (8 * PRICE, 0)


async def test_cut_connections_are_made_again(workshop: Workshop, principal: Principal, video: pathlib.Path) -> None:
    """The queue's own connection and the pool's are ended by the server, while idle and while making."""

    async def cut() -> None:
        admin = await Database.open(workshop.database.dsn, connections_max=1)
        await admin.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await admin.close()

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        await cut()
        return deliver(order.folder, video)

    # The test's own connections are cut as well.
    async def ended(task_id: uuid.UUID) -> bool:
        state: str = await patiently(partial(workshop.database.fetchval, STATE, task_id))
        return is_terminal(State(state))

    async with working(workshop, script):
        for _ in range(2):
            task_id = await patiently(partial(put_task, workshop.database, principal))
            while not await ended(task_id):  # noqa: ASYNC110 - announcements cannot be heard either
                await asyncio.sleep(0.05)
        await cut()
        # The worker may meet its broken connections only now.
    tasks = await patiently(partial(workshop.database.fetch, "SELECT state FROM tasks"))
    assert {row["state"] for row in tasks} == {"succeeded"}


async def test_cancelling_is_not_hidden_by_a_broken_connection(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong while the queue is taken apart does not make the worker begin again."""
    entered = asyncio.Event()

    class Breaking(AsyncpgPoolDriver):
        async def __aenter__(self) -> Self:
            entered.set()
            return await super().__aenter__()

        async def __aexit__(self, *error: object) -> None:
            await super().__aexit__(*error)
            raise asyncpg.InterfaceError("the connection has been released")

    monkeypatch.setattr(job_queue, "AsyncpgPoolDriver", Breaking)
    task = asyncio.create_task(Worker(workshop=workshop, office=make_office(workshop.database), renders_max=1).run())
    await entered.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait({task}, timeout=20)
    assert task.done()
    with pytest.raises((asyncio.CancelledError, asyncpg.InterfaceError)):
        task.result()


async def test_a_queue_survives_bugs(
    workshop: Workshop, principal: Principal, video: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends it, it is begun again: each of the three fails once, and one twice, in any way."""
    errors: list[BaseException] = [ZeroDivisionError(), KeyError("odd"), ValueError("no"), AssertionError()]
    real, all_failed = QueueManager.run, asyncio.Event()

    async def failing(self: QueueManager, **rest: Any) -> None:
        if errors:
            raise errors.pop()
        all_failed.set()
        await real(self, **rest)

    monkeypatch.setattr(QueueManager, "run", failing)
    async with working(workshop, delivering(video)):
        await asyncio.wait_for(all_failed.wait(), 30)
        task_id = await put_task(workshop.database, principal)
        assert (await end_of(workshop, task_id)).state is State.SUCCEEDED


async def test_a_delivery_survives_bugs(
    workshop: Workshop, principal: Principal, video: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is tried again, and what comes after it goes its way."""
    errors: list[Exception] = [ZeroDivisionError(), KeyError("odd")]

    async def failing(office: PostOffice, delivery_id: uuid.UUID) -> dt.timedelta | None:
        if errors:
            raise errors.pop()
        return await send_delivery(office, delivery_id)

    monkeypatch.setattr(run, "deliver", failing)
    async with Receiver() as receiver, working(workshop, delivering(video)):
        tasks = [await put_task(workshop.database, principal, make_spec(webhook_url=receiver.url)) for _ in range(2)]
        await receiver.wait_for(2, patience_s=60)
        assert set(receiver.ids) == set(map(to_event_id, tasks))


async def test_a_worker_that_ends_by_itself_ends_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not stay and do nothing: whoever supervises it starts another one."""

    class Broken:
        async def run(self) -> None:
            raise ZeroDivisionError

        def stop(self) -> None:
            """Never called."""

    class Ended(Broken):
        async def run(self) -> None:
            """Return as if it had been stopped."""

    for worker, error in ((Broken(), ZeroDivisionError), (Ended(), RuntimeError)):

        @contextlib.asynccontextmanager
        async def opened(_settings: object, _dsn: str, lent: object = worker) -> AsyncIterator[object]:
            yield lent

        monkeypatch.setattr(worker_process, "open_worker", opened)
        with pytest.raises(error):
            await asyncio.wait_for(worker_process.work(Settings(), ""), 10)
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_the_sweep_survives_bugs(
    workshop: Workshop, principal: Principal, video: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes round again whatever happened, and finds the task without a job."""
    broken = [EngineFailed("odd"), ZeroDivisionError()]

    async def sweep(given: Workshop) -> None:
        if broken:
            raise broken.pop()
        later = given.clock() + dt.timedelta(minutes=1)
        await real_sweep(replace(given, clock=lambda: later))

    monkeypatch.setattr(run, "sweep", sweep)
    task_id = await put_task(workshop.database, principal)
    await workshop.database.fetch("DELETE FROM pgqueuer")
    async with working(workshop, delivering(video)):
        assert (await end_of(workshop, task_id)).state is State.SUCCEEDED
