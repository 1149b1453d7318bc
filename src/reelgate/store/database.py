"""The pool of connections to Postgres and what its failures mean.

Every function of the store takes a `Database`. Connections that break are replaced by the pool; the call that met the
break raises `DatabaseUnavailable`, which callers may repeat.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Self, cast

import asyncpg

from reelgate.core.errors import DatabaseUnavailable, ServerMisconfigured, StorageFull
from reelgate.store.together import Together

CONNECT_TIMEOUT_S: Final = 5.0
COMMAND_TIMEOUT_S: Final = 30.0
#: Of one process, unless it needs fewer.
CONNECTIONS_MAX: Final = 10
#: A process waits so long for a database that is starting.
DATABASE_WAIT_S: Final = 60.0

#: The server is away, starting, stopping, out of connections, or cut this one.
_AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    # asyncpg's own state is in disorder, as when a connection is cut in the very moment of its use.
    asyncpg.InternalClientError,
    # Statements stood in each other's way and this one was undone: the next attempt finds the way free.
    asyncpg.TransactionRollbackError,
    OSError,
    TimeoutError,
)


@dataclass(frozen=True, slots=True)
class Shared:
    """A statement that calls which come together share."""

    sql: str
    #: The same over an array for each parameter; it may leave some out, for which it then does nothing.
    over_arrays: str


class Database:
    """A pool of connections; open it with `Database.open`, close it with `close`."""

    def __init__(self, pool: asyncpg.Pool, dsn: str) -> None:
        self.pool = pool
        self.dsn = dsn
        self._together: dict[Shared, Together] = {}

    @classmethod
    async def open(cls, dsn: str, *, connections_max: int = CONNECTIONS_MAX) -> Self:
        """Connect to `dsn`, with one connection at once and up to `connections_max` later.

        Raises:
            DatabaseUnavailable: the server does not answer.
            ServerMisconfigured: it does not let us in, or the address is none.

        """
        async with _translated(), _let_in():
            pool = await asyncpg.create_pool(
                dsn,
                min_size=1,
                max_size=connections_max,
                timeout=CONNECT_TIMEOUT_S,
                command_timeout=COMMAND_TIMEOUT_S,
                reset=_keep_session,
                server_settings={"application_name": "reelgate"},
            )
        return cls(pool, dsn)

    async def close(self) -> None:
        """Close every connection, waiting for none that hangs."""
        try:
            async with _translated():
                await asyncio.wait_for(self.pool.close(), CONNECT_TIMEOUT_S)
        except DatabaseUnavailable:
            self.pool.terminate()

    async def fetchrow(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        """Run one statement in a transaction of its own and return its first row, or None."""
        async with _translated():
            return await self.pool.fetchrow(sql, *arguments)

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        """Run one statement in a transaction of its own and return all rows."""
        async with _translated():
            return await self.pool.fetch(sql, *arguments)

    async def fetchval(self, sql: str, *arguments: object) -> Any:
        """Run one statement in a transaction of its own and return the first column of its first row, or None."""
        async with _translated():
            return await self.pool.fetchval(sql, *arguments)

    async def fetchrow_together(self, statement: Shared, lock: uuid.UUID, *arguments: object) -> asyncpg.Record | None:
        """Run one statement in a transaction that it may share with other calls of it; return its row, or None.

        The first argument is a new UUID, which the row repeats as `id`; `lock` names the row that the statement may
        have to wait for. All that the statement did is undone when it fails, and nothing of the others.
        """
        together = self._together.get(statement)
        if together is None:
            together = self._together[statement] = Together(
                partial(self._fetch_all, statement.over_arrays),
                partial(self._fetchmany, statement.sql),
                partial(self._fetchrow, statement.sql),
            )
        return await together.fetchrow(lock, arguments)

    async def _fetch_all(self, sql: str, calls: list[Sequence[object]]) -> list[asyncpg.Record]:
        return await self.fetch(sql, *(list(column) for column in zip(*calls, strict=True)))

    async def _fetchmany(self, sql: str, calls: list[Sequence[object]]) -> list[asyncpg.Record]:
        async with _translated():
            return await self.pool.fetchmany(sql, calls)

    async def _fetchrow(self, sql: str, arguments: Sequence[object]) -> asyncpg.Record | None:
        return await self.fetchrow(sql, *arguments)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[asyncpg.Connection]:
        """Lend one connection."""
        async with _translated(), self.pool.acquire(timeout=CONNECT_TIMEOUT_S) as connection:
            # The pool's proxy has every method of a connection.
            yield cast("asyncpg.Connection", connection)


async def wait_for_database(dsn: str, *, connections_max: int = CONNECTIONS_MAX) -> Database:
    """Connect to a database that may still be starting.

    Raises:
        DatabaseUnavailable: it did not answer within `DATABASE_WAIT_S`.
        ServerMisconfigured: waiting does not help.

    """
    loop = asyncio.get_running_loop()
    until = loop.time() + DATABASE_WAIT_S
    while True:
        try:
            return await Database.open(dsn, connections_max=connections_max)
        except DatabaseUnavailable:
            if loop.time() > until:
                raise
            await asyncio.sleep(0.1)


async def _keep_session(_: object) -> None:
    """Do without asyncpg's reset of a returned connection, which costs every statement a second round trip.

    An open transaction is rolled back all the same. Whoever takes a lock of the session or listens undoes it.
    """


@asynccontextmanager
async def _let_in() -> AsyncIterator[None]:
    try:
        yield
    except asyncpg.ClientConfigurationError as error:
        # The address may hold a password: it is not repeated.
        raise ServerMisconfigured("The database's address is not one of PostgreSQL.") from error
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        raise ServerMisconfigured(f"The database refuses the connection: {error}.") from error


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except _AWAY as error:
        raise DatabaseUnavailable("The database does not answer.") from error
    except asyncpg.DiskFullError as error:
        raise StorageFull("The database has no room left.") from error
