"""More four-legged animals from the skeleton of `animals`: wild ones, and those of the pasture.

Each function draws one moment of a cycle (beat 0 to 1) with the pen; see `pen` for units.
"""

import math

from reelgate.engines.animatic.drawing.colour import Colour, hexa
from reelgate.engines.animatic.drawing.pen import Pen, Spot, placed, wave
from reelgate.engines.animatic.figures.animals import Build, head, trunk

_DARK = hexa("141018")
_IVORY = hexa("f1e8d2")


def _spots(points: str) -> tuple[Spot, ...]:
    """Read an outline as SVG writes it: "x,y x,y", in hundredths of a unit."""
    pairs = (pair.split(",") for pair in points.split())
    return tuple((int(x) / 100, int(y) / 100) for x, y in pairs)


FOX = Build(
    body=_spots("-42,-52 -26,-59 0,-55 22,-59 36,-52 36,-40 22,-32 0,-35 -20,-39 -38,-38 -45,-46"),
    hips=((0.27, -0.4), (-0.34, -0.44)),
    legs=(0.21, 0.22),
    widths=(0.12, 0.06, 0.05),
    neck=((0.28, -0.49), (0.44, -0.68)),
    neck_widths=(0.21, 0.17),
    head=_spots("-13,-2 -8,-12 4,-13 13,-4 31,5 32,8 19,11 5,13 -8,10"),
    head_turn=0.08,
    reach=0.18,
    lift=0.1,
    foot=hexa("2e2320"),
)
WOLF = Build(
    body=_spots("-46,-64 -30,-71 0,-68 24,-76 42,-66 42,-46 26,-36 0,-43 -22,-49 -42,-48 -50,-57"),
    hips=((0.3, -0.47), (-0.38, -0.54)),
    legs=(0.26, 0.27),
    widths=(0.14, 0.07, 0.065),
    neck=((0.32, -0.6), (0.54, -0.78)),
    neck_widths=(0.36, 0.24),
    head=_spots("-15,-4 -9,-14 4,-14 12,-6 29,0 33,5 27,11 10,13 -8,13"),
    head_turn=0.08,
    reach=0.2,
    lift=0.12,
)
LION = Build(
    body=_spots("-52,-60 -34,-68 0,-64 26,-68 42,-60 42,-44 26,-34 0,-36 -26,-40 -46,-40 -56,-50"),
    hips=((0.3, -0.46), (-0.4, -0.5)),
    legs=(0.23, 0.24),
    widths=(0.17, 0.1, 0.09),
    neck=((0.34, -0.58), (0.52, -0.74)),
    neck_widths=(0.3, 0.24),
    head=_spots("-15,-4 -10,-15 4,-17 13,-10 24,-2 27,5 22,13 6,15 -10,12"),
    head_turn=0.04,
    reach=0.18,
    lift=0.09,
)
RABBIT = Build(
    body=_spots("-44,-40 -30,-56 -8,-58 14,-48 28,-40 30,-28 18,-18 -6,-16 -32,-16 -48,-22 -50,-32"),
    hips=((0.2, -0.26), (-0.28, -0.3)),
    legs=(0.13, 0.14),
    widths=(0.12, 0.08, 0.08),
    neck=((0.18, -0.38), (0.32, -0.52)),
    neck_widths=(0.22, 0.18),
    head=_spots("-14,-2 -10,-12 2,-15 13,-8 19,1 16,9 4,12 -10,9"),
    head_turn=0.0,
    reach=0.16,
    lift=0.1,
)
ELEPHANT = Build(
    body=_spots("-62,-66 -48,-88 -16,-98 18,-96 42,-86 50,-64 44,-44 14,-34 -24,-34 -52,-38 -64,-50"),
    hips=((0.28, -0.46), (-0.42, -0.48)),
    legs=(0.22, 0.2),
    widths=(0.24, 0.19, 0.15),
    neck=((0.34, -0.76), (0.54, -0.84)),
    neck_widths=(0.44, 0.4),
    head=_spots("-20,-8 -12,-22 4,-26 18,-16 22,0 20,18 8,24 -10,18 -20,6"),
    head_turn=0.0,
    reach=0.1,
    lift=0.035,
    foot=hexa("6f7174"),
)
CAMEL = Build(
    body=_spots("-46,-76 -34,-88 -20,-108 -6,-108 8,-86 26,-82 42,-74 44,-60 28,-52 0,-54 -24,-60 -44,-62 -50,-68"),
    hips=((0.3, -0.6), (-0.36, -0.66)),
    legs=(0.33, 0.33),
    widths=(0.11, 0.065, 0.07),
    neck=((0.34, -0.66), (0.68, -1.08)),
    neck_widths=(0.22, 0.12),
    head=_spots("-8,-6 2,-9 14,-5 27,2 29,8 22,12 8,9 -6,7"),
    head_turn=0.1,
    reach=0.2,
    lift=0.12,
)
GIRAFFE = Build(
    body=_spots("-34,-72 -22,-78 0,-78 20,-86 31,-78 33,-62 20,-54 -2,-55 -20,-58 -34,-60 -39,-66"),
    hips=((0.23, -0.62), (-0.28, -0.64)),
    legs=(0.34, 0.36),
    widths=(0.1, 0.05, 0.045),
    neck=((0.2, -0.72), (0.46, -1.44)),
    neck_widths=(0.26, 0.1),
    head=_spots("-6,-6 4,-8 14,-1 24,5 25,10 16,12 2,9 -6,4"),
    head_turn=0.25,
    reach=0.18,
    lift=0.11,
    foot=hexa("4a3626"),
)
COW = Build(
    body=_spots("-52,-78 -30,-83 0,-80 28,-84 44,-76 47,-58 34,-42 4,-38 -28,-40 -50,-46 -57,-62"),
    hips=((0.3, -0.5), (-0.42, -0.52)),
    legs=(0.27, 0.26),
    widths=(0.15, 0.09, 0.08),
    neck=((0.36, -0.7), (0.58, -0.84)),
    neck_widths=(0.34, 0.22),
    head=_spots("-10,-10 2,-12 14,-2 26,10 27,18 19,22 6,14 -8,8"),
    head_turn=0.2,
    reach=0.16,
    lift=0.09,
    foot=hexa("33291f"),
)
SHEEP = Build(
    body=_spots("-40,-60 -20,-64 4,-62 26,-62 38,-52 38,-38 24,-30 -2,-29 -28,-31 -42,-40 -45,-50"),
    hips=((0.22, -0.38), (-0.28, -0.4)),
    legs=(0.19, 0.19),
    widths=(0.09, 0.065, 0.06),
    neck=((0.26, -0.5), (0.42, -0.64)),
    neck_widths=(0.24, 0.18),
    head=_spots("-9,-8 2,-11 12,-4 22,8 22,14 14,16 2,11 -8,6"),
    head_turn=0.12,
    reach=0.13,
    lift=0.07,
    foot=hexa("2b2624"),
)


def _tail(pen: Pen, points: list[Spot], widths: list[float], tip: Colour, share: int) -> None:
    """Draw a tail whose last `share` points are of the tip's colour."""
    pen.limb(points, widths, pen.own)
    pen.limb(points[-share:], widths[-share:], tip)


def _ears(pen: Pen, poll: Spot, *, at: tuple[float, float], wide: float, tall: float, inside: Colour | None) -> None:
    """Draw two pointed ears on a head, the far one deeper."""
    x, y = poll
    for lean, ink in ((at[1], pen.deeper(pen.own, 0.25)), (at[0], pen.own)):
        foot, tip = y - 0.08, (x + lean - 0.01, y - 0.08 - tall)
        pen.fill([(x + lean - wide, foot), tip, (x + lean + wide, foot + 0.01)], ink)
        if inside and lean == at[0]:
            within = (tip[0], tip[1] + tall * 0.3)
            pen.fill([(x + lean - wide * 0.45, foot), within, (x + lean + wide * 0.5, foot)], inside)


def _nose(pen: Pen, build: Build, poll: Spot, at: Spot, radius: float) -> None:
    spot = placed([at], poll, turn=build.head_turn)[0]
    pen.disc((float(spot[0]), float(spot[1])), radius, _DARK)


def fox(pen: Pen, beat: float) -> None:
    """Draw a fox: slim, with a pale bib, dark feet and a bushy tail with a pale tip."""
    sway = 0.04 * wave(beat)
    pale = pen.paler(pen.own, 0.85)
    brush = [(-0.42, -0.47), (-0.58, -0.5 + sway), (-0.76, -0.44 + sway), (-0.94, -0.3 + sway), (-1.02, -0.22 + sway)]
    _tail(pen, brush, [0.08, 0.17, 0.22, 0.16, 0.04], pale, 2)
    poll = trunk(pen, FOX, beat)
    x, y = poll
    pen.blob([(x - 0.16, y + 0.02), (x + 0.02, y + 0.08), (x - 0.02, y + 0.26), (x - 0.12, y + 0.3)], pale)
    _ears(pen, poll, at=(-0.05, 0.06), wide=0.065, tall=0.19, inside=_DARK)
    head(pen, FOX, poll, (0.08, -0.02))
    pen.blob(placed(_spots("3,6 16,4 31,7 19,11 5,13 -6,11"), poll, turn=FOX.head_turn), pale)
    _nose(pen, FOX, poll, (0.31, 0.065), 0.022)


def wolf(pen: Pen, beat: float) -> None:
    """Draw a wolf: a thick neck, pointed ears and a tail that hangs."""
    sway = 0.05 * wave(beat)
    brush = [(-0.46, -0.6), (-0.6, -0.56), (-0.7 + sway, -0.4), (-0.72 + sway, -0.22)]
    _tail(pen, brush, [0.1, 0.15, 0.15, 0.03], pen.deeper(pen.own, 0.45), 2)
    poll = trunk(pen, WOLF, beat)
    x, y = poll
    pale = pen.paler(pen.own, 0.45)
    pen.blob([(x - 0.2, y + 0.06), (x + 0.0, y + 0.1), (x - 0.06, y + 0.3), (x - 0.16, y + 0.36)], pale)
    _ears(pen, poll, at=(-0.08, 0.04), wide=0.065, tall=0.17, inside=pen.deeper(pen.own, 0.55))
    head(pen, WOLF, poll, (0.07, -0.03))
    pen.blob(placed(_spots("4,6 14,3 30,6 26,11 10,13 -6,12"), poll, turn=WOLF.head_turn), pale)
    _nose(pen, WOLF, poll, (0.32, 0.045), 0.026)


def lion(pen: Pen, beat: float) -> None:
    """Draw a lion with its mane."""
    mane = pen.deeper(pen.own, 0.5)
    _tufted_tail(pen, beat, mane)
    poll = trunk(pen, LION, beat)
    x, y = poll
    breath = 0.008 * wave(beat)
    ring = [
        (
            x - 0.04 + math.cos(turn) * (0.3 + 0.02 * (k % 2)),
            y + 0.06 + math.sin(turn) * (0.31 + breath + 0.03 * (k % 2)),
        )
        for k, turn in enumerate(math.tau * step / 18 for step in range(18))
    ]
    pen.blob(ring, mane)
    pen.disc((x - 0.08, y - 0.14), 0.055, pen.deeper(pen.own, 0.15))
    _muzzle(pen, poll)


def tiger(pen: Pen, beat: float) -> None:
    """Draw a tiger with its stripes."""
    _tufted_tail(pen, beat, _DARK)
    poll = trunk(pen, LION, beat)
    x, y = poll
    bob = 0.018 * wave(beat * 2)
    for k, left in enumerate((-0.44, -0.32, -0.2, -0.08, 0.04, 0.16, 0.28)):
        top = (-0.6, -0.665, -0.66, -0.645, -0.645, -0.66, -0.66)[k] + bob
        deep = 0.16 + 0.05 * (k % 2)
        pen.fill([(left - 0.022, top), (left + 0.028, top), (left + 0.02 * (-1) ** k, top + deep)], _DARK)
    for lean in (-0.11, 0.03):
        pen.disc((x + lean, y - 0.14), 0.055, pen.deeper(pen.own, 0.2))
    _muzzle(pen, poll)
    for left in (-0.09, -0.02):
        pen.fill([(x + left, y - 0.16), (x + left + 0.03, y - 0.16), (x + left + 0.02, y - 0.06)], _DARK)
    pen.fill([(x - 0.14, y + 0.0), (x - 0.14, y + 0.04), (x - 0.03, y + 0.03)], _DARK)


def _tufted_tail(pen: Pen, beat: float, tuft: Colour) -> None:
    swing = 0.06 * wave(beat)
    points = [(-0.52, -0.56), (-0.66, -0.54), (-0.78, -0.36 + swing), (-0.92, -0.42 + swing)]
    pen.limb(points, [0.07, 0.05, 0.045, 0.04], pen.own)
    pen.disc((points[-1][0] - 0.02, points[-1][1]), 0.055, tuft)


def _muzzle(pen: Pen, poll: Spot) -> None:
    """Draw a big cat's head, with its pale muzzle."""
    head(pen, LION, poll, (0.07, -0.06))
    pen.blob(placed(_spots("8,3 20,1 26,5 22,13 8,14"), poll, turn=LION.head_turn), pen.paler(pen.own, 0.6))
    _nose(pen, LION, poll, (0.25, 0.015), 0.024)


def rabbit(pen: Pen, beat: float) -> None:
    """Draw a rabbit with long ears and a white scut."""
    twitch = 0.03 * wave(beat)
    pen.disc((-0.5, -0.3), 0.08, pen.paler(pen.own, 0.85))
    poll = trunk(pen, RABBIT, beat)
    x, y = poll
    pen.disc((-0.26, -0.26), 0.17, pen.deeper(pen.own, 0.08), tall=0.19)
    for lean, ink in ((0.05, pen.deeper(pen.own, 0.2)), (-0.03, pen.own)):
        ear = [(x + lean, y - 0.1), (x + lean - 0.06, y - 0.28), (x + lean - 0.12 + twitch, y - 0.44)]
        pen.limb(ear, [0.07, 0.1, 0.04], ink)
    inner = [(x - 0.035, y - 0.14), (x - 0.09, y - 0.28), (x - 0.14 + twitch, y - 0.4)]
    pen.limb(inner, [0.02, 0.045, 0.015], hexa("e3a8a4"))
    head(pen, RABBIT, poll, (0.06, -0.03))
    _nose(pen, RABBIT, poll, (0.18, 0.01), 0.018)


def elephant(pen: Pen, beat: float) -> None:
    """Draw an elephant with its trunk, an ear and a tusk."""
    swing = 0.06 * wave(beat)
    pen.limb([(-0.6, -0.66), (-0.69, -0.52), (-0.7 + swing * 0.4, -0.36)], [0.05, 0.04, 0.03], pen.deeper(pen.own))
    poll = trunk(pen, ELEPHANT, beat)
    x, y = poll
    nose = [
        (x + 0.14, y - 0.04),
        (x + 0.26, y + 0.18),
        (x + 0.26 + swing, y + 0.46),
        (x + 0.34 + swing * 1.6, y + 0.66),
    ]
    pen.limb(nose, [0.26, 0.17, 0.11, 0.07], pen.own)
    pen.limb([(x + 0.12, y + 0.16), (x + 0.26, y + 0.28), (x + 0.4, y + 0.26)], [0.05, 0.045, 0.015], _IVORY)
    head(pen, ELEPHANT, poll, (0.11, -0.06))
    flap = 0.04 * wave(beat)
    pen.blob(
        [
            (x - 0.04, y - 0.18),
            (x - 0.2, y - 0.22),
            (x - 0.36 - flap, y - 0.1),
            (x - 0.36 - flap, y + 0.14),
            (x - 0.22, y + 0.3),
            (x - 0.1, y + 0.2),
            (x - 0.03, y + 0.02),
        ],
        pen.deeper(pen.own, 0.18),
    )


def camel(pen: Pen, beat: float) -> None:
    """Draw a camel with one hump."""
    swing = 0.03 * wave(beat)
    pen.limb([(-0.47, -0.74), (-0.56, -0.64), (-0.57 + swing, -0.48)], [0.05, 0.035, 0.05], pen.deeper(pen.own))
    poll = trunk(pen, CAMEL, beat)
    x, y = poll
    # The neck hangs before it rises.
    pen.limb([(0.3, -0.66), (0.5, -0.64), (0.62, -0.84), (x, y)], [0.26, 0.17, 0.13, 0.12], pen.own)
    pen.fill([(x - 0.06, y - 0.05), (x - 0.1, y - 0.13), (x - 0.01, y - 0.08)], pen.deeper(pen.own, 0.2))
    head(pen, CAMEL, poll, (0.08, -0.02))
    tuft = [(-0.21, -1.0), (-0.19, -1.09), (-0.13, -1.11), (-0.06, -1.09), (-0.04, -1.02), (-0.13, -1.04)]
    pen.blob(tuft, pen.deeper(pen.own, 0.35))


def giraffe(pen: Pen, beat: float) -> None:
    """Draw a giraffe with its patches."""
    patch = pen.deeper(pen.own, 0.45)
    pen.limb([(-0.36, -0.7), (-0.44, -0.56), (-0.45, -0.42)], [0.035, 0.025, 0.045], patch)
    poll = trunk(pen, GIRAFFE, beat)
    x, y = poll
    bob = 0.018 * wave(beat * 2)
    for left, top, size in (
        *((-0.26, -0.7, 0.06), (-0.13, -0.7, 0.065), (0.01, -0.7, 0.065), (0.14, -0.72, 0.065), (-0.2, -0.61, 0.045)),
        *((-0.06, -0.61, 0.05), (0.08, -0.61, 0.05), (0.24, -0.66, 0.05), (0.25, -0.8, 0.05), (0.29, -0.92, 0.045)),
        *((0.33, -1.04, 0.04), (0.37, -1.15, 0.035), (0.41, -1.26, 0.03)),
    ):
        pen.disc((left, top + bob), size, patch, tall=size * 0.85, turn=left * 3)
    for lean in (-0.02, 0.03):
        pen.line([(x + lean, y - 0.04), (x + lean - 0.01, y - 0.16)], 0.02, pen.own)
        pen.disc((x + lean - 0.01, y - 0.165), 0.02, patch)
    pen.blob([(x - 0.04, y - 0.04), (x - 0.13, y - 0.1), (x - 0.11, y - 0.01)], pen.deeper(pen.own, 0.15))
    head(pen, GIRAFFE, poll, (0.05, -0.02))


def cow(pen: Pen, beat: float) -> None:
    """Draw a cow with patches, horns and an udder."""
    swing = 0.05 * wave(beat)
    dark = hexa("3a2d28") if sum(pen.own) > 1.2 else pen.paler(pen.own, 0.75)
    pen.limb([(-0.55, -0.76), (-0.64, -0.6), (-0.63 + swing, -0.34)], [0.045, 0.03, 0.06], dark)
    pen.disc((-0.26, -0.38), 0.09, hexa("e0a59b"), tall=0.07)
    poll = trunk(pen, COW, beat)
    x, y = poll
    bob = 0.018 * wave(beat * 2)
    for outline in ("-40,-76 -26,-80 -12,-76 -14,-60 -28,-54 -40,-62", "8,-78 24,-82 32,-72 24,-58 12,-60"):
        pen.blob([(left, top + bob) for left, top in _spots(outline)], dark)
    for lean in (0.04, -0.02):
        pen.bow([(x + lean, y - 0.1), (x + lean + 0.05, y - 0.2), (x + lean + 0.14, y - 0.24)], 0.028, _IVORY)
    head(pen, COW, poll, (0.08, -0.01))
    pen.blob([(x - 0.04, y - 0.06), (x - 0.18, y - 0.08), (x - 0.16, y + 0.02), (x - 0.05, y + 0.02)], dark)
    pen.blob(placed(_spots("17,7 26,10 27,18 19,22 11,16"), poll, turn=COW.head_turn), hexa("e0a59b"))


def sheep(pen: Pen, beat: float) -> None:
    """Draw a sheep in its wool, with a dark face."""
    bob = 0.012 * wave(beat * 2)
    face = hexa("3b3431")
    poll = trunk(pen, SHEEP, beat)
    x, y = poll
    wool = pen.paler(pen.own, 0.12)
    for turn in (math.tau * step / 14 for step in range(14)):
        pen.disc((-0.04 + math.cos(turn) * 0.36, -0.48 + bob + math.sin(turn) * 0.13), 0.105, wool)
    pen.disc((-0.04, -0.48 + bob), 0.34, wool, tall=0.18)
    dark = Pen(pen.painter, pen.lit, face, pen.shade, pen.lamps, pen.label)
    head(dark, SHEEP, poll, (0.06, -0.01))
    pen.blob([(x - 0.04, y - 0.05), (x - 0.17, y - 0.05), (x - 0.14, y + 0.03)], face)
    spot = placed([(0.06, -0.01)], poll, turn=SHEEP.head_turn)[0]
    pen.disc((float(spot[0]), float(spot[1])), 0.024, _IVORY)
    pen.disc((float(spot[0]), float(spot[1])), 0.013, _DARK)
    for lean in (-0.06, 0.02):
        pen.disc((x + lean, y - 0.09), 0.07, wool)
