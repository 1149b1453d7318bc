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
from reelgate.store.vault import Kept, Vault, webhook_row

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


async def add_endpoint(database: Database, vault: Vault, endpoint: Endpoint, fresh: tuple[uuid.UUID, bytes]) -> None:
    """Keep a new endpoint with its first secret, which is given with its id."""
    kept = vault.keep(webhook_row(fresh[0], endpoint.account_id, endpoint.id), fresh[1])
    await database.fetch(
        WEBHOOKS["add_endpoint"],
        endpoint.id,
        endpoint.account_id,
        endpoint.name,
        endpoint.url,
        endpoint.wire,
        list(endpoint.events),
        endpoint.created_at,
        fresh[0],
        kept.secret,
        kept.sealed,
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


async def live_secrets(database: Database, vault: Vault, signer: Signer, now: dt.datetime) -> tuple[Secret, ...]:
    """Return what signs now, the current secret first; at most `SECRETS_LIVE_MAX`.

    Raises:
        ServerMisconfigured: one cannot be opened with this vault's ring.

    """
    rows = await database.fetch(WEBHOOKS["live_secrets"], signer.account_id, signer.endpoint_id, now, SECRETS_LIVE_MAX)
    return tuple(
        Secret(
            secret=vault.open(
                webhook_row(row["id"], signer.account_id, signer.endpoint_id),
                Kept(secret=row["secret"], sealed=row["sealed"]),
            ),
            created_at=row["created_at"],
            expires_at=row["expires_at"],
        )
        for row in rows
    )


async def ensure_secrets(
    database: Database, vault: Vault, signer: Signer, fresh: tuple[uuid.UUID, bytes], now: dt.datetime
) -> tuple[Secret, ...]:
    """Return what signs now; the `fresh` id and secret are kept where there is none. May be repeated.

    Raises:
        ServerMisconfigured: one cannot be opened with this vault's ring.

    """
    found = await live_secrets(database, vault, signer, now)
    if not found or found[0].expires_at is not None:
        await database.fetch(WEBHOOKS["save_secret"], *_row(vault, signer, fresh), now)
        found = await live_secrets(database, vault, signer, now)
    return found


async def rotate_secret(
    database: Database,
    vault: Vault,
    signer: Signer,
    fresh: tuple[uuid.UUID, bytes],
    *,
    until: dt.datetime,
    now: dt.datetime,
) -> None:
    """Sign with a fresh secret from now on, and beside it with the one before until then."""
    async with database.connection() as connection, connection.transaction():
        await connection.execute(WEBHOOKS["replace_secret"], signer.account_id, signer.endpoint_id, now, until)
        await connection.execute(WEBHOOKS["save_secret"], *_row(vault, signer, fresh), now)


def _row(vault: Vault, signer: Signer, fresh: tuple[uuid.UUID, bytes]) -> tuple[object, ...]:
    """Return a new secret as its row keeps it: id, account, endpoint, secret, sealed."""
    kept = vault.keep(webhook_row(fresh[0], signer.account_id, signer.endpoint_id), fresh[1])
    return fresh[0], signer.account_id, signer.endpoint_id, kept.secret, kept.sealed


def _endpoint(row: asyncpg.Record) -> Endpoint:
    fields = dict(row)
    return Endpoint(events=tuple(fields.pop("events")), **fields)
