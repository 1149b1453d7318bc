"""Plans: which one an account has, what it refuses, and files that say it wrongly."""

import datetime as dt
import importlib.resources
import tomllib
from typing import Any

import pytest

from reelgate.core.errors import Limit, ServerMisconfigured
from reelgate.core.plans import TASKS_RETRY_S, UNLIMITED, Counts, Plan, plan_refusal, plans_from

NOW = dt.datetime(2026, 11, 20, 23, 59, 30, tzinfo=dt.UTC)
PLAN = Plan(name="p", tasks_in_flight=3, tasks_queued=2, tasks_per_day=9)


def test_the_package_s_own_plans_are_read() -> None:
    """The default is generous, and there is one without limits."""
    text = importlib.resources.files("reelgate").joinpath("plans.toml").read_text(encoding="utf-8")
    plans = plans_from(tomllib.loads(text))
    assert plans.default.tasks_queued == 50_000
    assert plans.of("unlimited", 0) == UNLIMITED


def test_credits_decide_unless_a_plan_was_given() -> None:
    """The highest that they reach; a plan that is gone is none."""
    tree = {"default": "a", "plans": {"a": {}, "b": {"from_credits": 10}, "c": {"from_credits": 20}, "d": {}}}
    plans = plans_from(tree)
    found = [plans.of(None, credits_had * 1_000_000).name for credits_had in (0, 9, 10, 19, 20, 1000)]
    assert found == ["a", "a", "b", "b", "c", "c"]
    assert plans.of("d", 20_000_000).name == "d"
    assert plans.of("gone", 10_000_000).name == "b"


@pytest.mark.parametrize(
    ("counts", "refused"),
    [
        ((2, 1, 8), None),
        ((3, 0, 0), (Limit.TASKS_IN_FLIGHT, 3, TASKS_RETRY_S)),
        ((2, 2, 0), (Limit.TASKS_QUEUED, 2, TASKS_RETRY_S)),
        ((0, 0, 9), (Limit.TASKS_PER_DAY, 9, 30)),
        ((9, 9, 9), (Limit.TASKS_PER_DAY, 9, 30)),
    ],
)
def test_too_many_tasks_are_refused(counts: tuple[int, int, int], refused: tuple[Limit, int, int] | None) -> None:
    """With when to come again: after midnight at the earliest where the day is full."""
    in_flight, queued, today = counts
    error = plan_refusal(PLAN, Counts(in_flight=in_flight, queued=queued, today=today), NOW)
    assert (error and (error.of, error.limit, error.retry_after_s)) == refused
    assert plan_refusal(UNLIMITED, Counts(in_flight=in_flight, queued=queued, today=today), NOW) is None


@pytest.mark.parametrize(
    ("tree", "where"),
    [
        ({}, "no table"),
        ({"default": "a", "plans": {}}, "no table"),
        ({"default": "b", "plans": {"a": {}}}, "default"),
        ({"plans": {"a": {}}}, "default"),
        ({"default": "a", "plans": {"a": 1}}, "plans.a"),
        ({"default": "a", "plans": {"a": {"tasks": 1}}}, "plans.a.tasks"),
        ({"default": "a", "plans": {"a": {"tasks_queued": 0}}}, "plans.a.tasks_queued"),
        ({"default": "a", "plans": {"a": {"tasks_queued": True}}}, "plans.a.tasks_queued"),
        ({"default": "a", "plans": {"a": {"tasks_queued": 2**31}}}, "plans.a.tasks_queued"),
        ({"default": "a", "plans": {"a": {"tasks_queued": "5"}}}, "plans.a.tasks_queued"),
        ({"default": "a", "plans": {"a": {}}, "tiers": 1}, "tiers"),
    ],
)
def test_a_file_that_is_wrong_says_where(tree: dict[str, Any], where: str) -> None:
    """The server does not start with it."""
    with pytest.raises(ServerMisconfigured, match=where):
        plans_from(tree)
