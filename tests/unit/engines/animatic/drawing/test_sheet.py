"""Sheets on a frame: where the view puts them, to a fraction of a pixel, and hidden where something nearer is."""

import numpy as np
import pytest

from reelgate.engines.animatic.drawing.camera import Bounds, View
from reelgate.engines.animatic.drawing.colour import grade_of
from reelgate.engines.animatic.drawing.frame import Frame, to_display
from reelgate.engines.animatic.drawing.painter import Painter
from reelgate.engines.animatic.drawing.sheet import MARGIN, Hang, Hung, Sheet
from reelgate.engines.animatic.scene import Look

_WIDTH, _HEIGHT = 640, 360


def _painter(ppu: float) -> Painter:
    pad = MARGIN / ppu
    bounds = Bounds(left=-1.0 - pad, top=-0.1 - pad, right=1.0 + pad, bottom=1.1 + pad)
    return Painter(bounds, ppu, grade_of(Look.NATURAL), margin=MARGIN)


def _disc(ppu: float) -> Sheet:
    painter = _painter(ppu)
    painter.ellipse((0.1, 0.6), (0.2, 0.2), (1.0, 1.0, 1.0))
    return painter.sheet()


def _lay(frame: Frame, *sheets: Sheet, view: View) -> None:
    frame.draw([Hung(sheet, Hang(view, 1.0)) for sheet in sheets])


def _centre(frame: Frame) -> tuple[float, float]:
    light = frame.y.astype(np.float64)
    ys, xs = np.mgrid[0:_HEIGHT, 0:_WIDTH]
    return float((light * xs).sum() / light.sum()), float((light * ys).sum() / light.sum())


@pytest.mark.parametrize("ppu", [360.0, 381.6, 430.0, 800.0])
@pytest.mark.parametrize("view", [View(), View(x=0.0137, y=0.0021), View(zoom=1.09), View(roll=0.1)])
def test_a_disc_lands_where_the_view_puts_it(ppu: float, view: View) -> None:
    """Whatever the texture's resolution, within a tenth of a pixel."""
    frame = Frame(_WIDTH, _HEIGHT)
    _lay(frame, _disc(ppu), view=view)
    x, y = 0.1 - view.x, 0.6 - view.y - 0.5
    turned = (x * np.cos(view.roll) + y * np.sin(view.roll), -x * np.sin(view.roll) + y * np.cos(view.roll))
    want = (_WIDTH / 2 + turned[0] * view.zoom * _HEIGHT - 0.5, _HEIGHT / 2 + turned[1] * view.zoom * _HEIGHT - 0.5)
    seen = _centre(frame)
    assert abs(seen[0] - want[0]) < 0.1
    assert abs(seen[1] - want[1]) < 0.1


def test_a_slow_zoom_never_jerks() -> None:
    """The centre of a disc moves evenly, frame after frame, to a hundredth of a pixel."""
    sheet, frame = _disc(381.6), Frame(_WIDTH, _HEIGHT)
    places = []
    for step in range(40):
        frame.buffer[:] = 0
        _lay(frame, sheet, view=View(zoom=1.0 + 0.0008 * step))
        places.append(_centre(frame))
    steps = np.diff(np.array(places), axis=0)
    assert np.abs(steps - steps.mean(axis=0)).max() < 0.01


@pytest.mark.parametrize("view", [View(), View(zoom=1.03, x=0.01, y=0.007), View(zoom=0.9), View(roll=0.1)])
@pytest.mark.parametrize("size", [(_WIDTH, _HEIGHT), (404, 720), (182, 320)])
def test_leaving_out_what_is_hidden_changes_nothing(view: View, size: tuple[int, int]) -> None:
    """Laid together, sheets give the same bytes as laid one by one."""
    far, near, ground = _painter(381.6), _painter(430.0), _painter(381.6)
    far.ellipse((-0.3, 0.5), (0.2, 0.45), (0.9, 0.2, 0.1))
    near.poly(np.array([[-1.3, 0.75], [-0.2, 0.3], [0.4, 0.62], [1.3, 0.5], [1.3, 1.4], [-1.3, 1.4]]), (0.1, 0.5, 0.2))
    ground.band([(0.7, (0.1, 0.5, 0.9)), (1.3, (0.0, 0.1, 0.0))], top=0.7)
    sheets = [far.sheet(), near.sheet(), ground.sheet()]
    together, apart = Frame(*size), Frame(*size)
    for frame in (together, apart):
        frame.buffer[:] = 120
    _lay(together, *sheets, view=view)
    for sheet in sheets:
        _lay(apart, sheet, view=view)
    assert np.array_equal(together.buffer, apart.buffer)


def test_what_is_hidden_is_not_laid() -> None:
    """Below the line of a hill, nothing that is behind it is asked for."""
    hill = _painter(381.6)
    hill.band([(0.5, (0.1, 0.5, 0.2)), (1.3, (0.0, 0.1, 0.0))], top=0.5)
    frame = Frame(_WIDTH, _HEIGHT)
    display = to_display([Hung(hill.sheet(), Hang(View(), 1.0))], _WIDTH, _HEIGHT)
    behind = frame.plan(display)
    assert 180 < behind.max() < 192


def test_a_spare_buffer_is_used_again() -> None:
    """The same name and shape give the same memory, others their own."""
    frame = Frame(32, 32)
    kept = frame.spare("map", (8, 4), np.float32)
    assert frame.spare("map", (8, 4), np.float32) is kept
    assert frame.spare("other", (8, 4), np.float32) is not kept
    assert frame.spare("map", (4, 8), np.float32).shape == (4, 8)
