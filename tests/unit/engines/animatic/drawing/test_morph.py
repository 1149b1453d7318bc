"""The morph: its ends are the pictures, things move between them, and the camera is back in time."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from reelgate.core.task import Understanding
from reelgate.engines.animatic.drawing.camera import View, path_of
from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.drawing.morph import Morph, MorphLayer, ease, faded_both, plan_morph, subtle_view
from reelgate.engines.animatic.drawing.picture import plain_planes
from reelgate.engines.animatic.drawing.stage import Moment, painted
from reelgate.engines.animatic.pictures import Pictures, with_pictures
from reelgate.engines.animatic.scene import Camera, Look, Pace, Scene, Shot

_SIZE = (320, 180)


def _scene(disc_x: int, colour: tuple[int, int, int] = (40, 60, 220)) -> Plane:
    """A textured ground with a disc on it."""
    rng = np.random.default_rng(7)
    noise = rng.random((45, 80, 3), dtype=np.float32)
    ground = cv2.resize(noise, _SIZE, interpolation=cv2.INTER_CUBIC) * 60 + 120
    picture = np.clip(ground, 0, 255).astype(np.uint8)
    cv2.circle(picture, (disc_x, 90), 34, colour, -1, cv2.LINE_AA)
    cv2.circle(picture, (disc_x - 8, 82), 8, (250, 250, 250), -1, cv2.LINE_AA)
    return picture


def _drawn(morph: Morph, index: int, camera: Camera = Camera.STATIC, total: int = 48) -> Plane:
    path = path_of(camera, Pace.NORMAL, duration_s=total / 24, aspect=16 / 9)
    layer = MorphLayer(morph=morph, path=path, start=0, total=total)
    frame = Frame(*_SIZE)
    moment = Moment(t=index / 24, u=index / (total - 1), view=View(lens=1.0), index=index)
    frame.draw(layer.show(moment))
    return frame.buffer


def _red(buffer: Plane) -> float:
    """Give the middle column of what is red."""
    red = cv2.cvtColor(buffer, cv2.COLOR_YUV2BGR_I420)
    mask = (red[..., 2].astype(int) - red[..., 1]) > 100
    return float(np.flatnonzero(mask.any(axis=0)).mean())


@pytest.mark.parametrize("camera", list(Camera))
def test_the_ends_are_the_pictures(camera: Camera) -> None:
    """Byte for byte, whatever the camera does between; the middle is neither."""
    first, last = _scene(90), _scene(190)
    morph = plan_morph(first, last, _SIZE, camera, 3)
    for index, picture in ((0, first), (47, last)):
        want = np.concatenate([plane.reshape(-1) for plane in plain_planes(picture)])
        assert (_drawn(morph, index, camera).reshape(-1) == want).all()
    middle = _drawn(morph, 24, camera).astype(int)
    assert min(np.abs(middle - _drawn(morph, end, camera)).mean() for end in (0, 47)) > 0.8


def test_what_moved_is_on_its_way() -> None:
    """A disc is between its two places in the middle, once and not twice."""
    morph = plan_morph(_scene(90), _scene(150), _SIZE, Camera.STATIC, 3)
    assert morph.alike > 0.3
    assert _red(_drawn(morph, 24)) == pytest.approx(120, abs=8)
    places = [_red(_drawn(morph, index)) for index in (0, 12, 24, 36, 47)]
    assert places == sorted(places)


def test_strangers_dissolve_by_seed() -> None:
    """Without flow each seed dissolves in clouds of its own, and the same seed in the same."""
    rng = np.random.default_rng(1)
    strangers = [rng.integers(0, 255, (180, 320, 3), dtype=np.uint8) for _ in range(2)]
    one, again, other = (
        _drawn(plan_morph(strangers[0], strangers[1], _SIZE, Camera.PAN_LEFT, seed), 24) for seed in (1, 1, 2)
    )
    assert (one == again).all()
    assert np.abs(one.astype(int) - other).mean() > 1


@pytest.mark.parametrize("camera", list(Camera))
def test_the_camera_s_own_move_vanishes_at_both_ends(camera: Camera) -> None:
    """It never shows anything beyond the edges between them."""
    path = path_of(camera, Pace.FAST, duration_s=8, aspect=16 / 9, phase=0.4)
    for u in (0.0, 1.0):
        view = subtle_view(path, u)
        assert (view.zoom, view.x, view.y, view.roll) == pytest.approx((1, 0, 0, 0), abs=1e-9)
    views = [subtle_view(path, u / 50) for u in range(51)]
    assert any(view.zoom > 1.02 for view in views) is (camera is not Camera.STATIC)
    for view in views:
        assert abs(view.x) <= (1 - 1 / view.zoom) * 8 / 9 + 1e-9


def test_easing_begins_and_ends_softly() -> None:
    """From 0 to 1, slow at both ends, never back."""
    values = [ease(u / 100) for u in range(101)]
    assert (values[0], values[-1]) == (0, 1)
    assert values == sorted(values)
    assert values[5] < 0.02
    assert values[95] > 0.98


def test_what_is_laid_over_is_absent_from_both_ends() -> None:
    """It comes in and leaves softly; a shot in the middle of a video has no ends."""
    frame = Frame(32, 32)

    def brighten(frame: Frame, moment: Moment) -> None:
        del moment
        frame.y[:] = 200

    def seen(index: int, **changes: Any) -> int:
        span, frames, fade = (changes.get(name, usual) for name, usual in (("span", (0, 24)), ("n", 24), ("fade", 4)))
        frame.buffer[:] = 0
        element = faded_both(lambda: painted(brighten), span, frames, fade)
        frame.draw(element.show(Moment(t=0, u=0, view=View(), index=index)))
        return int(frame.y[0, 0])

    assert [seen(index) for index in (0, 2, 12, 21, 23)] == [0, 100, 200, 100, 0]
    assert seen(0, span=(12, 24)) == 200


def test_other_sizes_have_their_own_cells() -> None:
    """A tall frame of an odd size is covered to its edges."""
    bright = np.full((324, 180, 3), 250, np.uint8)
    morph = plan_morph(bright, bright, (180, 324), Camera.STATIC, 1)
    frame = Frame(180, 324)
    path = path_of(Camera.ROLL, Pace.NORMAL, duration_s=2, aspect=180 / 324)
    layer = MorphLayer(morph=morph, path=path, start=0, total=48)
    frame.draw(layer.show(Moment(t=0.2, u=0.1, view=View(), index=5)))
    assert frame.y.min() > 200


def test_what_was_done_between_the_pictures_is_said() -> None:
    """How much follows the motion, what the camera may do, and that a look is left out."""
    scene = Scene(shots=(Shot(camera=Camera.PUSH_IN, look=Look.NOIR),), seed=1)
    read = Understanding(understood=("look: noir", "camera: push in"))
    moved = plan_morph(_scene(90), _scene(110), _SIZE, Camera.STATIC, 3)
    said = with_pictures(read, Pictures(morph=moved), scene)
    assert said.understood == ("camera: push in", "first frame: the first picture", "last frame: the last picture")
    assert said.ignored == ("look: noir (the pictures keep their colours)",)
    assert "% of them follows its motion" in said.approximated[0]
    assert said.approximated[1].startswith("camera: kept small")
    strangers = with_pictures(read, Pictures(morph=replace(moved, alike=0.0)), scene)
    assert "nothing in common" in strangers.approximated[0]
