"""The bodies of Vertex AI's Veo wire, field for field. Structs only; `translate` gives them a meaning.

Sources, checked 2026-11-20: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/veo-video-generation,
the discovery document of aiplatform, and what google-genai 2.34.0 and 3.4.0 send and read in Vertex mode.

Beyond them:

- INFER: what an instance or its parameters hold beyond these fields is ignored, as both are values of any shape.
- `storageUri` is taken where the operator has mapped its bucket (`REELGATE_VERTEX_BUCKETS`), and refused elsewhere.
  INFER: below it each operation has a folder of its own, whose name is opaque, with `sample_0.mp4` and so on.
- INFER: `gcsUri` is read for a video that an operation of the same account has put there. Any other file of a bucket is
  refused, as is `pubsubTopic`: reelgate reads no bucket and has no topic.
- INFER: `labels` and `resizeMode` are taken and have no effect; `compressionQuality` takes `optimized`, `fps` takes 24.
- INFER: a picture or a video without a prompt is allowed upstream; reelgate's engines read a prompt, so a plain one
  stands in.
- INFER: an unknown operation is 404; a canceled one has failed with 1, CANCELLED, as the wire has no word for it.
- INFER: a wrong key is answered as a wrong token is, whichever header it came in.
- INFER: credits that do not suffice are an exhausted quota.
"""

from typing import Annotated, Any, Final, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

#: What every answer of the wire says it is.
JSON: Final = {"Content-Type": "application/json; charset=UTF-8"}

Base64 = Annotated[str, Meta(extra_json_schema={"contentEncoding": "base64"})]


class Picture(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A picture, inline."""

    bytes_base64_encoded: Annotated[Base64 | None, Meta(description="The bytes.")] = None
    gcs_uri: Annotated[str, Meta(description="Not available: send the bytes.")] | None = None
    mime_type: Annotated[str | None, Meta(description="The bytes decide.")] = None


class SourceVideo(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """The video to go on from, inline or as an earlier operation's."""

    bytes_base64_encoded: Annotated[Base64 | None, Meta(description="The bytes.")] = None
    gcs_uri: Annotated[str, Meta(description="A video that an earlier operation has put into a bucket.")] | None = None
    mime_type: Annotated[str | None, Meta(description="The bytes decide.")] = None


class ReferenceImage(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A picture of something that the video shows."""

    image: Picture
    reference_type: Annotated[str, Meta(description="asset, in any case of letters.")] | None = None


class Instance(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """What the video shows and starts from."""

    prompt: Annotated[str | None, Meta(description="What the video shows; English works best.")] = None
    image: Annotated[Picture | None, Meta(description="The frame to start from.")] = None
    last_frame: Annotated[Picture | None, Meta(description="The frame to end with; only together with image.")] = None
    reference_images: Annotated[
        Annotated[list[ReferenceImage], Meta(max_length=3)] | None,
        Meta(description="Up to 3 pictures of things that the video shows; 8 seconds."),
    ] = None
    video: Annotated[SourceVideo | None, Meta(description="The video to go on from.")] = None
    mask: Annotated[dict[str, Any], Meta(description="Not available.")] | None = None


class Parameters(Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """How the videos are made."""

    aspect_ratio: Annotated[
        str | None, Meta(description="16:9 (default) or 9:16; animatic makes 1:1, 4:3 and 3:4 too.")
    ] = None
    resolution: Annotated[
        str | None, Meta(description="720p (default), 1080p or 4k, as far as the model has them.")
    ] = None
    duration_seconds: Annotated[
        int | float | None, Meta(description="Seconds, as a number: 4, 6 or 8 (default); Veo 2 makes 5 to 8.")
    ] = None
    sample_count: Annotated[int | None, Meta(description="How many videos; 1 by default.")] = None
    seed: Annotated[int | None, Meta(description="0 to 4294967295. The same request and seed give the same video.")] = (
        None
    )
    negative_prompt: Annotated[
        str | None, Meta(description="What the video must not show. At most 500 characters.")
    ] = None
    person_generation: Annotated[
        str | None, Meta(description="allow_all, allow_adult, dont_allow or disallow, in any case of letters.")
    ] = None
    generate_audio: Annotated[bool | None, Meta(description="With sound; Veo 2 makes none.")] = None
    enhance_prompt: Annotated[bool | None, Meta(description="Let the model rewrite the prompt.")] = None
    compression_quality: Annotated[str | None, Meta(description="optimized; lossless is not available.")] = None
    resize_mode: Annotated[str | None, Meta(description="pad or crop, without effect.")] = None
    storage_uri: (
        Annotated[str, Meta(description="gs://bucket/folder to put the videos into, if the server maps the bucket.")]
        | None
    ) = None
    fps: Annotated[int | None, Meta(description="24.")] = None
    pubsub_topic: Annotated[str, Meta(description="Not available.")] | None = None


class PredictRequest(Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="camel"):
    """Videos to make."""

    instances: Annotated[
        list[Instance],
        Meta(min_length=1, max_length=1, description="One instance: prompt, image, lastFrame, referenceImages, video."),
    ]
    parameters: Annotated[
        Parameters | None,
        Meta(
            description="aspectRatio, resolution, durationSeconds, sampleCount, seed, negativePrompt, "
            "personGeneration, generateAudio, enhancePrompt."
        ),
    ] = None
    labels: Annotated[dict[str, str], Meta(description="Taken, without effect.")] | None = None


class FetchRequest(Struct, kw_only=True, frozen=True, rename="camel"):
    """Which operation."""

    operation_name: Annotated[str, Meta(description="The full name, as it was answered.")]


class OperationError(Struct, kw_only=True):
    """Why an operation failed: a number of google.rpc.Code."""

    code: int
    message: str


class Video(Struct, kw_only=True, rename="camel"):
    """One video, inline or in the bucket that the request named."""

    gcs_uri: str | UnsetType = UNSET
    bytes_base64_encoded: Base64 | UnsetType = UNSET
    mime_type: str


class GenerateVideoResponse(
    Struct,
    kw_only=True,
    rename="camel",
    tag_field="@type",
    tag="type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse",
):
    """The videos, and how many of them the engine's policy kept back."""

    rai_media_filtered_count: int
    rai_media_filtered_reasons: list[str] | UnsetType = UNSET
    videos: list[Video] | UnsetType = UNSET


class OperationAnswer(Struct, kw_only=True):
    """An operation; nothing but its name until it is done."""

    name: Annotated[str, Meta(description="The name of the model, /operations/ and a UUID.")]
    done: Literal[True] | UnsetType = UNSET
    error: OperationError | UnsetType = UNSET
    response: GenerateVideoResponse | UnsetType = UNSET


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
