"""Buying credits: what is sold, and what a payment service says of a payment. Pure.

`Checkout` is the port that `payments` implements and `service.payments` uses.
"""

import datetime as dt
import enum
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """So many credits for so much money."""

    name: str
    credits_sold: int
    #: In the currency's smallest unit, as 999 for 9.99 US dollars.
    price: int
    #: Three small letters.
    currency: str


class Outcome(enum.StrEnum):
    """How a payment stands."""

    OPEN = "open"
    PAID = "paid"
    #: It can no longer be made.
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True, slots=True)
class PaymentNews:
    """What the payment service says of a payment."""

    payment_id: uuid.UUID
    session_id: str
    outcome: Outcome
    #: What was paid, in the currency's smallest unit.
    price: int
    currency: str
    #: No real money.
    test: bool
    #: What moves the money, once somebody has begun to pay; refunds and disputes name it.
    intent_id: str | None = None


class ReversalKind(enum.StrEnum):
    """Why a payment is taken back."""

    REFUND = "refund"
    DISPUTE = "dispute"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReversalNews:
    """What the payment service says of a refund or dispute: what is held back now, not how much more than before."""

    #: The service's own, of what it is about: all refunds of a charge have one.
    id: str
    kind: ReversalKind
    intent_id: str | None
    #: Where the service names our payment itself.
    payment_id: uuid.UUID | None
    #: In the currency's smallest unit.
    price: int
    currency: str
    test: bool
    #: News of an earlier stage count no more, however late they come. Within a stage the larger price counts.
    stage: int
    #: In the service's words.
    status: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Where somebody can pay."""

    id: str
    url: str


class NewsForged(Exception):
    """News that the payment service has not signed, or too long ago."""


class Checkout(Protocol):
    """A payment service."""

    #: It takes no real money: it sells to test accounts alone, and otherwise to live ones alone.
    test: bool
    packages: Mapping[str, Package]

    async def open_session(self, payment_id: uuid.UUID, package: Package) -> Session:
        """Ask for a page on which the package can be paid; asked again for the same payment, it is the same page.

        Raises:
            ServerBusy: the service does not answer.

        """

    async def load_session(self, session_id: str) -> PaymentNews | None:
        """Ask how a payment stands; None for one that is not ours.

        Raises:
            ServerBusy: the service does not answer.

        """

    async def load_reversals(self, since: dt.datetime) -> Sequence[ReversalNews]:
        """Return what the service has told of refunds and disputes since a time, whether it arrived or not.

        Raises:
            ServerBusy: the service does not answer.

        """

    def read_news(self, body: bytes, signature: str) -> PaymentNews | ReversalNews | None:
        """Read what the service has sent; None when it concerns no payment of ours.

        Raises:
            NewsForged: the signature is not the service's.

        """


_PACKAGE: Final = re.compile(r"([\w-]{1,40})=([1-9]\d{0,8}):([1-9]\d{0,8})([a-z]{3})", re.ASCII)


def read_packages(text: str) -> dict[str, Package]:
    """Read packages like "small=1000:999usd, large=6000:4999usd": credits for the smallest unit of a currency.

    Raises:
        ValueError: one cannot be read, or a name stands twice.

    """
    packages: dict[str, Package] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = _PACKAGE.fullmatch(part)
        if not found:
            raise ValueError(f"{part!r} is not like small=1000:999usd")
        name, credits_sold, price, currency = found.groups()
        if name in packages:
            raise ValueError(f"{name} stands twice")
        packages[name] = Package(name=name, credits_sold=int(credits_sold), price=int(price), currency=currency)
    return packages
