"""The rules of money. Pure. Amounts are integer microcredits; one credit of a wire is 1,000,000 of them.

Used by the store, whose SQL moves the money, and by `ledger verify`, which proves it; the database's CHECK
constraints are tested against `TRANSFERS`.
"""

import enum
import re
from dataclasses import dataclass
from typing import Final

MICROCREDITS_PER_CREDIT: Final = 1_000_000


class Purse(enum.StrEnum):
    """Where an amount lies. The first two are a customer's, the others the system's."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    ISSUED_PAID = "issued_paid"
    ISSUED_PROMOTIONAL = "issued_promotional"
    REVENUE = "revenue"
    EXPIRED = "expired"
    ADJUSTMENT = "adjustment"


class TransferKind(enum.StrEnum):
    """Why an amount moves."""

    GRANT = "grant"
    RESERVE = "reserve"
    POST = "post"
    VOID = "void"
    REFUND = "refund"
    EXPIRE = "expire"
    ADJUST = "adjust"


#: kind -> the (debit, credit) pairs that it may have: the amount leaves the debit purse and enters the credit purse.
TRANSFERS: Final[dict[TransferKind, frozenset[tuple[Purse, Purse]]]] = {
    TransferKind.GRANT: frozenset(
        {(Purse.ISSUED_PAID, Purse.AVAILABLE), (Purse.ISSUED_PROMOTIONAL, Purse.AVAILABLE)},
    ),
    TransferKind.RESERVE: frozenset({(Purse.AVAILABLE, Purse.RESERVED)}),
    TransferKind.POST: frozenset({(Purse.RESERVED, Purse.REVENUE)}),
    TransferKind.VOID: frozenset({(Purse.RESERVED, Purse.AVAILABLE)}),
    TransferKind.REFUND: frozenset({(Purse.REVENUE, Purse.AVAILABLE)}),
    TransferKind.EXPIRE: frozenset({(Purse.AVAILABLE, Purse.EXPIRED)}),
    TransferKind.ADJUST: frozenset(
        {(Purse.ADJUSTMENT, Purse.AVAILABLE), (Purse.AVAILABLE, Purse.ADJUSTMENT)},
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """How a reservation is resolved, in microcredits; both parts sum to what was reserved."""

    posted: int
    voided: int


def plan_settlement(reserved_microcredits: int, due_microcredits: int) -> Settlement:
    """Split a reservation into what is charged and what returns.

    Never charges more than was reserved (L5): a result that would cost more is the operator's loss.
    """
    posted = max(0, min(reserved_microcredits, due_microcredits))
    return Settlement(posted=posted, voided=reserved_microcredits - posted)


def credits_text(microcredits: int) -> str:
    """Return an amount in credits, exactly, without a zero too many: "180", "-0.648"."""
    whole, rest = divmod(abs(microcredits), MICROCREDITS_PER_CREDIT)
    text = f"{whole}.{rest:06d}".rstrip("0").rstrip(".")
    return f"-{text}" if microcredits < 0 else text


def read_credits(text: str) -> int:
    """Return the microcredits that a text like "12.5" or "-3" says in credits.

    Raises:
        ValueError: it is no number, or has more than six decimals.

    """
    found = _CREDITS.fullmatch(text)
    if not found:
        raise ValueError("must be a number of credits with at most six decimals")
    sign, whole, rest = found.groups(default="")
    amount = int(whole) * MICROCREDITS_PER_CREDIT + int(rest.ljust(6, "0"))
    return -amount if sign == "-" else amount


_CREDITS: Final = re.compile(r"([+-]?)(\d{1,12})(?:\.(\d{1,6}))?", re.ASCII)


def to_credits(microcredits: int) -> int:
    """Return whole credits, rounded up: what a wire with integer credits shows as a cost."""
    return -(-microcredits // MICROCREDITS_PER_CREDIT)


def to_credits_down(microcredits: int) -> int:
    """Return whole credits, rounded down: what a wire with integer credits shows as a balance."""
    return microcredits // MICROCREDITS_PER_CREDIT
