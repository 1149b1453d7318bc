"""Between orders and the Interactions API. Pure; called by `engine`."""

import base64
import urllib.parse
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from reelgate.core.errors import EngineFailed, EngineRefused, EngineTimeout
from reelgate.core.task import Mode, Role, TaskSpec
from reelgate.core.upstream import (
    Done,
    Failed,
    HttpCall,
    HttpReply,
    Output,
    OutputBytes,
    OutputCall,
    OutputUrl,
    Place,
    RemoteOrder,
    Running,
    Unknown,
    UpstreamStatus,
    shortened,
)
from reelgate.engines.omni.wire import (
    Content,
    CreateRequest,
    ErrorAnswer,
    GenerationConfig,
    Interaction,
    Problem,
    ResponseFormat,
    VideoConfig,
)

TASKS: Final = {
    Mode.TEXT_TO_VIDEO: "text_to_video",
    Mode.IMAGE_TO_VIDEO: "image_to_video",
    Mode.REFERENCE_TO_VIDEO: "reference_to_video",
    Mode.EXTEND: "extend",
    Mode.UPSCALE: "upscale",
}
#: What pictures and videos of a request are called.
_TYPES: Final = {Role.FIRST_FRAME: "image", Role.REFERENCE: "image", Role.SOURCE_VIDEO: "video"}
VIDEO_MAX_BYTES: Final = 2_000_000_000
VIDEO_S: Final = 600.0

_RUNNING: Final = frozenset({"in_progress", "queued"})
_ENDED: Final = {
    "cancelled": EngineFailed("The upstream has canceled the interaction."),
    "incomplete": EngineFailed("The upstream has stopped before the video was finished."),
    "budget_exceeded": EngineFailed("The upstream's budget is used up."),
}
_POLICY: Final = ("safety", "policy", "blocked", "prohibited", "moderation")
_TIMEOUT: Final = ("deadline", "timeout", "timed out")

_interaction = msgspec.json.Decoder(Interaction)
_error = msgspec.json.Decoder(ErrorAnswer | list[ErrorAnswer])


def to_request(order: RemoteOrder) -> CreateRequest:
    """Return the body of a submit."""
    spec = order.spec
    media = [
        Content(type=_TYPES[item.role], data=base64.b64encode(item.content).decode(), mime_type=item.media_type)
        for item in order.inputs
        if item.role in _TYPES
    ]
    return CreateRequest(
        model=order.model,
        input=[Content(type="text", text=spec.prompt), *media] if media else spec.prompt,
        response_format=ResponseFormat(
            type="video",
            aspect_ratio=spec.aspect_ratio.value,
            resolution=spec.resolution.value,
            duration=_duration(spec),
            # Inline stops at 4 MB.
            delivery="uri",
        ),
        generation_config=GenerationConfig(video_config=VideoConfig(task=TASKS[spec.mode]), seed=spec.seed),
    )


def _duration(spec: TaskSpec) -> str | None:
    """Return the seconds that are made; an upscaled video lasts as long as it does."""
    if spec.mode is Mode.UPSCALE:
        return None
    return f"{spec.extension_s if spec.mode is Mode.EXTEND else spec.duration_s}s"


def read_interaction(reply: HttpReply) -> Interaction | None:
    """Return the interaction in an answer, or None when there is none."""
    try:
        found = _interaction.decode(reply.body)
    except msgspec.DecodeError:
        return None
    return found if found.id else None


def read_problem(reply: HttpReply) -> Problem:
    """Return what an answer that is no interaction says."""
    try:
        answer: ErrorAnswer | list[ErrorAnswer] = _error.decode(reply.body)
    except msgspec.DecodeError:
        return Problem(message=shortened(reply.body[:300].decode("utf-8", "replace")))
    if isinstance(answer, list):
        return answer[0].error if answer else Problem()
    return answer.error


def to_status(interaction: Interaction, place: Place) -> UpstreamStatus:
    """Return what an interaction means."""
    status = (interaction.status or "").lower()
    if status in _RUNNING:
        return Running()
    if status == "failed":
        return Failed(error=to_error(interaction.error))
    if status in _ENDED:
        return Failed(error=_ENDED[status])
    if status != "completed":
        return Unknown(reason=f"unknown status {shortened(status, 40)!r}")
    return _to_done(interaction, place)


def _to_done(interaction: Interaction, place: Place) -> UpstreamStatus:
    made = [piece for step in interaction.steps if step.type == "model_output" for piece in step.content]
    videos = [piece for piece in made if piece.type == "video"]
    if not videos:
        # A refusal looks like a success that has nothing but words.
        said = " ".join(piece.text for piece in made if piece.text)
        return Failed(error=EngineRefused(shortened(said, 1000))) if said else Done(outputs=())
    outputs = [_output(video, place) for video in videos]
    known = tuple(output for output in outputs if output is not None)
    return Done(outputs=known) if len(known) == len(outputs) else Unknown(reason="a video in no carrier that is known")


def _output(video: Content, place: Place) -> Output | None:
    if video.data:
        try:
            return OutputBytes(content=base64.b64decode(video.data, validate=True))
        except ValueError:
            return None
    if not video.uri:
        return None
    # The key goes nowhere but to the host that the operator named.
    if _origin(video.uri) == _origin(place.base_url):
        return OutputCall(call=HttpCall(method="GET", url=video.uri, total_s=VIDEO_S, reply_max_bytes=VIDEO_MAX_BYTES))
    return OutputUrl(url=video.uri)


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        return None
    return parts.scheme, parts.netloc.lower()


def to_error(error: Any) -> EngineFailed | EngineRefused | EngineTimeout:
    """Return why an interaction failed."""
    code = str(error.get("code") or "") if isinstance(error, Mapping) else ""
    message = shortened(str(error.get("message") or "") if isinstance(error, Mapping) else str(error or ""))
    words = f"{code} {message}".lower()
    if any(word in words for word in _POLICY):
        return EngineRefused(message or "The engine's content policy refused the request.")
    if any(word in words for word in _TIMEOUT):
        return EngineTimeout(message)
    return EngineFailed(message or "The upstream's interaction has failed.")
