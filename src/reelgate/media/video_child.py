"""Probes one video: what is in it, and whether its beginning and end can be decoded.

Runs in a limited child alone, because it imports codecs. `media.inspect` has it called.
"""

import io
from fractions import Fraction
from typing import Any, Final

import av
import av.error

from reelgate.core.media import VIDEO_LENGTH_MAX_S, VIDEO_PIXELS_MAX
from reelgate.kit.child_wire import ChildError, Emit

UNREADABLE: Final = "unreadable"
TOO_LARGE: Final = "too_large"

#: FFmpeg's names of the containers that callers may send. Only the one that the first bytes announce is tried, so that
#: no file turns out to be a playlist.
_FORMATS: Final = {
    "video/mp4": "mov",
    "video/quicktime": "mov",
    "video/webm": "matroska",
    "video/x-matroska": "matroska",
    "video/x-msvideo": "avi",
    "video/mpeg": "mpeg",
    "video/mp2t": "mpegts",
    "video/x-flv": "flv",
    "video/x-ms-wmv": "asf",
}
#: Frames a second that nothing for people exceeds.
_RATE_MAX: Final = 120


def look_at_video(argument: dict[str, Any], _emit: Emit) -> dict[str, Any]:
    """Read the facts of a stranger's video, whose bytes are `argument["content"]`; returns as `probe_video` does.

    Raises:
        ChildError: `UNREADABLE` or `TOO_LARGE`.

    """
    content, media_type = argument["content"], argument["media_type"]
    try:
        with av.open(
            io.BytesIO(content), "r", format=_FORMATS[media_type], options={"protocol_whitelist": ""}
        ) as container:
            if not container.streams.video:
                raise ChildError(UNREADABLE, "holds no moving picture")
            _refuse_giants(container)
            facts = _probe(container)
    except (av.error.FFmpegError, ValueError, OverflowError, ZeroDivisionError) as error:
        raise ChildError(UNREADABLE, "is damaged or no video") from error
    if facts["duration_s"] > VIDEO_LENGTH_MAX_S or facts["frames"] > VIDEO_LENGTH_MAX_S * _RATE_MAX:
        raise ChildError(TOO_LARGE, f"lasts longer than {VIDEO_LENGTH_MAX_S} s")
    if facts["duration_s"] <= 0:
        raise ChildError(UNREADABLE, "does not say how long it lasts")
    return facts


def _refuse_giants(container: av.container.InputContainer) -> None:
    """Refuse, before anything is decoded, what says that its frames are too large or that it is too long."""
    context = container.streams.video[0].codec_context
    if context.width * context.height > VIDEO_PIXELS_MAX:
        raise ChildError(TOO_LARGE, f"has {context.width}x{context.height} pixels, more than {VIDEO_PIXELS_MAX:,}")
    if container.duration and container.duration > VIDEO_LENGTH_MAX_S * 1_000_000:
        raise ChildError(TOO_LARGE, f"lasts longer than {VIDEO_LENGTH_MAX_S} s")


def probe_video(argument: dict[str, Any], _emit: Emit) -> dict[str, Any]:
    """Read the facts of the video file at `argument["path"]`; returns the fields of `media.inspect.VideoFacts`.

    Every packet is read, so a file that was cut off is found; only the first and the last group of pictures are
    decoded, so that an hour of video costs no more than a minute of it.

    Raises:
        ChildError: `UNREADABLE`.

    """
    try:
        # The protocol is named so that a path never becomes a URL, and a playlist leads nowhere.
        with av.open(argument["path"], options={"protocol_whitelist": "file"}) as container:
            return _probe(container)
    except (av.error.FFmpegError, ValueError) as error:
        raise ChildError(UNREADABLE, "is damaged or no video") from error


def _probe(container: av.container.InputContainer) -> dict[str, Any]:
    if not container.streams.video:
        raise ChildError(UNREADABLE, "holds no video")
    video = container.streams.video[0]
    audio = container.streams.audio[0] if container.streams.audio else None
    facts = {
        "width_px": video.codec_context.width,
        "height_px": video.codec_context.height,
        "frame_rate": float(video.average_rate or 0),
        "video_codec": video.codec_context.name,
        "pixel_format": video.codec_context.pix_fmt,
        "audio_codec": audio.codec_context.name if audio else None,
        "container": container.format.name,
    }
    frames, last_key, end_s = _count(container, video)
    promised = video.frames
    if frames == 0 or (promised and promised != frames):
        raise ChildError(UNREADABLE, "was cut off")
    _decode(container, video, start=0, frames_max=1)
    _decode(container, video, start=last_key, frames_max=None)
    length = video.duration * video.time_base if video.duration and video.time_base else end_s
    if video.average_rate and 2 * length < frames / video.average_rate:
        # Some containers give a time to a few frames alone.
        length = frames / video.average_rate
    return facts | {"frames": frames, "duration_s": float(length)}


def _count(container: av.container.InputContainer, video: av.VideoStream) -> tuple[int, int, Fraction]:
    """Return the number of frames, the time stamp of the last key frame, and where the last one ends in seconds."""
    frames, last_key, end = 0, 0, 0
    for packet in container.demux():
        if packet.is_corrupt:
            raise ChildError(UNREADABLE, "is damaged")
        if packet.size == 0 or packet.stream is not video:
            continue  # The flush at the end, or sound.
        frames += 1
        shown = packet.pts if packet.pts is not None else packet.dts or 0
        end = max(end, shown + (packet.duration or 0))
        if packet.is_keyframe:
            last_key = shown
    return frames, last_key, end * (video.time_base or Fraction(0))


def _decode(
    container: av.container.InputContainer, video: av.VideoStream, *, start: int, frames_max: int | None
) -> None:
    container.seek(start, stream=video, backward=True)
    decoded = 0
    for _ in container.decode(video):
        decoded += 1
        if decoded == frames_max:
            return
    if decoded == 0:
        raise ChildError(UNREADABLE, "cannot be decoded")
