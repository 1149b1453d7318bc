"""The part of a server that works off tasks."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from reelgate.app.gateway import open_gateway, open_shared
from reelgate.app.tables import fetch_rules, load_buckets, load_catalogue, load_checkout, open_credentials
from reelgate.app.wires import tells_of
from reelgate.core.buckets import check_bucket_key
from reelgate.core.errors import ServerMisconfigured
from reelgate.core.ports import PromptService
from reelgate.engines.animatic import engine as animatic
from reelgate.engines.rehearsed.engine import Rehearsed
from reelgate.kit.children import ChildPool
from reelgate.media.inspect import VIDEO_CHILD
from reelgate.media.previews import PREVIEW_CHILD
from reelgate.objects.opening import open_store
from reelgate.settings import Settings
from reelgate.upstreams import load_pools
from reelgate.webhooks.send import send_rules
from reelgate.worker.chat import GEMINI_MODEL, GEMINI_URL, ChatService, gemini_wire, openai_wire
from reelgate.worker.collect import VIDEO_MAX_BYTES, VIDEO_MAX_S
from reelgate.worker.deliver import PostOffice
from reelgate.worker.remotes import Remotes
from reelgate.worker.run import Worker
from reelgate.worker.send import Sender
from reelgate.worker.workshop import Workshop

#: Of a worker, whose many short steps wait for commits more than for anything else.
CONNECTIONS_MAX: Final = 20


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


@contextlib.asynccontextmanager
async def open_worker(settings: Settings, dsn: str) -> AsyncIterator[Worker]:
    """Put a worker together with every engine, and take it apart in the end."""
    cores = os.cpu_count() or 1
    renders_max = settings.renders_max or max(1, cores // 4)
    threads = max(1, cores // renders_max)
    settings.scratch_folder.mkdir(parents=True, exist_ok=True)
    async with contextlib.AsyncExitStack() as stack:
        shared = await stack.enter_async_context(open_shared(dsn, connections_max=CONNECTIONS_MAX))
        database = shared.database
        objects = open_store(settings.objects_place)
        stack.push_async_callback(objects.close)
        children = ChildPool(preload=(*animatic.PRELOAD, VIDEO_CHILD, PREVIEW_CHILD))
        stack.push_async_callback(children.close)
        buckets = load_buckets(settings)
        places = {mapping.place: open_store(mapping.place, check_bucket_key) for mapping in buckets.mappings}
        for place in places.values():
            stack.push_async_callback(place.close)
        engine = Rehearsed(engine=animatic.Animatic(children=children, threads=threads))
        sender = await stack.enter_async_context(Sender())
        workshop = Workshop(
            database=database,
            objects=objects,
            engines={engine.name: engine},
            children=children,
            scratch_folder=settings.scratch_folder,
            clock=shared.clock,
            random=os.urandom,
            prompts=prompt_service(settings, sender),
            checkout=load_checkout(settings),
            buckets=buckets,
            places=places,
            remotes=Remotes(
                pools=load_pools(settings, await open_credentials(settings, database)),
                local={engine.name: engine.capabilities},
                catalogue=load_catalogue(settings),
                sender=sender,
                fetch_rules=replace(fetch_rules(settings), size_max_bytes=VIDEO_MAX_BYTES, total_s=VIDEO_MAX_S),
            ),
        )
        public_url = settings.public_url or f"http://{settings.host}:{settings.port}"
        gateway = await open_gateway(settings, public_url, shared=shared, objects=objects, children=children)
        office = PostOffice(
            database=database,
            vault=gateway.vault,
            tells=tells_of(gateway),
            rules=send_rules(gateway.fetch_rules),
            clock=shared.clock,
            random=os.urandom,
        )
        # The first render finds everything imported.
        warming = asyncio.create_task(children.start())
        stack.callback(warming.cancel)
        yield Worker(workshop=workshop, office=office, renders_max=renders_max)
