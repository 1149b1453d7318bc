"""First and last frame, and references, through every wire that has them, against the running server."""

import base64
import functools
import pathlib
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import numpy as np
import pytest

from running import pause
from videos import likeness, look_at, mirrored, picture

FIRST, LAST = picture(640, 360, "PNG"), mirrored(640, 360)
PROMPT = "a lake at dawn"

#: Sends pictures to a wire.
Send = Callable[[httpx2.Client, Sequence[bytes]], None]


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def data_url(content: bytes) -> str:
    return f"data:image/png;base64,{encoded(content)}"


def post(client: httpx2.Client, path: str, **arguments: Any) -> None:
    answer = client.post(path, **arguments)
    assert answer.status_code in (200, 202), answer.text


def veo4api(client: httpx2.Client, pictures: Sequence[bytes]) -> None:
    body = {"prompt": PROMPT, "model": "animatic", "duration": 1, "image_urls": [data_url(each) for each in pictures]}
    post(client, "/api/video/veo4/generate", json=body)


def veo3gen(client: httpx2.Client, pictures: Sequence[bytes]) -> None:
    files = {"firstFrame": ("a.png", pictures[0]), "lastFrame": ("b.png", pictures[1])}
    data = {"prompt": PROMPT, "model": "animatic", "durationSeconds": "1"}
    post(client, "/api/veo/first-last-frame", data=data, files=files)


def acedata(client: httpx2.Client, pictures: Sequence[bytes], *, action: str) -> None:
    body = {"model": "animatic", "action": action, "prompt": PROMPT, "duration": 1, "async": True}
    post(client, "/veo/videos", json=body | {"image_urls": [data_url(each) for each in pictures]})


def vtrix(client: httpx2.Client, pictures: Sequence[bytes], *, references: bool) -> None:
    images = [{"imageBytes": encoded(each), "mimeType": "image/png"} for each in pictures]
    params: dict[str, Any] = {"prompt": PROMPT, "durationSeconds": 1}
    if references:
        params["referenceImages"] = [{"image": image, "referenceType": "asset"} for image in images]
    else:
        params |= {"image": images[0], "lastFrame": images[1]}
    body = {"model": "animatic", "input": [{"params": params}]}
    post(client, "/model/v1/generation", json=body)


def google(client: httpx2.Client, pictures: Sequence[bytes], *, path: str, references: bool) -> None:
    images = [{"bytesBase64Encoded": encoded(each), "mimeType": "image/png"} for each in pictures]
    instance: dict[str, Any] = {"prompt": PROMPT}
    if references:
        instance["referenceImages"] = [{"image": image, "referenceType": "asset"} for image in images]
    else:
        instance |= {"image": images[0], "lastFrame": images[1]}
    body = {"instances": [instance], "parameters": {"durationSeconds": 1}}
    post(client, path, json=body)


GEMINI = "/v1beta/models/animatic:predictLongRunning"
VERTEX = "/v1/projects/p/locations/us-central1/publishers/google/models/animatic:predictLongRunning"


def fetch(client: httpx2.Client, clip: pathlib.Path) -> None:
    """Save the video of the account's newest task, which every wire's tasks are among."""
    for _ in range(600):
        newest = client.get("/api/veo/history", params={"limit": 1}).json()["videos"][0]
        if newest["status"] in ("completed", "failed"):
            break
        pause(0.05)
    assert newest["status"] == "completed", newest
    done = client.get(f"/api/veo/status/{newest['taskId']}").json()
    clip.write_bytes(httpx2.get(done["videos"][0]["url"]).content)


@pytest.mark.parametrize(
    "send",
    [
        veo4api,
        veo3gen,
        functools.partial(acedata, action="image2video"),
        functools.partial(vtrix, references=False),
        functools.partial(google, path=GEMINI, references=False),
        functools.partial(google, path=VERTEX, references=False),
    ],
    ids=["veo4api", "veo3gen", "acedata", "vtrix", "gemini", "vertex"],
)
def test_a_video_goes_from_the_first_picture_to_the_last(client: httpx2.Client, clip: pathlib.Path, send: Send) -> None:
    """Its ends are the pictures, its middle is neither."""
    send(client, [FIRST, LAST])
    fetch(client, clip)
    facts = look_at(clip)
    assert (facts.width, facts.height, facts.frames) == (1280, 720, 24)
    assert likeness(facts.first_frame, FIRST) > 26
    assert likeness(facts.last_frame, LAST) > 26
    assert max(likeness(facts.middle_frame, FIRST), likeness(facts.middle_frame, LAST)) < 24


@pytest.mark.parametrize(
    "send",
    [
        functools.partial(acedata, action="ingredients2video"),
        functools.partial(vtrix, references=True),
        functools.partial(google, path=GEMINI, references=True),
        functools.partial(google, path=VERTEX, references=True),
    ],
    ids=["acedata", "vtrix", "gemini", "vertex"],
)
def test_references_are_in_the_scene(client: httpx2.Client, clip: pathlib.Path, send: Send) -> None:
    """The bright yellow disc of each picture is seen, in the left half and in the right one."""
    send(client, [FIRST, LAST])
    fetch(client, clip)
    facts = look_at(clip)
    frame = facts.middle_frame.astype(int)
    yellow = np.minimum(frame[..., 0], frame[..., 1]) - frame[..., 2] > 70
    assert facts.frames == 24
    assert yellow[:, : facts.width // 2].mean() > 0.004
    assert yellow[:, facts.width // 2 :].mean() > 0.004
