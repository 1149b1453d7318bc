"""veoapi's own examples and every error, against the running server."""

import pathlib
import re
from typing import Any

import httpx2
import pytest

from running import Server, command_facts, pause, wait_for_task
from videos import look_at

CREATE = "/v1/video/generations"
SHORT = {"model": "animatic", "prompt": "a boat on a lake", "duration": 1}


def available(server: Server) -> float:
    accounts = command_facts("credits", "list", "--data", str(server.data))["accounts"]
    return float(next(account["available"] for account in accounts if account["account"] == "dev"))


def poll_until_done(client: httpx2.Client, task_id: str) -> dict[str, Any]:
    """Poll as the page's sample does, only faster."""
    for _ in range(2400):
        shown: dict[str, Any] = client.get(f"{CREATE}/{task_id}").json()
        if shown["status"] in ("succeeded", "failed"):
            return shown
        pause(0.05)
    raise AssertionError(f"task {task_id} did not end")


def test_the_page_s_python_example(server: Server, clip: pathlib.Path) -> None:
    """The documented sample, as it stands but for the host and the waiting, gives a video as it should be."""
    base = f"{server.url}/v1"
    headers = {"Authorization": f"Bearer {server.key}"}
    before = available(server)
    task = httpx2.post(
        f"{base}/video/generations",
        headers=headers,
        json={
            "model": "veo-3",
            "prompt": "a drone shot over a misty forest at sunrise",
            "duration": 5,
            "aspect_ratio": "16:9",
        },
    ).json()
    assert list(task) == ["id", "status"]
    assert re.fullmatch(r"gen_[0-9a-z]{26}", task["id"])
    assert task["status"] == "queued"
    while True:
        res = httpx2.get(f"{base}/video/generations/{task['id']}", headers=headers).json()
        if res["status"] in ("succeeded", "failed"):
            break
        assert list(res) == ["id", "status"]
        pause(0.05)
    assert list(res) == ["id", "status", "video_url"]
    assert res["status"] == "succeeded"
    clip.write_bytes(httpx2.get(res["video_url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames, facts.frame_rate) == (1280, 720, 120, 24)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert available(server) == before - 500


def test_the_page_s_curl_example(server: Server) -> None:
    """The page's curl line, header by header."""
    answer = httpx2.post(
        f"{server.url}/v1/video/generations",
        headers={"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"},
        content=b'{"model": "veo-3", "prompt": "ocean waves at golden hour", "duration": 5}',
    )
    assert (answer.status_code, answer.json()["status"]) == (200, "queued")


def test_veo_2_is_silent(client: httpx2.Client, clip: pathlib.Path) -> None:
    """The wire cannot ask for sound; the model that has none makes none."""
    created = client.post(
        CREATE, json={"model": "veo-2", "prompt": "ocean waves", "duration": 1, "aspect_ratio": "9:16"}
    )
    done = poll_until_done(client, created.json()["id"])
    clip.write_bytes(httpx2.get(done["video_url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.audio_codec) == (720, 1280, None)


def test_models(client: httpx2.Client) -> None:
    """The page's table as OpenAI's list object."""
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    names = {entry["id"]: entry["name"] for entry in listed["data"]}
    assert (names["veo-3"], names["veo-2"]) == ("Veo 3", "Veo 2")
    assert {entry["object"] for entry in listed["data"]} == {"model"}
    assert "animatic" not in names


def test_a_webhook_is_taken_and_a_wrong_one_refused(client: httpx2.Client) -> None:
    """Where to hear of the end is accepted as long as it is an address."""
    created = client.post(CREATE, json={**SHORT, "webhook_url": "https://hooks.example/veo"})
    assert created.status_code == 200
    refused = client.post(CREATE, json={**SHORT, "webhook_url": "nowhere"})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "webhook_url")


def test_a_task_is_the_same_through_another_wire(client: httpx2.Client) -> None:
    """A task of this wire is canceled through veo4api and read as failed here; nobody else can tell that it exists."""
    asked = {"model": "animatic", "prompt": "a long film", "duration": 60}
    task_id = client.post(CREATE, json=asked).json()["id"]
    other = "veo4_task_" + task_id.removeprefix("gen_")
    assert client.post("/api/video/veo4/cancel", params={"task_id": other}).json()["status"] == "canceled"
    wait_for_task(client, other)
    shown = client.get(f"{CREATE}/{task_id}").json()
    assert (shown["status"], shown["video_url"]) == ("failed", None)
    assert shown["error"]["code"] == "generation_canceled"


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "model: is required; prompt: is required"),
        ({"model": "veo-3"}, 400, "prompt"),
        ({"model": "veo-3", "prompt": ""}, 400, "empty"),
        ({"model": "veo-3", "prompt": "x" * 4001}, 400, "4000"),
        ({"model": "veo-3", "prompt": "a\u0000b"}, 400, "control"),
        ({"model": "veo-3", "prompt": "x", "duration": 9}, 400, "must be 1 to 8"),
        ({"model": "veo-3", "prompt": "x", "duration": "5"}, 400, "must be an integer"),
        ({"model": "veo-3", "prompt": "x", "aspect_ratio": "1:1"}, 400, "16:9 or 9:16"),
        ({"model": "veo-3", "prompt": "x", "image": 5}, 400, "image"),
        ({"model": "veo-3", "prompt": "x", "image": "http://169.254.169.254/latest"}, 400, "image"),
        ({"model": "veo-3", "prompt": "x", "image": "data:image/png;base64,aGVsbG8="}, 400, "image"),
        ({"model": "sora-9", "prompt": "x"}, 400, "veo-3, veo-2"),
        ({"model": "veo-4", "prompt": "x"}, 400, "another wire: veo4api"),
    ],
)
def test_bad_requests(server: Server, client: httpx2.Client, body: dict[str, object], status: int, said: str) -> None:
    """What is wrong is named in OpenAI's envelope, and nothing leaks."""
    refused = client.post(CREATE, json=body)
    assert (refused.status_code, list(refused.json())) == (status, ["error"])
    error = refused.json()["error"]
    assert said in error["message"]
    assert {"message", "type", "code", "param"} == set(error)
    assert str(server.data) not in refused.text


def test_other_answers(server: Server, client: httpx2.Client) -> None:
    """Keys, ids, paths and methods get the same envelope; the wires beside this one keep theirs."""
    with server.client("") as stranger:
        assert stranger.get("/v1/models").json()["error"]["code"] == "missing_api_key"
    for wrong in ("x", "gen_abc123", "veo4_task_01krtf5z3vej6rnf04hmasw9nf"):
        answer = client.get(f"{CREATE}/{wrong}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "generation_not_found")
    assert client.get("/v1/video/nothing").json()["error"]["code"] == "unknown_url"
    refused = client.put(CREATE)
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")


def test_not_enough_credits(server: Server) -> None:
    """A task that cannot be paid is refused."""
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "poor-veoapi", "--credits", "499")
    with server.client(made["key"]) as client:
        refused = client.post(CREATE, json={"model": "veo-3", "prompt": "x"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (402, "insufficient_credits")
