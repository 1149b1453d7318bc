"""Plans: how much an account may ask of the server. Data from `plans.toml`; every decision here is pure."""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reelgate.core.errors import Limit, RateLimited, ServerMisconfigured
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT

_LIMITS: Final = ("requests_per_minute", "tasks_in_flight", "tasks_queued", "tasks_per_day")
_FROM: Final = "from_credits"

#: When a task of the account will end, nobody knows: a caller whose tasks are too many may ask again after so long.
TASKS_RETRY_S: Final = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The limits of an account; None is no limit."""

    name: str
    requests_per_minute: int | None = None
    #: Tasks that have not ended.
    tasks_in_flight: int | None = None
    #: Those of them that have not begun.
    tasks_queued: int | None = None
    #: Tasks accepted from one midnight, UTC, to the next.
    tasks_per_day: int | None = None
    #: Accounts that were given no plan have this one from so many available credits on; None only when it is given.
    from_credits: int | None = None

    @property
    def limits_tasks(self) -> bool:
        """Whether there is a number of tasks that is too many."""
        return (self.tasks_in_flight, self.tasks_queued, self.tasks_per_day) != (None, None, None)


UNLIMITED: Final = Plan(name="unlimited")


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What an account has at a moment."""

    in_flight: int
    queued: int
    #: Accepted since midnight, UTC.
    today: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Plans:
    """All plans of a server."""

    default: Plan = UNLIMITED
    by_name: Mapping[str, Plan] = field(default_factory=dict)

    def of(self, assigned: str | None, available_microcredits: int) -> Plan:
        """Return the plan of an account: the one it was given, else the highest that its credits reach."""
        given = self.by_name.get(assigned or "")
        if given:
            return given
        tiers = [plan for plan in self.by_name.values() if plan.from_credits is not None]
        reached = [plan for plan in tiers if _from_microcredits(plan) <= available_microcredits]
        return max(reached, key=_from_microcredits, default=self.default)


#: Without any, nobody is limited.
NO_PLANS: Final = Plans()


def plans_from(tree: Mapping[str, Any]) -> Plans:
    """Read what a `plans.toml` says.

    Raises:
        ServerMisconfigured: it is not as it must be; the message says where.

    """
    entries = tree.get("plans")
    if not isinstance(entries, Mapping) or not entries:
        raise ServerMisconfigured("The plans have no table [plans.NAME].")
    plans = {name: _plan_from(name, entry) for name, entry in entries.items()}
    default = tree.get("default")
    if not isinstance(default, str) or default not in plans:
        raise ServerMisconfigured(f"default: must be one of {', '.join(plans)}, not {default!r}.")
    if unknown := set(tree) - {"default", "plans"}:
        raise ServerMisconfigured(f"The plans have unknown entries: {', '.join(sorted(unknown))}.")
    return Plans(default=plans[default], by_name=plans)


def plan_refusal(plan: Plan, counts: Counts, now: dt.datetime) -> RateLimited | None:
    """Return why an account may not make one more task now, or None."""
    for limit, count, of in (
        (plan.tasks_per_day, counts.today, Limit.TASKS_PER_DAY),
        (plan.tasks_in_flight, counts.in_flight, Limit.TASKS_IN_FLIGHT),
        (plan.tasks_queued, counts.queued, Limit.TASKS_QUEUED),
    ):
        if limit is not None and count >= limit:
            return too_many_tasks(of, limit, now)
    return None


def too_many_tasks(of: Limit, limit: int, now: dt.datetime) -> RateLimited:
    """Return how a task beyond a limit is refused; the day's is there again at midnight, UTC."""
    if of is not Limit.TASKS_PER_DAY:
        return RateLimited(retry_after_s=TASKS_RETRY_S, limit=limit, of=of)
    midnight = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return RateLimited(retry_after_s=max(1, math.ceil((midnight - now).total_seconds())), limit=limit, of=of)


def _plan_from(name: str, entry: object) -> Plan:
    if not isinstance(entry, Mapping):
        raise ServerMisconfigured(f"plans.{name}: must be a table.")
    for key, value in entry.items():
        if key not in (*_LIMITS, _FROM):
            raise ServerMisconfigured(f"plans.{name}.{key}: there is no such limit; there are {', '.join(_LIMITS)}.")
        lowest = 0 if key == _FROM else 1
        if type(value) is not int or not lowest <= value < 2**31:
            raise ServerMisconfigured(f"plans.{name}.{key}: must be a whole number from {lowest} to {2**31 - 1}.")
    return Plan(name=name, **entry)


def _from_microcredits(plan: Plan) -> int:
    return (plan.from_credits or 0) * MICROCREDITS_PER_CREDIT
