"""Cards: what the renderer cannot draw, named on a small paper sign that stands in the scene.

One drawing function, in the pen's units; the lettering comes from `titles`.
"""

import cv2

from reelgate.engines.animatic.drawing.colour import hexa, luminance
from reelgate.engines.animatic.drawing.pen import Pen
from reelgate.engines.animatic.drawing.titles import lettering, printable

_LABEL_MAX = 22


def card(pen: Pen, beat: float) -> None:
    """Draw a paper sign on a wooden easel with the label on it."""
    del beat
    wood, paper = hexa("7a5638"), pen.own
    for x in (-0.34, 0.34):
        pen.limb([(x * 1.15, 0.0), (x * 0.86, -0.95)], [0.045, 0.035], wood)
    pen.box(-0.66, -0.98, 0.68, -0.26, pen.deeper(wood, 0.3))
    pen.box(-0.68, -1.0, 0.66, -0.29, wood)
    pen.box(-0.63, -0.95, 0.61, -0.34, paper)
    pen.box(-0.72, -0.31, 0.72, -0.25, pen.deeper(wood, 0.15))
    text = printable(pen.label, _LABEL_MAX)
    if not text:
        return
    ink = hexa("2f2a2c") if luminance(paper) > 0.4 else hexa("f7f2e8")
    ppu = pen.painter.ppu
    room_w, room_h = int(1.08 * ppu), int(0.4 * ppu)
    mask = lettering(text, max(12, int(0.3 * ppu)), 600)
    scale = min(room_w / mask.shape[1], room_h / mask.shape[0], 1.0)
    size = (max(2, int(mask.shape[1] * scale)) & ~1, max(2, int(mask.shape[0] * scale)) & ~1)
    small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    bounds = pen.painter.bounds
    left = int((-0.01 - bounds.left) * ppu - size[0] / 2) & ~1
    top = int((-0.645 - bounds.top) * ppu - size[1] / 2) & ~1
    pen.painter.stamp(small, left, top, pen.ink(ink))
