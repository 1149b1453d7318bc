"""A machine whose clock jumps: tasks end once, their ends are told, and the ledger balances.

The seed of the jumps is printed; REELGATE_TEST_SEED repeats a run.
"""

import asyncio
import datetime as dt
import os
import pathlib
import random
from dataclasses import replace

from fakes import PRICE, FakeEngine, delivering, make_office, make_spec, open_account, put_task
from receivers import Receiver
from reelgate.core.ids import to_event_id
from reelgate.worker.run import Worker
from reelgate.worker.workshop import Workshop

SEED = int(os.environ.get("REELGATE_TEST_SEED", random.SystemRandom().randrange(10_000)))
TASKS = 6
#: Beyond the deadline of a task.
JUMP_MAX_S = 2 * 3600


async def test_a_jumping_clock_loses_nothing(workshop: Workshop, video: pathlib.Path) -> None:
    """A jump over a deadline may fail a task, with its credits returned; none is left hanging or told twice over."""
    print(f"seed {SEED}")  # noqa: T201 - so that a run can be repeated
    chance = random.Random(SEED)  # noqa: S311 - not a secret

    def clock() -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=chance.uniform(-JUMP_MAX_S, JUMP_MAX_S))

    database = workshop.database
    principal = await open_account(database, TASKS * PRICE)
    async with Receiver() as receiver:
        spec = make_spec(webhook_url=receiver.url)
        tasks = [await put_task(database, principal, spec, created_at=clock()) for _ in range(TASKS)]
        worker = Worker(
            workshop=replace(workshop, clock=clock, engines={"animatic": FakeEngine(delivering(video))}),
            office=make_office(database, clock=clock),
            renders_max=2,
        )
        working = asyncio.create_task(worker.run())
        try:
            await receiver.wait_for(TASKS, patience_s=60)
        finally:
            worker.stop()
            await asyncio.wait({working}, timeout=10)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        assert set(receiver.ids) == set(map(to_event_id, tasks))
    states = {row["state"] for row in await database.fetch("SELECT state FROM tasks")}
    assert states <= {"succeeded", "failed"}
