"""Every route of every wire, for every role, about another tenant's ids: who is let in, and what nobody else learns.

The routes are those that the server has: one that is new fails here until it says how it is asked for a task, and what
it answers to a stranger.
"""

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from starlette.routing import Route, Router

from conftest import fresh_id
from fakes import PRICE, VAULT, open_account, put_task
from reelgate.app.api import all_routes
from reelgate.app.wires import DIALECTS
from reelgate.core.ids import to_base32
from reelgate.core.keys import Scope
from reelgate.core.tails import to_tail
from reelgate.core.task import Artifact, ArtifactKind, State
from reelgate.dialects.acedata import translate as acedata
from reelgate.dialects.openai import translate as openai
from reelgate.dialects.veo3gen import translate as veo3gen
from reelgate.dialects.veo4api import translate as veo4api
from reelgate.dialects.veoapi import translate as veoapi
from reelgate.dialects.vertex import translate as vertex
from reelgate.dialects.vtrix import translate as vtrix
from reelgate.kit.children import ChildPool
from reelgate.kit.fetch import FetchRules
from reelgate.objects.disk import DiskStore
from reelgate.service import notify
from reelgate.service.gateway import Gateway
from reelgate.service.ledger_watch import LedgerWatch
from reelgate.settings import Settings
from reelgate.store.accounts import Principal, revoke_key
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, finish_task
from reelgate.web.auth import Authenticator
from reelgate.web.dialect import Operation
from reelgate.web.limiter import Limiter
from reelgate.web.request_id import RequestIds
from reelgate.web.wire_route import WireRoute
from wires import give_key, make_gateway, open_client

SECRET_PROMPT = "the marmalade zeppelin"
HOOK = "https://owner.example/hears"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """How an operation is asked about a task, or about nothing."""

    path: str
    json: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    #: It names the task: strangers get the same answer for it as for one that there is not.
    named: bool = True


def ask_of(wire: str, operation: Operation, task_id: uuid.UUID, video_id: uuid.UUID, hook_id: uuid.UUID) -> Ask:
    """Return how to ask; raises KeyError for an operation that nobody has described."""
    tail, file = to_tail(task_id), to_tail(video_id)
    prompt = {"prompt": "another prompt"}
    known = operation.path
    for name, value in (("project", "p"), ("location", "l"), ("model", "veo-3.1-generate-preview")):
        known = known.replace(f"{{{name}}}", value)
    resource = "projects/p/locations/l/publishers/google/models/veo-3.1-generate-001"
    acedata_id, openai_id = f"{acedata.to_id(task_id)}", openai.to_id(task_id)
    asks: dict[str, Ask] = {
        "POST /api/video/veo4/generate": Ask(path=known, json=prompt, named=False),
        "GET /api/video/veo4/status": Ask(path=f"{known}?task_id={veo4api.to_id(task_id)}"),
        "POST /api/video/veo4/cancel": Ask(path=known, json={"task_id": veo4api.to_id(task_id)}),
        "POST /api/veo/text-to-video": Ask(path=known, json=prompt, named=False),
        "POST /api/veo/image-to-video": Ask(path=known, form=prompt, named=False),
        "POST /api/veo/first-last-frame": Ask(path=known, form=prompt, named=False),
        "GET /api/veo/status/{taskId}": Ask(path=f"/api/veo/status/{veo3gen.to_id(task_id)}"),
        "GET /api/veo/download/{taskId}": Ask(path=f"/api/veo/download/{veo3gen.to_id(task_id)}"),
        "GET /api/veo/history": Ask(path=known, named=False),
        "GET /api/veo/models": Ask(path=known, named=False),
        "POST /veo/videos": Ask(path=known, json=prompt | {"async": True}, named=False),
        "POST /veo/upsample": Ask(path=known, json={"action": "1080p", "video_id": acedata_id, "async": True}),
        "POST /veo/extend": Ask(
            path=known, json=prompt | {"video_id": acedata_id, "model": "veo31-fast", "async": True}
        ),
        "POST /veo/reshoot": Ask(path=known, json={"video_id": acedata_id, "motion_type": "STATIONARY"}),
        "POST /veo/objects": Ask(path=known, json=prompt | {"video_id": acedata_id, "action": "insert"}),
        "POST /veo/tasks": Ask(path=known, json={"action": "retrieve", "id": acedata_id}),
        "POST /v1/videos": Ask(path=known, json=prompt, named=False),
        "GET /v1/videos": Ask(path=known, named=False),
        "POST /v1/videos/edits": Ask(path=known, json=prompt | {"video": {"id": openai_id}}),
        "POST /v1/videos/extensions": Ask(path=known, json=prompt | {"video": {"id": openai_id}, "seconds": "4"}),
        "POST /v1/videos/characters": Ask(path=known, form={"name": "a"}, named=False),
        "GET /v1/videos/characters/{characterId}": Ask(path="/v1/videos/characters/char_x", named=False),
        "GET /v1/videos/{videoId}": Ask(path=f"/v1/videos/{openai_id}"),
        "DELETE /v1/videos/{videoId}": Ask(path=f"/v1/videos/{openai_id}"),
        "GET /v1/videos/{videoId}/content": Ask(path=f"/v1/videos/{openai_id}/content"),
        "POST /v1/videos/{videoId}/remix": Ask(path=f"/v1/videos/{openai_id}/remix", json=prompt),
        "POST /v1/video/generations": Ask(path=known, json=prompt, named=False),
        "GET /v1/video/generations/{id}": Ask(path=f"/v1/video/generations/{veoapi.to_id(task_id)}"),
        "GET /v1/models": Ask(path=known, named=False),
        "GET /v1/models/{model}": Ask(path="/v1/models/veo-3", named=False),
        "POST /model/v1/generation": Ask(path=known, json=prompt | {"model": "veo_31_fast"}, named=False),
        "GET /model/v1/generation/task/{id}": Ask(path=f"/model/v1/generation/task/{vtrix.to_id(task_id)}"),
        "GET /api/v1/skill/models": Ask(path=known, named=False),
        "GET /api/v1/skill/models/{model_id}/spec": Ask(path="/api/v1/skill/models/veo_31_fast/spec", named=False),
    }
    predict = {"instances": [prompt]}
    hook = "/webhooks/{webhook}"
    for version in ("v1beta", "v1"):
        below = f"/{version}/models/{{model}}"
        asks |= {
            f"POST {below}:predictLongRunning": Ask(path=known, json=predict, named=False),
            f"GET {below}/operations/{{operation}}": Ask(path=known.replace("{operation}", tail)),
            f"GET /{version}/operations/{{operation}}": Ask(path=known.replace("{operation}", tail)),
            f"GET /{version}/files/{{file}}:download": Ask(path=known.replace("{file}", file)),
            f"GET /{version}/files/{{file}}": Ask(path=known.replace("{file}", file)),
            f"GET /{version}/files/{{pasted:path}}": Ask(path=f"/{version}/files/http://x/files/{file}:download"),
            f"GET {below}": Ask(path=known, named=False),
            f"GET /{version}/models": Ask(path=known, named=False) if version == "v1beta" else asks["GET /v1/models"],
            f"POST /{version}/webhooks": Ask(path=known, json={}, named=False),
            f"GET /{version}/webhooks": Ask(path=known, named=False),
        }
        for method, end, json in (
            ("POST", ":ping", {}), ("POST", ":rotateSigningSecret", {}), ("GET", "", None),
            ("PATCH", "", {"uri": "https://stranger.example/h"}),
            ("DELETE", "", None),
        ):  # fmt: skip
            asks[f"{method} /{version}{hook}{end}"] = Ask(
                path=known.replace("{webhook}", to_base32(hook_id)), json=json
            )
    for version in ("v1", "v1beta1"):
        for place in ("projects/{project}/locations/{location}/", ""):
            below = f"/{version}/{place}publishers/google/models/{{model}}"
            asks[f"POST {below}:predictLongRunning"] = Ask(
                path=known.replace("-preview", "-001"), json=predict, named=False
            )
            asks[f"POST {below}:fetchPredictOperation"] = Ask(
                path=known.replace("-preview", "-001"), json={"operationName": vertex.to_name(task_id, resource)}
            )
    return asks[f"{operation.method} {operation.path}"]


def operations() -> Iterator[tuple[str, Operation]]:
    for dialect in DIALECTS:
        for operation in dialect.operations:
            yield dialect.name, operation


@dataclass(frozen=True, kw_only=True)
class World:
    """An owner's finished task and webhook, and keys of every role."""

    gateway: Gateway
    client: httpx2.AsyncClient
    database: Database
    owner: Principal
    task_id: uuid.UUID
    video_id: uuid.UUID
    hook_id: uuid.UUID
    keys: dict[str, str | None]

    def about(self, wire: str, operation: Operation) -> Ask:
        """Return how to ask about what the owner has."""
        return ask_of(wire, operation, self.task_id, self.video_id, self.hook_id)

    async def ask(self, operation: Operation, asked: Ask, role: str) -> httpx2.Response:
        """Send one request as a role."""
        key = self.keys[role]
        headers = {"X-Request-ID": "same"} | ({"Authorization": f"Bearer {key}"} if key else {})
        if asked.form is not None:
            files = {"image": ("a.jpg", b"no picture", "image/jpeg")}
            return await self.client.post(asked.path, data=asked.form, files=files, headers=headers)
        return await self.client.request(operation.method, asked.path, json=asked.json, headers=headers)


@pytest.fixture
async def world(database: Database, objects: DiskStore, real_children: ChildPool) -> AsyncIterator[World]:
    """A fresh world."""
    owner, stranger = await open_account(database, 1000 * PRICE), await open_account(database, 1000 * PRICE, "b")
    now = dt.datetime.now(dt.UTC)
    task_id = await put_task(database, owner)
    await database.fetch("UPDATE tasks SET spec = jsonb_set(spec, '{prompt}', to_jsonb($1::text))", SECRET_PROMPT)
    await database.fetch("UPDATE tasks SET state = 'processing', phase = 'running'")
    stored = await objects.put_bytes("videos/x.mp4", b"a film", "video/mp4")
    video = Artifact(
        id=fresh_id(), task_id=task_id, kind=ArtifactKind.VIDEO, sample=0, object_key="videos/x.mp4",
        media_type="video/mp4", size_bytes=stored.size_bytes, sha256=stored.sha256, width_px=1280, height_px=720,
        duration_s=8.0, frames=192, has_audio=True, created_at=now,
    )  # fmt: skip
    ending = Ending(state=State.SUCCEEDED, completed_at=now, due_microcredits=PRICE, artifacts=(video,))
    assert await finish_task(database, task_id, None, ending)
    keys: dict[str, str | None] = {
        "nobody": None,
        "guesser": "rg_guess",
        "revoked": await give_key(database, owner),
        "expired": await give_key(database, owner, expires_at=now),
        "stranger": await give_key(database, stranger),
        "reader": await give_key(database, owner, scopes=frozenset({Scope.READ})),
        "maker": await give_key(database, owner, scopes=frozenset({Scope.CREATE})),
        "owner": await give_key(database, owner),
    }
    await revoke_key(database, (keys["revoked"] or "")[:9], now)
    gateway = make_gateway(database, objects, real_children)
    desk = notify.Desk(database=database, vault=VAULT, rules=FetchRules(), wires=("gemini",))
    made = await notify.add_endpoint(desk, owner.account_id, notify.Wanted(url=HOOK, wire="gemini"))
    async with open_client(gateway, Authenticator(database), Unlimited()) as client:
        yield World(
            gateway=gateway, client=client, database=database, owner=owner, task_id=task_id, video_id=video.id,
            hook_id=made.endpoint.id, keys=keys,
        )  # fmt: skip


class Unlimited(Limiter):
    """Lets guesses go on: what is said to them is looked at here."""

    def fail(self, address: str) -> None:
        """Refuse none."""


def test_every_route_is_described() -> None:
    """Whoever adds one says here what strangers may learn of it."""
    for wire, operation in operations():
        ask_of(wire, operation, uuid.uuid4(), uuid.uuid4(), uuid.uuid4())


async def test_nobody_gets_in_without_a_good_key(world: World) -> None:
    """None, a wrong, a revoked and an expired one; nobody is told which of the three it was."""
    before = await state_of(world)
    for wire, operation in operations():
        asked = world.about(wire, operation)
        answers = [await world.ask(operation, asked, role) for role in ("nobody", "guesser", "revoked", "expired")]
        if operation.public:
            assert all(answer.is_success for answer in answers)
            continue
        assert all(answer.status_code in (400, 401, 403) for answer in answers), (operation.path, answers)
        assert len({(answer.status_code, answer.content) for answer in answers[1:]}) == 1
        assert_tells_nothing(answers)
    assert await state_of(world) == before


async def test_a_stranger_cannot_tell_another_s_task_from_none(world: World) -> None:
    """By no route: neither status, nor headers, nor body."""
    before = await state_of(world)
    nowhere, no_video, no_hook = fresh_id(), fresh_id(), fresh_id()
    for wire, operation in operations():
        asked = world.about(wire, operation)
        if operation.public or not asked.named:
            continue
        foreign = await world.ask(operation, asked, "stranger")
        unknown = await world.ask(operation, ask_of(wire, operation, nowhere, no_video, no_hook), "stranger")
        assert not foreign.is_success or foreign.content == b"null", (operation.path, foreign.text)
        assert told(foreign, world.task_id, world.video_id, world.hook_id) == told(
            unknown, nowhere, no_video, no_hook
        ), operation.path
        assert_tells_nothing([foreign])
    assert await state_of(world) == before


async def test_the_owner_works_with_a_webhook_as_strangers_cannot(world: World) -> None:
    """So that the webhook that strangers are refused is one that there is."""
    for wire, operation in operations():
        if "{webhook}" in operation.path and operation.method != "DELETE" and operation.path.startswith("/v1beta/"):
            answer = await world.ask(operation, world.about(wire, operation), "owner")
            assert answer.is_success, (operation.path, answer.text)


#: What the server answers besides the wires, and to whom: whoever has a key; whoever shows something else; anybody.
OWN_ROUTES = {
    "GET /reelgate/credits": "key",
    "POST /reelgate/credits/redeem": "key",
    "POST /reelgate/credits/checkout": "key",
    "POST /reelgate/stripe/webhook": "signature",
    "GET /metrics": "token",
    "GET /files/{artifact_id}/{file_name}": "link",
    "GET /openapi/{name}.json": "anybody",
    "GET /docs/{name}": "anybody",
    "GET /docs": "anybody",
    "GET /readyz": "anybody",
    "GET /": "anybody",
    "* /{rest:path}": "anybody",
}


async def test_every_other_route_is_described_and_held(world: World) -> None:
    """Those of the whole server, as it is put together: a new one fails here until it says whom it answers."""
    settings = Settings(metrics_token="token-of-metrics")
    gateway: Any = world.gateway
    watch = LedgerWatch(world.database, gateway.clock)
    routes = all_routes(settings, gateway, Authenticator(world.database), Unlimited(), watch)
    found = set()
    for route in routes:
        if isinstance(route, WireRoute):
            continue
        assert isinstance(route, Route)
        methods = {method for method in route.methods or () if method != "HEAD"}
        found |= {f"{'*' if len(methods) > 1 else method} {route.path}" for method in methods}
    assert found == set(OWN_ROUTES)
    transport = httpx2.ASGITransport(app=RequestIds(Router(routes)), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gate.example") as client:
        for name, whom in OWN_ROUTES.items():
            method, _, path = name.partition(" ")
            if whom in {"anybody", "link"}:
                continue
            for role in ("nobody", "guesser", "revoked", "expired", *(("owner",) if whom != "key" else ())):
                key = world.keys[role]
                headers = {"Authorization": f"Bearer {key}"} if key else {}
                answer = await client.request(method, path, json={"package": "small", "code": "x"}, headers=headers)
                # Without a payment service there is no such route.
                assert answer.status_code in (401, 403, 404), (name, role, answer.text)
        balance = [
            (await client.get("/reelgate/credits", headers={"Authorization": f"Bearer {world.keys[role]}"})).json()
            for role in ("stranger", "owner")
        ]
        assert [each["account"] for each in balance] == ["b", "a"]
        reader = {"Authorization": f"Bearer {world.keys['reader']}"}
        for path in ("redeem", "checkout"):
            answer = await client.post(f"/reelgate/credits/{path}", json={"code": "x"}, headers=reader)
            assert answer.status_code == 403


async def test_lists_hold_one_s_own_alone(world: World) -> None:
    """The owner finds the task, a stranger does not."""
    lists = ("/api/veo/history", "/v1/videos")
    for wire, operation in operations():
        if operation.method == "GET" and operation.path in lists:
            asked = world.about(wire, operation)
            assert SECRET_PROMPT not in (await world.ask(operation, asked, "stranger")).text
    batch = {"action": "retrieve_batch"}
    for role, count in (("stranger", 0), ("owner", 1)):
        headers = {"Authorization": f"Bearer {world.keys[role]}"}
        answer = await world.client.post("/veo/tasks", json=batch, headers=headers)
        assert answer.json()["count"] == count


async def test_scopes_are_held_on_every_route(world: World) -> None:
    """A key that may only read changes nothing, one that may only make sees nothing."""
    before = await state_of(world)
    for wire, operation in operations():
        asked = world.about(wire, operation)
        if operation.public:
            continue
        if operation.scope is not Scope.READ:
            answer = await world.ask(operation, asked, "reader")
            assert (answer.status_code, "may not" in answer.text) == (403, True), operation.path
        if operation.scope is not Scope.CREATE:
            answer = await world.ask(operation, asked, "maker")
            assert (answer.status_code, "may not" in answer.text) == (403, True), operation.path
            assert_tells_nothing([answer])
    reader = {"Authorization": f"Bearer {world.keys['reader']}"}
    delete = {"action": "delete", "id": acedata.to_id(world.task_id)}
    assert (await world.client.post("/veo/tasks", json=delete, headers=reader)).status_code == 403
    assert await state_of(world) == before


async def test_the_owner_is_let_in(world: World) -> None:
    """So that the other tests cannot pass by refusing everybody."""
    for wire, operation in operations():
        asked = world.about(wire, operation)
        if operation.scope is Scope.READ and asked.named:
            answer = await world.ask(operation, asked, "owner")
            assert answer.is_success, (operation.path, answer.text)
    answer = await world.client.get("/v1/videos", headers={"Authorization": f"Bearer {world.keys['owner']}"})
    assert SECRET_PROMPT in answer.text


async def test_files_are_served_to_links_alone(world: World) -> None:
    """Not to a key, not to one who changes a link."""
    headers = {"Authorization": f"Bearer {world.keys['owner']}"}
    link = (await world.client.get(f"/api/veo/download/{veo3gen.to_id(world.task_id)}", headers=headers)).json()
    url = next(url for url in _texts(link) if "/files/" in url)
    assert (await world.client.get(url)).content == b"a film"
    bare = url.partition("?")[0]
    for bad in (bare, url[:-1] + ("0" if url[-1] != "0" else "1"), url.replace("video-0", "video-1")):
        answer = await world.client.get(bad, headers=headers)
        assert answer.status_code in (401, 403, 404)
        assert answer.content != b"a film"


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, str):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _texts(part)


def assert_tells_nothing(answers: list[httpx2.Response]) -> None:
    for answer in answers:
        assert SECRET_PROMPT not in answer.text
        assert "a film" not in answer.text
        assert HOOK not in answer.text


def told(
    answer: httpx2.Response, task_id: uuid.UUID, video_id: uuid.UUID, hook_id: uuid.UUID
) -> tuple[int, list[tuple[str, str]], str]:
    """Return all that an answer says, without the ids that the question named."""
    text = answer.text
    forms = [veo4api, veo3gen, acedata, openai, veoapi, vtrix]
    names = [form.to_id(task_id) for form in forms] + [
        to_tail(task_id),
        to_tail(video_id),
        str(task_id),
        to_base32(hook_id),
    ]
    for name in names:
        text = text.replace(name, "ID")
    headers = [(name, value) for name, value in answer.headers.multi_items() if name != "content-length"]
    return answer.status_code, headers, text


async def state_of(world: World) -> list[tuple[Any, ...]]:
    """Return what the database has of tasks and money."""
    tasks = await world.database.fetch("SELECT id, state, deleted_at FROM tasks ORDER BY id")
    balances = await world.database.fetch("SELECT account_id, available, reserved FROM balances ORDER BY account_id")
    hooks = await world.database.fetch("SELECT id, url, events, disabled_at, updated_at FROM webhook_endpoints")
    signing = await world.database.fetch("SELECT id, expires_at FROM webhook_secrets ORDER BY id")
    sent = await world.database.fetch("SELECT count(*) FROM webhook_deliveries")
    return [tuple(row) for row in (*tasks, *balances, *hooks, *signing, *sent)]
