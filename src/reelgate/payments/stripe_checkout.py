"""Stripe Checkout through Stripe's own package, which waits for its answers in threads.

Ours are the sessions whose `client_reference_id` is a payment's id and whose metadata say so; a Stripe account may sell
other things besides. The package is imported by whoever sells credits: it is large, and most servers do not. Called by
`service.payments`.
"""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from reelgate.core.errors import ServerBusy
from reelgate.core.payments import NewsForged, Outcome, Package, PaymentNews, Session

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

    def read_news(self, body: bytes, signature: str) -> PaymentNews | None:
        """Read an event that Stripe has sent."""
        import stripe  # noqa: PLC0415

        try:
            text = body.decode()
            stripe.WebhookSignature.verify_header(text, signature, self._secret, TOLERANCE_S)
            event = json.loads(text)
        except (stripe.SignatureVerificationError, ValueError) as error:
            raise NewsForged("The signature is not Stripe's.") from error
        if not isinstance(event, dict) or event.get("type") not in _EVENTS:
            return None
        return _news_from(event.get("data", {}).get("object", {}))


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
