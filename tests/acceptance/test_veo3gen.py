"""veo3gen's own examples and every error, against the running server."""

import io
import pathlib
import re
from typing import Any

import httpx2
import pytest
from PIL import Image

from running import Server, command_facts, pause, wait_for_task
from videos import likeness, look_at, mirrored, picture

TEXT = "/api/veo/text-to-video"
IMAGE = "/api/veo/image-to-video"
BOTH = "/api/veo/first-last-frame"
PAGE_EXAMPLE = {
    "prompt": "A majestic dragon soaring through clouds above a fantasy castle",
    "model": "veo-3.1-fast-generate-001",
    "sampleCount": 1,
    "durationSeconds": 8,
    "aspectRatio": "16:9",
    "generateAudio": True,
    "enhancePrompt": True,
    "negativePrompt": "blurry, low quality",
    "seed": 12345,
    "personGeneration": "allow_adult",
}
SHORT = {"prompt": "a boat", "model": "animatic", "durationSeconds": 1}
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def wait_for(client: httpx2.Client, task_id: str) -> dict[str, Any]:
    for _ in range(2400):
        body: dict[str, Any] = client.get(f"/api/veo/status/{task_id}").json()
        if body["status"] in ("completed", "failed"):
            return body
        pause(0.05)
    raise AssertionError(f"task {task_id} did not end")


def test_the_page_s_request(client: httpx2.Client, clip: pathlib.Path) -> None:
    """The documented request gives the documented answers from create to download."""
    created = client.post(TEXT, json=PAGE_EXAMPLE)
    assert created.status_code == 202
    body = created.json()
    assert list(body) == [
        "success", "message", "taskId", "status", "estimatedWaitTime", "creditsUsed", "remainingCredits", "statusUrl",
        "downloadUrl",
    ]  # fmt: skip
    assert re.fullmatch(r"veo_\d{13}_[0-9a-z]+", body["taskId"])
    assert (body["success"], body["message"], body["status"]) == (True, "Video generation started", "pending")
    assert body["creditsUsed"] == 190
    assert (body["statusUrl"], body["downloadUrl"]) == (
        f"/api/veo/status/{body['taskId']}",
        f"/api/veo/download/{body['taskId']}",
    )
    early = client.get(body["downloadUrl"])
    assert (early.status_code, early.json()["error"]) == (400, "VIDEO_NOT_READY")
    done = wait_for(client, body["taskId"])
    assert list(done) == [
        "success", "taskId", "status", "type", "model", "prompt", "creditsCost", "createdAt", "completedAt",
        "processingTime", "videos",
    ]  # fmt: skip
    assert (done["type"], done["model"], done["creditsCost"]) == ("text-to-video", "veo-3.1-fast-generate-001", 190)
    assert re.fullmatch(TIME, done["createdAt"])
    assert re.fullmatch(TIME, done["completedAt"])
    downloaded = client.get(body["downloadUrl"]).json()
    assert list(downloaded) == ["success", "taskId", "videos", "totalVideos"]
    assert downloaded["totalVideos"] == 1
    (video,) = downloaded["videos"]
    assert list(video) == ["url", "mimeType", "expiresAt"]
    clip.write_bytes(httpx2.get(video["url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames, facts.audio_codec) == (1280, 720, 192, "aac")


def test_the_page_s_curl_example_with_an_image(client: httpx2.Client, clip: pathlib.Path) -> None:
    """A multipart form with a picture: the video begins with it."""
    photo = picture(1600, 900)
    created = client.post(
        IMAGE,
        files={"image": ("reference.jpg", photo, "image/jpeg")},
        data={
            "prompt": "Camera slowly pushes in while leaves drift in the wind",
            "model": "veo-3.1-generate-001",
            "generateAudio": "true",
        },
    )
    assert created.status_code == 202, created.text
    body = created.json()
    assert (body["creditsUsed"], body["creditsCost"]) == (500, 500)
    assert "reference.jpg" in body["imageInfo"].values()
    assert len(photo) in body["imageInfo"].values()
    done = wait_for(client, body["taskId"])
    assert done["type"] == "image-to-video"
    clip.write_bytes(httpx2.get(done["videos"][0]["url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames) == (1280, 720, 192)
    assert likeness(facts.first_frame, photo) > 24


def test_samples_differ_and_the_silent_ones_cost_less(client: httpx2.Client) -> None:
    """Several videos of one request, without sound."""
    created = client.post(
        TEXT,
        json={**PAGE_EXAMPLE, "sampleCount": 2, "durationSeconds": 4, "generateAudio": False,
              "model": "veo-3.1-lite-generate-001"},
    )  # fmt: skip
    assert created.json()["creditsUsed"] == 70
    videos = wait_for(client, created.json()["taskId"])["videos"]
    first, second = (httpx2.get(video["url"]).content for video in videos)
    assert first != second


def test_history_has_pages_and_a_filter(server: Server) -> None:
    """Newest first, with totals, for the caller's own tasks, whichever wire they came through."""
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "history", "--credits", "1000")
    with server.client(made["key"]) as client:
        ids = [client.post(TEXT, json=SHORT).json()["taskId"] for _ in range(2)]
        other = client.post("/api/video/veo4/generate", json={"prompt": "x", "model": "animatic", "duration": 1}).json()
        for task_id in ids:
            wait_for(client, task_id)
        wait_for_task(client, other["task_id"])
        page = client.get("/api/veo/history", params={"limit": 2}).json()
        assert list(page) == ["success", "videos", "pagination"]
        assert page["pagination"] == {"total": 3, "limit": 2, "skip": 0, "hasMore": True}
        assert [video["taskId"] for video in page["videos"]][1] == ids[1]
        assert page["videos"][0]["videoCount"] == 1
        rest = client.get("/api/veo/history", params={"limit": 2, "skip": 2, "status": "completed"}).json()
        assert [video["taskId"] for video in rest["videos"]] == [ids[0]]
        assert rest["pagination"]["hasMore"] is False
        assert client.get("/api/veo/history", params={"status": "failed"}).json()["videos"] == []


def test_the_models_are_the_page_s(client: httpx2.Client) -> None:
    """Ids, names, capabilities and prices as documented."""
    body = client.get("/api/veo/models").json()
    assert list(body) == ["success", "models", "defaultModel"]
    assert body["defaultModel"] == "veo-3.1-fast-generate-001"
    assert body["models"][0] == {
        "id": "veo-3.0-generate-001",
        "name": "Veo 3.0 Quality",
        "description": "High-quality video with audio",
        "capabilities": ["text-to-video", "image-to-video", "audio-generation"],
        "pricing": {"creditsPerVideo": 500, "creditsPerVideoNoAudio": 250},
    }
    assert [model["pricing"]["creditsPerVideo"] for model in body["models"]] == [500, 190, 500, 190, 65]


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"prompt": ""}, "INVALID_PROMPT", "empty"),
        ({"prompt": None}, "INVALID_PROMPT", "prompt"),
        ({"prompt": "x" * 4001}, "INVALID_PROMPT", "4000"),
        ({"prompt": "\u0007"}, "INVALID_PROMPT", "control"),
        ({"model": "veo-9"}, "INVALID_MODEL", "veo-3.1-lite-generate-001"),
        ({"durationSeconds": 5}, None, "durationSeconds"),
        ({"durationSeconds": "8"}, None, "durationSeconds"),
        ({"sampleCount": 5}, None, "sampleCount"),
        ({"sampleCount": 0}, None, "sampleCount"),
        ({"aspectRatio": "1:1"}, None, "aspectRatio"),
        ({"aspectRatio": 5}, None, "aspectRatio"),
        ({"generateAudio": "yes"}, None, "generateAudio"),
        ({"seed": -1}, None, "seed"),
        ({"seed": 2**32}, None, "seed"),
        ({"personGeneration": "allow_dogs"}, None, "personGeneration"),
        ({"negativePrompt": 5}, None, "negativePrompt"),
    ],
)
def test_bad_requests(client: httpx2.Client, given: dict[str, Any], code: str | None, said: str) -> None:
    """Each is a 400 in the wire's envelope that names what is wrong."""
    refused = client.post(TEXT, json={**PAGE_EXAMPLE, **given})
    assert refused.status_code == 400, refused.text
    body = refused.json()
    assert body["success"] is False
    assert isinstance(body["error"], str)
    assert code is None or body["error"] == code
    assert said in refused.text


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "MISSING_IMAGE"),
        ({"picture": ("a.jpg", picture(), "image/jpeg")}, "MISSING_IMAGE"),
        ({"image": ("a.jpg", b"", "image/jpeg")}, None),
        ({"image": ("a.jpg", b"not a picture", "image/jpeg")}, None),
        ({"image": ("a.jpg", picture()[:900], "image/jpeg")}, None),
        ({"image": ("a.jpg", b"\xff\xd8\xff" + b"\0" * 21_000_000, "image/jpeg")}, None),
    ],
)
def test_bad_pictures(client: httpx2.Client, files: dict[str, Any], code: str | None) -> None:
    """Missing, empty, broken and too large pictures."""
    refused = client.post(IMAGE, files=files or {"x": ("x", b"")}, data={"prompt": "x"})
    assert refused.status_code in (400, 413), refused.text
    assert refused.json()["success"] is False
    assert code is None or refused.json()["error"] == code


def test_first_and_last_frame_are_the_pictures(client: httpx2.Client, clip: pathlib.Path) -> None:
    """Both pictures of the form are the ends of the video, at the model's price."""
    first, last = picture(1280, 720, "PNG"), mirrored(1280, 720)
    created = client.post(
        BOTH,
        files={"firstFrame": ("a.png", first), "lastFrame": ("b.png", last)},
        data={"prompt": "morph", "model": "veo-3.1-fast-generate-001", "durationSeconds": "4"},
    )
    assert (created.status_code, created.json()["creditsUsed"]) == (202, 190)
    done = wait_for(client, created.json()["taskId"])
    clip.write_bytes(httpx2.get(done["videos"][0]["url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames) == (1280, 720, 96)
    assert likeness(facts.first_frame, first) > 26
    assert likeness(facts.last_frame, last) > 26


def test_a_model_without_first_and_last_frame_says_so(client: httpx2.Client) -> None:
    """In the wire's words."""
    files = {"firstFrame": ("a.png", picture(form="PNG")), "lastFrame": ("b.png", picture(form="PNG"))}
    refused = client.post(BOTH, files=files, data={"prompt": "morph", "model": "veo-3.1-lite-generate-001"})
    assert (refused.status_code, refused.json()["error"]) == (400, "INVALID_MODEL")


def test_a_phone_s_picture_stands_upright(client: httpx2.Client, clip: pathlib.Path) -> None:
    """EXIF orientation is obeyed: the first frame shows the picture as a person sees it."""
    upright = Image.open(io.BytesIO(picture(900, 1600)))
    sideways, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(sideways, "JPEG", quality=95, exif=exif)
    created = client.post(
        IMAGE,
        files={"image": ("phone.jpg", sideways.getvalue(), "image/jpeg")},
        data={"prompt": "push in", "model": "animatic", "durationSeconds": "1", "aspectRatio": "9:16"},
    )
    done = wait_for(client, created.json()["taskId"])
    clip.write_bytes(httpx2.get(done["videos"][0]["url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height) == (720, 1280)
    assert likeness(facts.first_frame, picture(900, 1600)) > 24


def test_without_a_key(server: Server) -> None:
    """Missing and wrong keys, in the wire's words, on all paths."""
    with server.client("") as stranger:
        missing = stranger.get("/api/veo/models")
        assert (missing.status_code, missing.json()["error"]) == (401, "INVALID_API_KEY")
        assert "X-API-Key" in missing.json()["message"]
    with server.client("veo3_your_api_key_here") as stranger:
        for answer in (stranger.post(TEXT, json=SHORT), stranger.get("/api/veo/history")):
            assert (answer.status_code, answer.json()["error"]) == (401, "INVALID_API_KEY")


def test_not_enough_credits(server: Server) -> None:
    """The answer says what is required and what is there."""
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "short", "--credits", "100")
    with server.client(made["key"]) as client:
        refused = client.post(TEXT, json=PAGE_EXAMPLE)
        body = refused.json()
        assert (refused.status_code, body["error"]) == (402, "INSUFFICIENT_CREDITS")
        assert (body["required"], body["available"]) == (190, 100)


def test_unknown_tasks(server: Server, client: httpx2.Client) -> None:
    """Missing, malformed and foreign ids get one answer."""
    mine = client.post(TEXT, json=SHORT).json()["taskId"]
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "other3")
    with server.client(made["key"]) as stranger:
        for task_id in (mine, "veo_1703123456789_abc123def", "veo_1703123456789_000000000000000", "x"):
            for path in ("status", "download"):
                refused = stranger.get(f"/api/veo/{path}/{task_id}")
                assert (refused.status_code, refused.json()["error"]) == (404, "TASK_NOT_FOUND")
    wait_for(client, mine)


def test_a_task_of_the_other_wire_is_the_same_task(client: httpx2.Client) -> None:
    """A task made through one dialect is read through the other, under that one's form of its id."""
    created = client.post(
        "/api/video/veo4/generate", json={"prompt": "a boat", "model": "animatic", "duration": 1}
    ).json()
    wait_for_task(client, created["task_id"])
    newest = client.get("/api/veo/history", params={"limit": 1}).json()["videos"][0]
    assert newest["prompt"] == "a boat"
    assert client.get(f"/api/veo/status/{newest['taskId']}").json()["status"] == "completed"


def test_paging_is_bounded(client: httpx2.Client) -> None:
    """Limits that make no sense are named."""
    for params in ({"limit": "0"}, {"limit": "101"}, {"skip": "-1"}, {"limit": "x"}, {"status": "sleeping"}):
        refused = client.get("/api/veo/history", params=params)
        assert refused.status_code == 400, refused.text
        assert next(iter(params)) in refused.text
