"""How a shot goes on past its planned end: without a jump, without a jolt, and within what was painted."""

import itertools

import pytest

from reelgate.engines.animatic.drawing.past import DRIFT_TURN_S, TURN_S, rest, swing

STEP = 1 / 240


@pytest.mark.parametrize("length", [0.5, 2.0, 8.0, 60.0])
@pytest.mark.parametrize("turn", [TURN_S, DRIFT_TURN_S])
def test_a_swing_begins_as_planned_and_never_jumps(length: float, turn: float) -> None:
    """It is the time itself up to the end, then turns back and forth at no more than its own speed."""
    assert [swing(t, length, turn) for t in (0.0, length / 3, length)] == [
        (0.0, False), (length / 3, False), (length, False),
    ]  # fmt: skip
    places = [swing(length + index * STEP, length, turn)[0] for index in range(int(5 * length / STEP))]
    moves = [after - before for before, after in itertools.pairwise(places)]
    assert max(map(abs, moves)) <= STEP * 1.01
    assert max(abs(after - before) for before, after in itertools.pairwise(moves)) < STEP * 0.05
    assert -turn / 4 - 1e-9 <= min(places)
    assert max(places) <= length + turn / 4 + 1e-9


def test_whoever_travels_faces_where_it_goes() -> None:
    """It is on its way back while its place falls."""
    length = 4.0
    for index in range(1, 4000):
        t = length + index * STEP * 2
        place, back = swing(t, length, TURN_S)
        ahead, _ = swing(t + STEP / 10, length, TURN_S)
        assert back == (ahead < place) or abs(ahead - place) < STEP / 500


@pytest.mark.parametrize("length", [1.0, 8.0])
def test_the_camera_comes_to_rest_and_sways(length: float) -> None:
    """It goes on at its speed, brakes within a twentieth of its way, and never leaves it far."""
    assert rest(length, length, 0.4, 720) == length
    assert rest(length + STEP, length, 0.4, 720) - length == pytest.approx(STEP, rel=0.05)
    places = [rest(length + index * STEP, length, 0.4, 720) for index in range(int(40 / STEP))]
    assert max(places) <= length * 1.065
    assert min(places) == pytest.approx(length * 0.63, abs=length * 0.05)


def test_taller_frames_brake_sooner() -> None:
    """Their margins are as many pixels, so the way into them is shorter."""
    overshoot = [max(rest(8 + index * STEP, 8, 0.3, rows) for index in range(480)) - 8 for rows in (720, 1080, 2160)]
    assert overshoot[0] > overshoot[1] > overshoot[2]
    assert overshoot[0] * 720 >= overshoot[2] * 2160 * 0.85
