"""The pen that figures are drawn with: limbs, joints and turned shapes in a figure's own units, in the shot's light.

A figure is about one unit tall, stands on (0, 0), faces right, and rows grow downwards. Figures call it; it calls the
painter.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, mix, times
from reelgate.engines.animatic.drawing.painter import Painter, Points, Stops, across, curve, ellipse, smooth

Spot = tuple[float, float]


@dataclass(slots=True)
class Pen:
    """Draws one sheet of a figure's cycle."""

    painter: Painter
    #: Turns own colours into this light.
    lit: Callable[[Colour], Colour]
    #: The figure's colour, own, not lit.
    own: Colour
    shade: Colour
    #: Whether lamps shine.
    lamps: bool = False
    #: What stands on a card.
    label: str = ""
    _dark: float = field(default=0.0)

    def ink(self, own: Colour) -> Colour:
        """Give an own colour in this light, darker on the far side."""
        return mix(self.lit(own), self.shade, self._dark)

    def deeper(self, own: Colour, amount: float = 0.35) -> Colour:
        """Give a darker own colour."""
        return times(own, (1 - amount, 1 - amount, 1 - amount * 0.85))

    def paler(self, own: Colour, amount: float = 0.35) -> Colour:
        """Give a lighter own colour."""
        return mix(own, (1.0, 1.0, 1.0), amount)

    def far(self, amount: float = 0.35) -> "Pen":
        """Give a pen for what lies on the figure's far side."""
        return Pen(self.painter, self.lit, self.own, self.shade, self.lamps, self.label, amount)

    def fill(self, points: Points | Sequence[Spot], own: Colour) -> None:
        """Fill a polygon."""
        self.painter.poly(np.asarray(points, np.float64), self.ink(own))

    def blob(self, points: Points | Sequence[Spot], own: Colour) -> None:
        """Fill a rounded outline through the points."""
        self.painter.poly(smooth(points), self.ink(own))

    def shaded(self, points: Points | Sequence[Spot], own: Colour, low: Colour) -> None:
        """Fill a rounded outline, `own` above and `low` below."""
        outline = smooth(points)
        stops: Stops = [(float(outline[:, 1].min()), self.ink(own)), (float(outline[:, 1].max()), self.ink(low))]
        self.painter.gradient(outline, stops)

    def disc(self, centre: Spot, radius: float, own: Colour, *, tall: float | None = None, turn: float = 0.0) -> None:
        """Fill a disc or an ellipse."""
        self.painter.poly(ellipse(centre, (radius, tall or radius), turn), self.ink(own))

    def line(self, points: Sequence[Spot] | Points, width: float, own: Colour) -> None:
        """Draw a line."""
        self.painter.stroke(np.asarray(points, np.float64), width, self.ink(own))

    def bow(self, points: Sequence[Spot], width: float, own: Colour) -> None:
        """Draw a rounded line through the points."""
        self.painter.stroke(curve(points), width, self.ink(own))

    def limb(self, points: Sequence[Spot], widths: Sequence[float], own: Colour) -> None:
        """Draw a rounded tapering limb: full widths at the points, round ends."""
        spine = curve(points, 6)
        at = np.linspace(0, len(widths) - 1, len(spine))
        half = np.interp(at, np.arange(len(widths)), widths) / 2
        reach = across(spine) * half[:, None]
        outline = np.concatenate([spine + reach, (spine - reach)[::-1]])
        ends = [
            ellipse((float(end[0]), float(end[1])), (float(wide), float(wide)))
            for end, wide in ((spine[0], half[0]), (spine[-1], half[-1]))
        ]
        self.painter.polys([outline, *ends], self.ink(own))

    def box(self, left: float, top: float, right: float, bottom: float, own: Colour) -> None:
        """Fill a rectangle."""
        self.fill([(left, top), (right, top), (right, bottom), (left, bottom)], own)

    def glow(self, centre: Spot, radius: float, colour: Colour, alpha: float) -> None:
        """Lay light that does not depend on the shot's."""
        self.painter.glow(centre, radius, colour, alpha=alpha)

    def bare(self, points: Points | Sequence[Spot], colour: Colour, *, rounded: bool = True) -> None:
        """Fill with a colour that shines by itself."""
        self.painter.poly(smooth(points) if rounded else np.asarray(points, np.float64), colour)


def placed(points: Sequence[Spot] | Points, at: Spot, *, scale: float = 1.0, turn: float = 0.0) -> Points:
    """Turn, scale and move points."""
    cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
    p = np.asarray(points, np.float64)
    return np.stack([at[0] + p[:, 0] * cos - p[:, 1] * sin, at[1] + p[:, 0] * sin + p[:, 1] * cos], axis=-1)


def joint(start: Spot, end: Spot, upper: float, lower: float, bend: float) -> Spot:
    """Find the middle joint of a two-part limb; bend is +1 or -1, the side it points to."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    reach = min(math.hypot(dx, dy), (upper + lower) * 0.999)
    along = (upper**2 - lower**2 + reach**2) / (2 * max(1e-6, reach))
    out = math.sqrt(max(0.0, upper**2 - along**2)) * bend
    unit_x, unit_y = dx / max(1e-6, reach), dy / max(1e-6, reach)
    return (start[0] + unit_x * along - unit_y * out, start[1] + unit_y * along + unit_x * out)


def wave(beat: float, shift: float = 0.0) -> float:
    """Give the sine of a beat, 0 to 1 a cycle."""
    return math.sin(2 * math.pi * (beat + shift))


def stride(beat: float, shift: float, reach: float, lift: float) -> Spot:
    """Give where a foot is in its step: on the ground while it goes back, lifted while it comes forward."""
    place = (beat + shift) % 1.0
    if place < 0.5:
        return (reach * (1 - 4 * place), 0.0)
    share = (place - 0.5) * 2
    return (reach * (-1 + 2 * share), -lift * math.sin(math.pi * share))
