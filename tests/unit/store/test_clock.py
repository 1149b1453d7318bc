"""The shared clock: the database's time, carried on steadily."""

import datetime as dt
from typing import TYPE_CHECKING, Any, cast

from reelgate.store.clock import SharedClock, steady_s

if TYPE_CHECKING:
    from reelgate.store.database import Database

START = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


class FakeTime:
    """A database's clock and a steady one, with an answer that takes its time."""

    def __init__(self) -> None:
        self.database = START
        self.steady_s = 100.0
        self.takes_s = 0.0

    async def fetchval(self, _sql: str) -> dt.datetime:
        """Answer in the middle of the way there and back."""
        self.pass_s(self.takes_s / 2)
        told = self.database
        self.pass_s(self.takes_s / 2)
        return told

    def pass_s(self, seconds: float) -> None:
        """Let both go on."""
        self.database += dt.timedelta(seconds=seconds)
        self.steady_s += seconds

    def clock(self) -> SharedClock:
        """Return a clock by them."""
        return SharedClock(cast("Database", cast("Any", self)), lambda: self.steady_s)


async def test_it_tells_the_database_s_time() -> None:
    """Between two answers it goes on by the steady clock, whatever the way takes."""
    time = FakeTime()
    time.takes_s = 4
    clock = time.clock()
    await clock.set()
    assert clock() == time.database
    time.pass_s(3600)
    assert clock() == time.database


async def test_it_follows_the_database_when_that_is_set() -> None:
    """And is not moved to and fro by answers that take longer than the difference."""
    time = FakeTime()
    clock = time.clock()
    await clock.set()
    time.database += dt.timedelta(hours=2)
    assert clock() == START
    await clock.set()
    assert clock() == time.database
    time.takes_s = 1
    time.database += dt.timedelta(seconds=0.4)
    before = clock()
    await clock.set()
    assert clock() - before == dt.timedelta(seconds=1)


def test_the_steady_clock_goes_forward() -> None:
    """Always."""
    assert steady_s() <= steady_s()
