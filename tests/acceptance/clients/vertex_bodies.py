"""Has google-genai, unmodified, send one submit of each mode in Vertex mode, and prints the paths and bodies as JSON.

Run by `tests/acceptance/test_vertex_bodies.py` in a virtual environment of its own. Argument: the base URL of whatever
records them.
"""

import json
import sys

from google import genai
from google.genai import types
from google.oauth2.credentials import Credentials

IMAGE = types.Image(image_bytes=b"first", mime_type="image/jpeg")
LAST = types.Image(image_bytes=b"last", mime_type="image/png")
VIDEO = types.Video(video_bytes=b"clip", mime_type="video/mp4")


def main(base_url: str) -> None:
    """Send them all; whatever records them answers with an operation."""
    client = genai.Client(
        vertexai=True, project="p", location="us-central1", credentials=Credentials("token"),
        http_options=types.HttpOptions(base_url=base_url),
    )  # fmt: skip
    everything = types.GenerateVideosConfig(
        number_of_videos=2, duration_seconds=8, seed=7, aspect_ratio="9:16", resolution="1080p",
        person_generation="allow_adult", negative_prompt="rain", enhance_prompt=True, generate_audio=False,
        output_gcs_uri="gs://bucket/prefix/ref/",
    )  # fmt: skip
    plain = {"number_of_videos": 1, "duration_seconds": 8, "seed": 7, "aspect_ratio": "16:9", "resolution": "720p"}
    plain |= {"generate_audio": True}
    model = "veo-3.1-generate-001"
    reference = types.VideoGenerationReferenceImage(
        image=IMAGE, reference_type=types.VideoGenerationReferenceType.ASSET
    )
    for source, config in (
        (types.GenerateVideosSource(prompt="a boat"), everything),
        (types.GenerateVideosSource(prompt="a boat", image=IMAGE), types.GenerateVideosConfig(**plain)),
        (
            types.GenerateVideosSource(prompt="a boat", image=IMAGE),
            types.GenerateVideosConfig(**plain, last_frame=LAST),
        ),
        (
            types.GenerateVideosSource(prompt="a boat"),
            types.GenerateVideosConfig(**plain, reference_images=[reference, reference]),
        ),
        (types.GenerateVideosSource(prompt="a boat", video=VIDEO), types.GenerateVideosConfig(**plain)),
    ):
        operation = client.models.generate_videos(model=model, source=source, config=config)
        client.operations.get(operation)
    silent = {name: value for name, value in plain.items() if name not in {"generate_audio", "resolution"}}
    client.models.generate_videos(
        model="veo-2.0-generate-001",
        source=types.GenerateVideosSource(prompt="a boat"),
        config=types.GenerateVideosConfig(**silent),
    )
    print(json.dumps({"version": genai.__version__}))


if __name__ == "__main__":
    main(sys.argv[1])
