"""The time that all processes share: the database's, carried on by this machine's steady clock in between.

Whatever a machine's own clock says or jumps to, deadlines, ends of keys and links, and what is swept away after a time
do not follow it. Kept by `app` for each process; everything below is given it as its `clock`.
"""

import datetime as dt
import time
from collections.abc import Callable
from typing import Final

import structlog

from reelgate.core.errors import ReelgateError
from reelgate.kit.rounds import in_rounds
from reelgate.store.database import Database

SET_EVERY_S: Final = 10.0
#: A difference that is noted: the database's clock, or the steady one, has jumped.
NOTABLE: Final = dt.timedelta(seconds=5)

_NOW: Final = "SELECT clock_timestamp()"
_log = structlog.get_logger(__name__)


def steady_s() -> float:
    """Return seconds of a clock that nobody sets; where there is one, it counts while the machine sleeps too."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


class SharedClock:
    """Tells the database's time. Call `set` once before the first use."""

    def __init__(self, database: Database, steady: Callable[[], float] = steady_s) -> None:
        self._database = database
        self._steady = steady
        #: The database's time at a moment of the steady clock.
        self._base: tuple[dt.datetime, float] | None = None

    def __call__(self) -> dt.datetime:
        """Return the time in UTC."""
        assert self._base is not None, "it is set before it is used"
        base, at_s = self._base
        return base + dt.timedelta(seconds=self._steady() - at_s)

    async def set(self) -> None:
        """Ask the database for the time; what is known is kept while it may be right. May be repeated.

        Raises:
            DatabaseUnavailable: it does not answer.

        """
        asked_s = self._steady()
        told: dt.datetime = await self._database.fetchval(_NOW)
        answered_s = self._steady()
        # The answer was written at some moment between the two.
        doubt = dt.timedelta(seconds=(answered_s - asked_s) / 2)
        told, at_s = told.astimezone(dt.UTC), (asked_s + answered_s) / 2
        if self._base is not None:
            off = told - (self._base[0] + dt.timedelta(seconds=at_s - self._base[1]))
            if abs(off) <= doubt:
                return
            if abs(off) > NOTABLE:
                _log.warning("clock.set", off_s=round(off.total_seconds(), 3))
        self._base = (told, at_s)

    async def keep(self) -> None:
        """Set it now and then, until cancelled."""
        await in_rounds("clock", self.set, every_s=SET_EVERY_S, expected=ReelgateError)
