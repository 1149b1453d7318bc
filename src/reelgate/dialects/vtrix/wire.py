"""The bodies of Vtrix's generation API and model list, field for field. Structs only; `translate` gives them a meaning.

Source: https://doc.vtrix.ai/docs/api/google/veo-31-fast (`veo_31_fast`), its sibling page on
`vtrix-veo-3.1-generate-preview`, and what the vendor's public command-line clients send and read; checked 2026-11-20.

Beyond the pages:

- The pages show no request. Every client wraps the parameters as `{"model", "input": [{"params": {...}}]}`; INFER: the
  flat body that the pages describe is taken as well.
- INFER: shapes of image, video and reference objects are those of Google's library, whose type names the page uses, and
  of Vertex: bytes as `imageBytes`, `videoBytes` or `bytesBase64Encoded`, an address as `uri` or `url`. A `gcsUri` is
  refused: nobody gave this server access to that bucket. A result of this wire, with its `url` and `jobId`, is a video
  object as it stands; its file is taken from the store, not fetched.
- INFER: 8 s, 720p and 16:9 where nothing is said. `seconds` and `size` of the sibling page stand for durationSeconds
  and for aspectRatio with resolution.
- INFER: inputs that ask for different modes cannot be combined: video, or referenceImages, or image with or without
  lastFrame.
- The vendor's ids have 20 characters, as xids have; ours keep the alphabet and need 26 for a whole 128-bit id.
- Go clients decode strictly: `created_at` is an integer, `usage.cost` a string, `duration` of a result left out. One
  page writes `error_message`, the other `message`: both are written. `progress` runs from 0.0 to 1.0.
- INFER: `usage.cost` is in US dollars and prices here are in credits: a credit is shown as one cent. There are no
  tokens to count.
- INFER: a task that is waiting is in_progress, and a canceled one failed: the wire has three words.
- INFER: one error body serves all clients: `status` with `data` null, as the newer gateway answers, with `message` and
  `error_code` beside them, where the older client looks. 402 with error_code 40201 stands for a lack of credits, as a
  client's own tests have it; 2014001 for a failed generation, as the sibling page has it. All other codes are our own.
- INFER: the parameters of a model's specification are named as the pages name them; `path` is inside of `params`.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

TaskId = Annotated[str, Meta(description="Id of a task.", examples=["06f39snsfdq8r2ls0i6hb7h6ls"])]
UnixSeconds = Annotated[int, Meta(ge=0, description="Unix seconds.")]
Status = Literal["in_progress", "completed", "failed"]


class ImageObject(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A picture: its bytes in base64 or where it is, in one of the fields."""

    image_bytes: Annotated[str, Meta(description="The picture in base64. JPEG, PNG or WebP, at most 20 MB.")] | None = (
        None
    )
    bytes_base64_encoded: Annotated[str, Meta(description="The same as imageBytes.")] | None = None
    url: Annotated[str, Meta(description="Where the picture is: http, https or data.")] | None = None
    uri: Annotated[str, Meta(description="The same as url.")] | None = None
    gcs_uri: Annotated[str, Meta(description="Not available: refused with an error.")] | None = None
    mime_type: Annotated[str, Meta(description="What the picture is; its bytes decide.")] | None = None


class VideoObject(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """An earlier video: its bytes in base64 or where it is, in one of the fields."""

    video_bytes: Annotated[str, Meta(description="The video in base64.")] | None = None
    bytes_base64_encoded: Annotated[str, Meta(description="The same as videoBytes.")] | None = None
    url: Annotated[str, Meta(description="Where the video is: http, https or data.")] | None = None
    uri: Annotated[str, Meta(description="The same as url.")] | None = None
    gcs_uri: Annotated[str, Meta(description="Not available: refused with an error.")] | None = None
    job_id: Annotated[str, Meta(description="The task that made it, as its result has it.")] | None = None
    mime_type: Annotated[str, Meta(description="What the video is; its bytes decide.")] | None = None


class ReferenceImage(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A picture of what the video shows."""

    image: ImageObject
    reference_type: Annotated[str, Meta(max_length=20, description="asset or style.")] | None = None


class Choices(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """What may be said of a video beside its prompt."""

    negative_prompt: (
        Annotated[str, Meta(description="What the video must not show. At most 500 characters.")] | None
    ) = None
    image: Annotated[ImageObject | None, Meta(description="The picture to start from.")] = None
    last_frame: Annotated[ImageObject | None, Meta(description="The picture to end with; only with image.")] = None
    reference_images: Annotated[
        list[ReferenceImage],
        Meta(description="Up to 3 pictures of what the video shows; only at 8 s."),
    ] = []
    video: Annotated[VideoObject | None, Meta(description="An earlier video to extend; only at 8 s and 720p.")] = None
    aspect_ratio: (
        Annotated[
            Literal["16:9", "9:16", "1:1", "4:3", "3:4"],
            Meta(description="16:9 by default. Veo models make 16:9 and 9:16; animatic makes all."),
        ]
        | None
    ) = None
    resolution: (
        Annotated[
            Literal["720p", "1080p", "4k"],
            Meta(description="720p by default; the others only at 8 s."),
        ]
        | None
    ) = None
    duration_seconds: (
        Annotated[
            int,
            Meta(ge=1, le=60, description="8 by default. Veo models make 4, 6 or 8; animatic makes 1 to 60."),
        ]
        | None
    ) = None
    person_generation: (
        Annotated[
            Literal["allow_all", "allow_adult", "dont_allow"],
            Meta(description="Veo models take allow_all from a text or video, and allow_adult from pictures."),
        ]
        | None
    ) = None
    seconds: (
        Annotated[Literal["4", "6", "8"], Meta(description="The same as durationSeconds, as another page has it.")]
        | None
    ) = None
    size: (
        Annotated[
            Literal["1280x720", "720x1280"],
            Meta(description="The same as aspectRatio and resolution, as another page has it."),
        ]
        | None
    ) = None


class GenerationParams(Choices, kw_only=True, omit_defaults=True, rename="camel"):
    """What to make."""

    prompt: Annotated[str, Meta(description="What the video shows and sounds like. At most 4,000 characters.")]


class InputBlock(Struct, kw_only=True):
    """The parameters, wrapped."""

    params: GenerationParams


class GenerationRequest(Choices, kw_only=True, omit_defaults=True, rename="camel"):
    """A video to make: the parameters in `input`, or beside `model`."""

    model: Annotated[str, Meta(max_length=100, description="Id of a model.")]
    input: (
        Annotated[
            list[InputBlock],
            Meta(min_length=1, max_length=1, description="The parameters; the fields beside it are then ignored."),
        ]
        | None
    ) = None
    prompt: (
        Annotated[
            str,
            Meta(description="What the video shows and sounds like, unless it stands in input."),
        ]
        | None
    ) = None


class AnyBlock(Struct, kw_only=True):
    """The parameters, wrapped and not yet read."""

    params: dict[str, Any]


class Envelope(Struct, kw_only=True):
    """A request whose parameters may be wrapped and are not yet read."""

    input: Annotated[list[AnyBlock], Meta(min_length=1, max_length=1)] | None = None


class FlatRequest(GenerationParams, kw_only=True, omit_defaults=True, rename="camel"):
    """A request without its wrapping."""

    model: Annotated[str, Meta(max_length=100)]


class TaskError(Struct, kw_only=True):
    """Why a task failed."""

    code: int
    error_message: str
    message: Annotated[str, Meta(description="The same as error_message.")]


class Content(Struct, kw_only=True, rename="camel"):
    """A video that was made."""

    type: Literal["video"]
    url: str
    job_id: str


class Output(Struct, kw_only=True):
    """What was made."""

    content: list[Content]


class Usage(Struct, kw_only=True):
    """What a task cost."""

    cost: Annotated[str, Meta(description="US dollars.", examples=["1.90"])]
    discount: float
    input_tokens: int
    output_tokens: int
    total_tokens: int
    quantity: Annotated[int, Meta(ge=0, description="Videos.")]
    unit_price: Annotated[str, Meta(description="US dollars.", examples=["1.90"])]


class Metadata(Struct, kw_only=True):
    """When it happened."""

    created_at: UnixSeconds
    started_at: UnixSeconds | UnsetType = UNSET
    completed_at: UnixSeconds | UnsetType = UNSET


class TaskAnswer(Struct, kw_only=True):
    """A task; output and usage when it is completed, the error when it has failed."""

    id: TaskId
    created_at: UnixSeconds
    status: Status
    model: str
    progress: Annotated[float, Meta(ge=0, le=1)] | UnsetType = UNSET
    error: TaskError | UnsetType = UNSET
    output: list[Output] | UnsetType = UNSET
    usage: Usage | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class ModelsQuery(Struct, kw_only=True):
    """Which models."""

    page: Annotated[int, Meta(ge=1, le=1_000_000, description="Page, from 1.")] = 1
    page_size: Annotated[int, Meta(ge=1, le=1000, description="Models on a page.")] = 20
    type: Annotated[str, Meta(max_length=100, description="Only of this type: video.")] | None = None
    keywords: Annotated[str, Meta(max_length=200, description="Only with these words in id, name or text.")] | None = (
        None
    )
    provider: Annotated[str, Meta(max_length=100, description="Only of this provider.")] | None = None


class ModelEntry(Struct, kw_only=True):
    """A model."""

    id: str
    model_id: str
    name: str
    type: str
    provider: str
    description: str
    input_modalities: list[str]
    output_modalities: list[str]


class ModelsPage(Struct, kw_only=True):
    """A page of models."""

    models: list[ModelEntry]
    total: int
    page: int
    page_size: int
    total_pages: int


class OkStatus(Struct, kw_only=True):
    """All is well."""

    code: int
    message: str


class ModelsAnswer(Struct, kw_only=True):
    """A page of models, in the envelope."""

    status: OkStatus
    data: ModelsPage


class Constraints(Struct, kw_only=True, omit_defaults=True):
    """What a parameter may be; choices are texts, whatever the parameter's type."""

    enum: list[str] | UnsetType = UNSET
    default: str | int | UnsetType = UNSET
    min: int | UnsetType = UNSET
    max: int | UnsetType = UNSET
    max_length: int | UnsetType = UNSET
    max_items: int | UnsetType = UNSET


class Parameter(Struct, kw_only=True, omit_defaults=True):
    """A parameter of a model."""

    name: str
    path: str
    type: str
    required: bool
    description: str
    constraints: Constraints | UnsetType = UNSET
    children: list["Parameter"] | UnsetType = UNSET


class Api(Struct, kw_only=True):
    """Where and how to ask."""

    endpoint: str
    method: str
    headers: dict[str, str]


class ModelSpec(Struct, kw_only=True):
    """A model's specification."""

    model_id: str
    name: str
    vendor: str
    type: str
    api: Api
    parameters: list[Parameter]
    agent_prompt: Annotated[str, Meta(description="How to ask, in words.")]


class ModelSpecAnswer(Struct, kw_only=True):
    """A model's specification, in the envelope."""

    status: OkStatus
    data: ModelSpec


class ErrorStatus(Struct, kw_only=True):
    """What went wrong."""

    code: Annotated[int, Meta(description="HTTP's own.")]
    message: str
    error_code: int


class ErrorBody(Struct, kw_only=True):
    """An error."""

    status: ErrorStatus
    data: None
    message: str
    error_code: int
