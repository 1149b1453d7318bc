"""Extensions, upscales and GIFs through the wires that have them, against the running server, as their clients do."""

import base64
import io
import pathlib
import uuid
from typing import Any

import httpx2
import numpy as np
import pytest
from PIL import Image

from running import Server, command_facts, pause, wait_for_task
from videos import Facts, look_at

SHORT = {"model": "animatic", "prompt": "a boat on a lake, pan left", "duration": 1}


@pytest.fixture(scope="module")
def made(server: Server) -> Any:
    """A finished video of one second, as acedata shows it."""
    with server.client() as client:
        answer = client.post("/veo/videos", json=SHORT, timeout=120)
    assert answer.status_code == 200, answer.text
    return answer.json()


def fetched(answer: httpx2.Response, clip: pathlib.Path) -> Facts:
    assert answer.status_code == 200, answer.text
    clip.write_bytes(httpx2.get(answer.json()["data"][0]["video_url"]).content)
    return look_at(clip)


def available(server: Server) -> float:
    accounts = command_facts("credits", "list", "--data", str(server.data))["accounts"]
    return float(next(account["available"] for account in accounts if account["account"] == "dev"))


def test_an_extension_and_its_extension(client: httpx2.Client, made: Any, clip: pathlib.Path) -> None:
    """Each is one file that begins as the one before."""
    before = fetched(httpx2.Response(200, json=made), clip)
    body = {"model": "animatic", "duration": 2, "prompt": "it snows"}
    once = client.post("/veo/extend", json=body | {"video_id": made["data"][0]["id"]}, timeout=120)
    facts = fetched(once, clip)
    assert (facts.frames, facts.audio_codec) == (72, "aac")
    assert np.array_equal(facts.first_frame, before.first_frame)
    twice = client.post("/veo/extend", json=body | {"video_id": once.json()["data"][0]["id"]}, timeout=120)
    assert fetched(twice, clip).frames == 120


@pytest.mark.parametrize(
    "case",
    [
        ("/veo/videos", {"action": "get1080p"}, (1920, 1080), 0.16),
        ("/veo/upsample", {"action": "1080p"}, (1920, 1080), 0.16),
        ("/veo/upsample", {"action": "4k"}, (3840, 2160), 0.5),
    ],
)
def test_a_video_in_a_larger_size(server: Server, made: Any, clip: pathlib.Path, case: tuple[Any, ...]) -> None:
    """It has the id and the times of the one that it was made of, and costs what the page says."""
    path, body, size, price = case
    balance = available(server)
    source = made["data"][0]
    with server.client() as client:
        answer = client.post(path, json=body | {"video_id": source["id"]}, timeout=180)
    facts = fetched(answer, clip)
    assert (facts.width, facts.height, facts.frames, facts.audio_codec) == (*size, 24, "aac")
    (larger,) = answer.json()["data"]
    assert [larger[name] for name in ("id", "created_at", "complete_at")] == [
        source[name] for name in ("id", "created_at", "complete_at")
    ]
    assert larger["video_url"] != source["video_url"]
    assert balance - available(server) == pytest.approx(price)


def test_a_video_is_shot_again(client: httpx2.Client, made: Any, clip: pathlib.Path) -> None:
    """The same scene with another move of the camera: alike in the middle, not at the ends."""
    before = fetched(httpx2.Response(200, json=made), clip)
    body = {"video_id": made["data"][0]["id"], "motion_type": "STATIONARY_RIGHT"}
    answer = client.post("/veo/reshoot", json=body, timeout=120)
    after = fetched(answer, clip)
    assert (after.width, after.height, after.frames) == (1280, 720, 24)
    assert answer.json()["data"][0]["id"] != made["data"][0]["id"]
    assert np.abs(after.first_frame.astype(int) - before.first_frame).mean() > 2
    assert np.abs(after.first_frame.astype(int) - before.last_frame).mean() < 20


def test_a_gif_of_a_video_and_from_a_prompt(server: Server, client: httpx2.Client, made: Any) -> None:
    """The link leads to a GIF that moves and loops; the video is there for other wires."""
    balance = available(server)
    asked = client.post("/veo/upsample", json={"action": "gif", "video_id": made["data"][0]["id"]}, timeout=120)
    assert balance - available(server) == pytest.approx(0.13)
    drawn = client.post("/veo/videos", json=SHORT | {"resolution": "gif"}, timeout=120)
    for answer in (asked, drawn):
        assert answer.status_code == 200, answer.text
        link = answer.json()["data"][0]["video_url"]
        got = httpx2.get(link)
        assert (got.headers["content-type"], link.partition("?")[0][-4:]) == ("image/gif", ".gif")
        with Image.open(io.BytesIO(got.content)) as gif:
            assert (gif.format, gif.size, gif.info["loop"]) == ("GIF", (480, 270), 0)
            assert getattr(gif, "n_frames", 1) in {12, 13}
    task = uuid.UUID(drawn.json()["task_id"])
    content = client.get(f"/v1/videos/video_{task.hex}/content")
    assert (content.status_code, content.headers["content-type"]) == (200, "video/mp4")


def test_a_video_of_one_wire_is_extended_through_others(client: httpx2.Client, made: Any, clip: pathlib.Path) -> None:
    """veo4api takes the task by its own form of the id, vtrix the link or the bytes."""
    veo4 = to_veo4api(uuid.UUID(made["task_id"]))
    body = {"prompt": "it goes on", "model": "animatic", "duration": 2, "extend_task_id": veo4}
    accepted = client.post("/api/video/veo4/generate", json=body)
    assert accepted.status_code == 200, accepted.text
    done = wait_for_task(client, accepted.json()["task_id"])
    clip.write_bytes(httpx2.get(done["video_url"]).content)
    assert look_at(clip).frames == 72
    link = made["data"][0]["video_url"]
    inline = base64.b64encode(httpx2.get(link).content).decode()
    for video in ({"url": link}, {"videoBytes": inline, "mimeType": "video/mp4"}):
        params = {"prompt": "it goes on", "durationSeconds": 2, "video": video}
        asked = client.post("/model/v1/generation", json={"model": "animatic", "input": [{"params": params}]})
        assert asked.status_code == 200, asked.text
        clip.write_bytes(httpx2.get(vtrix_link(client, asked.json()["id"])).content)
        assert look_at(clip).frames == 72


def to_veo4api(task_id: uuid.UUID) -> str:
    """Return a task's id as veo4api writes it: Crockford's alphabet, 26 digits."""
    digits, rest = "", task_id.int
    for _ in range(26):
        rest, digit = divmod(rest, 32)
        digits = "0123456789abcdefghjkmnpqrstvwxyz"[digit] + digits
    return f"veo4_task_{digits}"


def vtrix_link(client: httpx2.Client, task_id: str) -> str:
    for _ in range(1200):
        task = client.get(f"/model/v1/generation/task/{task_id}").json()
        if task["status"] == "completed":
            return str(task["output"][0]["content"][0]["url"])
        assert task["status"] == "in_progress", task
        pause(0.05)
    raise AssertionError(task_id)


@pytest.mark.parametrize(
    ("video", "said"),
    [
        ({"videoBytes": base64.b64encode(b"\0\0\0\x20ftypisom" + bytes(200)).decode()}, "is damaged or no video"),
        ({"videoBytes": base64.b64encode(b"#EXTM3U\nhttp://10.0.0.1/").decode()}, "is no video"),
        ({"url": "http://10.0.0.1/a.mp4"}, "not on the public internet"),
        ({"jobId": "0" * 26}, "no such task"),
    ],
)
def test_what_is_no_video_is_refused(server: Server, client: httpx2.Client, video: Any, said: str) -> None:
    """In the wire's words, and nothing is charged."""
    balance = available(server)
    params = {"prompt": "x", "video": video}
    refused = client.post("/model/v1/generation", json={"model": "veo_31_fast", "input": [{"params": params}]})
    assert 400 <= refused.status_code < 500
    assert said in refused.text
    assert available(server) == balance
