"""Accounts and API keys in Postgres.

Thin typed functions over `sql/queries/accounts.sql`. Called by `service`.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.core.keys import USUAL_SCOPES, USUAL_TERMS, KeyTerms, Scope
from reelgate.core.plans import NO_PLANS, UNLIMITED, Plan, Plans
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
    terms: KeyTerms = USUAL_TERMS
    last_used_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RotatedKey:
    """A key whose successor was made."""

    id: uuid.UUID
    account: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """Who a request comes from, and what they may do."""

    key_id: uuid.UUID
    account_id: uuid.UUID
    account: str
    scopes: frozenset[Scope] = USUAL_SCOPES
    #: The catalogue's names of the models that they may use; None for all.
    models: frozenset[str] | None = None
    #: The key is not valid from then on.
    expires_at: dt.datetime | None = None
    #: Of the key, beside the plan's.
    requests_per_minute: int | None = None
    plan: Plan = UNLIMITED
    #: The key that its spending counts for, where it is a successor of one.
    spends_as: uuid.UUID | None = None

    @property
    def spender_id(self) -> uuid.UUID:
        """The key whose caps bound what this one spends."""
        return self.spends_as or self.key_id


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


async def assign_plan(database: Database, account: str, plan: str | None) -> bool:
    """Give an account a plan by name, or none, on every process; return False when there is no such account."""
    return await database.fetchrow(ACCOUNTS["assign_plan"], account, plan) is not None


async def create_key(database: Database, key: StoredKey, account_id: uuid.UUID, sha256: bytes) -> None:
    """Store the digest of a new key and what the key may do."""
    terms = key.terms
    await database.fetch(
        ACCOUNTS["create_key"],
        key.id,
        account_id,
        sha256,
        key.prefix,
        key.created_at,
        sorted(scope.value for scope in terms.scopes),
        None if terms.models is None else sorted(terms.models),
        terms.expires_at,
        terms.requests_per_minute,
    )


async def find_key(database: Database, sha256: bytes, plans: Plans = NO_PLANS) -> Principal | None:
    """Return who a key belongs to that is not revoked, or None; whether it has expired, the caller checks."""
    row = await database.fetchrow(ACCOUNTS["find_key"], sha256)
    if row is None:
        return None
    terms = _terms_from(row)
    return Principal(
        key_id=row["id"],
        account_id=row["account_id"],
        account=row["name"],
        scopes=terms.scopes,
        models=terms.models,
        expires_at=terms.expires_at,
        requests_per_minute=terms.requests_per_minute,
        plan=plans.of(row["plan"], row["available"]),
        spends_as=row["spends_as"],
    )


async def list_keys(database: Database) -> tuple[StoredKey, ...]:
    """Return all keys, oldest first."""
    return tuple(
        StoredKey(
            id=row["id"],
            account=row["account"],
            prefix=row["prefix"],
            created_at=row["created_at"],
            revoked_at=row["revoked_at"],
            terms=_terms_from(row),
            last_used_at=row["last_used_at"],
        )
        for row in await database.fetch(ACCOUNTS["list_keys"])
    )


async def rotate_key(
    database: Database, id_or_prefix: str, successor: StoredKey, sha256: bytes, ends_at: dt.datetime
) -> RotatedKey | None:
    """Let a key end at a time, and store one of the same terms and caps in its place; None when there is no such key.

    Of the successor only the id, the prefix and the time count. One that had a lifetime gives it the same.
    """
    row = await database.fetchrow(
        ACCOUNTS["rotate_key"], id_or_prefix, successor.id, sha256, successor.prefix, successor.created_at, ends_at
    )
    return None if row is None else RotatedKey(id=row["old_id"], account=row["account"])


async def note_use(database: Database, used: Mapping[uuid.UUID, dt.datetime]) -> None:
    """Note when keys were last used."""
    await database.fetch(ACCOUNTS["note_use"], list(used), list(used.values()))


async def announce_use(database: Database, payload: str) -> None:
    """Tell every process what was used of limits that they share; at most 8,000 bytes."""
    await database.fetch(ACCOUNTS["announce_use"], payload)


async def revoke_key(database: Database, id_or_prefix: str, now: dt.datetime) -> bool:
    """Revoke a key on every process; return False when there is no such live key."""
    return await database.fetchrow(ACCOUNTS["revoke_key"], id_or_prefix, now) is not None


def _terms_from(row: asyncpg.Record) -> KeyTerms:
    return KeyTerms(
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        models=None if row["models"] is None else frozenset(row["models"]),
        expires_at=row["expires_at"],
        requests_per_minute=row["requests_per_minute"],
    )
