"""An account's transfers as lines of usage, read from one snapshot. Called by `service.usage`."""

import datetime as dt
import uuid
from dataclasses import dataclass

import asyncpg

from reelgate.store.database import Database
from reelgate.store.statements import CREDITS


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One transfer, and what it did to its account, in microcredits."""

    id: int
    created_at: dt.datetime
    kind: str
    task_id: uuid.UUID | None
    dialect: str | None
    model: str | None
    lot_id: int | None
    actor: str | None
    reason: str | None
    #: What became available or ceased to be.
    available: int
    #: What was reserved or ceased to be.
    reserved: int
    #: What was charged for good; refunds are negative.
    charged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What an account has at some time, and has been charged until then, in microcredits."""

    available: int
    reserved: int
    charged: int


async def load_usage(
    database: Database, account_id: uuid.UUID, start: dt.datetime, end: dt.datetime
) -> tuple[Standing, tuple[Line, ...], Standing]:
    """Return what an account had at `start`, its lines from then until before `end`, and what it had at `end`."""
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        opening = await _standing(connection, account_id, start)
        found = await connection.fetch(CREDITS["usage_lines"], account_id, start, end)
        closing = await _standing(connection, account_id, end)
    names = Line.__dataclass_fields__
    lines = tuple(Line(**{name: value for name, value in row.items() if name in names}) for row in found)
    return opening, lines, closing


async def _standing(connection: asyncpg.Connection, account_id: uuid.UUID, moment: dt.datetime) -> Standing:
    row = await connection.fetchrow(CREDITS["usage_before"], account_id, moment)
    if row is None:
        raise LookupError("a sum has one row")
    return Standing(**dict(row))
