"""One gateway behind another: the second is reached over the OpenAI Videos wire, and a ring of them ends."""

import json
import pathlib
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from running import PROGRAM, Server, command_facts, environment, pause, run_command, serving, wait_for_task

PROMPT = "a red balloon over a lake"


def behind(upstream: str, key: str) -> dict[str, Any]:
    return {
        "REELGATE_OPENAI_VIDEOS_URL": f"{upstream}/v1",
        "REELGATE_OPENAI_VIDEOS_KEY": key,
        "REELGATE_OPENAI_VIDEOS_MODEL": "animatic",
        "REELGATE_OPENAI_VIDEOS_EXTENSIONS": "seed,negative_prompt,audio",
        "REELGATE_OPENAI_VIDEOS_IDEMPOTENT": "true",
    }


@pytest.fixture(scope="module")
def front(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway whose engine is another gateway."""
    folder = tmp_path_factory.mktemp("front")
    with serving(folder / "data", variables=behind(server.url, server.key)) as running:
        yield running


def create(client: httpx2.Client, **body: object) -> httpx2.Response:
    return client.post("/api/video/veo4/generate", json={"prompt": PROMPT, "aspect_ratio": "16:9"} | body)


def test_a_video_comes_through_two_gateways(front: Server, server: Server) -> None:
    """Made at the far end, kept and charged at both."""
    with front.client() as client:
        task = wait_for_task(client, create(client, seed=7).json()["task_id"])
        assert task["status"] == "succeeded"
        video = client.get(task["video_url"]).content
        assert client.get(task["thumbnail_url"]).headers["content-type"] == "image/jpeg"
    facts = command_facts("tasks", "show", task["task_id"], "--data", str(front.data))
    assert facts["engine"] == "openai_videos"
    with server.client() as client:
        newest = client.get("/v1/videos", params={"limit": 1}).json()["data"][0]
        assert (newest["prompt"], newest["status"]) == (PROMPT, "completed")
        assert client.get(f"/v1/videos/{newest['id']}/content").content == video


def test_what_the_far_end_cannot_do_is_refused_here(front: Server) -> None:
    """Before any credit moves, with the name of the field on this wire."""
    with front.client() as client:
        answer = create(client, watermark="mine")
    assert answer.status_code == 400
    assert "watermark" in answer.text


def test_canceling_ends_the_job_at_the_far_end(front: Server, server: Server) -> None:
    """The task there is deleted."""
    with front.client() as client, server.client() as far:
        task_id = create(client, prompt="slow " * 10).json()["task_id"]
        wait_for_task(client, task_id, until=("processing",))
        assert client.post("/api/video/veo4/cancel", json={"task_id": task_id}).json()["status"] == "canceled"
        left = [video for video in far.get("/v1/videos").json()["data"] if video["prompt"].startswith("slow")]
        assert all(video["status"] != "completed" for video in left)


def test_engines_are_listed_and_tried(front: Server, server: Server) -> None:
    """With what they can do, and without the key; a try makes a real video at the far end."""
    variables = behind(server.url, server.key)
    shown = run_command("engines", "--data", str(front.data), **variables).stdout
    assert server.key not in shown
    assert "openai_videos" in shown
    facts = json.loads(run_command("engines", "--data", str(front.data), "--json", **variables).stdout)
    built_in, far = facts["engines"]
    assert (built_in["engine"], built_in["models"], built_in["credentials"]) == ("animatic", ["animatic"], [])
    assert far["credentials"][0]["health"] == "works"
    assert far["credentials"][0]["submits_today"] >= 1
    tried = run_command("engines", "try", "openai_videos", "--data", str(front.data), "--json", **variables)
    assert json.loads(tried.stdout)["tried"][0]["ok"]
    wrong = behind(server.url, "wrong-key-of-nobody")
    failed = run_command("engines", "try", "openai_videos", "--data", str(front.data), check=False, **wrong)
    assert (failed.returncode, failed.stdout.startswith("default: FAIL, status 401")) == (1, True)
    unknown = run_command("engines", "try", "fax", "--data", str(front.data), check=False, **variables)
    assert "There is no engine 'fax' behind HTTP; those are: openai_videos." in unknown.stderr


def test_a_request_that_goes_round_is_refused(server: Server) -> None:
    """A gateway that has seen it too often says so, and nothing is charged."""
    with server.client() as client:
        answer = client.post(
            "/v1/videos", json={"prompt": PROMPT, "model": "animatic"}, headers={"x-reelgate-hops": "4"}
        )
    assert answer.status_code == 400
    assert "ring" in answer.json()["error"]["message"]


ENGINES = """
[[engines]]
name = "far"
kind = "openai_videos"
url = "{url}/v1"
models = {{ "*" = "animatic" }}
durations_s = [1, 3]

[[engines.credentials]]
stored = true
"""


def test_a_key_that_is_kept_sealed_opens_the_far_end(server: Server, tmp_path: pathlib.Path) -> None:
    """The file of engines names it, the worker opens it, and what is stored cannot be read without the ring."""
    engines, data = tmp_path / "engines.toml", tmp_path / "data"
    engines.write_text(ENGINES.format(url=server.url))
    variables: dict[str, Any] = {"REELGATE_ENGINES": str(engines)}
    command = [*PROGRAM, "secrets", "set", "far", "--data", str(data)]
    subprocess.run(command, input=server.key, text=True, check=True, env=environment(), capture_output=True)
    with serving(data, variables=variables) as running:
        with running.client() as client:
            asked = {"prompt": "a sealed letter", "model": "veo-3", "duration": 3}
            made = client.post("/v1/video/generations", json=asked)
            assert made.status_code == 200, made.text
            poll = f"/v1/video/generations/{made.json()['id']}"
            while (shown := client.get(poll).json())["status"] not in ("succeeded", "failed"):
                pause(0.1)
            assert shown["status"] == "succeeded"
            refused = client.post("/v1/video/generations", json=asked | {"duration": 5})
            assert (refused.status_code, "must be 1 or 3" in refused.text) == (400, True)
        tried = run_command("engines", "try", "far", "--data", str(data), "--json", **variables)
        assert json.loads(tried.stdout)["tried"][0]["ok"]
        assert server.key not in run_command("engines", "--data", str(data), **variables).stdout
        command_facts("secrets", "delete", "far", "--data", str(data))
        without = run_command("engines", "try", "far", "--data", str(data), check=False, **variables)
        assert "the key of 'default' is not stored" in without.stderr
