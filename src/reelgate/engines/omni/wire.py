"""The bodies of the Interactions API as Google sends and reads them. Structs only, read leniently.

Source: https://ai.google.dev/gemini-api/docs/interactions and recorded answers of others, checked 2026-11-20.
"""

from typing import Any

from msgspec import Struct


class Content(Struct, kw_only=True, omit_defaults=True):
    """A piece of what goes in or comes out."""

    #: text, image or video; others are passed over.
    type: str
    text: str | None = None
    #: Base64.
    data: str | None = None
    uri: str | None = None
    mime_type: str | None = None


class ResponseFormat(Struct, kw_only=True, omit_defaults=True):
    """What is wanted."""

    type: str
    aspect_ratio: str
    resolution: str
    delivery: str
    #: "8s"; a bare number is refused.
    duration: str | None = None


class VideoConfig(Struct, kw_only=True):
    """How it is made."""

    task: str


class GenerationConfig(Struct, kw_only=True, omit_defaults=True):
    """How it is made."""

    video_config: VideoConfig
    seed: int | None = None


class CreateRequest(Struct, kw_only=True):
    """A submit."""

    model: str
    input: str | list[Content]
    response_format: ResponseFormat
    generation_config: GenerationConfig
    background: bool = True
    store: bool = True


class Step(Struct, kw_only=True):
    """Something that happened: user_input, thought or model_output."""

    type: str = ""
    content: list[Content] = []


class Interaction(Struct, kw_only=True):
    """A job."""

    id: str | None = None
    status: str | None = None
    steps: list[Step] = []
    #: An object with `code` and `message`, where it failed.
    error: Any = None


class Problem(Struct, kw_only=True):
    """What is wrong."""

    message: str = ""
    #: A text, or a number of HTTP.
    code: str | int = ""


class ErrorAnswer(Struct, kw_only=True):
    """An answer that is no interaction."""

    error: Problem
