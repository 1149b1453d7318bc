"""Colours: BT.709 limited range, and grades that differ."""

import numpy as np
import pytest

from reelgate.engines.animatic.drawing.colour import grade_of, hexa, luminance, mix, to_yuv
from reelgate.engines.animatic.scene import Look


def test_white_black_and_red_land_where_bt709_puts_them() -> None:
    """Limited range: 16 to 235, chroma around 128."""
    yuv = to_yuv(np.array([[1, 1, 1], [0, 0, 0], [1, 0, 0]], np.float32))
    want = np.array([(235.0, 128.0, 128.0), (16.0, 128.0, 128.0), (62.56, 102.34, 240.0)])
    assert np.allclose(yuv, want, atol=0.1)


def test_mixing_and_reading_colours() -> None:
    """Half way is half way, and a code reads as its bytes."""
    assert mix((0.0, 0.0, 0.0), (1.0, 0.5, 0.0), 0.5) == (0.5, 0.25, 0.0)
    assert hexa("ff8000") == (1.0, 128 / 255, 0.0)
    assert luminance((1.0, 1.0, 1.0)) == pytest.approx(1.0)


def test_every_look_grades_its_own_way() -> None:
    """No two looks give the same colours; noir gives greys."""
    swatch = np.random.default_rng(3).random((40, 3), dtype=np.float32)
    graded = {look: grade_of(look)(swatch) for look in Look}
    for look, colours in graded.items():
        assert colours.shape == swatch.shape
        for other, others in graded.items():
            assert look is other or float(np.abs(colours - others).mean()) > 0.02
    noir = graded[Look.NOIR]
    assert np.allclose(noir[:, 0], noir[:, 2])
