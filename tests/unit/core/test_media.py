"""Sizes of videos."""

import pytest

from reelgate.core.media import frame_count, frame_size, length_s
from reelgate.core.task import AspectRatio, InlineSource, Input, Mode, Resolution, Role, StoredSource, TaskSpec


@pytest.mark.parametrize(
    ("resolution", "ratio", "size"),
    [
        (Resolution.P720, AspectRatio.WIDE, (1280, 720)),
        (Resolution.P720, AspectRatio.TALL, (720, 1280)),
        (Resolution.P720, AspectRatio.SQUARE, (720, 720)),
        (Resolution.P720, AspectRatio.STANDARD, (960, 720)),
        (Resolution.P720, AspectRatio.PORTRAIT, (720, 960)),
        (Resolution.P1024, AspectRatio.WIDE, (1792, 1024)),
        (Resolution.P1024, AspectRatio.TALL, (1024, 1792)),
        (Resolution.P1024, AspectRatio.STANDARD, (1364, 1024)),
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


@pytest.mark.parametrize(
    ("mode", "source_s", "added_s", "length"),
    [
        (Mode.TEXT_TO_VIDEO, None, None, 8),
        (Mode.EXTEND, 8.0, None, 16),
        (Mode.EXTEND, 8.0, 7, 15),
        (Mode.EXTEND, 5.3, 7, 127 / 24 + 7),
        (Mode.EXTEND, 0.001, 7, 1 / 24 + 7),
        (Mode.EXTEND, None, 7, 8),
        (Mode.UPSCALE, 148.0, None, 148),
    ],
)
def test_a_video_of_a_video_is_as_long_as_both(
    mode: Mode, source_s: float | None, added_s: int | None, length: float
) -> None:
    """In whole frames; what is not known to have a length is as long as was asked."""
    stored = StoredSource(
        object_key="x",
        media_type="video/mp4",
        size_bytes=1,
        sha256="00",
        width_px=1280,
        height_px=720,
        duration_s=source_s,
    )
    inputs = (Input(role=Role.SOURCE_VIDEO, source=stored, field="video"),)
    spec = TaskSpec(mode=mode, model="veo-3.1", prompt="x", inputs=inputs, added_s=added_s)
    assert length_s(spec) == pytest.approx(length)


def test_a_picture_is_no_source_video() -> None:
    """Neither is a video that is not stored yet."""
    source = InlineSource(content=b"x")
    inputs = (Input(role=Role.SOURCE_VIDEO, source=source, field="video"),)
    spec = TaskSpec(mode=Mode.EXTEND, model="veo-3.1", prompt="x", inputs=inputs)
    assert spec.source_video is None
    assert length_s(spec) == 8
