"""The bodies of veoapi.io's Veo API, field for field. Structs only; `translate` gives them a meaning.

Source: https://veoapi.io/docs ("Veo API Documentation"), checked 2026-11-20.

Beyond the page:

- INFER: a task that is being made is "processing"; the page's own sample goes on polling at any word that it does not
  know. The wire has no word for a canceled task: it is failed.
- INFER: a failed task carries `error`, as the error body has it, and a null `video_url`, which the page's own sample
  reads without looking at the status.
- INFER: the list of models is OpenAI's list object, as the page promises that OpenAI's libraries work; `name` is added
  from the page's table. `created` is 0: nobody knows when. One of them is to be had alone, as OpenAI's libraries ask.
- INFER: `type` and `code` of errors are OpenAI's own where it has some, and so is `param`, which names the first field
  that is wrong. 404, 405, 413 and 415 mean what HTTP says.
- INFER: whole seconds from 1 to 8, 16:9 and 9:16. veo-2 makes no sound.
- INFER: `webhook_url`, an http or https URL, is sent what a poll would say when the task has ended.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

GenerationId = Annotated[str, Meta(description="Id of a task.", examples=["gen_01jz9k5x3qf8v7m2n4p6r8s0tw"])]
Status = Literal["queued", "processing", "succeeded", "failed"]


class GenerationRequest(Struct, kw_only=True, omit_defaults=True):
    """A video to make, from a text and perhaps a picture."""

    model: Annotated[str, Meta(max_length=100, description="veo-3 or veo-2.")]
    prompt: Annotated[str, Meta(description="What the video shows. At most 4,000 characters.")]
    image: (
        Annotated[
            str,
            Meta(description="URL of the picture to start from: JPEG, PNG or WebP, at most 20 MB."),
        ]
        | None
    ) = None
    duration: Annotated[
        int,
        Meta(ge=1, le=60, description="Whole seconds. Veo models make 1 to 8; animatic makes 1 to 60."),
    ] = 8
    aspect_ratio: Annotated[
        Literal["16:9", "9:16", "1:1", "4:3", "3:4"],
        Meta(description="Veo models make 16:9 and 9:16; animatic makes all."),
    ] = "16:9"
    webhook_url: (
        Annotated[str, Meta(description="Where to hear how the task ends. At most 2,048 characters.")] | None
    ) = None


class TaskError(Struct, kw_only=True):
    """Why a task failed."""

    message: str
    type: str
    code: str


class CreateAnswer(Struct, kw_only=True):
    """A task that was accepted."""

    id: GenerationId
    status: Status


class GenerationAnswer(Struct, kw_only=True):
    """A task; the link when it has succeeded, the error when it has failed."""

    id: GenerationId
    status: Status
    video_url: str | UnsetType | None = UNSET
    error: TaskError | UnsetType = UNSET


class ModelEntry(Struct, kw_only=True):
    """A model."""

    id: str
    object: Literal["model"]
    created: Annotated[int, Meta(ge=0, description="Unix seconds.")]
    owned_by: str
    name: str


class ModelsAnswer(Struct, kw_only=True):
    """All models."""

    object: Literal["list"]
    data: list[ModelEntry]


class ErrorDetail(Struct, kw_only=True):
    """What went wrong."""

    message: str
    type: str
    code: str
    param: Annotated[str, Meta(description="The field that is wrong.")] | UnsetType = UNSET


class ErrorBody(Struct, kw_only=True):
    """An error."""

    error: ErrorDetail
