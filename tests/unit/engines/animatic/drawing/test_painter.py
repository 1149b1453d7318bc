"""The brush: premultiplied planes, soft edges, gradients without steps."""

import numpy as np

from reelgate.engines.animatic.drawing.camera import Bounds
from reelgate.engines.animatic.drawing.colour import grade_of
from reelgate.engines.animatic.drawing.painter import Painter, dithered, smooth
from reelgate.engines.animatic.scene import Look

_BOX = Bounds(left=0.0, top=0.0, right=1.0, bottom=1.0)


def _painter() -> Painter:
    return Painter(_BOX, 100.0, grade_of(Look.NATURAL))


def test_a_polygon_covers_its_inside_only() -> None:
    """Inside is full and in colour, outside stays empty."""
    painter = _painter()
    painter.poly(np.array([(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]), (1.0, 1.0, 1.0))
    assert (painter.y[50, 50], painter.cover[50, 50], painter.u[25, 25]) == (235, 255, 128)
    assert (painter.y[5, 5], painter.cover[5, 5], painter.u[2, 2]) == (0, 0, 0)


def test_paint_is_premultiplied() -> None:
    """Half cover carries half the light, so that sheets blend with one multiplication."""
    painter = _painter()
    painter.gradient(_BOX_POINTS, [(0.0, (1.0, 1.0, 1.0)), (1.0, (1.0, 1.0, 1.0))], alpha=0.5)
    assert abs(int(painter.y[50, 50]) - 117) <= 2
    assert abs(int(painter.cover[50, 50]) - 127) <= 2


_BOX_POINTS = np.array([(-0.1, -0.1), (1.1, -0.1), (1.1, 1.1), (-0.1, 1.1)])


def test_dither_keeps_the_mean_of_a_gradient() -> None:
    """A level between two bytes comes out as both, in the right shares."""
    plane = dithered(np.full((256, 256), 100.3, np.float32))
    assert set(np.unique(plane)) <= {99, 100, 101, 102}
    assert abs(float(plane.mean()) - 100.3) < 0.12


def test_smoothing_keeps_the_points() -> None:
    """A rounded outline passes through what it was made from."""
    corners = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]
    curve = smooth(corners, steps=8)
    assert len(curve) == 32
    assert np.allclose(curve[::8], corners)
