"""Reach the database from a command: the one that is configured, the one of a running server, or one of its own."""

import contextlib
from collections.abc import AsyncIterator

from reelgate.cli.folders import make_data_folder
from reelgate.kit.postgres.server import EmbeddedPostgres, find_running
from reelgate.settings import Settings
from reelgate.store.database import Database, wait_for_database
from reelgate.store.migrate import migrate


@contextlib.asynccontextmanager
async def open_dsn(settings: Settings) -> AsyncIterator[str]:
    """Lend the address of a migrated database; an embedded one that is not running runs until this ends.

    Raises:
        FolderInUse, EmbeddedPostgresError: the data folder cannot be used; the message says what to do.
        DatabaseUnavailable: the configured server does not answer.
        ServerMisconfigured: the database is of another version.

    """
    running = settings.database_url or find_running(settings.postgres_folder)
    if running:
        yield running
        return
    make_data_folder(settings)
    postgres = EmbeddedPostgres(settings.postgres_folder)
    await postgres.start()
    try:
        yield postgres.dsn
    finally:
        await postgres.stop()


@contextlib.asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Lend a migrated database, as `open_dsn` finds it."""
    async with open_dsn(settings) as dsn:
        database = await wait_for_database(dsn, connections_max=2)
        try:
            await migrate(database)
            yield database
        finally:
            await database.close()
