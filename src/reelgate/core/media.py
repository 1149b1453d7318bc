"""Sizes and limits of pictures and videos. Pure; the one place that says how large something may be."""

from typing import Final

from reelgate.core.task import AspectRatio, Resolution

#: Frames per second of everything that reelgate makes itself, as Veo's output is.
FRAME_RATE: Final = 24

#: An input picture may be this large, as stored (20 MB, as Veo3Gen and Google document) and as decoded.
IMAGE_SIZE_MAX_BYTES: Final = 20_000_000
IMAGE_PIXELS_MAX: Final = 64_000_000

#: Input pictures that are accepted, by media type, with the file suffix they are stored under.
IMAGE_TYPES: Final = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}

_SHORT_SIDE_PX: Final = {Resolution.P720: 720, Resolution.P1080: 1080, Resolution.UHD: 2160}
_RATIO: Final = {
    AspectRatio.WIDE: (16, 9),
    AspectRatio.TALL: (9, 16),
    AspectRatio.SQUARE: (1, 1),
    AspectRatio.STANDARD: (4, 3),
    AspectRatio.PORTRAIT: (3, 4),
}


def frame_size(resolution: Resolution, aspect_ratio: AspectRatio) -> tuple[int, int]:
    """Return (width, height) in pixels of a video; both are even."""
    short = _SHORT_SIDE_PX[resolution]
    across, down = _RATIO[aspect_ratio]
    scale = min(across, down)
    return short * across // scale, short * down // scale


def frame_count(duration_s: int) -> int:
    """Return how many frames a video of `duration_s` whole seconds has."""
    return duration_s * FRAME_RATE
