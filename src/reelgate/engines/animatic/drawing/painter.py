"""The brush: paints shapes, gradients, glows and fields into the planes of one sheet.

Everything is painted premultiplied and straight into Y, U, V and cover, at world coordinates. It knows nothing of
places or figures; they call it, once per shot.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from reelgate.engines.animatic.drawing.camera import Bounds
from reelgate.engines.animatic.drawing.colour import NATURAL, Colour, Floats, Grade, Plane, ink_of, to_yuv
from reelgate.engines.animatic.drawing.kernel import Ground
from reelgate.engines.animatic.drawing.sheet import Sheet, texture_size

#: World coordinates, shape (n, 2).
Points = NDArray[np.float64]
#: World row and colour, from top to bottom.
Stops = Sequence[tuple[float, Colour]]

_FRACTION = 4
#: Pixels for each polygon up to which one mask for all is cheaper: it costs an area, filling costs a polygon.
_PIXELS_EACH = 40_000
_TILE = 256


def _dither_tile() -> Floats:
    """Make noise that hides the steps of 8-bit gradients: high-passed, so that it does not look like grain."""
    rng = np.random.Generator(np.random.PCG64(20_240_101))
    noise = rng.random((_TILE, _TILE), dtype=np.float32) - rng.random((_TILE, _TILE), dtype=np.float32)
    noise -= cv2.GaussianBlur(noise, (0, 0), 1.2, borderType=cv2.BORDER_REFLECT)
    return np.asarray(noise * 0.85 + 0.5, dtype=np.float32)


_DITHER: Floats = np.tile(_dither_tile(), (1, 8))


def dithered(values: Floats) -> Plane:
    """Round floats (h, w) to bytes with the dither pattern."""
    values = np.asarray(values, np.float32)
    height, width = values.shape
    out: Plane = np.empty((height, width), np.uint8)
    for row in range(0, height, _TILE):
        for column in range(0, width, _TILE * 8):
            piece = values[row : row + _TILE, column : column + _TILE * 8]
            noisy = cv2.add(piece, _DITHER[: piece.shape[0], : piece.shape[1]])
            out[row : row + _TILE, column : column + _TILE * 8] = np.maximum(noisy, 0.0).astype(np.uint8)
    return out


class Painter:
    """A sheet in the making."""

    def __init__(self, bounds: Bounds, ppu: float, grade: Grade, *, opaque: bool = False, margin: int = 0) -> None:
        self.margin = margin
        self.bounds = bounds
        self.ppu = ppu
        self._grade = grade
        width, height = texture_size(bounds, ppu)
        self.width, self.height = width, height
        self.y: Plane = np.zeros((height, width), np.uint8)
        self.u: Plane = np.zeros((height // 2, width // 2), np.uint8)
        self.v: Plane = np.zeros((height // 2, width // 2), np.uint8)
        self._opaque = opaque
        self._inks: dict[Colour, tuple[float, float, float]] = {}
        start = 255 if opaque else 0
        self.cover: Plane = np.full((height, width), start, np.uint8)
        self.cover_half: Plane = np.full((height // 2, width // 2), start, np.uint8)
        planes, covers = (self.y, self.u, self.v), (self.cover, self.cover_half)
        self._ground = Ground(planes, None if opaque else covers, _DITHER)
        self._uncovered = Ground(planes, None, _DITHER)

    def ink(self, colour: Colour) -> tuple[float, float, float]:
        """Give the graded Y, U, V of a colour."""
        known = self._inks.get(colour)
        if known is None:
            if self._grade is NATURAL:
                known = ink_of(colour)
            else:
                yuv = to_yuv(self._grade(np.array([colour], np.float32)))[0]
                known = (float(yuv[0]), float(yuv[1]), float(yuv[2]))
            self._inks[colour] = known
        return known

    def poly(self, points: Points, colour: Colour) -> None:
        """Fill one polygon with a colour."""
        self.polys([points], colour)

    def polys(self, shapes: Sequence[Points], colour: Colour) -> None:
        """Fill polygons one by one with a colour."""
        joined = np.concatenate(shapes)
        if self._fill_once(shapes, joined, colour):
            return
        y, u, v = self.ink(colour)
        for shape in shapes:
            full = self._fixed(shape, 1)
            # Pixel centres of half planes lie between those of full ones: (p + 0.5) / 2 - 0.5, in sixteenths.
            half = (full - 8) >> 1
            self._fill(self.y, full, y)
            self._fill(self.u, half, u)
            self._fill(self.v, half, v)
            if not self._opaque:
                self._fill(self.cover, full, 255)
                self._fill(self.cover_half, half, 255)

    def _fill_once(self, shapes: Sequence[Points], joined: Points, colour: Colour, *, between: bool = False) -> bool:
        """Fill polygons, or what is between them, through one mask, where that is cheaper than filling every plane."""
        fixed = self._fixed(joined, 1)
        left, top, wide, tall = cv2.boundingRect(fixed)
        x0, y0 = max(0, (left >> 4) - 1) & ~1, max(0, (top >> 4) - 1) & ~1
        x1, y1 = min(self.width, (left + wide >> 4) + 3 & ~1), min(self.height, (top + tall >> 4) + 3 & ~1)
        if x1 - x0 < 2 or y1 - y0 < 2:
            return True
        box = (x0, y0, x1, y1)
        if (x1 - x0) * (y1 - y0) > len(shapes) * _PIXELS_EACH:
            return False
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        fixed -= (x0 * 16, y0 * 16)
        start, rings = 0, []
        for shape in shapes:
            rings.append(fixed[start : start + len(shape)])
            start += len(shape)
        for group in (rings,) if between else ((ring,) for ring in rings):
            cv2.fillPoly(mask, group, 255, lineType=cv2.LINE_AA, shift=_FRACTION)
        self._over(mask, box, colour)
        return True

    def holed(self, rings: Sequence[Points], colour: Colour) -> None:
        """Fill the area between rings (even-odd) with a colour; apart from each other, they are filled at once."""
        joined = np.concatenate(rings)
        if self._fill_once(rings, joined, colour, between=True):
            return
        y, u, v = self.ink(colour)
        starts = np.cumsum([len(ring) for ring in rings])[:-1]
        fixed = self._fixed(joined, 1)
        full, half = np.split(fixed, starts), np.split((fixed - 8) >> 1, starts)
        planes = [(self.y, full, y), (self.u, half, u), (self.v, half, v)]
        if not self._opaque:
            planes += [(self.cover, full, 255), (self.cover_half, half, 255)]
        for plane, parts, value in planes:
            cv2.fillPoly(plane, parts, round(value), lineType=cv2.LINE_AA, shift=_FRACTION)

    def ellipse(self, centre: tuple[float, float], radii: tuple[float, float], colour: Colour, turn: float = 0) -> None:
        """Fill an ellipse, turned by radians."""
        self.poly(ellipse(centre, radii, turn), colour)

    def stroke(self, points: Points, width: float, colour: Colour, *, closed: bool = False) -> None:
        """Draw a line of a world width, with round ends."""
        y, u, v = self.ink(colour)
        planes = [(self.y, 1, y), (self.u, 2, u), (self.v, 2, v)]
        if not self._opaque:
            planes += [(self.cover, 1, 255.0), (self.cover_half, 2, 255.0)]
        for plane, divisor, value in planes:
            thick = max(1, round(width * self.ppu / divisor))
            fixed = self._fixed(points, divisor)
            cv2.polylines(plane, [fixed], closed, round(value), thick, cv2.LINE_AA, _FRACTION)

    def gradient(self, points: Points | Sequence[Points], stops: Stops, alpha: float = 1.0) -> None:
        """Fill polygons with a vertical gradient."""
        shapes = points if isinstance(points, (list, tuple)) else [points]
        mask, box = self._mask([np.asarray(shape) for shape in shapes])
        if mask is None:
            return
        if alpha < 1.0:
            mask = cv2.convertScaleAbs(mask, alpha=alpha)
        self._gradient_over(mask, box, stops)

    def band(self, stops: Stops, *, top: float, bottom: float | None = None) -> None:
        """Fill a full-width band of rows with a vertical gradient."""
        low = self.bounds.bottom + 0.05 if bottom is None else bottom
        left, right = self.bounds.left - 0.1, self.bounds.right + 0.1
        self.gradient(np.array([[left, top], [right, top], [right, low], [left, low]]), stops)

    def soft(self, points: Points, colour: Colour, *, blur: float, alpha: float = 1.0) -> None:
        """Fill a polygon with soft edges; blur is a world radius."""
        pad = blur * 3
        low, high = points.min(axis=0) - pad, points.max(axis=0) + pad
        scale = max(1, int(blur * self.ppu / 3))
        box = self._box(low[0], low[1], high[0], high[1])
        if box is None:
            return
        x0, y0, x1, y1 = box
        small = np.zeros((max(2, (y1 - y0) // scale), max(2, (x1 - x0) // scale)), np.uint8)
        sx, sy = small.shape[1] / (x1 - x0), small.shape[0] / (y1 - y0)
        pixels = (points - (self.bounds.left, self.bounds.top)) * self.ppu - (x0, y0)
        fixed = np.round(pixels * (sx, sy) * 16 - 8).astype(np.int32)
        cv2.fillPoly(small, [fixed], 255, lineType=cv2.LINE_AA, shift=_FRACTION)
        blurred = cv2.GaussianBlur(small, (0, 0), max(0.6, blur * self.ppu * sx), borderType=cv2.BORDER_CONSTANT)
        big = cv2.resize(blurred.astype(np.float32), (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        self._over(dithered(big * alpha), box, colour)

    def glow(
        self,
        centre: tuple[float, float],
        radius: float,
        colour: Colour,
        *,
        alpha: float,
        power: float = 2.0,
        squash: float = 1.0,
    ) -> None:
        """Lay a round glow that fades to nothing at the radius."""
        box = self._box(
            centre[0] - radius, centre[1] - radius * squash, centre[0] + radius, centre[1] + radius * squash
        )
        if box is None:
            return
        x0, y0, x1, y1 = box
        cells = 48
        xs = np.linspace(x0, x1, cells, dtype=np.float32)
        ys = np.linspace(y0, y1, cells, dtype=np.float32)
        dx = (xs / self.ppu + self.bounds.left - centre[0]) / radius
        dy = (ys / self.ppu + self.bounds.top - centre[1]) / (radius * squash)
        distance = np.sqrt(dx[None, :] ** 2 + dy[:, None] ** 2)
        field = np.clip(1.0 - distance, 0.0, 1.0) ** power * (255.0 * alpha)
        big = cv2.resize(field.astype(np.float32), (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
        self._over(dithered(big), box, colour)

    def veil(self, alphas: Floats, colour: Colour) -> None:
        """Lay a colour over the whole sheet with a coarse alpha field (any size), 0 to 1."""
        big = cv2.resize(alphas.astype(np.float32) * 255, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        self._over(dithered(big), (0, 0, self.width, self.height), colour)

    def field(self, rgb: Floats) -> None:
        """Paint the whole sheet from a coarse RGB field (rows, columns, 3); it becomes opaque."""
        yuv = to_yuv(self._grade(rgb))
        full, half = (self.width, self.height), (self.width // 2, self.height // 2)
        for target, index, size in ((self.y, 0, full), (self.u, 1, half), (self.v, 2, half)):
            target[:] = dithered(cv2.resize(yuv[..., index], size, interpolation=cv2.INTER_LINEAR))
        self.cover[:] = 255
        self.cover_half[:] = 255

    def stamp(self, mask: Plane, left: int, top: int, colour: Colour) -> None:
        """Lay a colour through a mask whose corner is at even texture pixels; what hangs over is cut."""
        x0, y0 = max(0, left) & ~1, max(0, top) & ~1
        x1, y1 = min(self.width, left + mask.shape[1]) & ~1, min(self.height, top + mask.shape[0]) & ~1
        if x1 - x0 >= 2 and y1 - y0 >= 2:
            piece = np.ascontiguousarray(mask[y0 - top : y1 - top, x0 - left : x1 - left])
            self._over(piece, (x0, y0, x1, y1), colour)

    def picture(self, rgb: Floats, mask: Plane, left: int, top: int) -> None:
        """Lay a picture (rows, columns, 3), all even, through a mask of its size, its corner at even texture pixels."""
        height, width = min(mask.shape[0], self.height - top) & ~1, min(mask.shape[1], self.width - left) & ~1
        yuv = to_yuv(self._grade(rgb[:height, :width]))
        half = cv2.resize(yuv, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        y, u, v = (np.asarray(plane + 0.5, np.uint8) for plane in (yuv[..., 0], half[..., 1], half[..., 2]))
        piece = np.ascontiguousarray(mask[:height, :width])
        self._over_planes(piece, (left, top, left + width, top + height), (y, u, v))

    def rim(self, dx: float, dy: float, colour: Colour, *, alpha: float, width: float) -> None:
        """Light the edges of what is painted that face (dx, dy), a direction in the picture."""
        reach = max(1.0, width * self.ppu)
        centre = ((self.width - 1) / 2 + dx * reach, (self.height - 1) / 2 + dy * reach)
        edge = cv2.getRectSubPix(self.cover, (self.width, self.height), centre)
        cv2.subtract(self.cover, edge, dst=edge)
        cv2.blur(edge, (3, 3), dst=edge)
        cv2.multiply(edge, self.cover, dst=edge, scale=alpha / 255)
        self._over(edge, (0, 0, self.width, self.height), colour, keep_cover=True)

    def sheet(self) -> Sheet:
        """Finish: give the sheet. Nothing can be painted any more."""
        hole = hole_half = None
        if not self._opaque:
            hole = cv2.bitwise_not(self.cover, dst=self.cover)
            hole_half = cv2.bitwise_not(self.cover_half, dst=self.cover_half)
        return Sheet(
            y=self.y,
            u=self.u,
            v=self.v,
            hole=hole,
            hole_half=hole_half,
            left=self.bounds.left,
            top=self.bounds.top,
            ppu=self.ppu,
            margin=self.margin,
        )

    def _fixed(self, points: Points, divisor: int, corner: tuple[int, int] = (0, 0)) -> NDArray[np.int32]:
        """Give points in sixteenths of texture pixels, from a corner on."""
        scale = self.ppu / divisor * 16
        left, top = self.bounds.left * scale + 8 + corner[0] * 16, self.bounds.top * scale + 8 + corner[1] * 16
        return np.rint(np.asarray(points) * scale - (left, top)).astype(np.int32)

    @staticmethod
    def _fill(plane: Plane, fixed: NDArray[np.int32], value: float) -> None:
        cv2.fillPoly(plane, [fixed], round(value), lineType=cv2.LINE_AA, shift=_FRACTION)

    def _box(self, left: float, top: float, right: float, bottom: float) -> tuple[int, int, int, int] | None:
        x0 = max(0, math.floor((left - self.bounds.left) * self.ppu)) & ~1
        y0 = max(0, math.floor((top - self.bounds.top) * self.ppu)) & ~1
        x1 = min(self.width, (math.ceil((right - self.bounds.left) * self.ppu) + 2) & ~1)
        y1 = min(self.height, (math.ceil((bottom - self.bounds.top) * self.ppu) + 2) & ~1)
        return (x0, y0, x1, y1) if x1 - x0 >= 2 and y1 - y0 >= 2 else None

    def _mask(self, shapes: Sequence[Points]) -> tuple[Plane | None, tuple[int, int, int, int]]:
        low = np.min([shape.min(axis=0) for shape in shapes], axis=0)
        high = np.max([shape.max(axis=0) for shape in shapes], axis=0)
        box = self._box(low[0], low[1], high[0], high[1])
        if box is None:
            return None, (0, 0, 0, 0)
        x0, y0, x1, y1 = box
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        for shape in shapes:
            self._fill(mask, self._fixed(shape, 1, (x0, y0)), 255)
        return mask, box

    def _gradient_over(self, mask: Plane, box: tuple[int, int, int, int], stops: Stops) -> None:
        _, y0, _, y1 = box
        rows = (np.arange(y0, y1) + 0.5) / self.ppu + self.bounds.top
        places = [stop[0] for stop in stops]
        if self._grade is NATURAL:
            # Straight lines stay straight.
            inks = np.array([self.ink(colour) for _, colour in stops], np.float64)
            yuv: Floats = np.empty((y1 - y0, 3), np.float32)
            for index in range(3):
                yuv[:, index] = np.interp(rows, places, inks[:, index])
        else:
            colours = np.array([stop[1] for stop in stops], np.float32)
            rgb = np.stack([np.interp(rows, places, colours[:, index]) for index in range(3)], axis=-1)
            yuv = to_yuv(self._grade(rgb.astype(np.float32)))
        self._ground.stain(mask, box, yuv)

    def _over(self, mask: Plane, box: tuple[int, int, int, int], colour: Colour, *, keep_cover: bool = False) -> None:
        ground = self._uncovered if keep_cover else self._ground
        ground.stain(mask, box, np.array(self.ink(colour), np.float32))

    def _over_planes(self, mask: Plane, box: tuple[int, int, int, int], fills: tuple[Plane, Plane, Plane]) -> None:
        x0, y0, x1, y1 = box
        full = (slice(y0, y1), slice(x0, x1))
        half = (slice(y0 // 2, y1 // 2), slice(x0 // 2, x1 // 2))
        small = cv2.resize(mask, ((x1 - x0) // 2, (y1 - y0) // 2), interpolation=cv2.INTER_AREA)
        targets = [(self.y[full], mask, fills[0]), (self.u[half], small, fills[1]), (self.v[half], small, fills[2])]
        for target, share, fill in targets:
            cv2.multiply(target, cv2.bitwise_not(share), dst=target, scale=1 / 255)
            cv2.add(target, cv2.multiply(share, fill, scale=1 / 255), dst=target)
        if not self._opaque:
            for cover, share in ((self.cover[full], mask), (self.cover_half[half], small)):
                cv2.multiply(cover, cv2.bitwise_not(share), dst=cover, scale=1 / 255)
                cv2.add(cover, share, dst=cover)


_ANGLES = np.arange(48) * (2 * np.pi / 48)
_ROUND = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=-1)


def ellipse(centre: tuple[float, float], radii: tuple[float, float], turn: float = 0.0) -> Points:
    """Give the outline of an ellipse."""
    cos, sin = math.cos(turn), math.sin(turn)
    matrix = ((radii[0] * cos, radii[0] * sin), (-radii[1] * sin, radii[1] * cos))
    return np.asarray(_ROUND @ np.array(matrix) + np.array(centre), dtype=np.float64)


def smooth(points: Sequence[tuple[float, float]] | Points, steps: int = 8) -> Points:
    """Round a closed outline: a Catmull-Rom curve through its points."""
    p = np.asarray(points, np.float64)
    return _catmull(np.concatenate([p[-1:], p, p[:2]]), steps)


def curve(points: Sequence[tuple[float, float]] | Points, steps: int = 8) -> Points:
    """Round an open line: a Catmull-Rom curve through its points."""
    p = np.asarray(points, np.float64)
    return np.concatenate([_catmull(np.concatenate([p[:1] * 2 - p[1:2], p, p[-1:] * 2 - p[-2:-1]]), steps), p[-1:]])


def across(spine: Points) -> Points:
    """Give the direction across a line at each of its points, (..., n, 2), of length 1."""
    along = np.empty_like(spine)
    along[..., 1:-1, :] = spine[..., 2:, :] - spine[..., :-2, :]
    along[..., 0, :] = spine[..., 1, :] - spine[..., 0, :]
    along[..., -1, :] = spine[..., -1, :] - spine[..., -2, :]
    out = np.empty_like(spine)
    length = np.hypot(along[..., 0], along[..., 1]) + 1e-9
    out[..., 0] = -along[..., 1] / length
    out[..., 1] = along[..., 0] / length
    return out


_FOUR = np.arange(4)


def _catmull(padded: Points, steps: int) -> Points:
    """Give the curve between all points but the first and the last two, each of which begins `steps` of it."""
    four = padded[np.arange(len(padded) - 3)[:, None] + _FOUR]
    return np.asarray((_shares(steps) @ four).reshape(-1, padded.shape[1]), np.float64)


@lru_cache(maxsize=32)
def _shares(steps: int) -> Points:
    """Give what each of four points adds to the curve between the middle ones, at each step."""
    t = np.arange(steps)[:, None] / steps
    powers = np.concatenate([t**0, t, t**2, t**3], axis=1)
    return np.asarray(powers @ np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2, np.float64)
