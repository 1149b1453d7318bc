"""Whole shots drawn small: every word of the vocabulary has its own picture, and cameras move it as they say."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reelgate.engines.animatic.cast import plan_cast
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.drawing.stage import Stage
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.scene import (
    Camera,
    Figure,
    Look,
    Motion,
    Pace,
    Place,
    Scene,
    Shot,
    Subject,
    TimeOfDay,
    Weather,
)
from reelgate.engines.animatic.shots import build_stage, setting_of, shot_spans

_SIZE = (320, 180)
_FRAMES = 72


def _job(shot: Shot, size: tuple[int, int] = _SIZE, seed: int = 5) -> RenderJob:
    return RenderJob(
        scene=Scene(shots=(shot,), seed=seed),
        width=size[0],
        height=size[1],
        duration_s=3,
        video_path=Path("video.mp4"),
        thumbnail_path=Path("thumbnail.jpg"),
        mark=False,
    )


def _drawn(
    shot: Shot, at: Sequence[int] = (36,), *, size: tuple[int, int] = _SIZE, seed: int = 5
) -> list[NDArray[np.uint8]]:
    with ThreadPoolExecutor(2) as pool:
        stage = build_stage(_job(shot, size, seed), 0, _FRAMES, pool)
    frame = Frame(*size)
    out = []
    for index in at:
        stage.draw(frame, index)
        out.append(frame.buffer.copy())
    return out


def _differ(pictures: dict[str, NDArray[np.uint8]], least: float) -> None:
    for one, two in combinations(pictures, 2):
        change = float(np.abs(pictures[one].astype(int) - pictures[two]).mean())
        assert change > least, (one, two, change)


def test_every_place_has_its_own_picture() -> None:
    """No two places look alike."""
    _differ({place.value: _drawn(Shot(place=place))[0] for place in Place}, 2.0)


def test_every_hour_weather_and_look_can_be_seen() -> None:
    """Each changes the same place visibly."""
    _differ({time.value: _drawn(Shot(time_of_day=time))[0] for time in TimeOfDay}, 4.0)
    _differ({kind.value: _drawn(Shot(weather=kind))[0] for kind in Weather}, 0.4)
    _differ({look.value: _drawn(Shot(look=look))[0] for look in Look}, 2.0)


def test_every_figure_is_drawn_and_differs() -> None:
    """Each figure leaves its own mark on the same backdrop."""
    empty = _drawn(Shot(place=Place.STUDIO, camera=Camera.STATIC))[0]
    pictures = {}
    for figure in Figure:
        shot = Shot(place=Place.STUDIO, camera=Camera.STATIC, subjects=(Subject(figure=figure, label="thing"),))
        pictures[figure.value] = _drawn(shot)[0]
        assert float(np.abs(pictures[figure.value].astype(int) - empty).mean()) > 0.12, figure
    _differ(pictures, 0.1)


@pytest.mark.parametrize("motion", list(Motion))
def test_every_motion_moves_or_rests(motion: Motion) -> None:
    """All motions draw; those that go somewhere change the picture over time."""
    subject = Subject(figure=Figure.PERSON, label="somebody", motion=motion)
    first, last = _drawn(Shot(place=Place.STUDIO, camera=Camera.STATIC, subjects=(subject,)), (0, 60))
    change = float(np.abs(first.astype(int) - last).mean())
    assert change > 0.3 if motion in {Motion.WALK, Motion.RUN, Motion.DRIVE} else change >= 0.0


def test_counts_colours_and_sizes_show() -> None:
    """More, redder and bigger are seen."""
    one = Shot(place=Place.STUDIO, subjects=(Subject(figure=Figure.BALL, label="ball"),))
    variants = {
        "one": one,
        "many": replace(one, subjects=(replace(one.subjects[0], count=7),)),
        "crowd": replace(one, subjects=(replace(one.subjects[0], count=99),)),
        "blue": replace(one, subjects=(replace(one.subjects[0], colour=(20, 60, 230)),)),
        "big": replace(one, subjects=(replace(one.subjects[0], size=2.0),)),
    }
    _differ({name: _drawn(shot)[0] for name, shot in variants.items()}, 0.3)


@dataclass(frozen=True)
class _Seen:
    """How a picture moves, in pixels; far and near are its upper and lower part."""

    right: float
    down: float
    outward: float
    clockwise: float
    far_right: float
    near_right: float


def _flow(shot: Shot, at: tuple[int, int] = (30, 34)) -> _Seen:
    first, later = _drawn(shot, at)
    columns, rows = _SIZE
    field = cv2.calcOpticalFlowFarneback(
        first[:rows], later[:rows], np.zeros((rows, columns, 2), np.float32), 0.5, 3, 21, 4, 7, 1.5, 0
    )
    texture = cv2.GaussianBlur(np.abs(cv2.Laplacian(first[:rows], cv2.CV_32F)), (0, 0), 4)
    weight = texture > np.percentile(texture, 70)
    ys, xs = np.mgrid[0:rows, 0:columns]
    dx, dy = xs - columns / 2, ys - rows / 2
    away = np.sqrt(dx**2 + dy**2 + 1)
    x, y = field[..., 0], field[..., 1]
    return _Seen(
        right=float(x[weight].mean()),
        down=float(y[weight].mean()),
        outward=float(((x * dx + y * dy) / away)[weight].mean()),
        clockwise=float(((y * dx - x * dy) / away)[weight].mean()),
        far_right=float(x[weight & (ys < rows * 0.53)].mean()),
        near_right=float(x[weight & (ys > rows * 0.78)].mean()),
    )


_SIGNS = {
    Camera.PAN_LEFT: (1, 0, 0),
    Camera.PAN_RIGHT: (-1, 0, 0),
    Camera.TRUCK_LEFT: (1, 0, 0),
    Camera.TRUCK_RIGHT: (-1, 0, 0),
    Camera.TILT_UP: (0, 1, 0),
    Camera.TILT_DOWN: (0, -1, 0),
    Camera.CRANE_UP: (0, 1, 0),
    Camera.CRANE_DOWN: (0, -1, 0),
    Camera.PUSH_IN: (0, 0, 1),
    Camera.PULL_OUT: (0, 0, -1),
    Camera.DRIFT: (0, 0, 1),
}


@pytest.mark.parametrize(("camera", "signs"), list(_SIGNS.items()))
def test_the_picture_moves_as_the_camera_says(camera: Camera, signs: tuple[int, int, int]) -> None:
    """Optical flow: panning left makes the picture go right, tilting up makes it go down, pushing in makes it grow."""
    seen = _flow(Shot(place=Place.FOREST, camera=camera))
    for sign, moved in zip(signs, (seen.right, seen.down, seen.outward), strict=True):
        if sign:
            assert moved * sign > 0.02, (camera, moved)


def test_an_orbit_swings_the_far_and_the_near_opposite_ways() -> None:
    """What is behind the subject goes one way, what is before it the other."""
    seen = _flow(Shot(place=Place.FOREST, camera=Camera.ORBIT))
    assert seen.far_right < -0.5
    assert seen.near_right > 0.5


def test_a_truck_moves_the_near_more_than_the_far() -> None:
    """Travel has parallax, and a pan has little."""
    truck = _flow(Shot(place=Place.OPEN, camera=Camera.TRUCK_LEFT))
    pan = _flow(Shot(place=Place.OPEN, camera=Camera.PAN_LEFT))
    assert truck.near_right > 3 * truck.far_right
    assert pan.near_right < 2 * pan.far_right


def test_a_roll_turns_the_picture_against_the_camera() -> None:
    """The camera turns clockwise, and nothing shifts as much as it turns."""
    seen = _flow(Shot(place=Place.FOREST, camera=Camera.ROLL))
    assert seen.clockwise < -0.5
    assert abs(seen.right) + abs(seen.down) < 0.5 * abs(seen.clockwise)


def test_a_handheld_camera_wanders_to_and_fro() -> None:
    """It is never still, and never goes one way for long."""
    moved = [_flow(Shot(place=Place.FOREST, camera=Camera.HANDHELD), (at, at + 4)).right for at in (0, 20, 50)]
    assert all(0.05 < abs(right) < 2 for right in moved)
    assert min(moved) < 0 < max(moved)


def test_a_static_camera_sees_no_flow() -> None:
    """Not a tenth of a pixel."""
    seen = _flow(Shot(place=Place.FOREST, camera=Camera.STATIC))
    assert max(abs(seen.right), abs(seen.down), abs(seen.outward), abs(seen.clockwise)) < 0.02


def test_a_static_camera_holds_still_and_a_roll_turns() -> None:
    """Nothing but what moves by itself changes under a static camera."""
    first, last = _drawn(Shot(place=Place.DESERT, camera=Camera.STATIC), (0, 71))
    below = slice(120, 180)
    assert np.array_equal(first[below], last[below])
    first, last = _drawn(Shot(place=Place.DESERT, camera=Camera.ROLL), (0, 71))
    assert float(np.abs(first[below].astype(int) - last[below]).mean()) > 3


@pytest.mark.parametrize("camera", [Camera.STATIC, Camera.DRIFT, Camera.PUSH_IN])
def test_what_rests_is_drawn_once_and_looks_the_same(camera: Camera) -> None:
    """The far part that the camera leaves alone is kept; frames are those of drawing everything anew."""
    with ThreadPoolExecutor(2) as pool:
        kept = build_stage(_job(Shot(place=Place.FOREST, camera=camera)), 0, _FRAMES, pool)
    anew = Stage(path=kept.path, elements=kept.elements, frames=kept.frames, fps=kept.fps)
    assert kept._still is not None
    assert anew._still is None
    for index in (0, 40, 71):
        one, two = Frame(*_SIZE), Frame(*_SIZE)
        one.buffer[:] = 77
        kept.draw(one, index)
        anew.draw(two, index)
        assert np.array_equal(one.buffer, two.buffer)


def test_a_camera_that_travels_keeps_nothing() -> None:
    """Under a truck even the sky moves."""
    with ThreadPoolExecutor(2) as pool:
        stage = build_stage(_job(Shot(place=Place.FOREST, camera=Camera.TRUCK_LEFT)), 0, _FRAMES, pool)
    assert stage._still is None


def test_boats_under_water_lie_at_the_surface() -> None:
    """What floats is near the top of the frame, not on the sea floor."""
    subject = Subject(figure=Figure.BOAT, label="boat")
    empty = _drawn(Shot(place=Place.UNDERWATER, camera=Camera.STATIC))[0].astype(int)
    change = np.abs(_drawn(Shot(place=Place.UNDERWATER, camera=Camera.STATIC, subjects=(subject,)))[0] - empty)
    rows = np.flatnonzero(change[: _SIZE[1]].max(axis=1) > 40)
    assert rows[0] < _SIZE[1] * 0.15
    assert rows[-1] < _SIZE[1] * 0.75


def test_small_things_stand_on_a_table() -> None:
    """A cup on a table is higher than a cup alone."""
    cup, table = Subject(figure=Figure.CUP, label="cup"), Subject(figure=Figure.TABLE, label="table")

    def rows(*subjects: Subject) -> int:
        job = _job(Shot(place=Place.ROOM, camera=Camera.STATIC, subjects=subjects))
        return round(100 * next(part.row for part in plan_cast(setting_of(job, 0, 3.0)) if part.subject is cup))

    assert rows(cup, table) < rows(cup) - 10


def test_a_moon_that_is_asked_for_is_the_only_one() -> None:
    """The sky's own moon makes room for it."""
    moon = Subject(figure=Figure.MOON, label="moon", size=0.5)
    still = Shot(place=Place.SEA, time_of_day=TimeOfDay.NIGHT, camera=Camera.STATIC)
    columns = np.flatnonzero((_drawn(replace(still, subjects=(moon,)))[0][:90] > 200).sum(axis=0) > 3)
    assert columns[-1] - columns[0] < 60


def test_snow_covers_the_ground() -> None:
    """A meadow in the snow is not green."""
    grass, snow = (_drawn(Shot(place=Place.OPEN, weather=weather))[0] for weather in (Weather.RAIN, Weather.SNOW))
    assert float(snow[130:160].mean()) > float(grass[130:160].mean()) + 20


def test_the_earth_is_no_ringed_planet() -> None:
    """A planet called Earth has its own picture."""
    pictures = {
        label: _drawn(Shot(place=Place.SPACE, subjects=(Subject(figure=Figure.PLANET, label=label),)))[0]
        for label in ("Earth", "Saturn")
    }
    _differ(pictures, 0.5)


@pytest.mark.parametrize("size", [(180, 320), (240, 240), (320, 240), (240, 320)])
def test_every_shape_of_frame_is_filled(size: tuple[int, int]) -> None:
    """No shape leaves black edges, even at the ends of a long move."""
    for camera in (Camera.TRUCK_RIGHT, Camera.ROLL, Camera.CRANE_DOWN):
        for picture in _drawn(Shot(place=Place.OPEN, camera=camera), (0, 71), size=size):
            luma = picture[: size[1]]
            assert min(luma[:2].min(), luma[-2:].min(), luma[:, :2].min(), luma[:, -2:].min()) > 18


def test_the_seed_decides_the_arrangement() -> None:
    """The same seed gives the same bytes, another one another landscape."""
    one, again, other = (_drawn(Shot(), seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert float(np.abs(one.astype(int) - other).mean()) > 1.0


def test_titles_come_and_go() -> None:
    """A title is up in the middle of the shot and gone at its ends."""
    plain, titled = Shot(camera=Camera.STATIC), Shot(camera=Camera.STATIC, titles=("Hello",))
    for index, shown in ((0, False), (36, True), (71, False)):
        without, with_title = _drawn(plain, (index,))[0], _drawn(titled, (index,))[0]
        assert (float(np.abs(without.astype(int) - with_title).max()) > 60) is shown


def test_shots_follow_each_other_without_gaps() -> None:
    """Shares become frames that cover the whole, to the frame."""
    shots = tuple(Shot(share=share) for share in (0.25, 0.5, 0.25))
    assert shot_spans(Scene(shots=shots, seed=0), 96) == [(0, 24), (24, 72), (72, 96)]
    odd = tuple(Shot(share=1 / 3) for _ in range(3))
    spans = shot_spans(Scene(shots=odd, seed=0), 25)
    assert spans[0][0] == 0
    assert spans[-1][1] == 25
    assert all(a[1] == b[0] for a, b in pairwise(spans))


@pytest.mark.parametrize("camera", [Camera.PAN_LEFT, Camera.TRUCK_RIGHT, Camera.CRANE_UP, Camera.PULL_OUT, Camera.ROLL])
def test_past_its_end_a_shot_has_no_gaps(camera: Camera) -> None:
    """Wherever the camera comes to rest and sways, every pixel is painted."""
    job = replace(_job(Shot(camera=camera, pace=Pace.FAST), (1280, 720)), shown_s=20)
    with ThreadPoolExecutor(2) as pool:
        stage = build_stage(job, 0, _FRAMES, pool)
    frame = Frame(1280, 720)
    for index in (_FRAMES - 1, _FRAMES, _FRAMES + 6, _FRAMES + 9, _FRAMES + 30, _FRAMES + 220):
        # No scene has a luma so low.
        frame.buffer[:] = 1
        stage.draw(frame, index)
        assert frame.y.min() > 1


def test_past_its_end_a_shot_goes_on_as_it_was() -> None:
    """From one frame to the next no more changes at the planned end than before it; then travellers turn around."""
    subject = Subject(figure=Figure.DOG, label="dog", motion=Motion.RUN)
    job = replace(_job(Shot(camera=Camera.PAN_RIGHT, subjects=(subject,))), shown_s=20)
    with ThreadPoolExecutor(2) as pool:
        stage = build_stage(job, 0, _FRAMES, pool)
    frame = Frame(*_SIZE)
    seen = []
    for index in range(_FRAMES - 6, _FRAMES + 6):
        stage.draw(frame, index)
        seen.append(frame.y.astype(int))
    moves = [float(np.abs(after - before).mean()) for before, after in pairwise(seen)]
    assert moves[5] < max(moves[:5]) * 1.5
    assert not stage._moment(_FRAMES).back
    assert stage._moment(_FRAMES + 36).back


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("camera", [Camera.DRIFT, Camera.PUSH_IN, Camera.TRUCK_LEFT, Camera.ROLL])
@pytest.mark.parametrize("size", [(1280, 720), (180, 320)])
def test_nothing_of_what_a_frame_held_before_is_left(place: Place, camera: Camera, size: tuple[int, int]) -> None:
    """Every pixel is drawn, light and colour: whichever worker's frame it is, and whatever it showed."""
    shot = Shot(place=place, camera=camera, subjects=(Subject(figure=Figure.DOG, label="dog", motion=Motion.RUN),))
    with ThreadPoolExecutor(2) as pool:
        stage = build_stage(_job(shot, size), 0, _FRAMES, pool)
    for index in (0, 37, _FRAMES + 40):
        seen = []
        for before in (0, 255):
            frame = Frame(*size)
            frame.buffer[:] = before
            stage.draw(frame, index)
            seen.append(frame.buffer)
        assert np.array_equal(seen[0], seen[1])


def test_a_figure_that_leaves_the_frame_ends_no_render() -> None:
    """The camera passes it by, a strip of it at a time."""
    bridge = Subject(figure=Figure.BRIDGE, label="bridge", motion=Motion.WALK)
    for place in (Place.CITY, Place.BEACH):
        shot = Shot(place=place, pace=Pace.FAST, camera=Camera.PUSH_IN, subjects=(bridge,))
        assert len(_drawn(shot, range(0, _FRAMES + 60, 7))) == 19
