"""Looks at files that may be hostile: pictures of callers, videos of engines.

Only the first bytes are judged in this process; everything else happens in a child (`picture_child`, `video_child`),
whose modules this one must never import, only name. Services and the worker call it.
"""

import pathlib
from dataclasses import dataclass, field
from typing import Any, Final

from reelgate.core.errors import EngineFailed, EngineTimeout, InputTooLarge, InputUnreadable, ServerBusy
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES, VIDEO_SIZE_MAX_BYTES
from reelgate.kit.children import ChildCrashed, ChildFailed, ChildPool, ChildTimeout, ChildUnavailable, Limits
from reelgate.media.previews import PREVIEW_CHILD

#: What a pool should preload to look at pictures, and at videos.
PICTURE_CHILD: Final = "reelgate.media.picture_child"
VIDEO_CHILD: Final = "reelgate.media.video_child"

#: 64 megapixels take 256 MB decoded, a second time while they are turned or converted, and a third while written.
_PICTURE_LIMITS: Final = Limits(
    memory_bytes=1_200_000_000, cpu_s=30, wall_s=60, file_bytes=0, answer_bytes=IMAGE_SIZE_MAX_BYTES + 65_536
)
_VIDEO_LIMITS: Final = Limits(memory_bytes=1_000_000_000, cpu_s=60, wall_s=120, file_bytes=0)

_READ: Final = "JPEG, PNG and WebP are read"
_VIDEOS_READ: Final = "MP4, MOV, WebM, Matroska, AVI, MPEG, FLV and WMV are read"
#: A stranger's video comes along, and is held twice while it is looked at.
_INPUT_VIDEO_LIMITS: Final = Limits(memory_bytes=1_200_000_000, cpu_s=60, wall_s=120, file_bytes=0)
#: How videos begin, by offset.
_VIDEO_STARTS: Final = (
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (4, b"moov", "video/quicktime"),
    (4, b"mdat", "video/quicktime"),
    (4, b"wide", "video/quicktime"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"\0\0\1\xba", "video/mpeg"),
    (0, b"\0\0\1\xb3", "video/mpeg"),
    (0, b"FLV\1", "video/x-flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-wmv"),
)
_PICTURE_BRANDS: Final = (b"hei", b"hev", b"mif1", b"msf1", b"avif", b"avis", b"crx")
_MATROSKA: Final = b"\x1a\x45\xdf\xa3"
#: How other files begin that people take for pictures, by offset.
_OTHERS: Final = (
    (0, b"GIF8", "a GIF"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftyphev", "a HEIC picture"),
    (4, b"ftypmif1", "a HEIF picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", "a video"),
    (0, b"II*\0", "a TIFF picture"),
    (0, b"MM\0*", "a TIFF picture"),
    (0, b"BM", "a BMP picture"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"<", "a text such as SVG or HTML"),
    (0, b"\xef\xbb\xbf<", "a text such as SVG or HTML"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A readable picture."""

    #: The whole file, plain and upright: the caller's own, or a new one where that was not.
    upright: bytes = field(repr=False)
    #: Of `upright`.
    media_type: str
    #: As shown.
    width_px: int
    height_px: int


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoFacts:
    """What a video file holds."""

    width_px: int
    height_px: int
    duration_s: float
    frames: int
    #: Frames per second on average.
    frame_rate: float
    #: FFmpeg's names.
    video_codec: str
    pixel_format: str | None
    audio_codec: str | None
    container: str

    @property
    def has_audio(self) -> bool:
        """Whether there is sound, silent or not."""
        return self.audio_codec is not None


def sniff_picture(content: bytes) -> str | None:
    """Return the media type that a file begins like: image/jpeg, image/png, image/webp or None. Pure."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def sniff_video(content: bytes) -> str | None:
    """Return the media type of `core.media.VIDEO_TYPES` that a file begins like, or None. Pure."""
    if content[4:8] == b"ftyp" and content[8:12].startswith(_PICTURE_BRANDS):
        return None
    for offset, start, media_type in _VIDEO_STARTS:
        if content.startswith(start, offset):
            return media_type
    if content.startswith(_MATROSKA):
        return "video/webm" if b"webm" in content[:64] else "video/x-matroska"
    # A transport stream has a sign every 188 bytes.
    if content[:1] == content[188:189] == content[376:377] == b"G":
        return "video/mp2t"
    return None


async def inspect_video(content: bytes, *, field: str, children: ChildPool) -> tuple[str, VideoFacts]:
    """Find out in a child whether a caller's video is whole, and return its media type and what it holds.

    May be repeated.

    Args:
        content: the file; what the caller says about its type does not count.
        field: the wire's name of it, for messages.
        children: a pool of children.

    Raises:
        InputTooLarge: more bytes, pixels or seconds than `core.media` allows.
        InputUnreadable: no video, or damaged, or more than the child could bear.
        ServerBusy: no child could be started.

    """
    if len(content) > VIDEO_SIZE_MAX_BYTES:
        raise InputTooLarge(field, f"has more than {VIDEO_SIZE_MAX_BYTES // 1_000_000} MB")
    media_type = sniff_video(content)
    if media_type is None:
        raise InputUnreadable(field, _name_no_video(content))
    argument = {"content": content, "media_type": media_type}
    try:
        facts = await children.call(f"{VIDEO_CHILD}:look_at_video", argument, limits=_INPUT_VIDEO_LIMITS)
    except ChildFailed as error:
        kind = InputTooLarge if error.code == "too_large" else InputUnreadable
        raise kind(field, error.message) from error
    except ChildUnavailable as error:
        raise ServerBusy("The server cannot look at videos right now.") from error
    except (ChildCrashed, ChildTimeout) as error:
        raise InputUnreadable(field, "cannot be decoded") from error
    return media_type, VideoFacts(**facts)


async def inspect_picture(content: bytes, *, field: str, children: ChildPool) -> Picture:
    """Decode a caller's picture in a child and return it plain and upright. May be repeated.

    Args:
        content: the file; what the caller says about its type does not count.
        field: the wire's name of it, for messages.
        children: a pool that should preload `PICTURE_CHILD`.

    Raises:
        InputTooLarge: more than 20 MB or 64 megapixels.
        InputUnreadable: no JPEG, PNG or WebP, or damaged, or more than the child could bear.
        ServerBusy: no child could be started.

    """
    if len(content) > IMAGE_SIZE_MAX_BYTES:
        raise InputTooLarge(field, f"has more than {IMAGE_SIZE_MAX_BYTES // 1_000_000} MB")
    media_type = sniff_picture(content)
    if media_type is None:
        raise InputUnreadable(field, _name_stranger(content))
    argument = {"content": content, "media_type": media_type}
    try:
        facts = await children.call(f"{PICTURE_CHILD}:look_at_picture", argument, limits=_PICTURE_LIMITS)
    except ChildFailed as error:
        kind = InputTooLarge if error.code == "too_large" else InputUnreadable
        raise kind(field, error.message) from error
    except ChildUnavailable as error:
        raise ServerBusy("The server cannot look at pictures right now.") from error
    except (ChildCrashed, ChildTimeout) as error:
        raise InputUnreadable(field, "cannot be decoded") from error
    return Picture(
        upright=content if facts["upright"] is None else facts["upright"],
        media_type=facts["media_type"],
        width_px=facts["width_px"],
        height_px=facts["height_px"],
    )


async def probe_video(path: pathlib.Path, *, children: ChildPool) -> VideoFacts:
    """Read what a video file holds, in a child, and find out whether it is whole. May be repeated.

    Args:
        path: a local file.
        children: a pool that should preload `VIDEO_CHILD`.

    Raises:
        EngineFailed: it is missing, damaged, cut off or no video.
        EngineTimeout: reading it took too long.
        ServerBusy: no child could be started.

    """
    return VideoFacts(**await _look_at(f"{VIDEO_CHILD}:probe_video", path, children))


async def inspect_delivery(path: pathlib.Path, *, children: ChildPool) -> tuple[VideoFacts, bytes]:
    """Read what a video file holds, as `probe_video` does, and draw its first frame as a JPEG, in one child."""
    answer = await _look_at(f"{PREVIEW_CHILD}:probe_and_draw", path, children)
    return VideoFacts(**answer["facts"]), bytes(answer["thumbnail"])


async def _look_at(function: str, path: pathlib.Path, children: ChildPool) -> Any:
    try:
        return await children.call(function, {"path": str(path)}, limits=_VIDEO_LIMITS)
    except ChildUnavailable as error:
        raise ServerBusy("The server cannot look at videos right now.") from error
    except ChildTimeout as error:
        raise EngineTimeout("The engine's video took too long to check.") from error
    except ChildFailed as error:
        raise EngineFailed(f"The engine's video {error.message}.") from error
    except ChildCrashed as error:
        raise EngineFailed("The engine's video cannot be decoded.") from error


def _name_no_video(content: bytes) -> str:
    if not content:
        return "is empty"
    what = "a picture" if sniff_picture(content) or content.startswith(b"GIF8") else "no video"
    return f"is {what}; {_VIDEOS_READ}"


def _name_stranger(content: bytes) -> str:
    if not content:
        return "is empty"
    for offset, start, name in _OTHERS:
        if content.startswith(start, offset):
            return f"is {name}; {_READ}"
    return f"is not a picture; {_READ}"
