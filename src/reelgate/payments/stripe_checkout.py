"""Stripe Checkout through Stripe's own package, which waits for its answers in threads.

Ours are the sessions whose `client_reference_id` is a payment's id and whose metadata say so; a Stripe account may sell
other things besides. The package is imported by whoever sells credits: it is large, and most servers do not. Called by
`service.payments`.
"""

import asyncio
import contextlib
import datetime as dt
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from reelgate.core.errors import ServerBusy
from reelgate.core.payments import (
    NewsForged,
    Outcome,
    Package,
    PaymentNews,
    ReversalKind,
    ReversalNews,
    Session,
)

#: The event is refused when it was signed longer ago: whoever has heard it may send it again.
TOLERANCE_S: Final = 300
RETRIES_MAX: Final = 2
_MARK: Final = "reelgate_payment"

_EVENTS: Final = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
    }
)
_REFUNDED: Final = "charge.refunded"
_REVERSALS: Final = frozenset(
    {
        _REFUNDED,
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.funds_reinstated",
    }
)
#: A question of the bank, by which no money moves.
_INQUIRY: Final = "warning_"
_DECIDED: Final = frozenset({"won", "lost", "warning_closed"})


class StripeCheckout:
    """Sells packages by Stripe Checkout."""

    def __init__(
        self, *, key: str, webhook_secret: str, packages: Mapping[str, Package], return_url: str, api_url: str | None
    ) -> None:
        self.test = "_test_" in key
        self.packages = packages
        self._secret = webhook_secret
        self._return_url = return_url
        import stripe  # noqa: PLC0415 - the module's docstring says why

        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": api_url} if api_url else None,
            max_network_retries=RETRIES_MAX,
        )

    async def open_session(self, payment_id: uuid.UUID, package: Package) -> Session:
        """Ask for a page on which the package can be paid; the payment's id makes it the same page each time."""
        product = {"name": f"{package.credits_sold:,} credits"}
        price = {"currency": package.currency, "unit_amount": package.price, "product_data": product}
        params: Any = {
            "mode": "payment",
            "client_reference_id": str(payment_id),
            "metadata": {_MARK: str(payment_id)},
            # Stripe copies it to the charge, so that a refund names the payment.
            "payment_intent_data": {"metadata": {_MARK: str(payment_id)}},
            "line_items": [{"quantity": 1, "price_data": price}],
            "success_url": self._return_url,
            "cancel_url": self._return_url,
        }
        with _our_errors():
            session = await asyncio.to_thread(
                self._client.v1.checkout.sessions.create, params, {"idempotency_key": str(payment_id)}
            )
        return Session(id=session.id, url=session.url or self._return_url)

    async def load_session(self, session_id: str) -> PaymentNews | None:
        """Ask how a payment stands."""
        with _our_errors():
            session = await asyncio.to_thread(self._client.v1.checkout.sessions.retrieve, session_id)
        return _news_from(session.to_dict())

    async def load_reversals(self, since: dt.datetime) -> Sequence[ReversalNews]:
        """Ask for the events of refunds and disputes, which Stripe keeps for 30 days."""
        kinds: Any = sorted(_REVERSALS)
        params: Any = {"types": kinds, "created": {"gte": int(since.timestamp())}, "limit": 100}

        def load() -> list[ReversalNews | PaymentNews | None]:
            events = self._client.v1.events.list(params).auto_paging_iter()
            return [_read_event(event.to_dict()) for event in events]

        with _our_errors():
            found = await asyncio.to_thread(load)
        return [news for news in found if isinstance(news, ReversalNews)]

    def read_news(self, body: bytes, signature: str) -> PaymentNews | ReversalNews | None:
        """Read an event that Stripe has sent."""
        import stripe  # noqa: PLC0415

        try:
            text = body.decode()
            stripe.WebhookSignature.verify_header(text, signature, self._secret, TOLERANCE_S)
            event = json.loads(text)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise NewsForged("The signature is not Stripe's.") from error
        return _read_event(event) if isinstance(event, dict) else None


def _read_event(event: Mapping[str, Any]) -> PaymentNews | ReversalNews | None:
    """Read an event of Stripe's; None when it tells nothing of a payment."""
    kind, told = event.get("type"), event.get("data", {}).get("object", {})
    if kind in _EVENTS:
        return _news_from(told)
    with contextlib.suppress(ValueError, KeyError, TypeError):
        if kind == _REFUNDED:
            return _refund_from(told)
        if kind in _REVERSALS:
            return _dispute_from(told)
    return None


def _refund_from(charge: Mapping[str, Any]) -> ReversalNews:
    """Read a charge of which something was refunded."""
    marked = (charge.get("metadata") or {}).get(_MARK)
    return ReversalNews(
        id=str(charge["id"]),
        kind=ReversalKind.REFUND,
        intent_id=_id_of(charge.get("payment_intent")),
        payment_id=uuid.UUID(marked) if marked else None,
        # The sum of all refunds so far, so that the last one counts.
        price=int(charge["amount_refunded"]),
        currency=str(charge["currency"]),
        test=charge["livemode"] is not True,
        stage=0,
        status="whole" if charge.get("refunded") else "partial",
    )


def _dispute_from(dispute: Mapping[str, Any]) -> ReversalNews:
    """Read a dispute; what is disputed is held back until it is won."""
    status = str(dispute["status"])
    stage = 2 if status in _DECIDED else 0 if status.startswith(_INQUIRY) else 1
    held_back = status != "won" and not status.startswith(_INQUIRY)
    return ReversalNews(
        id=str(dispute["id"]),
        kind=ReversalKind.DISPUTE,
        intent_id=_id_of(dispute["payment_intent"]),
        payment_id=None,
        price=int(dispute["amount"]) if held_back else 0,
        currency=str(dispute["currency"]),
        test=dispute["livemode"] is not True,
        stage=stage,
        status=status,
    )


def _id_of(found: Any) -> str | None:
    """Return the id of what Stripe names by its id, or shows whole."""
    return str(found["id"]) if isinstance(found, Mapping) else found if isinstance(found, str) else None


def _news_from(session: Mapping[str, Any]) -> PaymentNews | None:
    """Read a session of Stripe's; None when it is not one of ours."""
    marked = (session.get("metadata") or {}).get(_MARK)
    if not marked or marked != session.get("client_reference_id"):
        return None
    with contextlib.suppress(ValueError, KeyError, TypeError):
        return PaymentNews(
            payment_id=uuid.UUID(marked),
            session_id=str(session["id"]),
            outcome=_outcome_of(session),
            price=int(session["amount_total"]),
            currency=str(session["currency"]),
            test=session["livemode"] is not True,
            intent_id=_id_of(session.get("payment_intent")),
        )
    return None


def _outcome_of(session: Mapping[str, Any]) -> Outcome:
    if session.get("payment_status") == "paid":
        return Outcome.PAID
    return Outcome.EXPIRED if session.get("status") == "expired" else Outcome.OPEN


@contextlib.contextmanager
def _our_errors() -> Iterator[None]:
    import stripe  # noqa: PLC0415

    try:
        yield
    except stripe.StripeError as error:
        raise ServerBusy("The payment service does not answer as it should.") from error
