"""What use cases work with, put together and taken apart."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from reelgate.app.tables import fetch_rules, load_buckets, load_catalogue, load_vault
from reelgate.engines.animatic import engine as animatic
from reelgate.kit.children import ChildPool
from reelgate.media.inspect import PICTURE_CHILD
from reelgate.objects.links import LinkKeys
from reelgate.objects.opening import open_store
from reelgate.objects.store import ObjectStore
from reelgate.service.gateway import Gateway
from reelgate.service.task_cache import TaskCache
from reelgate.settings import Settings
from reelgate.store.changes import Changes
from reelgate.store.clock import SharedClock
from reelgate.store.database import CONNECTIONS_MAX, Database, wait_for_database
from reelgate.store.secrets import ensure_secret
from reelgate.upstreams import capabilities_of, load_pools

LINK_KEY_NAME: Final = "links"
LINK_KEY_BYTES: Final = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Core:
    """A gateway for use cases, with what must be closed after it."""

    gateway: Gateway
    changes: Changes


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedDatabase:
    """The database and its time."""

    database: Database
    clock: SharedClock


@contextlib.asynccontextmanager
async def open_shared(dsn: str, *, connections_max: int = CONNECTIONS_MAX) -> AsyncIterator[SharedDatabase]:
    """Connect to the database and keep its time."""
    database = await wait_for_database(dsn, connections_max=connections_max)
    try:
        clock = SharedClock(database)
        await clock.set()
        keeping = asyncio.create_task(clock.keep())
        try:
            yield SharedDatabase(database=database, clock=clock)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
    finally:
        await database.close()


async def open_gateway(
    settings: Settings, public_url: str, *, shared: SharedDatabase, objects: ObjectStore, children: ChildPool
) -> Gateway:
    """Return what use cases work with, over parts that are open; its cache trusts itself only once it hears changes."""
    vault, database, clock = load_vault(settings), shared.database, shared.clock
    secret = await ensure_secret(database, vault, LINK_KEY_NAME, os.urandom(LINK_KEY_BYTES), clock())
    return Gateway(
        database=database,
        objects=objects,
        catalogue=load_catalogue(settings),
        capabilities=capabilities_of(load_pools(settings)),
        tasks=TaskCache(database),
        children=children,
        fetch_rules=fetch_rules(settings),
        rehearsing=frozenset() if settings.simulation == "off" else frozenset({animatic.NAME}),
        link_keys=LinkKeys.load([secret]),
        vault=vault,
        public_url=public_url.rstrip("/"),
        buckets=load_buckets(settings),
        clock=clock,
        random=os.urandom,
    )


@contextlib.asynccontextmanager
async def open_core(settings: Settings, dsn: str, public_url: str) -> AsyncIterator[Core]:
    """Put together what the use cases need, and take it apart in the end."""
    async with contextlib.AsyncExitStack() as stack:
        shared = await stack.enter_async_context(open_shared(dsn))
        objects = open_store(settings.objects_place)
        stack.push_async_callback(objects.close)
        children = ChildPool(preload=(PICTURE_CHILD,))
        stack.push_async_callback(children.close)
        gateway = await open_gateway(settings, public_url, shared=shared, objects=objects, children=children)
        tasks = gateway.tasks
        changes = Changes(dsn)
        changes.on_task(tasks.forget)
        changes.on_task_ended(tasks.end)
        changes.on_hearing(lambda hearing: tasks.set_hearing(hearing=hearing))
        yield Core(gateway=gateway, changes=changes)
