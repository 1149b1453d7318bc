"""Tests of veo3gen's handlers: HTTP in, HTTP out, over a gateway of fakes."""

import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.task import State
from reelgate.dialects.veo3gen.routes import DIALECT
from reelgate.dialects.veo3gen.translate import to_id

KEY = {"X-API-Key": "good"}
JSON = KEY | {"Content-Type": "application/json"}
FORM = KEY | {"Content-Type": "multipart/form-data; boundary=xxx"}
TEXT = "/api/veo/text-to-video"
IMAGE = "/api/veo/image-to-video"
FRAMES = "/api/veo/first-last-frame"
JPEG = b"\xff\xd8\xff\xe0picture"


def form(**parts: str | bytes) -> bytes:
    """Return a multipart body; bytes are files."""
    lines = []
    for name, value in parts.items():
        is_file = isinstance(value, bytes)
        head = f'--xxx\r\nContent-Disposition: form-data; name="{name}"' + ('; filename="ü.jpg"' if is_file else "")
        kind = "\r\nContent-Type: image/jpeg" if is_file else ""
        lines.append((head + kind).encode() + b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode()))
    return b"\r\n".join([*lines, b"--xxx--\r\n"])


def errors_of(answer: bytes) -> tuple[str, str]:
    body = json.loads(answer)
    assert body["success"] is False
    return body["error"], body["message"]


@pytest.mark.parametrize("headers", [KEY, {"Authorization": "Bearer good"}])
async def test_text_to_video_accepts_a_task(headers: dict[str, str], world: SimpleNamespace) -> None:
    """A JSON request is accepted and answered with what it costs and what is left."""
    body = {"prompt": "A majestic dragon", "model": "veo-3.1-generate-001", "generateAudio": True}
    status, _, answer = await world.ask(DIALECT, "POST", TEXT, headers=headers, body=json.dumps(body).encode())
    task_id = "veo_1779004800123_000000000000000"
    assert (status, json.loads(answer)) == (
        202,
        {
            "success": True,
            "message": "Video generation started",
            "taskId": task_id,
            "status": "pending",
            "estimatedWaitTime": "5-10 seconds",
            "creditsUsed": 500,
            "remainingCredits": 500,
            "statusUrl": f"/api/veo/status/{task_id}",
            "downloadUrl": f"/api/veo/download/{task_id}",
        },
    )
    assert world.accepted[0][2:4] == ("veo3gen", "veo-3.1")


async def test_image_to_video_accepts_a_form(world: SimpleNamespace) -> None:
    """A form with a picture is accepted; what came is told back."""
    body = form(image=JPEG, prompt="Camera slowly pushes in", model="veo-3.1-generate-001", generateAudio="false")
    status, _, answer = await world.ask(DIALECT, "POST", IMAGE, headers=FORM, body=body)
    started = json.loads(answer)
    assert status == 202
    assert started["creditsUsed"] == started["creditsCost"] == 250
    assert started["imageInfo"] == {"originalName": "ü.jpg", "size": len(JPEG), "mimeType": "image/jpeg"}
    spec = json.loads(world.accepted[0][4])
    assert (spec["mode"], spec["inputs"][0]["file_name"]) == ("image_to_video", "ü.jpg")


async def test_first_last_frame_is_refused_clearly(world: SimpleNamespace) -> None:
    """An engine or a model that lacks the mode says so."""
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "modes", engine.modes - {"first_last_frame"})
    cases = {"veo-3.1-generate-001": "on this model's route yet", "veo-3.1-lite-generate-001": "with this model"}
    for model, where in cases.items():
        body = form(prompt="x", model=model, firstFrame=JPEG, lastFrame=JPEG)
        status, _, answer = await world.ask(DIALECT, "POST", FRAMES, headers=FORM, body=body)
        assert status == 400
        assert errors_of(answer) == (
            "INVALID_MODEL",
            f"model: first and last frame is not available {where}.",
        )


async def test_first_last_frame_accepts_a_form(world: SimpleNamespace) -> None:
    """A form with both pictures is accepted."""
    body = form(prompt="x", first_frame=JPEG, last_frame=JPEG)
    status, _, answer = await world.ask(DIALECT, "POST", FRAMES, headers=FORM, body=body)
    assert (status, json.loads(answer)["status"]) == (202, "pending")


@pytest.mark.parametrize(
    ("headers", "message"),
    [({}, "Missing X-API-Key header"), ({"X-API-Key": "bad"}, "The API key is not valid.")],
)
@pytest.mark.parametrize("path", ["/api/veo/models", "/api/veo/history", "/api/veo/status/x"])
async def test_a_key_is_needed_everywhere(
    path: str,
    headers: dict[str, str],
    message: str,
    world: SimpleNamespace,
) -> None:
    """No path answers without a key that is known."""
    status, _, answer = await world.ask(DIALECT, "GET", path, headers=headers)
    assert (status, errors_of(answer)) == (401, ("INVALID_API_KEY", message))


async def test_status_and_download_of_a_completed_task(world: SimpleNamespace) -> None:
    """Both lead to the same video, with the link's real end."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    _, _, status = await world.ask(DIALECT, "GET", f"/api/veo/status/{to_id(task.id)}", headers=KEY)
    _, _, download = await world.ask(DIALECT, "GET", f"/api/veo/download/{to_id(task.id)}", headers=KEY)
    (video,) = json.loads(status)["videos"]
    assert json.loads(download)["videos"] == [video]
    assert video["url"].startswith(f"https://gate.example/files/{uuid.UUID(int=1).hex}/video-0.mp4?")
    assert video["expiresAt"] == "2026-05-18T08:00:00.000Z"


async def test_a_live_task_has_a_status_and_no_download(world: SimpleNamespace) -> None:
    """Who downloads too early is told to wait."""
    task = world.hold(world.task(state=State.PROCESSING))
    status, _, answer = await world.ask(DIALECT, "GET", f"/api/veo/status/{to_id(task.id)}", headers=KEY)
    assert (status, json.loads(answer)["status"]) == (200, "processing")
    status, _, answer = await world.ask(DIALECT, "GET", f"/api/veo/download/{to_id(task.id)}", headers=KEY)
    assert (status, errors_of(answer)[0]) == (400, "VIDEO_NOT_READY")


async def test_foreign_unknown_and_malformed_ids_are_answered_alike(world: SimpleNamespace) -> None:
    """Nobody learns from an answer that a task exists."""
    foreign = world.hold(world.task(id=uuid.UUID("019e34f2-fc7b-748d-8abc-000000000000"), account_id=uuid.UUID(int=8)))
    names = [to_id(foreign.id), "veo_1779004800123_000000000000000", "veo_1703123456789_abc123def", "%ff", "x" * 5000]
    answers = [
        await world.ask(DIALECT, "GET", f"/api/veo/{path}/{name}", headers=KEY)
        for path in ("status", "download")
        for name in names
    ]
    assert {(status, body) for status, _, body in answers} == {
        (404, b'{"success":false,"error":"TASK_NOT_FOUND","message":"There is no such task."}')
    }


async def test_history_passes_its_query_on(world: SimpleNamespace) -> None:
    """Limit, skip and the states of the filter reach the database."""
    status, _, answer = await world.ask(DIALECT, "GET", "/api/veo/history?limit=7&skip=3&status=failed", headers=KEY)
    assert (status, json.loads(answer)["pagination"]) == (200, {"total": 0, "limit": 7, "skip": 3, "hasMore": False})
    assert world.listed[0][1:] == (["failed", "canceled"], 7, 3)


async def test_models_are_listed(world: SimpleNamespace) -> None:
    """The models are those of the catalogue."""
    _, _, answer = await world.ask(DIALECT, "GET", "/api/veo/models", headers=KEY)
    assert len(json.loads(answer)["models"]) == 5


BAD: list[tuple[str, str, dict[str, str], bytes, int, str]] = [
    ("POST", TEXT, JSON, b"", 400, "INVALID_PROMPT"),
    ("POST", TEXT, JSON, b'{"prompt": ""}', 400, "INVALID_PROMPT"),
    ("POST", TEXT, JSON, b'{"prompt": "x", "durationSeconds": 5}', 400, "INVALID_REQUEST"),
    ("POST", TEXT, JSON, b'{"prompt": "x", "aspectRatio": "1:1"}', 400, "INVALID_REQUEST"),
    ("POST", TEXT, JSON, b"{", 400, "INVALID_REQUEST"),
    ("POST", TEXT, FORM, form(prompt="x"), 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("POST", TEXT, JSON | {"Content-Length": "x"}, b"{}", 413, "PAYLOAD_TOO_LARGE"),
    (
        "POST",
        TEXT,
        JSON,
        b'{"prompt": "x", "model": "veo-3.0-generate-001", "sampleCount": 4}',
        402,
        "INSUFFICIENT_CREDITS",
    ),
    ("POST", IMAGE, JSON, b"{}", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ("POST", IMAGE, FORM, form(prompt="x"), 400, "MISSING_IMAGE"),
    ("POST", IMAGE, FORM, form(prompt="x", image=b"no picture"), 400, "INVALID_IMAGE"),
    ("POST", IMAGE, FORM, form(prompt="x", image=JPEG + bytes(20_000_001)), 413, "IMAGE_TOO_LARGE"),
    ("POST", IMAGE, FORM, b"nonsense", 400, "INVALID_REQUEST"),
    ("POST", IMAGE, FORM, form(prompt="x", image=JPEG).replace(b"x\r\n--", b"\xff\r\n--"), 400, "INVALID_REQUEST"),
    ("POST", IMAGE, KEY | {"Content-Type": "multipart/form-data"}, b"", 400, "INVALID_REQUEST"),
    ("GET", "/api/veo/history?limit=101", KEY, b"", 400, "INVALID_REQUEST"),
    ("GET", "/api/veo/history?status=done", KEY, b"", 400, "INVALID_REQUEST"),
    ("PUT", "/api/veo/models", KEY, b"", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "/api/veo/status", KEY, b"", 404, "NOT_FOUND"),
    ("GET", "/api/veo", KEY, b"", 404, "NOT_FOUND"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[1]} {case[5]}")
async def test_bad_requests_are_named(case: Any, world: SimpleNamespace) -> None:
    """Whatever is wrong with a request has its own code, and nothing is accepted."""
    method, target, headers, body, status, code = case
    answered, _, answer = await world.ask(DIALECT, method, target, headers=headers, body=body)
    assert (answered, errors_of(answer)[0]) == (status, code)
    assert not world.accepted
