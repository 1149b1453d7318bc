"""How often upstreams are asked."""

from reelgate.worker.remotes import PollBudget


def test_a_budget_is_a_rate() -> None:
    """A second's worth at once, and then one after the other."""
    budget = PollBudget(per_s=4)
    assert [budget.wait_s(100.0) for _ in range(6)] == [0, 0, 0, 0, 0, 0.25]
    assert budget.wait_s(100.25) == 0
    assert budget.wait_s(100.25) > 0


def test_what_is_not_used_is_lost() -> None:
    """A quiet hour is no reason for a thousand questions."""
    budget = PollBudget(per_s=2)
    budget.wait_s(0.0)
    assert [budget.wait_s(3600.0) for _ in range(4)] == [0, 0, 0, 0.5]
