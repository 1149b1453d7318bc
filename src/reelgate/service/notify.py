"""Webhook endpoints of accounts: add, list, change, remove, rotate their secrets, ping, replay.

What is sent to them is the worker's. Called by the command line, and by dialects whose wire has such paths.
"""

import datetime as dt
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.core.ids import EVENT_PREFIX, RANDOM_BYTES, new_id
from reelgate.core.ports import Clock
from reelgate.core.prompt import text_problem
from reelgate.kit import clock
from reelgate.kit.fetch import FetchRefused, FetchRules
from reelgate.kit.post import refuse_obvious
from reelgate.store import deliveries, webhooks
from reelgate.store.database import Database
from reelgate.store.vault import Vault
from reelgate.store.webhooks import Endpoint, Secret, Signer
from reelgate.webhooks.sign import SECRET_BYTES, to_text

#: What an endpoint may hear of: how tasks end, and that another endpoint of the account was disabled.
EVENTS: Final = ("succeeded", "failed", "canceled", "endpoint.disabled")
#: A secret that was replaced signs for so long, beside its successor.
OVERLAP: Final = dt.timedelta(hours=24)
ENDPOINTS_MAX: Final = 50
NAME_MAX_CHARS: Final = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What endpoints are looked after with."""

    database: Database
    #: What seals the secrets that sign.
    vault: Vault
    #: Where events may be sent.
    rules: FetchRules
    #: The wires that have words for events.
    wires: tuple[str, ...]
    clock: Clock = clock.now
    random: Callable[[int], bytes] = os.urandom

    def fresh_id(self) -> uuid.UUID:
        """Return a new id."""
        return new_id(self.clock(), self.random(RANDOM_BYTES))


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """An endpoint as its owner wants it."""

    url: str
    wire: str
    events: tuple[str, ...] = EVENTS
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEndpoint:
    """An endpoint that was added, with its secret."""

    endpoint: Endpoint
    #: As the receiver is given it.
    secret: str


async def add_endpoint(desk: Desk, account_id: uuid.UUID, wanted: Wanted) -> NewEndpoint:
    """Add an endpoint to an account. Not repeatable.

    Raises:
        FieldsInvalid: its URL, wire, events or name cannot be, or the account has too many.

    """
    now = desk.clock()
    endpoint = Endpoint(
        id=desk.fresh_id(),
        account_id=account_id,
        account="",
        name=wanted.name,
        url=wanted.url,
        wire=wanted.wire,
        events=wanted.events,
        created_at=now,
        updated_at=now,
    )
    _check(desk, endpoint)
    if len(await webhooks.list_endpoints(desk.database, account_id)) >= ENDPOINTS_MAX:
        raise FieldsInvalid([FieldProblem("account", f"has {ENDPOINTS_MAX} endpoints; remove one first")])
    secret = desk.random(SECRET_BYTES)
    await webhooks.add_endpoint(desk.database, desk.vault, endpoint, (desk.fresh_id(), secret))
    return NewEndpoint(endpoint=endpoint, secret=to_text(secret))


async def list_endpoints(desk: Desk, account_id: uuid.UUID | None) -> tuple[Endpoint, ...]:
    """Return the endpoints of an account, or of all."""
    return await webhooks.list_endpoints(desk.database, account_id)


async def find_endpoint(desk: Desk, endpoint_id: uuid.UUID, account_id: uuid.UUID | None = None) -> Endpoint | None:
    """Return an endpoint, or None; one of another account than `account_id` is none."""
    found = await webhooks.load_endpoint(desk.database, endpoint_id)
    return found if found and account_id in (None, found.account_id) else None


async def change_endpoint(desk: Desk, endpoint: Endpoint) -> bool:
    """Keep new properties of an endpoint: it is disabled where it has a reason for that; False when it is gone.

    Raises:
        FieldsInvalid: its URL, wire, events or name cannot be.

    """
    _check(desk, endpoint)
    return await webhooks.change_endpoint(desk.database, endpoint, desk.clock())


async def disable_endpoint(desk: Desk, endpoint: Endpoint) -> bool:
    """Send an endpoint nothing more until it is enabled. May be repeated."""
    return await change_endpoint(desk, replace(endpoint, disabled_reason=endpoint.disabled_reason or "operator"))


async def enable_endpoint(desk: Desk, endpoint: Endpoint) -> bool:
    """Send an endpoint what happens from now on. May be repeated."""
    return await change_endpoint(desk, replace(endpoint, disabled_reason=None))


async def remove_endpoint(desk: Desk, endpoint_id: uuid.UUID) -> bool:
    """Forget an endpoint with its secrets and deliveries; False when there is none."""
    return await webhooks.remove_endpoint(desk.database, endpoint_id)


async def secrets_of(desk: Desk, signer: Signer) -> tuple[Secret, ...]:
    """Return what signs, the current secret first; an account's first one is made now."""
    fresh = (desk.fresh_id(), desk.random(SECRET_BYTES))
    return await webhooks.ensure_secrets(desk.database, desk.vault, signer, fresh, desk.clock())


async def rotate_secret(desk: Desk, signer: Signer, *, at_once: bool = False) -> str:
    """Return a new secret; the one before it signs beside it for `OVERLAP`, or no more at once. Not repeatable."""
    now = desk.clock()
    secret = desk.random(SECRET_BYTES)
    until = now if at_once else now + OVERLAP
    await webhooks.rotate_secret(desk.database, desk.vault, signer, (desk.fresh_id(), secret), until=until, now=now)
    return to_text(secret)


async def ping(desk: Desk, endpoint_id: uuid.UUID) -> None:
    """Send an endpoint an event that no task made."""
    delivery_id = desk.fresh_id()
    await deliveries.add_ping(desk.database, endpoint_id, delivery_id, EVENT_PREFIX + delivery_id.hex, desk.clock())


def _check(desk: Desk, endpoint: Endpoint) -> None:
    problems: list[FieldProblem | None] = [text_problem("name", endpoint.name, NAME_MAX_CHARS)]
    try:
        refuse_obvious(endpoint.url, desk.rules)
    except FetchRefused as error:
        problems.append(FieldProblem("url", f"is not called: {error}"))
    if endpoint.wire not in desk.wires:
        problems.append(FieldProblem("wire", f"must be one of {', '.join(desk.wires)}, not {endpoint.wire}"))
    if not endpoint.events or not set(endpoint.events) <= set(EVENTS):
        problems.append(FieldProblem("events", f"must be some of {', '.join(EVENTS)}"))
    if found := [problem for problem in problems if problem]:
        raise FieldsInvalid(found)
