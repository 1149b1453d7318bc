"""Painted textures, and where they fall on a frame at a moment.

A sheet is painted once per shot; `kernel` resamples and blends it. Nothing here knows what a sheet shows. Painters make
sheets, elements hang them, and a frame lays them.
"""

import math
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from reelgate.engines.animatic.drawing.camera import Bounds, View
from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.kernel import Grid, Texture

#: Texture pixels around what is ever shown on the planned way, for a camera that goes on past its end.
MARGIN = 44
#: Texture pixels per frame pixel at the largest magnification; above 1 keeps edges crisp.
OVERSAMPLE = 1.06


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """A painted texture: premultiplied planes, the inverse of its cover, and where it hangs in the world."""

    y: Plane
    u: Plane
    v: Plane
    #: 255 where nothing is painted; None for an opaque sheet. The second is half size, for chroma.
    hole: Plane | None
    hole_half: Plane | None
    left: float
    top: float
    #: Texture pixels per world unit.
    ppu: float
    #: Texture pixels around the sheet that are shown only past the planned end of a shot.
    margin: int = 0
    texture: Texture = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Hand the planes to the kernel."""
        holes = None if self.hole is None or self.hole_half is None else (self.hole, self.hole_half)
        object.__setattr__(self, "texture", Texture((self.y, self.u, self.v), holes, margin=self.margin))


class Hang(NamedTuple):
    """Where a sheet hangs now: its depth in the view, and a world shift of its own."""

    view: View
    depth: float
    shift_x: float = 0.0
    shift_y: float = 0.0
    #: Own magnification around the sheet's world origin (0, 0).
    size: float = 1.0


class Hung(NamedTuple):
    """A sheet and where it hangs."""

    sheet: Sheet
    hang: Hang


def grid_of(sheet: Sheet, hang: Hang, width: int, height: int) -> Grid:
    """Give where the pixels of a frame of a size fall on a sheet."""
    view, size, ppu = hang.view, hang.size, sheet.ppu
    off_x, off_y = view.offset(hang.depth)
    step = ppu / (view.scale(hang.depth) * height * size)
    centre_x = ((off_x - hang.shift_x) / size - sheet.left) * ppu - 0.5
    centre_y = ((off_y + 0.5 - hang.shift_y) / size - sheet.top) * ppu - 0.5
    half_w, half_h = (width - 1) / 2, (height - 1) / 2
    if view.roll == 0.0:
        return Grid(step, centre_x - step * half_w, centre_y - step * half_h)
    cos, sin = math.cos(view.roll), math.sin(view.roll)
    x, y = centre_x - step * (cos * half_w - sin * half_h), centre_y - step * (sin * half_w + cos * half_h)
    return Grid(step, x, y, cos, sin)


def screen_row(world_y: float, hang: Hang, height: int) -> float:
    """Give the row of a frame of a height on which a world row of an unrolled view lies."""
    _, off_y = hang.view.offset(hang.depth)
    scale = hang.view.scale(hang.depth)
    return ((world_y * hang.size + hang.shift_y - off_y - 0.5) * scale + 0.5) * height


def mirrored(sheet: Sheet) -> Sheet:
    """Give a sheet as in a mirror that stands at the world's x = 0."""
    flipped = [None if plane is None else np.ascontiguousarray(plane[:, ::-1]) for plane in _planes(sheet)]
    y, u, v, hole, hole_half = flipped
    assert y is not None and u is not None and v is not None  # noqa: PT018 - they are one thing
    left = -(sheet.left + sheet.y.shape[1] / sheet.ppu)
    return replace(sheet, y=y, u=u, v=v, hole=hole, hole_half=hole_half, left=left)


def _planes(sheet: Sheet) -> tuple[Plane, Plane, Plane, Plane | None, Plane | None]:
    return sheet.y, sheet.u, sheet.v, sheet.hole, sheet.hole_half


def texture_size(bounds: Bounds, ppu: float) -> tuple[int, int]:
    """Give the even width and height in pixels of a texture over a world rectangle."""
    # At least what a texture's halved planes must have.
    return (max(32, math.ceil(bounds.width * ppu / 2) * 2), max(4, math.ceil(bounds.height * ppu / 2) * 2))
