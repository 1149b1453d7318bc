"""The bodies of Veo3Gen's VEO3 API, field for field. Structs only; `translate` gives them a meaning.

Source: https://www.veo3gen.co/info/endpoints ("API Endpoints") and the pages on errors, credits and rate limits beside
it, checked 2026-11-20.

Beyond the pages:

- INFER: pending, processing and failed tasks have no example. They carry what is known of a completed one; a failed
  one carries `error` and `message` as the error envelope has them. The wire has no word for a canceled task: it is
  failed, with `error` "CANCELED". A task that failed costs nothing, as the page promises a full refund.
- INFER: `imageInfo` has "original filename, size, and MIME type": `originalName`, `size`, `mimeType`.
- INFER: the file fields of first-last-frame are not shown: `firstFrame` and `lastFrame`, and other usual spellings.
- INFER: limits that no page gives are Google's: 1 to 4 samples, seeds below 2**32, three words for persons.
- INFER: codes that the error page does not list: INVALID_REQUEST (fields), INVALID_IMAGE, IMAGE_TOO_LARGE and those of
  HTTP itself. `details` is an object; wrong fields stand in `details.fields`.
- The page on rate limits has an envelope of its own for 429; its `success` is that of all others.
- Extension of reelgate: `resolution`.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

TaskId = Annotated[str, Meta(description="Id of a task.", examples=["veo_1703123456789_0k2v9x7q4m1z8c5"])]
Timestamp = Annotated[
    str,
    Meta(
        description="ISO 8601, UTC, in milliseconds.",
        examples=["2023-12-20T10:32:15.456Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
Status = Literal["pending", "processing", "completed", "failed"]
Credits = Annotated[int, Meta(ge=0, description="Whole credits.")]


class GenerationRequest(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A video to make from a text, and from the pictures that come with it in a form."""

    prompt: Annotated[str, Meta(description="What the video shows. At most 4,000 characters.")]
    model: (
        Annotated[str, Meta(max_length=100, description="Id of a model; the default is the list's defaultModel.")]
        | None
    ) = None
    sample_count: Annotated[int, Meta(ge=1, le=4, description="How many videos; each is charged.")] = 1
    duration_seconds: Annotated[
        int,
        Meta(ge=1, le=60, description="Whole seconds. Veo models make 4, 6 or 8; animatic makes 1 to 60."),
    ] = 8
    aspect_ratio: Annotated[
        Literal["16:9", "9:16", "1:1", "4:3", "3:4"],
        Meta(description="Veo models make 16:9 and 9:16; animatic makes all."),
    ] = "16:9"
    generate_audio: Annotated[bool, Meta(description="With sound, at the model's price for it.")] = True
    enhance_prompt: Annotated[bool, Meta(description="Let the model rewrite the prompt.")] = True
    negative_prompt: (
        Annotated[str, Meta(description="What the video must not show. At most 500 characters.")] | None
    ) = None
    seed: (
        Annotated[int, Meta(ge=0, le=4294967295, description="The same request and seed give the same video.")] | None
    ) = None
    person_generation: Annotated[
        Literal["allow_all", "allow_adult", "dont_allow"],
        Meta(description="Which people may appear."),
    ] = "allow_adult"
    resolution: Annotated[Literal["720p", "1080p"], Meta(description="Extension.")] = "720p"


class GenerationAnswer(Struct, kw_only=True, rename="camel"):
    """A generation that was accepted."""

    success: Literal[True]
    message: str
    task_id: TaskId
    status: Status
    estimated_wait_time: str
    credits_used: Credits
    remaining_credits: Credits
    status_url: Annotated[str, Meta(description="Path, relative to this server.")]
    download_url: Annotated[str, Meta(description="Path, relative to this server.")]


class ImageInfo(Struct, kw_only=True, rename="camel"):
    """The picture that came with a request."""

    original_name: str
    size: Annotated[int, Meta(ge=0, description="Bytes.")]
    mime_type: str


class ImageGenerationAnswer(GenerationAnswer, kw_only=True, rename="camel"):
    """A generation from a picture that was accepted."""

    credits_cost: Credits
    image_info: ImageInfo


class Video(Struct, kw_only=True, rename="camel"):
    """Where a finished video can be fetched, and until when."""

    url: str
    mime_type: str
    expires_at: Timestamp


class StatusAnswer(Struct, kw_only=True, rename="camel"):
    """A task; the videos when it is completed, the error when it has failed."""

    success: Literal[True]
    task_id: TaskId
    status: Status
    type: str
    model: str
    prompt: str
    credits_cost: Credits
    created_at: Timestamp
    completed_at: Timestamp | UnsetType = UNSET
    processing_time: Annotated[int, Meta(ge=0, description="Whole seconds.")] | UnsetType = UNSET
    videos: list[Video] | UnsetType = UNSET
    error: str | UnsetType = UNSET
    message: str | UnsetType = UNSET


class DownloadAnswer(Struct, kw_only=True, rename="camel"):
    """The videos of a completed task."""

    success: Literal[True]
    task_id: TaskId
    videos: list[Video]
    total_videos: int


class HistoryQuery(Struct, kw_only=True):
    """Which part of the history."""

    limit: Annotated[int, Meta(ge=1, le=100, description="Records to return.")] = 20
    skip: Annotated[int, Meta(ge=0, le=2_147_483_647, description="Records to skip.")] = 0
    status: Annotated[Status, Meta(description="Only records of this status.")] | None = None


class HistoryEntry(Struct, kw_only=True, rename="camel"):
    """One task of the history."""

    task_id: TaskId
    type: str
    model: str
    prompt: str
    status: Status
    credits_cost: Credits
    created_at: Timestamp
    completed_at: Timestamp | UnsetType = UNSET
    processing_time: Annotated[int, Meta(ge=0, description="Whole seconds.")] | UnsetType = UNSET
    video_count: int


class Pagination(Struct, kw_only=True, rename="camel"):
    """Where a page of the history stands."""

    total: int
    limit: int
    skip: int
    has_more: bool


class HistoryAnswer(Struct, kw_only=True, rename="camel"):
    """A page of the history, newest first."""

    success: Literal[True]
    videos: list[HistoryEntry]
    pagination: Pagination


class ModelPricing(Struct, kw_only=True, rename="camel"):
    """What one video costs."""

    credits_per_video: Credits
    credits_per_video_no_audio: Credits


class ModelEntry(Struct, kw_only=True, rename="camel"):
    """A model and what it can do."""

    id: str
    name: str
    description: str
    capabilities: list[str]
    pricing: ModelPricing


class ModelsAnswer(Struct, kw_only=True, rename="camel"):
    """All models."""

    success: Literal[True]
    models: list[ModelEntry]
    default_model: str


class FieldError(Struct, kw_only=True):
    """What is wrong with one field."""

    field: str
    message: str


class ErrorDetails(Struct, kw_only=True):
    """More about an error."""

    fields: list[FieldError] | UnsetType = UNSET
    reason: str | UnsetType = UNSET


class ErrorBody(Struct, kw_only=True):
    """An error."""

    success: Literal[False]
    error: str
    message: str
    details: ErrorDetails | UnsetType = UNSET


class CreditsErrorBody(Struct, kw_only=True):
    """The account cannot pay."""

    success: Literal[False]
    error: str
    message: str
    required: Credits
    available: Credits


class RateLimitDetails(Struct, kw_only=True):
    """Where the limit stands."""

    limit: int
    remaining: int
    reset: Annotated[int, Meta(description="Unix seconds.")]
    retry_after: Annotated[int, Meta(description="Seconds.")]


class RateLimitError(Struct, kw_only=True):
    """Too many requests."""

    code: str
    message: str
    details: RateLimitDetails


class RateLimitBody(Struct, kw_only=True):
    """Too many requests, in the envelope of their own page."""

    success: Literal[False]
    error: RateLimitError
