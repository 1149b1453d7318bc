"""Payments in Postgres. Thin typed functions over `sql/queries/credits.sql`; called by `service.payments`."""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass

from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.core.lots import PRIORITIES, LotKind
from reelgate.core.payments import Package, PaymentNews
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
    )
    return Settled(settled)


async def expire_payment(database: Database, payment_id: uuid.UUID, now: dt.datetime) -> None:
    """Close a payment that can no longer be made; one that was made stays so. May be repeated."""
    await database.fetch(CREDITS["expire_payment"], payment_id, now)


async def open_payments(database: Database, before: dt.datetime) -> tuple[OpenPayment, ...]:
    """Return at most 100 payments from before a time whose outcome is not known, oldest first."""
    return tuple(OpenPayment(**dict(row)) for row in await database.fetch(CREDITS["open_payments"], before))
