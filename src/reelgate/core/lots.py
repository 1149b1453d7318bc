"""Credits in lots: which lot pays first, and which gets back what returns. Pure.

The store's SQL moves the amounts; a test holds the two sides together. Amounts are integer microcredits.
"""

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


class LotKind(enum.StrEnum):
    """Whether somebody paid for a lot."""

    PAID = "paid"
    PROMOTIONAL = "promotional"


class LotSource(enum.StrEnum):
    """How a lot came to an account."""

    #: What the account had before there were lots.
    OPENING = "opening"
    GRANT = "grant"
    SIGNUP = "signup"
    VOUCHER = "voucher"
    PAYMENT = "payment"
    ADJUSTMENT = "adjustment"


#: What is given away is burned before what was paid for, unless the grant says otherwise. Lower burns first.
PRIORITIES: Final = {LotKind.PROMOTIONAL: 10, LotKind.PAID: 20}
PRIORITY_MAX: Final = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Lot:
    """One grant, and what is left of it."""

    id: int
    kind: LotKind
    source: LotSource
    priority: int
    granted: int
    remaining: int
    #: Held for tasks that have not ended.
    reserved: int
    #: From then on it pays for nothing; None: never.
    expires_at: dt.datetime | None
    created_at: dt.datetime


def burning_order(lots: Sequence[Lot], now: dt.datetime) -> tuple[Lot, ...]:
    """Return the lots that can pay now, first the one that pays first: by priority, then by expiry, then by age."""
    live = (lot for lot in lots if lot.remaining > 0 and (lot.expires_at is None or lot.expires_at > now))
    return tuple(sorted(live, key=lambda lot: (lot.priority, lot.expires_at is None, lot.expires_at or now, lot.id)))


def plan_burn(lots: Sequence[Lot], amount: int, now: dt.datetime) -> tuple[tuple[int, int], ...] | None:
    """Return how much of each lot pays for `amount`, as (lot id, amount) in the order of burning; None: too little."""
    parts = []
    for lot in burning_order(lots, now):
        if amount == 0:
            break
        part = min(amount, lot.remaining)
        parts.append((lot.id, part))
        amount -= part
    return None if amount else tuple(parts)


def plan_return(parts: Sequence[tuple[int, int]], amount: int) -> tuple[tuple[int, int], ...]:
    """Return how much of `amount` each lot that paid gets back: the last one that was burned first.

    `parts` is what each has paid, in the order of burning; all of it is at least `amount`.
    """
    returned = []
    for lot_id, paid in reversed(parts):
        part = min(amount, paid)
        if part:
            returned.append((lot_id, part))
        amount -= part
    return tuple(returned)
