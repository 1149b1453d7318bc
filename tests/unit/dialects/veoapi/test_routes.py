"""Tests of veoapi's handlers: HTTP in, HTTP out, over a gateway of fakes."""

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.task import State
from reelgate.dialects.veoapi.routes import DIALECT
from reelgate.dialects.veoapi.translate import to_id

KEY = {"Authorization": "Bearer good"}
JSON = KEY | {"Content-Type": "application/json"}
CREATE = "/v1/video/generations"
MODELS = "/v1/models"


async def test_create_accepts_a_task(world: SimpleNamespace) -> None:
    """The page's curl example is accepted once and answered in the documented shape."""
    body = {"model": "veo-3", "prompt": "ocean waves at golden hour", "duration": 5}
    status, headers, answer = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=json.dumps(body).encode())
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(answer) == {"id": "gen_01krtf5z3ve008000000000000", "status": "queued"}
    assert len(world.accepted) == 1
    assert world.accepted[0][2:4] == ("veoapi", "veo-3")
    assert json.loads(world.accepted[0][4])["duration_s"] == 5


async def test_a_webhook_is_kept_with_the_task(world: SimpleNamespace) -> None:
    """Where to deliver is stored with what was asked for."""
    body = json.dumps({"model": "veo-2", "prompt": "x", "webhook_url": "https://hooks.example/veo"}).encode()
    status, _, _ = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=body)
    assert status == 200
    spec = json.loads(world.accepted[0][4])
    assert (spec["webhook_url"], spec["audio"]) == ("https://hooks.example/veo", False)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "missing_api_key"),
        ({"Authorization": "Bearer bad"}, "invalid_api_key"),
        ({"Authorization": "Basic good"}, "missing_api_key"),
        ({"X-API-Key": "good"}, "missing_api_key"),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", CREATE), ("GET", f"{CREATE}/x"), ("GET", MODELS)])
async def test_a_key_is_needed_everywhere(
    method: str,
    path: str,
    headers: dict[str, str],
    code: str,
    world: SimpleNamespace,
) -> None:
    """Only a bearer token that is known lets a request in."""
    status, _, answer = await world.ask(DIALECT, method, path, headers=headers, body=b"{}")
    assert (status, json.loads(answer)["error"]["code"]) == (401, code)


@pytest.mark.parametrize("state", [State.QUEUED, State.PROCESSING])
async def test_a_live_task_has_no_link(state: State, world: SimpleNamespace) -> None:
    """A poll answers the state alone."""
    task = world.hold(world.task(state=state))
    status, _, answer = await world.ask(DIALECT, "GET", f"{CREATE}/{to_id(task.id)}", headers=KEY)
    assert (status, json.loads(answer)) == (200, {"id": to_id(task.id), "status": state.value})


async def test_a_finished_task_has_its_link(world: SimpleNamespace) -> None:
    """A succeeded task leads to its first video."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    _, _, answer = await world.ask(DIALECT, "GET", f"{CREATE}/{to_id(task.id)}", headers=KEY)
    shown = json.loads(answer)
    assert list(shown) == ["id", "status", "video_url"]
    assert shown["video_url"].startswith(f"https://gate.example/files/{uuid.UUID(int=1).hex}/video-0.mp4?")


async def test_a_failed_task_says_why(world: SimpleNamespace) -> None:
    """The page's own sample reads the link without looking: it is there, and null."""
    task = world.hold(world.task(state=State.FAILED))
    _, _, answer = await world.ask(DIALECT, "GET", f"{CREATE}/{to_id(task.id)}", headers=KEY)
    shown = json.loads(answer)
    assert (shown["status"], shown["video_url"]) == ("failed", None)
    assert list(shown["error"]) == ["message", "type", "code"]


async def test_foreign_unknown_and_malformed_ids_are_answered_alike(world: SimpleNamespace) -> None:
    """Nobody learns from an answer that a task exists."""
    foreign = world.hold(world.task(id=uuid.UUID(int=5), account_id=uuid.UUID(int=8)))
    names = [to_id(foreign.id), to_id(uuid.UUID(int=6)), "gen_abc123", "veo_1779004800123_000000000000000", "%ff"]
    answers = [await world.ask(DIALECT, "GET", f"{CREATE}/{name}", headers=KEY) for name in names]
    assert {(status, json.loads(body)["error"]["code"]) for status, _, body in answers} == {
        (404, "generation_not_found")
    }


async def test_models_are_listed(world: SimpleNamespace) -> None:
    """The page's models are there."""
    status, _, answer = await world.ask(DIALECT, "GET", MODELS, headers=KEY)
    listed = json.loads(answer)
    assert (status, listed["object"]) == (200, "list")
    assert [entry["id"] for entry in listed["data"]][:2] == ["veo-3", "veo-2"]


BAD: list[tuple[str, str, dict[str, str], bytes, int, str]] = [
    ("POST", CREATE, JSON, b"", 400, "invalid_value"),
    ("POST", CREATE, JSON, b"{", 400, "invalid_body"),
    ("POST", CREATE, JSON, b"[]", 400, "invalid_body"),
    ("POST", CREATE, JSON, b'{"model": "veo-3", "prompt": "\xff"}', 400, "invalid_body"),
    ("POST", CREATE, JSON, b'{"model": "veo-3", "prompt": " "}', 400, "invalid_prompt"),
    ("POST", CREATE, JSON, b'{"model": "veo-3", "prompt": "x", "duration": 9}', 400, "invalid_value"),
    ("POST", CREATE, JSON, b'{"model": "veo-3", "prompt": "x", "aspect_ratio": "1:1"}', 400, "invalid_value"),
    ("POST", CREATE, JSON, b'{"model": "sora-2", "prompt": "x"}', 400, "model_not_found"),
    (
        "POST",
        CREATE,
        JSON,
        b'{"model": "veo-3", "prompt": "x", "image": "data:image/png;base64,%%"}',
        400,
        "invalid_image",
    ),
    ("POST", CREATE, KEY | {"Content-Type": "text/plain"}, b"{}", 415, "unsupported_content_type"),
    ("POST", CREATE, JSON | {"Content-Length": "99999999"}, b"{}", 413, "body_too_large"),
    ("GET", CREATE, KEY, b"", 405, "method_not_supported"),
    ("DELETE", f"{CREATE}/gen_x", KEY, b"", 405, "method_not_supported"),
    ("GET", "/v1/video", KEY, b"", 404, "unknown_url"),
    ("GET", "/v1/video/nothing", KEY, b"", 404, "unknown_url"),
    ("GET", "/v1/models/veo-3/nothing", KEY, b"", 404, "unknown_url"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[1]} {case[5]}")
async def test_bad_requests_are_named(case: Any, world: SimpleNamespace) -> None:
    """Whatever is wrong with a request has its own code, and nothing is accepted."""
    method, target, headers, body, status, code = case
    answered, _, answer = await world.ask(DIALECT, method, target, headers=headers, body=body)
    assert (answered, json.loads(answer)["error"]["code"]) == (status, code)
    assert not world.accepted


def test_the_paths_of_the_other_wires_below_v1_are_left_alone() -> None:
    """OpenAI's videos are not ours, and no prefix of ours hides them."""
    assert not [prefix for prefix in DIALECT.prefixes if "/v1/videos/x".startswith(f"{prefix}/")]


async def test_an_internal_error_says_nothing(world: SimpleNamespace) -> None:
    """A fault of the server is answered in the wire's shape and without its cause."""
    world.hold(world.task(state="nonsense"))
    status, _, answer = await world.ask(DIALECT, "GET", f"{CREATE}/{to_id(world.task().id)}", headers=KEY)
    assert status == 500
    assert json.loads(answer) == {
        "error": {"message": "Internal error.", "type": "server_error", "code": "internal_error"}
    }
