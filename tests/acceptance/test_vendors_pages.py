"""The examples on the vendors' pages, run by curl, node and Python as they stand but for host, key and waiting.

`pages/` has their texts, word for word where the page prints one; Ace Data Cloud's and Vtrix's pages describe the
request and print none, so theirs are what the description and the vendors' own clients say.
"""

import functools
import http.server
import json
import pathlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from running import Server, pause
from videos import look_at, picture

PAGES = pathlib.Path(__file__).parent / "pages"
HOSTS = (
    "https://veo4api.net",
    "https://api.veoapi.io",
    "https://api.veo3gen.co",
    "https://api.acedata.cloud",
    "https://cloud.vtrix.ai",
)
KEYS = ("YOUR_API_KEY", "sk-veo-your-key", "veo3_your_api_key_here")
RUN_MAX_S = 120

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed; `fetch` came with it")


def example(name: str, server: Server, **others: str) -> str:
    """Return an example with this server's address and a key of its own."""
    text = (PAGES / name).read_text(encoding="utf-8")
    for host in HOSTS:
        text = text.replace(host, server.url)
    for key in KEYS:
        text = text.replace(key, server.key)
    for old, new in others.items():
        assert OTHERS[old] in text
        text = text.replace(OTHERS[old], new)
    return text


#: What else an example has a place for.
OTHERS = {
    "picture_url": "https://cdn.example.com/input/product.png",
    "picture_path": "/path/to/reference.jpg",
    "wait": "time.sleep(5)",
}


def run(*command: str) -> str:
    """Run an example to its end and return what it printed."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=RUN_MAX_S)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shell(name: str, server: Server, **others: str) -> Any:
    """Run an example of curl and return the JSON that it printed."""
    return json.loads(run("sh", "-c", example(name, server, **others)))


@pytest.fixture(scope="module")
def picture_path(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A photo."""
    path = tmp_path_factory.mktemp("photo") / "product.jpg"
    path.write_bytes(picture(720, 720))
    return path


@pytest.fixture(scope="module")
def picture_url(picture_path: pathlib.Path) -> Iterator[str]:
    """The photo on a web server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(picture_path.parent))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{web.server_address[1]}/{picture_path.name}"
        web.shutdown()
        thread.join()


def drop(client: httpx2.Client, task_id: str) -> None:
    """Cancel a task whose video nobody waits for."""
    client.post("/api/video/veo4/cancel", json={"task_id": task_id})


@needs_curl
def test_veo4api_by_curl(server: Server, client: httpx2.Client) -> None:
    """The answer has the page's fields, in its order."""
    task = shell("veo4api.sh", server)
    assert list(task) == ["task_id", "status", "model", "credits_estimated", "created_at"]
    assert (task["status"], task["model"], task["credits_estimated"]) == ("queued", "veo-4", 180)
    drop(client, task["task_id"])


@needs_node
def test_veo4api_by_fetch(server: Server, client: httpx2.Client, picture_url: str, clip: pathlib.Path) -> None:
    """Node's own fetch makes a square video of a picture behind a URL."""
    text = example("veo4api.mjs", server, picture_url=picture_url)
    task_id = run("node", "--input-type=module", "--eval", text).strip()
    assert task_id.startswith("veo4_task_")
    while (shown := client.get("/api/video/veo4/status", params={"task_id": task_id}).json())["status"] != "succeeded":
        assert shown["status"] in ("queued", "processing")
        pause(0.05)
    assert list(shown) == ["task_id", "status", "progress", "video_url", "thumbnail_url", "completed_at"]
    clip.write_bytes(httpx2.get(shown["video_url"]).content)
    facts = look_at(clip)
    assert (facts.width, facts.height) == (720, 720)


def test_veoapi_by_requests(server: Server, clip: pathlib.Path) -> None:
    """The quickstart prints a link to a video of five seconds."""
    text = example("veoapi_quickstart.txt", server, wait="time.sleep(0.1)")
    clip.write_bytes(httpx2.get(run(sys.executable, "-c", text).strip()).content)
    assert look_at(clip).frames == 120


@needs_curl
def test_veoapi_by_curl(server: Server, client: httpx2.Client) -> None:
    """The answer is the page's."""
    task = shell("veoapi.sh", server)
    assert (list(task), task["status"]) == (["id", "status"], "queued")
    drop(client, task["id"].replace("gen_", "veo4_task_"))


@needs_curl
@pytest.mark.parametrize("name", ["veo3gen.sh", "veo3gen_image.sh"])
def test_veo3gen_by_curl(server: Server, client: httpx2.Client, picture_path: pathlib.Path, name: str) -> None:
    """Both answers have the page's fields; the picture's has those of the picture too."""
    others = {"picture_path": str(picture_path)} if "image" in name else {}
    task = shell(name, server, **others)
    fields = [
        "success", "message", "taskId", "status", "estimatedWaitTime", "creditsUsed", "remainingCredits", "statusUrl",
        "downloadUrl",
    ]  # fmt: skip
    assert list(task) == fields + (["creditsCost", "imageInfo"] if others else [])
    assert (task["status"], task["message"]) == ("pending", "Video generation started")
    shown = client.get(task["statusUrl"]).json()
    assert (shown["success"], shown["taskId"]) == (True, task["taskId"])
    listed = client.get("/api/veo/history?limit=20").json()["videos"]
    assert task["taskId"] in [video["taskId"] for video in listed]
    completed = client.get("/api/veo/history?limit=20&status=completed").json()
    assert (list(completed), completed["pagination"]["limit"]) == (["success", "videos", "pagination"], 20)
    assert {video["status"] for video in completed["videos"]} <= {"completed"}


@needs_curl
def test_acedata_by_curl(server: Server, clip: pathlib.Path) -> None:
    """The connection is held, and the answer is the whole result."""
    result = shell("acedata.sh", server)
    assert list(result) == ["success", "task_id", "trace_id", "data"]
    assert list(result["data"][0]) == ["id", "video_url", "created_at", "complete_at", "state"]
    clip.write_bytes(httpx2.get(result["data"][0]["video_url"]).content)
    assert look_at(clip).frames == 192


@needs_curl
def test_acedata_with_a_callback_by_curl(server: Server, client: httpx2.Client) -> None:
    """The answer is the task alone."""
    task = shell("acedata_callback.sh", server)
    assert list(task) == ["task_id"]
    assert client.post("/veo/tasks", json={"action": "delete", "id": task["task_id"]}).json()["deleted"] is True


@needs_curl
def test_vtrix_by_curl(server: Server, client: httpx2.Client) -> None:
    """The task's id and state come first, and the polling starts."""
    task = shell("vtrix.sh", server)
    assert (list(task), task["status"]) == (["id", "created_at", "status", "model"], "in_progress")
    shown = client.get(f"/model/v1/generation/task/{task['id']}").json()
    assert (shown["id"], shown["model"]) == (task["id"], "veo_31_fast")
