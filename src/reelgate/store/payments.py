"""Payments in Postgres. Thin typed functions over `sql/queries/credits.sql`; called by `service.payments`."""

import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.core.lots import PRIORITIES, LotKind
from reelgate.core.payments import Package, PaymentNews, ReversalNews
from reelgate.store.database import Database
from reelgate.store.statements import CREDITS


class Settled(enum.StrEnum):
    """What has become of news of a payment."""

    #: Its lot was made just now.
    PAID = "paid"
    #: Its lot was there already.
    AGAIN = "again"
    #: It is not what was asked for; somebody has to look at it.
    REFUSED = "refused"
    #: Nobody asked for it.
    UNKNOWN = "unknown"
    #: Credits of it were taken back, or are owed.
    REVERSED = "reversed"
    #: Credits that were taken back were returned.
    RETURNED = "returned"
    #: What was taken back is not known as paid, or not yet.
    WAITING = "waiting"


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedPayment:
    """A payment with all that became of it."""

    id: uuid.UUID
    account: str
    package: str
    #: Microcredits, and the price in the currency's smallest unit.
    amount: int
    price: int
    currency: str
    #: open, paid, refused or expired.
    state: str
    note: str | None
    #: Microcredits that were taken back, and how many of them are still to be had.
    reversed: int
    owed: int
    #: What was told of refunds and disputes, in the payment service's words.
    reversals: Sequence[str]
    created_at: dt.datetime
    settled_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenPayment:
    """A payment whose outcome is not known yet."""

    id: uuid.UUID
    session_id: str
    test: bool


async def create_payment(
    database: Database, payment_id: uuid.UUID, account_id: uuid.UUID, package: Package, now: dt.datetime
) -> bool | None:
    """Note that an account is about to pay; return whether it is a test account, None when there is none."""
    test: bool | None = await database.fetchval(
        CREDITS["create_payment"],
        payment_id,
        account_id,
        package.name,
        package.credits_sold * MICROCREDITS_PER_CREDIT,
        package.price,
        package.currency,
        now,
    )
    return test


async def note_session(database: Database, payment_id: uuid.UUID, session_id: str) -> None:
    """Note the session of a payment. May be repeated."""
    await database.fetch(CREDITS["note_session"], payment_id, session_id)


async def settle_payment(database: Database, news: PaymentNews, now: dt.datetime) -> Settled:
    """Make a lot of a payment that was made, once (L9). May be repeated."""
    settled = await database.fetchval(
        CREDITS["settle_payment"],
        news.payment_id,
        news.session_id,
        news.price,
        news.currency,
        news.test,
        PRIORITIES[LotKind.PAID],
        now,
        news.intent_id,
    )
    return Settled(settled)


async def expire_payment(database: Database, payment_id: uuid.UUID, now: dt.datetime) -> None:
    """Close a payment that can no longer be made; one that was made stays so. May be repeated."""
    await database.fetch(CREDITS["expire_payment"], payment_id, now)


async def open_payments(database: Database, before: dt.datetime) -> tuple[OpenPayment, ...]:
    """Return at most 100 payments from before a time whose outcome is not known, oldest first."""
    return tuple(OpenPayment(**dict(row)) for row in await database.fetch(CREDITS["open_payments"], before))


async def note_reversal(database: Database, news: ReversalNews, now: dt.datetime) -> Settled:
    """Note a refund or dispute, and take back or return the credits of its payment. May be repeated, in any order."""
    settled = await database.fetchval(
        CREDITS["note_reversal"],
        news.id,
        news.intent_id,
        news.payment_id,
        news.kind.value,
        news.price,
        news.currency,
        news.test,
        news.stage,
        news.status,
        now,
    )
    return Settled(settled)


async def collect_owed(database: Database, now: dt.datetime) -> int:
    """Take what is owed of payments out of what has returned to their lots; return of how many. May be repeated."""
    count: int = await database.fetchval(CREDITS["collect_owed"], now)
    return count


async def prune_reversals(database: Database, before: dt.datetime) -> None:
    """Forget what was told before a time of payments that are not known here. May be repeated."""
    await database.fetch(CREDITS["prune_reversals"], before)


async def take_watch(database: Database, now: dt.datetime, before: dt.datetime) -> dt.datetime | None:
    """Take the turn to ask the payment service; return when it was last asked, None when that was after `before`."""
    asked_at: dt.datetime | None = await database.fetchval(CREDITS["take_watch"], now, before)
    return asked_at


async def list_payments(
    database: Database, account_id: uuid.UUID | None, limit: int = 100
) -> tuple[ListedPayment, ...]:
    """Return the newest payments of an account, or of all."""
    rows = await database.fetch(CREDITS["list_payments"], account_id, limit)
    return tuple(ListedPayment(**dict(row)) for row in rows)
