"""Accounts, API keys and the server's own secrets in Postgres.

Thin typed functions over `sql/queries/accounts.sql`. Called by `service`.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.store.database import Database
from reelgate.store.statements import ACCOUNTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A tenant and what it has, in microcredits."""

    id: uuid.UUID
    name: str
    #: Its credits are for trying things out and never meet real ones.
    test: bool
    available_microcredits: int
    reserved_microcredits: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredKey:
    """An API key, without anything that would let one use it."""

    id: uuid.UUID
    account: str
    prefix: str
    created_at: dt.datetime
    revoked_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who a request comes from."""

    key_id: uuid.UUID
    account_id: uuid.UUID
    account: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What a new account is, and what it is given; says nothing of one that exists, but that its kind must agree."""

    test: bool = False
    microcredits: int = 0
    expires_at: dt.datetime | None = None


async def create_account(
    database: Database,
    account_id: uuid.UUID,
    name: str,
    now: dt.datetime,
    opening: Opening | None = None,
) -> uuid.UUID:
    """Make an account unless one has that name; return its id. May be repeated.

    Raises:
        FieldsInvalid: there is one of that name, and it is of the other kind.

    """
    new = opening or Opening()
    row = None
    while row is None:
        row = await database.fetchrow(
            ACCOUNTS["create_account"], account_id, name, now, new.test, new.microcredits, new.expires_at
        )
    if row["test"] is not new.test:
        kind = "a test account" if row["test"] else "a live account"
        raise FieldsInvalid([FieldProblem("account", f"is {kind} already; an account stays what it is")])
    found: uuid.UUID = row["id"]
    return found


async def find_account(database: Database, name: str) -> Account | None:
    """Return an account by name, or None."""
    row = await database.fetchrow(ACCOUNTS["find_account"], name)
    if row is None:
        return None
    return Account(
        id=row["id"],
        name=row["name"],
        test=row["test"],
        available_microcredits=row["available"],
        reserved_microcredits=row["reserved"],
    )


async def list_accounts(database: Database) -> tuple[Account, ...]:
    """Return all accounts by name."""
    return tuple(
        Account(
            id=row["id"],
            name=row["name"],
            test=row["test"],
            available_microcredits=row["available"],
            reserved_microcredits=row["reserved"],
        )
        for row in await database.fetch(ACCOUNTS["list_accounts"])
    )


async def load_balance(database: Database, account_id: uuid.UUID) -> tuple[int, int]:
    """Return (available, reserved) microcredits of an account that exists."""
    row = await database.fetchrow(ACCOUNTS["load_balance"], account_id)
    if row is None:
        raise LookupError(f"no account {account_id}")
    return row["available"], row["reserved"]


async def create_key(database: Database, key: StoredKey, account_id: uuid.UUID, sha256: bytes) -> None:
    """Store the digest of a new key."""
    await database.fetch(ACCOUNTS["create_key"], key.id, account_id, sha256, key.prefix, key.created_at)


async def find_key(database: Database, sha256: bytes) -> Principal | None:
    """Return who a live key belongs to, or None."""
    row = await database.fetchrow(ACCOUNTS["find_key"], sha256)
    return None if row is None else Principal(key_id=row["id"], account_id=row["account_id"], account=row["name"])


async def list_keys(database: Database) -> tuple[StoredKey, ...]:
    """Return all keys, oldest first."""
    return tuple(StoredKey(**dict(row)) for row in await database.fetch(ACCOUNTS["list_keys"]))


async def revoke_key(database: Database, id_or_prefix: str, now: dt.datetime) -> bool:
    """Revoke a key on every process; return False when there is no such live key."""
    return await database.fetchrow(ACCOUNTS["revoke_key"], id_or_prefix, now) is not None


async def ensure_secret(database: Database, name: str, fresh: bytes, now: dt.datetime) -> bytes:
    """Return the server's secret of that name; `fresh` becomes it where there is none. May be repeated."""
    await database.fetch(ACCOUNTS["save_secret"], name, fresh, now)
    secret: bytes = await database.fetchval(ACCOUNTS["load_secret"], name)
    return secret
