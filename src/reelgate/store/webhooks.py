"""Webhook endpoints and the secrets that sign, in Postgres. Thin typed functions over `sql/queries/webhooks.sql`.

Called by `service.notify` and the worker. Whose an endpoint is, the caller checks.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

import asyncpg

from reelgate.store.database import Database
from reelgate.store.statements import WEBHOOKS

#: The current secret and the one before it.
SECRETS_LIVE_MAX: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoint:
    """Where an account hears of all its tasks."""

    id: uuid.UUID
    account_id: uuid.UUID
    account: str
    name: str | None
    url: str
    #: The dialect in whose words it is told.
    wire: str
    #: The ends that it hears of, as states.
    events: tuple[str, ...]
    created_at: dt.datetime
    updated_at: dt.datetime
    #: Since when no attempt has arrived.
    failing_since: dt.datetime | None = None
    disabled_at: dt.datetime | None = None
    #: operator, gone (it answered 410) or failing (for too long).
    disabled_reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """A key of signatures."""

    secret: bytes
    created_at: dt.datetime
    #: None for the current one.
    expires_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """Whose signature it is: an endpoint's, or that of an account's single requests."""

    account_id: uuid.UUID
    endpoint_id: uuid.UUID | None = None


async def add_endpoint(database: Database, endpoint: Endpoint, secret_id: uuid.UUID, secret: bytes) -> None:
    """Keep a new endpoint with its first secret."""
    await database.fetch(
        WEBHOOKS["add_endpoint"],
        endpoint.id,
        endpoint.account_id,
        endpoint.name,
        endpoint.url,
        endpoint.wire,
        list(endpoint.events),
        endpoint.created_at,
        secret_id,
        secret,
    )


async def list_endpoints(database: Database, account_id: uuid.UUID | None) -> tuple[Endpoint, ...]:
    """Return the endpoints of an account, or all, oldest first."""
    return tuple(_endpoint(row) for row in await database.fetch(WEBHOOKS["list_endpoints"], account_id))


async def load_endpoint(database: Database, endpoint_id: uuid.UUID) -> Endpoint | None:
    """Return an endpoint, or None."""
    row = await database.fetchrow(WEBHOOKS["load_endpoint"], endpoint_id)
    return None if row is None else _endpoint(row)


async def change_endpoint(database: Database, endpoint: Endpoint, now: dt.datetime) -> bool:
    """Keep the new properties of an endpoint; False when it is gone. May be repeated."""
    row = await database.fetchrow(
        WEBHOOKS["change_endpoint"],
        endpoint.id,
        endpoint.name,
        endpoint.url,
        endpoint.wire,
        list(endpoint.events),
        endpoint.disabled_reason,
        now,
    )
    return row is not None


async def remove_endpoint(database: Database, endpoint_id: uuid.UUID) -> bool:
    """Forget an endpoint with all that belongs to it; False when there is none."""
    return await database.fetchrow(WEBHOOKS["remove_endpoint"], endpoint_id) is not None


async def live_secrets(database: Database, signer: Signer, now: dt.datetime) -> tuple[Secret, ...]:
    """Return what signs now, the current secret first; at most `SECRETS_LIVE_MAX`."""
    rows = await database.fetch(WEBHOOKS["live_secrets"], signer.account_id, signer.endpoint_id, now, SECRETS_LIVE_MAX)
    return tuple(Secret(**dict(row)) for row in rows)


async def ensure_secrets(
    database: Database, signer: Signer, fresh: tuple[uuid.UUID, bytes], now: dt.datetime
) -> tuple[Secret, ...]:
    """Return what signs now; the `fresh` id and secret are kept where there is none. May be repeated."""
    found = await live_secrets(database, signer, now)
    if not found or found[0].expires_at is not None:
        await database.fetch(WEBHOOKS["save_secret"], fresh[0], signer.account_id, signer.endpoint_id, fresh[1], now)
        found = await live_secrets(database, signer, now)
    return found


async def rotate_secret(
    database: Database, signer: Signer, fresh: tuple[uuid.UUID, bytes], until: dt.datetime, now: dt.datetime
) -> None:
    """Sign with a fresh secret from now on, and beside it with the one before until then."""
    async with database.connection() as connection, connection.transaction():
        await connection.execute(WEBHOOKS["replace_secret"], signer.account_id, signer.endpoint_id, now, until)
        await connection.execute(
            WEBHOOKS["save_secret"], fresh[0], signer.account_id, signer.endpoint_id, fresh[1], now
        )


def _endpoint(row: asyncpg.Record) -> Endpoint:
    fields = dict(row)
    return Endpoint(events=tuple(fields.pop("events")), **fields)
