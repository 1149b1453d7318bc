"""acedata's own examples, held connections and errors, against the running server."""

import asyncio
import base64
import json
import pathlib
import re
import socket
import uuid
from typing import Any

import httpx2
import pytest

from running import Server, command_facts, pause, wait_for_task
from videos import likeness, look_at, picture

VIDEOS = "/veo/videos"
TASKS = "/veo/tasks"
SHORT = {"model": "animatic", "prompt": "a boat on a lake", "duration": 1}
LOCAL_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
HELD_AT_ONCE = 100


def available(server: Server) -> float:
    accounts = command_facts("credits", "list", "--data", str(server.data))["accounts"]
    return float(next(account["available"] for account in accounts if account["account"] == "dev"))


def retrieve_when_done(client: httpx2.Client, task_id: str) -> dict[str, Any]:
    """Poll as the vendor's clients do, only faster."""
    for _ in range(2400):
        task: dict[str, Any] = client.post(TASKS, json={"action": "retrieve", "id": task_id}).json()
        if task.get("response"):
            return task
        pause(0.05)
    raise AssertionError(f"task {task_id} did not end")


def check_result(result: dict[str, Any], server: Server) -> str:
    """Check the documented shape of a result and return the link to its video."""
    assert list(result) == ["success", "task_id", "trace_id", "data"]
    assert result["success"] is True
    assert str(uuid.UUID(result["task_id"])) == result["task_id"]
    assert str(uuid.UUID(result["trace_id"])) == result["trace_id"] != result["task_id"]
    (video,) = result["data"]
    assert list(video) == ["id", "video_url", "created_at", "complete_at", "state"]
    assert re.fullmatch(r"[0-9a-f]{32}", video["id"])
    assert re.fullmatch(LOCAL_TIME, video["created_at"])
    assert re.fullmatch(LOCAL_TIME, video["complete_at"])
    assert video["state"] == "succeeded"
    assert video["video_url"].startswith(server.url)
    return str(video["video_url"])


def test_the_guide_s_example(server: Server, clip: pathlib.Path) -> None:
    """The documented request holds the connection and returns the whole result, and a video as it should be."""
    before = available(server)
    headers = {
        "accept": "application/json",
        "authorization": f"Bearer {server.key}",
        "content-type": "application/json",
    }
    body = {
        "action": "text2video",
        "model": "veo3-fast",
        "prompt": "White ceramic coffee mug on glossy marble countertop with morning window light",
    }
    answer = httpx2.post(f"{server.url}{VIDEOS}", headers=headers, json=body, timeout=120)
    assert answer.status_code == 200, answer.text
    clip.write_bytes(httpx2.get(check_result(answer.json(), server)).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames, facts.video_codec, facts.audio_codec) == (
        1280, 720, 192, "h264", "aac",
    )  # fmt: skip
    assert answer.headers["x-trace-id"] == answer.json()["trace_id"]
    assert round(before - available(server), 3) in (0.648, 1)


def test_the_guide_s_callback_example(client: httpx2.Client) -> None:
    """With a callback the answer is the task's id at once; /veo/tasks has the request and, later, the result."""
    body = SHORT | {
        "action": "text2video",
        "callback_url": "https://webhook.site/aed5cd28-f8aa-4dca-9480-8ec9b42137dc",
        "note": "a\u0000b",
    }
    accepted = client.post(VIDEOS, json=body)
    assert (accepted.status_code, list(accepted.json())) == (200, ["task_id"])
    task_id = accepted.json()["task_id"]
    shown = client.post(TASKS, json={"id": task_id}).json()
    owner = ["application_id", "credential_id", "user_id"]
    assert list(shown)[:10] == ["_id", "id", "api_id", *owner, "trace_id", "type", "created_at", "request"]
    done = retrieve_when_done(client, task_id)
    assert done["request"] == body
    assert list(done["request"]) == list(body)
    assert done["response"]["success"] is True
    assert done["response"]["task_id"] == task_id
    assert done["created_at"] < done["started_at"] < done["finished_at"]
    assert done["elapsed"] == pytest.approx(done["finished_at"] - done["started_at"], abs=0.002)


@pytest.mark.parametrize(("ratio", "size"), [("9:16", (720, 1280)), ("3:4", (720, 960))])
def test_the_guide_s_sizes(client: httpx2.Client, clip: pathlib.Path, ratio: str, size: tuple[int, int]) -> None:
    """A held call makes the size that was asked for."""
    made = client.post(VIDEOS, json=SHORT | {"action": "text2video", "aspect_ratio": ratio, "translation": False})
    clip.write_bytes(httpx2.get(made.json()["data"][0]["video_url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames) == (*size, 24)


def test_a_picture_is_the_first_frame(client: httpx2.Client, clip: pathlib.Path) -> None:
    """image2video begins with the picture."""
    photo = picture(form="PNG")
    url = "data:image/png;base64," + base64.b64encode(photo).decode()
    made = client.post(VIDEOS, json=SHORT | {"action": "image2video", "image_urls": [url]})
    assert made.status_code == 200, made.text
    clip.write_bytes(httpx2.get(made.json()["data"][0]["video_url"]).content)
    assert likeness(look_at(clip).first_frame, photo) > 24


def test_a_client_that_hangs_up_cancels_nothing(server: Server, client: httpx2.Client) -> None:
    """The connection is cut while it is held; the task ends well and is found in the list."""
    prompt = f"a lighthouse {uuid.uuid4()}"
    body = json.dumps(SHORT | {"prompt": prompt}).encode()
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"POST {VIDEOS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
        connection.sendall(
            f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
        task_id = wait_until_listed(client, prompt)
    assert retrieve_when_done(client, task_id)["response"]["success"] is True


def wait_until_listed(client: httpx2.Client, prompt: str) -> str:
    """Return the id of the task with a prompt, once it is there."""
    for _ in range(600):
        listed = client.post(TASKS, json={"action": "retrieve_batch", "type": "videos", "limit": 100}).json()
        for task in listed["items"]:
            if task["request"]["prompt"] == prompt:
                return str(task["id"])
        pause(0.05)
    raise AssertionError("the task was not accepted")


async def test_a_hundred_held_connections_answer(server: Server) -> None:
    """Behind a long render a hundred wait; each hears of its own end at once, made or canceled through another wire."""
    headers = {"authorization": f"Bearer {server.key}"}
    limits = httpx2.Limits(max_connections=HELD_AT_ONCE + 10)
    async with httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=120, limits=limits) as client:
        long = await client.post(VIDEOS, json=SHORT | {"prompt": "long", "duration": 60, "async": True})
        crowd = f"one of many {uuid.uuid4()}"
        held = [asyncio.create_task(client.post(VIDEOS, json=SHORT | {"prompt": crowd})) for _ in range(HELD_AT_ONCE)]
        waiting = await list_until(client, crowd, HELD_AT_ONCE)
        made = waiting[:4]
        for task_id in [*waiting[4:], long.json()["task_id"]]:
            # Deleted: canceled first, then hidden.
            deleted = await client.post(TASKS, json={"action": "delete", "id": task_id})
            assert deleted.json() == {"id": task_id, "deleted": True}
        answers = [await each for each in held]
        assert sorted(answer.json()["task_id"] for answer in answers if answer.status_code == 200) == sorted(made)
        assert {answer.status_code for answer in answers} <= {200, 400, 404}
        assert len(answers) == HELD_AT_ONCE
        ready = await client.get("/readyz")
        assert ready.status_code == 200


async def list_until(client: httpx2.AsyncClient, prompt: str, count: int) -> list[str]:
    """Return the ids of the tasks with a prompt, once there are so many."""
    for _ in range(600):
        listed = await client.post(TASKS, json={"action": "retrieve_batch", "limit": 100})
        found = [task["id"] for task in listed.json()["items"] if task["request"]["prompt"] == prompt]
        if len(found) == count:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(found)} of {count} were accepted")


def test_tasks_of_other_wires_are_shown(client: httpx2.Client) -> None:
    """A task that veo4api made is listed with a request that would ask for the same."""
    asked = {"model": "animatic", "prompt": f"a fox {uuid.uuid4()}", "duration": 1}
    made = client.post("/api/video/veo4/generate", json=asked).json()["task_id"]
    wait_for_task(client, made)
    listed = client.post(TASKS, json={"action": "retrieve_batch", "limit": 1}).json()
    (task,) = listed["items"]
    assert task["request"] == {
        "action": "text2video",
        "model": "animatic",
        "prompt": asked["prompt"],
        "aspect_ratio": "16:9",
        "resolution": "720p",
    }
    assert listed["count"] >= 1
    again = {"action": "retrieve_batch", "created_at_min": task["created_at"], "created_at_max": task["created_at"]}
    assert [item["id"] for item in client.post(TASKS, json=again).json()["items"]] == [task["id"]]


def test_a_batch_and_a_deletion(client: httpx2.Client) -> None:
    """Ids that are named twice are answered twice; a deleted task is null for good."""
    task_id = client.post(VIDEOS, json=SHORT).json()["task_id"]
    batch = client.post(TASKS, json={"action": "retrieve_batch", "ids": [task_id, task_id]}).json()
    assert ([task["id"] for task in batch["items"]], batch["count"]) == ([task_id, task_id], 2)
    url = batch["items"][0]["response"]["data"][0]["video_url"]
    deleted = client.post(TASKS, json={"action": "delete", "id": task_id, "user_id": batch["items"][0]["user_id"]})
    assert deleted.json() == {"id": task_id, "deleted": True}
    assert client.post(TASKS, json={"action": "retrieve", "id": task_id}).text == "null"
    assert client.post(TASKS, json={"action": "delete", "id": task_id}).status_code == 404
    assert httpx2.get(url).status_code in (403, 404, 410)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (VIDEOS, {}, "prompt"),
        (VIDEOS, {"action": "text2video", "prompt": ""}, "empty"),
        (VIDEOS, {"action": "text2video", "prompt": "x" * 4001}, "4000"),
        (VIDEOS, {"action": "text2video", "prompt": "a\u0000b"}, "control"),
        (VIDEOS, {"action": "dance", "prompt": "x"}, "action"),
        (VIDEOS, {"prompt": "x", "model": "sora"}, "veo31-fast-ingredients"),
        (VIDEOS, {"prompt": "x", "model": "sora-2"}, "openai"),
        (VIDEOS, {"prompt": "x", "model": "veo3", "resolution": "4k"}, "resolution"),
        (VIDEOS, {"prompt": "x", "aspect_ratio": "21:9"}, "aspect_ratio"),
        (VIDEOS, {"prompt": "x", "action": "image2video"}, "image_urls"),
        (VIDEOS, {"prompt": "x", "action": "image2video", "image_urls": ["http://10.0.0.1/a.jpg"]}, "image_urls[0]"),
        (VIDEOS, {"prompt": "x", "action": "image2video", "image_urls": ["data:image/png;base64,aGVsbG8="]}, "image"),
        (VIDEOS, {"prompt": "x", "action": "ingredients2video", "image_urls": ["a"] * 4}, "at most 3"),
        (VIDEOS, {"prompt": "x", "callback_url": "javascript:alert(1)"}, "callback_url"),
        (VIDEOS, {"prompt": "x", "async": "yes"}, "async"),
        (VIDEOS, {"action": "get1080p"}, "video_id"),
        (VIDEOS, {"action": "get1080p", "video_id": str(uuid.uuid4())}, "video_id"),
        ("/veo/upsample", {"action": "8k", "video_id": "x"}, "action"),
        ("/veo/extend", {"model": "veo31-fast", "video_id": "veo_1703123456789_abc123def"}, "video_id"),
        ("/veo/reshoot", {"motion_type": "UP", "video_id": "x"}, "video_id"),
        ("/veo/objects", {"action": "insert", "video_id": "x"}, "prompt"),
        (TASKS, {"action": "retrieve"}, "id"),
        (TASKS, {"action": "retrieve_batch", "ids": "x"}, "ids"),
    ],
)
def test_bad_requests(server: Server, client: httpx2.Client, path: str, body: dict[str, object], said: str) -> None:
    """What is wrong is named in the worker's envelope, and nothing leaks."""
    refused = client.post(path, json=body)
    assert refused.status_code == 400, refused.text
    answer = refused.json()
    assert list(answer) == ["success", "error", "trace_id"]
    assert (answer["success"], set(answer["error"])) == (False, {"code", "message"})
    assert said in answer["error"]["message"]
    assert answer["trace_id"] == refused.headers["x-trace-id"]
    assert "Traceback" not in refused.text
    assert str(server.data) not in refused.text


def test_the_gateway_s_errors(server: Server, client: httpx2.Client) -> None:
    """Key, route and method have no success field; a request's own id is its trace id."""
    with server.client("") as stranger:
        nobody = stranger.post(VIDEOS, json=SHORT)
    with server.client("rg_" + "0" * 38) as stranger:
        wrong = stranger.post(TASKS, json={"id": "x"})
    given = str(uuid.uuid4())
    nowhere = client.post("/veo/nothing", json={}, headers={"x-request-id": given})
    for answer, status, code in (
        (nobody, 400, "no_token"),
        (wrong, 401, "invalid_token"),
        (nowhere, 404, "no_api"),
        (client.get(VIDEOS), 405, "no_api"),
        (client.post(VIDEOS, content=b"{"), 400, "bad_request"),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert list(answer.json()) == ["error", "trace_id"]
        assert uuid.UUID(answer.json()["trace_id"])
    assert nowhere.json()["trace_id"] == given


def test_not_enough_credits_is_used_up(server: Server) -> None:
    """403, never 402; and fractions of a credit count."""
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "acedata-poor", "--credits", "1")
    with server.client(made["key"]) as client:
        first = client.post(VIDEOS, json={"prompt": "x", "async": True})
        second = client.post(VIDEOS, json={"prompt": "x", "async": True})
        assert (first.status_code, second.status_code) == (200, 403)
        assert second.json()["error"]["code"] == "used_up"
        assert list(second.json()) == ["error", "trace_id"]
        client.post(TASKS, json={"action": "delete", "id": first.json()["task_id"]})


def test_unknown_and_foreign_tasks_are_null(server: Server, client: httpx2.Client) -> None:
    """The all-zero id that a client validates its key with, and somebody else's task."""
    task_id = client.post(VIDEOS, json=SHORT | {"async": True}).json()["task_id"]
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "acedata-stranger")
    with server.client(made["key"]) as stranger:
        for name in (task_id, str(uuid.UUID(int=0)), "x"):
            answer = stranger.post(TASKS, json={"action": "retrieve", "id": name})
            assert (answer.status_code, answer.text) == (200, "null")
        assert stranger.post(TASKS, json={"action": "delete", "id": task_id}).status_code == 404
    assert retrieve_when_done(client, task_id)["response"]["success"] is True


def test_the_document_is_served(client: httpx2.Client) -> None:
    """The wire has its own OpenAPI document."""
    document = client.get("/openapi/acedata.json").json()
    assert set(document["paths"]) == {
        f"/veo/{name}" for name in ("videos", "tasks", "upsample", "extend", "reshoot", "objects")
    }
