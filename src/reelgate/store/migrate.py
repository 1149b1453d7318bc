"""Bring a database to this version's schema: our numbered files and PgQueuer's own, under one lock.

Files in `sql/migrations` are applied once each, in order, each in a transaction; one that was applied may not change
any more. Called at the start of every server; safe when many start at once.
"""

import hashlib
import importlib.resources
from dataclasses import dataclass
from typing import Final

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver

from reelgate.core.errors import ServerMisconfigured
from reelgate.store.database import Database
from reelgate.store.queue import queue_queries

_LOCK: Final = 0x7265656C  # "reel": the advisory lock's number, the same in every version.
_LOCK_TIMEOUT_S: Final = 300.0

_LEDGER_OF_MIGRATIONS: Final = """
CREATE TABLE IF NOT EXISTS reelgate_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """One file of the schema's history."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Return the digest of the text, in hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load_migrations() -> tuple[Migration, ...]:
    """Return the package's migrations in order."""
    folder = importlib.resources.files(__package__).joinpath("sql", "migrations")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".sql")), key=lambda entry: entry.name)
    return tuple(
        Migration(version=int(entry.name[:4]), name=entry.name, sql=entry.read_text(encoding="utf-8"))
        for entry in files
    )


async def migrate(database: Database, migrations: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Apply what is missing; return the names of the files applied. May be repeated.

    Raises:
        ServerMisconfigured: the database is newer than this version, or an applied file has changed since.
        DatabaseUnavailable: the server went away; what was committed stays.

    """
    wanted = load_migrations() if migrations is None else migrations
    async with database.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK, timeout=_LOCK_TIMEOUT_S)
        try:
            await connection.execute(_LEDGER_OF_MIGRATIONS)
            done = {row["version"]: row for row in await connection.fetch("SELECT * FROM reelgate_migrations")}
            missing = plan_migrations(wanted, {version: row["sha256"] for version, row in done.items()})
            if missing or not done:
                await _install_queue(connection)
            for migration in missing:
                async with connection.transaction():
                    await connection.execute(migration.sql)
                    await connection.execute(
                        "INSERT INTO reelgate_migrations (version, name, sha256) VALUES ($1, $2, $3)",
                        migration.version,
                        migration.name,
                        migration.sha256,
                    )
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)
    return tuple(migration.name for migration in missing)


def plan_migrations(wanted: tuple[Migration, ...], done: dict[int, str]) -> tuple[Migration, ...]:
    """Return what is missing in a database where `done` (version -> digest) was applied.

    Raises:
        ServerMisconfigured: the database is newer than this version, or an applied file has changed since.

    """
    known = {migration.version for migration in wanted}
    if newer := sorted(set(done) - known):
        raise ServerMisconfigured(
            f"The database is of a newer reelgate (migration {newer[-1]:04d}): upgrade reelgate.",
        )
    for migration in wanted:
        if done.get(migration.version, migration.sha256) != migration.sha256:
            raise ServerMisconfigured(f"Migration {migration.name} was applied with another text.")
    return tuple(migration for migration in wanted if migration.version not in done)


async def _install_queue(connection: asyncpg.Connection) -> None:
    queries = queue_queries(AsyncpgDriver(connection))
    if await queries.schema_is_installed():
        await queries.upgrade()
    else:
        await queries.install()
