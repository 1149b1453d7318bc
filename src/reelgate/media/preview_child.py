"""Draws previews: a picture as WebP, a video as a sheet of frames or its first one.

Runs in a limited child alone, because it imports codecs. `media.previews` and `media.inspect` have it called.
"""

import io
from collections.abc import Iterator
from typing import Any, Final

import av
import av.error
from PIL import Image

from reelgate.kit.child_wire import ChildError, Emit
from reelgate.media.video_child import probe_video

UNREADABLE: Final = "unreadable"

#: A sheet has so many frames across and down; its first is the video's first.
TILES_ACROSS: Final = 4
TILES_DOWN: Final = 4
#: The longer side of each.
TILE_PX: Final = 320
THUMBNAIL_PX: Final = 1280
#: Above this it is quicker to look for a key frame than to decode what lies between.
_SEEK_OVER_S: Final = 2.0
_WEBP_QUALITY: Final = 85
_JPEG_QUALITY: Final = 85


def to_webp(argument: dict[str, Any], _emit: Emit) -> bytes:
    """Return the picture at `argument["path"]` as WebP.

    Raises:
        ChildError: `UNREADABLE`.

    """
    content = io.BytesIO()
    try:
        with Image.open(argument["path"], formats=["JPEG"]) as picture:
            picture.convert("RGB").save(content, "WEBP", quality=_WEBP_QUALITY)
    except (OSError, SyntaxError, ValueError) as error:
        raise ChildError(UNREADABLE, "is damaged or no picture") from error
    return content.getvalue()


def draw_spritesheet(argument: dict[str, Any], _emit: Emit) -> bytes:
    """Return frames of the video at `argument["path"]`, evenly spaced from its first on, row by row as one JPEG.

    Raises:
        ChildError: `UNREADABLE`.

    """
    try:
        with av.open(argument["path"], options={"protocol_whitelist": "file"}) as container:
            sheet = _draw_tiles(container)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise ChildError(UNREADABLE, "is damaged or no video") from error
    content = io.BytesIO()
    sheet.save(content, "JPEG", quality=_JPEG_QUALITY)
    return content.getvalue()


def probe_and_draw(argument: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """Return the `facts` of the video at `argument["path"]`, as `video_child.probe_video`, and its first frame.

    The frame is a JPEG, `thumbnail`, its longer side at most `THUMBNAIL_PX`.

    Raises:
        ChildError: `UNREADABLE`.

    """
    facts = probe_video(argument, emit)
    content = io.BytesIO()
    try:
        with av.open(argument["path"], options={"protocol_whitelist": "file"}) as container:
            frame = next(container.decode(video=0))
            scale = min(1.0, THUMBNAIL_PX / max(frame.width, frame.height))
            width, height = (max(2, round(side * scale / 2) * 2) for side in (frame.width, frame.height))
            picture = Image.fromarray(frame.to_ndarray(width=width, height=height, format="rgb24"))
    except (av.error.FFmpegError, ValueError, IndexError, StopIteration) as error:
        raise ChildError(UNREADABLE, "is damaged or no video") from error
    picture.save(content, "JPEG", quality=_JPEG_QUALITY)
    return {"facts": facts, "thumbnail": content.getvalue()}


def _draw_tiles(container: av.container.InputContainer) -> Image.Image:
    video = container.streams.video[0]
    scale = TILE_PX / max(video.width, video.height)
    # Even sizes, as scalers like them.
    width, height = (max(2, round(side * scale / 2) * 2) for side in (video.width, video.height))
    sheet = Image.new("RGB", (TILES_ACROSS * width, TILES_DOWN * height))
    for number, frame in enumerate(_frames(container, video, TILES_ACROSS * TILES_DOWN)):
        place = (number % TILES_ACROSS * width, number // TILES_ACROSS * height)
        sheet.paste(Image.fromarray(frame.to_ndarray(width=width, height=height, format="rgb24")), place)
    return sheet


def _frames(container: av.container.InputContainer, video: av.VideoStream, count: int) -> Iterator[av.VideoFrame]:
    """Yield `count` frames, each the one that is shown at its time."""
    if not video.duration or not video.time_base:
        raise ChildError(UNREADABLE, "does not say how long it is")
    duration_s = float(video.duration * video.time_base)
    half_frame_s = 0.5 / float(video.average_rate or 24)
    decoded = container.decode(video)
    frame = next(decoded, None)
    if frame is None:
        raise ChildError(UNREADABLE, "holds no frame")
    for number in range(count):
        wanted_s = duration_s * number / count
        if wanted_s - frame.time > _SEEK_OVER_S:
            container.seek(int(wanted_s / video.time_base), stream=video, backward=True)
            decoded = container.decode(video)
            frame = next(decoded, frame)
        while frame.time + half_frame_s < wanted_s:
            following = next(decoded, None)
            if following is None:
                break
            frame = following
        yield frame
