"""How busy each receiver is, so that a slow one never delays another. Pure: the time is an argument. No I/O.

A receiver is sent a few events at a time, and an account's receivers together not many more. What finds no room is not
kept waiting in a place that another one could use: it is told when to come back, each a little later than the last.
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

#: Events that one receiver is sent at the same time, and all receivers of one account.
RECEIVER_MAX: Final = 4
ACCOUNT_MAX: Final = 16
#: How long a send takes, as long as nothing is known.
_FIRST_GUESS_S: Final = 0.5
#: Weight of the last send in the running guess.
_WEIGHT: Final = 0.3
_WAIT_MIN_S: Final = 0.2
_WAIT_MAX_S: Final = 60.0


@dataclass(slots=True)
class _Busy:
    sending: int = 0
    takes_s: float = _FIRST_GUESS_S
    #: Until when those that were told to come back will keep it busy.
    booked_until_s: float = 0.0


@dataclass(slots=True)
class Receivers:
    """Counts what is being sent in this process."""

    _busy: dict[Hashable, _Busy] = field(default_factory=dict)

    def enter(self, account: Hashable, receiver: Hashable, now_s: float) -> float | None:
        """Take a place for one event; where there is none, return in how many seconds to come back instead."""
        places = self._places(account, receiver)
        for busy, places_max in places:
            if busy.sending >= places_max:
                begin = max(busy.booked_until_s, now_s + _WAIT_MIN_S)
                busy.booked_until_s = begin + busy.takes_s / places_max
                return min(begin - now_s, _WAIT_MAX_S)
        for busy, _ in places:
            busy.sending += 1
        return None

    def leave(self, account: Hashable, receiver: Hashable, took_s: float, now_s: float) -> None:
        """Give a place back that was taken, after so many seconds."""
        for busy, _ in self._places(account, receiver):
            busy.sending -= 1
            busy.takes_s += _WEIGHT * (took_s - busy.takes_s)
        for key in (account, receiver):
            if not self._busy[key].sending and self._busy[key].booked_until_s <= now_s:
                del self._busy[key]

    def _places(self, account: Hashable, receiver: Hashable) -> tuple[tuple[_Busy, int], tuple[_Busy, int]]:
        return (
            (self._busy.setdefault(receiver, _Busy()), RECEIVER_MAX),
            (self._busy.setdefault(account, _Busy()), ACCOUNT_MAX),
        )
