"""Tests of Vertex AI's handlers: HTTP in, HTTP out, over a gateway of fakes."""

import base64
import json
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.task import State
from reelgate.dialects.vertex.routes import DIALECT

KEY = {"Authorization": "Bearer good"}
JSON = KEY | {"Content-Type": "application/json"}
PROJECT = "projects/my-project/locations/us-central1/publishers/google/models/veo-3.1-generate-001"
PUBLISHER = "publishers/google/models/veo-3.1-generate-001"
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0picture").decode()
everywhere = pytest.mark.parametrize("resource", [PROJECT, PUBLISHER])
both_versions = pytest.mark.parametrize("version", ["v1", "v1beta1"])


def instance(**fields: Any) -> bytes:
    return json.dumps({"instances": [{"prompt": "a pier", **fields}]}).encode()


def named(task_id: uuid.UUID, resource: str = PROJECT) -> bytes:
    return json.dumps({"operationName": f"{resource}/operations/{task_id}"}).encode()


def words(answer: bytes) -> tuple[int, str, str]:
    error = json.loads(answer)["error"]
    return error["code"], error["status"], error["message"]


@everywhere
@both_versions
async def test_predict_accepts_a_task(version: str, resource: str, world: SimpleNamespace) -> None:
    """A request is answered with the name of an operation under the model as it was called."""
    path = f"/{version}/{resource}:predictLongRunning"
    status, headers, answer = await world.ask(DIALECT, "POST", path, headers=JSON, body=instance())
    assert (status, headers["content-type"]) == (200, "application/json; charset=UTF-8")
    assert json.loads(answer) == {"name": f"{resource}/operations/019e34f2-fc7b-7000-8000-000000000000"}
    assert world.accepted[0][2:4] == ("vertex", "veo-3.1")


@pytest.mark.parametrize(
    ("headers", "query"),
    [(KEY, ""), ({"x-goog-api-key": "good"}, ""), ({}, "?key=good"), (KEY | {"x-goog-api-key": "bad"}, "")],
)
async def test_the_key_may_stand_anywhere(headers: dict[str, str], query: str, world: SimpleNamespace) -> None:
    """Bearer, header and query are all read; the token counts."""
    path = f"/v1/{PUBLISHER}:predictLongRunning{query}"
    status, _, _ = await world.ask(DIALECT, "POST", path, headers=headers, body=instance())
    assert status == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer bad"}, {"x-goog-api-key": "bad"}])
@pytest.mark.parametrize("verb", ["predictLongRunning", "fetchPredictOperation"])
async def test_a_key_is_needed_everywhere(verb: str, headers: dict[str, str], world: SimpleNamespace) -> None:
    """No path answers without a key that is known."""
    status, _, answer = await world.ask(DIALECT, "POST", f"/v1/{PROJECT}:{verb}", headers=headers)
    assert (status, words(answer)[1]) == (401, "UNAUTHENTICATED")


@everywhere
@both_versions
async def test_an_operation_is_polled_by_its_name(version: str, resource: str, world: SimpleNamespace) -> None:
    """A pending operation has nothing but its name."""
    task = world.hold(world.task(state=State.PROCESSING))
    path = f"/{version}/{resource}:fetchPredictOperation"
    status, _, answer = await world.ask(DIALECT, "POST", path, headers=JSON, body=named(task.id, resource))
    assert (status, json.loads(answer)) == (200, {"name": f"{resource}/operations/{task.id}"})


async def test_the_videos_come_in_the_answer(world: SimpleNamespace) -> None:
    """Each video is whole, in its order, and the length of the answer is known before it is sent."""
    done = world.task(state=State.SUCCEEDED)
    first = replace(done.artifacts[0], object_key="reelgate", size_bytes=8)
    second = replace(first, sample=1, object_key="a", size_bytes=1)
    task = world.hold(replace(done, artifacts=(second, *done.artifacts[1:], first)))
    path = f"/v1/{PROJECT}:fetchPredictOperation"
    status, headers, answer = await world.ask(DIALECT, "POST", path, headers=JSON, body=named(task.id))
    assert (status, headers["content-type"]) == (200, "application/json; charset=UTF-8")
    assert headers["content-length"] == str(len(answer))
    assert json.loads(answer) == {
        "name": f"{PROJECT}/operations/{task.id}",
        "done": True,
        "response": {
            "@type": "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse",
            "raiMediaFilteredCount": 0,
            "videos": [
                {"bytesBase64Encoded": base64.b64encode(content).decode(), "mimeType": "video/mp4"}
                for content in (b"reelgate", b"a")
            ],
        },
    }


async def test_a_video_that_cannot_be_read_is_unavailable(world: SimpleNamespace) -> None:
    """The status is not sent before the first byte is at hand."""
    done = world.task(state=State.SUCCEEDED)
    task = world.hold(replace(done, artifacts=(replace(done.artifacts[0], object_key="missing"),)))
    path = f"/v1/{PROJECT}:fetchPredictOperation"
    status, _, answer = await world.ask(DIALECT, "POST", path, headers=JSON, body=named(task.id))
    assert (status, words(answer)[1]) == (503, "UNAVAILABLE")


async def test_foreign_unknown_and_malformed_names_are_answered_alike(world: SimpleNamespace) -> None:
    """Nobody learns from an answer that a task exists."""
    foreign = world.hold(world.task(account_id=uuid.UUID(int=8), state=State.SUCCEEDED))
    names = [f"{PROJECT}/operations/{each}" for each in (foreign.id, uuid.UUID(int=5), "x", "")]
    for name in names:
        body = json.dumps({"operationName": name}).encode()
        path = f"/v1/{PROJECT}:fetchPredictOperation"
        status, _, answer = await world.ask(DIALECT, "POST", path, headers=JSON, body=body)
        assert (status, words(answer)) == (404, (404, "NOT_FOUND", f"Operation {name} was not found."))


PREDICT = f"/v1/{PROJECT}:predictLongRunning"
FETCH = f"/v1/{PROJECT}:fetchPredictOperation"
BAD: list[tuple[str, str, dict[str, str], bytes, int, str]] = [
    ("POST", PREDICT, JSON, b"", 400, "`instances` is required."),
    ("POST", PREDICT, JSON, b"{", 400, "Invalid JSON payload received."),
    ("POST", PREDICT, JSON | {"Content-Length": "99999999"}, b"{}", 400, "Request payload size exceeds the limit"),
    ("POST", PREDICT, KEY | {"Content-Type": "text/plain"}, b"{}", 400, "Send the body as application/json"),
    ("POST", PREDICT, JSON, instance(prompt=""), 400, "The prompt must not be empty."),
    ("POST", PREDICT, JSON, instance(image={"bytesBase64Encoded": "AAAA"}), 400, "image: is not a picture"),
    (
        "POST", PREDICT.replace("3.1", "3.0"), JSON,
        instance(image={"bytesBase64Encoded": JPEG}, lastFrame={"bytesBase64Encoded": JPEG}),
        400, "lastFrame: first and last frame is not available",
    ),
    ("POST", PREDICT.replace("3.1", "9"), JSON, instance(), 404, "Publisher Model `publishers/google/models/veo-9-"),
    ("POST", FETCH, JSON, b"{}", 400, "`operationName` is required."),
    ("POST", FETCH, JSON, b'{"operationName": 7}', 400, "`operationName` must be a string, not an integer."),
    ("GET", FETCH, KEY, b"", 405, "Method not allowed."),
    ("GET", f"/v1/{PROJECT}/operations/{uuid.UUID(int=5)}", KEY, b"", 404, "There is no GET /v1/projects/"),
    ("POST", "/v1beta1/publishers/anthropic/models/x:predict", JSON, b"{}", 404, "There is no POST /v1beta1/"),
]  # fmt: skip


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[5]}")
async def test_bad_requests_are_named(case: Any, world: SimpleNamespace) -> None:
    """Whatever is wrong with a request is said, and nothing is accepted."""
    method, target, headers, body, status, start = case
    answered, _, answer = await world.ask(DIALECT, method, target, headers=headers, body=body)
    code, _, message = words(answer)
    assert (answered, code) == (status, status)
    assert message.startswith(start)
    assert not world.accepted
