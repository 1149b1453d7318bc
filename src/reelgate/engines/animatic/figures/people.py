"""People and those who look like them: person, child, crowd, robot, astronaut.

Each function draws one moment of a cycle (beat 0 to 1) with the pen; see `pen` for units.
"""

from dataclasses import dataclass

from reelgate.engines.animatic.drawing.colour import Colour, hexa
from reelgate.engines.animatic.drawing.pen import Pen, joint, placed, stride, wave

_SKIN = hexa("d9a07a")
_HAIR = hexa("3a2a24")
_TROUSERS = hexa("2f3a52")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Dress:
    """Proportions and clothes, in units of the person's height."""

    head: float = 0.068
    hip: float = -0.48
    shoulder: float = -0.8
    width: float = 0.105
    leg: float = 0.075
    top: Colour
    trousers: Colour = _TROUSERS
    hair: Colour = _HAIR
    skin: Colour = _SKIN
    coat: bool = False


def _figure(pen: Pen, beat: float, dress: _Dress, *, moving: float = 1.0, at: float = 0.0) -> None:
    bob = -0.012 * abs(wave(beat)) * moving
    hip = (at, dress.hip + bob)
    shoulder = (at + 0.012 * moving, dress.shoulder + bob)
    leg = -dress.hip / 2 * (1.02 if moving else 0.99)
    for near, shift in ((False, 0.5), (True, 0.0)):
        if near:
            _arm(pen.far(0.3), shoulder, beat + 0.0, dress, moving)
        tool = pen if near else pen.far(0.32)
        x, y = stride(beat, shift, 0.17 * moving + 0.012, 0.075 * moving)
        if moving == 0.0:
            x, y = (0.035 if near else -0.03), 0.0
        foot = (at + x, y - 0.018)
        knee = joint(hip, foot, leg, leg, -1.0)
        tool.limb([hip, knee], [dress.leg * 1.25, dress.leg * 0.86], dress.trousers)
        tool.limb([knee, foot], [dress.leg * 0.86, dress.leg * 0.6], dress.trousers)
        tool.blob(
            [
                (foot[0] - 0.03, foot[1] - 0.02),
                (foot[0] + 0.03, foot[1] - 0.02),
                (foot[0] + 0.07, foot[1] + 0.012),
                (foot[0] - 0.03, foot[1] + 0.016),
            ],
            hexa("241f24"),
        )
    _torso(pen, hip, shoulder, dress)
    _arm(pen, shoulder, beat + 0.5, dress, moving)
    _face(pen, (shoulder[0] + 0.012, shoulder[1] - dress.head * 1.6), dress)


def _torso(pen: Pen, hip: tuple[float, float], shoulder: tuple[float, float], dress: _Dress) -> None:
    w = dress.width
    hem = hip[1] + (0.2 if dress.coat else 0.035)
    flare = 1.15 if dress.coat else 0.72
    pen.shaded(
        [
            (shoulder[0] - w * 0.85, shoulder[1] - 0.005),
            (shoulder[0], shoulder[1] - 0.035),
            (shoulder[0] + w * 0.85, shoulder[1]),
            (shoulder[0] + w * 0.86, shoulder[1] + 0.12),
            (hip[0] + w * 0.7, hip[1] - 0.06),
            (hip[0] + w * flare, hem),
            (hip[0] - w * flare, hem),
            (hip[0] - w * 0.72, hip[1] - 0.06),
            (shoulder[0] - w * 0.9, shoulder[1] + 0.12),
        ],
        pen.paler(dress.top, 0.08),
        pen.deeper(dress.top, 0.25),
    )


def _arm(pen: Pen, shoulder: tuple[float, float], beat: float, dress: _Dress, moving: float) -> None:
    swing = 0.13 * wave(beat, 0.25) * moving
    hand = (shoulder[0] + swing + 0.02, dress.hip + 0.03 - 0.05 * abs(swing))
    elbow = joint((shoulder[0], shoulder[1] + 0.03), hand, 0.17, 0.17, 1.0)
    pen.limb([(shoulder[0], shoulder[1] + 0.035), elbow], [0.068, 0.056], pen.deeper(dress.top, 0.12))
    pen.limb([elbow, hand], [0.056, 0.042], pen.deeper(dress.top, 0.12))
    pen.disc(hand, 0.026, dress.skin)


def _face(pen: Pen, centre: tuple[float, float], dress: _Dress) -> None:
    x, y = centre
    r = dress.head
    pen.limb([(x - 0.008, y + r * 0.7), (x - 0.012, y + r * 1.7)], [r * 0.8, r * 0.95], dress.skin)
    pen.disc((x, y), r * 0.92, dress.skin, tall=r * 1.1)
    pen.disc((x + r * 0.88, y + r * 0.12), r * 0.17, dress.skin)
    pen.blob(
        [
            (x + r * 0.8, y - r * 0.5),
            (x + r * 0.3, y - r * 1.22),
            (x - r * 0.6, y - r * 1.16),
            (x - r * 1.12, y - r * 0.3),
            (x - r * 0.95, y + r * 0.6),
            (x - r * 0.4, y + r * 0.4),
            (x - r * 0.2, y - r * 0.3),
            (x + r * 0.4, y - r * 0.55),
        ],
        dress.hair,
    )


def person(pen: Pen, beat: float) -> None:
    """Draw a walking person in a coat."""
    _figure(pen, beat, _Dress(top=pen.own, coat=True))


def standing(pen: Pen, beat: float) -> None:
    """Draw a standing person who breathes."""
    _figure(pen, 0.03 * wave(beat), _Dress(top=pen.own, coat=True), moving=0.0)


def dancing(pen: Pen, beat: float) -> None:
    """Draw a dancing person: arms up, hips from side to side."""
    sway = 0.05 * wave(beat)
    dress = _Dress(top=pen.own)
    hip, shoulder = (sway, dress.hip - 0.01 * abs(wave(beat * 2))), (sway * -0.4, dress.shoulder - 0.01)
    for side in (-1.0, 1.0):
        tool = pen if side > 0 else pen.far(0.25)
        foot = (side * 0.1, -0.018 - max(0.0, side * wave(beat)) * 0.09)
        knee = joint(hip, foot, 0.25, 0.25, -side)
        tool.limb([hip, knee], [0.094, 0.064], dress.trousers)
        tool.limb([knee, foot], [0.064, 0.045], dress.trousers)
        tool.blob(
            [
                (foot[0] - 0.03, foot[1] - 0.02),
                (foot[0] + 0.03, foot[1] - 0.02),
                (foot[0] + 0.06 * side, foot[1] + 0.014),
                (foot[0] - 0.03, foot[1] + 0.016),
            ],
            hexa("241f24"),
        )
        hand = (shoulder[0] + side * (0.24 + 0.03 * wave(beat)), shoulder[1] - 0.2 - 0.06 * side * wave(beat))
        elbow = joint((shoulder[0] + side * 0.07, shoulder[1] + 0.02), hand, 0.17, 0.17, side)
        tool.limb([(shoulder[0] + side * 0.07, shoulder[1] + 0.03), elbow], [0.066, 0.054], pen.deeper(dress.top, 0.1))
        tool.limb([elbow, hand], [0.054, 0.04], dress.skin)
    _torso(pen, hip, shoulder, dress)
    _face(pen, (shoulder[0] + 0.01 + sway * 0.3, shoulder[1] - 0.108), dress)


def child(pen: Pen, beat: float) -> None:
    """Draw a child: a larger head, shorter legs."""
    dress = _Dress(
        head=0.105,
        hip=-0.4,
        shoulder=-0.7,
        width=0.12,
        leg=0.095,
        top=pen.own,
        trousers=hexa("4f6a8f"),
        hair=hexa("6b432c"),
    )
    _figure(pen, beat, dress)


_CROWD = (
    (-0.86, 0.94, "a8483f", 0.1),
    (-0.62, 1.0, "37597a", 0.6),
    (-0.38, 0.9, "c79a4b", 0.3),
    (-0.14, 1.02, "4f7a5c", 0.85),
    (0.1, 0.95, "7a4f7f", 0.45),
    (0.34, 1.0, "b5653f", 0.0),
    (0.58, 0.92, "3f6f7f", 0.7),
    (0.82, 0.98, "8f4a55", 0.2),
)


def crowd(pen: Pen, beat: float) -> None:
    """Draw eight people standing close together, shifting their weight."""
    for row in (1, 0):
        for index, (x, tall, code, phase) in enumerate(_CROWD):
            if index % 2 == row:
                tool = pen.far(0.22) if row else pen
                hair = (_HAIR, hexa("6b4a2c"), hexa("1f1c22"), hexa("8f6a3c"))[index % 4]
                dress = _Dress(top=hexa(code), hair=hair, hip=-0.48 * tall, shoulder=-0.8 * tall, coat=index % 3 == 0)
                _figure(tool, 0.02 * wave(beat, phase), dress, moving=0.0, at=x + 0.012 * wave(beat, phase))


def robot(pen: Pen, beat: float) -> None:
    """Draw a friendly robot."""
    steel, dark, joint_own = pen.own, pen.deeper(pen.own, 0.35), hexa("3a4048")
    bob = -0.012 * abs(wave(beat))
    for near, shift in ((False, 0.5), (True, 0.0)):
        tool = pen if near else pen.far(0.3)
        x, y = stride(beat, shift, 0.11, 0.06)
        foot = (x, y - 0.05)
        knee = joint((0.0, -0.36 + bob), foot, 0.165, 0.165, -1.0)
        tool.limb([(0.0, -0.36 + bob), knee], [0.075, 0.07], joint_own)
        tool.limb([knee, foot], [0.085, 0.1], steel)
        tool.fill(
            [
                (foot[0] - 0.07, foot[1] + 0.05),
                (foot[0] - 0.05, foot[1] - 0.02),
                (foot[0] + 0.06, foot[1] - 0.02),
                (foot[0] + 0.12, foot[1] + 0.05),
            ],
            dark,
        )
        if not near:
            _robot_arm(pen.far(0.3), bob, wave(beat), joint_own)
    body = [(-0.17, -0.66), (0.17, -0.66), (0.2, -0.62), (0.16, -0.36), (-0.16, -0.36), (-0.2, -0.62)]
    pen.fill(placed(body, (0.0, bob)), steel)
    pen.fill(placed([(-0.16, -0.44), (0.17, -0.44), (0.16, -0.36), (-0.16, -0.36)], (0.0, bob)), dark)
    pen.box(-0.06, -0.6 + bob, 0.11, -0.5 + bob, joint_own)
    pen.painter.poly(placed([(-0.04, -0.58), (0.03, -0.58), (0.03, -0.52), (-0.04, -0.52)], (0.0, bob)), hexa("6ff0d8"))
    pen.disc((0.07, -0.55 + bob), 0.018, hexa("ff8a5c"))
    pen.box(-0.035, -0.71 + bob, 0.035, -0.65 + bob, joint_own)
    pen.blob(
        placed([(-0.17, -0.74), (-0.16, -0.92), (0.0, -0.95), (0.17, -0.92), (0.18, -0.74), (0.0, -0.7)], (0.0, bob)),
        pen.paler(steel, 0.12),
    )
    pen.blob(
        placed(
            [(-0.07, -0.76), (-0.06, -0.88), (0.08, -0.89), (0.17, -0.87), (0.17, -0.77), (0.06, -0.75)], (0.0, bob)
        ),
        hexa("1c2430"),
    )
    for x in (0.02, 0.115):
        pen.painter.poly(
            placed([(x - 0.022, -0.83), (x, -0.855), (x + 0.022, -0.83), (x, -0.805)], (0.0, bob)), hexa("7ff6ff")
        )
        pen.glow((x, -0.83 + bob), 0.06, hexa("7ff6ff"), 0.5)
    pen.line([(0.0, -0.94 + bob), (0.0, -1.02 + bob)], 0.014, joint_own)
    pen.disc((0.0, -1.03 + bob), 0.024, hexa("ff6a5c"))
    _robot_arm(pen, bob, -wave(beat), joint_own)


def _robot_arm(pen: Pen, bob: float, swing: float, joint_own: Colour) -> None:
    hand = (0.09 * swing + 0.03, -0.34 + bob)
    elbow = joint((0.0, -0.6 + bob), hand, 0.14, 0.14, 1.0)
    pen.limb([(0.0, -0.6 + bob), elbow], [0.06, 0.055], joint_own)
    pen.limb([elbow, hand], [0.07, 0.075], pen.own)
    pen.disc((0.0, -0.6 + bob), 0.05, pen.deeper(pen.own, 0.2))
    pen.limb([hand, (hand[0] + 0.03, hand[1] + 0.05)], [0.04, 0.025], joint_own)


def astronaut(pen: Pen, beat: float) -> None:
    """Draw an astronaut in a white suit with a golden visor, floating or bounding."""
    suit, band, dark = pen.own, hexa("d9573f"), pen.deeper(pen.own, 0.3)
    sway = 0.03 * wave(beat)
    far = pen.far(0.25)
    pen.blob([(-0.22, -0.8), (-0.06, -0.83), (-0.04, -0.44), (-0.2, -0.42)], dark)
    for tool, side in ((far, -1.0), (pen, 1.0)):
        foot = (side * 0.1 + sway * 0.6, -0.05 - 0.03 * side * wave(beat))
        knee = (side * 0.08 + 0.05, -0.24)
        tool.limb([(side * 0.03, -0.44), knee], [0.15, 0.12], suit)
        tool.limb([knee, foot], [0.12, 0.11], suit)
        tool.blob(
            [
                (foot[0] - 0.06, foot[1] - 0.02),
                (foot[0] + 0.05, foot[1] - 0.03),
                (foot[0] + 0.11, foot[1] + 0.04),
                (foot[0] - 0.06, foot[1] + 0.05),
            ],
            dark,
        )
        if side < 0:
            tool.limb([(0.02, -0.72), (0.16, -0.6 - sway), (0.24, -0.7 - sway * 2)], [0.11, 0.1, 0.08], suit)
    pen.shaded(
        [(-0.15, -0.78), (0.0, -0.82), (0.14, -0.77), (0.15, -0.56), (0.11, -0.42), (-0.12, -0.42), (-0.16, -0.58)],
        suit,
        pen.deeper(suit, 0.2),
    )
    pen.box(-0.02, -0.68, 0.12, -0.57, dark)
    pen.disc((0.02, -0.625), 0.016, band)
    pen.disc((0.07, -0.625), 0.016, hexa("4f9fd9"))
    pen.limb([(0.0, -0.74), (-0.1, -0.58 + sway), (-0.02, -0.46 + sway)], [0.12, 0.11, 0.09], suit)
    pen.limb([(-0.08, -0.63 + sway * 0.6), (-0.115, -0.59 + sway * 0.6)], [0.1, 0.1], band)
    pen.disc((0.02, -0.9), 0.135, suit)
    pen.blob(
        [(-0.02, -0.99), (0.1, -0.99), (0.155, -0.9), (0.11, -0.82), (-0.01, -0.82), (-0.05, -0.9)], hexa("a8762a")
    )
    pen.blob([(-0.01, -0.975), (0.09, -0.975), (0.135, -0.91), (0.08, -0.88), (-0.02, -0.9)], hexa("f0b64a"))
    pen.bow([(0.02, -0.95), (0.07, -0.955), (0.1, -0.93)], 0.014, hexa("fff4d0"))
