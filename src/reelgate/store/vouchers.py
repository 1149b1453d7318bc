"""Vouchers in Postgres. Thin typed functions over `sql/queries/credits.sql`; called by `service.vouchers`."""

import datetime as dt
import uuid
from dataclasses import dataclass

import asyncpg

from reelgate.core.lots import PRIORITIES, LotKind
from reelgate.store.database import Database
from reelgate.store.statements import CREDITS


@dataclass(frozen=True, kw_only=True, slots=True)
class Voucher:
    """Credits for whoever has a code, which is not stored."""

    id: uuid.UUID
    #: The first characters of the code.
    prefix: str
    #: For test accounts only; otherwise for live ones only.
    test: bool
    kind: LotKind
    microcredits: int
    #: Accounts that may redeem it, once each, and those that have.
    uses_max: int
    uses: int = 0
    #: Until when it can be redeemed, and for how many days its credits then count; None is for ever.
    expires_at: dt.datetime | None
    lot_days: int | None
    reason: str
    created_at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Redeemed:
    """What a voucher gave, and what is available then, in microcredits."""

    granted: int
    available: int


async def create_voucher(database: Database, voucher: Voucher, sha256: bytes, actor: str) -> None:
    """Store a voucher under the digest of its code."""
    await database.fetch(
        CREDITS["create_voucher"],
        voucher.id,
        sha256,
        voucher.prefix,
        voucher.test,
        voucher.kind.value,
        PRIORITIES[voucher.kind],
        voucher.microcredits,
        voucher.uses_max,
        voucher.expires_at,
        voucher.lot_days,
        actor,
        voucher.reason,
        voucher.created_at,
    )


async def list_vouchers(database: Database) -> tuple[Voucher, ...]:
    """Return all vouchers, oldest first."""
    return tuple(
        Voucher(
            id=row["id"],
            prefix=row["prefix"],
            test=row["test"],
            kind=LotKind(row["kind"]),
            microcredits=row["amount"],
            uses_max=row["uses_max"],
            uses=row["uses"],
            expires_at=row["expires_at"],
            lot_days=row["lot_days"],
            reason=row["reason"],
            created_at=row["created_at"],
        )
        for row in await database.fetch(CREDITS["list_vouchers"])
    )


async def redeem_voucher(database: Database, account_id: uuid.UUID, sha256: bytes, now: dt.datetime) -> Redeemed | None:
    """Make a lot of a voucher; None when there is none that this account may redeem, or has not redeemed yet."""
    try:
        row = await database.fetchrow(CREDITS["redeem_voucher"], account_id, sha256, now)
    except asyncpg.UniqueViolationError:
        return None
    return None if row is None else Redeemed(granted=row["granted"], available=row["available"])
