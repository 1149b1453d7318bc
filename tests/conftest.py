"""What several kinds of tests share: one real Postgres for the whole run, and a fresh database for each test."""

import datetime as dt
import itertools
import logging
import os
import pathlib
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog
from hypothesis import settings

from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.kit.postgres.server import EmbeddedPostgres
from reelgate.store.database import Database
from reelgate.store.migrate import migrate
from reelgate.store.verify import find_breaches

#: How long an example takes says more of the machine than of the code.
settings.register_profile("reelgate", deadline=None)
settings.load_profile("reelgate")

TEMPLATE = "reelgate"
_numbers = itertools.count()

# Tracebacks without the values of variables, as the server logs them: those take seconds to draw.
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
_LOGGING = structlog.get_config()


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Put logging back: commands that a test runs set it up for their own process."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.configure(**_LOGGING)


@pytest.fixture(scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmbeddedPostgres]:
    """A real server, with an empty database of the current schema as a template."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), settings={"fsync": "off"})
    await server.start()
    database = await Database.open(server.dsn)
    await migrate(database)
    await database.close()
    yield server
    await server.stop()


@pytest.fixture
async def dsn(postgres: EmbeddedPostgres) -> str:
    """The address of a fresh database."""
    name = f"test_{next(_numbers)}"
    admin = await Database.open(postgres.dsn.replace(f"/{TEMPLATE}?", "/postgres?"), connections_max=1)
    await admin.fetch(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    await admin.close()
    return postgres.dsn.replace(f"/{TEMPLATE}?", f"/{name}?")


@pytest.fixture
async def database(dsn: str) -> AsyncIterator[Database]:
    """A fresh database; whatever a test did to it, the ledger must be sound afterwards."""
    opened = await Database.open(dsn)
    yield opened
    breaches = await find_breaches(opened)
    await opened.close()
    assert not breaches


@pytest.fixture
def now() -> dt.datetime:
    """A moment."""
    return dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)


def fresh_id() -> uuid.UUID:
    return new_id(dt.datetime.now(dt.UTC), os.urandom(RANDOM_BYTES))


@pytest.fixture(scope="session")
def repository() -> pathlib.Path:
    """The root of the checkout."""
    return pathlib.Path(__file__).parents[1]
