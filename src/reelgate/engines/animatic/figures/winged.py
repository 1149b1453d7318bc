"""Animals that fly or swim: bird, eagle, butterfly, fish, whale, dragon.

Each function draws one moment of a cycle (beat 0 to 1) with the pen; see `pen` for units.
"""

from itertools import pairwise

import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, hexa
from reelgate.engines.animatic.drawing.pen import Pen, Spot, placed, wave

_EYE = hexa("141018")


def _wing(pen: Pen, root: Spot, beat: float, form: tuple[float, float, int], own: Colour) -> None:
    """Draw a feathered wing that beats: span, chord and number of fingers."""
    span, chord, fingers = form
    up = wave(beat)
    tip_up = wave(beat, -0.12)
    elbow = (root[0] - 0.04, root[1] - span * 0.46 * up - 0.03)
    tip = (root[0] - 0.22 * span, root[1] - span * (0.46 * up + 0.52 * tip_up))
    outline = [root, elbow, tip]
    for finger in range(fingers):
        share = (finger + 1) / fingers
        base = (tip[0] + (root[0] - tip[0]) * share * 0.85, tip[1] + (root[1] - tip[1]) * share * 0.85)
        outline += [
            (base[0] - chord * (0.75 + 0.35 * share), base[1] + chord * 0.24),
            (base[0] - chord * 0.45, base[1] + chord * 0.1),
        ]
    outline.append((root[0] - chord * 1.05, root[1] + 0.02))
    pen.fill(outline, own)
    pen.limb([root, elbow, tip], [chord * 0.3, chord * 0.24, chord * 0.06], pen.deeper(own, 0.12))


def bird(pen: Pen, beat: float) -> None:
    """Draw a small bird in flight."""
    bob = 0.03 * wave(beat, 0.5)
    at = (0.0, -0.5 + bob)
    _wing(pen.far(0.35), (0.06, at[1] - 0.05), beat, (0.52, 0.28, 4), pen.own)
    pen.fill(
        placed([(-0.3, -0.02), (-0.62, -0.1), (-0.56, 0.0), (-0.62, 0.08), (-0.28, 0.06)], at),
        pen.deeper(pen.own, 0.25),
    )
    pen.shaded(
        placed(
            [(-0.36, 0.0), (-0.1, -0.12), (0.18, -0.13), (0.33, -0.12), (0.38, -0.02), (0.24, 0.1), (-0.06, 0.13)], at
        ),
        pen.own,
        pen.paler(pen.own, 0.4),
    )
    pen.fill(placed([(0.36, -0.08), (0.52, -0.03), (0.36, 0.0)], at), hexa("e8a33c"))
    pen.disc((0.29, at[1] - 0.06), 0.022, _EYE)
    _wing(pen, (0.05, at[1] - 0.04), beat, (0.56, 0.3, 4), pen.deeper(pen.own, 0.12))


def eagle(pen: Pen, beat: float) -> None:
    """Draw an eagle with spread wings, soaring with slow beats."""
    at = (0.0, -0.5)
    _wing(pen.far(0.3), (0.08, at[1] - 0.04), 0.2 + 0.1 * wave(beat), (0.78, 0.3, 6), pen.own)
    pen.fill(placed([(-0.26, -0.04), (-0.6, -0.06), (-0.64, 0.03), (-0.58, 0.1), (-0.24, 0.08)], at), hexa("efe9dd"))
    pen.shaded(
        placed([(-0.34, 0.0), (-0.1, -0.1), (0.18, -0.1), (0.3, -0.05), (0.26, 0.07), (-0.06, 0.12)], at),
        pen.own,
        pen.deeper(pen.own, 0.3),
    )
    pen.blob(placed([(0.2, -0.1), (0.34, -0.13), (0.44, -0.07), (0.4, 0.02), (0.24, 0.05)], at), hexa("f4efe4"))
    pen.blob(placed([(0.4, -0.07), (0.52, -0.05), (0.53, 0.04), (0.49, 0.0), (0.4, 0.01)], at), hexa("eab23c"))
    pen.disc((0.37, at[1] - 0.06), 0.017, _EYE)
    _wing(pen, (0.06, at[1] - 0.03), 0.2 + 0.1 * wave(beat), (0.86, 0.34, 6), pen.deeper(pen.own, 0.08))


def butterfly(pen: Pen, beat: float) -> None:
    """Draw a butterfly; its wings open and close."""
    open_share = 0.35 + 0.65 * abs(wave(beat * 0.5))
    at = (0.0, -0.5)
    for side in (-1.0, 1.0):
        wide = side * open_share
        upper = [
            (0.02 * side, -0.04),
            (0.2 * wide, -0.42),
            (0.5 * wide, -0.46),
            (0.54 * wide, -0.2),
            (0.34 * wide, 0.0),
            (0.03 * side, 0.02),
        ]
        lower = [(0.02 * side, 0.0), (0.3 * wide, 0.02), (0.42 * wide, 0.2), (0.28 * wide, 0.42), (0.1 * wide, 0.3)]
        for shape, own in ((lower, pen.deeper(pen.own, 0.15)), (upper, pen.own)):
            pen.blob(placed(shape, at), pen.deeper(own, 0.72))
            centre = np.mean(np.asarray(shape), axis=0)
            pen.blob(placed((np.asarray(shape) - centre) * 0.8 + centre * 0.98, at), own)
        pen.disc((0.38 * wide, at[1] - 0.27), 0.05 * open_share, pen.paler(pen.own, 0.7), tall=0.05)
        pen.bow([(0.0, at[1] - 0.2), (0.05 * side, at[1] - 0.36), (0.13 * side, at[1] - 0.44)], 0.012, hexa("1c1418"))
    pen.limb([(0.0, at[1] - 0.22), (0.0, at[1]), (0.0, at[1] + 0.26)], [0.05, 0.07, 0.03], hexa("1c1418"))


def fish(pen: Pen, beat: float) -> None:
    """Draw a fish whose tail beats."""
    flick = 0.1 * wave(beat)
    y = -0.5
    tail = [(-0.42, y + flick * 0.3), (-0.74, y - 0.24 + flick), (-0.66, y + flick), (-0.74, y + 0.24 + flick)]
    pen.blob(tail, pen.deeper(pen.own, 0.2))
    pen.blob([(-0.16, y - 0.2), (0.06, y - 0.42), (0.22, y - 0.34), (0.26, y - 0.2)], pen.deeper(pen.own, 0.25))
    pen.blob([(-0.1, y + 0.18), (-0.14, y + 0.36), (0.08, y + 0.22)], pen.deeper(pen.own, 0.25))
    body = [
        (-0.5, y + flick * 0.4),
        (-0.24, y - 0.18),
        (0.1, y - 0.28),
        (0.42, y - 0.16),
        (0.56, y),
        (0.42, y + 0.14),
        (0.1, y + 0.24),
        (-0.24, y + 0.15),
    ]
    pen.shaded(body, pen.own, pen.paler(pen.own, 0.5))
    for x in (0.12, -0.12):
        pen.blob(
            [(x, y - 0.24), (x + 0.07, y - 0.1), (x + 0.06, y + 0.1), (x, y + 0.2), (x - 0.05, y)],
            pen.paler(pen.own, 0.62),
        )
    pen.fill([(0.16, y + 0.02), (-0.02, y + 0.14 + flick * 0.5), (0.1, y + 0.16)], pen.deeper(pen.own, 0.3))
    pen.disc((0.39, y - 0.05), 0.05, (1.0, 1.0, 1.0))
    pen.disc((0.405, y - 0.05), 0.028, _EYE)


def whale(pen: Pen, beat: float) -> None:
    """Draw a whale with a pale grooved belly."""
    flick = 0.09 * wave(beat)
    y = -0.5
    body = [
        (-1.02, y - 0.12 + flick),
        (-0.6, y - 0.16),
        (0.0, y - 0.36),
        (0.52, y - 0.36),
        (0.86, y - 0.16),
        (0.9, y + 0.04),
        (0.66, y + 0.22),
        (0.2, y + 0.3),
        (-0.3, y + 0.14),
        (-0.7, y + 0.0),
    ]
    tail = [
        (-0.96, y - 0.1 + flick),
        (-1.22, y - 0.34 + flick * 1.6),
        (-1.42, y - 0.36 + flick * 1.8),
        (-1.3, y - 0.16 + flick * 1.5),
        (-1.36, y + 0.06 + flick * 1.6),
        (-1.16, y - 0.02 + flick * 1.3),
    ]
    pen.blob(tail, pen.own)
    pen.shaded(body, pen.paler(pen.own, 0.12), pen.deeper(pen.own, 0.2))
    belly = pen.paler(pen.own, 0.68)
    pen.blob(
        [(0.88, y + 0.02), (0.6, y + 0.05), (0.2, y + 0.08), (-0.1, y + 0.17), (0.2, y + 0.28), (0.62, y + 0.2)], belly
    )
    for row in (0.1, 0.15, 0.2):
        pen.bow(
            [(0.8 - row, y + row - 0.02), (0.4, y + row + 0.02), (0.1, y + row + 0.02)], 0.008, pen.deeper(belly, 0.25)
        )
    pen.blob(
        [(0.26, y + 0.12), (0.06, y + 0.36 - flick), (-0.1, y + 0.46 - flick * 2), (-0.04, y + 0.26), (0.1, y + 0.1)],
        pen.deeper(pen.own, 0.25),
    )
    pen.disc((0.6, y - 0.0), 0.024, _EYE)


def dragon(pen: Pen, beat: float) -> None:
    """Draw a dragon in flight: serpentine neck and tail, bat wings, horns."""
    up = wave(beat)
    y = -0.56 - 0.03 * wave(beat, 0.5)
    skin, dark = pen.own, pen.deeper(pen.own, 0.45)
    _bat_wing(pen.far(0.4), (0.12, y - 0.1), up, wave(beat, -0.1))
    tail = [
        (-0.26, y + 0.05),
        (-0.55, y + 0.17),
        (-0.82, y + 0.1 + 0.04 * up),
        (-1.06, y - 0.06),
        (-1.22, y - 0.02 - 0.05 * up),
    ]
    pen.limb(tail, [0.24, 0.16, 0.1, 0.06, 0.02], skin)
    pen.fill(placed([(-0.02, 0.0), (-0.16, -0.1), (-0.12, 0.0), (-0.16, 0.1)], tail[-1]), dark)
    neck = [(0.24, y - 0.02), (0.46, y - 0.06), (0.58, y - 0.24), (0.76, y - 0.36)]
    pen.limb(neck, [0.26, 0.19, 0.14, 0.12], skin)
    pen.shaded(
        [
            (-0.34, y + 0.02),
            (-0.16, y - 0.13),
            (0.12, y - 0.15),
            (0.34, y - 0.1),
            (0.36, y + 0.06),
            (0.14, y + 0.17),
            (-0.14, y + 0.17),
        ],
        skin,
        pen.paler(skin, 0.35),
    )
    spines = [
        *tail[1:4],
        (-0.1, y - 0.12),
        (0.08, y - 0.15),
        (0.22, y - 0.12),
        (0.47, y - 0.15),
        (0.53, y - 0.25),
        (0.63, y - 0.36),
    ]
    for x, row in spines[:3]:
        pen.fill([(x - 0.05, row - 0.05), (x + 0.0, row - 0.15), (x + 0.06, row - 0.05)], dark)
    for x, row in spines[3:]:
        pen.fill([(x - 0.05, row + 0.03), (x - 0.05, row - 0.08), (x + 0.05, row + 0.02)], dark)
    _dragon_legs(pen, y)
    _dragon_head(pen, (0.78, y - 0.38))
    _bat_wing(pen, (0.08, y - 0.09), up, wave(beat, -0.1))


def _bat_wing(pen: Pen, root: Spot, up: float, tip_up: float) -> None:
    """Draw a leathery wing with three fingers and a scalloped edge."""
    x, y = root
    elbow = (x - 0.02, y - 0.3 - 0.12 * up)
    wrist = (x - 0.2, y - 0.42 - 0.22 * up)
    tips = [
        (x - 0.84, y - 0.28 - 0.5 * tip_up),
        (x - 0.72, y - 0.02 - 0.28 * tip_up),
        (x - 0.5, y + 0.06 - 0.1 * tip_up),
        (x - 0.24, y + 0.08),
    ]
    outline: list[Spot] = [root, elbow, wrist]
    for first, second in pairwise(tips):
        dip = ((first[0] + second[0]) / 2 + 0.1, (first[1] + second[1]) / 2 - 0.06)
        outline += [first, dip]
    outline += [tips[-1]]
    pen.fill(outline, pen.deeper(pen.own, 0.3))
    bone = pen.deeper(pen.own, 0.05)
    pen.limb([root, elbow], [0.08, 0.055], bone)
    pen.limb([elbow, wrist], [0.055, 0.04], bone)
    for tip in tips[:3]:
        pen.limb(
            [wrist, ((wrist[0] + tip[0]) / 2 - 0.03, (wrist[1] + tip[1]) / 2 - 0.05), tip], [0.03, 0.022, 0.008], bone
        )
    pen.fill(
        [(wrist[0] - 0.02, wrist[1]), (wrist[0] + 0.03, wrist[1] - 0.09), (wrist[0] + 0.03, wrist[1])], hexa("efe3c8")
    )


def _dragon_legs(pen: Pen, y: float) -> None:
    skin, dark = pen.own, pen.deeper(pen.own, 0.45)
    for x in (-0.16, 0.14):
        pen.limb([(x, y + 0.1), (x - 0.06, y + 0.25), (x - 0.18, y + 0.29)], [0.13, 0.07, 0.04], pen.deeper(skin, 0.15))
        pen.fill([(x - 0.16, y + 0.26), (x - 0.27, y + 0.33), (x - 0.22, y + 0.25)], dark)


def _dragon_head(pen: Pen, at: Spot) -> None:
    skin = pen.own
    for lean in (0.02, -0.04):
        pen.limb(
            [(at[0] - 0.02, at[1] + lean), (at[0] - 0.16, at[1] - 0.1 + lean), (at[0] - 0.27, at[1] - 0.1 + lean)],
            [0.05, 0.035, 0.01],
            hexa("efe3c8"),
        )
    pen.blob(
        placed(
            [
                (-0.09, -0.07),
                (0.06, -0.09),
                (0.16, -0.03),
                (0.3, -0.04),
                (0.35, 0.0),
                (0.32, 0.04),
                (0.18, 0.05),
                (0.05, 0.1),
                (-0.08, 0.08),
            ],
            at,
        ),
        skin,
    )
    pen.fill(placed([(0.03, 0.08), (0.14, 0.06), (0.29, 0.07), (0.26, 0.11), (0.12, 0.13)], at), pen.deeper(skin, 0.2))
    pen.disc((at[0] + 0.08, at[1] - 0.025), 0.022, hexa("ffd24a"))
