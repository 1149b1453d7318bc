"""The bodies of Ace Data Cloud's Veo API, field for field. Structs only; `translate` gives them a meaning.

Source: the guide "Veo Videos Generation API" https://platform.acedata.cloud, the vendor's OpenAPI files, and the
clients that it publishes (MCP server, command line, SDK, Dify plugin), checked 2026-11-20. They speak two generations
of the contract; this is the union of both.

Where the sources leave a choice:

- A missing `action`, and "generate", which one client sends, is read from the pictures. So is text2video with pictures:
  the guide says that pictures trigger image-to-video. get_1080p is get1080p. `video_id` counts for get1080p alone.
- image2video takes 1 picture, the first frame, or 2, the first and the last; of 3, as the guide's table has it, the
  first and the last count. The older pages' five aspect ratios are taken for every model.
- The default model is the newer one, veo3-fast; ingredients2video always uses veo31-fast-ingredients. A resolution
  that is left out is 720p, as the one measured run shows. Videos last 8 s, which is Veo's own default: the wire has no
  field for it, and nobody says it.
- INFER: a failed job on a held connection answers with the status of its error; the body is that of a callback. After
  `routes.HELD_MAX_S` a held connection gets 504 `timeout` with the `task_id` to ask /veo/tasks for.
- INFER: fields of the vendor's gateway that reelgate has no counterpart for (`application_id`, `credential_id`,
  `user_id`) are the account's id; `_id` is made of the task's. Every task is of the type "videos".
- INFER: `count` is how many tasks there are in all, and how many were found where ids were named. A batch of ids has no
  place for one that is unknown: it is left out.
- INFER: errors that the gateway finds (key, credits, rate, route) have no `success`; all others have. Codes that no
  page has: not_found (deleting what is not there) and canceled (by another wire: here is no call that cancels).
- INFER: the "old line", whose videos cannot be extended, are the two Veo 2 models, which newer pages do not have.
- A long text in a request, such as a picture as a data: URL, is cut off in `request`.
- Extensions of reelgate: the model "animatic" and `duration`.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

TaskId = Annotated[str, Meta(description="Id of a task.", examples=["019e34f2-fc7b-748d-8abc-048d159e26af"])]
VideoId = Annotated[
    str,
    Meta(
        description="Id of a video: data[].id of a finished task, not its task_id.",
        examples=["019e34f2fc7b848d8abc048d159e26af"],
    ),
]
TraceId = Annotated[str, Meta(description="What to tell support.")]
LocalTime = Annotated[
    str,
    Meta(description="Date and time in UTC+8.", examples=["2026-05-17 16:00:00"]),
]
UnixTime = Annotated[float, Meta(description="Unix seconds, with milliseconds.")]
AspectRatioName = Literal["16:9", "9:16", "1:1", "3:4", "4:3"]
Action = Literal["text2video", "image2video", "ingredients2video", "get1080p", "get_1080p", "generate"]
Motion = Literal[
    "STATIONARY",
    "STATIONARY_UP",
    "STATIONARY_DOWN",
    "STATIONARY_LEFT",
    "STATIONARY_RIGHT",
    "STATIONARY_DOLLY_IN_ZOOM_OUT",
    "STATIONARY_DOLLY_OUT_ZOOM_IN",
    "UP",
    "DOWN",
    "LEFT_TO_RIGHT",
    "RIGHT_TO_LEFT",
    "FORWARD",
    "BACKWARD",
    "DOLLY_IN_ZOOM_OUT",
    "DOLLY_OUT_ZOOM_IN",
]
Duration = Annotated[
    int,
    Meta(ge=1, le=60, description="Extension: whole seconds. Veo models make 8; animatic makes 1 to 60."),
]


class HeldRequest(Struct, kw_only=True, omit_defaults=True, rename={"asynchronous": "async"}):
    """What every call that makes a video has: the connection is held until the end unless one of these is given."""

    callback_url: (
        Annotated[str, Meta(description="Answer at once, and POST the result to this URL. At most 2,048 characters.")]
        | None
    ) = None
    asynchronous: Annotated[bool, Meta(description="Answer at once; ask /veo/tasks for the result.")] = False


class VideosRequest(HeldRequest, kw_only=True, omit_defaults=True):
    """A video to make from a text and pictures, or in 1080p from one that was made."""

    action: Annotated[Action, Meta(description="What to do; left out, the pictures decide.")] | None = None
    model: (
        Annotated[
            str,
            Meta(
                max_length=100,
                description="veo2, veo2-fast, veo3, veo3-fast (default), veo31, veo31-fast, veo31-fast-ingredients, or "
                "animatic for the built-in engine's range.",
            ),
        ]
        | None
    ) = None
    prompt: (
        Annotated[
            str,
            Meta(description="What the video shows; required but for get1080p. At most 4,000 characters."),
        ]
        | None
    ) = None
    image_urls: Annotated[
        list[str],
        Meta(
            description="First frame, or first and last frame; 1 to 3 to fuse. JPEG, PNG or WebP, at most 20 MB each."
        ),
    ] = []
    aspect_ratio: Annotated[AspectRatioName, Meta(description="Width to height.")] = "16:9"
    resolution: Annotated[
        Literal["720p", "1080p", "4k", "gif"],
        Meta(description="4k for veo31 alone."),
    ] = "720p"
    video_id: Annotated[VideoId, Meta(description="Required for get1080p.")] | None = None
    translation: Annotated[bool, Meta(description="Translate the prompt before the generation.")] = False
    duration: Duration = 8


class UpsampleRequest(HeldRequest, kw_only=True, omit_defaults=True):
    """A video to have in another resolution, or as a GIF."""

    video_id: VideoId
    action: Annotated[Literal["1080p", "4k", "gif"], Meta(description="What to make of it.")]


class ExtendRequest(HeldRequest, kw_only=True, omit_defaults=True):
    """A video to continue."""

    video_id: VideoId
    model: Annotated[str, Meta(max_length=100, description="veo31-fast or veo31.")]
    prompt: Annotated[str, Meta(description="What happens next; the video's own prompt if left out.")] | None = None
    aspect_ratio: Annotated[AspectRatioName, Meta(description="The video's own if left out.")] | None = None
    resolution: Annotated[Literal["720p", "1080p"], Meta(description="Of what is made.")] = "720p"
    duration: Duration = 8


class ReshootRequest(HeldRequest, kw_only=True, omit_defaults=True):
    """A video to make again with another camera move."""

    video_id: VideoId
    motion_type: Annotated[Motion, Meta(description="How the camera moves.")]


class ObjectsRequest(HeldRequest, kw_only=True, omit_defaults=True):
    """A video to put an object into, or to take one out of."""

    video_id: VideoId
    action: Annotated[Literal["insert", "remove"], Meta(description="What to do with the object.")]
    prompt: Annotated[str, Meta(description="The object; required to insert.")] | None = None
    image_mask: (
        Annotated[str, Meta(description="Where, as URL or base64 of a JPEG, white; required to remove.")] | None
    ) = None


class TasksRequest(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """Which tasks, and what to do with them."""

    action: Annotated[
        Literal["retrieve", "retrieve_batch", "delete"],
        Meta(description="retrieve and delete take one id."),
    ] = "retrieve"
    id: Annotated[TaskId, Meta(description="Id of a task.")] | None = None
    task_id: Annotated[str, Meta(description="The same as id.")] | None = None
    trace_id: Annotated[str, Meta(description="In place of id: the task's trace_id.")] | None = None
    ids: Annotated[list[str], Meta(max_length=100, description="Of a batch.")] = []
    trace_ids: Annotated[list[str], Meta(max_length=100, description="Of a batch, in place of ids.")] = []
    offset: Annotated[
        int,
        Meta(ge=0, le=2_147_483_647, description="Tasks to skip, newest first, where no ids are named."),
    ] = 0
    limit: Annotated[int, Meta(ge=1, description="Tasks to return; 100 at most.")] = 12
    type: Annotated[str, Meta(description="Every task is of the type videos.")] | None = None
    created_at_min: Annotated[float, Meta(ge=0, le=1e11, description="Unix seconds.")] | None = None
    created_at_max: Annotated[float, Meta(ge=0, le=1e11, description="Unix seconds.")] | None = None


class ErrorDetail(Struct, kw_only=True):
    """What went wrong."""

    code: str
    message: str


class Video(Struct, kw_only=True):
    """A finished video."""

    id: VideoId
    video_url: str
    created_at: LocalTime
    complete_at: LocalTime
    state: Literal["succeeded"]


class Outcome(Struct, kw_only=True):
    """How a task ended: the videos when it has succeeded, the error when it has not."""

    success: bool
    task_id: TaskId
    trace_id: TraceId
    data: list[Video] | UnsetType = UNSET
    error: ErrorDetail | UnsetType = UNSET


class AcceptedAnswer(Struct, kw_only=True):
    """A task that was accepted and goes on by itself."""

    task_id: TaskId


class TaskAnswer(Struct, kw_only=True, rename={"record_id": "_id"}):
    """A task; without a response until it has ended."""

    record_id: str
    id: TaskId
    api_id: str
    application_id: str
    credential_id: str
    user_id: str
    trace_id: TraceId
    type: Literal["videos"]
    created_at: UnixTime
    #: The request as it came.
    request: Raw
    started_at: UnixTime | UnsetType = UNSET
    finished_at: UnixTime | UnsetType = UNSET
    elapsed: Annotated[float, Meta(ge=0, description="Seconds, with milliseconds.")] | UnsetType = UNSET
    response: Outcome | UnsetType = UNSET


class BatchAnswer(Struct, kw_only=True):
    """Several tasks."""

    items: list[TaskAnswer]
    count: Annotated[int, Meta(ge=0, description="How many there are in all.")]


class DeletedAnswer(Struct, kw_only=True):
    """A task that was deleted."""

    id: TaskId
    deleted: Literal[True]


class ErrorBody(Struct, kw_only=True):
    """An error; the gateway's own have no `success`."""

    success: Literal[False] | UnsetType = UNSET
    error: ErrorDetail
    trace_id: TraceId
