"""Vtrix's wire as its command-line client and its page use it, against the running server."""

import base64
import pathlib
import re
from typing import Any

import httpx2
import pytest

from running import Server, command_facts, pause, wait_for_task
from videos import likeness, look_at, picture

CREATE = "/model/v1/generation"
MODELS = "/api/v1/skill/models"


def available(server: Server) -> float:
    accounts = command_facts("credits", "list", "--data", str(server.data))["accounts"]
    return float(next(account["available"] for account in accounts if account["account"] == "dev"))


def wrapped(model: str = "animatic", **params: Any) -> dict[str, Any]:
    """Return a request as every client sends it; the built-in engine's own model makes one second."""
    given = {"prompt": "a boat on a lake", **({"durationSeconds": 1} if model == "animatic" else {}), **params}
    return {"model": model, "input": [{"params": given}]}


def poll_until_done(client: httpx2.Client, task_id: str) -> dict[str, Any]:
    """Poll as the command-line client does, only faster."""
    for _ in range(2400):
        answer = client.get(f"{CREATE}/task/{task_id}", headers={"X-Source": "cli", "User-Agent": "vtrix-cli/1.0"})
        shown: dict[str, Any] = answer.json()
        assert answer.status_code == 200
        if shown["status"] != "in_progress":
            return shown
        assert 0 <= shown["progress"] <= 1
        pause(0.05)
    raise AssertionError(f"task {task_id} did not end")


def run(client: httpx2.Client, body: dict[str, Any], clip: pathlib.Path) -> dict[str, Any]:
    """Create a task, wait for it, and save its video."""
    created = client.post(CREATE, json=body)
    assert created.status_code == 200, created.text
    done = poll_until_done(client, created.json()["id"])
    assert done["status"] == "completed", done
    clip.write_bytes(httpx2.get(done["output"][0]["content"][0]["url"]).content)
    return done


def test_as_the_command_line_client_does(server: Server, clip: pathlib.Path) -> None:
    """The model's specification without a key, then one task with everything that the page documents."""
    with server.client("") as stranger:
        listed = stranger.get(
            MODELS, params={"page": 1, "page_size": 20, "type": "video", "keywords": "31_fast"}
        ).json()
        assert [entry["id"] for entry in listed["data"]["models"]] == ["veo_31_fast"]
        spec = stranger.get(f"{MODELS}/veo_31_fast/spec").json()["data"]
    assert spec["api"]["endpoint"] == f"{server.url}{CREATE}"
    assert {"prompt", "durationSeconds", "image"} <= {parameter["name"] for parameter in spec["parameters"]}
    before = available(server)
    headers = {"Authorization": spec["api"]["headers"]["Authorization"].replace("{{API_KEY}}", server.key)}
    params = {
        "prompt": "A lighthouse in the storm, thunder rolling",
        "negativePrompt": "people",
        "aspectRatio": "9:16",
        "resolution": "720p",
        "durationSeconds": 4,
        "personGeneration": "allow_all",
    }
    body = {"model": spec["model_id"], "input": [{"params": params}]}
    created = httpx2.request(spec["api"]["method"], spec["api"]["endpoint"], headers=headers, json=body)
    assert created.status_code == 200, created.text
    task = created.json()
    assert list(task) == ["id", "created_at", "status", "model"]
    assert re.fullmatch(r"[0-9a-v]{26}", task["id"])
    assert (task["status"], task["model"], type(task["created_at"])) == ("in_progress", "veo_31_fast", int)
    with server.client() as client:
        done = poll_until_done(client, task["id"])
    assert list(done) == ["id", "created_at", "status", "model", "output", "usage", "metadata"]
    (content,) = done["output"][0]["content"]
    assert (content["type"], content["jobId"]) == ("video", task["id"])
    assert (done["usage"]["cost"], done["usage"]["quantity"]) == ("0.40", 1)
    assert done["metadata"]["created_at"] <= done["metadata"]["started_at"] <= done["metadata"]["completed_at"]
    clip.write_bytes(httpx2.get(content["url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames, facts.frame_rate) == (720, 1280, 96, 24)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert available(server) == before - 40


def test_the_page_s_flat_parameters(client: httpx2.Client, clip: pathlib.Path) -> None:
    """The body as the page lists it, and the sibling page's words for length and size."""
    run(client, {"model": "animatic", "prompt": "a boat", "durationSeconds": 1, "aspectRatio": "1:1"}, clip)
    assert (look_at(clip).width, look_at(clip).height, look_at(clip).frames) == (720, 720, 24)
    run(client, {"model": "animatic", "prompt": "a boat", "seconds": "4", "size": "720x1280"}, clip)
    assert (look_at(clip).width, look_at(clip).height, look_at(clip).frames) == (720, 1280, 96)


@pytest.mark.parametrize("field", ["imageBytes", "bytesBase64Encoded", "url", "uri"])
def test_pictures_in_every_field(client: httpx2.Client, clip: pathlib.Path, field: str) -> None:
    """The video begins with the picture, wherever it came in."""
    photo = picture(1280, 720)
    text = base64.b64encode(photo).decode()
    value = text if field.endswith(("Bytes", "Encoded")) else f"data:image/jpeg;base64,{text}"
    run(client, wrapped(image={field: value, "mimeType": "image/jpeg"}), clip)
    assert likeness(look_at(clip).first_frame, photo) > 24


def test_a_task_is_the_same_through_another_wire(client: httpx2.Client) -> None:
    """A task of veo4api's is read here under this wire's id, and one of ours there."""
    created = client.post("/api/video/veo4/generate", json={"prompt": "a boat", "model": "animatic", "duration": 1})
    number = 0
    for character in created.json()["task_id"].removeprefix("veo4_task_"):
        number = number * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(character)
    text = base64.b32hexencode(number.to_bytes(16, "big")).decode().rstrip("=").lower()
    wait_for_task(client, created.json()["task_id"])
    shown = client.get(f"{CREATE}/task/{text}").json()
    assert (shown["status"], shown["model"], shown["usage"]["cost"]) == ("completed", "animatic", "0.00")


PICTURE = {"url": "http://127.0.0.1:9/1.jpg"}


#: What the page rules out, and what is said about it.
BAD: list[tuple[dict[str, Any], str]] = [
    ({"prompt": ""}, "empty"),
    ({"prompt": 5}, "prompt: must be a string"),
    ({"durationSeconds": 5}, "durationSeconds: must be 4, 6 or 8"),
    ({"durationSeconds": "8"}, "durationSeconds: must be an integer"),
    ({"durationSeconds": 4, "resolution": "1080p"}, "durationSeconds: must be 8 when resolution is 1080p"),
    ({"durationSeconds": 6, "resolution": "4k"}, "durationSeconds: must be 8 when resolution is 4k"),
    ({"aspectRatio": "4:3"}, "aspectRatio: must be 16:9 or 9:16"),
    ({"lastFrame": PICTURE}, "lastFrame: must be used together with image"),
    ({"referenceImages": [{"image": PICTURE}] * 4}, "referenceImages: must be 1, 2 or 3"),
    ({"referenceImages": [{"image": PICTURE}], "durationSeconds": 4}, "durationSeconds: must be 8"),
    ({"video": PICTURE, "durationSeconds": 4}, "durationSeconds: must be 8 for extension"),
    ({"video": PICTURE, "resolution": "1080p"}, "resolution: must be 720p for extension"),
    ({"personGeneration": "allow_adult"}, "personGeneration: must be allow_all for text to video"),
    ({"image": PICTURE, "personGeneration": "allow_all"}, "personGeneration: must be allow_adult"),
    ({"image": PICTURE}, "image"),
    ({"image": {"gcsUri": "gs://bucket/1.png"}}, "image.gcsUri"),
    ({"image": {"imageBytes": "%%%"}}, "image.imageBytes: is not valid base64"),
    ({"image": {"imageBytes": "aGVsbG8="}}, "image"),
    ({"image": {"imageBytes": "aGVsbG8=", "url": "https://a.example"}}, "image.url: stands for the same"),
    ({"image": {}}, "image: must have imageBytes"),
]


@pytest.mark.parametrize(("params", "said"), BAD)
def test_bad_requests(server: Server, client: httpx2.Client, params: dict[str, Any], said: str) -> None:
    """Every combination that the page rules out is named in words that both clients show."""
    refused = client.post(CREATE, json=wrapped("veo_31_fast", **params))
    assert refused.status_code == 400
    body = refused.json()
    assert list(body) == ["status", "data", "message", "error_code"]
    assert said in body["message"]
    assert (body["status"]["message"], body["status"]["code"], body["data"]) == (body["message"], 400, None)
    assert "Traceback" not in refused.text
    assert str(server.data) not in refused.text


def test_bad_requests_cost_nothing(server: Server, client: httpx2.Client) -> None:
    """No credit moves for any of them."""
    before = available(server)
    assert {client.post(CREATE, json=wrapped("veo_31_fast", **params)).status_code for params, _ in BAD} == {400}
    assert available(server) == before


def test_other_answers(server: Server, client: httpx2.Client) -> None:
    """Keys, models, ids, paths and methods get the same envelope."""
    with server.client("") as stranger:
        assert stranger.post(CREATE, json=wrapped()).status_code == 401
        assert stranger.get(f"{CREATE}/task/x").json()["message"] == "An API key is required."
        assert stranger.get(f"{MODELS}/sora-9/spec").json()["status"]["code"] == 404
    assert "veo_31_fast" in client.post(CREATE, json=wrapped("sora-9")).json()["message"]
    assert "another wire: veo4api" in client.post(CREATE, json=wrapped("veo-4")).json()["message"]
    for wrong in ("d758n65e878c73cmdg20", "veo4_task_01krtf5z3vej6rnf04hmasw9nf", "%2e%2e"):
        assert client.get(f"{CREATE}/task/{wrong}").json()["status"]["code"] == 404
    assert client.get("/model/v1/queue/veo_31_fast").json()["error_code"] == 40403
    assert client.delete(CREATE).status_code == 405
    assert client.post(CREATE, content=b"{", headers={"content-type": "application/json"}).status_code == 400


def test_not_enough_credits(server: Server) -> None:
    """A task that cannot be paid is refused with the code that clients know, before its picture is fetched."""
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "poor-vtrix", "--credits", "79")
    with server.client(made["key"]) as client:
        refused = client.post(CREATE, json=wrapped("veo_31_fast", image=PICTURE))
        assert (refused.status_code, refused.json()["status"]["error_code"]) == (402, 40201)
