"""Token buckets: how many requests pass, what is said of the rest, and what other processes have let through."""

import uuid

import pytest

from reelgate.core.errors import Limit
from reelgate.core.plans import Plan
from reelgate.store.accounts import Principal
from reelgate.web import limiter as module
from reelgate.web.limiter import FAILED_KEYS_MAX, Allowance, Limiter, ietf_headers, network_of

ACCOUNT, KEY = uuid.UUID(int=1), uuid.UUID(int=2)


class Clock:
    """Seconds that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        """Return them."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> Limiter:
    """A limiter on the clock."""
    return Limiter(clock)


def caller(plan: int | None = 60, key: int | None = None, key_id: uuid.UUID = KEY) -> Principal:
    return Principal(
        key_id=key_id,
        account_id=ACCOUNT,
        account="a",
        requests_per_minute=key,
        plan=Plan(name="p", requests_per_minute=plan),
    )


def admitted(limiter: Limiter, who: Principal, tries: int) -> int:
    taken = [limiter.take(who) for _ in range(tries)]
    return sum(allowance is not None and not allowance.retry_after_s for allowance in taken)


def test_a_minute_s_requests_pass_at_once_and_then_as_time_does(limiter: Limiter, clock: Clock) -> None:
    """Never more than the limit has filled."""
    assert admitted(limiter, caller(), 100) == 60
    clock.now += 2.5
    assert admitted(limiter, caller(), 100) == 2
    clock.now += 3600
    assert admitted(limiter, caller(), 100) == 60


def test_when_to_come_again_is_true(limiter: Limiter, clock: Clock) -> None:
    """One more passes then, and none a moment before."""
    admitted(limiter, caller(6), 6)
    refused = limiter.take(caller(6))
    assert refused == Allowance(limit=6, remaining=0, reset_s=60, retry_after_s=10)
    clock.now += 9.9
    assert admitted(limiter, caller(6), 1) == 0
    clock.now += 0.1
    assert admitted(limiter, caller(6), 1) == 1


def test_the_tighter_of_two_limits_counts(limiter: Limiter) -> None:
    """A key's own beside its account's; a refused request takes from neither."""
    other = uuid.UUID(int=3)
    assert admitted(limiter, caller(10, key=4), 9) == 4
    assert admitted(limiter, caller(10, key_id=other), 9) == 6
    assert limiter.take(caller(None)) is None
    first = limiter.take(caller(None, key=4, key_id=uuid.UUID(int=4)))
    assert first == Allowance(limit=4, remaining=3, reset_s=15, retry_after_s=0)


def test_a_plan_that_changes_keeps_what_was_used(limiter: Limiter) -> None:
    """More room is there at once, less room too."""
    admitted(limiter, caller(10), 8)
    assert limiter.take(caller(20)) == Allowance(limit=20, remaining=11, reset_s=27, retry_after_s=0)
    assert admitted(limiter, caller(5), 1) == 0


def test_what_others_let_through_counts(limiter: Limiter, clock: Clock) -> None:
    """But never so much that a minute would not mend it; untold is told once, by subject."""
    assert admitted(limiter, caller(60, key=100), 10) == 10
    assert limiter.drain_untold() == {ACCOUNT: 10, KEY: 10}
    assert limiter.drain_untold() == {}
    limiter.hear(ACCOUNT, 40)
    assert admitted(limiter, caller(60), 100) == 10
    limiter.hear(ACCOUNT, 1_000_000)
    clock.now += 61
    assert admitted(limiter, caller(60), 1) == 1
    limiter.hear(uuid.UUID(int=9), 5)


def test_failed_attempts_of_an_address_are_counted(limiter: Limiter, clock: Clock) -> None:
    """A whole IPv6 network is one caller, and others are not touched."""
    for number in range(FAILED_KEYS_MAX):
        assert limiter.fail(f"2001:db8::{number:x}") is None
    refused = limiter.fail("2001:db8::ffff")
    assert refused is not None
    assert (refused.of, refused.limit, refused.retry_after_s) == (Limit.FAILED_KEYS, FAILED_KEYS_MAX, 2)
    assert limiter.fail("2001:db8:0:1::1") is limiter.fail("192.0.2.1") is None
    clock.now += 2
    assert limiter.fail("2001:db8::1") is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("testclient", "testclient"),
    ],
)
def test_what_one_caller_is(address: str, network: str) -> None:
    """By the network that one customer has."""
    assert network_of(address) == network


def test_the_memory_is_bounded(limiter: Limiter, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets that are full again say nothing and go first; then the oldest."""
    monkeypatch.setattr(module, "BUCKETS_MAX", 3)
    for number in range(3):
        limiter.fail(f"192.0.2.{number}")
    clock.now += 60
    limiter.fail("192.0.2.9")
    assert len(limiter._buckets) == 1
    for number in range(5):
        limiter.fail(f"192.0.2.{number}")
    assert len(limiter._buckets) == 3


def test_the_headers_are_the_draft_s() -> None:
    """A policy and what is left of it."""
    assert ietf_headers(Allowance(limit=60, remaining=12, reset_s=48, retry_after_s=0)) == {
        "RateLimit-Policy": '"requests";q=60;w=60',
        "RateLimit": '"requests";r=12;t=48',
    }
