"""Which lot pays first, and which gets back what returns."""

import datetime as dt
from typing import Any

from reelgate.core.lots import Lot, LotKind, LotSource, burning_order, plan_burn, plan_return

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
SOON, LATER = NOW + dt.timedelta(days=1), NOW + dt.timedelta(days=2)


def lot(number: int, remaining: int = 10, **changes: Any) -> Lot:
    fields: dict[str, Any] = {
        "kind": LotKind.PAID, "source": LotSource.GRANT, "priority": 20, "granted": 100, "reserved": 0,
        "expires_at": None, "created_at": NOW,
    }  # fmt: skip
    return Lot(id=number, remaining=remaining, **(fields | changes))


def test_priority_then_expiry_then_age() -> None:
    """What never expires burns last of its priority; the empty and the expired do not burn at all."""
    lots = [
        lot(1),
        lot(2, expires_at=LATER),
        lot(3, expires_at=SOON),
        lot(4, expires_at=SOON),
        lot(5, priority=10),
        lot(6, priority=30, expires_at=SOON),
        lot(7, remaining=0),
        lot(8, expires_at=NOW),
    ]
    assert [each.id for each in burning_order(lots, NOW)] == [5, 3, 4, 2, 1, 6]


def test_several_lots_pay_together_or_not_at_all() -> None:
    """The last one pays the rest; too little is nothing."""
    lots = [lot(1), lot(2, expires_at=SOON, remaining=4)]
    assert plan_burn(lots, 4, NOW) == ((2, 4),)
    assert plan_burn(lots, 11, NOW) == ((2, 4), (1, 7))
    assert plan_burn(lots, 14, NOW) == ((2, 4), (1, 10))
    assert plan_burn(lots, 15, NOW) is None
    assert plan_burn(lots, 0, NOW) == ()


def test_what_returns_returns_to_the_last_that_paid() -> None:
    """So the lot that was burned first stays burned first."""
    parts = ((2, 4), (1, 7))
    assert plan_return(parts, 0) == ()
    assert plan_return(parts, 7) == ((1, 7),)
    assert plan_return(parts, 9) == ((1, 7), (2, 2))
    assert plan_return(parts, 11) == ((1, 7), (2, 4))
