"""A task that came through one wire is there on all of them, for its owner alone.

It is read, listed, downloaded, extended, canceled and deleted through every wire that can; for anybody else it does not
exist, as no other id exists.
"""

import base64
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from acceptance.asks import WIRES, Ask, Source, source_from
from acceptance.conftest import Gate, Tenant
from conftest import fresh_id
from fakes import load_catalogue
from reelgate.core.tails import to_tail
from reelgate.core.task import State, Task, Understanding
from reelgate.dialects.acedata.translate import to_id as to_acedata_id
from reelgate.dialects.openai.translate import to_id as to_openai_id
from reelgate.dialects.veo3gen.translate import to_id as to_veo3gen_id
from reelgate.dialects.veo4api.translate import to_id as to_veo4api_id
from reelgate.dialects.veoapi.translate import to_id as to_veoapi_id
from reelgate.dialects.vtrix.translate import to_id as to_vtrix_id
from reelgate.store.tasks import list_tasks, load_task

CATALOGUE = load_catalogue()
PUBLISHER = "publishers/google/models/animatic"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """How a wire shows one task."""

    #: Where and with what it is asked for a task: method, path, JSON.
    request: Callable[[uuid.UUID], tuple[str, str, Any]]
    #: The word of its answer for how far it is.
    word: Callable[[Any], Any]
    #: That word for one that waits, that has succeeded, that was canceled.
    words: tuple[Any, Any, Any]
    #: The bytes of its first video.
    video: Callable[[Gate, Tenant, Any], Awaitable[bytes]]


async def follow(gate: Gate, _: Tenant, url: str) -> bytes:
    """Return what a link leads to, as anyone follows it."""
    assert url.startswith(gate.url)
    return (await gate.client.get(url)).content


async def follow_with_key(gate: Gate, owner: Tenant, url: str) -> bytes:
    """Return what a link leads to that asks for a key."""
    assert (await gate.client.get(url)).status_code == 403
    return (await gate.client.get(url, headers=dict(owner.headers()))).content


def google_word(body: Any) -> str:
    return "error" if "error" in body else "response" if "response" in body else "pending"


def acedata_word(body: Any) -> bool | None:
    response = body.get("response")
    return None if response is None else bool(response["success"])


READERS: Mapping[str, Reader] = {
    "veo4api": Reader(
        request=lambda task_id: ("GET", f"/api/video/veo4/status?task_id={to_veo4api_id(task_id)}", None),
        word=lambda body: body["status"],
        words=("queued", "succeeded", "canceled"),
        video=lambda gate, owner, body: follow(gate, owner, body["video_url"]),
    ),
    "veo3gen": Reader(
        request=lambda task_id: ("GET", f"/api/veo/status/{to_veo3gen_id(task_id)}", None),
        word=lambda body: body["status"],
        words=("pending", "completed", "failed"),
        video=lambda gate, owner, body: follow(gate, owner, body["videos"][0]["url"]),
    ),
    "veoapi": Reader(
        request=lambda task_id: ("GET", f"/v1/video/generations/{to_veoapi_id(task_id)}", None),
        word=lambda body: body["status"],
        words=("queued", "succeeded", "failed"),
        video=lambda gate, owner, body: follow(gate, owner, body["video_url"]),
    ),
    "acedata": Reader(
        request=lambda task_id: ("POST", "/veo/tasks", {"id": to_acedata_id(task_id)}),
        word=acedata_word,
        words=(None, True, False),
        video=lambda gate, owner, body: follow(gate, owner, body["response"]["data"][0]["video_url"]),
    ),
    "vtrix": Reader(
        request=lambda task_id: ("GET", f"/model/v1/generation/task/{to_vtrix_id(task_id)}", None),
        word=lambda body: body["status"],
        words=("in_progress", "completed", "failed"),
        video=lambda gate, owner, body: follow(gate, owner, body["output"][0]["content"][0]["url"]),
    ),
    "gemini": Reader(
        request=lambda task_id: ("GET", f"/v1beta/models/animatic/operations/{to_tail(task_id)}", None),
        word=google_word,
        words=("pending", "response", "error"),
        video=lambda gate, owner, body: follow_with_key(
            gate, owner, body["response"]["generateVideoResponse"]["generatedSamples"][0]["video"]["uri"]
        ),
    ),
    "vertex": Reader(
        request=lambda task_id: (
            "POST",
            f"/v1/{PUBLISHER}:fetchPredictOperation",
            {"operationName": f"{PUBLISHER}/operations/{task_id}"},
        ),
        word=google_word,
        words=("pending", "response", "error"),
        video=lambda _gate, _owner, body: as_bytes(body["response"]["videos"][0]["bytesBase64Encoded"]),
    ),
    "openai": Reader(
        request=lambda task_id: ("GET", f"/v1/videos/{to_openai_id(task_id)}", None),
        word=lambda body: body["status"],
        words=("queued", "completed", "failed"),
        video=lambda gate, owner, body: follow_content(gate, owner, body["id"]),
    ),
}


async def as_bytes(text: str) -> bytes:
    return base64.b64decode(text)


async def follow_content(gate: Gate, owner: Tenant, video_id: str) -> bytes:
    return (await gate.client.get(f"/v1/videos/{video_id}/content", headers=dict(owner.headers()))).content


#: By wire that can, how it lists tasks, and the ids that its answer has.
LISTS: Mapping[str, tuple[tuple[str, str, Any], Callable[[Any], list[str]]]] = {
    "veo3gen": (
        ("GET", "/api/veo/history?limit=100", None),
        lambda body: [each["taskId"] for each in body["videos"]],
    ),
    "acedata": (
        ("POST", "/veo/tasks", {"action": "retrieve_batch", "limit": 100}),
        lambda body: [each["id"] for each in body["items"]],
    ),
    "openai": (
        ("GET", "/v1/videos?limit=100", None),
        lambda body: [each["id"] for each in body["data"]],
    ),
}
#: How a task is ended through the wires that can.
ENDS: Mapping[str, Callable[[uuid.UUID], tuple[str, str, Any]]] = {
    "veo4api cancel": lambda task_id: ("POST", "/api/video/veo4/cancel", {"task_id": to_veo4api_id(task_id)}),
    "openai delete": lambda task_id: ("DELETE", f"/v1/videos/{to_openai_id(task_id)}", None),
    "acedata delete": lambda task_id: ("POST", "/veo/tasks", {"action": "delete", "id": to_acedata_id(task_id)}),
}
PAIRS = [(origin, reader) for origin in WIRES for reader in WIRES]


@pytest.fixture(scope="module")
async def owner(gate: Gate) -> Tenant:
    """Whose tasks they are."""
    return await gate.open_account("across", credits_granted=1_000_000)


@pytest.fixture(scope="module")
async def stranger(gate: Gate) -> Tenant:
    """Somebody else, with a good key and a task."""
    tenant = await gate.open_account("across-stranger", credits_granted=1_000_000)
    await gate.put(tenant, State.SUCCEEDED)
    return tenant


async def ask(gate: Gate, tenant: Tenant, request: tuple[str, str, Any]) -> httpx2.Response:
    method, path, body = request
    return await gate.client.request(method, path, json=body, headers=dict(tenant.headers()))


async def create(gate: Gate, owner: Tenant, origin: str) -> Task:
    """Make a task through a wire, as its client does, and return it as it is stored."""
    spoken = WIRES[origin].say(Ask(), "animatic", Source(content=b""))
    assert spoken
    answer = await gate.client.post(spoken.path, headers=dict(owner.headers()), **spoken.arguments())
    assert answer.status_code == WIRES[origin].success, answer.text
    tasks, _ = await list_tasks(gate.database, owner.principal.account_id, states=None, limit=1, offset=0)
    assert (tasks[0].dialect, tasks[0].state) == (origin, State.QUEUED)
    assert form_of(origin, tasks[0].id) in answer.text
    return tasks[0]


@pytest.mark.parametrize("origin", WIRES)
async def test_a_new_task_is_there_on_every_wire(gate: Gate, owner: Tenant, stranger: Tenant, origin: str) -> None:
    """As waiting; in every list; and for a stranger it is as if it had never been made."""
    task = await create(gate, owner, origin)
    for name, reader in READERS.items():
        shown = await ask(gate, owner, reader.request(task.id))
        assert (shown.status_code, reader.word(shown.json())) == (200, reader.words[0]), name
    for name, (request, ids) in LISTS.items():
        listed = await ask(gate, owner, request)
        assert ids(listed.json())[0] == form_of(name, task.id)
        theirs = await ask(gate, stranger, request)
        assert form_of(name, task.id) not in ids(theirs.json())


@pytest.mark.parametrize(("origin", "reader"), PAIRS)
async def test_a_finished_video_is_the_same_file_on_every_wire(
    gate: Gate, owner: Tenant, origin: str, reader: str
) -> None:
    """Whichever wire it was made through."""
    task_id = await gate.put(owner, State.SUCCEEDED, dialect=origin)
    shown = await ask(gate, owner, READERS[reader].request(task_id))
    assert READERS[reader].word(shown.json()) == READERS[reader].words[1]
    assert await READERS[reader].video(gate, owner, shown.json()) == gate.video


@pytest.mark.parametrize("wire", READERS)
async def test_what_was_made_of_a_prompt_is_told_on_every_wire(gate: Gate, owner: Tenant, wire: str) -> None:
    """In a header, as no wire has a field for it; tasks of which nothing is told have none."""
    told = Understanding(understood=("weather: fog",), ignored=("prompt: not translated, no prompt service is set up",))
    headers = []
    for told_of in (told, None):
        method, path, body = READERS[wire].request(await gate.put(owner, State.SUCCEEDED, told=told_of))
        answer = await gate.client.request(method, path, json=body, headers=dict(owner.headers()))
        assert answer.status_code == 200
        headers.append(answer.headers.get("x-reelgate-notes"))
    assert json.loads(headers[0] or "") == {"understood": list(told.understood), "ignored": list(told.ignored)}
    assert headers[1] is None


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("origin", WIRES)
async def test_a_task_is_ended_through_every_wire_that_can(
    gate: Gate, owner: Tenant, stranger: Tenant, origin: str, end: str
) -> None:
    """By its owner, at once, with its credits back; a stranger ends nothing."""
    task = await create(gate, owner, origin)
    unknown = await ask(gate, stranger, ENDS[end](fresh_id()))
    refused = await ask(gate, stranger, ENDS[end](task.id))
    assert (refused.status_code, unknown.status_code) == (404, 404)
    ended = await ask(gate, owner, ENDS[end](task.id))
    assert ended.status_code == 200, ended.text
    stored = await load_task(gate.database, task.id)
    for name, reader in READERS.items():
        shown = await ask(gate, owner, reader.request(task.id))
        if stored:
            assert (shown.status_code, reader.word(shown.json())) == (200, reader.words[2]), name
        else:
            assert shown.status_code in (403, 404) or shown.text == "null", name
    assert (stored is None) == end.endswith("delete")


@pytest.mark.parametrize("reader", READERS)
async def test_foreign_and_unknown_ids_have_the_same_answer(
    gate: Gate, owner: Tenant, stranger: Tenant, reader: str
) -> None:
    """Status, headers and body, but for the id itself; in the same way for an id in another wire's form."""
    foreign, unknown = await gate.put(owner, State.SUCCEEDED), fresh_id()
    answers = []
    for task_id in (foreign, unknown):
        method, path, body = READERS[reader].request(task_id)
        answer = await ask(gate, stranger, (method, path, body))
        said = answer.text.replace(str(task_id), "ID").replace(to_tail(task_id), "ID")
        answers.append((answer.status_code, without_trace(said), sorted(answer.headers)))
    assert answers[0] == answers[1]
    for other in WIRES:
        method, path, body = READERS[reader].request(foreign)
        ours, theirs = form_of(reader, foreign), form_of(other, foreign)
        if ours != theirs and reader != "vertex":
            told = dict.fromkeys(body, theirs) if body else None
            answer = await ask(gate, owner, (method, path.replace(ours, theirs), told))
            assert answer.status_code == answers[0][0] or answer.text == "null", other


def form_of(wire: str, task_id: uuid.UUID) -> str:
    """Return a task's id as a wire writes it."""
    forms: Mapping[str, Callable[[uuid.UUID], str]] = {
        "veo4api": to_veo4api_id,
        "veo3gen": to_veo3gen_id,
        "veoapi": to_veoapi_id,
        "acedata": to_acedata_id,
        "vtrix": to_vtrix_id,
        "gemini": to_tail,
        "vertex": str,
        "openai": to_openai_id,
    }
    return forms[wire](task_id)


def without_trace(text: str) -> str:
    """Return an answer without the id of its request."""
    head, mark, tail = text.partition('"trace_id":"')
    return head + mark + tail[36:] if mark else text


@pytest.mark.parametrize("kind", ["file", "content"])
async def test_a_stranger_downloads_nothing(gate: Gate, owner: Tenant, stranger: Tenant, kind: str) -> None:
    """Where a path and not a signed link leads to the file."""
    task = await load_task(gate.database, await gate.put(owner, State.SUCCEEDED))
    assert task
    file = to_tail(task.artifacts[0].id)
    paths = {
        "file": [f"/v1beta/files/{file}", f"/v1beta/files/{file}:download?alt=media"],
        "content": [f"/v1/videos/{to_openai_id(task.id)}/content"],
    }
    for path in paths[kind]:
        assert (await ask(gate, owner, ("GET", path, None))).status_code == 200
        assert (await ask(gate, stranger, ("GET", path, None))).status_code in (403, 404)


@pytest.mark.parametrize("origin", WIRES)
async def test_a_video_is_extended_through_every_wire_that_can(
    gate: Gate, owner: Tenant, stranger: Tenant, origin: str
) -> None:
    """Named in the wire's own way, by its owner; to a stranger it is no video, and nothing is reserved."""
    task = await load_task(gate.database, await gate.put(owner, State.SUCCEEDED, dialect=origin))
    assert task
    source = source_from(task, gate.url, gate.video)
    for name in ("veo4api", "acedata", "vtrix", "gemini", "openai"):
        spoken = WIRES[name].say(Ask(video=True), "animatic", source)
        assert spoken
        made = await gate.client.post(spoken.path, headers=dict(owner.headers()), **spoken.arguments())
        assert made.status_code == WIRES[name].success, (name, made.text)
        before = await gate.balance(stranger)
        refused = await gate.client.post(spoken.path, headers=dict(stranger.headers()), **spoken.arguments())
        assert (refused.status_code in (400, 403, 404), await gate.balance(stranger)) == (True, before), name
