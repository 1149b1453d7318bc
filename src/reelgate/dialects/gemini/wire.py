"""The bodies of the Gemini Developer API's Veo wire, field for field. Structs only; `translate` gives them a meaning.

Sources, checked 2026-11-20: https://ai.google.dev/gemini-api/docs/video, the protos of google-ai-generativelanguage
0.12.1, what google-genai 2.34.0 and @google/genai 2.32.0 send and read, and answers that others recorded live.

Beyond them:

- INFER: one host serves people everywhere, so `personGeneration` takes what any region's clients send: `allow_adult`
  from a text as well as `allow_all`.
- INFER: a picture or a video without a prompt is allowed upstream; reelgate's engines read a prompt, so a plain one
  stands in.
- INFER: `video.encoding`, which both SDKs send and which was once refused live, is taken.
- `webhookConfig` takes up to 5 addresses. Where the page has them told instead of the registered ones, both are told,
  by the same event id. They are signed as registered ones are, with the account's secret: the page's RS256 tokens need
  Google's key. INFER: `userMetadata` comes back as `user_metadata` beside `data`.
- Registered webhooks take every event of the page and keep those of videos; `name` is for people, and `id` names them.
- INFER: the page has no event for a video that was not generated: it is `video.failed`, with `error_code` and
  `error_message` in `data`, as the page's failed jobs have them.
- INFER: a canceled task is an operation that failed with 1, CANCELLED, as the wire has no word for it.
- INFER: the file's metadata has no `expirationTime`: files stay until their owner deletes them. `sha256Hash` is the
  base64 of the hexadecimal text, as live answers have it.
- INFER: credits that do not suffice are an exhausted quota, as with Google's own prepaid billing.
- `Access denied` and `not found` are one answer: 403 for operations and files, as recorded.
"""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

#: What every JSON answer of the wire says it is.
JSON: Final = {"Content-Type": "application/json; charset=UTF-8"}

#: Addresses that one request may have told of its end.
URIS_MAX: Final = 5

Base64 = Annotated[
    str, Meta(description="Standard or URL-safe base64.", extra_json_schema={"contentEncoding": "base64"})
]
Timestamp = Annotated[
    str,
    Meta(
        description="RFC 3339, UTC, in microseconds.",
        examples=["2026-05-17T08:00:00.123000Z"],
        extra_json_schema={"format": "date-time"},
    ),
]


class Picture(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"):
    """A picture, inline."""

    bytes_base64_encoded: Base64
    mime_type: Annotated[str, Meta(description="image/jpeg, image/png or image/webp; the bytes decide.")] | None = None


class ReferenceImage(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"):
    """A picture of something that the video shows."""

    image: Picture
    reference_type: Annotated[str, Meta(description="asset, in any case of letters.")] | None = None


class SourceVideo(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"):
    """The video to go on from: an earlier output's uri, or its bytes."""

    uri: Annotated[str | None, Meta(description="Uri of an earlier output, or files/ and its id.")] = None
    encoded_video: Annotated[Base64 | None, Meta(description="The bytes, as SDKs send them.")] = None
    bytes_base64_encoded: Annotated[Base64 | None, Meta(description="The bytes.")] = None
    encoding: Annotated[str | None, Meta(description="video/mp4.")] = None
    mime_type: Annotated[str | None, Meta(description="video/mp4.")] = None


class Instance(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"):
    """What the video shows and starts from."""

    prompt: Annotated[str | None, Meta(description="What the video shows; English works best.")] = None
    image: Annotated[Picture | None, Meta(description="The frame to start from.")] = None
    last_frame: Annotated[Picture | None, Meta(description="The frame to end with; only together with image.")] = None
    reference_images: Annotated[
        Annotated[list[ReferenceImage], Meta(max_length=3)] | None,
        Meta(description="Up to 3 pictures of things that the video shows; 8 seconds."),
    ] = None
    video: Annotated[SourceVideo | None, Meta(description="The video to go on from.")] = None


class Parameters(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"):
    """How the video is made."""

    aspect_ratio: Annotated[
        str | None, Meta(description="16:9 (default) or 9:16; animatic makes 1:1, 4:3 and 3:4 too.")
    ] = None
    resolution: Annotated[
        str | None, Meta(description="720p (default), 1080p or 4k, as far as the model has them.")
    ] = None
    duration_seconds: Annotated[
        int | float | None, Meta(description="Seconds, as a number: 4, 6 or 8 (default); Veo 2 makes 5 to 8.")
    ] = None
    negative_prompt: Annotated[
        str | None, Meta(description="What the video must not show. At most 500 characters.")
    ] = None
    person_generation: Annotated[
        str | None,
        Meta(
            description="allow_all, allow_adult or dont_allow, in any case of letters, as the model and the mode allow."
        ),
    ] = None
    sample_count: Annotated[int | None, Meta(description="How many videos; 1 by default.")] = None
    seed: Annotated[int | None, Meta(description="0 to 4294967295. The same request and seed give the same video.")] = (
        None
    )
    enhance_prompt: Annotated[bool | None, Meta(description="Let the model rewrite the prompt.")] = None


class WebhookConfig(
    Struct,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename={"user_metadata": "userMetadata", "user_metadata_snake": "user_metadata"},
):
    """Where the end of the operation is told."""

    uris: Annotated[list[str], Meta(max_length=URIS_MAX, description="http or https.")] = []
    user_metadata: Annotated[dict[str, Any] | None, Meta(description="Comes back with the event.")] = None
    user_metadata_snake: Annotated[dict[str, Any], Meta(description="As the Python SDK spells it.")] | None = None


class PredictRequest(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"):
    """A video to make."""

    instances: Annotated[
        list[Instance],
        Meta(min_length=1, max_length=1, description="One instance: prompt, image, lastFrame, referenceImages, video."),
    ]
    parameters: Annotated[
        Parameters | None,
        Meta(
            description="aspectRatio, resolution, durationSeconds (a number), negativePrompt, personGeneration, "
            "sampleCount, seed, enhancePrompt."
        ),
    ] = None
    webhook_config: Annotated[WebhookConfig | None, Meta(description="Addresses that hear of the end.")] = None


class EventData(Struct, kw_only=True):
    """The operation that an event is about, and what came of it."""

    id: Annotated[str, Meta(examples=["models/veo-3.1-generate-preview/operations/ld6i6vp968tt"])]
    output_file_uri: str | UnsetType = UNSET
    file_name: str | UnsetType = UNSET
    #: The same as output_file_uri, as an earlier page calls it.
    video_uri: str | UnsetType = UNSET
    error_code: int | UnsetType = UNSET
    error_message: str | UnsetType = UNSET


class WebhookEvent(Struct, kw_only=True):
    """What a webhook is told of the end of an operation."""

    type: Literal["video.generated", "video.failed"]
    version: Literal["v1"]
    timestamp: Timestamp
    data: EventData
    user_metadata: Raw | UnsetType = UNSET


SubscribedEvents = Annotated[
    list[str], Meta(min_length=1, max_length=20, description="video.generated, and video.failed, an extension.")
]


class WebhookRequest(Struct, kw_only=True, omit_defaults=True):
    """A webhook to register."""

    subscribed_events: SubscribedEvents
    uri: Annotated[str, Meta(description="http or https.")]
    name: Annotated[str | None, Meta(description="For people. At most 200 characters.")] = None


class WebhookChange(Struct, kw_only=True, omit_defaults=True):
    """What of a webhook is to be another."""

    subscribed_events: SubscribedEvents | None = None
    uri: Annotated[str | None, Meta(description="http or https.")] = None
    name: Annotated[str | None, Meta(description="For people. At most 200 characters.")] = None
    state: Annotated[
        Literal["enabled", "disabled", "disabled_due_to_failed_deliveries"] | None,
        Meta(description="enabled or disabled."),
    ] = None


class WebhookChangeQuery(Struct, kw_only=True):
    """Which fields count."""

    update_mask: Annotated[str | None, Meta(description="Names, separated by commas; all that stand there.")] = None


class WebhooksQuery(Struct, kw_only=True):
    """Which part of the list: it has one page."""

    page_size: Annotated[int, Meta(ge=0, le=1000)] = 0
    page_token: str | None = None


class SigningSecret(Struct, kw_only=True):
    """A secret that signs, without what would let one sign."""

    truncated_secret: str
    expire_time: Timestamp | UnsetType = UNSET


class Webhook(Struct, kw_only=True):
    """A registered webhook."""

    id: str
    name: str | UnsetType = UNSET
    uri: str
    subscribed_events: list[str]
    state: Literal["enabled", "disabled", "disabled_due_to_failed_deliveries"]
    create_time: Timestamp
    update_time: Timestamp
    #: Shown once, when it is registered.
    new_signing_secret: str | UnsetType = UNSET
    signing_secrets: list[SigningSecret] | UnsetType = UNSET


class WebhooksAnswer(Struct, kw_only=True):
    """The registered webhooks."""

    webhooks: list[Webhook]


class RotateRequest(Struct, kw_only=True):
    """How long the secret that is replaced signs beside its successor: for a day, unless it is revoked at once."""

    revocation_behavior: Annotated[
        str | None, Meta(description="What becomes of the old secret; one that says immediate revokes it at once.")
    ] = None


class RotateAnswer(Struct, kw_only=True):
    """The new secret, shown once."""

    secret: str


class EmptyAnswer(Struct, kw_only=True):
    """Done."""


class OperationError(Struct, kw_only=True):
    """Why an operation failed: a number of google.rpc.Code."""

    code: int
    message: str


class GeneratedVideo(Struct, kw_only=True):
    """Where a video can be downloaded, with the key."""

    uri: str


class GeneratedSample(Struct, kw_only=True):
    """One video."""

    video: GeneratedVideo


class GenerateVideoResponse(Struct, kw_only=True, rename="camel"):
    """The videos, and how many of them the engine's policy kept back."""

    generated_samples: list[GeneratedSample] | UnsetType = UNSET
    rai_media_filtered_count: int | UnsetType = UNSET
    rai_media_filtered_reasons: list[str] | UnsetType = UNSET


class PredictResponse(
    Struct,
    kw_only=True,
    rename="camel",
    tag_field="@type",
    tag="type.googleapis.com/google.ai.generativelanguage.v1beta.PredictLongRunningResponse",
):
    """What an operation led to."""

    generate_video_response: GenerateVideoResponse


class OperationAnswer(Struct, kw_only=True):
    """An operation; nothing but its name until it is done."""

    name: Annotated[str, Meta(examples=["models/veo-3.1-generate-preview/operations/ld6i6vp968tt"])]
    done: Literal[True] | UnsetType = UNSET
    error: OperationError | UnsetType = UNSET
    response: PredictResponse | UnsetType = UNSET


class FileQuery(Struct, kw_only=True):
    """How a file is wanted."""

    alt: Annotated[str, Meta(description="media, for the bytes; they come whatever it says.")] | None = None


class VideoMetadata(Struct, kw_only=True, rename="camel"):
    """What is known of a video."""

    video_duration: Annotated[str, Meta(description="Seconds.", examples=["8s"])]


class FileAnswer(Struct, kw_only=True, rename="camel"):
    """A file that was generated."""

    name: Annotated[str, Meta(examples=["files/zsmxt6ue9jk1"])]
    mime_type: str
    size_bytes: Annotated[str, Meta(description="A number, as text.")]
    create_time: Timestamp
    update_time: Timestamp
    sha256_hash: str
    uri: str
    download_uri: str
    state: Literal["ACTIVE"]
    source: Literal["GENERATED"]
    video_metadata: VideoMetadata | UnsetType = UNSET


class ModelsQuery(Struct, kw_only=True, rename="camel"):
    """Which part of the list."""

    page_size: Annotated[int, Meta(ge=0, le=1000, description="Models to return; 0 for the default.")] = 50
    page_token: Annotated[str, Meta(description="The nextPageToken of the page before.")] | None = None


class ModelAnswer(Struct, kw_only=True, rename="camel"):
    """A model."""

    name: Annotated[str, Meta(examples=["models/veo-3.1-generate-preview"])]
    version: str
    display_name: str
    description: str
    input_token_limit: int
    output_token_limit: int
    supported_generation_methods: list[str]


class ModelsAnswer(Struct, kw_only=True, rename="camel"):
    """Models."""

    models: list[ModelAnswer]
    next_page_token: str | UnsetType = UNSET


class ErrorInfo(Struct, kw_only=True, tag_field="@type", tag="type.googleapis.com/google.rpc.ErrorInfo"):
    """What went wrong, for programs."""

    reason: str
    domain: str
    metadata: dict[str, str]


class FieldViolation(Struct, kw_only=True):
    """What is wrong with one field."""

    field: str
    description: str


class BadRequest(
    Struct, kw_only=True, rename="camel", tag_field="@type", tag="type.googleapis.com/google.rpc.BadRequest"
):
    """Every field that is wrong."""

    field_violations: list[FieldViolation]


class RetryInfo(
    Struct, kw_only=True, rename="camel", tag_field="@type", tag="type.googleapis.com/google.rpc.RetryInfo"
):
    """When to try again."""

    retry_delay: Annotated[str, Meta(description="Seconds.", examples=["5s"])]


class ErrorDetail(Struct, kw_only=True):
    """What went wrong: the HTTP status, a sentence and the name of a google.rpc.Code."""

    code: int
    message: str
    status: str
    details: list[ErrorInfo | BadRequest | RetryInfo] | UnsetType = UNSET


class ErrorBody(Struct, kw_only=True):
    """An error."""

    error: ErrorDetail
