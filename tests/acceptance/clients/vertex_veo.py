"""Speaks to a server through google-genai in Vertex mode, unmodified, and prints what came of it as JSON.

Run by `tests/acceptance/test_google_genai.py` in a virtual environment of its own, with a version of the SDK that has
Veo in Vertex mode alone. Arguments: base URL, key, a folder with first.jpg to save videos in.
"""

import json
import pathlib
import sys
import time
from typing import Any

from google import genai
from google.genai import errors, types
from google.oauth2.credentials import Credentials

POLL_EVERY_S = 0.3
POLLS_MAX = 400


def main(base_url: str, key: str, folder: pathlib.Path) -> None:
    """Try everything."""
    first = types.Image(image_bytes=(folder / "first.jpg").read_bytes(), mime_type="image/jpeg")
    http_options = types.HttpOptions(base_url=base_url)
    in_project = genai.Client(
        vertexai=True, project="my-project", location="us-central1", credentials=Credentials(key),
        http_options=http_options,
    )  # fmt: skip
    by_key = genai.Client(vertexai=True, api_key=key, http_options=http_options)
    facts: dict[str, Any] = {"version": genai.__version__}
    facts["project"] = finish(
        in_project,
        in_project.models.generate_videos(
            model="animatic",
            source=types.GenerateVideosSource(prompt="a boat on a calm sea"),
            config=types.GenerateVideosConfig(
                number_of_videos=2, duration_seconds=1, aspect_ratio="9:16", generate_audio=False, seed=7, fps=24,
                labels={"team": "film"}, compression_quality=types.VideoCompressionQuality.OPTIMIZED,
            ),
        ),
        folder / "project",
    )  # fmt: skip
    facts["key"] = finish(
        by_key,
        by_key.models.generate_videos(
            model="veo-3.1-fast-generate-001",
            source=types.GenerateVideosSource(prompt="it snows", image=first),
            config=types.GenerateVideosConfig(duration_seconds=4, person_generation="allow_adult"),
        ),
        folder / "key",
    )
    brought = types.Video(video_bytes=(folder / "project-0.mp4").read_bytes(), mime_type="video/mp4")
    facts["extended"] = finish(
        in_project,
        in_project.models.generate_videos(
            model="veo-3.1-fast-generate-001",
            source=types.GenerateVideosSource(prompt="it goes on", video=brought),
            config=types.GenerateVideosConfig(generate_audio=False),
        ),
        folder / "extended-vertex",
    )
    in_bucket = in_project.models.generate_videos(
        model="animatic",
        source=types.GenerateVideosSource(prompt="a boat on a calm sea"),
        config=types.GenerateVideosConfig(duration_seconds=1, output_gcs_uri="gs://film/veo/team"),
    )
    facts["stored"] = finish(in_project, in_bucket, None)
    facts["extended_in_bucket"] = finish(
        in_project,
        in_project.models.generate_videos(
            model="animatic",
            source=types.GenerateVideosSource(
                prompt="it goes on", video=types.Video(uri=facts["stored"]["uris"][0], mime_type="video/mp4")
            ),
            config=types.GenerateVideosConfig(duration_seconds=1, output_gcs_uri="gs://film/veo/team/"),
        ),
        None,
    )
    facts["gemini_mode"] = refusal(genai.Client(api_key=key, http_options=http_options), "animatic")
    stranger = genai.Client(vertexai=True, api_key="AIzaWrong", http_options=http_options)
    facts["refusals"] = {
        "wrong_key": refusal(stranger, "animatic"),
        "model": refusal(in_project, "veo-9.0-generate-001"),
        "bucket": refusal(in_project, "animatic", output_gcs_uri="gs://bucket/veo"),
        "ratio": refusal(by_key, "veo-3.1-generate-001", aspect_ratio="1:7"),
        "mask": refusal(
            by_key, "veo-2.0-generate-preview",
            mask=types.VideoGenerationMask(image=first, mask_mode=types.VideoGenerationMaskMode.INSERT),
        ),
    }  # fmt: skip
    print(json.dumps(facts, default=str))


def finish(client: genai.Client, operation: types.GenerateVideosOperation, path: pathlib.Path | None) -> dict[str, Any]:
    """Poll an operation to its end as the SDK's own example does, then save its videos unless they are in a bucket."""
    pending = operation.done
    for _ in range(POLLS_MAX):
        if operation.done:
            break
        time.sleep(POLL_EVERY_S)  # noqa: TID251 - a client of its own process
        operation = client.operations.get(operation)
    assert operation.done, operation
    assert operation.response, operation.error
    generated = operation.response.generated_videos or []
    for number, each in enumerate(generated):
        assert each.video
        if path:
            each.video.save(f"{path}-{number}.mp4")
    return {
        "name": operation.name,
        "done_at_first": pending,
        "uris": [each.video.uri for each in generated if each.video],
        "types": [each.video.mime_type for each in generated if each.video],
        "filtered": operation.response.rai_media_filtered_count,
    }


def refusal(client: genai.Client, model: str, **config: Any) -> dict[str, Any]:
    """Return how the SDK tells that a request was refused."""
    try:
        made = client.models.generate_videos(
            model=model,
            source=types.GenerateVideosSource(prompt="x"),
            config=types.GenerateVideosConfig(**config),
        )
    except errors.APIError as error:
        return {"type": type(error).__name__, "code": error.code, "status": error.status, "message": error.message}
    except ValueError as error:
        return {"type": "ValueError", "message": str(error)}
    return {"made": str(made)}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]))
