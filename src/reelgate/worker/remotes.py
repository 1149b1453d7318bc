"""What the steps of remote tasks work with: the upstreams, their credentials and the limits of this process. Few rules.

Put together once by `app`; `worker.remote`, `worker.submitting` and `worker.collect` are given it inside the workshop.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from reelgate.core.catalogue import Catalogue
from reelgate.core.errors import EngineFailed
from reelgate.core.ports import Capabilities
from reelgate.core.task import TaskSpec
from reelgate.core.upstream import AccessFailed, Credential, HttpCall, HttpReply, Pool
from reelgate.kit.fetch import FetchRules
from reelgate.service.submit import can_serve
from reelgate.store.database import Database
from reelgate.store.upstream import load_timings
from reelgate.worker.send import NotSent, Sender

#: Tasks whose pictures are in memory, tasks whose videos are fetched and stored, which mostly waits for others, and
#: videos that are looked at, which does not, at the same time.
LOADED_AT_ONCE_MAX: Final = 4
COLLECTED_AT_ONCE_MAX: Final = 24
LOOKED_AT_AT_ONCE_MAX: Final = 4
#: How long what was learned of durations is used before it is loaded again.
TIMINGS_KEPT_S: Final = 5.0


@dataclass(kw_only=True, slots=True)
class PollBudget:
    """How often one credential may be asked in this process: what is not used within a second is lost."""

    per_s: float
    _next_s: float = 0.0

    def wait_s(self, now_s: float) -> float:
        """Take one question and return 0, or return in how many seconds to try again."""
        start = max(now_s - 1, self._next_s)
        if start > now_s:
            return start - now_s
        self._next_s = start + 1 / self.per_s
        return 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Remotes:
    """The engines behind HTTP and what is needed to reach them."""

    pools: Mapping[str, Pool] = field(default_factory=dict)
    #: What the engines of this machine can do, for routes that end with one.
    local: Mapping[str, Capabilities] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=lambda: Catalogue(models={}, defaults={}))
    sender: Sender = field(default_factory=Sender)
    #: For URLs that upstreams name; without any, none is fetched.
    fetch_rules: FetchRules | None = None
    loading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOADED_AT_ONCE_MAX))
    collecting: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(COLLECTED_AT_ONCE_MAX))
    looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(LOOKED_AT_AT_ONCE_MAX))
    _budgets: dict[tuple[str, str], PollBudget] = field(default_factory=dict)
    _timings: dict[tuple[str, str], tuple[float, tuple[float, ...]]] = field(default_factory=dict)

    def route(self, spec: TaskSpec) -> tuple[str, ...]:
        """Return the engines that can serve a spec, in the order in which they are tried."""
        model = self.catalogue.models.get(spec.model)
        able = {name: pool.engine.capabilities for name, pool in self.pools.items()}
        return tuple(
            name
            for name in (model.route if model else ())
            if (capabilities := able.get(name, self.local.get(name))) is not None
            and can_serve(capabilities, spec)
            and (name in self.local or self.pools[name].engine.model_for(spec.model) is not None)
        )

    def pool_of(self, engine: str | None) -> Pool:
        """Return a pool by its name.

        Raises:
            EngineFailed: it is not there any more.

        """
        pool = self.pools.get(engine or "")
        if pool is None:
            raise EngineFailed("The engine of this task is not installed any more.")
        return pool

    async def ask(self, call: HttpCall, credential: Credential) -> HttpReply:
        """Send a call with what authorises it.

        Raises:
            NotSent, ReplyLost: there is no answer.

        """
        return await self.sender.send(call, await self.headers(credential))

    @staticmethod
    async def headers(credential: Credential) -> Mapping[str, str]:
        """Return what authorises a call.

        Raises:
            NotSent: there is nothing to be had.

        """
        try:
            return await credential.access.headers()
        except AccessFailed as error:
            raise NotSent(str(error)) from error

    def poll_wait_s(self, engine: str, credential: Credential) -> float:
        """Take one poll from a credential's budget and return 0, or return in how many seconds to try again."""
        key = (engine, credential.place.name)
        budget = self._budgets.setdefault(key, PollBudget(per_s=credential.polls_per_s))
        return budget.wait_s(time.monotonic()) * (1 + self.chance())

    async def durations_s(self, database: Database, engine: str, model: str) -> tuple[float, ...]:
        """Return how long the last jobs of a model took at an engine."""
        now_s = time.monotonic()
        loaded_s, durations = self._timings.get((engine, model), (-TIMINGS_KEPT_S, ()))
        if now_s - loaded_s >= TIMINGS_KEPT_S:
            durations = await load_timings(database, engine, model)
            self._timings[engine, model] = (now_s, durations)
        return durations

    @staticmethod
    def chance() -> float:
        """Return 0 to 1, by lot."""
        return random.random()  # noqa: S311 - it spreads questions, nothing more
