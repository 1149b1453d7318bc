"""Sizes of videos."""

import pytest

from reelgate.core.media import frame_count, frame_size
from reelgate.core.task import AspectRatio, Resolution


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        (Resolution.P720, AspectRatio.WIDE, (1280, 720)),
        (Resolution.P720, AspectRatio.TALL, (720, 1280)),
        (Resolution.P720, AspectRatio.SQUARE, (720, 720)),
        (Resolution.P720, AspectRatio.STANDARD, (960, 720)),
        (Resolution.P720, AspectRatio.PORTRAIT, (720, 960)),
        (Resolution.P1080, AspectRatio.WIDE, (1920, 1080)),
        (Resolution.P1080, AspectRatio.TALL, (1080, 1920)),
        (Resolution.UHD, AspectRatio.WIDE, (3840, 2160)),
    ],
)
def test_frames_have_the_usual_sizes(resolution: Resolution, ratio: AspectRatio, size: tuple[int, int]) -> None:
    """720p at 16:9 is 1280 by 720, and the others as everybody knows them."""
    assert frame_size(resolution, ratio) == size


def test_every_size_suits_the_codec() -> None:
    """H.264 with 4:2:0 needs even sides."""
    for resolution in Resolution:
        for ratio in AspectRatio:
            width, height = frame_size(resolution, ratio)
            assert width % 4 == 0
            assert height % 4 == 0


def test_eight_seconds_are_192_frames() -> None:
    """24 frames a second."""
    assert frame_count(8) == 192
