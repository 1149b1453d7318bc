"""Everything a place or figure needs to know to paint itself into a shot, in one value.

It hands out painters that cover what the camera will show, colours in the shot's light, and random numbers by name.
"""

import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reelgate.engines.animatic.drawing.camera import Bounds, Path
from reelgate.engines.animatic.drawing.colour import Colour, Grade, hexa, mix
from reelgate.engines.animatic.drawing.painter import Painter
from reelgate.engines.animatic.drawing.palette import Palette
from reelgate.engines.animatic.drawing.sheet import MARGIN, OVERSAMPLE
from reelgate.engines.animatic.drawing.stage import Element
from reelgate.engines.animatic.scene import Shot, Weather

_SNOW = hexa("eaf0f7")

#: Paints one element; a place is a list of them, back to front, painted in parallel.
Job = Callable[[], Element]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenery:
    """A place's painting jobs, back to front: what stands behind the subjects and what stands before them."""

    back: Sequence[Job]
    front: Sequence[Job] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A shot's frame, light and camera."""

    shot: Shot
    #: Frame height in pixels.
    height: int
    aspect: float
    duration_s: float
    path: Path
    palette: Palette
    grade: Grade
    seed: tuple[int, int]
    #: World row of the horizon.
    horizon: float = 0.62
    #: Seconds that the shot is seen, where that is longer than it was planned for.
    shown_s: float = 0.0
    #: Where sun or moon stands, -0.5 to 0.5 of the frame's width.
    sun_side: float = 0.24

    def rng(self, name: str) -> np.random.Generator:
        """Give the random numbers of one named thing: the same for the same seed, whatever else is drawn."""
        return np.random.Generator(np.random.PCG64([*self.seed, zlib.crc32(name.encode())]))

    @property
    def goes_on(self) -> bool:
        """Whether the shot is seen past its planned end."""
        return self.shown_s > self.duration_s

    @property
    def unit(self) -> float:
        """Usual size of things against the frame's height: smaller where the frame is narrow."""
        return min(1.0, max(0.62, self.aspect / 1.25))

    @property
    def half(self) -> float:
        """Half the frame's width in world units."""
        return self.aspect / 2

    @property
    def sun(self) -> tuple[float, float]:
        """World point of sun or moon."""
        return (self.sun_side * self.aspect, self.horizon * (1.0 - self.palette.sun_height))

    def lit(self, own: Colour, depth: float) -> Colour:
        """Give an own colour in this light at a depth."""
        return self.palette.lit(own, depth)

    def lit_ground(self, own: Colour, depth: float, *, covered: float = 0.82) -> Colour:
        """Give the own colour of the ground in this light: under snow where it snows."""
        snowy = self.shot.weather is Weather.SNOW
        return self.lit(mix(own, _SNOW, covered) if snowy else own, depth)

    def ppu(self, depth: float) -> float:
        """Give texture pixels per world unit for a depth: those of the frame where the depth is never magnified."""
        least, most = self.path.scales(depth)
        return self.height * (most if most - least < 1e-6 and not self.path.rolls else most * OVERSAMPLE)

    def bounds(self, depth: float, *, extra: float = 0.0) -> Bounds:
        """Give what a depth ever shows, with the margin around it and `extra` world units to the sides."""
        margin = MARGIN / self.ppu(depth)
        seen = self.path.bounds(depth)
        return Bounds(
            left=seen.left - margin - extra,
            top=seen.top - margin,
            right=seen.right + margin + extra,
            bottom=seen.bottom + margin,
        )

    def painter(
        self,
        depth: float,
        *,
        top: float | None = None,
        bottom: float | None = None,
        extra: float = 0.0,
        opaque: bool = False,
    ) -> Painter:
        """Give a painter for a full-width layer at a depth, cut to a band of world rows where given."""
        margin = MARGIN / self.ppu(depth)
        bounds = self.bounds(depth, extra=extra)
        bounds = bounds.clipped(
            top=None if top is None else top - margin, bottom=None if bottom is None else bottom + margin
        )
        ppu = self.ppu(depth)
        # On whole pixel pairs of the frame, so that what the camera does not move is copied, not resampled.
        snapped = Bounds(
            left=math.floor(bounds.left * ppu / 2) * 2 / ppu,
            top=math.floor(bounds.top * ppu / 2) * 2 / ppu,
            right=bounds.right,
            bottom=bounds.bottom,
        )
        return Painter(snapped, ppu, self.grade, opaque=opaque, margin=MARGIN)

    def sprite(self, bounds: Bounds, size: float, depth: float) -> Painter:
        """Give a painter for a thing painted in its own units, shown at `size` world units a unit."""
        ppu = self.ppu(depth) * size
        pad = 3 / ppu
        padded = Bounds(
            left=bounds.left - pad, top=bounds.top - pad, right=bounds.right + pad, bottom=bounds.bottom + pad
        )
        return Painter(padded, ppu, self.grade)
