"""One gateway behind another: the second is reached over the OpenAI Videos wire, and a ring of them ends."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from running import Server, command_facts, run_command, serving, wait_for_task

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
