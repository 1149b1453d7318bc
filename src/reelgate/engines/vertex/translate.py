"""Between orders and Vertex AI's Veo wire. Pure; called by `engine`."""

import base64
import urllib.parse
from typing import Final

import msgspec

from reelgate.core.task import Mode, Role
from reelgate.core.upstream import (
    Done,
    Failed,
    HttpCall,
    HttpReply,
    Output,
    OutputBytes,
    OutputCall,
    Place,
    RemoteInput,
    RemoteOrder,
    Running,
    Unknown,
    UpstreamStatus,
    one_input,
    shortened,
)
from reelgate.engines.vertex.errors import operation_error, with_categories
from reelgate.engines.vertex.wire import (
    ErrorAnswer,
    Instance,
    Media,
    Operation,
    Parameters,
    PredictRequest,
    Reference,
    Response,
    Status,
)

#: What a place may say beside its address.
PROJECT: Final = "project"
LOCATION: Final = "location"
#: gs://bucket/prefix that videos are put under, instead of into the answer.
STORAGE_URI: Final = "storage_uri"
#: Where buckets are read; of tests.
STORAGE_URL: Final = "storage_url"

VIDEO_MAX_BYTES: Final = 2_000_000_000
VIDEO_S: Final = 600.0
_SILENT: Final = "veo-2"

_operation = msgspec.json.Decoder(Operation)
_error = msgspec.json.Decoder(ErrorAnswer | list[ErrorAnswer])


def to_request(order: RemoteOrder, place: Place) -> PredictRequest:
    """Return the body of a submit, with every field where Google's own SDK puts it."""
    spec = order.spec
    references = [Reference(image=_media(i)) for i in order.inputs if i.role is Role.REFERENCE]
    storage_uri = place.settings.get(STORAGE_URI)
    return PredictRequest(
        instances=[
            Instance(
                prompt=spec.prompt,
                image=_input(order, Role.FIRST_FRAME),
                last_frame=_input(order, Role.LAST_FRAME),
                video=_input(order, Role.SOURCE_VIDEO),
                reference_images=references or None,
            )
        ],
        parameters=Parameters(
            sample_count=spec.samples,
            storage_uri=f"{storage_uri.rstrip('/')}/{order.reference}/" if storage_uri else None,
            duration_seconds=spec.extension_s if spec.mode is Mode.EXTEND else spec.duration_s,
            seed=spec.seed,
            aspect_ratio=spec.aspect_ratio.value,
            resolution=None if order.model.startswith(_SILENT) else spec.resolution.value,
            person_generation=spec.person_generation.value if spec.person_generation else None,
            negative_prompt=spec.negative_prompt,
            enhance_prompt=spec.enhance_prompt,
            generate_audio=None if order.model.startswith(_SILENT) else spec.audio,
        ),
    )


def _input(order: RemoteOrder, role: Role) -> Media | None:
    found = one_input(order.inputs, role)
    return None if found is None else _media(found)


def _media(item: RemoteInput) -> Media:
    return Media(bytes_base64_encoded=base64.b64encode(item.content).decode(), mime_type=item.media_type)


def read_operation(reply: HttpReply) -> Operation | None:
    """Return the operation in an answer, or None when there is none."""
    try:
        return _operation.decode(reply.body)
    except msgspec.DecodeError:
        return None


def read_error(reply: HttpReply) -> Status:
    """Return what an answer that is no operation says; some front ends wrap it in an array."""
    try:
        answer: ErrorAnswer | list[ErrorAnswer] = _error.decode(reply.body)
    except msgspec.DecodeError:
        return Status(message=shortened(reply.body[:300].decode("utf-8", "replace")))
    if isinstance(answer, list):
        return answer[0].error if answer else Status()
    return answer.error


def retry_delay_s(error: Status) -> float | None:
    """Return the seconds of a RetryInfo, or None."""
    for detail in error.details:
        text = str(detail.get("retryDelay", ""))
        if text.endswith("s") and text[:-1].replace(".", "", 1).isdecimal():
            return float(text[:-1])
    return None


def to_status(operation: Operation, place: Place) -> UpstreamStatus:
    """Return what an operation means."""
    if not operation.done:
        return Running()
    if operation.error is not None:
        return Failed(error=operation_error(operation.error.code, operation.error.message))
    response = operation.response or Response()
    outputs = []
    for video in response.videos:
        output = _output(video.gcs_uri, video.bytes_base64_encoded, place)
        if output is None:
            return Unknown(reason="a video in no carrier that is known")
        outputs.append(output)
    reasons = tuple(with_categories(reason) for reason in response.rai_media_filtered_reasons)
    return Done(outputs=tuple(outputs), filtered=max(0, response.rai_media_filtered_count), reasons=reasons)


def _output(gcs_uri: str | None, encoded: str | None, place: Place) -> Output | None:
    if encoded:
        try:
            return OutputBytes(content=base64.b64decode(encoded, validate=True))
        except ValueError:
            return None
    bucket, slash, name = (gcs_uri or "").removeprefix("gs://").partition("/")
    if not (gcs_uri or "").startswith("gs://") or not bucket or not slash or not name:
        return None
    root = place.settings.get(STORAGE_URL, "https://storage.googleapis.com")
    path = f"/storage/v1/b/{urllib.parse.quote(bucket, safe='')}/o/{urllib.parse.quote(name, safe='')}?alt=media"
    return OutputCall(
        call=HttpCall(method="GET", url=f"{root}{path}", total_s=VIDEO_S, reply_max_bytes=VIDEO_MAX_BYTES)
    )
