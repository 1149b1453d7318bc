"""The bodies of Vertex AI's Veo wire as Google sends and reads them. Structs only, read leniently.

Source: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation and what google-genai
3.4.0 sends in Vertex mode, checked 2026-11-20; a test holds the two bodies together.
"""

from typing import Any

from msgspec import Struct


class Media(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A picture or a video, inline."""

    bytes_base64_encoded: str
    mime_type: str


class Reference(Struct, kw_only=True, rename="camel"):
    """A picture of something that the video shows."""

    image: Media
    #: In capitals, as the SDK sends it.
    reference_type: str = "ASSET"


class Instance(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """What the video shows and starts from."""

    prompt: str
    image: Media | None = None
    last_frame: Media | None = None
    video: Media | None = None
    reference_images: list[Reference] | None = None


class Parameters(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """How the videos are made."""

    sample_count: int | None = None
    storage_uri: str | None = None
    duration_seconds: int | None = None
    seed: int | None = None
    aspect_ratio: str | None = None
    resolution: str | None = None
    person_generation: str | None = None
    negative_prompt: str | None = None
    enhance_prompt: bool | None = None
    generate_audio: bool | None = None


class PredictRequest(Struct, kw_only=True):
    """A submit."""

    instances: list[Instance]
    parameters: Parameters


class FetchRequest(Struct, kw_only=True, rename="camel"):
    """A question."""

    operation_name: str


class Status(Struct, kw_only=True):
    """Why an operation, or a call, failed."""

    #: Of google.rpc.Code in an operation, of HTTP in an answer.
    code: int = 0
    message: str = ""
    details: list[dict[str, Any]] = []


class Video(Struct, kw_only=True, rename="camel"):
    """A finished video, in one of two carriers."""

    gcs_uri: str | None = None
    bytes_base64_encoded: str | None = None


class Response(Struct, kw_only=True, rename="camel"):
    """What an operation has made."""

    rai_media_filtered_count: int = 0
    rai_media_filtered_reasons: list[str] = []
    videos: list[Video] = []


class Operation(Struct, kw_only=True):
    """An operation."""

    name: str
    done: bool = False
    error: Status | None = None
    response: Response | None = None


class ErrorAnswer(Struct, kw_only=True):
    """An answer that is no operation."""

    error: Status
