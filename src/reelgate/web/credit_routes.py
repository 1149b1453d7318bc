"""Routes of reelgate's own for credits: what an account has, vouchers, buying, and what the payment service tells."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reelgate.core import errors
from reelgate.core.errors import BodyMalformed, CallerError, FieldProblem, FieldsInvalid, ReelgateError
from reelgate.core.keys import Scope, check_scope
from reelgate.core.ledger import credits_text
from reelgate.core.payments import Checkout, NewsForged
from reelgate.service.gateway import Gateway
from reelgate.service.payments import begin_purchase, hear_news
from reelgate.service.vouchers import redeem
from reelgate.store.accounts import Principal, load_balance
from reelgate.web.auth import Authenticator, bearer_token
from reelgate.web.limiter import Limiter, address_of

BODY_MAX_BYTES: Final = 256 * 1024

_STATUSES: Final[dict[type[ReelgateError], int]] = {
    errors.KeyMissing: 401,
    errors.KeyInvalid: 401,
    errors.KeyForbidden: 403,
    errors.BodyTooLarge: 413,
    errors.RouteUnknown: 404,
    errors.RateLimited: 429,
}

Handler = Callable[[Request, Principal], Awaitable[dict[str, Any]]]


def credit_routes(
    gateway: Gateway, authenticator: Authenticator, limiter: Limiter, checkout: Checkout | None
) -> list[Route]:
    """Return the routes; without a payment service nothing is sold."""
    till = _Till(gateway, checkout)

    def served(handler: Handler, scope: Scope) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            try:
                key = bearer_token(request.headers.get("authorization")) or request.headers.get("x-api-key")
                principal = await _principal(authenticator, limiter, key, request)
                check_scope(principal.scopes, scope)
                return JSONResponse(await handler(request, principal))
            except ReelgateError as error:
                return _refusal(error)

        return serve

    return [
        Route("/reelgate/credits", served(till.balance, Scope.READ)),
        Route("/reelgate/credits/redeem", served(till.redeem, Scope.CREATE), methods=["POST"]),
        Route("/reelgate/credits/checkout", served(till.buy, Scope.CREATE), methods=["POST"]),
        Route("/reelgate/stripe/webhook", till.hear, methods=["POST"]),
    ]


async def _principal(authenticator: Authenticator, limiter: Limiter, key: str | None, request: Request) -> Principal:
    try:
        return await authenticator.authenticate(key)
    except errors.KeyInvalid as error:
        if refusal := limiter.fail(address_of(request.scope)):
            raise refusal from error
        raise


@dataclass(frozen=True, slots=True)
class _Till:
    """What the routes do, each for one request."""

    gateway: Gateway
    checkout: Checkout | None

    async def balance(self, _: Request, principal: Principal) -> dict[str, Any]:
        """Say what the account has, and what it could buy."""
        available, reserved = await load_balance(self.gateway.database, principal.account_id)
        packages = self.checkout.packages.values() if self.checkout else ()
        return {
            "account": principal.account,
            "available": credits_text(available),
            "reserved": credits_text(reserved),
            "packages": [
                {"package": each.name, "credits": each.credits_sold, "price": each.price, "currency": each.currency}
                for each in packages
            ],
        }

    async def redeem(self, request: Request, principal: Principal) -> dict[str, Any]:
        """Turn a code into credits."""
        code = await _text_field(request, "code")
        redeemed = await redeem(self.gateway.database, principal.account_id, code, self.gateway.clock())
        return {"granted": credits_text(redeemed.granted), "available": credits_text(redeemed.available)}

    async def buy(self, request: Request, principal: Principal) -> dict[str, Any]:
        """Begin a purchase."""
        package = await _text_field(request, "package")
        purchase = await begin_purchase(
            self.gateway.database,
            self._shop(),
            principal.account_id,
            package,
            now=self.gateway.clock(),
            random=self.gateway.random,
        )
        return {"payment": str(purchase.payment_id), "url": purchase.url}

    async def hear(self, request: Request) -> Response:
        """Take in what the payment service tells; it has no key, but signs."""
        try:
            news = self._shop().read_news(await _body(request), request.headers.get("stripe-signature", ""))
            settled = await hear_news(self.gateway.database, news, self.gateway.clock()) if news else None
        except NewsForged:
            return _refusal(BodyMalformed("The signature is not the payment service's."))
        except ReelgateError as error:
            return _refusal(error)
        return JSONResponse({"received": True, "outcome": settled})

    def _shop(self) -> Checkout:
        if self.checkout is None:
            raise errors.RouteUnknown("This server sells no credits.")
        return self.checkout


def _refusal(error: ReelgateError) -> Response:
    status = _STATUSES.get(type(error), 400 if isinstance(error, CallerError) else 503)
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, errors.RateLimited) else None
    return JSONResponse({"error": {"code": error.code, "message": str(error)}}, status_code=status, headers=headers)


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise errors.BodyTooLarge(f"The body is larger than {BODY_MAX_BYTES:,} bytes.")
    return body


async def _text_field(request: Request, name: str) -> str:
    try:
        body = msgspec.json.decode(await _body(request))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyMalformed("The body is not JSON.") from error
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise FieldsInvalid([FieldProblem(name, "must be a text")])
    return value
