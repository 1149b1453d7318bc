"""`reelgate demo`: what a newcomer sees first: a real server, a real HTTP client, a real video.

Uses the server that runs on the data folder, or starts one and ends it again.
"""

import base64
import contextlib
import json as json_codec
import mimetypes
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Annotated, Any, Final

import httpx2
import typer

from reelgate.cli.data_folder import open_database
from reelgate.cli.dev_key import ensure_dev_key
from reelgate.cli.options import Data, settings_for
from reelgate.cli.output import plainly, run
from reelgate.cli.progress import Progress
from reelgate.cli.serve import SERVER_FILE
from reelgate.cli.tasks import facts_of, find_any_task
from reelgate.core.task import AspectRatio
from reelgate.settings import Settings

PROMPT: Final = "A red vintage car drives along a coast road at sunset, then a lighthouse in the fog, slow push-in"
OUT: Final = pathlib.Path("clips/demo.mp4")
HTTP_TIMEOUT_S: Final = 60.0
LOOK_EVERY_S: Final = 0.1
END_GRACE_S: Final = 30.0


def demo(
    prompt: Annotated[str, typer.Option(help="What the video shows.")] = PROMPT,
    image: Annotated[
        pathlib.Path | None, typer.Option(help="Picture to begin with.", exists=True, dir_okay=False)
    ] = None,
    aspect: Annotated[AspectRatio, typer.Option(help="Width to height.")] = AspectRatio.WIDE,
    out: Annotated[pathlib.Path, typer.Option(help="Where the MP4 goes; the thumbnail goes beside it.")] = OUT,
    data: Data = None,
) -> None:
    """Make a video through the HTTP API, as a client of veo4api.net would."""
    try:
        with plainly():
            _demo(settings_for(data), prompt, image, aspect, out)
    except httpx2.HTTPError as error:
        sys.exit(f"reelgate: the server does not answer as it should: {error}")


def _demo(settings: Settings, prompt: str, image: pathlib.Path | None, aspect: AspectRatio, out: pathlib.Path) -> None:
    # The built-in engine reads the prompt in its own language.
    body: dict[str, Any] = {"prompt": prompt, "aspect_ratio": aspect.value, "enableTranslation": False}
    if image:
        body["image_urls"] = [to_data_url(image)]
    began = time.monotonic()
    with _server(settings) as (url, key), httpx2.Client(timeout=HTTP_TIMEOUT_S) as client:
        client.headers["authorization"] = f"Bearer {key}"
        print(f"server      {url}, ready after {time.monotonic() - began:.1f} s")
        print(f"prompt      {prompt}")
        print("request     POST /api/video/veo4/generate", flush=True)
        asked = time.monotonic()
        accepted = _checked(client.post(f"{url}/api/video/veo4/generate", json=body))
        result = _wait(client, f"{url}/api/video/veo4/status", accepted["task_id"])
        if result["status"] != "succeeded":
            sys.exit(f"reelgate: the task {result['status']}: {result.get('error')}")
        _save(client, result["video_url"], out)
        _save(client, result["thumbnail_url"], out.with_suffix(".jpg"))
        took_s = time.monotonic() - asked
        facts = run(_facts(settings, accepted["task_id"]))
    _report(facts, accepted, out, took_s)


def to_data_url(path: pathlib.Path) -> str:
    """Return a file as a data: URL."""
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"data:{media_type};base64,{base64.b64encode(path.read_bytes()).decode()}"


@contextlib.contextmanager
def _server(settings: Settings) -> Iterator[tuple[str, str]]:
    """Lend the address and a key of a server on the data folder."""
    running = _running(settings)
    if running:
        yield running, run(_dev_key(settings))
        return
    command = [sys.executable, "-m", "reelgate.cli.main", "serve", "--data", str(settings.data), "--port", "0"]
    # In a session of its own: Ctrl-C ends the demo, which ends the server in order.
    with subprocess.Popen(  # noqa: S603 - our own program
        [*command, "--dev", "--json"],
        stdout=subprocess.PIPE,
        start_new_session=True,
        text=True,
        env={"REELGATE_LOG_LEVEL": "warning", **os.environ},
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                sys.exit("reelgate: the server did not start; see above")
            ready = json_codec.loads(line)
            yield ready["url"], ready["key"]
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(END_GRACE_S)


def _running(settings: Settings) -> str | None:
    """Return the address of the server that runs on the data folder, or None."""
    try:
        told = json_codec.loads((settings.data / SERVER_FILE).read_text(encoding="utf-8"))
        httpx2.get(f"{told['url']}/readyz", timeout=2).raise_for_status()
    except (OSError, ValueError, KeyError, httpx2.HTTPError):
        return None
    return str(told["url"])


async def _dev_key(settings: Settings) -> str:
    async with open_database(settings) as database:
        return await ensure_dev_key(settings, database)


async def _facts(settings: Settings, task_id: str) -> dict[str, Any]:
    async with open_database(settings) as database:
        return facts_of(await find_any_task(database, task_id))


def _checked(response: httpx2.Response) -> Any:
    if response.is_error:
        sys.exit(f"reelgate: HTTP {response.status_code}: {response.text}")
    return response.json()


def _wait(client: httpx2.Client, url: str, task_id: str) -> Any:
    pause = threading.Event()
    with Progress(quiet=False) as progress:
        while True:
            result = _checked(client.get(url, params={"task_id": task_id}))
            progress.update(result["status"], result.get("progress") or 0)
            if result["status"] not in ("queued", "processing"):
                return result
            pause.wait(LOOK_EVERY_S)


def _save(client: httpx2.Client, url: str, path: pathlib.Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with client.stream("GET", url) as response:
        response.raise_for_status()
        with path.open("wb") as file:
            for chunk in response.iter_bytes():
                file.write(chunk)


def _report(facts: dict[str, Any], accepted: dict[str, Any], out: pathlib.Path, took_s: float) -> None:
    for title in ("understood", "approximated", "ignored"):
        for number, what in enumerate(facts.get(title, [])):
            print(f"{'' if number else title:<12}{what}")
    print(f"video       {out} ({out.stat().st_size / 1e6:.1f} MB), {took_s:.1f} s from request to file")
    print(f"thumbnail   {out.with_suffix('.jpg')}")
    print(f"cost        {accepted['credits_estimated']} credits of the dev account")
    print(f"task        {accepted['task_id']}, seed {facts.get('seed')}")
    print("\nNext:")
    print('  make demo PROMPT="a paper boat on a rainy street at night, neon" ASPECT=9:16 OUT=boat.mp4')
    print('  make demo IMAGE=photo.jpg PROMPT="slow push-in while snow falls"')
    print("  make serve        a server that stays, with a key and a curl line to paste")
    print("  .venv/bin/reelgate --help")
