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

from conftest import fresh_id
from fakes import PRICE, open_account, put_task
from reelgate.app.wires import DIALECTS
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
from reelgate.objects.disk import DiskStore
from reelgate.store.accounts import Principal, revoke_key
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, finish_task
from reelgate.web.auth import Authenticator
from reelgate.web.dialect import Operation
from reelgate.web.limiter import Limiter
from wires import give_key, make_gateway, open_client

SECRET_PROMPT = "the marmalade zeppelin"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """How an operation is asked about a task, or about nothing."""

    path: str
    json: dict[str, Any] | None = None
    form: dict[str, str] | None = None
    #: It names the task: strangers get the same answer for it as for one that there is not.
    named: bool = True


def ask_of(wire: str, operation: Operation, task_id: uuid.UUID, video_id: uuid.UUID) -> Ask:
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
        # No id of a webhook is ever a task's: strangers ask for one that looks like it.
        for method, end, json in (
            ("POST", ":ping", {}), ("POST", ":rotateSigningSecret", {}), ("GET", "", None), ("PATCH", "", {}),
            ("DELETE", "", None),
        ):  # fmt: skip
            asks[f"{method} /{version}{hook}{end}"] = Ask(path=known.replace("{webhook}", tail), json=json)
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
    """An owner's finished task, and keys of every role."""

    client: httpx2.AsyncClient
    database: Database
    owner: Principal
    task_id: uuid.UUID
    video_id: uuid.UUID
    keys: dict[str, str | None]

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
    async with open_client(gateway, Authenticator(database), Unlimited()) as client:
        yield World(
            client=client, database=database, owner=owner, task_id=task_id, video_id=video.id, keys=keys
        )  # fmt: skip


class Unlimited(Limiter):
    """Lets guesses go on: what is said to them is looked at here."""

    def fail(self, address: str) -> None:
        """Refuse none."""


def test_every_route_is_described() -> None:
    """Whoever adds one says here what strangers may learn of it."""
    for wire, operation in operations():
        ask_of(wire, operation, uuid.uuid4(), uuid.uuid4())


async def test_nobody_gets_in_without_a_good_key(world: World) -> None:
    """None, a wrong, a revoked and an expired one; nobody is told which of the three it was."""
    before = await state_of(world)
    for wire, operation in operations():
        asked = ask_of(wire, operation, world.task_id, world.video_id)
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
    nowhere, no_video = fresh_id(), fresh_id()
    for wire, operation in operations():
        asked = ask_of(wire, operation, world.task_id, world.video_id)
        if operation.public or not asked.named:
            continue
        foreign = await world.ask(operation, asked, "stranger")
        unknown = await world.ask(operation, ask_of(wire, operation, nowhere, no_video), "stranger")
        assert not foreign.is_success or foreign.content == b"null", (operation.path, foreign.text)
        assert told(foreign, world.task_id, world.video_id) == told(unknown, nowhere, no_video), operation.path
        assert_tells_nothing([foreign])
    assert await state_of(world) == before


async def test_lists_hold_one_s_own_alone(world: World) -> None:
    """The owner finds the task, a stranger does not."""
    lists = ("/api/veo/history", "/v1/videos")
    for wire, operation in operations():
        if operation.method == "GET" and operation.path in lists:
            asked = ask_of(wire, operation, world.task_id, world.video_id)
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
        asked = ask_of(wire, operation, world.task_id, world.video_id)
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
        asked = ask_of(wire, operation, world.task_id, world.video_id)
        if operation.scope is Scope.READ and asked.named and "webhook" not in operation.path:
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


def told(answer: httpx2.Response, task_id: uuid.UUID, video_id: uuid.UUID) -> tuple[int, list[tuple[str, str]], str]:
    """Return all that an answer says, without the ids that the question named."""
    text = answer.text
    forms = [veo4api, veo3gen, acedata, openai, veoapi, vtrix]
    names = [form.to_id(task_id) for form in forms] + [to_tail(task_id), to_tail(video_id), str(task_id)]
    for name in names:
        text = text.replace(name, "ID")
    headers = [(name, value) for name, value in answer.headers.multi_items() if name != "content-length"]
    return answer.status_code, headers, text


async def state_of(world: World) -> list[tuple[Any, ...]]:
    """Return what the database has of tasks and money."""
    tasks = await world.database.fetch("SELECT id, state, deleted_at FROM tasks ORDER BY id")
    balances = await world.database.fetch("SELECT account_id, available, reserved FROM balances ORDER BY account_id")
    return [tuple(row) for row in (*tasks, *balances)]
