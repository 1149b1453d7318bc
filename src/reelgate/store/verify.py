"""Prove the invariants of the ledger and of tasks against the database, read-only.

Each statement of `sql/queries/verify.sql` is named after the invariant that it looks for breaches of.
"""

from dataclasses import dataclass
from typing import Final

from reelgate.store.database import Database
from reelgate.store.statements import VERIFY

#: A proof reads everything there is.
PROOF_TIMEOUT_S: Final = 1800.0
#: It has room to sort and sum it in, and looks up nothing row by row, whatever the planner believes to be there.
PROOF_SETTINGS: Final = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_nestloop = off"


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
        await connection.execute(PROOF_SETTINGS)
        for invariant, sql in VERIFY.items():
            rows = await connection.fetch(sql, timeout=PROOF_TIMEOUT_S)
            found += [Breach(invariant=invariant, subject=row["subject"], detail=row["detail"]) for row in rows]
    return tuple(found)
