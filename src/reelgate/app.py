"""Composition: the only place that names concrete adapters. Called by the command line; holds no logic of its own."""

import asyncio
import contextlib
import importlib.resources
import os
import pathlib
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import structlog
from starlette.applications import Starlette

from reelgate.core.catalogue import Catalogue, catalogue_from
from reelgate.core.errors import ServerMisconfigured
from reelgate.core.payments import read_packages
from reelgate.core.plans import Plans, plans_from
from reelgate.core.ports import PromptService
from reelgate.core.task import Task
from reelgate.dialects.acedata.routes import DIALECT as ACEDATA
from reelgate.dialects.gemini.routes import DIALECT as GEMINI
from reelgate.dialects.openai.routes import DIALECT as OPENAI
from reelgate.dialects.veo3gen.routes import DIALECT as VEO3GEN
from reelgate.dialects.veo4api.routes import DIALECT as VEO4API
from reelgate.dialects.veoapi.routes import DIALECT as VEOAPI
from reelgate.dialects.vertex.routes import DIALECT as VERTEX
from reelgate.dialects.vtrix.routes import DIALECT as VTRIX
from reelgate.engines.animatic import engine as animatic
from reelgate.engines.rehearsed.engine import Rehearsed
from reelgate.kit.addresses import read_allowed
from reelgate.kit.children import ChildPool
from reelgate.kit.clock import now
from reelgate.kit.fetch import FetchRules
from reelgate.kit.sealing import KEY_BYTES, KeyRing, ensure_key_file, read_key_ring, write_key
from reelgate.media.inspect import PICTURE_CHILD, VIDEO_CHILD
from reelgate.media.previews import PREVIEW_CHILD
from reelgate.objects.links import LinkKeys
from reelgate.objects.opening import open_store
from reelgate.objects.store import ObjectStore
from reelgate.payments.stripe_checkout import StripeCheckout
from reelgate.service.gateway import Gateway
from reelgate.service.ledger_watch import LedgerWatch
from reelgate.service.task_cache import TaskCache
from reelgate.settings import Settings
from reelgate.store.accounts import ensure_secret
from reelgate.store.changes import Changes
from reelgate.store.credentials import list_credentials, load_credentials
from reelgate.store.database import Database, wait_for_database
from reelgate.upstreams import capabilities_of, load_pools, routed
from reelgate.web.auth import Authenticator
from reelgate.web.credit_routes import credit_routes
from reelgate.web.dialect import Dialect, WireEvent
from reelgate.web.limiter import Limiter
from reelgate.web.metrics import metrics_route
from reelgate.web.request_id import RequestIds
from reelgate.web.server_routes import server_routes
from reelgate.web.upkeep import Upkeep
from reelgate.webhooks.send import send_rules
from reelgate.worker.chat import GEMINI_MODEL, GEMINI_URL, ChatService, gemini_wire, openai_wire
from reelgate.worker.collect import VIDEO_MAX_BYTES, VIDEO_MAX_S
from reelgate.worker.deliver import PostOffice, Tell
from reelgate.worker.remotes import Remotes
from reelgate.worker.run import Worker
from reelgate.worker.send import Sender
from reelgate.worker.workshop import Workshop

#: Every wire that is served. Of two that share a prefix, the one with the longer paths stands first.
DIALECTS: Final[tuple[Dialect, ...]] = (VEO4API, VEO3GEN, ACEDATA, GEMINI, VERTEX, OPENAI, VEOAPI, VTRIX)

LINK_KEY_NAME: Final = "links"
LINK_KEY_BYTES: Final = 32

_log = structlog.get_logger(__name__)


def load_catalogue(settings: Settings) -> Catalogue:
    """Return the catalogue of models, the operator's or the package's own.

    Raises:
        ServerMisconfigured: it cannot be read; the message says why.

    """
    catalogue = catalogue_from(_load_toml("catalogue", settings.catalogue))
    return routed(catalogue, load_pools(settings), animatic_fallback=settings.animatic_fallback)


def load_plans(settings: Settings) -> Plans:
    """Return the plans of accounts, the operator's or the package's own.

    Raises:
        ServerMisconfigured: they cannot be read; the message says why.

    """
    return plans_from(_load_toml("plans", settings.plans))


def _load_toml(name: str, own: pathlib.Path | None) -> dict[str, Any]:
    try:
        if own is None:
            text = importlib.resources.files("reelgate").joinpath(f"{name}.toml").read_text(encoding="utf-8")
        else:
            text = own.read_text(encoding="utf-8")
        return tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ServerMisconfigured(f"The {name} cannot be read: {error}") from error


def load_key_ring(settings: Settings) -> KeyRing:
    """Return the keys that seal credentials; where none are set, those of the data folder, which are made at need.

    Raises:
        ServerMisconfigured: they cannot be read; the message says why.

    """
    try:
        text = settings.secret_keys
        if text is None:
            text = ensure_key_file(settings.secret_keys_file, write_key("first", os.urandom(KEY_BYTES)))
        return read_key_ring(text)
    except (OSError, ValueError) as error:
        raise ServerMisconfigured(f"The keys that seal credentials cannot be read: {error}.") from error


async def open_credentials(settings: Settings, database: Database) -> Mapping[tuple[str, str], str]:
    """Return the credentials of engines that are kept in the database, by (engine, name)."""
    if not await list_credentials(database):
        return {}
    return await load_credentials(database, load_key_ring(settings))


def fetch_rules(settings: Settings) -> FetchRules:
    """Return what may be fetched.

    Raises:
        ServerMisconfigured: the operator's list cannot be read; the message says why.

    """
    try:
        return FetchRules(allowed=read_allowed(settings.fetch_allow))
    except ValueError as error:
        raise ServerMisconfigured(f"REELGATE_FETCH_ALLOW: {error}") from error


def prompt_service(settings: Settings, sender: Sender) -> PromptService | None:
    """Return what translates and enhances prompts, or None where nothing is set up.

    Raises:
        ServerMisconfigured: what is set up lacks something; the message says what.

    """
    url, key, model = settings.prompt_url, settings.prompt_key, settings.prompt_model
    if settings.prompt_kind == "gemini":
        key = key or settings.gemini_api_key
        if key is None:
            raise ServerMisconfigured("REELGATE_PROMPT_KIND is gemini, and REELGATE_PROMPT_KEY is not set.")
        return ChatService(wire=gemini_wire(url or GEMINI_URL, model or GEMINI_MODEL, key), sender=sender)
    if url is None:
        return None
    if model is None:
        raise ServerMisconfigured("REELGATE_PROMPT_URL is set, and REELGATE_PROMPT_MODEL is not.")
    return ChatService(wire=openai_wire(url, model, key), sender=sender)


def load_checkout(settings: Settings) -> StripeCheckout | None:
    """Return the payment service, or None where credits are not sold.

    Raises:
        ServerMisconfigured: what is sold cannot be read, or a secret is missing; the message says which.

    """
    if not settings.stripe_key:
        return None
    try:
        packages = read_packages(settings.stripe_packages)
    except ValueError as error:
        raise ServerMisconfigured(f"REELGATE_STRIPE_PACKAGES: {error}") from error
    if not settings.stripe_webhook_secret:
        raise ServerMisconfigured("REELGATE_STRIPE_WEBHOOK_SECRET is needed with REELGATE_STRIPE_KEY.")
    return StripeCheckout(
        key=settings.stripe_key,
        webhook_secret=settings.stripe_webhook_secret,
        packages=packages,
        return_url=settings.stripe_return_url or settings.public_url or f"http://{settings.host}:{settings.port}",
        api_url=settings.stripe_api_url,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Core:
    """A gateway for use cases, with what must be closed after it."""

    gateway: Gateway
    changes: Changes


async def open_gateway(
    settings: Settings, public_url: str, *, database: Database, objects: ObjectStore, children: ChildPool
) -> Gateway:
    """Return what use cases work with, over parts that are open; its cache trusts itself only once it hears changes."""
    secret = await ensure_secret(database, LINK_KEY_NAME, os.urandom(LINK_KEY_BYTES), now())
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
        public_url=public_url.rstrip("/"),
        clock=now,
        random=os.urandom,
    )


def wires_with_events() -> tuple[str, ...]:
    """Return the wires that have words for the end of a task."""
    return tuple(dialect.name for dialect in DIALECTS if dialect.event_of)


def tells_of(gateway: Gateway) -> Mapping[str, Tell]:
    """Return what each wire tells receivers of the end of a task."""

    def tell_of(event_of: Callable[[Gateway, Task], Awaitable[WireEvent]]) -> Tell:
        async def tell(task: Task) -> bytes:
            return msgspec.json.encode((await event_of(gateway, task)).body)

        return tell

    return {dialect.name: tell_of(dialect.event_of) for dialect in DIALECTS if dialect.event_of}


@contextlib.asynccontextmanager
async def open_core(settings: Settings, dsn: str, public_url: str) -> AsyncIterator[Core]:
    """Put together what the use cases need, and take it apart in the end."""
    async with contextlib.AsyncExitStack() as stack:
        database = await wait_for_database(dsn)
        stack.push_async_callback(database.close)
        objects = open_store(settings.objects_place)
        stack.push_async_callback(objects.close)
        children = ChildPool(preload=(PICTURE_CHILD,))
        stack.push_async_callback(children.close)
        gateway = await open_gateway(settings, public_url, database=database, objects=objects, children=children)
        tasks = gateway.tasks
        changes = Changes(dsn)
        changes.on_task(tasks.forget)
        changes.on_task_ended(tasks.end)
        changes.on_hearing(lambda hearing: tasks.set_hearing(hearing=hearing))
        yield Core(gateway=gateway, changes=changes)


@contextlib.asynccontextmanager
async def open_worker(settings: Settings, dsn: str) -> AsyncIterator[Worker]:
    """Put a worker together with every engine, and take it apart in the end."""
    cores = os.cpu_count() or 1
    renders_max = settings.renders_max or max(1, cores // 4)
    threads = max(1, cores // renders_max)
    settings.scratch_folder.mkdir(parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        database = await wait_for_database(dsn)
        stack.push_async_callback(database.close)
        objects = open_store(settings.objects_place)
        stack.push_async_callback(objects.close)
        children = ChildPool(preload=(*animatic.PRELOAD, VIDEO_CHILD, PREVIEW_CHILD))
        stack.push_async_callback(children.close)
        engine = Rehearsed(engine=animatic.Animatic(children=children, threads=threads))
        sender = await stack.enter_async_context(Sender())
        workshop = Workshop(
            database=database,
            objects=objects,
            engines={engine.name: engine},
            children=children,
            scratch_folder=settings.scratch_folder,
            clock=now,
            random=os.urandom,
            prompts=prompt_service(settings, sender),
            checkout=load_checkout(settings),
            remotes=Remotes(
                pools=load_pools(settings, await open_credentials(settings, database)),
                local={engine.name: engine.capabilities},
                catalogue=load_catalogue(settings),
                sender=sender,
                fetch_rules=replace(fetch_rules(settings), size_max_bytes=VIDEO_MAX_BYTES, total_s=VIDEO_MAX_S),
            ),
        )
        public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
        gateway = await open_gateway(settings, public_url, database=database, objects=objects, children=children)
        office = PostOffice(
            database=database,
            tells=tells_of(gateway),
            rules=send_rules(gateway.fetch_rules),
            clock=now,
            random=os.urandom,
        )
        # The first render finds everything imported.
        warming = asyncio.create_task(children.start())
        stack.callback(warming.cancel)
        yield Worker(workshop=workshop, office=office, renders_max=renders_max)


def make_api(settings: Settings, dsn: str, public_url: str) -> RequestIds:
    """Return the ASGI application with every wire; it opens what it needs when the server starts it."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_core(settings, dsn, public_url) as core:
            database = core.gateway.database
            authenticator, limiter = Authenticator(database, load_plans(settings)), Limiter()
            upkeep = Upkeep(database, limiter, authenticator)
            core.changes.on_key(authenticator.forget)
            core.changes.on_use(upkeep.hear)
            core.changes.on_hearing(lambda hearing: authenticator.set_hearing(hearing=hearing))
            await core.changes.start()
            upkeep.start()
            # The server's own routes end in one that takes every path.
            app.router.routes.extend(credit_routes(core.gateway, authenticator, load_checkout(settings)))
            watch = LedgerWatch(database, now)
            app.router.routes.append(metrics_route(watch, settings.metrics_token))
            app.router.routes.extend(server_routes(DIALECTS, core.gateway, authenticator, limiter))
            try:
                yield
            finally:
                await watch.close()
                await upkeep.close()
                await core.changes.close()

    return RequestIds(Starlette(lifespan=lifespan))
