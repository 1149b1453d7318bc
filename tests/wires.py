"""Requests that make a task, one or more for each wire, and an application with every wire over a real database."""

import contextlib
import datetime as dt
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx2
from starlette.applications import Starlette

from fakes import CAPABILITIES, VAULT, load_catalogue
from reelgate.app.wires import DIALECTS
from reelgate.core.ids import RANDOM_BYTES, new_id, new_key
from reelgate.core.keys import KeyTerms
from reelgate.kit.children import ChildPool
from reelgate.kit.fetch import FetchRules
from reelgate.objects.links import LinkKeys
from reelgate.objects.store import ObjectStore
from reelgate.service.credit import digest
from reelgate.service.gateway import Gateway
from reelgate.service.task_cache import TaskCache
from reelgate.store.accounts import Principal, StoredKey, create_key
from reelgate.store.database import Database
from reelgate.web.auth import Authenticator
from reelgate.web.limiter import Limiter
from reelgate.web.request_id import RequestIds
from reelgate.web.server_routes import server_routes

BASE_URL = "http://gate.example"


@dataclass(frozen=True, kw_only=True)
class Create:
    """A request that makes a task of its wire, written so that a copy with another prompt can be made."""

    wire: str
    path: str
    json: dict[str, Any] | None = None
    #: Texts of a form; files beside them.
    form: dict[str, str] | None = None
    files: dict[str, tuple[str, bytes, str]] = field(default_factory=dict)

    def with_prompt(self, prompt: str) -> "Create":
        """Return the same request for something else."""
        if self.form is not None:
            return replace(self, form=self.form | {"prompt": prompt})
        return replace(self, json=_with_prompt(self.json, prompt))

    async def send(self, client: httpx2.AsyncClient, key: str, **headers: str) -> httpx2.Response:
        """Send it with a key, which every wire takes as a bearer's token."""
        sent = {"Authorization": f"Bearer {key}"} | {name.replace("_", "-"): text for name, text in headers.items()}
        if self.form is not None:
            return await client.post(self.path, data=self.form, files=self.files, headers=sent)
        return await client.post(self.path, json=self.json, headers=sent)


def _with_prompt(tree: Any, prompt: str) -> Any:
    """Return a JSON tree with another text in every field named prompt."""
    if isinstance(tree, dict):
        return {k: prompt if k == "prompt" else _with_prompt(v, prompt) for k, v in tree.items()}
    return [_with_prompt(part, prompt) for part in tree] if isinstance(tree, list) else tree


_PROMPT = {"prompt": "a boat at dawn"}
_VERTEX = "publishers/google/models/veo-3.1-generate-001:predictLongRunning"
_VTRIX = {"model": "veo_31_fast", "input": [{"params": {**_PROMPT, "durationSeconds": 8}}]}

#: One for each wire.
CREATES = (
    Create(wire="veo4api", path="/api/video/veo4/generate", json=_PROMPT),
    Create(wire="veo3gen", path="/api/veo/text-to-video", json={**_PROMPT, "model": "veo-3.0-fast-generate-001"}),
    Create(wire="veoapi", path="/v1/video/generations", json={**_PROMPT, "model": "veo-3"}),
    Create(wire="acedata", path="/veo/videos", json={**_PROMPT, "action": "text2video", "async": True}),
    Create(wire="vtrix", path="/model/v1/generation", json=_VTRIX),
    Create(
        wire="gemini",
        path="/v1beta/models/veo-3.1-generate-preview:predictLongRunning",
        json={"instances": [_PROMPT]},
    ),
    Create(wire="vertex", path=f"/v1/projects/p/locations/l/{_VERTEX}", json={"instances": [_PROMPT]}),
    Create(wire="openai", path="/v1/videos", json={**_PROMPT, "model": "sora-2"}),
)


def form_creates(picture: bytes) -> tuple[Create, ...]:
    """Return those that bring a picture in a form."""
    return (
        Create(
            wire="veo3gen",
            path="/api/veo/image-to-video",
            form={**_PROMPT, "model": "veo-3.0-fast-generate-001"},
            files={"image": ("a.jpg", picture, "image/jpeg")},
        ),
        Create(
            wire="openai",
            path="/v1/videos",
            form={**_PROMPT, "model": "sora-2"},
            files={"input_reference": ("a.jpg", picture, "image/jpeg")},
        ),
    )


def make_gateway(database: Database, objects: ObjectStore, children: ChildPool, **changes: Any) -> Gateway:
    """Return a gateway over a real database; nothing may be fetched."""
    fields: dict[str, Any] = {
        "database": database,
        "objects": objects,
        "catalogue": load_catalogue(),
        "capabilities": {"animatic": CAPABILITIES},
        "tasks": TaskCache(database),
        "children": children,
        "fetch_rules": FetchRules(),
        "link_keys": LinkKeys.load([bytes(32)]),
        "vault": VAULT,
        "public_url": BASE_URL,
        "clock": lambda: dt.datetime.now(dt.UTC),
        "random": os.urandom,
    }
    return Gateway(**(fields | changes))


@contextlib.asynccontextmanager
async def open_client(
    gateway: Gateway, authenticator: Authenticator, limiter: Limiter | None = None
) -> AsyncIterator[httpx2.AsyncClient]:
    """Lend a client of an application that serves every wire, without a socket."""
    app = RequestIds(Starlette(routes=server_routes(DIALECTS, gateway, authenticator, limiter or Limiter())))
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


async def give_key(database: Database, principal: Principal, **terms: Any) -> str:
    """Make another key for an account."""
    now = dt.datetime.now(dt.UTC)
    key = new_key(os.urandom(40))
    stored = StoredKey(
        id=new_id(now, os.urandom(RANDOM_BYTES)),
        account=principal.account,
        prefix=key[:9],
        created_at=now,
        revoked_at=None,
        terms=KeyTerms(**terms),
    )
    await create_key(database, stored, principal.account_id, digest(key))
    return key
