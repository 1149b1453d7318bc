"""What tests of engines behind HTTP share: pools that lead to a stand-in, a clock that nobody waits for, and steps."""

import datetime as dt
import pathlib
import uuid
from dataclasses import dataclass, field, replace
from typing import Any

from fakes import PRICE, files_in, load_catalogue, make_spec, put_task
from reelgate.core.task import Resolution, State, Task
from reelgate.core.upstream import Credential, Place, Pool
from reelgate.engines.openai_videos.engine import CAPABILITIES, OpenAiVideos
from reelgate.kit.addresses import read_allowed
from reelgate.kit.fetch import FetchRules
from reelgate.store.accounts import Principal, load_balance
from reelgate.store.tasks import load_task
from reelgate.store.upstream import open_job
from reelgate.upstreams import KeyAccess
from reelgate.worker.remote import advance_remote
from reelgate.worker.remotes import Remotes
from reelgate.worker.send import Sender
from reelgate.worker.workshop import Workshop
from standin import StandIn

ENGINE = "far"


@dataclass
class Clock:
    """Shows the time that the steps wait for, without anybody waiting."""

    now: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    def __call__(self) -> dt.datetime:
        """Tell the time."""
        return self.now


def make_pool(upstream: StandIn, *names: str, engine: str = ENGINE, **changes: object) -> Pool:
    credentials = tuple(
        Credential(
            place=Place(name=name, base_url=f"{upstream.url}/v1"),
            access=KeyAccess("secret-of-the-upstream"),
            masked="…ream",
            # The budget of polls goes by the real clock, which these tests outrun.
            **({"polls_per_s": 1e6} | changes),  # type: ignore[arg-type] # numbers
        )
        for name in names or ("first",)
    )
    capabilities = replace(CAPABILITIES, negative_prompts=True)
    return Pool(
        engine=OpenAiVideos(
            name=engine, models={"*": "wan"}, extensions=frozenset({"seed"}), capabilities=capabilities
        ),
        credentials=credentials,
    )


def repeatable(pool: Pool) -> Pool:
    assert isinstance(pool.engine, OpenAiVideos)
    return replace(
        pool, engine=replace(pool.engine, capabilities=replace(pool.engine.capabilities, submits_repeatable=True))
    )


def with_pools(workshop: Workshop, sender: Sender, *pools: Pool, local: bool = False) -> Workshop:
    catalogue = load_catalogue()
    route = (*(pool.engine.name for pool in pools), *(("animatic",) if local else ()))
    models = {name: replace(model, route=route) for name, model in catalogue.models.items()}
    remotes = Remotes(
        pools={pool.engine.name: pool for pool in pools},
        local={"animatic": replace(CAPABILITIES, remote=False)} if local else {},
        catalogue=replace(catalogue, models=models),
        sender=sender,
        fetch_rules=FetchRules(allowed=read_allowed("")),
    )
    return replace(workshop, remotes=remotes, clock=Clock())


async def put(workshop: Workshop, principal: Principal, **changes: Any) -> uuid.UUID:
    """Accept a task of an engine that is far away; `rates` by resolution have it charged by the second."""
    rates: dict[Resolution, int] | None = changes.pop("rates", None)
    spec = make_spec(**changes)
    return await put_task(workshop.database, principal, spec, engine=ENGINE, remote=True, rates=rates)


async def step(workshop: Workshop, task_id: uuid.UUID) -> dt.timedelta | None:
    """Take one step, and let the time pass that it wants to wait."""
    wait = await advance_remote(workshop, task_id)
    clock = workshop.clock
    assert isinstance(clock, Clock)
    if wait is not None:
        assert wait >= dt.timedelta(0)
        clock.now += wait + dt.timedelta(seconds=0.01)
    return wait


async def drive(workshop: Workshop, task_id: uuid.UUID, steps_max: int = 60) -> Task:
    """Step until the task has ended."""
    for _ in range(steps_max):
        if await step(workshop, task_id) is None:
            return await loaded(workshop, task_id)
    raise AssertionError("the task does not end")


async def loaded(workshop: Workshop, task_id: uuid.UUID) -> Task:
    task = await load_task(workshop.database, task_id)
    assert task
    return task


async def assert_ended(workshop: Workshop, principal: Principal, task: Task, tmp_path: pathlib.Path) -> None:
    """Nothing is open, and an unmade video costs nothing."""
    assert await open_job(workshop.database, task.id) is None
    assert list(workshop.scratch_folder.iterdir()) == []
    assert await workshop.database.fetchval("SELECT count(*) FROM upstream_lines") == 0
    if task.state is not State.SUCCEEDED:
        assert await load_balance(workshop.database, principal.account_id) == (4 * PRICE, 0)
        assert files_in(tmp_path / "objects") == {}
