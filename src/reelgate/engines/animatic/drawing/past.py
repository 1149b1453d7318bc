"""How a shot goes on past its planned end: what was painted for its length turns back within what was painted.

Pure numbers, in seconds. Up to the end and at it nothing differs from the plan, neither place nor speed, so that a
continuation joins the shot without a jump or a jolt. The stage calls it.
"""

import math
from typing import Final

#: How long figures, and clouds, take to turn.
TURN_S: Final = 1.6
DRIFT_TURN_S: Final = 1.2
#: The camera brakes for this share of the shot, but not for longer than so many seconds.
_BRAKE_SHARE: Final = 0.12
_BRAKE_MAX_S: Final = 1.0
#: Frames up to so many rows have margins for that; in taller ones the same way is more pixels.
_ROWS: Final = 800
#: A full sway of the camera: back, and here again.
_SWAY_S: Final = 18.0


def swing(t: float, length: float, turn: float) -> tuple[float, bool]:
    """Give how far along the shot it is at `t`, and whether it is on its way back.

    It goes to and fro between 0 and `length`, and a little further while it turns.
    """
    if t <= length:
        return t, False
    turn = min(turn, length)
    x = (t - length) % (2 * (length + turn))
    if x < turn:
        return length + x - x * x / turn, x > turn / 2
    if x < turn + length:
        return length - (x - turn), True
    x -= turn + length
    if x < turn:
        return x * x / turn - x, x < turn / 2
    return x - turn, False


def rest(t: float, length: float, sway: float, rows: int) -> float:
    """Give how far along its way the camera is at `t`, in a frame of so many rows.

    It comes to rest, then sways back by a share of its way.
    """
    brake = min(_BRAKE_MAX_S, _BRAKE_SHARE * length) * min(1.0, _ROWS / rows)
    x = t - length
    if x < brake:
        return length + x - x * x / (2 * brake)
    return length + brake / 2 - sway * length * (1 - math.cos(2 * math.pi * (x - brake) / _SWAY_S)) / 2
