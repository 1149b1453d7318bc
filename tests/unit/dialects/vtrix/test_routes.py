"""Tests of Vtrix's handlers: HTTP in, HTTP out, over a gateway of fakes."""

import dataclasses
import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.task import State
from reelgate.dialects.vtrix.routes import DIALECT
from reelgate.dialects.vtrix.translate import to_id

KEY = {"Authorization": "Bearer good"}
JSON = KEY | {"Content-Type": "application/json"}
CREATE = "/model/v1/generation"
POLL = f"{CREATE}/task"
MODELS = "/api/v1/skill/models"
URL = {"url": "https://a.example/1.jpg"}
#: Base64 of a file that the fakes take for a picture.
PICTURE = {"imageBytes": "/9j/4HBpY3R1cmU="}


def wrapped(model: str = "veo_31_fast", **params: Any) -> bytes:
    return json.dumps({"model": model, "input": [{"params": {"prompt": "x", **params}}]}).encode()


def refused(answer: bytes) -> tuple[int, int, str]:
    """Return status, code and message of an error, found where either client looks."""
    body = json.loads(answer)
    assert list(body) == ["status", "data", "message", "error_code"]
    assert body["data"] is None
    status = body["status"]
    assert (status["message"], status["error_code"]) == (body["message"], body["error_code"])
    return status["code"], body["error_code"], body["message"]


@pytest.mark.parametrize(
    "body",
    [
        {"model": "veo_31_fast", "prompt": "a pier", "durationSeconds": 4},
        {"model": "veo_31_fast", "input": [{"params": {"prompt": "a pier", "durationSeconds": 4}}], "moderation": True},
    ],
)
async def test_create_accepts_a_task(body: dict[str, Any], world: SimpleNamespace) -> None:
    """A flat and a wrapped request are the same task, answered as the command-line client reads it."""
    status, headers, answer = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=json.dumps(body).encode())
    assert (status, headers["content-type"]) == (200, "application/json")
    assert json.loads(answer) == {
        "id": "06f39snsfdo010000000000000",
        "created_at": 1779004800,
        "status": "in_progress",
        "model": "veo_31_fast",
    }
    (accepted,) = world.accepted
    assert accepted[2:4] == ("vtrix", "veo-3.1-fast")
    assert json.loads(accepted[4])["duration_s"] == 4


async def test_a_picture_in_the_body_is_taken(world: SimpleNamespace) -> None:
    """Bytes in base64 start the video."""
    body = wrapped(image=PICTURE, personGeneration="allow_adult")
    status, _, _ = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=body)
    assert status == 200
    spec = json.loads(world.accepted[0][4])
    assert (spec["mode"], spec["inputs"][0]["role"]) == ("image_to_video", "first_frame")


REFERENCE = {"image": PICTURE}

#: Every combination rule of the page: what is sent, and what is said about which field.
COMBINATIONS: list[tuple[dict[str, Any], str]] = [
    ({"resolution": "1080p", "durationSeconds": 4}, "durationSeconds: must be 8 when resolution is 1080p, not 4"),
    ({"resolution": "1080p", "durationSeconds": 6}, "durationSeconds: must be 8 when resolution is 1080p, not 6"),
    ({"resolution": "4k", "durationSeconds": 4}, "durationSeconds: must be 8 when resolution is 4k, not 4"),
    ({"resolution": "4k", "seconds": "6"}, "durationSeconds: must be 8 when resolution is 4k, not 6"),
    ({"durationSeconds": 5}, "durationSeconds: must be 4, 6 or 8, not 5"),
    ({"aspectRatio": "1:1"}, "aspectRatio: must be 16:9 or 9:16, not 1:1"),
    ({"lastFrame": PICTURE}, "lastFrame: must be used together with image"),
    (
        {"referenceImages": [REFERENCE], "durationSeconds": 4},
        "durationSeconds: must be 8 for reference to video, not 4",
    ),
    ({"referenceImages": [REFERENCE] * 4}, "referenceImages: must be 1, 2 or 3 for reference to video, not 4"),
    ({"referenceImages": [REFERENCE], "image": PICTURE}, "image: cannot be used together with referenceImages"),
    ({"video": URL, "durationSeconds": 6}, "durationSeconds: must be 8 for extension, not 6"),
    ({"video": URL, "resolution": "1080p"}, "resolution: must be 720p for extension, not 1080p"),
    ({"video": URL, "resolution": "4k"}, "resolution: must be 720p for extension, not 4k"),
    ({"video": URL, "image": PICTURE}, "image: cannot be used together with video"),
    ({"personGeneration": "allow_adult"}, "personGeneration: must be allow_all for text to video, not allow_adult"),
    ({"personGeneration": "dont_allow"}, "personGeneration: must be allow_all for text to video, not dont_allow"),
    (
        {"video": URL, "personGeneration": "allow_adult"},
        "personGeneration: must be allow_all for extension, not allow_adult",
    ),
    (
        {"image": PICTURE, "personGeneration": "allow_all"},
        "personGeneration: must be allow_adult for image to video, not allow_all",
    ),
    (
        {"image": PICTURE, "lastFrame": PICTURE, "personGeneration": "allow_all"},
        "personGeneration: must be allow_adult for first and last frame, not allow_all",
    ),
    (
        {"referenceImages": [REFERENCE], "personGeneration": "dont_allow"},
        "personGeneration: must be allow_adult for reference to video, not dont_allow",
    ),
]


@pytest.mark.parametrize(("params", "message"), COMBINATIONS, ids=lambda part: part if isinstance(part, str) else "")
@pytest.mark.parametrize("model", ["veo_31_fast", "vtrix-veo-3.1-generate-preview"])
async def test_combinations_are_refused_before_anything_is_reserved(
    model: str,
    params: dict[str, Any],
    message: str,
    world: SimpleNamespace,
) -> None:
    """Whatever a page rules out is named in its own words, and no task is made."""
    status, _, answer = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=wrapped(model, **params))
    assert (status, refused(answer)) == (400, (400, 40002, message))
    assert not world.accepted


@pytest.mark.parametrize(
    ("params", "field", "mode"),
    [
        ({"image": PICTURE, "lastFrame": PICTURE}, "lastFrame", "first_last_frame"),
        ({"referenceImages": [REFERENCE] * 3}, "referenceImages", "reference_to_video"),
        ({"video": URL}, "video", "extend"),
    ],
)
async def test_modes_that_the_route_lacks_are_refused_clearly(
    params: dict[str, Any],
    field: str,
    mode: str,
    world: SimpleNamespace,
) -> None:
    """A mode that no engine of the route has says so, and is accepted once one has it."""
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "modes", engine.modes - {mode})
    status, _, answer = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=wrapped(**params))
    assert (status, refused(answer)[1]) == (400, 40005)
    assert refused(answer)[2].startswith(f"{field}: ")
    assert not world.accepted
    if mode != "extend":
        object.__setattr__(engine, "modes", engine.modes | {mode})
        status, _, _ = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=wrapped(**params))
        assert status == 200
        assert json.loads(world.accepted[0][4])["mode"] == mode


@pytest.mark.parametrize("named", ["file", "job"])
async def test_a_result_is_extended_from_the_store(named: str, world: SimpleNamespace) -> None:
    """A result of the caller's is taken as it stands, by its link or its job; somebody else's is nobody's."""
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "modes", engine.modes | {"extend"})
    for account, status, code in ((world.task().account_id, 200, None), (uuid.UUID(int=8), 400, 40009)):
        made = world.task(state=State.SUCCEEDED).artifacts[0]
        video_file = dataclasses.replace(made, id=uuid.UUID("019e34f2-fc7b-748d-8abc-048d159e26b0"))
        task = world.hold(world.task(state=State.SUCCEEDED, account_id=account, artifacts=(video_file,)))
        link = f"https://gate.example/files/{task.artifacts[0].id.hex}/video-0.mp4"
        # Nobody listens there: what is not taken from the store is not found.
        video = {"url": link} if named == "file" and status == 200 else {"jobId": to_id(task.id)}
        answered, _, answer = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=wrapped(video=video))
        assert answered == status
        assert code is None or refused(answer)[1] == code
    (accepted,) = world.accepted
    assert json.loads(accepted[4])["inputs"][0]["role"] == "source_video"


async def test_a_resolution_that_the_route_lacks_is_named(world: SimpleNamespace) -> None:
    """A text that no engine can make so large is refused for its resolution."""
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "resolutions", engine.resolutions - {"4k"})
    status, _, answer = await world.ask(DIALECT, "POST", CREATE, headers=JSON, body=wrapped(resolution="4k"))
    assert (status, refused(answer)[1]) == (400, 40005)
    assert refused(answer)[2].startswith("resolution: ")


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 40101),
        ({"Authorization": "Bearer bad"}, 40102),
        ({"Authorization": "Basic good"}, 40101),
        ({"X-API-Key": "good"}, 40101),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", CREATE), ("GET", f"{POLL}/x")])
async def test_a_key_is_needed_for_tasks(
    method: str,
    path: str,
    headers: dict[str, str],
    code: int,
    world: SimpleNamespace,
) -> None:
    """Only a bearer token that is known lets a request in."""
    status, _, answer = await world.ask(DIALECT, method, path, headers=headers, body=b"{}")
    assert (status, refused(answer)[:2]) == (401, (401, code))


@pytest.mark.parametrize("headers", [{}, KEY, {"Authorization": "Bearer bad"}])
async def test_models_need_no_key(headers: dict[str, str], world: SimpleNamespace) -> None:
    """The command-line client reads list and specification without one; a wrong one does no harm."""
    status, _, answer = await world.ask(DIALECT, "GET", f"{MODELS}?page=1&page_size=20&type=video", headers=headers)
    listed = json.loads(answer)
    assert (status, listed["status"]["code"]) == (200, 200)
    ids = [entry["id"] for entry in listed["data"]["models"]]
    assert ids == ["vtrix-veo-3.1-generate-preview", "veo_31_fast"]
    for model in (*ids, "animatic"):
        status, _, answer = await world.ask(DIALECT, "GET", f"{MODELS}/{model}/spec", headers=headers)
        spec = json.loads(answer)["data"]
        assert (status, spec["model_id"]) == (200, model)
        assert spec["api"]["endpoint"] == "https://gate.example/model/v1/generation"


async def test_an_unknown_model_is_said_in_the_body_too(world: SimpleNamespace) -> None:
    """The client looks at the code inside of the body."""
    status, _, answer = await world.ask(DIALECT, "GET", f"{MODELS}/sora-2/spec")
    assert (status, refused(answer)[:2]) == (404, (404, 40404))


@pytest.mark.parametrize("state", [State.QUEUED, State.PROCESSING])
async def test_a_live_task_has_its_progress(state: State, world: SimpleNamespace) -> None:
    """A poll answers state and progress."""
    task = world.hold(world.task(state=state, progress=50))
    status, _, answer = await world.ask(DIALECT, "GET", f"{POLL}/{to_id(task.id)}", headers=KEY)
    shown = json.loads(answer)
    assert (status, shown["status"], shown["progress"]) == (200, "in_progress", 0.5)
    assert not {"output", "usage", "error"} & set(shown)


async def test_a_finished_task_has_its_link(world: SimpleNamespace) -> None:
    """A completed task leads to its video and says what it cost."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    _, _, answer = await world.ask(DIALECT, "GET", f"{POLL}/{to_id(task.id)}", headers=KEY)
    shown = json.loads(answer)
    assert list(shown) == ["id", "created_at", "status", "model", "output", "usage", "metadata"]
    (content,) = shown["output"][0]["content"]
    assert content["url"].startswith(f"https://gate.example/files/{uuid.UUID(int=1).hex}/video-0.mp4?")
    assert shown["usage"]["cost"] == "1.80"


async def test_foreign_unknown_and_malformed_ids_are_answered_alike(world: SimpleNamespace) -> None:
    """Nobody learns from an answer that a task exists."""
    foreign = world.hold(world.task(id=uuid.UUID(int=5), account_id=uuid.UUID(int=8)))
    names = [to_id(foreign.id), to_id(uuid.UUID(int=6)), "d758n65e878c73cmdg20", "%ff", "x" * 5000]
    answers = [await world.ask(DIALECT, "GET", f"{POLL}/{name}", headers=KEY) for name in names]
    assert {(status, refused(body)) for status, _, body in answers} == {(404, (404, 40401, "There is no such task."))}


BAD: list[tuple[str, str, dict[str, str], bytes, int, int]] = [
    ("POST", CREATE, JSON, b"", 400, 40002),
    ("POST", CREATE, JSON, b"{", 400, 40001),
    ("POST", CREATE, JSON, b"[]", 400, 40001),
    ("POST", CREATE, JSON, b'{"model": "veo_31_fast", "prompt": "\xff"}', 400, 40001),
    ("POST", CREATE, JSON, wrapped(prompt=" "), 400, 40003),
    ("POST", CREATE, JSON, wrapped(prompt="x" * 4001), 400, 40003),
    ("POST", CREATE, JSON, wrapped(negativePrompt="x" * 501), 400, 40002),
    ("POST", CREATE, JSON, wrapped("sora-2"), 400, 40004),
    ("POST", CREATE, JSON, wrapped(image={}), 400, 40002),
    ("POST", CREATE, JSON, wrapped(image={"imageBytes": "aGVsbG8="}), 400, 40007),
    ("POST", CREATE, JSON, wrapped(image={"gcsUri": "gs://b/1"}), 400, 40009),
    ("POST", CREATE, JSON, wrapped(image={"url": "data:image/png;base64,%%"}), 400, 40007),
    ("POST", CREATE, KEY | {"Content-Type": "text/plain"}, b"{}", 415, 41501),
    ("POST", CREATE, JSON | {"Content-Length": "99999999"}, b"{}", 413, 41301),
    ("GET", CREATE, KEY, b"", 405, 40501),
    ("GET", f"{MODELS}?page=0", {}, b"", 400, 40002),
    ("GET", f"{MODELS}?page=99999999999999999999", {}, b"", 400, 40002),
    ("GET", "/model/v1/queue/veo_31_fast", KEY, b"", 404, 40403),
    ("GET", "/model/v1", KEY, b"", 404, 40403),
    ("GET", "/api/v1/skill/model-contracts/veo_31_fast", KEY, b"", 404, 40403),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[1][:60]} {case[5]}")
async def test_bad_requests_are_named(case: Any, world: SimpleNamespace) -> None:
    """Whatever is wrong with a request has its own code, and nothing is accepted."""
    method, target, headers, body, status, code = case
    answered, _, answer = await world.ask(DIALECT, method, target, headers=headers, body=body)
    assert (answered, refused(answer)[:2]) == (status, (status, code))
    assert not world.accepted


async def test_an_internal_error_says_nothing(world: SimpleNamespace) -> None:
    """A fault of the server is answered in the wire's shape and without its cause."""
    world.hold(world.task(state="nonsense"))
    status, _, answer = await world.ask(DIALECT, "GET", f"{POLL}/{to_id(world.task().id)}", headers=KEY)
    assert (status, refused(answer)) == (500, (500, 50001, "Internal error."))
