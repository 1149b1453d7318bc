"""Prove the invariants of the ledger and of tasks against the database, read-only.

Each statement of `sql/queries/verify.sql` is named after the invariant that it looks for breaches of.
"""

from dataclasses import dataclass

from reelgate.store.database import Database
from reelgate.store.statements import VERIFY


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A row that breaks an invariant."""

    invariant: str
    #: The account, task or transfer.
    subject: str
    detail: str


def invariants() -> tuple[str, ...]:
    """Return the names of the invariants that are checked."""
    return tuple(VERIFY)


async def find_breaches(database: Database) -> tuple[Breach, ...]:
    """Return every breach, from one snapshot of the database."""
    found = []
    async with database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        for invariant, sql in VERIFY.items():
            rows = await connection.fetch(sql)
            found += [Breach(invariant=invariant, subject=row["subject"], detail=row["detail"]) for row in rows]
    return tuple(found)
