"""veo4api's own examples and every error, against the running server."""

import base64
import contextlib
import http.server
import io
import pathlib
import re
import socket
import threading
from collections.abc import Iterator

import httpx2
import pytest
from PIL import Image

from running import Server, command_facts, wait_for_task
from videos import likeness, look_at, picture

GENERATE = "/api/video/veo4/generate"
STATUS = "/api/video/veo4/status"
CANCEL = "/api/video/veo4/cancel"
SHORT = {"model": "animatic", "duration": 1}


def available(server: Server) -> float:
    accounts = command_facts("credits", "list", "--data", str(server.data))["accounts"]
    return float(next(account["available"] for account in accounts if account["account"] == "dev"))


@contextlib.contextmanager
def pictures_at(files: dict[str, bytes]) -> Iterator[str]:
    """Serve files over HTTP on loopback; yields the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("content-type", "image/jpeg")
            self.send_header("content-length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{web.server_port}"
        finally:
            web.shutdown()
            thread.join()


def test_the_page_s_curl_example(server: Server, client: httpx2.Client, clip: pathlib.Path) -> None:
    """The documented request gives the documented answers, and a video as it should be."""
    before = available(server)
    created = client.post(
        GENERATE,
        json={
            "prompt": "A cinematic dolly shot of a glass greenhouse during sunrise",
            "aspect_ratio": "16:9",
            "watermark": "veo4api",
            "enableTranslation": True,
        },
    )
    assert created.status_code == 200
    body = created.json()
    assert list(body) == ["task_id", "status", "model", "credits_estimated", "created_at"]
    assert body["task_id"].startswith("veo4_task_")
    assert (body["status"], body["model"], body["credits_estimated"]) == ("queued", "veo-4", 180)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", body["created_at"])
    done = wait_for_task(client, body["task_id"])
    assert list(done) == ["task_id", "status", "progress", "video_url", "thumbnail_url", "completed_at"]
    assert (done["status"], done["progress"]) == ("succeeded", 100)
    assert done["video_url"].startswith(server.url)
    clip.write_bytes(httpx2.get(done["video_url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames, facts.frame_rate) == (1280, 720, 192, 24)
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert abs(facts.duration_s - 8) < 0.05
    thumbnail = Image.open(io.BytesIO(httpx2.get(done["thumbnail_url"]).content))
    assert thumbnail.format == "JPEG"
    assert available(server) == before - 180


def test_the_page_s_fetch_example(client: httpx2.Client, clip: pathlib.Path) -> None:
    """A product photo by URL, square, with a seed: the video begins with the photo."""
    photo = picture(600, 600)
    with pictures_at({"/input/product.jpg": photo}) as address:
        created = client.post(
            GENERATE,
            json={
                "prompt": "Animate this product photo into a smooth studio orbit shot",
                "image_urls": [f"{address}/input/product.jpg"],
                "aspect_ratio": "1:1",
                "seeds": 12345,
                "public": False,
            },
        )
    assert created.status_code == 200, created.text
    done = wait_for_task(client, created.json()["task_id"])
    clip.write_bytes(httpx2.get(done["video_url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames) == (720, 720, 192)
    assert likeness(facts.first_frame, photo) > 24


@pytest.mark.parametrize(("ratio", "size"), [("9:16", (720, 1280)), ("1:1", (720, 720)), ("4:3", (960, 720))])
def test_shapes(client: httpx2.Client, clip: pathlib.Path, ratio: str, size: tuple[int, int]) -> None:
    """Every ratio has its size; the built-in engine's own model takes them all."""
    asked = {**SHORT, "prompt": "a boat on a lake", "aspect_ratio": ratio, "audio": False}
    done = wait_for_task(client, client.post(GENERATE, json=asked).json()["task_id"])
    clip.write_bytes(httpx2.get(done["video_url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames, facts.audio_codec) == (*size, 24, None)


def test_equal_seeds_give_equal_bytes(client: httpx2.Client) -> None:
    """The same request with the same seed is the same file; another seed is another."""
    made = []
    for seed in (12345, 12345, 54321):
        asked = {**SHORT, "prompt": "three birds over a forest at dusk", "seeds": seed}
        done = wait_for_task(client, client.post(GENERATE, json=asked).json()["task_id"])
        made.append(httpx2.get(done["video_url"]).content)
    assert made[0] == made[1]
    assert made[0] != made[2]


def test_data_urls_are_pictures_too(client: httpx2.Client) -> None:
    """A picture may come with the request."""
    url = "data:image/png;base64," + base64.b64encode(picture(form="PNG")).decode()
    created = client.post(GENERATE, json={**SHORT, "prompt": "push in", "image_urls": [url]})
    assert wait_for_task(client, created.json()["task_id"])["status"] == "succeeded"


def test_a_task_can_be_canceled(server: Server, client: httpx2.Client) -> None:
    """A long render stops, its credits return, and cancelling again changes nothing."""
    before = available(server)
    asked = {"prompt": "a long film", "model": "animatic", "duration": 60, "resolution": "1080p"}
    task_id = client.post(GENERATE, json=asked).json()["task_id"]
    wait_for_task(client, task_id, until=("processing",))
    canceled = client.post(CANCEL, json={"task_id": task_id})
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    assert client.post(CANCEL, json={"task_id": task_id}).json()["status"] == "canceled"
    assert wait_for_task(client, task_id)["status"] == "canceled"
    assert available(server) == before
    # The worker is free again.
    short = client.post(GENERATE, json={**SHORT, "prompt": "a short film"}).json()["task_id"]
    assert wait_for_task(client, short)["status"] == "succeeded"


def test_an_ended_task_cannot_be_canceled(client: httpx2.Client) -> None:
    """The answer is a conflict that names the task."""
    task_id = client.post(GENERATE, json={**SHORT, "prompt": "a boat"}).json()["task_id"]
    wait_for_task(client, task_id)
    refused = client.post(CANCEL, json={"task_id": task_id})
    assert refused.status_code == 409
    assert task_id in refused.text


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "prompt"),
        ({"prompt": ""}, 400, "empty"),
        ({"prompt": "   "}, 400, "empty"),
        ({"prompt": "x" * 4001}, 400, "4000"),
        ({"prompt": "a\u0000b"}, 400, "control"),
        ({"prompt": 5}, 400, "prompt"),
        ({"prompt": "x", "seeds": 9999}, 400, "seeds"),
        ({"prompt": "x", "seeds": 100000}, 400, "seeds"),
        ({"prompt": "x", "seeds": "many"}, 400, "seeds"),
        ({"prompt": "x", "aspect_ratio": "21:9"}, 400, "aspect_ratio"),
        ({"prompt": "x", "public": "yes"}, 400, "public"),
        ({"prompt": "x", "image_urls": "nowhere"}, 400, "image_urls"),
        ({"prompt": "x", "image_urls": [5]}, 400, "image_urls"),
        ({"prompt": "x", "image_urls": ["http://10.0.0.1/a.jpg"]}, 400, "image_urls"),
        ({"prompt": "x", "image_urls": ["http://169.254.169.254/latest/meta-data"]}, 400, "image_urls"),
        ({"prompt": "x", "image_urls": ["file:///etc/passwd"]}, 400, "image_urls"),
        ({"prompt": "x", "image_urls": ["data:image/png;base64,aGVsbG8="]}, 400, "image_urls"),
        ({"prompt": "x", "image_urls": ["data:image/png;base64,%%%"]}, 400, "image_urls"),
        ({"prompt": "x", "extend_task_id": "veo4_task_01j9example"}, 400, "extend_task_id: must be the id of"),
        ({"prompt": "x", "extend_task_id": 5}, 400, "extend_task_id"),
        ({"prompt": "x", "model": "sora-2"}, 400, "veo-4"),
    ],
)
def test_bad_requests(server: Server, client: httpx2.Client, body: dict[str, object], status: int, said: str) -> None:
    """What is wrong is named, nothing is charged, and nothing leaks."""
    before = available(server) if body.get("image_urls") else None
    refused = client.post(GENERATE, json=body)
    assert refused.status_code == status, refused.text
    assert said in refused.text
    assert set(refused.json()) == {"error"}
    assert "Traceback" not in refused.text
    assert str(server.data) not in refused.text
    if before is not None:
        assert available(server) == before


def test_all_wrong_fields_are_named_at_once(client: httpx2.Client) -> None:
    """Field by field."""
    refused = client.post(GENERATE, json={"prompt": 1, "seeds": 5, "public": "x"})
    assert {field["field"] for field in refused.json()["error"]["fields"]} == {"prompt", "seeds", "public"}


def test_unknown_fields_are_ignored(client: httpx2.Client) -> None:
    """Clients of the wire send more than the page names."""
    asked = {**SHORT, "prompt": "a boat", "callBackUrl": "x", "quality": {"deep": [1]}}
    assert client.post(GENERATE, json=asked).status_code == 200


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"prompt": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"prompt=x", "application/x-www-form-urlencoded", 415),
        (b"<prompt/>", "text/xml", 415),
    ],
)
def test_bodies_that_cannot_be_read(client: httpx2.Client, content: bytes, content_type: str, status: int) -> None:
    """Broken JSON and wrong types get the wire's own error."""
    refused = client.post(GENERATE, content=content, headers={"content-type": content_type})
    assert (refused.status_code, set(refused.json())) == (status, {"error"})


def test_a_body_that_is_too_large_is_refused_before_it_is_read(server: Server) -> None:
    """The server answers although almost nothing of the body was sent."""
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        head = f"POST {GENERATE} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.key}\r\n"
        connection.sendall(f"{head}Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{{".encode())
        assert b" 413 " in connection.recv(200)


@pytest.mark.parametrize("size", [(100, 100)])
def test_broken_pictures(client: httpx2.Client, size: tuple[int, int]) -> None:
    """Truncated pictures, other files and bombs are refused by name of the field."""
    whole = picture(*size)
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    for content in (whole[: len(whole) // 2], b"%PDF-1.7 nothing", whole[:3], bomb.getvalue(), b"\x00" * 1000):
        url = "data:image/jpeg;base64," + base64.b64encode(content).decode()
        refused = client.post(GENERATE, json={**SHORT, "prompt": "x", "image_urls": [url]})
        assert refused.status_code in (400, 413), refused.text
        assert "image_urls" in refused.text


@pytest.mark.parametrize("key", ["", "nonsense", "rg_" + "0" * 38, "sk-veo-123"])
def test_without_a_key_nothing_is_said(server: Server, key: str) -> None:
    """Missing and malformed keys are 401 on every path."""
    with server.client(key) as stranger:
        for answer in (stranger.post(GENERATE, json={"prompt": "x"}), stranger.get(STATUS, params={"task_id": "x"})):
            assert (answer.status_code, set(answer.json())) == (401, {"error"})


def test_a_revoked_key_stops_at_once(server: Server) -> None:
    """A key that worked a moment ago is refused, on a poll that was cached as well."""
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "revoked", "--credits", "500")
    with server.client(made["key"]) as client:
        task_id = client.post(GENERATE, json={**SHORT, "prompt": "x"}).json()["task_id"]
        wait_for_task(client, task_id)
        assert command_facts("keys", "revoke", made["key_id"], "--data", str(server.data)) == {"revoked": True}
        asked = (client.get(STATUS, params={"task_id": task_id}).status_code for _ in range(50))
        # Whoever goes on with a wrong key is soon told to wait: one refusal is enough.
        assert 401 in asked
    with server.client(made["key"]) as client:
        assert client.get(STATUS, params={"task_id": task_id}).status_code == 401


def test_somebody_else_s_task_is_unknown(server: Server, client: httpx2.Client) -> None:
    """A foreign id and one that never was get the same answer, on reading and on cancelling."""
    task_id = client.post(GENERATE, json={**SHORT, "prompt": "mine"}).json()["task_id"]
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "stranger")
    never = "veo4_task_01j9" + "0" * 22
    with server.client(made["key"]) as stranger:
        for path, ask in ((STATUS, stranger.get), (CANCEL, stranger.post)):
            foreign = ask(path, params={"task_id": task_id})
            unknown = ask(path, params={"task_id": never})
            assert foreign.status_code == unknown.status_code == 404
            assert foreign.text.replace(task_id, "") == unknown.text.replace(never, "")
    for wrong in ("x", "veo4_task_01j9example", "../../etc/passwd", "veo_1703123456789_abc123def"):
        assert client.get(STATUS, params={"task_id": wrong}).status_code == 404
    assert client.get(STATUS).status_code == client.get(STATUS, params={"task_id": ""}).status_code == 400
    wait_for_task(client, task_id)


def test_not_enough_credits(server: Server) -> None:
    """A task that cannot be paid is refused before its picture is fetched, and leaves nothing."""
    made = command_facts("keys", "create", "--data", str(server.data), "--account", "poor", "--credits", "179")
    with server.client(made["key"]) as client:
        refused = client.post(GENERATE, json={"prompt": "x", "image_urls": ["http://127.0.0.1:9/x.jpg"]})
        assert refused.status_code == 402
        assert client.get("/api/veo/history").json()["pagination"]["total"] == 0


def test_hd_costs_more(client: httpx2.Client) -> None:
    """1080p is the page's HD price."""
    created = client.post(GENERATE, json={"prompt": "a boat", "resolution": "1080p"}).json()
    assert created["credits_estimated"] == 240
    client.post(CANCEL, json={"task_id": created["task_id"]})


def test_other_paths_and_methods(client: httpx2.Client) -> None:
    """The wire's own errors also for what does not exist."""
    assert client.get("/api/video/veo4/nothing").status_code == 404
    refused = client.get(GENERATE)
    assert (refused.status_code, set(refused.json())) == (405, {"error"})


def test_links_are_signed(client: httpx2.Client) -> None:
    """A link works without a key, in ranges, and not when it was changed."""
    task_id = client.post(GENERATE, json={**SHORT, "prompt": "a boat"}).json()["task_id"]
    url = wait_for_task(client, task_id)["video_url"]
    whole = httpx2.get(url)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "video/mp4")
    part = httpx2.get(url, headers={"range": "bytes=4-7"})
    assert (part.status_code, part.content) == (206, whole.content[4:8] == b"ftyp" and whole.content[4:8])
    same = httpx2.get(url, headers={"if-none-match": whole.headers["etag"]})
    assert same.status_code == 304
    head = httpx2.head(url)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(whole.content)), b"")
    assert httpx2.get(url[:-2] + ("AA" if url[-2:] != "AA" else "BB")).status_code in (403, 404)
