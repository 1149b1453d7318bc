"""Buy credits: note the payment, send the buyer to the payment service, and believe only what that service has signed.

News may come twice, late, out of order or never: a payment becomes one lot at the first that says it was made, and the
sweep asks for what nobody has told. What is refunded or disputed later is taken back out of that lot, as far as it is
unspent; the rest is noted as owed, and taken when something returns to the lot.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.payments import Checkout, Outcome, PaymentNews, ReversalNews
from reelgate.store.database import Database
from reelgate.store.payments import (
    Settled,
    create_payment,
    expire_payment,
    note_reversal,
    note_session,
    open_payments,
    settle_payment,
    take_watch,
)

#: Whoever pays takes some minutes; the service's own news come first.
ASK_AFTER: Final = dt.timedelta(minutes=10)

#: How often one of the workers asks for refunds and disputes, how far back beyond the last time, and how far back the
#: payment service can tell.
ASK_EVERY: Final = dt.timedelta(hours=1)
LOOK_BACK: Final = dt.timedelta(days=7)
TOLD_KEPT: Final = dt.timedelta(days=29)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Purchase:
    """A payment that its buyer can make at a page of the payment service."""

    payment_id: uuid.UUID
    url: str


async def begin_purchase(
    database: Database,
    checkout: Checkout,
    account_id: uuid.UUID,
    package_name: str,
    *,
    now: dt.datetime,
    random: Callable[[int], bytes],
) -> Purchase:
    """Note a payment and ask the payment service for a page; each call begins another one.

    Raises:
        FieldsInvalid: there is no such package, or the account is not of the kind that the service sells to.
        ServerBusy: the payment service does not answer.

    """
    package = checkout.packages.get(package_name)
    if package is None:
        known = ", ".join(checkout.packages)
        raise FieldsInvalid([FieldProblem("package", f"must be one of {known}, not {package_name[:50]}")])
    payment_id = new_id(now, random(RANDOM_BYTES))
    test = await create_payment(database, payment_id, account_id, package, now)
    if test is not checkout.test:
        await expire_payment(database, payment_id, now)
        kind = "test" if checkout.test else "live"
        raise FieldsInvalid([FieldProblem("package", f"can be bought by {kind} accounts only")])
    session = await checkout.open_session(payment_id, package)
    await note_session(database, payment_id, session.id)
    return Purchase(payment_id=payment_id, url=session.url)


async def hear_news(database: Database, news: PaymentNews | ReversalNews, now: dt.datetime) -> Settled | None:
    """Act on what the payment service says; None when there is nothing to do. May be repeated."""
    if isinstance(news, ReversalNews):
        return await _hear_reversal(database, news, now)
    if news.outcome is Outcome.EXPIRED:
        await expire_payment(database, news.payment_id, now)
    if news.outcome is not Outcome.PAID:
        return None
    settled = await settle_payment(database, news, now)
    log = _log.warning if settled is Settled.REFUSED else _log.info
    log("payment.settled", payment=str(news.payment_id), session=news.session_id, outcome=settled.value)
    return settled


async def _hear_reversal(database: Database, news: ReversalNews, now: dt.datetime) -> Settled:
    settled = await note_reversal(database, news, now)
    log = _log.info if settled in (Settled.AGAIN, Settled.WAITING) else _log.warning
    log("payment.reversal", id=news.id, kind=news.kind.value, status=news.status, outcome=settled.value)
    return settled


async def ask_for_reversals(database: Database, checkout: Checkout, now: dt.datetime) -> int:
    """Ask, now and then, for refunds and disputes that were told in vain; return how many were news. May be repeated.

    Raises:
        ServerBusy: the payment service does not answer.

    """
    asked_at = await take_watch(database, now, now - ASK_EVERY)
    if asked_at is None:
        return 0
    since = max(min(asked_at, now) - LOOK_BACK, now - TOLD_KEPT)
    acted = (Settled.REVERSED, Settled.RETURNED)
    return sum([await hear_news(database, news, now) in acted for news in await checkout.load_reversals(since)])


async def ask_for_news(database: Database, checkout: Checkout, now: dt.datetime) -> int:
    """Ask how payments stand of which nothing was heard; return how many have become lots. May be repeated.

    Raises:
        ServerBusy: the payment service does not answer.

    """
    paid = 0
    for payment in await open_payments(database, now - ASK_AFTER):
        if payment.test is checkout.test and (news := await checkout.load_session(payment.session_id)):
            paid += await hear_news(database, news, now) is Settled.PAID
    return paid
