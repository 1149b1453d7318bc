"""Four-legged animals from one skeleton: horse, deer, dog, cat, bear.

Each function draws one moment of a cycle (beat 0 to 1) with the pen; see `pen` for units.
"""

from dataclasses import dataclass

import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, hexa
from reelgate.engines.animatic.drawing.pen import Pen, Spot, joint, placed, stride, wave

_EYE = hexa("141018")


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """Proportions of a four-legged animal."""

    #: Body outline, clockwise from the rump's top.
    body: tuple[Spot, ...]
    hips: tuple[Spot, Spot]
    #: Length of upper and lower leg, widths at top, knee and foot.
    legs: tuple[float, float]
    widths: tuple[float, float, float]
    #: Neck from shoulder to poll, widths there.
    neck: tuple[Spot, Spot]
    neck_widths: tuple[float, float]
    #: Head outline around the poll, facing right.
    head: tuple[Spot, ...]
    head_turn: float
    reach: float
    lift: float
    foot: Colour | None = None


HORSE = Build(
    body=(
        (-0.44, -0.74),
        (-0.3, -0.83),
        (-0.02, -0.77),
        (0.22, -0.83),
        (0.38, -0.74),
        (0.42, -0.58),
        (0.3, -0.46),
        (0.02, -0.45),
        (-0.22, -0.5),
        (-0.4, -0.52),
        (-0.48, -0.64),
    ),
    hips=((0.3, -0.54), (-0.36, -0.58)),
    legs=(0.3, 0.3),
    widths=(0.13, 0.06, 0.045),
    neck=((0.3, -0.68), (0.56, -1.06)),
    neck_widths=(0.3, 0.13),
    head=(
        (-0.05, -0.06),
        (0.06, -0.07),
        (0.2, 0.03),
        (0.29, 0.1),
        (0.29, 0.15),
        (0.22, 0.17),
        (0.12, 0.13),
        (0.02, 0.1),
        (-0.06, 0.05),
    ),
    head_turn=0.45,
    reach=0.2,
    lift=0.13,
)
DEER = Build(
    body=(
        (-0.34, -0.7),
        (-0.22, -0.76),
        (0.0, -0.72),
        (0.2, -0.77),
        (0.31, -0.7),
        (0.32, -0.57),
        (0.2, -0.49),
        (-0.02, -0.5),
        (-0.2, -0.53),
        (-0.33, -0.56),
        (-0.38, -0.64),
    ),
    hips=((0.23, -0.56), (-0.28, -0.6)),
    legs=(0.3, 0.32),
    widths=(0.1, 0.038, 0.028),
    neck=((0.24, -0.67), (0.42, -1.0)),
    neck_widths=(0.2, 0.085),
    head=(
        (-0.05, -0.05),
        (0.05, -0.06),
        (0.15, 0.01),
        (0.21, 0.05),
        (0.2, 0.09),
        (0.12, 0.09),
        (0.02, 0.07),
        (-0.05, 0.04),
    ),
    head_turn=0.3,
    reach=0.17,
    lift=0.12,
)
DOG = Build(
    body=(
        (-0.46, -0.66),
        (-0.3, -0.74),
        (0.0, -0.7),
        (0.24, -0.75),
        (0.4, -0.66),
        (0.4, -0.46),
        (0.24, -0.36),
        (0.0, -0.42),
        (-0.22, -0.48),
        (-0.42, -0.48),
        (-0.5, -0.58),
    ),
    hips=((0.3, -0.46), (-0.38, -0.54)),
    legs=(0.25, 0.25),
    widths=(0.15, 0.08, 0.07),
    neck=((0.32, -0.62), (0.48, -0.86)),
    neck_widths=(0.26, 0.2),
    head=(
        (-0.14, -0.06),
        (-0.04, -0.15),
        (0.08, -0.13),
        (0.13, -0.05),
        (0.27, -0.02),
        (0.31, 0.04),
        (0.26, 0.1),
        (0.1, 0.12),
        (-0.06, 0.12),
    ),
    head_turn=0.05,
    reach=0.19,
    lift=0.12,
)
CAT = Build(
    body=(
        (-0.42, -0.56),
        (-0.26, -0.62),
        (0.0, -0.58),
        (0.22, -0.6),
        (0.34, -0.54),
        (0.34, -0.4),
        (0.2, -0.32),
        (0.0, -0.33),
        (-0.2, -0.36),
        (-0.38, -0.38),
        (-0.46, -0.46),
    ),
    hips=((0.25, -0.4), (-0.34, -0.44)),
    legs=(0.2, 0.22),
    widths=(0.13, 0.075, 0.065),
    neck=((0.28, -0.52), (0.4, -0.68)),
    neck_widths=(0.22, 0.18),
    head=(
        (-0.14, 0.0),
        (-0.1, -0.12),
        (0.0, -0.16),
        (0.1, -0.12),
        (0.15, -0.02),
        (0.13, 0.08),
        (0.02, 0.13),
        (-0.1, 0.1),
    ),
    head_turn=0.0,
    reach=0.14,
    lift=0.08,
)
BEAR = Build(
    body=(
        (-0.56, -0.6),
        (-0.42, -0.76),
        (-0.12, -0.78),
        (0.16, -0.86),
        (0.38, -0.78),
        (0.46, -0.58),
        (0.36, -0.36),
        (0.06, -0.28),
        (-0.28, -0.3),
        (-0.5, -0.34),
        (-0.6, -0.46),
    ),
    hips=((0.3, -0.42), (-0.4, -0.44)),
    legs=(0.23, 0.22),
    widths=(0.26, 0.18, 0.16),
    neck=((0.3, -0.66), (0.52, -0.7)),
    neck_widths=(0.42, 0.28),
    head=(
        (-0.14, -0.1),
        (0.0, -0.17),
        (0.11, -0.12),
        (0.16, -0.03),
        (0.28, 0.03),
        (0.29, 0.1),
        (0.2, 0.14),
        (0.0, 0.15),
        (-0.14, 0.1),
    ),
    head_turn=0.12,
    reach=0.17,
    lift=0.1,
)

_STEPS = ((0.0, 0.5), (0.25, 0.75))


def _leg(pen: Pen, build: Build, beat: float, which: int, shift: float, *, near: bool) -> None:
    hip = build.hips[which]
    offset = 0.03 if near else -0.02
    foot_x, foot_y = stride(beat, shift, build.reach, build.lift)
    start = (hip[0] + offset, hip[1])
    foot = (hip[0] + offset + foot_x, foot_y - build.widths[2] * 0.4)
    bend = 1.0 if which == 1 else -1.0
    knee = joint(start, foot, build.legs[0], build.legs[1], bend)
    own = pen.own
    pen.limb([start, knee], [build.widths[0], build.widths[1]], own)
    pen.limb([knee, foot], [build.widths[1], build.widths[2]], own)
    hoof = build.foot or pen.deeper(own, 0.5)
    wide = build.widths[2]
    pen.fill(
        [
            (foot[0] - wide * 0.6, foot[1] - wide * 0.3),
            (foot[0] + wide * 0.5, foot[1] - wide * 0.3),
            (foot[0] + wide * 1.0, foot[1] + wide * 0.4),
            (foot[0] - wide * 0.6, foot[1] + wide * 0.4),
        ],
        hoof,
    )


def trunk(pen: Pen, build: Build, beat: float) -> Spot:
    """Draw legs, body and neck; give where the head goes."""
    bob = 0.018 * wave(beat * 2)
    far = pen.far(0.4)
    _leg(far, build, beat, 0, 0.5, near=False)
    _leg(far, build, beat, 1, 0.25, near=False)
    body = np.asarray(build.body) + np.array([0.0, bob])
    pen.shaded(body, pen.paler(pen.own, 0.1), pen.deeper(pen.own, 0.22))
    _leg(pen, build, beat, 1, 0.75, near=True)
    _leg(pen, build, beat, 0, 0.0, near=True)
    poll = (build.neck[1][0] + 0.01 * wave(beat), build.neck[1][1] + bob * 1.6)
    middle = ((build.neck[0][0] + poll[0]) / 2 + 0.03, (build.neck[0][1] + poll[1]) / 2 + 0.02)
    pen.limb(
        [(build.neck[0][0], build.neck[0][1] + bob), middle, poll],
        [build.neck_widths[0], sum(build.neck_widths) / 2 * 0.92, build.neck_widths[1]],
        pen.own,
    )
    return poll


def head(pen: Pen, build: Build, poll: Spot, eye: Spot) -> None:
    """Draw the head at the poll, with one eye."""
    pen.blob(placed(build.head, poll, turn=build.head_turn), pen.own)
    spot = placed([eye], poll, turn=build.head_turn)[0]
    pen.disc((float(spot[0]), float(spot[1])), 0.016, _EYE)


def horse(pen: Pen, beat: float) -> None:
    """Draw a horse with mane and tail."""
    hair = pen.deeper(pen.own, 0.6)
    flow = 0.05 * wave(beat)
    pen.limb(
        [(-0.45, -0.72), (-0.6, -0.7 + flow), (-0.68, -0.46 + flow), (-0.72 - flow, -0.26)],
        [0.05, 0.1, 0.1, 0.02],
        hair,
    )
    poll = trunk(pen, HORSE, beat)
    x, y = poll
    pen.blob(
        [
            (x + 0.04, y - 0.09),
            (x - 0.07, y - 0.06),
            (x - 0.17, y + 0.1),
            (x - 0.27, y + 0.27 + flow * 0.4),
            (x - 0.28, y + 0.33),
            (x - 0.17, y + 0.29),
            (x - 0.08, y + 0.15),
            (x - 0.01, y + 0.02),
        ],
        hair,
    )
    head(pen, HORSE, poll, (0.07, 0.0))
    for lean in (-0.01, 0.035):
        pen.fill([(x - 0.035 + lean, y - 0.04), (x + lean, y - 0.16), (x + 0.035 + lean, y - 0.045)], pen.own)
    pen.blob([(x + 0.05, y - 0.08), (x + 0.0, y - 0.1), (x + 0.03, y + 0.0), (x + 0.1, y + 0.02)], hair)


def deer(pen: Pen, beat: float) -> None:
    """Draw a stag."""
    pen.blob([(-0.35, -0.72), (-0.43, -0.7), (-0.42, -0.62), (-0.35, -0.64)], pen.paler(pen.own, 0.55))
    poll = trunk(pen, DEER, beat)
    x, y = poll
    horn = hexa("c9ad84")
    for lean in (-0.5, 0.35):
        crown = (x + 0.0 + lean * 0.04, y - 0.04)
        tips = [
            (crown[0] + lean * 0.16, y - 0.16),
            (crown[0] + lean * 0.2, y - 0.3),
            (crown[0] + lean * 0.08, y - 0.42),
        ]
        pen.bow([crown, *tips], 0.022, horn)
        for share, reach in ((0, 0.14), (1, 0.13)):
            start = tips[share]
            pen.bow([start, (start[0] + 0.05, start[1] - 0.03), (start[0] + 0.07, start[1] - reach)], 0.016, horn)
    pen.blob([(x - 0.03, y - 0.03), (x - 0.14, y - 0.09), (x - 0.1, y + 0.0)], pen.deeper(pen.own, 0.1))
    head(pen, DEER, poll, (0.05, -0.01))


def dog(pen: Pen, beat: float) -> None:
    """Draw a dog with a wagging tail."""
    wag = 0.07 * wave(beat * 2)
    pen.limb([(-0.46, -0.64), (-0.58, -0.76), (-0.66 + wag, -0.96)], [0.09, 0.07, 0.04], pen.own)
    poll = trunk(pen, DOG, beat)
    x, y = poll
    head(pen, DOG, poll, (0.07, -0.04))
    pen.disc((x + 0.3, y + 0.035), 0.03, _EYE)
    pen.blob(
        [(x - 0.06, y - 0.12), (x - 0.16, y - 0.06), (x - 0.17, y + 0.1), (x - 0.1, y + 0.14), (x - 0.03, y + 0.02)],
        pen.deeper(pen.own, 0.4),
    )
    collar = hexa("c8403c")
    pen.limb([(x - 0.17, y + 0.13), (x + 0.03, y + 0.19)], [0.045, 0.045], collar)


def cat(pen: Pen, beat: float) -> None:
    """Draw a cat with its tail up."""
    curl = 0.05 * wave(beat)
    pen.limb(
        [(-0.42, -0.52), (-0.58, -0.58), (-0.62 + curl, -0.8), (-0.52 + curl * 2, -0.98)],
        [0.08, 0.07, 0.065, 0.04],
        pen.own,
    )
    poll = trunk(pen, CAT, beat)
    x, y = poll
    for lean in (-0.085, 0.075):
        pen.fill(
            [
                (x + lean - 0.055, y - 0.07),
                (x + lean + (0.0 if lean < 0 else 0.02), y - 0.23),
                (x + lean + 0.055, y - 0.1),
            ],
            pen.own,
        )
    head(pen, CAT, poll, (0.06, -0.03))
    pen.fill([(x + 0.135, y + 0.005), (x + 0.16, y + 0.0), (x + 0.15, y + 0.025)], hexa("d98a8a"))


def bear(pen: Pen, beat: float) -> None:
    """Draw a bear."""
    poll = trunk(pen, BEAR, beat)
    x, y = poll
    for lean in (-0.1, 0.04):
        pen.disc((x + lean, y - 0.14), 0.055, pen.deeper(pen.own, 0.15))
    head(pen, BEAR, poll, (0.1, -0.04))
    nose = placed([(0.28, 0.05)], poll, turn=0.12)[0]
    pen.disc((float(nose[0]), float(nose[1])), 0.03, _EYE)
