"""Buying credits from a fake Stripe that doubles, reorders, delays, drops and forges what it tells."""

import asyncio
import datetime as dt
import os
import uuid
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette

from conftest import fresh_id
from fake_stripe import SECRET, FakeStripe, signed
from fakes import open_account
from reelgate.app.tables import load_checkout
from reelgate.core.errors import FieldsInvalid, ServerBusy, ServerMisconfigured
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.core.lots import LotKind, LotSource
from reelgate.core.payments import NewsForged
from reelgate.payments.stripe_checkout import StripeCheckout
from reelgate.service.credit import issue_key
from reelgate.service.payments import ASK_AFTER, Purchase, ask_for_news, begin_purchase, hear_news
from reelgate.service.vouchers import VoucherOrder, issue_voucher
from reelgate.settings import Settings
from reelgate.store.accounts import Opening, load_balance
from reelgate.store.credits import list_lots
from reelgate.store.database import Database
from reelgate.store.payments import Settled
from reelgate.web.auth import Authenticator
from reelgate.web.credit_routes import credit_routes
from reelgate.web.limiter import FAILED_KEYS_MAX, Limiter

CREDITS = 1000 * MICROCREDITS_PER_CREDIT


async def begin(
    database: Database, checkout: StripeCheckout, buyer: uuid.UUID, now: dt.datetime
) -> tuple[Purchase, str]:
    purchase = await begin_purchase(database, checkout, buyer, "small", now=now, random=os.urandom)
    return purchase, purchase.url.rpartition("/")[2]


async def hear(database: Database, checkout: StripeCheckout, body: bytes, now: dt.datetime) -> Settled | None:
    news = checkout.read_news(body, signed(body))
    return await hear_news(database, news, now) if news else None


async def test_a_payment_becomes_one_lot_however_often_it_is_told(
    database: Database, stripe_server: FakeStripe, checkout: StripeCheckout, buyer: uuid.UUID, now: dt.datetime
) -> None:
    """Before it is paid nothing happens; then many tell of it at the same time, and again much later."""
    _, session = await begin(database, checkout, buyer, now)
    assert await hear(database, checkout, stripe_server.event(session), now) is None
    stripe_server.pay(session)
    body = stripe_server.event(session)
    told = await asyncio.gather(*(hear(database, checkout, body, now) for _ in range(8)))
    assert sorted(str(each) for each in told) == ["again"] * 7 + ["paid"]
    late = stripe_server.event(session, "checkout.session.async_payment_succeeded")
    assert await hear(database, checkout, late, now) is Settled.AGAIN
    # News of the past that come last change nothing.
    assert (
        await hear(
            database,
            checkout,
            stripe_server.event(session, "checkout.session.expired", payment_status="unpaid", status="expired"),
            now,
        )
        is None
    )
    (lot,) = await list_lots(database, buyer, with_credits_only=True)
    assert (lot.source, lot.kind, lot.remaining) == (LotSource.PAYMENT, LotKind.PAID, CREDITS)
    assert await load_balance(database, buyer) == (CREDITS, 0)


async def test_paid_after_it_had_expired(
    database: Database, stripe_server: FakeStripe, checkout: StripeCheckout, buyer: uuid.UUID, now: dt.datetime
) -> None:
    """The order in which news arrive does not decide who gets what was paid."""
    _, session = await begin(database, checkout, buyer, now)
    expired = stripe_server.event(session, "checkout.session.expired", status="expired")
    stripe_server.pay(session)
    assert await hear(database, checkout, expired, now) is None
    assert await hear(database, checkout, stripe_server.event(session), now) is Settled.PAID


@pytest.mark.parametrize("changes", [{"amount_total": 1}, {"currency": "jpy"}, {"livemode": True}, {"id": "cs_other"}])
async def test_another_payment_than_was_asked_for_is_refused(
    database: Database,
    stripe_server: FakeStripe,
    checkout: StripeCheckout,
    buyer: uuid.UUID,
    now: dt.datetime,
    changes: dict[str, Any],
) -> None:
    """Signed or not: less money, other money, real money or another session is not what makes a lot."""
    _, session = await begin(database, checkout, buyer, now)
    stripe_server.pay(session)
    assert await hear(database, checkout, stripe_server.event(session, **changes), now) is Settled.REFUSED
    assert await hear(database, checkout, stripe_server.event(session), now) is Settled.REFUSED
    assert await load_balance(database, buyer) == (0, 0)
    assert await database.fetchval("SELECT note FROM payments") is not None


async def test_what_stripe_has_not_signed_is_not_believed(
    database: Database, stripe_server: FakeStripe, checkout: StripeCheckout, buyer: uuid.UUID, now: dt.datetime
) -> None:
    """Another secret, an old signature, a changed body, none at all."""
    _, session = await begin(database, checkout, buyer, now)
    stripe_server.pay(session)
    body = stripe_server.event(session)
    for changed, signature in (
        (body, signed(body, secret="whsec_other")),
        (body, signed(body, age_s=400)),
        (body + b" ", signed(body)),
        (body, ""),
        (b"\xff", signed(b"\xff")),
    ):
        with pytest.raises(NewsForged):
            checkout.read_news(changed, signature)


async def test_what_is_not_ours_is_left_alone(
    database: Database, stripe_server: FakeStripe, checkout: StripeCheckout, buyer: uuid.UUID, now: dt.datetime
) -> None:
    """A Stripe account sells other things too, and tells other things."""
    _, session = await begin(database, checkout, buyer, now)
    stripe_server.pay(session)
    for body in (
        stripe_server.event(session, "invoice.paid"),
        stripe_server.event(session, metadata={}),
        stripe_server.event(session, client_reference_id="x"),
        stripe_server.event(session, amount_total=None),
        b"[]",
        b'{"type": "checkout.session.completed", "data": {"object": {}}}',
    ):
        assert checkout.read_news(body, signed(body)) is None
    stranger = str(fresh_id())
    body = stripe_server.event(session, client_reference_id=stranger, metadata={"reelgate_payment": stranger})
    assert await hear(database, checkout, body, now) is Settled.UNKNOWN


async def test_what_nobody_told_is_asked_for(
    database: Database, stripe_server: FakeStripe, checkout: StripeCheckout, buyer: uuid.UUID, now: dt.datetime
) -> None:
    """Dropped news cost nobody what was paid; what has expired is closed."""
    sessions = [(await begin(database, checkout, buyer, now))[1] for _ in range(3)]
    stripe_server.pay(sessions[0])
    stripe_server.sessions[sessions[1]]["status"] = "expired"
    assert await ask_for_news(database, checkout, now) == 0
    later = now + ASK_AFTER + dt.timedelta(seconds=1)
    assert await ask_for_news(database, checkout, later) == 1
    assert await ask_for_news(database, checkout, later) == 0
    assert await load_balance(database, buyer) == (CREDITS, 0)
    states = await database.fetch("SELECT state FROM payments ORDER BY state")
    assert [row["state"] for row in states] == ["expired", "open", "paid"]


async def test_purchases_that_cannot_be(
    database: Database, stripe_server: FakeStripe, checkout: StripeCheckout, buyer: uuid.UUID, now: dt.datetime
) -> None:
    """An unknown package, a live account under a test key, a service that fails."""
    live = await open_account(database, 0, "live")
    for account_id, package in ((buyer, "huge"), (live.account_id, "small")):
        with pytest.raises(FieldsInvalid):
            await begin_purchase(database, checkout, account_id, package, now=now, random=os.urandom)
    assert not stripe_server.failing
    stripe_server.failing = True
    with pytest.raises(ServerBusy):
        await begin(database, checkout, buyer, now)
    with pytest.raises(ServerBusy):
        await checkout.load_session("cs_test_0")


def test_settings_that_sell_nothing() -> None:
    """No key, no shop; half a shop is an error."""
    assert load_checkout(Settings()) is None
    for wrong in ({"stripe_packages": "x"}, {"stripe_webhook_secret": ""}):
        fields: dict[str, Any] = {"stripe_key": "sk_live_1", "stripe_webhook_secret": SECRET} | wrong
        with pytest.raises(ServerMisconfigured):
            load_checkout(Settings(**fields))
    sold = load_checkout(Settings(stripe_key="sk_live_1", stripe_webhook_secret=SECRET, stripe_packages="small=1:2usd"))
    assert sold
    assert not sold.test


async def test_an_account_buys_and_redeems_over_http(
    database: Database, stripe_server: FakeStripe, checkout: StripeCheckout, now: dt.datetime
) -> None:
    """With its key; the payment service comes without one, and is believed by its signature alone."""
    issued = await issue_key(database, "web", credits_granted=1, now=now, random=os.urandom, opening=Opening(test=True))
    voucher = await issue_voucher(database, VoucherOrder(credits_given=2, test=True), now=now, random=os.urandom)
    gateway: Any = SimpleNamespace(database=database, clock=lambda: now, random=os.urandom)
    app = Starlette(routes=list(credit_routes(gateway, Authenticator(database), Limiter(lambda: 0.0), checkout)))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client:
        assert (await client.get("/reelgate/credits")).status_code == 401
        headers = {"authorization": f"Bearer {issued.key}"}
        shown = (await client.get("/reelgate/credits", headers=headers)).json()
        assert (shown["available"], [each["package"] for each in shown["packages"]]) == ("1", ["small", "large"])
        redeemed = await client.post("/reelgate/credits/redeem", json={"code": voucher.code}, headers=headers)
        assert redeemed.json() == {"granted": "2", "available": "3"}
        for body in (b"{", b"[]", b'{"package": 1}', b'{"package": "huge"}'):
            refused = await client.post("/reelgate/credits/checkout", content=body, headers=headers)
            assert refused.status_code == 400
        bought = await client.post("/reelgate/credits/checkout", json={"package": "small"}, headers=headers)
        session = bought.json()["url"].rpartition("/")[2]
        stripe_server.pay(session)
        event = stripe_server.event(session)
        forged = await client.post("/reelgate/stripe/webhook", content=event, headers={"stripe-signature": "t=1,v1=00"})
        assert forged.status_code == 400
        told = await client.post("/reelgate/stripe/webhook", content=event, headers={"stripe-signature": signed(event)})
        assert told.json() == {"received": True, "outcome": "paid"}
        large = await client.post("/reelgate/stripe/webhook", content=b"x" * 300_000)
        assert large.status_code == 413
        assert (await client.get("/reelgate/credits", headers=headers)).json()["available"] == "1003"
        # Guesses are counted here as on every wire, and good keys go on.
        guesses = [
            await client.get("/reelgate/credits", headers={"x-api-key": "rg_guess"}) for _ in range(FAILED_KEYS_MAX + 1)
        ]
        assert [guess.status_code for guess in guesses] == [401] * FAILED_KEYS_MAX + [429]
        assert int(guesses[-1].headers["retry-after"]) > 0
        assert (await client.get("/reelgate/credits", headers=headers)).status_code == 200
    closed = Starlette(routes=list(credit_routes(gateway, Authenticator(database), Limiter(), None)))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=closed), base_url="http://test") as client:
        assert (await client.post("/reelgate/stripe/webhook", content=b"")).status_code == 404
