"""Between orders and the OpenAI Videos wire. Pure; called by `engine`."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from reelgate.core.errors import EngineFailed, EngineRefused
from reelgate.core.media import frame_size
from reelgate.core.task import Role
from reelgate.core.upstream import (
    Done,
    Failed,
    HttpCall,
    HttpReply,
    OutputCall,
    RemoteOrder,
    Running,
    Unknown,
    UpstreamStatus,
    one_input,
    shortened,
)
from reelgate.engines.openai_videos.wire import ErrorAnswer, Video

#: Fields beyond OpenAI's own that servers of the wire take; each is sent where the operator says so.
EXTENSIONS: Final = ("seed", "negative_prompt", "audio")
_SUFFIXES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
#: What servers call it; "processing" and "running" are not OpenAI's own.
_RUNNING: Final = frozenset({"queued", "pending", "in_progress", "processing", "running"})
_DONE: Final = frozenset({"completed", "succeeded"})
_FAILED: Final = frozenset({"failed", "error", "cancelled", "canceled"})
#: `error.code` of a content policy, and words of servers without codes.
_POLICY: Final = ("moderation", "content_filter", "content_policy", "safety", "engine_refused")

_video = msgspec.json.Decoder(Video)
_error = msgspec.json.Decoder(ErrorAnswer)


def to_fields(order: RemoteOrder, extensions: frozenset[str]) -> dict[str, str]:
    """Return the plain fields of a create, as every server of the wire reads them."""
    spec = order.spec
    width, height = frame_size(spec.resolution, spec.aspect_ratio)
    fields = {
        "model": order.model,
        "prompt": spec.prompt,
        "seconds": str(spec.duration_s),
        "size": f"{width}x{height}",
    }
    if "seed" in extensions and spec.seed is not None:
        fields["seed"] = str(spec.seed)
    if "negative_prompt" in extensions and spec.negative_prompt:
        fields["negative_prompt"] = spec.negative_prompt
    if "audio" in extensions:
        fields["audio"] = "true" if spec.audio else "false"
    return fields


def to_form(order: RemoteOrder, extensions: frozenset[str]) -> tuple[str, bytes]:
    """Return the content type and the bytes of a create as a form, which every server of the wire reads."""
    boundary = f"reelgate-{order.reference}"
    parts = [
        f'--{boundary}\r\ncontent-disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in to_fields(order, extensions).items()
    ]
    first = one_input(order.inputs, Role.FIRST_FRAME)
    if first is not None:
        name = f"first_frame.{_SUFFIXES.get(first.media_type, 'bin')}"
        parts += [
            f'--{boundary}\r\ncontent-disposition: form-data; name="input_reference"; filename="{name}"\r\n'
            f"content-type: {first.media_type}\r\n\r\n".encode(),
            first.content,
            b"\r\n",
        ]
    return f"multipart/form-data; boundary={boundary}", b"".join([*parts, f"--{boundary}--\r\n".encode()])


def read_video(reply: HttpReply) -> Video | None:
    """Return the job in an answer, or None when there is none."""
    try:
        video = _video.decode(reply.body)
    except msgspec.DecodeError:
        return None
    return video if video.id else None


def to_status(video: Video, content: HttpCall) -> UpstreamStatus:
    """Return what a job's status means; `content` fetches its video."""
    status = (video.status or "").lower()
    if status in _RUNNING:
        progress = video.progress
        return Running(progress=None if progress is None else max(0, min(99, int(progress))))
    if status in _DONE:
        return Done(outputs=(OutputCall(call=content),))
    if status in _FAILED:
        return Failed(error=to_error(video.error))
    return Unknown(reason=f"unknown status {shortened(status, 40)!r}")


def to_error(error: Any) -> EngineRefused | EngineFailed:
    """Return why a job failed."""
    code, message = _said(error)
    if any(word in code.lower() for word in _POLICY):
        return EngineRefused(message or "The engine's content policy refused the request.")
    return EngineFailed(message or "The upstream's job has failed.")


def read_message(reply: HttpReply) -> tuple[str, str]:
    """Return the code and the message of an answer that is no video; empty where there are none."""
    try:
        answer = _error.decode(reply.body)
    except msgspec.DecodeError:
        return "", shortened(reply.body[:300].decode("utf-8", "replace"))
    for told in (answer.error, answer.detail, answer.message):
        if told:
            return _said(told)
    return "", ""


def _said(told: Any) -> tuple[str, str]:
    if isinstance(told, Mapping):
        return str(told.get("code") or ""), shortened(str(told.get("message") or ""))
    return "", shortened(str(told)) if told else ""
