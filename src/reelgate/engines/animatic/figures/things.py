"""Things that stay where they are: plants, buildings, vessels, lights, simple solids, moon and planet, cards.

Each function draws one moment of a cycle (beat 0 to 1) with the pen; see `pen` for units.
"""

import math

import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, hexa, mix
from reelgate.engines.animatic.drawing.painter import curve, ellipse
from reelgate.engines.animatic.drawing.pen import Pen, placed, wave
from reelgate.engines.animatic.drawing.terrain import crown

_LAMP = hexa("ffdc90")
_BARK = hexa("6b4a34")


def _rng(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def tree(pen: Pen, beat: float) -> None:
    """Draw a broad tree; its crown stirs."""
    sway = 0.012 * wave(beat)
    pen.limb([(0.0, 0.0), (-0.015, -0.2), (0.01, -0.46)], [0.15, 0.09, 0.07], _BARK)
    for x, y in ((-0.17, -0.56), (0.18, -0.6), (0.02, -0.66)):
        pen.limb([(0.0, -0.32), (x * 0.6, y + 0.12), (x, y)], [0.06, 0.045, 0.02], _BARK)
    rng = _rng(5)
    clumps = (
        (-0.26, -0.6, 0.17),
        (0.26, -0.62, 0.17),
        (-0.12, -0.76, 0.2),
        (0.14, -0.78, 0.19),
        (0.0, -0.6, 0.2),
        (0.01, -0.9, 0.14),
    )
    for lift, own in ((0.0, pen.deeper(pen.own, 0.35)), (-0.035, pen.own), (-0.075, pen.paler(pen.own, 0.16))):
        for x, y, radius in clumps:
            size = radius * (1.0 + lift * 5)
            pen.fill(crown(rng, x + sway * (1 - y) + lift * 0.5, y + lift, size), own)


def palm(pen: Pen, beat: float) -> None:
    """Draw a palm whose fronds sway."""
    sway = 0.03 * wave(beat)
    head = (0.12 + sway * 0.5, -0.8)
    pen.limb([(-0.06, 0.0), (-0.02, -0.3), (0.05, -0.58), head], [0.085, 0.06, 0.052, 0.045], hexa("8a6a48"))
    for row in range(8):
        share = row / 8
        x = -0.06 + 0.18 * share**1.4
        pen.bow([(x - 0.032, -0.08 - share * 0.68), (x + 0.03, -0.07 - share * 0.68)], 0.007, hexa("5f4630"))
    for index, angle in enumerate((-2.9, -2.35, -1.85, -1.3, -0.75, -0.2, 0.25, 2.9)):
        far = index % 2 == 0
        reach = 0.42
        tip = (head[0] + math.cos(angle) * reach + sway, head[1] + math.sin(angle) * reach * 0.7 + 0.13)
        middle = (head[0] + math.cos(angle) * reach * 0.55, head[1] + math.sin(angle) * reach * 0.72 - 0.035)
        spine = curve([head, middle, tip], 10)
        own = pen.deeper(pen.own, 0.3) if far else pen.own
        _frond(pen, spine, own)
    for x in (-0.03, 0.03, 0.0):
        pen.disc((head[0] + x, head[1] + 0.03 + abs(x) * 0.4), 0.028, hexa("6b4a2c"))


def _frond(pen: Pen, spine: np.ndarray, own: Colour) -> None:
    along = np.gradient(spine, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    size = np.sin(np.linspace(0.25, math.pi, len(spine)))[:, None] * 0.075
    teeth = np.where(np.arange(len(spine)) % 2 == 0, 1.0, 0.45)[:, None]
    lower = spine + np.abs(normal) * (0.35, 1.0) * size * teeth
    upper = spine - normal * size * 0.16
    pen.fill(np.concatenate([upper, lower[::-1]]), own)


def flower(pen: Pen, beat: float) -> None:
    """Draw a flower that nods."""
    sway = 0.03 * wave(beat)
    head = (0.03 + sway, -0.78)
    leaf = hexa("3f7f42")
    pen.bow([(0.0, 0.0), (-0.03, -0.34), head], 0.03, leaf)
    for side, row in ((-1.0, -0.26), (1.0, -0.4)):
        pen.blob([(-0.02, row), (0.12 * side, row - 0.14), (0.28 * side, row - 0.14), (0.14 * side, row - 0.02)], leaf)
    for ring, (count, reach, own) in enumerate(((9, 0.2, pen.deeper(pen.own, 0.18)), (9, 0.155, pen.own))):
        for index in range(count):
            angle = 2 * math.pi * (index + ring * 0.5) / count
            centre = (head[0] + math.cos(angle) * reach * 0.62, head[1] + math.sin(angle) * reach * 0.62)
            pen.disc(centre, reach * 0.5, own, tall=reach * 0.24, turn=angle)
    pen.disc(head, 0.075, hexa("e0a02c"))
    pen.disc((head[0] - 0.012, head[1] - 0.014), 0.05, hexa("f7cf5a"))


def house(pen: Pen, beat: float) -> None:
    """Draw a house with a chimney."""
    wall, roof = pen.paler(pen.own, 0.35), pen.deeper(hexa("a8503c"), 0.05)
    pen.box(0.2, -0.98, 0.31, -0.66, pen.deeper(roof, 0.3))
    pen.box(-0.46, -0.54, 0.46, 0.0, wall)
    pen.fill([(-0.56, -0.5), (-0.32, -0.88), (0.32, -0.88), (0.56, -0.5)], roof)
    for row in (0.6, 0.7, 0.8):
        reach = 0.56 - (row - 0.5) * 0.63
        pen.line([(-reach, -row), (reach, -row)], 0.008, pen.deeper(roof, 0.25))
    pen.box(-0.09, -0.32, 0.09, 0.0, pen.deeper(roof, 0.45))
    pen.disc((0.055, -0.15), 0.014, hexa("e0b050"))
    for x in (-0.32, 0.2):
        pen.box(x - 0.02, -0.42, x + 0.16, -0.16, (1.0, 1.0, 1.0))
        pane = np.array([(x, -0.4), (x + 0.14, -0.4), (x + 0.14, -0.18), (x, -0.18)])
        pen.painter.poly(pane, _LAMP if pen.lamps else pen.ink(hexa("8fb8cc")))
        pen.box(x + 0.062, -0.4, x + 0.078, -0.18, (1.0, 1.0, 1.0))
        pen.box(x, -0.298, x + 0.14, -0.282, (1.0, 1.0, 1.0))
    for puff in range(4):
        place = (beat + puff / 4) % 1.0
        pen.glow(
            (0.25 + 0.16 * place, -1.0 - 0.3 * place), 0.05 + 0.1 * place, pen.ink(hexa("f0f0f0")), 0.6 * (1 - place)
        )


def tower(pen: Pen, beat: float) -> None:
    """Draw a slender lattice tower with a deck and a beacon."""
    iron = pen.own
    pen.fill(
        [
            (-0.26, 0.0),
            (-0.1, -0.42),
            (-0.045, -0.8),
            (-0.012, -0.98),
            (0.012, -0.98),
            (0.045, -0.8),
            (0.1, -0.42),
            (0.26, 0.0),
            (0.19, 0.0),
            (0.075, -0.24),
            (0.0, -0.29),
            (-0.075, -0.24),
            (-0.19, 0.0),
        ],
        iron,
    )
    dark = pen.deeper(iron, 0.35)
    for row, half in ((-0.2, 0.2), (-0.42, 0.125), (-0.8, 0.062)):
        pen.box(-half, row - 0.018, half, row + 0.012, dark)
    for a, b, top, low in ((0.05, 0.075, -0.6, -0.44), (0.042, 0.06, -0.78, -0.62), (0.09, 0.13, -0.4, -0.22)):
        pen.line([(-b, low), (a, top)], 0.01, dark)
        pen.line([(b, low), (-a, top)], 0.01, dark)
    pen.line([(0.0, -0.96), (0.0, -1.06)], 0.012, dark)
    pen.bare(ellipse((0.0, -1.06), (0.014, 0.014)), hexa("ff5a4a"), rounded=False)
    pen.glow((0.0, -1.06), 0.08, hexa("ff5a4a"), 0.35 + 0.35 * wave(beat))


def lighthouse(pen: Pen, beat: float) -> None:
    """Draw a striped lighthouse; its light turns."""
    white, red = hexa("f4f0e6"), pen.own
    turn = wave(beat)
    for side in (-1.0, 1.0):
        reach = side * 1.5 * abs(turn)
        if side * turn > 0:
            beam = np.array([(0.0, -0.87), (reach, -1.06), (reach, -0.66), (0.0, -0.83)])
            pen.painter.soft(beam, hexa("fff0b8"), blur=0.03, alpha=0.4 if pen.lamps else 0.14)
    pen.blob([(-0.4, 0.0), (-0.3, -0.08), (0.0, -0.1), (0.32, -0.07), (0.42, 0.01), (0.0, 0.03)], hexa("6b6a70"))
    for row in range(5):
        top, low = -0.08 - 0.14 * (row + 1), -0.08 - 0.14 * row
        half_top, half_low = 0.15 - 0.014 * (row + 1), 0.15 - 0.014 * row
        pen.fill([(-half_low, low), (-half_top, top), (half_top, top), (half_low, low)], red if row % 2 == 0 else white)
        pen.fill(
            [(half_low * 0.35, low), (half_top * 0.35, top), (half_top, top), (half_low, low)],
            pen.deeper(red if row % 2 == 0 else white, 0.2),
        )
    pen.box(-0.12, -0.8, 0.12, -0.775, hexa("2c2c34"))
    pen.box(-0.065, -0.92, 0.065, -0.8, hexa("ffe9a8"))
    for x in (-0.065, 0.0, 0.055):
        pen.box(x, -0.92, x + 0.01, -0.8, hexa("2c2c34"))
    pen.glow((0.0, -0.86), 0.26, hexa("ffe9a8"), 0.7 if pen.lamps else 0.35)
    pen.blob([(-0.09, -0.92), (0.0, -1.02), (0.09, -0.92)], red)
    pen.line([(0.0, -1.0), (0.0, -1.06)], 0.012, hexa("2c2c34"))
    pen.box(-0.035, -0.2, 0.035, -0.08, hexa("4a3228"))


def windmill(pen: Pen, beat: float) -> None:
    """Draw a windmill with turning sails."""
    wall = pen.paler(pen.own, 0.3)
    pen.fill([(-0.24, 0.0), (-0.13, -0.58), (0.13, -0.58), (0.24, 0.0)], wall)
    pen.fill([(0.06, 0.0), (0.04, -0.58), (0.13, -0.58), (0.24, 0.0)], pen.deeper(wall, 0.2))
    pen.blob([(-0.155, -0.56), (-0.1, -0.7), (0.0, -0.75), (0.1, -0.7), (0.155, -0.56)], hexa("7a4a38"))
    pen.box(-0.05, -0.17, 0.05, 0.0, hexa("5a3a2a"))
    pane = np.array([(-0.035, -0.44), (0.035, -0.44), (0.035, -0.35), (-0.035, -0.35)])
    pen.painter.poly(pane, _LAMP if pen.lamps else pen.ink(hexa("5f7f90")))
    hub = (0.0, -0.63)
    for sail in range(4):
        angle = math.pi / 2 * (sail + beat)
        pen.fill(
            placed([(0.02, -0.008), (0.47, -0.008), (0.47, 0.008), (0.02, 0.008)], hub, turn=angle), hexa("5a3f2c")
        )
        pen.fill(placed([(0.1, 0.01), (0.46, 0.01), (0.46, 0.1), (0.1, 0.085)], hub, turn=angle), hexa("f4ecd8"))
        for place in (0.19, 0.28, 0.37):
            pen.line(placed([(place, 0.01), (place, 0.094)], hub, turn=angle), 0.007, hexa("8a7358"))
    pen.disc(hub, 0.03, hexa("4a3424"))


def bridge(pen: Pen, beat: float) -> None:
    """Draw a suspension bridge."""
    del beat
    steel, dark = pen.own, pen.deeper(pen.own, 0.35)
    for x in (-0.8, 0.8):
        for side in (-0.05, 0.05):
            pen.box(x + side - 0.022, -1.0, x + side + 0.022, 0.05, steel)
        for row in (-0.95, -0.72, -0.5):
            pen.box(x - 0.06, row, x + 0.06, row + 0.035, dark)
    xs = np.linspace(-0.8, 0.8, 41)
    rows = -0.36 - 0.6 * (xs / 0.8) ** 2
    pen.line(np.stack([xs, rows], axis=-1), 0.018, steel)
    for end in (-1.0, 1.0):
        pen.line([(0.8 * end, -0.96), (1.7 * end, -0.3)], 0.018, steel)
        for x in np.linspace(0.9, 1.62, 8):
            pen.line([(x * end, -0.96 + (x - 0.8) * 0.733), (x * end, -0.28)], 0.006, steel)
    for x, row in zip(xs[1:-1:2], rows[1:-1:2], strict=True):
        pen.line([(float(x), float(row)), (float(x), -0.28)], 0.006, steel)
    pen.box(-1.75, -0.3, 1.75, -0.235, dark)
    pen.box(-1.75, -0.31, 1.75, -0.29, steel)


def castle(pen: Pen, beat: float) -> None:
    """Draw a small castle with pennants."""
    flag = 0.012 * wave(beat * 2)
    stone, roof = pen.own, hexa("3f5f8f")
    for x, tall, half in ((-0.42, 0.6, 0.1), (0.42, 0.66, 0.1), (-0.14, 0.74, 0.1), (0.16, 0.86, 0.1)):
        pen.box(x - half, -tall, x + half, 0.0, stone)
        pen.box(x + half * 0.4, -tall, x + half, 0.0, pen.deeper(stone, 0.18))
        pen.box(x - half * 1.2, -tall - 0.03, x + half * 1.2, -tall + 0.01, stone)
        pen.fill([(x - half * 1.3, -tall - 0.02), (x, -tall - 0.3), (x + half * 1.3, -tall - 0.02)], roof)
        pen.line([(x, -tall - 0.29), (x, -tall - 0.4)], 0.01, pen.deeper(stone, 0.5))
        pen.fill([(x, -tall - 0.4), (x + 0.12, -tall - 0.37 + flag), (x, -tall - 0.34)], hexa("d9463c"))
        slit = np.array(
            [(x - 0.02, -tall + 0.1), (x + 0.02, -tall + 0.1), (x + 0.02, -tall + 0.2), (x - 0.02, -tall + 0.2)]
        )
        pen.painter.poly(slit, _LAMP if pen.lamps else pen.ink(pen.deeper(stone, 0.6)))
    pen.box(-0.44, -0.34, 0.44, 0.0, pen.deeper(stone, 0.08))
    for x in np.arange(-0.44, 0.42, 0.1):
        pen.box(float(x), -0.39, float(x) + 0.055, -0.33, pen.deeper(stone, 0.08))
    gate = [(-0.1, 0.0), (-0.1, -0.14), (-0.06, -0.21), (0.0, -0.23), (0.06, -0.21), (0.1, -0.14), (0.1, 0.0)]
    pen.fill(gate, hexa("4a3428"))


def bottle(pen: Pen, beat: float) -> None:
    """Draw a bottle with a label and a highlight."""
    del beat
    glass = pen.own
    outline = [
        (-0.2, 0.0),
        (-0.215, -0.05),
        (-0.215, -0.52),
        (-0.18, -0.64),
        (-0.075, -0.74),
        (-0.07, -0.92),
        (0.07, -0.92),
        (0.075, -0.74),
        (0.18, -0.64),
        (0.215, -0.52),
        (0.215, -0.05),
        (0.2, 0.0),
    ]
    pen.fill(outline, glass)
    pen.fill(
        [
            (0.09, 0.0),
            (0.11, -0.6),
            (0.04, -0.74),
            (0.035, -0.92),
            (0.07, -0.92),
            (0.075, -0.74),
            (0.18, -0.64),
            (0.215, -0.52),
            (0.215, -0.05),
            (0.2, 0.0),
        ],
        pen.deeper(glass, 0.28),
    )
    pen.fill([(-0.17, -0.06), (-0.17, -0.52), (-0.145, -0.58), (-0.125, -0.56), (-0.13, -0.06)], pen.paler(glass, 0.6))
    pen.box(-0.085, -1.02, 0.085, -0.9, pen.deeper(glass, 0.6))
    pen.box(-0.215, -0.42, 0.215, -0.14, hexa("f4ecdc"))
    pen.box(-0.215, -0.4, 0.215, -0.385, hexa("b8924a"))
    pen.box(-0.215, -0.175, 0.215, -0.16, hexa("b8924a"))
    pen.disc((0.0, -0.28), 0.06, hexa("b8924a"))
    pen.disc((0.0, -0.28), 0.045, hexa("f4ecdc"))


def cup(pen: Pen, beat: float) -> None:
    """Draw a steaming cup on a saucer."""
    own = pen.own
    pen.disc((0.0, -0.03), 0.62, pen.deeper(own, 0.1), tall=0.07)
    pen.disc((0.0, -0.045), 0.5, pen.paler(own, 0.15), tall=0.045)
    pen.painter.holed(
        [ellipse((0.42, -0.38), (0.17, 0.16)), ellipse((0.42, -0.38), (0.1, 0.09))], pen.ink(pen.deeper(own, 0.12))
    )
    pen.shaded(
        [
            (-0.42, -0.66),
            (-0.4, -0.4),
            (-0.3, -0.14),
            (-0.16, -0.05),
            (0.16, -0.05),
            (0.3, -0.14),
            (0.4, -0.4),
            (0.42, -0.66),
        ],
        own,
        pen.deeper(own, 0.22),
    )
    pen.disc((0.0, -0.64), 0.42, pen.paler(own, 0.3), tall=0.085)
    pen.disc((0.0, -0.635), 0.38, hexa("5a3422"), tall=0.068)
    pen.disc((-0.08, -0.645), 0.2, hexa("7a4c30"), tall=0.03)
    steam = pen.ink(hexa("ffffff"))
    for x, phase in ((-0.14, 0.0), (0.02, 0.35), (0.16, 0.7)):
        for puff in range(5):
            place = (beat + phase + puff / 5) % 1.0
            pen.glow(
                (x + 0.05 * math.sin(place * 7 + phase * 9), -0.68 - 0.42 * place),
                0.05 + 0.05 * place,
                steam,
                0.5 * math.sin(math.pi * place),
            )


def lantern(pen: Pen, beat: float) -> None:
    """Draw a paper lantern with warm light."""
    glow = 0.75 + 0.1 * wave(beat)
    pen.glow((0.0, -0.5), 0.8, hexa("ffb45a"), 0.5 * glow)
    pen.line([(0.0, -1.05), (0.0, -0.86)], 0.014, hexa("4a3424"))
    warm = mix(pen.own, hexa("ffc060"), 0.45)
    pen.bare(
        [
            (-0.17, -0.84),
            (-0.34, -0.66),
            (-0.38, -0.5),
            (-0.34, -0.34),
            (-0.17, -0.16),
            (0.17, -0.16),
            (0.34, -0.34),
            (0.38, -0.5),
            (0.34, -0.66),
            (0.17, -0.84),
        ],
        warm,
    )
    pen.glow((0.0, -0.48), 0.34, hexa("fff0c0"), 0.85 * glow)
    for x in (-0.26, -0.13, 0.0, 0.13, 0.26):
        pen.bow([(x * 0.5, -0.85), (x * 1.3, -0.5), (x * 0.5, -0.15)], 0.01, mix(warm, hexa("5a2418"), 0.45))
    pen.box(-0.17, -0.89, 0.17, -0.83, hexa("3a2a20"))
    pen.box(-0.17, -0.17, 0.17, -0.11, hexa("3a2a20"))
    pen.line([(0.0, -0.11), (0.01 * wave(beat), 0.03)], 0.03, hexa("d9463c"))


def candle(pen: Pen, beat: float) -> None:
    """Draw a burning candle."""
    wax = pen.own
    flick = 0.02 * wave(beat) + 0.012 * wave(beat * 3)
    pen.glow((0.0, -0.76), 0.75, hexa("ffb45a"), 0.55 + 0.06 * wave(beat * 2))
    pen.disc((0.0, -0.02), 0.3, hexa("a8803f"), tall=0.045)
    pen.shaded(
        [(-0.12, -0.58), (-0.12, -0.3), (-0.12, -0.03), (0.12, -0.03), (0.12, -0.3), (0.12, -0.58)],
        pen.paler(wax, 0.35),
        pen.deeper(wax, 0.12),
    )
    pen.disc((0.0, -0.585), 0.122, pen.paler(wax, 0.5), tall=0.03)
    pen.limb([(-0.1, -0.57), (-0.105, -0.42)], [0.04, 0.05], pen.paler(wax, 0.3))
    pen.line([(0.0, -0.58), (0.0, -0.64)], 0.012, hexa("2a1c14"))
    pen.bare(
        [(-0.06, -0.68), (-0.035, -0.79), (flick, -0.97), (0.04, -0.79), (0.06, -0.68), (0.0, -0.62)], hexa("ffa83c")
    )
    pen.bare(
        [(-0.033, -0.68), (-0.015, -0.76), (flick * 0.6, -0.86), (0.02, -0.76), (0.033, -0.68), (0.0, -0.64)],
        hexa("fff4c8"),
    )


def fire(pen: Pen, beat: float) -> None:
    """Draw a campfire."""
    pen.glow((0.0, -0.36), 1.0, hexa("ff8a2c"), 0.5 + 0.06 * wave(beat * 2))
    for turn, own in ((-0.28, hexa("4a3020")), (0.28, hexa("5f3f28"))):
        pen.limb(list(map(tuple, placed([(-0.4, 0.0), (0.4, 0.0)], (0.0, -0.06), turn=turn))), [0.1, 0.1], own)
    for scale, code, shift in ((1.0, "ff6a1f", 0.0), (0.72, "ffa02c", 0.3), (0.42, "ffe07a", 0.6)):
        lean = 0.06 * wave(beat, shift) * scale
        left, right = 0.07 * wave(beat * 2, shift), 0.07 * wave(beat * 2, shift + 0.4)
        shape = [
            (-0.26, -0.06),
            (-0.3, -0.24),
            (-0.2, -0.44 + left),
            (-0.13, -0.33),
            (-0.06, -0.68),
            (lean / scale, -1.0 + left),
            (0.07, -0.6),
            (0.15, -0.38),
            (0.22, -0.5 + right),
            (0.29, -0.24),
            (0.25, -0.06),
            (0.0, 0.0),
        ]
        pen.bare(placed(shape, (0.0, -0.04), scale=scale), hexa(code))
    for spark in range(6):
        place = (beat + spark / 6) % 1.0
        spot = (0.3 * math.sin(spark * 2.4 + place * 3), -0.5 - 0.7 * place)
        pen.bare(ellipse(spot, (0.014 * (1 - place) + 0.004,) * 2), hexa("ffc25a"), rounded=False)


def ball(pen: Pen, beat: float) -> None:
    """Draw a ball with a turning stripe."""
    centre = (0.0, -0.5)
    pen.shaded(ellipse(centre, (0.5, 0.5))[::4], pen.paler(pen.own, 0.15), pen.deeper(pen.own, 0.4))
    angle = 2 * math.pi * beat
    for turn in (0.0, math.pi / 2):
        squash = abs(math.cos(angle + turn)) * 0.5
        outline = ellipse(centre, (max(0.012, squash), 0.5), angle * 0.25)
        pen.line(outline, 0.035, pen.paler(pen.own, 0.75))
    pen.painter.glow((-0.17, -0.7), 0.24, (1.0, 1.0, 1.0), alpha=0.55)


def cube(pen: Pen, beat: float) -> None:
    """Draw a slowly turning cube."""
    angle = math.pi / 2 * beat + 0.5
    corners = [(math.cos(angle + math.pi / 2 * k) * 0.56, math.sin(angle + math.pi / 2 * k) * 0.2) for k in range(4)]
    low, high = -0.22, -0.84
    for k in sorted(range(4), key=lambda k: corners[k][1] + corners[(k + 1) % 4][1]):
        a, b = corners[k], corners[(k + 1) % 4]
        if a[1] + b[1] > 0:
            dim = 0.1 + 0.4 * min(1.0, max(0.0, (a[0] + b[0] + 1.0) / 2))
            pen.fill(
                [(a[0], high + a[1]), (b[0], high + b[1]), (b[0], low + b[1]), (a[0], low + a[1])],
                pen.deeper(pen.own, dim),
            )
    pen.fill([(x, high + y) for x, y in corners], pen.paler(pen.own, 0.3))


def book(pen: Pen, beat: float) -> None:
    """Draw an open book, standing, with a page that turns."""
    cover, page = pen.own, hexa("f7f0e0")
    for side in (-1.0, 1.0):
        pen.fill([(0.0, -0.04), (0.68 * side, -0.14), (0.68 * side, -0.9), (0.0, -0.76)], cover)
        pen.blob(
            [
                (0.0, -0.08),
                (0.2 * side, -0.14),
                (0.45 * side, -0.17),
                (0.63 * side, -0.18),
                (0.63 * side, -0.5),
                (0.63 * side, -0.9),
                (0.4 * side, -0.92),
                (0.16 * side, -0.88),
                (0.0, -0.8),
                (0.0, -0.4),
            ],
            page if side < 0 else pen.deeper(page, 0.07),
        )
        for row in range(7):
            y = -0.78 + row * 0.088
            pen.line([(0.1 * side, y + 0.0), (0.3 * side, y - 0.05), (0.55 * side, y - 0.07)], 0.011, hexa("9a8f80"))
    reach = math.cos(math.pi * beat) * 0.6
    lift = math.sin(math.pi * beat) * 0.16
    pen.fill([(0.0, -0.1), (reach, -0.18 - lift), (reach, -0.88 - lift), (0.0, -0.78)], pen.paler(page, 0.5))


def guitar(pen: Pen, beat: float) -> None:
    """Draw an acoustic guitar, standing."""
    del beat
    wood = pen.own
    outline = [
        (0.0, 0.0),
        (0.2, -0.03),
        (0.27, -0.18),
        (0.2, -0.33),
        (0.165, -0.4),
        (0.2, -0.5),
        (0.16, -0.6),
        (0.0, -0.625),
        (-0.16, -0.6),
        (-0.2, -0.5),
        (-0.165, -0.4),
        (-0.2, -0.33),
        (-0.27, -0.18),
        (-0.2, -0.03),
    ]
    pen.blob(outline, pen.deeper(wood, 0.5))
    centre = np.array([0.0, -0.31])
    pen.shaded((np.asarray(outline) - centre) * 0.93 + centre, pen.paler(wood, 0.1), pen.deeper(wood, 0.18))
    pen.disc((0.0, -0.38), 0.098, hexa("d9b06a"))
    pen.disc((0.0, -0.38), 0.08, hexa("1c120c"))
    pen.box(-0.09, -0.17, 0.09, -0.135, hexa("3a2418"))
    pen.box(-0.034, -1.0, 0.034, -0.36, hexa("4a2f1c"))
    for row in range(9):
        pen.box(-0.034, -0.94 + row * 0.056, 0.034, -0.935 + row * 0.056, hexa("c9b890"))
    pen.fill([(-0.05, -0.99), (-0.065, -1.16), (0.065, -1.16), (0.05, -0.99)], hexa("3a2418"))
    for peg in (-1.03, -1.08, -1.13):
        for x in (-0.08, 0.08):
            pen.disc((x, peg), 0.017, hexa("d8d4cc"))
    for string in (-0.02, -0.007, 0.007, 0.02):
        pen.line([(string, -1.02), (string * 1.6, -0.15)], 0.004, hexa("f0ead8"))


def moon(pen: Pen, beat: float) -> None:
    """Draw a large moon with craters."""
    del beat
    own = pen.own
    pen.glow((0.0, -0.5), 0.95, own, 0.35)
    pen.bare(ellipse((0.0, -0.5), (0.5, 0.5)), own, rounded=False)
    for x, y, r in (
        (-0.18, -0.64, 0.12),
        (0.16, -0.4, 0.09),
        (-0.06, -0.28, 0.06),
        (0.22, -0.68, 0.055),
        (-0.3, -0.42, 0.05),
        (0.02, -0.8, 0.045),
    ):
        pen.bare(ellipse((x, y), (r, r * 0.95)), mix(own, hexa("8f8f9c"), 0.3), rounded=False)
        pen.bare(
            ellipse((x + r * 0.12, y + r * 0.12), (r * 0.8, r * 0.76)), mix(own, hexa("8f8f9c"), 0.18), rounded=False
        )
    dark = hexa("0a1024")
    crescent = np.concatenate([ellipse((0.0, -0.5), (0.5, 0.5))[12:37], ellipse((0.0, -0.5), (0.36, 0.5))[12:37][::-1]])
    pen.painter.gradient(crescent, [(-1.0, dark), (0.0, dark)], alpha=0.28)


_LAND = (
    ((-0.3, -0.22), (-0.12, -0.32), (-0.02, -0.2), (-0.1, -0.06), (-0.18, 0.02), (-0.26, -0.06)),
    ((-0.14, 0.05), (-0.03, 0.08), (-0.02, 0.18), (-0.1, 0.34), (-0.15, 0.2)),
    ((0.08, -0.24), (0.24, -0.28), (0.35, -0.12), (0.28, -0.02), (0.14, -0.08)),
    ((0.1, -0.02), (0.26, 0.02), (0.28, 0.14), (0.2, 0.3), (0.12, 0.14)),
)
_CLOUDS = ((-0.12, -0.12, 0.2), (0.16, 0.08, 0.17), (-0.08, 0.24, 0.15), (0.12, -0.3, 0.14))


def _earth(pen: Pen) -> None:
    centre = (0.0, -0.5)
    pen.glow(centre, 0.56, hexa("8cc8ff"), 0.5)
    pen.bare(ellipse(centre, (0.44, 0.44)), hexa("2f74c0"), rounded=False)
    for shape in _LAND:
        pen.bare(placed(shape, centre, turn=-0.2), hexa("4f9a54"))
    for x, y, half in _CLOUDS:
        pen.bare(placed(ellipse((x, y), (half, 0.022)), centre, turn=-0.2), hexa("eaf4ff"), rounded=False)
    for y in (-0.415, 0.415):
        pen.bare(ellipse((0.0, centre[1] + y), (0.13, 0.022)), hexa("f4f8ff"), rounded=False)
    _night_side(pen, centre)


def _night_side(pen: Pen, centre: tuple[float, float]) -> None:
    shade = np.concatenate([ellipse(centre, (0.44, 0.44), 0.5)[12:37], ellipse(centre, (0.2, 0.44), 0.5)[12:37][::-1]])
    pen.painter.gradient(shade, [(-1.0, hexa("0a0818")), (0.0, hexa("0a0818"))], alpha=0.42)


def planet(pen: Pen, beat: float) -> None:
    """Draw a banded planet with a ring; the Earth has seas, land and clouds instead."""
    del beat
    if "earth" in pen.label.lower().split():
        _earth(pen)
        return
    own, centre = pen.own, (0.0, -0.5)
    ring = ellipse(centre, (0.82, 0.2), -0.3)
    inner = ellipse(centre, (0.62, 0.13), -0.3)
    pale = mix(own, hexa("fff0d8"), 0.55)
    pen.painter.holed([ring, inner], mix(pale, (0.1, 0.08, 0.16), 0.3))
    pen.bare(ellipse(centre, (0.44, 0.44)), own, rounded=False)
    for row, tall, share in ((-0.2, 0.055, 0.3), (-0.06, 0.04, -0.3), (0.08, 0.07, 0.24), (0.24, 0.04, -0.24)):
        half = math.sqrt(max(0.0, 0.44**2 - row**2)) * 0.995
        tone = mix(own, (1.0, 0.95, 0.85), share) if share > 0 else mix(own, (0.2, 0.08, 0.1), -share)
        pen.bare(placed(ellipse((0.0, row), (half, tall)), centre, turn=-0.3), tone, rounded=False)
    _night_side(pen, centre)
    front = np.concatenate([ring[:25], inner[:25][::-1]])
    pen.bare(front, pale, rounded=False)
