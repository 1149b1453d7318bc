"""Stages: what is painted late is painted once, and what hardly moves is shared by two frames."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.camera import Path
from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.drawing.sheet import Sheet
from reelgate.engines.animatic.drawing.stage import Layer, Lazily, Stage
from reelgate.engines.animatic.scene import Camera

_WIDTH, _HEIGHT = 320, 180
_FRAMES = 48


def _sheet(value: int = 90, *, hole: int | None = None) -> Sheet:
    """Give a sheet wider than the frame, with a slanted pattern on it."""
    rows, columns = np.mgrid[0:260, 0:460]
    y: Plane = (value + 8 * ((rows + 2 * columns) // 24 % 4)).astype(np.uint8)
    half: Plane = np.full((130, 230), 120, np.uint8)
    if hole is None:
        return Sheet(y=y, u=half, v=half, hole=None, hole_half=None, left=-1.2, top=-0.2, ppu=190.0)
    gap, gap_half = np.full_like(y, hole), np.full_like(half, hole)
    return Sheet(y=y, u=half, v=half, hole=gap, hole_half=gap_half, left=-1.2, top=-0.2, ppu=190.0)


def _stage(drift: float) -> Stage:
    path = Path(camera=Camera.STATIC, amount=1.0, duration_s=2.0, aspect=_WIDTH / _HEIGHT)
    sky = Layer(sheet=_sheet(), depth=0.0)
    clouds = Layer(sheet=_sheet(40, hole=120), depth=0.0, drift=drift)
    near = Layer(sheet=_sheet(10, hole=180), depth=1.0, drift=0.2)
    stage = Stage(path=path, elements=[sky, clouds, near], frames=_FRAMES, fps=24)
    stage.settle(_WIDTH, _HEIGHT)
    return stage


def _drawn(stage: Stage, *indices: int) -> Plane:
    frame = Frame(_WIDTH, _HEIGHT)
    for index in indices:
        stage.draw(frame, index)
    return frame.buffer


def test_a_cycle_is_painted_as_it_is_shown() -> None:
    """Each sheet once, however many threads ask for it, and none before."""
    painted: list[int] = []

    def paint(place: int) -> Sheet:
        painted.append(place)
        return _sheet()

    cycle = Lazily(4, paint)
    assert (len(cycle), painted) == (4, [])
    with ThreadPoolExecutor(4) as pool:
        sheets = list(pool.map(lambda _: cycle[2], range(16)))
    assert painted == [2]
    assert all(sheet is sheets[0] for sheet in sheets)


def test_what_drifts_slowly_is_shared_by_two_frames() -> None:
    """The first of two frames is as if nothing were shared, and the second hardly differs from that."""
    stage = _stage(0.01)
    alone = Stage(path=stage.path, elements=stage.elements, frames=_FRAMES, fps=24)
    for index in (0, 6, 20):
        assert np.array_equal(_drawn(stage, index), _drawn(alone, index))
        assert cv2.PSNR(_drawn(stage, index + 1), _drawn(alone, index + 1)) > 35
    assert not np.array_equal(_drawn(stage, 21), _drawn(alone, 21))


def test_a_frame_is_the_same_whatever_was_drawn_before() -> None:
    """Workers draw any frames in any order, of any stage."""
    stage = _stage(0.01)
    other = _stage(0.012)
    want = _drawn(stage, 21)
    assert np.array_equal(_drawn(stage, 20, 21), want)
    assert np.array_equal(_drawn(stage, 3, 22, 21), want)
    frame = Frame(_WIDTH, _HEIGHT)
    other.draw(frame, 20)
    stage.draw(frame, 21)
    assert np.array_equal(frame.buffer, want)


def test_what_drifts_fast_is_drawn_in_every_frame() -> None:
    """Leaves in a storm do not stutter."""
    stage = _stage(0.1)
    alone = Stage(path=stage.path, elements=stage.elements, frames=_FRAMES, fps=24)
    assert np.array_equal(_drawn(stage, 20, 21), _drawn(alone, 21))
