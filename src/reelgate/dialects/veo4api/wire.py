"""The bodies of veo4api.net's Veo 4 API, field for field. Structs only; `translate` gives them a meaning.

Source: the developer guide https://veo4api.net ("Veo 4 API preview documentation"), checked 2026-11-20.

Beyond the page:

- INFER: the page speaks of "compatible image URL aliases" without naming them. `imageUrls`, `images`, `image_url`,
  `imageUrl` and `image` are taken, as the proxies of the same family take them.
- INFER: the page shows the status of a succeeded task only. All others carry `task_id`, `status` and `progress`; a
  failed one carries `error` too, an object with `code` and `message`, as the error envelope has it.
- INFER: the page has no error body. `{"error": {"code", "message"}}` is answered, with `fields` where fields are
  wrong; a conflict names the existing task in `task_id`, which the page tells clients to fetch.
- INFER: the page says no more of `extend_task_id` than that its task must be completed. The result is one file, the
  task's video first; its shape and size are kept, and pictures cannot stand beside it.
- INFER: the page has a state "canceled" and no call that leads to it: `POST /cancel` is added.
- Extensions of reelgate: `model`, `resolution`, `duration`, `negative_prompt`, `audio`.
"""

from typing import Annotated, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

#: What every id of a task starts with.
ID_PREFIX: Final = "veo4_task_"

TaskId = Annotated[str, Meta(description="Id of a task.", examples=["veo4_task_01jz9k5x3qf8v7m2n4p6r8s0tw"])]
Timestamp = Annotated[
    str,
    Meta(
        description="ISO 8601, UTC, in seconds.",
        examples=["2026-05-17T08:00:00Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
Status = Literal["queued", "processing", "succeeded", "failed", "canceled"]
ImageUrls = Annotated[
    list[str],
    Meta(description="Source pictures by public URL: one to start from. JPEG, PNG or WebP, at most 20 MB each."),
]


class GenerateRequest(
    Struct,
    kw_only=True,
    omit_defaults=True,
    rename={
        "image_urls_camel": "imageUrls",
        "image_url_camel": "imageUrl",
        "enable_translation": "enableTranslation",
    },
):
    """A video to make, from a prompt and perhaps a picture."""

    prompt: Annotated[
        str,
        Meta(description="What the clip shows: subject, camera motion, style, constraints. At most 4,000 characters."),
    ]
    image_urls: ImageUrls = []
    image_urls_camel: Annotated[list[str], Meta(description="The same as image_urls.")] = []
    images: Annotated[list[str], Meta(description="The same as image_urls.")] = []
    image_url: Annotated[str | list[str], Meta(description="The same as image_urls, for one.")] = ""
    image_url_camel: Annotated[str | list[str], Meta(description="The same as image_urls, for one.")] = ""
    image: Annotated[str | list[str], Meta(description="The same as image_urls, for one.")] = ""
    aspect_ratio: Annotated[
        Literal["16:9", "9:16", "1:1", "4:3", "3:4"],
        Meta(description="veo-4 takes 16:9, 9:16 and 1:1."),
    ] = "16:9"
    extend_task_id: (
        Annotated[
            str,
            Meta(
                description="A completed task of yours to extend by `duration` seconds. The result is one file that "
                "begins with the task's video, in its shape and size."
            ),
        ]
        | None
    ) = None
    seeds: (
        Annotated[int, Meta(ge=10000, le=99999, description="The same request and seed give the same video.")] | None
    ) = None
    watermark: Annotated[str, Meta(description="A label in a corner. At most 500 characters.")] | None = None
    enable_translation: Annotated[bool, Meta(description="Translate the prompt before the generation.")] = True
    public: Annotated[bool, Meta(description="The result may appear in public showcases.")] | None = None
    model: (
        Annotated[
            str,
            Meta(
                max_length=100, description="Extension: veo-4 (default), or animatic for the built-in engine's range."
            ),
        ]
        | None
    ) = None
    resolution: Annotated[
        Literal["720p", "1080p"],
        Meta(description="Extension: 1080p is the page's HD job, at its price."),
    ] = "720p"
    duration: Annotated[
        int,
        Meta(ge=1, le=60, description="Extension: whole seconds. veo-4 makes 8; animatic makes 1 to 60."),
    ] = 8
    negative_prompt: (
        Annotated[str, Meta(description="Extension: what the clip must not show. At most 500 characters.")] | None
    ) = None
    audio: Annotated[bool, Meta(description="Extension: with sound.")] = True
    webhook_url: (
        Annotated[str, Meta(description="Where to hear how the task ends. At most 2,048 characters.")] | None
    ) = None


class GenerateAnswer(Struct, kw_only=True):
    """A task that was accepted."""

    task_id: TaskId
    status: Status
    model: str
    credits_estimated: int
    created_at: Timestamp


class StatusQuery(Struct, kw_only=True):
    """Which task."""

    task_id: TaskId


class CancelQuery(Struct, kw_only=True):
    """Which task; it may stand in the body instead."""

    task_id: TaskId | None = None


class CancelRequest(Struct, kw_only=True):
    """Which task; it may stand in the query instead."""

    task_id: TaskId


class TaskError(Struct, kw_only=True):
    """Why a task failed."""

    code: str
    message: str


class StatusAnswer(Struct, kw_only=True):
    """A task; the links when it has succeeded, the error when it has failed."""

    task_id: TaskId
    status: Status
    progress: Annotated[int, Meta(ge=0, le=100)]
    video_url: str | UnsetType = UNSET
    thumbnail_url: str | UnsetType = UNSET
    completed_at: Timestamp | UnsetType = UNSET
    error: TaskError | UnsetType = UNSET


class WebhookEvent(Struct, kw_only=True):
    """What `webhook_url` is told of the end of a task: the page's draft, and why it failed."""

    event: Literal["video.succeeded", "video.failed", "video.canceled"]
    task_id: TaskId
    status: Status
    model: str
    video_url: str | UnsetType = UNSET
    credits_charged: int
    created_at: Timestamp
    completed_at: Timestamp
    error: TaskError | UnsetType = UNSET


class FieldError(Struct, kw_only=True):
    """What is wrong with one field."""

    field: str
    message: str


class ErrorDetail(Struct, kw_only=True):
    """What went wrong."""

    code: str
    message: str
    fields: list[FieldError] | UnsetType = UNSET


class ErrorBody(Struct, kw_only=True):
    """An error."""

    error: ErrorDetail


class ConflictBody(Struct, kw_only=True):
    """An error about a task that exists."""

    error: ErrorDetail
    task_id: TaskId | UnsetType = UNSET
