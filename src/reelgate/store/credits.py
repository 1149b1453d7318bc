"""Credits in Postgres: lots that are granted, withdrawn, refunded and that expire.

Thin typed functions over `sql/queries/credits.sql`; each is one statement in one transaction, and takes its locks in
the order that migration 0007 names. Called by `service` and `worker`.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from reelgate.core.lots import PRIORITIES, Lot, LotKind, LotSource
from reelgate.store.database import Database
from reelgate.store.statements import CREDITS


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """Credits that somebody gives to an account: a new lot."""

    account_id: uuid.UUID
    #: Above 0.
    microcredits: int
    kind: LotKind = LotKind.PROMOTIONAL
    source: LotSource = LotSource.GRANT
    #: None is the kind's own.
    priority: int | None = None
    expires_at: dt.datetime | None = None
    actor: str
    reason: str
    created_at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyCap:
    """What a key may spend, and what counts against it, in microcredits; None is without bound."""

    key_id: uuid.UUID
    prefix: str
    total_cap: int | None
    total_spent: int
    month_cap: int | None
    month_spent: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """What an account may spend in a calendar month (UTC), and what it has, in microcredits; None is without bound."""

    month_budget: int | None
    month_spent: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Mend:
    """Who takes or gives back credits, and why (L14)."""

    microcredits: int
    actor: str
    reason: str
    created_at: dt.datetime


async def grant_credits(database: Database, grant: Grant) -> int:
    """Issue credits to an account that exists; return what is then available, in microcredits."""
    available: int = await database.fetchval(
        CREDITS["grant_credits"],
        grant.account_id,
        grant.microcredits,
        grant.kind.value,
        grant.source.value,
        PRIORITIES[grant.kind] if grant.priority is None else grant.priority,
        grant.expires_at,
        grant.actor,
        grant.reason,
        grant.created_at,
    )
    return available


async def withdraw_credits(database: Database, account_id: uuid.UUID, mend: Mend) -> bool:
    """Take unreserved credits from an account; return False when it has fewer, and nothing is taken."""
    done: bool = await database.fetchval(
        CREDITS["withdraw_credits"], account_id, mend.microcredits, mend.actor, mend.reason, mend.created_at
    )
    return done


async def refund_task(database: Database, task_id: uuid.UUID, mend: Mend) -> bool:
    """Give back what a task has posted, to the lots that paid; return False when it has posted less than that."""
    done: bool = await database.fetchval(
        CREDITS["refund_task"], task_id, mend.microcredits, mend.actor, mend.reason, mend.created_at
    )
    return done


async def expire_lots(database: Database, now: dt.datetime) -> int:
    """Take out of at most 1,000 expired lots what is not reserved; return of how many. May be repeated."""
    expired: int = await database.fetchval(CREDITS["expire_lots"], now)
    return expired


async def list_lots(database: Database, account_id: uuid.UUID, *, with_credits_only: bool) -> tuple[Lot, ...]:
    """Return the lots of an account in the order in which they are burned."""
    return tuple(
        Lot(
            id=row["id"],
            kind=LotKind(row["kind"]),
            source=LotSource(row["source"]),
            priority=row["priority"],
            granted=row["granted"],
            remaining=row["remaining"],
            reserved=row["reserved"],
            expires_at=row["expires_at"],
            created_at=row["created_at"],
        )
        for row in await database.fetch(CREDITS["list_lots"], account_id, with_credits_only)
    )


async def cap_key(
    database: Database, key_id: uuid.UUID, *, total: int | None, month: int | None, now: dt.datetime
) -> bool:
    """Bound what a key may spend in all and in a month; return False when there is no such key. May be repeated."""
    found: bool = await database.fetchval(CREDITS["cap_key"], key_id, total, month, now)
    return found


async def list_caps(database: Database, account_id: uuid.UUID, now: dt.datetime) -> tuple[KeyCap, ...]:
    """Return the caps of an account's keys."""
    return tuple(KeyCap(**dict(row)) for row in await database.fetch(CREDITS["list_caps"], account_id, now))


async def set_budget(database: Database, account_id: uuid.UUID, month_budget: int | None) -> None:
    """Bound what an account may spend in a calendar month. May be repeated."""
    await database.fetch(CREDITS["set_budget"], account_id, month_budget)


async def load_budget(database: Database, account_id: uuid.UUID, now: dt.datetime) -> Budget:
    """Return the budget of an account that exists."""
    row = await database.fetchrow(CREDITS["load_budget"], account_id, now)
    if row is None:
        raise LookupError(f"no account {account_id}")
    return Budget(**dict(row))


async def load_charge(database: Database, task_id: uuid.UUID) -> int | None:
    """Return what a task was charged and has not got back, in microcredits; None when there is no such task."""
    charge: int | None = await database.fetchval(CREDITS["load_charge"], task_id)
    return charge
