"""What drives, sails and flies: car, train, bicycle, boat, ship, plane, rocket, balloon.

Each function draws one moment of a cycle (beat 0 to 1) with the pen; see `pen` for units.
"""

import math

import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, hexa
from reelgate.engines.animatic.drawing.painter import Points, ellipse
from reelgate.engines.animatic.drawing.pen import Pen, Spot, joint, wave

_GLASS = hexa("a9cfe0")
_TYRE = hexa("1d1d24")
_LAMP = hexa("ffe3a0")


def _wheel(pen: Pen, centre: Spot, radius: float, beat: float, rim: Colour) -> None:
    pen.disc(centre, radius, _TYRE)
    pen.disc(centre, radius * 0.62, rim)
    for spoke in range(5):
        angle = 2 * math.pi * (beat + spoke / 5)
        tip = (centre[0] + math.cos(angle) * radius * 0.56, centre[1] + math.sin(angle) * radius * 0.56)
        pen.line([centre, tip], radius * 0.14, pen.deeper(rim, 0.5))
    pen.disc(centre, radius * 0.16, pen.deeper(rim, 0.4))


def car(pen: Pen, beat: float) -> None:
    """Draw a car, side view."""
    bob = 0.006 * wave(beat * 2)
    paint, low = pen.own, pen.deeper(pen.own, 0.35)
    body = [
        (-1.02, -0.2 + bob),
        (-1.04, -0.42 + bob),
        (-0.92, -0.52 + bob),
        (-0.6, -0.56 + bob),
        (-0.36, -0.82 + bob),
        (-0.1, -0.9 + bob),
        (0.22, -0.88 + bob),
        (0.54, -0.56 + bob),
        (0.9, -0.48 + bob),
        (1.03, -0.36 + bob),
        (1.03, -0.2 + bob),
        (0.0, -0.14 + bob),
    ]
    pen.shaded(body, pen.paler(paint, 0.12), low)
    glass = _LAMP if pen.lamps else _GLASS
    pen.blob(
        [(-0.5, -0.56 + bob), (-0.32, -0.77 + bob), (-0.08, -0.82 + bob), (-0.08, -0.56 + bob)], pen.deeper(glass, 0.1)
    )
    pen.blob([(0.0, -0.82 + bob), (0.19, -0.8 + bob), (0.42, -0.57 + bob), (0.0, -0.56 + bob)], glass)
    pen.line([(-0.98, -0.38 + bob), (1.0, -0.36 + bob)], 0.012, low)
    pen.box(-0.02, -0.5 + bob, 0.08, -0.475 + bob, low)
    pen.painter.poly(_quad(0.94, -0.44 + bob, 1.03, -0.35 + bob), _LAMP)
    pen.painter.poly(_quad(-1.04, -0.44 + bob, -0.97, -0.37 + bob), hexa("ff4a3c"))
    if pen.lamps:
        pen.glow((1.08, -0.39), 0.34, _LAMP, 0.6)
        pen.glow((-1.02, -0.4), 0.16, hexa("ff4a3c"), 0.5)
    for x in (-0.6, 0.6):
        pen.disc((x, -0.2), 0.25, pen.deeper(paint, 0.75))
        _wheel(pen, (x, -0.19), 0.19, beat, hexa("c9ced6"))


def _quad(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def train(pen: Pen, beat: float) -> None:
    """Draw a steam engine with two coaches."""
    iron, red, brass = pen.deeper(pen.own, 0.3), pen.own, hexa("e0b050")
    for x in (-2.72, -1.68):
        pen.box(x - 0.48, -0.78, x + 0.48, -0.2, red)
        pen.box(x - 0.5, -0.86, x + 0.5, -0.77, pen.deeper(red, 0.4))
        pen.box(x - 0.48, -0.42, x + 0.48, -0.37, brass)
        for place in (-0.34, -0.11, 0.12, 0.35):
            pane = _quad(x + place - 0.075, -0.7, x + place + 0.075, -0.48)
            pen.painter.poly(pane, _LAMP if pen.lamps else pen.ink(_GLASS))
        pen.box(x + 0.48, -0.28, x + 0.58, -0.23, iron)
        for wheel in (-0.3, 0.3):
            _wheel(pen, (x + wheel, -0.12), 0.12, beat, hexa("8f949c"))
    pen.box(-1.12, -0.3, 0.72, -0.2, iron)
    pen.shaded(
        [(-0.72, -0.68), (0.0, -0.7), (0.62, -0.68), (0.68, -0.48), (0.62, -0.28), (-0.72, -0.28)],
        pen.paler(iron, 0.2),
        iron,
    )
    for x in (-0.42, 0.02, 0.4):
        pen.box(x, -0.69, x + 0.035, -0.28, brass)
    pen.box(-1.1, -0.9, -0.64, -0.24, red)
    pen.box(-1.18, -0.98, -0.56, -0.89, pen.deeper(red, 0.45))
    pen.painter.poly(_quad(-1.0, -0.82, -0.76, -0.6), _LAMP if pen.lamps else pen.ink(_GLASS))
    pen.fill([(0.4, -0.68), (0.38, -0.9), (0.34, -1.0), (0.6, -1.0), (0.56, -0.9), (0.54, -0.68)], iron)
    pen.disc((-0.12, -0.7), 0.1, brass)
    pen.fill([(0.68, -0.26), (0.92, -0.04), (0.66, -0.04)], pen.deeper(red, 0.2))
    pen.painter.poly(_quad(0.66, -0.6, 0.74, -0.5), _LAMP)
    if pen.lamps:
        pen.glow((0.76, -0.55), 0.4, _LAMP, 0.6)
    for index, x in enumerate((-0.86, -0.4, 0.02)):
        _wheel(pen, (x, -0.17), 0.17, beat + index * 0.1, red)
    _wheel(pen, (0.48, -0.11), 0.11, beat, red)
    angle = 2 * math.pi * beat
    rod = (0.09 * math.cos(angle), 0.09 * math.sin(angle))
    pen.line([(-0.86 + rod[0], -0.17 + rod[1]), (0.02 + rod[0], -0.17 + rod[1])], 0.035, hexa("c9ced6"))
    for puff in range(5):
        place = (beat * 0.5 + puff / 5) % 1.0
        pen.glow(
            (0.46 - place * 1.1, -1.06 - place * 0.42), 0.1 + 0.26 * place, pen.ink(hexa("f4f4f2")), 0.75 * (1 - place)
        )


def bicycle(pen: Pen, beat: float) -> None:
    """Draw a bicycle with its rider."""
    rear, front, hub = (-0.42, -0.3), (0.46, -0.3), (-0.04, -0.3)
    for centre in (rear, front):
        pen.painter.holed([_ring(centre, 0.3), _ring(centre, 0.265)], pen.ink(_TYRE))
        for spoke in range(6):
            angle = math.pi * (beat + spoke / 6)
            dx, dy = math.cos(angle) * 0.27, math.sin(angle) * 0.27
            pen.line([(centre[0] - dx, centre[1] - dy), (centre[0] + dx, centre[1] + dy)], 0.007, hexa("b8bec8"))
    seat, bar = (-0.14, -0.72), (0.34, -0.78)
    _rider_leg(pen.far(0.35), hub, seat, beat + 0.5)
    for a, b in (
        (rear, hub),
        (hub, (0.32, -0.64)),
        (rear, (-0.13, -0.62)),
        ((-0.13, -0.62), (0.32, -0.64)),
        (hub, seat),
        (front, bar),
    ):
        pen.line([a, b], 0.032, pen.own)
    pen.limb([(-0.24, -0.74), (-0.04, -0.73)], [0.05, 0.035], _TYRE)
    pen.bow([bar, (0.4, -0.84), (0.32, -0.86)], 0.028, _TYRE)
    _rider_leg(pen, hub, seat, beat)
    coat, skin = pen.deeper(hexa("3f6f8f"), 0.0), hexa("d9a07a")
    shoulder = (0.1, -1.16)
    pen.limb([(-0.13, -0.8), (-0.06, -1.0), shoulder], [0.2, 0.2, 0.17], coat)
    elbow = joint(shoulder, (0.33, -0.87), 0.2, 0.2, 1.0)
    pen.limb([shoulder, elbow, (0.33, -0.87)], [0.08, 0.065, 0.05], pen.deeper(coat, 0.15))
    pen.disc((0.17, -1.31), 0.09, skin, tall=0.105)
    pen.blob([(0.26, -1.36), (0.22, -1.44), (0.1, -1.43), (0.04, -1.32), (0.08, -1.27), (0.14, -1.34)], hexa("3a2a24"))


def _rider_leg(pen: Pen, hub: Spot, seat: Spot, beat: float) -> None:
    angle = 2 * math.pi * beat
    pedal = (hub[0] + 0.12 * math.cos(angle), hub[1] + 0.12 * math.sin(angle))
    pen.line([hub, pedal], 0.024, hexa("8a9098"))
    hip = (seat[0] + 0.02, seat[1] - 0.06)
    knee = joint(hip, pedal, 0.31, 0.31, -1.0)
    pen.limb([hip, knee], [0.12, 0.085], hexa("2f3a52"))
    pen.limb([knee, pedal], [0.085, 0.055], hexa("2f3a52"))
    pen.limb([(pedal[0] - 0.04, pedal[1] + 0.01), (pedal[0] + 0.08, pedal[1] + 0.02)], [0.04, 0.035], _TYRE)


def _ring(centre: Spot, radius: float) -> Points:
    return ellipse(centre, (radius, radius))


def boat(pen: Pen, beat: float) -> None:
    """Draw a sailing boat."""
    tilt = 0.03 * wave(beat)
    mast_top = (0.0 + tilt, -1.02)
    sail, jib = hexa("f7f0e2"), pen.paler(pen.own, 0.25)
    pen.line([(0.0, -0.1), mast_top], 0.024, hexa("6b4a30"))
    pen.shaded(
        [
            (-0.03 + tilt, -0.98),
            (-0.2 + tilt * 0.6, -0.62),
            (-0.5, -0.26),
            (-0.3, -0.24),
            (-0.03, -0.25),
            (-0.02, -0.5),
        ],
        sail,
        pen.deeper(sail, 0.14),
    )
    pen.shaded(
        [(0.03 + tilt, -0.9), (0.2, -0.56), (0.44, -0.24), (0.2, -0.25), (0.03, -0.26), (0.04, -0.5)],
        jib,
        pen.deeper(jib, 0.2),
    )
    pen.fill([(-0.62, -0.2), (0.66, -0.22), (0.48, 0.05), (-0.46, 0.05)], pen.own)
    pen.fill([(-0.63, -0.21), (0.68, -0.23), (0.65, -0.17), (-0.6, -0.15)], pen.paler(pen.own, 0.6))
    pen.fill([(-0.5, -0.02), (0.54, -0.02), (0.48, 0.05), (-0.46, 0.05)], pen.deeper(pen.own, 0.4))
    pen.fill(
        [
            (mast_top[0], mast_top[1]),
            (mast_top[0] - 0.15, mast_top[1] + 0.04 + tilt),
            (mast_top[0], mast_top[1] + 0.08),
        ],
        hexa("d9463c"),
    )


def ship(pen: Pen, beat: float) -> None:
    """Draw a steamship with two funnels."""
    hull, white = pen.own, hexa("f4f1ea")
    pen.fill([(-1.0, -0.26), (1.12, -0.32), (0.94, 0.05), (-0.88, 0.05)], hull)
    pen.fill([(-0.92, -0.04), (1.0, -0.05), (0.94, 0.05), (-0.88, 0.05)], hexa("a83f38"))
    pen.line([(-0.99, -0.25), (1.1, -0.31)], 0.024, pen.paler(hull, 0.6))
    pen.box(-0.8, -0.4, 0.72, -0.26, white)
    pen.box(-0.66, -0.53, 0.54, -0.4, pen.deeper(white, 0.06))
    pen.box(0.12, -0.64, 0.46, -0.53, white)
    for row, left, right, step in ((-0.36, -0.74, 0.66, 0.14), (-0.49, -0.6, 0.5, 0.12)):
        x = left
        while x < right:
            pen.painter.poly(_quad(x, row, x + step * 0.5, row + 0.06), _LAMP if pen.lamps else pen.ink(hexa("4a5f70")))
            x += step
    for x in (-0.42, -0.1):
        pen.fill([(x - 0.09, -0.53), (x - 0.11, -0.9), (x + 0.07, -0.9), (x + 0.09, -0.53)], hexa("d9573f"))
        pen.fill([(x - 0.11, -0.9), (x - 0.105, -0.8), (x + 0.075, -0.8), (x + 0.07, -0.9)], hexa("1d1d24"))
        for puff in range(4):
            place = (beat + puff / 4) % 1.0
            pen.glow(
                (x - 0.06 - place * 0.6, -0.96 - place * 0.22),
                0.07 + 0.18 * place,
                pen.ink(hexa("b8b8bc")),
                0.5 * (1 - place),
            )
    for x, tall in ((0.74, -0.86), (-0.78, -0.8)):
        pen.line([(x, -0.3), (x, tall)], 0.016, pen.deeper(white, 0.4))
    pen.line([(0.74, -0.84), (0.2, -0.64)], 0.006, pen.deeper(white, 0.4))


def plane(pen: Pen, beat: float) -> None:
    """Draw an airliner in climb."""
    del beat
    body, low = pen.own, pen.deeper(pen.own, 0.3)
    y = -0.5
    pen.far(0.25).fill([(0.12, y - 0.02), (-0.3, y - 0.34), (-0.42, y - 0.34), (-0.12, y)], body)
    pen.fill([(-0.84, y - 0.04), (-1.08, y - 0.42), (-0.92, y - 0.42), (-0.6, y - 0.1)], hexa("d9573f"))
    pen.shaded(
        [
            (-1.0, y - 0.06),
            (-0.7, y - 0.11),
            (0.0, y - 0.14),
            (0.7, y - 0.12),
            (0.92, y - 0.02),
            (0.96, y + 0.04),
            (0.7, y + 0.1),
            (0.0, y + 0.11),
            (-0.7, y + 0.04),
        ],
        pen.paler(body, 0.2),
        low,
    )
    pen.fill([(-0.78, y - 0.02), (-1.06, y + 0.07), (-1.14, y + 0.06), (-0.98, y - 0.04)], low)
    for index in range(13):
        pen.disc((-0.6 + index * 0.095, y - 0.035), 0.017, _LAMP if pen.lamps else hexa("3f5f7f"))
    pen.blob([(0.72, y - 0.08), (0.86, y - 0.04), (0.88, y - 0.005), (0.74, y - 0.02)], hexa("2f4a63"))
    pen.fill([(0.2, y + 0.04), (-0.38, y + 0.5), (-0.54, y + 0.5), (-0.2, y + 0.06)], pen.deeper(body, 0.12))
    pen.limb([(-0.06, y + 0.2), (0.12, y + 0.2)], [0.1, 0.1], low)
    pen.limb([(-0.2, y + 0.33), (-0.06, y + 0.33)], [0.08, 0.08], low)


def rocket(pen: Pen, beat: float) -> None:
    """Draw a rocket with a burning engine."""
    body, red = hexa("f2f2ee"), pen.own
    flick = 0.06 * wave(beat * 3)
    pen.glow((0.0, 0.06), 0.5, hexa("ff9a3c"), 0.7)
    pen.bare(
        [(-0.1, -0.1), (0.0, -0.12), (0.1, -0.1), (0.07, 0.12), (0.0, 0.36 + flick), (-0.07, 0.12)], hexa("ff8a2c")
    )
    pen.bare([(-0.055, -0.1), (0.055, -0.1), (0.03, 0.06), (0.0, 0.19 - flick), (-0.03, 0.06)], hexa("fff0b0"))
    for side in (-1.0, 1.0):
        pen.fill(
            [(0.12 * side, -0.42), (0.3 * side, -0.16), (0.29 * side, 0.0), (0.11 * side, -0.1)], pen.deeper(red, 0.15)
        )
    pen.blob(
        [
            (0.0, -1.12),
            (0.13, -0.86),
            (0.17, -0.56),
            (0.14, -0.2),
            (0.1, -0.1),
            (-0.1, -0.1),
            (-0.14, -0.2),
            (-0.17, -0.56),
            (-0.13, -0.86),
        ],
        body,
    )
    pen.blob(
        [
            (0.06, -1.0),
            (0.14, -0.84),
            (0.17, -0.56),
            (0.14, -0.2),
            (0.1, -0.1),
            (0.05, -0.1),
            (0.09, -0.5),
            (0.08, -0.84),
        ],
        pen.deeper(body, 0.22),
    )
    pen.blob([(0.0, -1.13), (0.1, -0.93), (0.128, -0.85), (0.0, -0.82), (-0.128, -0.85), (-0.1, -0.93)], red)
    pen.disc((0.0, -0.64), 0.085, pen.deeper(body, 0.4))
    pen.disc((0.0, -0.64), 0.062, _LAMP if pen.lamps else hexa("6fb4e0"))
    pen.box(-0.15, -0.31, 0.15, -0.26, red)
    pen.fill([(-0.02, -0.4), (0.02, -0.4), (0.02, 0.0), (-0.02, 0.0)], red)


def balloon(pen: Pen, beat: float) -> None:
    """Draw a hot-air balloon with gores in two colours."""
    sway = 0.012 * wave(beat)
    colours = (pen.own, pen.paler(hexa("f7e3b8"), 0.1))
    centre, wide, tall = (0.0, -0.66), 0.36, 0.4
    for index in range(7):
        a, b = -1 + 2 * index / 7, -1 + 2 * (index + 1) / 7
        left, right = math.sin(a * math.pi / 2), math.sin(b * math.pi / 2)
        outline = []
        for side, order in ((left, range(25)), (right, range(24, -1, -1))):
            for step in order:
                share = step / 24
                profile = math.sin(math.pi * min(1.0, share * 0.94 + 0.012)) ** 0.62 if share < 0.55 else None
                if profile is None:
                    profile = 1.0 - ((share - 0.5) / 0.5) ** 2 * 0.82
                outline.append((centre[0] + side * wide * profile, centre[1] - tall + share * (tall * 2 + 0.06)))
        pen.fill(outline, pen.deeper(colours[index % 2], 0.07 * abs(index - 2)))
    for x in (-0.065, 0.065):
        pen.line([(x, -0.21), (x * 0.8 + sway, -0.09)], 0.008, hexa("5f4630"))
    pen.glow((0.0, -0.2), 0.1, hexa("ffc060"), 0.55 + 0.25 * wave(beat * 2))
    pen.fill([(-0.065 + sway, -0.1), (0.065 + sway, -0.1), (0.055 + sway, 0.0), (-0.055 + sway, 0.0)], hexa("8a5a34"))
    pen.box(-0.07 + sway, -0.105, 0.07 + sway, -0.088, hexa("5f3a20"))
