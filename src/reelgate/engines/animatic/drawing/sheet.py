"""Painted textures and the frame they are laid on: sampling and blending of 8-bit planes, as cheap as it gets.

A sheet is painted once per shot; drawing it costs one resize and one fixed-point blend per plane and frame. Nothing
here knows what a sheet shows. The stage calls `draw_sheet`; painters make sheets.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.camera import Bounds, View
from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.strips import Strip

#: Texture pixels around what is ever shown, which the resampler may use to land on whole pixels.
MARGIN = 44
#: Texture pixels per frame pixel at the largest magnification; above 1 keeps edges crisp and feeds the resampler.
OVERSAMPLE = 1.06
#: Pixels below which warping is cheaper than resizing, which may have to begin far outside.
_SMALL = 4_000
#: Steps that differ less than this from 1 need no resizing.
_WHOLE = 1e-9
_SHARE = 1 / 255
#: Of a frame pixel: good enough at once, and the worst that is taken; neither can be seen.
_ERROR_GOOD = 0.08
_ERROR_MAX = 0.11


class Frame:
    """One I420 picture that workers draw into again and again."""

    def __init__(self, width: int, height: int, *, scratch: "Frame | None" = None) -> None:
        self.width = width
        self.height = height
        self.buffer = np.zeros((height * 3 // 2, width), np.uint8)
        quarter = height // 4
        self.y: Plane = self.buffer[:height]
        self.u: Plane = self.buffer[height : height + quarter].reshape(height // 2, width // 2)
        self.v: Plane = self.buffer[height + quarter :].reshape(height // 2, width // 2)
        #: Two buffers that samplers fill; what lies in them is valid until the next use. A frame may use another's.
        self.scratch: Plane = scratch.scratch if scratch else np.empty((height + 96) * (width + 96), np.uint8)
        self.scratch_alpha: Plane = scratch.scratch_alpha if scratch else np.empty_like(self.scratch)
        self._spares: dict[str, Plane] = {}
        #: What its last pictures had in common.
        self.backdrop = Backdrop()

    def spare(self, name: str, shape: tuple[int, ...], kind: type[np.generic]) -> Plane:
        """Give a named buffer of a shape, the same as last time: asking for new memory costs more than filling it."""
        kept = self._spares.get(name)
        if kept is None or kept.shape != shape or kept.dtype != kind:
            kept = self._spares[name] = np.empty(shape, kind)
        return kept

    def copy_rows(self, other: "Frame", rows: int) -> None:
        """Copy the first `rows` rows of a frame of the same size, and one more where the number is odd."""
        half = (rows + 1) // 2
        np.copyto(self.y[: half * 2], other.y[: half * 2])
        np.copyto(self.u[:half], other.u[:half])
        np.copyto(self.v[:half], other.v[:half])


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The far part of a picture, kept for those that follow."""

    frame: Frame | None = None
    #: What stands for the stage it is of, the picture's number, and the rows down to which it was drawn.
    owner: object = None
    index: int = -1
    rows: int = 0


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
    #: Where there is anything to draw, left to right; none for a sheet that is drawn whole.
    strips: tuple[Strip, ...] = ()
    #: World row below which nothing shines through; infinity for never.
    solid_from: float = math.inf
    #: Whether the solid rows are a mere vertical gradient, for which whole pixels are good enough.
    plain: bool = False
    #: Texture pixels around the sheet that are never shown, for the resampler.
    margin: int = 0


class _Grid(NamedTuple):
    """Where frame pixels fall on a texture: texture = origin + step * frame, turned by roll around the origin."""

    step: float
    x: float
    y: float
    cos: float = 1.0
    sin: float = 0.0

    def at(self, column: int, row: int) -> "_Grid":
        x = self.x + self.step * (self.cos * column - self.sin * row)
        y = self.y + self.step * (self.sin * column + self.cos * row)
        return _Grid(self.step, x, y, self.cos, self.sin)

    def halved(self) -> "_Grid":
        """Give the grid of the half-size planes; both grids count pixel centres."""
        shift_x = 0.5 * self.step * (self.cos - self.sin)
        shift_y = 0.5 * self.step * (self.sin + self.cos)
        return _Grid(self.step, (self.x + shift_x - 0.5) / 2, (self.y + shift_y - 0.5) / 2, self.cos, self.sin)


def _start(origin: float, step: float) -> tuple[int, int] | None:
    """Find a whole texture pixel from which resizing lands on `origin`, and how many frame pixels to skip from there.

    None where that would be off by more than can be seen.
    """
    inverse = 1.0 / step
    first = math.floor(origin)
    landing = (origin - first + 0.5) * inverse - 0.5
    off, less, most = landing - math.floor(landing + 0.5), 1.0 - inverse, min(first, MARGIN - 2)
    if abs(off) < _ERROR_GOOD:
        return first, int(landing + 0.5)
    if 0.0 < less < 2 * _ERROR_GOOD:
        # Each pixel further back takes a little off; so many make it small, and no step is too wide to miss that.
        back = math.ceil(((off if off > 0.0 else off + 1.0) - _ERROR_GOOD) / less)
        if back <= most:
            return first - back, int(landing + back * inverse + 0.5)
    found, least = None, _ERROR_MAX
    for back in range(most + 1):
        skip = int(landing + 0.5)
        error = abs(landing - skip)
        if error < least:
            found, least = (first - back, skip), error
            if error < _ERROR_GOOD:
                break
        landing += inverse
    return found


class _Cut(NamedTuple):
    """A piece of a texture, and what of it is wanted once it is resized."""

    piece: tuple[slice, slice]
    #: Rows and columns of the resized piece.
    shape: tuple[int, int]
    wanted: tuple[slice, slice]
    inverse: float

    def of(self, source: Plane, into: Plane) -> Plane:
        """Resize; answers a view that is valid until `into` is used again."""
        rows, columns = self.shape
        target = into[: rows * columns].reshape(rows, columns)
        cv2.resize(source[self.piece], None, target, self.inverse, self.inverse, cv2.INTER_LINEAR)
        return target[self.wanted]


def _cut(texture: Plane, grid: _Grid, height: int, width: int, room: int) -> _Cut | None:
    """Plan how to resample a rectangle of a texture by resizing; None where that does not fit."""
    step = grid.step
    across, down = _start(grid.x, step), _start(grid.y, step)
    if across is None or down is None:
        return None
    (x0, skip_x), (y0, skip_y) = across, down
    inverse = 1.0 / step
    rows = min(texture.shape[0] - y0, math.ceil((skip_y + height + 0.5) * step) + 1)
    columns = min(texture.shape[1] - x0, math.ceil((skip_x + width + 0.5) * step) + 1)
    out_h, out_w = round(rows * inverse), round(columns * inverse)
    if out_h < skip_y + height or out_w < skip_x + width or out_h * out_w > room:
        return None
    piece = (slice(y0, y0 + rows), slice(x0, x0 + columns))
    return _Cut(piece, (out_h, out_w), (slice(skip_y, skip_y + height), slice(skip_x, skip_x + width)), inverse)


def sample(source: Plane, grid: _Grid, height: int, width: int, *, into: Plane) -> Plane:
    """Resample a rectangle of a texture to height x width; answers a view that is valid until `into` is used again."""
    step = grid.step
    if grid.sin == 0.0:
        if abs(step - 1.0) < _WHOLE:
            column, row = round(grid.x), round(grid.y)
            if abs(grid.x - column) < 0.01 and abs(grid.y - row) < 0.01 and min(column, row) >= 0:
                piece = source[row : row + height, column : column + width]
                if piece.shape == (height, width):
                    return piece
            out = into[: height * width].reshape(height, width)
            centre = (grid.x + (width - 1) / 2, grid.y + (height - 1) / 2)
            cv2.getRectSubPix(source, (width, height), centre, patch=out)
            return out
        cut = _cut(source, grid, height, width, into.size) if height * width > _SMALL else None
        if cut is not None:
            return cut.of(source, into)
    out = into[: height * width].reshape(height, width)
    matrix = np.array(
        [
            [step * grid.cos, -step * grid.sin, grid.x],
            [step * grid.sin, step * grid.cos, grid.y],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cv2.warpAffine(source, matrix, (width, height), dst=out, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return out


class Hang(NamedTuple):
    """Where a sheet hangs now: its depth in the view, and a world shift of its own."""

    view: View
    depth: float
    shift_x: float = 0.0
    shift_y: float = 0.0
    #: Own magnification around the sheet's world origin (0, 0).
    size: float = 1.0


def _grid(sheet: Sheet, hang: Hang, frame: Frame) -> _Grid:
    scale = hang.view.scale(hang.depth) * frame.height
    off_x, off_y = hang.view.offset(hang.depth)
    step = sheet.ppu / (scale * hang.size)
    cos, sin = math.cos(hang.view.roll), math.sin(hang.view.roll)
    centre_x = ((off_x - hang.shift_x) / hang.size - sheet.left) * sheet.ppu - 0.5
    centre_y = ((off_y + 0.5 - hang.shift_y) / hang.size - sheet.top) * sheet.ppu - 0.5
    if hang.view.roll == 0.0:
        cos, sin = 1.0, 0.0
    half_w, half_h = (frame.width - 1) / 2, (frame.height - 1) / 2
    return _Grid(
        step,
        centre_x - step * (cos * half_w - sin * half_h),
        centre_y - step * (sin * half_w + cos * half_h),
        cos,
        sin,
    )


def screen_row(world_y: float, hang: Hang, frame: Frame) -> float:
    """Give the frame row on which a world row of an unrolled view lies."""
    _, off_y = hang.view.offset(hang.depth)
    scale = hang.view.scale(hang.depth)
    return ((world_y * hang.size + hang.shift_y - off_y - 0.5) * scale + 0.5) * frame.height


def _window(grid: _Grid, sheet: Sheet, frame: Frame, *, past: bool) -> tuple[int, int, int, int]:
    """Give the even-aligned frame rectangle that the sheet touches: left, top, right, bottom.

    A camera that is past the end of its way sees the sheet's margins, too.
    """
    if grid.sin != 0.0:
        return _window_rolled(grid, sheet, frame)
    height, width = sheet.y.shape
    low, edge = (0, 1) if past else (sheet.margin, 1 + sheet.margin // 8)
    left = max(0, math.ceil((low - grid.x) / grid.step))
    top = max(0, math.ceil((low - grid.y) / grid.step))
    right = min(frame.width, math.floor((width - edge - grid.x) / grid.step) + 1)
    bottom = min(frame.height, math.floor((height - edge - grid.y) / grid.step) + 1)
    return left & ~1, top & ~1, (right + 1) & ~1, (bottom + 1) & ~1


def _window_rolled(grid: _Grid, sheet: Sheet, frame: Frame) -> tuple[int, int, int, int]:
    height, width = sheet.y.shape
    xs: list[float] = []
    ys: list[float] = []
    for x, y in ((0, 0), (width, 0), (0, height), (width, height)):
        dx, dy = (x - grid.x) / grid.step, (y - grid.y) / grid.step
        xs.append(grid.cos * dx + grid.sin * dy)
        ys.append(-grid.sin * dx + grid.cos * dy)
    left, right = max(0, math.floor(min(xs))), min(frame.width, math.ceil(max(xs)) + 1)
    top, bottom = max(0, math.floor(min(ys))), min(frame.height, math.ceil(max(ys)) + 1)
    return left & ~1, top & ~1, (right + 1) & ~1, (bottom + 1) & ~1


def mirrored(sheet: Sheet) -> Sheet:
    """Give a sheet as in a mirror that stands at the world's x = 0."""
    flipped = [None if plane is None else np.ascontiguousarray(plane[:, ::-1]) for plane in _planes(sheet)]
    y, u, v, hole, hole_half = flipped
    assert y is not None and u is not None and v is not None  # noqa: PT018 - they are one thing
    left = -(sheet.left + sheet.y.shape[1] / sheet.ppu)
    return replace(sheet, y=y, u=u, v=v, hole=hole, hole_half=hole_half, left=left, strips=())


def _planes(sheet: Sheet) -> tuple[Plane, Plane, Plane, Plane | None, Plane | None]:
    return sheet.y, sheet.u, sheet.v, sheet.hole, sheet.hole_half


def draw_sheet(sheet: Sheet, hang: Hang, frame: Frame, *, rows_until: int | None = None) -> None:
    """Lay a sheet on the frame; rows from `rows_until` on are hidden by something nearer and left out."""
    grid = _grid(sheet, hang, frame)
    left, top, right, bottom = _window(grid, sheet, frame, past=hang.view.past)
    if rows_until is not None:
        bottom = min(bottom, (rows_until + 1) & ~1)
    if right - left < 2 or bottom - top < 2:
        return
    if grid.sin != 0.0 or not sheet.strips:
        _lay(sheet, grid, frame, (left, top, right, bottom), blend=sheet.hole is not None)
        return
    for strip in sheet.strips:
        # Both edges by the same rule, so that neighbours meet without gap or overlap.
        from_x = max(left, math.ceil((strip.left - grid.x) / grid.step) & ~1)
        to_x = (
            right if strip.right >= sheet.y.shape[1] else min(right, math.ceil((strip.right - grid.x) / grid.step) & ~1)
        )
        if to_x - from_x < 2:
            continue
        from_y = max(top, math.floor((strip.top - grid.y) / grid.step - 1) & ~1)
        solid = min(bottom, max(top, (math.ceil((strip.solid - grid.y) / grid.step) + 2) & ~1))
        to_y = min(bottom, (math.ceil((strip.bottom - grid.y) / grid.step) + 2) & ~1)
        if strip.solid >= strip.bottom:
            solid = to_y
        solid = min(solid, to_y)
        if solid - from_y >= 2:
            _lay(sheet, grid, frame, (from_x, from_y, to_x, solid), blend=True)
        if to_y - max(solid, from_y) >= 2:
            box = (from_x, max(solid, from_y), to_x, to_y)
            if sheet.plain:
                _lay_plain(sheet, grid, frame, box)
            else:
                _lay(sheet, grid, frame, box, blend=False)


def _lay_plain(sheet: Sheet, grid: _Grid, frame: Frame, box: tuple[int, int, int, int]) -> None:
    """Copy rows of a vertical gradient: each frame row takes the texture row nearest to it."""
    left, top, right, bottom = box
    _copy_rows(sheet.y, grid.at(left, top), frame.y[top:bottom, left:right])
    half = grid.halved().at(left // 2, top // 2)
    for source, target in ((sheet.u, frame.u), (sheet.v, frame.v)):
        _copy_rows(source, half, target[top // 2 : bottom // 2, left // 2 : right // 2])


def _copy_rows(source: Plane, grid: _Grid, target: Plane) -> None:
    height, width = target.shape
    column = max(0, min(source.shape[1] - width, round(grid.x)))
    row = max(0, round(grid.y))
    if row + height <= source.shape[0]:
        # The gradient's slope is off by the magnification, which nobody sees; its beginning is right.
        np.copyto(target, source[row : row + height, column : column + width])
        return
    rows = np.clip(np.rint(grid.y + grid.step * np.arange(height)), 0, source.shape[0] - 1).astype(np.intp)
    np.take(source[:, column : column + width], rows, axis=0, out=target, mode="clip")


def _lay(sheet: Sheet, grid: _Grid, frame: Frame, box: tuple[int, int, int, int], *, blend: bool) -> None:
    left, top, right, bottom = box
    hole = hole_half = None
    if blend and sheet.hole is not None and sheet.hole_half is not None:
        hole, hole_half = sheet.hole, sheet.hole_half
    _lay_planes(((sheet.y, frame.y[top:bottom, left:right]),), hole, grid.at(left, top), frame)
    rows, columns = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
    pairs = ((sheet.u, frame.u[rows, columns]), (sheet.v, frame.v[rows, columns]))
    _lay_planes(pairs, hole_half, grid.halved().at(left // 2, top // 2), frame)


def _lay_planes(pairs: tuple[tuple[Plane, Plane], ...], hole: Plane | None, grid: _Grid, frame: Frame) -> None:
    """Lay planes of one size, of which each falls on its part of the frame by the same grid."""
    source, target = pairs[0]
    height, width = target.shape
    resized = grid.sin == 0.0 and abs(grid.step - 1.0) >= _WHOLE and height * width > _SMALL
    cut = _cut(source, grid, height, width, frame.scratch.size) if resized else None

    def seen(plane: Plane, into: Plane) -> Plane:
        return sample(plane, grid, height, width, into=into) if cut is None else cut.of(plane, into)

    if hole is None:
        for source, target in pairs:
            np.copyto(target, seen(source, frame.scratch))
        return
    gap = seen(hole, frame.scratch_alpha)
    for source, target in pairs:
        cv2.multiply(target, gap, target, _SHARE)
        cv2.add(target, seen(source, frame.scratch), target)


def texture_size(bounds: Bounds, ppu: float) -> tuple[int, int]:
    """Give the even width and height in pixels of a texture over a world rectangle."""
    return (math.ceil(bounds.width * ppu / 2) * 2, math.ceil(bounds.height * ppu / 2) * 2)
