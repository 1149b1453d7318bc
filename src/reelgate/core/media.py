"""Sizes and limits of pictures and videos. Pure; the one place that says how large something may be."""

from typing import Final

from reelgate.core.task import AspectRatio, Mode, Resolution, TaskSpec

#: Frames per second of everything that reelgate makes itself, as Veo's output is.
FRAME_RATE: Final = 24

#: An input picture may be this large, as stored (20 MB, as Veo3Gen and Google document) and as decoded.
IMAGE_SIZE_MAX_BYTES: Final = 20_000_000
IMAGE_PIXELS_MAX: Final = 64_000_000

#: Input pictures that are accepted, by media type, with the file suffix they are stored under.
IMAGE_TYPES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}

#: An input video may be this large as stored, this long, and have frames of this many pixels (4k, either way up).
VIDEO_SIZE_MAX_BYTES: Final = 50_000_000
VIDEO_LENGTH_MAX_S: Final = 180
VIDEO_PIXELS_MAX: Final = 4096 * 2304

#: Input videos that are accepted, by media type, with the file suffix they are stored under.
VIDEO_TYPES: Final = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-msvideo": "avi",
    "video/mpeg": "mpg",
    "video/mp2t": "ts",
    "video/x-flv": "flv",
    "video/x-ms-wmv": "wmv",
}

_SHORT_SIDE_PX: Final = {Resolution.P720: 720, Resolution.P1024: 1024, Resolution.P1080: 1080, Resolution.UHD: 2160}
#: OpenAI's, whose sides are multiples of 256: 7 to 4 is its widescreen there.
_OWN_SIZES: Final = {
    (Resolution.P1024, AspectRatio.WIDE): (1792, 1024),
    (Resolution.P1024, AspectRatio.TALL): (1024, 1792),
}
_RATIO: Final = {
    AspectRatio.WIDE: (16, 9),
    AspectRatio.TALL: (9, 16),
    AspectRatio.SQUARE: (1, 1),
    AspectRatio.STANDARD: (4, 3),
    AspectRatio.PORTRAIT: (3, 4),
}


def frame_size(resolution: Resolution, aspect_ratio: AspectRatio) -> tuple[int, int]:
    """Return (width, height) in pixels of a video; both are multiples of four."""
    if own := _OWN_SIZES.get((resolution, aspect_ratio)):
        return own
    short = _SHORT_SIDE_PX[resolution]
    across, down = _RATIO[aspect_ratio]
    scale = min(across, down)
    return short * across // scale // 4 * 4, short * down // scale // 4 * 4


def length_s(spec: TaskSpec) -> float:
    """Return how many seconds the video of a spec lasts, in whole frames.

    One that goes on from another is that one and what is added to it; one that is made anew is as long as its source.
    """
    source = spec.source_video
    if source is None or source.duration_s is None or spec.mode not in (Mode.EXTEND, Mode.UPSCALE):
        return spec.duration_s
    frames = max(1, round(source.duration_s * FRAME_RATE))
    return frames / FRAME_RATE + (spec.extension_s if spec.mode is Mode.EXTEND else 0)


def frame_count(duration_s: int) -> int:
    """Return how many frames a video of `duration_s` whole seconds has."""
    return duration_s * FRAME_RATE
