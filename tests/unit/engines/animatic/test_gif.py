"""How large and how fast a GIF is."""

import pytest

from reelgate.engines.animatic.gif import FRAMES_MAX, gif_size


@pytest.mark.parametrize(
    ("size", "frames", "made", "rate"),
    [
        ((1280, 720), 192, (480, 270), 12.5),
        ((720, 1280), 192, (270, 480), 12.5),
        ((3840, 2160), 24, (480, 270), 12.5),
        ((320, 180), 48, (320, 180), 12.5),
        ((960, 720), 60 * 24, (480, 360), 4.0),
        ((1280, 720), 148 * 24, (480, 270), 100 / 62),
    ],
)
def test_a_gif_is_of_a_sane_size(size: tuple[int, int], frames: int, made: tuple[int, int], rate: float) -> None:
    """At most 480 pixels, 12.5 frames a second and 240 frames; small clips keep their size."""
    gif = gif_size(*size, frames)
    assert (gif.width, gif.height) == made
    assert float(gif.rate) == pytest.approx(rate)
    assert float(gif.rate) * frames / 24 <= FRAMES_MAX
