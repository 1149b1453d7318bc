"""Laying sheets on a frame: in place, to a fraction of a pixel, and the same by every road."""

import cv2
import numpy as np
import pytest

from reelgate.engines.animatic.drawing.camera import Bounds, View
from reelgate.engines.animatic.drawing.colour import grade_of
from reelgate.engines.animatic.drawing.painter import Painter
from reelgate.engines.animatic.drawing.sheet import MARGIN, Frame, Hang, Sheet, draw_sheet
from reelgate.engines.animatic.scene import Look

_WIDTH, _HEIGHT = 640, 360


def _disc(ppu: float) -> Sheet:
    pad = MARGIN / ppu
    bounds = Bounds(left=-1.0 - pad, top=-0.1 - pad, right=1.0 + pad, bottom=1.1 + pad)
    painter = Painter(bounds, ppu, grade_of(Look.NATURAL), margin=MARGIN)
    painter.ellipse((0.1, 0.6), (0.2, 0.2), (1.0, 1.0, 1.0))
    return painter.sheet()


def _centre(frame: Frame) -> tuple[float, float]:
    light = frame.y.astype(np.float64)
    ys, xs = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    return float((light * xs).sum() / light.sum()), float((light * ys).sum() / light.sum())


@pytest.mark.parametrize("ppu", [360.0, 381.6, 430.0])
@pytest.mark.parametrize("view", [View(), View(x=0.0137, y=0.0021), View(zoom=1.09), View(roll=0.1)])
def test_a_disc_lands_where_the_view_puts_it(ppu: float, view: View) -> None:
    """Whatever the texture's resolution, within a fifth of a pixel."""
    frame = Frame(_WIDTH, _HEIGHT)
    draw_sheet(_disc(ppu), Hang(view, 1.0), frame)
    x, y = 0.1 - view.x, 0.6 - view.y - 0.5
    turned = (x * np.cos(view.roll) + y * np.sin(view.roll), -x * np.sin(view.roll) + y * np.cos(view.roll))
    want = (_WIDTH / 2 + turned[0] * view.zoom * _HEIGHT - 0.5, _HEIGHT / 2 + turned[1] * view.zoom * _HEIGHT - 0.5)
    seen = _centre(frame)
    assert abs(seen[0] - want[0]) < 0.2
    assert abs(seen[1] - want[1]) < 0.2


def test_a_slow_zoom_never_jerks() -> None:
    """The centre of a disc moves evenly, frame after frame, to a tenth of a pixel."""
    sheet, frame = _disc(381.6), Frame(_WIDTH, _HEIGHT)
    places = []
    for step in range(40):
        frame.buffer[:] = 0
        draw_sheet(sheet, Hang(View(zoom=1.0 + 0.0008 * step), 1.0), frame)
        places.append(_centre(frame))
    steps = np.diff(np.array(places), axis=0)
    assert np.abs(steps - steps.mean(axis=0)).max() < 0.25


def test_strips_and_whole_sheets_draw_the_same() -> None:
    """Skipping what is empty changes nothing that can be seen."""
    painter = Painter(Bounds(left=-1.2, top=-0.3, right=1.2, bottom=1.3), 381.6, grade_of(Look.NATURAL), margin=MARGIN)
    painter.ellipse((-0.6, 0.4), (0.1, 0.3), (0.9, 0.2, 0.1))
    painter.band([(0.7, (0.1, 0.5, 0.2)), (1.3, (0.0, 0.1, 0.0))], top=0.7)
    painter.ellipse((0.7, 0.6), (0.05, 0.2), (0.2, 0.3, 0.9))
    stripped = painter.sheet()
    whole = Sheet(
        y=stripped.y,
        u=stripped.u,
        v=stripped.v,
        hole=stripped.hole,
        hole_half=stripped.hole_half,
        left=stripped.left,
        top=stripped.top,
        ppu=stripped.ppu,
        margin=MARGIN,
    )
    assert len(stripped.strips) > 1
    one, two = Frame(_WIDTH, _HEIGHT), Frame(_WIDTH, _HEIGHT)
    for frame, sheet in ((one, stripped), (two, whole)):
        frame.buffer[:] = 120
        draw_sheet(sheet, Hang(View(zoom=1.03, x=0.01), 1.0), frame)
    assert cv2.PSNR(one.buffer, two.buffer) > 38


def test_a_spare_buffer_is_used_again() -> None:
    """The same name and shape give the same memory, others their own."""
    frame = Frame(32, 32)
    kept = frame.spare("map", (8, 4), np.float32)
    assert frame.spare("map", (8, 4), np.float32) is kept
    assert frame.spare("other", (8, 4), np.float32) is not kept
    assert frame.spare("map", (4, 8), np.float32).shape == (4, 8)
