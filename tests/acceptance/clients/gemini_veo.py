"""Speaks to a server through google-genai in Gemini mode, unmodified, and prints what came of it as JSON.

Run by `tests/acceptance/test_google_genai.py` in a virtual environment of its own, with the last version of the SDK
that has Veo outside of Vertex. Arguments: base URL, key, a folder with first.jpg and last.jpg to save videos in.
"""

import json
import pathlib
import sys
import time
from collections.abc import Callable
from typing import Any

from google import genai
from google.genai import errors, types

POLL_EVERY_S = 0.3
POLLS_MAX = 400


def main(base_url: str, key: str, folder: pathlib.Path) -> None:
    """Try everything."""
    client = client_of(base_url, key)
    first, last = (
        types.Image(image_bytes=(folder / name).read_bytes(), mime_type="image/jpeg")
        for name in ("first.jpg", "last.jpg")
    )
    facts: dict[str, Any] = {"version": genai.__version__}
    facts["text"] = finish(
        client,
        client.models.generate_videos(
            model="animatic",
            prompt="a boat on a calm sea",
            config=types.GenerateVideosConfig(
                number_of_videos=2, duration_seconds=1, aspect_ratio="9:16", negative_prompt="rain",
                webhook_config=types.WebhookConfig(uris=["https://hooks.example/veo"], user_metadata={"a": "b"}),
            ),
        ),
        folder / "text.mp4",
    )  # fmt: skip
    facts["veo"] = finish(
        client, client.models.generate_videos(model="veo-3.1-lite-generate-preview", prompt="a lighthouse",
            config=types.GenerateVideosConfig(duration_seconds=4, person_generation="allow_all")),
        folder / "veo.mp4",
    )  # fmt: skip
    facts["image"] = finish(
        client,
        client.models.generate_videos(
            model="models/animatic", source=types.GenerateVideosSource(prompt="it snows", image=first),
            config=types.GenerateVideosConfig(duration_seconds=1),
        ),
        folder / "image.mp4",
    )  # fmt: skip
    between = client.models.generate_videos(
        model="animatic", source=types.GenerateVideosSource(prompt="it snows", image=first),
        config=types.GenerateVideosConfig(duration_seconds=1, last_frame=last),
    )  # fmt: skip
    facts["between"] = finish(client, between, folder / "between.mp4")
    longer = {}
    for name, video in (
        ("extended", types.Video(uri=facts["text"]["uris"][0], mime_type="video/mp4")),
        ("extended_bytes", types.Video(video_bytes=(folder / "text.mp4").read_bytes(), mime_type="video/mp4")),
    ):
        longer[name] = finish(
            client,
            client.models.generate_videos(
                model="veo-3.1-fast-generate-preview",
                source=types.GenerateVideosSource(prompt="it goes on", video=video),
            ),
            folder / f"{name}.mp4",
        )  # fmt: skip
    facts |= longer
    asset = types.VideoGenerationReferenceType.ASSET
    references = [types.VideoGenerationReferenceImage(image=image, reference_type=asset) for image in (first, last)]
    shown = client.models.generate_videos(
        model="animatic", source=types.GenerateVideosSource(prompt="a beach"),
        config=types.GenerateVideosConfig(duration_seconds=1, reference_images=references),
    )  # fmt: skip
    facts["shown"] = finish(client, shown, folder / "shown.mp4")
    facts["refusals"] = {name: refusal(make, client) for name, make in refused(last).items()}
    stranger = client_of(base_url, "AIzaWrong")
    facts["refusals"]["wrong_key"] = refusal(lambda client: client.models.get(model="animatic"), stranger)
    facts["models"] = [model.name for model in client.models.list(config={"page_size": 2, "query_base": True})]
    facts["model"] = client.models.get(model="veo-3.1-generate-preview").model_dump(exclude_none=True)
    print(json.dumps(facts, default=str))


def client_of(base_url: str, key: str) -> genai.Client:
    """Return a client that differs from anybody's in its base URL alone."""
    return genai.Client(api_key=key, http_options=types.HttpOptions(base_url=base_url))


def finish(client: genai.Client, operation: types.GenerateVideosOperation, path: pathlib.Path) -> dict[str, Any]:
    """Poll an operation to its end as the SDK's own example does, then download and save its first video."""
    pending = operation.done
    for _ in range(POLLS_MAX):
        if operation.done:
            break
        time.sleep(POLL_EVERY_S)  # noqa: TID251 - a client of its own process
        operation = client.operations.get(operation)
    assert operation.done, operation
    assert operation.response, operation.error
    generated = operation.response.generated_videos or []
    video = generated[0].video
    assert video
    client.files.download(file=video)
    video.save(str(path))
    return {
        "name": operation.name,
        "done_at_first": pending,
        "uris": [each.video.uri for each in generated if each.video],
        "filtered": operation.response.rai_media_filtered_count,
    }


def refused(last: types.Image) -> dict[str, Callable[[genai.Client], object]]:
    """Return requests that must be refused, by what is wrong with them."""

    def generate(**config: Any) -> Callable[[genai.Client], object]:
        source = {name: config.pop(name) for name in ("model", "prompt", "image", "video") if name in config}
        arguments = {"model": "veo-3.1-generate-preview", "prompt": "x", **source}
        return lambda client: client.models.generate_videos(**arguments, config=types.GenerateVideosConfig(**config))

    return {
        "ratio": generate(aspect_ratio="1:7"),
        "person": generate(person_generation="dont_allow"),
        "duration": generate(duration_seconds=5),
        "hd": generate(resolution="1080p", duration_seconds=4),
        "model": generate(model="veo-9.0-generate-001"),
        "last_frame_alone": generate(last_frame=last),
        "picture": generate(image=types.Image(image_bytes=b"no picture", mime_type="image/png")),
        "video": generate(video=types.Video(uri="https://x.example/v1beta/files/abcdefghijkl:download?alt=media")),
        "operation": lambda client: client.operations.get(
            types.GenerateVideosOperation(name="models/veo-3.1-generate-preview/operations/abcdefghijkl")
        ),
        "file": lambda client: client.files.get(name="files/abcdefghijkl"),
    }


def refusal(make: Callable[[genai.Client], object], client: genai.Client) -> dict[str, Any]:
    """Return how the SDK tells that a request was refused."""
    try:
        return {"made": str(make(client))}
    except errors.APIError as error:
        return {"type": type(error).__name__, "code": error.code, "status": error.status, "message": error.message}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]))
