"""The bodies of OpenAI's Videos API, field for field. Structs only; `translate` gives them a meaning.

Source: OpenAI's API reference ("Videos"), its guide "Video generation with Sora", and the types of openai-python
3.52.0, checked 2026-11-20.

Beyond the pages:

- Requests come as JSON or as a multipart form (openai-python sends nothing but forms, even without a file); a form's
  nested fields have brackets: `input_reference[image_url]`. What stands in `extra_body`, where a client sends that
  field itself, counts as if it stood beside it.
- INFER: `seconds` may be an integer too, as servers of this wire take it; it is answered as text.
- A picture of another shape than `size` is fitted, where OpenAI refuses it. `file_id` is refused: there are no uploads.
- INFER: every key of a video is always there, null where nothing is known. `expires_at` is until when a file can be
  fetched if nobody deletes it, and moves on; files are not removed by themselves.
- INFER: the wire has no word for a canceled task: it is failed, with `error.code` "canceled".
- INFER: content that is asked for too early is answered with 400 and the code "video_not_ready". A balance that is too
  low is 429 "insufficient_quota", as it is on OpenAI's other paths, and says that it is not worth a retry.
- `remix` and `edits` of a video that was made here are the same: its whole request once more, with the new prompt and
  the same seed. Characters, and edits and extensions of uploaded videos, are refused clearly.
- Extensions of reelgate: `negative_prompt`, `seed`, `audio`.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

VideoId = Annotated[str, Meta(description="Id of a video.", examples=["video_019e34f2fc7b748d8abc048d159e26af"])]
UnixTime = Annotated[int, Meta(description="Unix seconds.", examples=[1779004800])]
Status = Literal["queued", "in_progress", "completed", "failed"]
Variant = Literal["video", "thumbnail", "spritesheet"]
Prompt = Annotated[str, Meta(description="What the video shows. At most 4,000 characters.")]
Seconds = Annotated[str | int, Meta(description="Length in whole seconds.", examples=["4", "8", "12", "16", "20"])]
ModelName = Annotated[
    str, Meta(max_length=100, description="sora-2 (default), sora-2-pro, or animatic for the built-in engine's range.")
]


class EventData(Struct, kw_only=True):
    """What an event is about: its reader asks for the rest."""

    id: VideoId


class WebhookEvent(Struct, kw_only=True):
    """What a webhook endpoint is told of the end of a video."""

    id: Annotated[str, Meta(description="Id of the event.", examples=["evt_019e34f2fc7b748d8abc048d159e26af"])]
    object: Literal["event"]
    created_at: UnixTime
    type: Literal["video.completed", "video.failed"]
    data: EventData


class InputReference(Struct, kw_only=True, omit_defaults=True):
    """A picture to start from, in JSON or in bracketed fields."""

    image_url: (
        Annotated[str, Meta(description="https or data URL of a JPEG, PNG or WebP picture, at most 20 MB.")] | None
    ) = None
    file_id: Annotated[str, Meta(description="Refused: there are no uploads here.")] | None = None


class Character(Struct, kw_only=True):
    """A character of an earlier upload."""

    id: str


class CreateRequest(Struct, kw_only=True, omit_defaults=True):
    """A video to make."""

    prompt: Prompt
    model: ModelName | None = None
    seconds: Seconds = "4"
    size: Annotated[
        str,
        Meta(
            description="Width x height: 720x1280, 1280x720; sora-2-pro also 1024x1792, 1792x1024, "
            "1080x1920 and 1920x1080.",
            examples=["720x1280", "1280x720"],
        ),
    ] = "720x1280"
    input_reference: Annotated[
        InputReference | None, Meta(description="A picture to start from; in a form it may be a file.")
    ] = None
    characters: Annotated[list[Character], Meta(description="Not available yet.")] = []
    negative_prompt: (
        Annotated[str, Meta(description="Extension: what the video must not show. At most 500 characters.")] | None
    ) = None
    seed: (
        Annotated[int, Meta(ge=0, le=4294967295, description="Extension: the same request and seed, the same video.")]
        | None
    ) = None
    audio: Annotated[bool, Meta(description="Extension: with sound.")] = True


class VideoReference(Struct, kw_only=True):
    """A video that was made here."""

    id: VideoId


class RemixRequest(Struct, kw_only=True):
    """A video to make once more."""

    prompt: Prompt


class EditRequest(Struct, kw_only=True, omit_defaults=True):
    """A video to make once more, changed."""

    prompt: Prompt
    video: Annotated[VideoReference | None, Meta(description="The video to edit; in a form it may be a file.")] = None
    model: Annotated[str, Meta(max_length=100, description="For an uploaded video.")] | None = None


class ExtendRequest(Struct, kw_only=True, omit_defaults=True):
    """A video to continue."""

    prompt: Prompt
    seconds: Seconds
    video: Annotated[VideoReference | None, Meta(description="The video to extend; in a form it may be a file.")] = None
    model: Annotated[str, Meta(max_length=100, description="For an uploaded video; sora-2 if left out.")] | None = None


class CharacterRequest(Struct, kw_only=True):
    """A character to learn from a video."""

    name: Annotated[str, Meta(description="What it is called.")]


class CharacterAnswer(Struct, kw_only=True):
    """A character; documented, never answered yet."""

    id: str | None
    created_at: UnixTime
    name: str | None


class VideoError(Struct, kw_only=True):
    """Why a video could not be made."""

    code: str
    message: str


class Video(Struct, kw_only=True):
    """A video and how far it has come."""

    id: VideoId
    completed_at: UnixTime | None
    created_at: UnixTime
    error: VideoError | None
    expires_at: UnixTime | None
    model: str
    object: Literal["video"]
    progress: Annotated[int, Meta(ge=0, le=100)]
    prompt: str
    remixed_from_video_id: VideoId | None
    seconds: str
    size: str
    status: Status


class ListQuery(Struct, kw_only=True):
    """Which videos."""

    after: Annotated[str, Meta(description="Id of the last video of the page before.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100, description="Videos to return.")] = 20
    order: Annotated[Literal["asc", "desc"], Meta(description="By time of creation; desc has the newest first.")] = (
        "desc"
    )


class VideoList(Struct, kw_only=True):
    """A page of videos."""

    data: list[Video]
    first_id: VideoId | None
    has_more: bool
    last_id: VideoId | None
    object: Literal["list"]


class DeletedVideo(Struct, kw_only=True):
    """A video that is no more."""

    id: VideoId
    deleted: Literal[True]
    object: Literal["video.deleted"]


class ContentQuery(Struct, kw_only=True):
    """Which file."""

    variant: Annotated[Variant, Meta(description="video is MP4, thumbnail WebP, spritesheet JPEG.")] = "video"


class ErrorDetail(Struct, kw_only=True):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(Struct, kw_only=True):
    """An error."""

    error: ErrorDetail
