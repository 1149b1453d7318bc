"""Furniture: what people sit on and put things on.

One drawing function each, in the pen's units.
"""

from reelgate.engines.animatic.drawing.pen import Pen

#: How high a table's top is above the ground, in own units.
TABLE_TOP = 0.66


def table(pen: Pen, beat: float) -> None:
    """Draw a wooden table from the front, its top seen a little from above."""
    del beat
    wood = pen.own
    back = pen.far(0.4)
    for x in (-0.72, 0.72):
        back.box(x - 0.035, -0.56, x + 0.035, -0.06, pen.deeper(wood, 0.3))
    for x in (-0.88, 0.88):
        pen.fill([(x - 0.055, -0.56), (x + 0.055, -0.56), (x + 0.04, 0.0), (x - 0.04, 0.0)], pen.deeper(wood, 0.22))
    pen.box(-0.9, -0.58, 0.9, -0.46, pen.deeper(wood, 0.34))
    pen.fill([(-0.86, -0.74), (0.86, -0.74), (1.0, -0.6), (-1.0, -0.6)], pen.paler(wood, 0.16))
    for share in (0.3, 0.62):
        y = -0.74 + 0.14 * share
        half = 0.86 + 0.14 * share
        pen.line([(-half, y), (half, y)], 0.008, pen.deeper(wood, 0.08))
    pen.box(-1.0, -0.6, 1.0, -0.54, wood)


def sofa(pen: Pen, beat: float) -> None:
    """Draw a soft sofa with two seats and a cushion."""
    del beat
    cloth = pen.own
    for x in (-0.9, 0.9):
        pen.box(x - 0.04, -0.1, x + 0.04, 0.0, pen.deeper(cloth, 0.6))
    pen.shaded(
        [(-0.92, -0.86), (0.0, -0.92), (0.92, -0.86), (0.98, -0.4), (0.9, -0.14), (-0.9, -0.14), (-0.98, -0.4)],
        pen.paler(cloth, 0.1),
        pen.deeper(cloth, 0.18),
    )
    pen.line([(0.0, -0.86), (0.0, -0.46)], 0.014, pen.deeper(cloth, 0.25))
    for left, right in ((-0.8, -0.01), (0.01, 0.8)):
        pen.blob([(left, -0.46), (right, -0.46), (right, -0.26), (left, -0.26)], pen.paler(cloth, 0.2))
    pen.box(-0.82, -0.28, 0.82, -0.08, pen.deeper(cloth, 0.2))
    for side in (-1.0, 1.0):
        pen.shaded(
            [(0.74 * side, -0.6), (0.94 * side, -0.64), (1.08 * side, -0.5), (1.08 * side, -0.1), (0.76 * side, -0.08)],
            pen.paler(cloth, 0.06),
            pen.deeper(cloth, 0.3),
        )
    pen.blob([(-0.62, -0.72), (-0.3, -0.7), (-0.3, -0.42), (-0.64, -0.42)], pen.paler(cloth, 0.5))
