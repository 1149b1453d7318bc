"""Speaks to a server through the official openai package, unmodified, and prints what came of it as JSON.

Run by `tests/acceptance/test_openai_sdk.py` in a virtual environment of its own. Arguments: base URL, key, a key of an
account with too few credits, a folder with first.jpg to save files in.
"""

import asyncio
import io
import json
import pathlib
import sys
from collections.abc import Callable
from typing import Any

import openai
from openai import AsyncOpenAI, OpenAI
from openai.types import Video

FREE: dict[str, Any] = {"model": "animatic", "seconds": "1"}
#: Lengths that the package's types do not know.
MINUTE: Any = "60"
ODD: Any = "5"


def main(base_url: str, key: str, poor_key: str, folder: pathlib.Path) -> None:
    """Try everything."""
    client = OpenAI(base_url=f"{base_url}/v1", api_key=key, organization="org-1", project="proj-1")
    facts: dict[str, Any] = {"version": openai.__version__}
    made = client.videos.create_and_poll(prompt="a boat on a calm sea", size="1280x720", **FREE)
    facts["text"] = made.to_dict()
    facts["models"] = [model.id for model in client.models.list()]
    facts["model"] = client.models.retrieve("sora-2").to_dict()
    facts["retrieved"] = client.videos.retrieve(made.id).to_dict()
    facts["poll_after_ms"] = client.videos.with_raw_response.retrieve(made.id).headers["openai-poll-after-ms"]
    facts["content"] = {variant: download(client, made.id, variant, folder) for variant in VARIANTS}
    facts["streamed"] = stream(client, made.id, folder)
    facts["sora"] = client.videos.create_and_poll(prompt="A calico cat playing a piano on stage").to_dict()
    facts["wide"] = wide(client, folder)
    facts["picture"] = from_picture(client, folder)
    facts["extra"] = client.videos.create(
        prompt="x", extra_body={"seed": 7, "negative_prompt": "rain", "unknown": {"a": [1, 2]}}, **FREE
    ).to_dict()
    remix = client.videos.remix(made.id, prompt="a boat in a storm")
    facts["remix"] = client.videos.poll(remix.id).to_dict()
    facts |= from_video(client, made.id, folder)
    facts["newest"] = [video.id for video in client.videos.list(limit=2).data]
    facts["listed"] = [video.id for video in client.videos.list(limit=2)]
    facts["oldest_first"] = [video.id for video in client.videos.list(limit=3, order="asc")]
    facts["early"] = too_early(client)
    facts["deleted"] = client.videos.delete(made.id).to_dict()
    facts["after_deletion"] = [video.id for video in client.videos.list(limit=100)]
    facts["async"] = asyncio.run(asynchronously(base_url, key))
    facts["refusals"] = refusals(client, base_url, poor_key, deleted=made.id, kept=facts["remix"]["id"])
    sys.stdout.write(json.dumps(facts) + "\n")


VARIANTS = {"video": "mp4", "thumbnail": "webp", "spritesheet": "jpg"}


def download(client: OpenAI, video_id: str, variant: Any, folder: pathlib.Path) -> dict[str, Any]:
    """Save one file of a video."""
    content = client.videos.download_content(video_id, variant=variant)
    path = folder / f"{variant}.{VARIANTS[variant]}"
    content.write_to_file(path)
    return {"path": str(path), "type": content.response.headers["content-type"]}


def stream(client: OpenAI, video_id: str, folder: pathlib.Path) -> str:
    """Save a video piece by piece."""
    path = folder / "streamed.mp4"
    with client.videos.with_streaming_response.download_content(video_id) as answer:
        answer.stream_to_file(path)
    return str(path)


def wide(client: OpenAI, folder: pathlib.Path) -> dict[str, Any]:
    """Make and save a video of the larger model's own size."""
    video = client.videos.create_and_poll(prompt="a boat on a calm sea", model="sora-2-pro", size="1792x1024")
    download(client, video.id, "video", folder)
    (folder / "video.mp4").rename(folder / "wide.mp4")
    client.videos.delete(video.id)
    shown: dict[str, Any] = video.to_dict()
    return shown


def from_picture(client: OpenAI, folder: pathlib.Path) -> dict[str, Any]:
    """Start from a file, and save the video."""
    with (folder / "first.jpg").open("rb") as picture:
        video = client.videos.create_and_poll(
            prompt="it comes alive", input_reference=picture, size="1280x720", poll_interval_ms=200, **FREE
        )
    download(client, video.id, "video", folder)
    (folder / "video.mp4").rename(folder / "picture.mp4")
    shown: dict[str, Any] = video.to_dict()
    return shown


def from_video(client: OpenAI, made: str, folder: pathlib.Path) -> dict[str, Any]:
    """Extend a video by its id and as a file, and make it once more with another prompt."""
    facts: dict[str, Any] = {}
    by_id = client.videos.poll(named(client, "extensions", made, prompt="it goes on", seconds="4").id)
    with (folder / "streamed.mp4").open("rb") as clip:
        by_file = client.videos.poll(client.videos.extend(prompt="it goes on", seconds="4", video=clip).id)
    for name, video in (("extended", by_id), ("extended_file", by_file)):
        download(client, video.id, "video", folder)
        (folder / "video.mp4").rename(folder / f"{name}.mp4")
        facts[name] = video.to_dict()
    facts["edited"] = client.videos.poll(named(client, "edits", made, prompt="a boat at night").id).to_dict()
    for name in ("extended", "extended_file", "edited"):
        client.videos.delete(facts[name]["id"])
    return facts


def named(client: OpenAI, path: str, video_id: str, **fields: Any) -> Video:
    """Ask for something of a video by its id, for which the package's own methods take files alone."""
    body = {"video": {"id": video_id}, **fields}
    made: Video = client.post(f"/videos/{path}", body=body, cast_to=Video)
    return made


def too_early(client: OpenAI) -> Any:
    """Ask for a video that is not made yet, then delete it while it is made."""
    video = client.videos.create(prompt="a long walk", model="animatic", seconds=MINUTE)
    refused = refusal(lambda: client.videos.download_content(video.id))
    return {"refused": refused, "deleted": client.videos.delete(video.id).to_dict()}


async def asynchronously(base_url: str, key: str) -> list[str]:
    """Do the common part once more without blocking."""
    async with AsyncOpenAI(base_url=f"{base_url}/v1", api_key=key) as client:
        video = await client.videos.create_and_poll(prompt="a lighthouse", **FREE)
        content = await client.videos.download_content(video.id, variant="thumbnail")
        listed = [found.id async for found in client.videos.list(limit=1)]
    assert (await content.aread()).startswith(b"RIFF")
    return [video.id, *listed]


def refusals(client: OpenAI, base_url: str, poor_key: str, *, deleted: str, kept: str) -> dict[str, Any]:
    """Do everything wrong."""
    stranger = OpenAI(base_url=f"{base_url}/v1", api_key="sk-wrong")
    poor = OpenAI(base_url=f"{base_url}/v1", api_key=poor_key)
    calls: dict[str, Callable[[], Any]] = {
        "wrong_key": stranger.videos.list,
        "poor": lambda: poor.videos.create(prompt="x"),
        "foreign": lambda: poor.videos.retrieve(kept),
        "deleted": lambda: client.videos.retrieve(deleted),
        "deleted_twice": lambda: client.videos.delete(deleted),
        "remix_of_deleted": lambda: client.videos.remix(deleted, prompt="x"),
        "empty_prompt": lambda: client.videos.create(prompt=" "),
        "seconds": lambda: client.videos.create(prompt="x", seconds=ODD),
        "size": lambda: client.videos.create(prompt="x", size="1024x1792"),
        "model": lambda: client.videos.create(prompt="x", model="sora-9"),
        "picture": lambda: client.videos.create(prompt="x", input_reference=("a.jpg", io.BytesIO(b"no picture"))),
        "edit": lambda: client.videos.edit(prompt="x", video=("a.mp4", b"clip")),
        "extend": lambda: client.videos.extend(prompt="x", seconds="4", video=("a.mp4", b"clip")),
        "character": lambda: client.videos.create_character(name="x", video=("a.mp4", b"clip")),
        "no_character": lambda: client.videos.get_character("char_1"),
    }
    return {name: refusal(call) for name, call in calls.items()}


def refusal(call: Callable[[], Any]) -> dict[str, Any]:
    """Return how a call was refused."""
    try:
        call()
    except openai.APIStatusError as error:
        return {
            "kind": type(error).__name__,
            "status": error.status_code,
            "type": error.type,
            "param": error.param,
            "code": error.code,
            "message": error.body["message"] if isinstance(error.body, dict) else str(error),
            "request_id": bool(error.request_id),
        }
    raise AssertionError("not refused")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4]))
