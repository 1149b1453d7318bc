"""Tests of veo4api's handlers: HTTP in, HTTP out, over a gateway of fakes."""

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.task import State
from reelgate.dialects.veo4api.routes import DIALECT
from reelgate.dialects.veo4api.translate import to_id

KEY = {"Authorization": "Bearer good"}
JSON = KEY | {"Content-Type": "application/json"}
GENERATE = "/api/video/veo4/generate"
STATUS = "/api/video/veo4/status"
CANCEL = "/api/video/veo4/cancel"


async def test_generate_accepts_a_task(world: SimpleNamespace) -> None:
    """The page's curl example is accepted once and answered in the documented shape."""
    body = {
        "prompt": "A cinematic dolly shot of a glass greenhouse during sunrise",
        "aspect_ratio": "16:9",
        "watermark": "veo4api",
        "enableTranslation": True,
    }
    status, headers, answer = await world.ask(DIALECT, "POST", GENERATE, headers=JSON, body=json.dumps(body).encode())
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(answer) == {
        "task_id": "veo4_task_01krtf5z3ve008000000000000",
        "status": "queued",
        "model": "veo-4",
        "credits_estimated": 180,
        "created_at": "2026-05-17T08:00:00Z",
    }
    assert len(world.accepted) == 1
    assert world.accepted[0][2:4] == ("veo4api", "veo-4")


@pytest.mark.parametrize("name", ["veo4_task_01j9example", "veo4_task_01krtf5z3vej6rnf04hmasw9nf"])
async def test_only_a_task_of_one_s_own_is_extended(name: str, world: SimpleNamespace) -> None:
    """What names no task of the caller's is refused by its field."""
    body = json.dumps({"prompt": "x", "extend_task_id": name}).encode()
    status, _, answer = await world.ask(DIALECT, "POST", GENERATE, headers=JSON, body=body)
    assert status == 400
    assert json.loads(answer)["error"]["fields"][0]["field"] == "extend_task_id"
    assert not world.accepted


@pytest.mark.parametrize("field", ["image_urls"])
async def test_a_mode_that_no_engine_has_is_refused_clearly(field: str, world: SimpleNamespace) -> None:
    """A first and last frame on an engine without it."""
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "modes", engine.modes - {"first_last_frame"})
    body = json.dumps({"prompt": "x", field: ["https://a.example/1", "https://a.example/2"]}).encode()
    status, _, answer = await world.ask(DIALECT, "POST", GENERATE, headers=JSON, body=body)
    assert status == 400
    error = json.loads(answer)["error"]
    assert error["code"] == "not_available"
    assert error["message"].startswith(f"{field}: ")
    assert "is not available" in error["message"]
    assert not world.accepted


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "api_key_missing"),
        ({"Authorization": "Bearer bad"}, "api_key_invalid"),
        ({"Authorization": "Basic good"}, "api_key_missing"),
        ({"X-API-Key": "good"}, "api_key_missing"),
    ],
)
async def test_a_key_is_needed(headers: dict[str, str], code: str, world: SimpleNamespace) -> None:
    """Only a bearer token that is known lets a request in."""
    status, _, answer = await world.ask(DIALECT, "POST", GENERATE, headers=headers, body=b"{}")
    assert (status, json.loads(answer)["error"]["code"]) == (401, code)


async def test_status_of_a_running_task(world: SimpleNamespace) -> None:
    """A poll answers state and progress."""
    task = world.hold(world.task(state=State.PROCESSING, progress=42))
    status, _, answer = await world.ask(DIALECT, "GET", f"{STATUS}?task_id={to_id(task.id)}", headers=KEY)
    assert (status, json.loads(answer)) == (
        200,
        {"task_id": to_id(task.id), "status": "processing", "progress": 42},
    )


async def test_status_of_a_finished_task_has_links(world: SimpleNamespace) -> None:
    """A succeeded task leads to its video and its thumbnail."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    _, _, answer = await world.ask(DIALECT, "GET", f"{STATUS}?task_id={to_id(task.id)}", headers=KEY)
    shown = json.loads(answer)
    assert list(shown) == ["task_id", "status", "progress", "video_url", "thumbnail_url", "completed_at"]
    assert shown["video_url"].startswith(f"https://gate.example/files/{uuid.UUID(int=1).hex}/video-0.mp4?")
    assert shown["thumbnail_url"].startswith(f"https://gate.example/files/{uuid.UUID(int=2).hex}/thumbnail-0.jpg?")


async def test_foreign_unknown_and_malformed_ids_are_answered_alike(world: SimpleNamespace) -> None:
    """Nobody learns from an answer that a task exists."""
    foreign = world.hold(world.task(id=uuid.UUID(int=5), account_id=uuid.UUID(int=8)))
    names = [to_id(foreign.id), to_id(uuid.UUID(int=6)), "veo4_task_01j9example"]
    answers = [await world.ask(DIALECT, "GET", f"{STATUS}?task_id={name}", headers=KEY) for name in names]
    answers += [await world.ask(DIALECT, "POST", f"{CANCEL}?task_id={name}", headers=KEY) for name in names]
    assert {answer[2] for answer in answers} == {
        b'{"error":{"code":"task_not_found","message":"There is no such task."}}'
    }
    assert {answer[0] for answer in answers} == {404}


BAD: list[tuple[str, str, dict[str, str], bytes, int, str]] = [
    ("GET", STATUS, KEY, b"", 400, "invalid_fields"),
    ("POST", CANCEL, KEY, b"", 400, "invalid_fields"),
    ("POST", GENERATE, JSON, b"", 400, "invalid_fields"),
    ("POST", GENERATE, JSON, b'{"prompt": "x"', 400, "invalid_body"),
    ("POST", GENERATE, JSON, b"[]", 400, "invalid_body"),
    ("POST", GENERATE, JSON, b'{"prompt": "\xff"}', 400, "invalid_body"),
    ("POST", GENERATE, JSON, b'{"prompt": "  "}', 400, "invalid_prompt"),
    ("POST", GENERATE, JSON, b'{"prompt": "a\\u0000b"}', 400, "invalid_prompt"),
    ("POST", GENERATE, KEY | {"Content-Type": "text/plain"}, b"{}", 415, "unsupported_content_type"),
    ("POST", GENERATE, JSON | {"Content-Length": "99999999"}, b"{}", 413, "body_too_large"),
    ("DELETE", STATUS, KEY, b"", 405, "method_not_allowed"),
    ("GET", "/api/video/veo4/nothing", KEY, b"", 404, "not_found"),
    ("GET", "/api/video/veo4", KEY, b"", 404, "not_found"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[1]} {case[5]}")
async def test_bad_requests_are_named(case: Any, world: SimpleNamespace) -> None:
    """Whatever is wrong with a request has its own code, and nothing is accepted."""
    method, target, headers, body, status, code = case
    answered, heads, answer = await world.ask(DIALECT, method, target, headers=headers, body=body)
    assert (answered, json.loads(answer)["error"]["code"]) == (status, code)
    assert heads.get("allow") == ("GET" if status == 405 else None)
    assert not world.accepted


@pytest.mark.parametrize("place", ["query", "body"])
async def test_cancel_takes_the_id_from_query_or_body(place: str, world: SimpleNamespace) -> None:
    """A waiting task is canceled, and a second cancel answers the same."""
    task = world.hold(world.task())
    name = to_id(task.id)
    target = f"{CANCEL}?task_id={name}" if place == "query" else CANCEL
    body = json.dumps({"task_id": name}).encode() if place == "body" else b""
    first = await world.ask(DIALECT, "POST", target, headers=KEY, body=body)
    second = await world.ask(DIALECT, "POST", target, headers=KEY, body=body)
    assert first == second
    assert (first[0], json.loads(first[2])) == (200, {"task_id": name, "status": "canceled", "progress": 0})


async def test_cancel_of_a_finished_task_names_it(world: SimpleNamespace) -> None:
    """A conflict tells which task to fetch."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    status, _, answer = await world.ask(DIALECT, "POST", f"{CANCEL}?task_id={to_id(task.id)}", headers=KEY)
    assert (status, json.loads(answer)) == (
        409,
        {
            "error": {"code": "task_finished", "message": "The task has already succeeded."},
            "task_id": to_id(task.id),
        },
    )


async def test_an_internal_error_says_nothing(world: SimpleNamespace) -> None:
    """A fault of the server is answered in the wire's shape and without its cause."""
    world.hold(world.task(state="nonsense"))
    status, _, answer = await world.ask(DIALECT, "GET", f"{STATUS}?task_id={to_id(world.task().id)}", headers=KEY)
    assert (status, answer) == (500, b'{"error":{"code":"internal_error","message":"Internal error."}}')
