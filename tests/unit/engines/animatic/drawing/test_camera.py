"""The camera's paths: which way they go, and that their bounds hold all that is shown."""

import math

import pytest

from reelgate.engines.animatic.drawing.camera import path_of
from reelgate.engines.animatic.scene import Camera, Pace


def _ends(camera: Camera) -> tuple[float, float, float, float]:
    path = path_of(camera, Pace.NORMAL, duration_s=6, aspect=1.6)
    first, last = path.at(0.0), path.at(1.0)
    near, later = first.offset(1.0), last.offset(1.0)
    return later[0] - near[0], later[1] - near[1], last.scale(1.0) - first.scale(1.0), last.roll - first.roll


def test_each_camera_goes_its_own_way() -> None:
    """Left is less x, up is less y, closer is more scale."""
    assert _ends(Camera.STATIC) == (0, 0, 0, 0)
    assert _ends(Camera.DRIFT)[2] > 0.02
    assert _ends(Camera.PUSH_IN)[2] > 0.2
    assert _ends(Camera.PULL_OUT)[2] < -0.2
    assert _ends(Camera.PAN_LEFT)[0] < -0.2 < 0.2 < _ends(Camera.PAN_RIGHT)[0]
    assert _ends(Camera.TRUCK_LEFT)[0] < -0.2 < 0.2 < _ends(Camera.TRUCK_RIGHT)[0]
    assert _ends(Camera.TILT_UP)[1] < -0.1 < 0.1 < _ends(Camera.TILT_DOWN)[1]
    assert _ends(Camera.CRANE_UP)[1] < -0.1 < 0.1 < _ends(Camera.CRANE_DOWN)[1]
    assert _ends(Camera.ROLL)[3] > 0.1


def test_a_truck_has_parallax_and_a_pan_has_little() -> None:
    """The far moves much less than the near when the camera travels."""
    for camera, most in ((Camera.TRUCK_RIGHT, 0.2), (Camera.PAN_RIGHT, 1.0)):
        view = path_of(camera, Pace.NORMAL, duration_s=6, aspect=1.6).at(1.0)
        share = view.offset(0.0)[0] / view.offset(1.0)[0]
        assert (share < most) if camera is Camera.TRUCK_RIGHT else (share > 0.5)


def test_an_orbit_keeps_the_subject_and_swings_the_rest() -> None:
    """Depth 1 stays in place while far and near go opposite ways."""
    view = path_of(Camera.ORBIT, Pace.NORMAL, duration_s=6, aspect=1.6).at(1.0)
    assert view.offset(1.0) == (0.0, 0.0)
    assert view.offset(0.0)[0] * view.offset(1.4)[0] < 0


def test_the_speed_is_that_of_the_farthest_corner() -> None:
    """Nothing for what a camera leaves alone, little for what is far, and no end where it wanders or turns."""

    def speed(camera: Camera, depth: float) -> float:
        return path_of(camera, Pace.NORMAL, duration_s=8, aspect=16 / 9).speed(depth)

    assert speed(Camera.STATIC, 1.0) == speed(Camera.DRIFT, 0.3) == 0.0
    assert 0.0 < speed(Camera.DRIFT, 0.55) < speed(Camera.DRIFT, 1.0) < speed(Camera.PUSH_IN, 1.0)
    # A truck goes its whole way in eight seconds, at most 1.28 times as fast as on average.
    path = path_of(Camera.TRUCK_LEFT, Pace.NORMAL, duration_s=8, aspect=16 / 9)
    average = abs(path.at(1.0).x - path.at(0.0).x) / 8
    assert average < path.speed(1.0) < 1.3 * average
    assert speed(Camera.HANDHELD, 0.0) == speed(Camera.ROLL, 0.0) == math.inf


@pytest.mark.parametrize("camera", list(Camera))
def test_bounds_hold_every_moment(camera: Camera) -> None:
    """No moment between the samples shows more than the bounds, but for a hair."""
    path = path_of(camera, Pace.FAST, duration_s=9, aspect=16 / 9, phase=1.3)
    for depth in (0.0, 0.5, 1.0, 1.3):
        bounds = path.bounds(depth)
        for step in range(101):
            view = path.at(step / 100)
            x, y = view.offset(depth)
            half = 0.5 / view.scale(depth)
            assert bounds.top - 0.004 <= y + 0.5 - half
            assert bounds.bottom + 0.004 >= y + 0.5 + half
            assert bounds.left - 0.004 <= x - half * 16 / 9
            assert bounds.right + 0.004 >= x + half * 16 / 9


def test_pace_and_duration_decide_how_far_it_goes() -> None:
    """Fast goes further than slow, and a long shot further than a short one."""
    slow = path_of(Camera.PAN_RIGHT, Pace.SLOW, duration_s=6, aspect=1.6)
    fast = path_of(Camera.PAN_RIGHT, Pace.FAST, duration_s=6, aspect=1.6)
    short = path_of(Camera.PAN_RIGHT, Pace.FAST, duration_s=1, aspect=1.6)
    assert fast.at(1.0).x > slow.at(1.0).x * 2
    assert fast.at(1.0).x > short.at(1.0).x
