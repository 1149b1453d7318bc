"""The compiled part of drawing, `compiled/kernel.c`: what it can do, and the memory that it works on.

Calls take microseconds to some milliseconds and let other threads run meanwhile. The kernel itself checks nothing: what
would leave a plane is refused here, with a ValueError. Sheets, painters and frames call it; the build hook makes the
library.
"""

import ctypes
import hashlib
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reelgate.engines.animatic.drawing.colour import Floats, Plane

#: Columns of a picture or a texture that share what is known of them.
BLOCK: Final = 16
#: The smallest plane that can be a texture's: rows and columns.
LEAST: Final = (2, 16)

#: The widest mesh and picture that can be warped: nodes and pixels; and how far away pixels may come from.
_NODES, _WIDEST, _FARTHEST = 1024, 4096, 16_000
#: For every block of columns of a picture, the row from which on something nearer hides all.
Until = NDArray[np.int32]


class _Plane(ctypes.Structure):
    _fields_ = (
        ("pixels", ctypes.c_void_p),
        ("hole", ctypes.c_void_p),
        ("width", ctypes.c_int64),
        ("height", ctypes.c_int64),
        ("profile", ctypes.c_void_p),
    )


class _Sheet(ctypes.Structure):
    _fields_ = (("y", _Plane), ("u", _Plane), ("v", _Plane), ("margin", ctypes.c_int64))


class _Picture(ctypes.Structure):
    _fields_ = (
        ("y", ctypes.c_void_p),
        ("u", ctypes.c_void_p),
        ("v", ctypes.c_void_p),
        ("width", ctypes.c_int64),
        ("height", ctypes.c_int64),
    )


class _Ground(ctypes.Structure):
    _fields_ = (
        ("y", ctypes.c_void_p),
        ("u", ctypes.c_void_p),
        ("v", ctypes.c_void_p),
        ("cover", ctypes.c_void_p),
        ("cover_half", ctypes.c_void_p),
        ("width", ctypes.c_int64),
        ("noise", ctypes.c_void_p),
    )


#: An item, as `kernel.c` has it: kind, source, grid, margin seen, box, stride, second source and stride, plane, ink.
_ITEM = struct.Struct("=qQ5dq4iqQqii")
_OTHER, _SHEET, _WASH, _SHINE = range(4)
_FLAT = (1.0, 0.0, 0.0, 1.0, 0.0)


class _Mesh(ctypes.Structure):
    _fields_ = (
        ("from_", ctypes.c_void_p),
        ("to", ctypes.c_void_p),
        ("fields", ctypes.c_void_p),
        ("rows", ctypes.c_int32),
        ("columns", ctypes.c_int32),
        ("cell", ctypes.c_int32),
    )


def _loaded() -> ctypes.CDLL:
    folder = Path(__file__).parent / "compiled"
    try:
        library = ctypes.CDLL(str(folder / "kernel.so"))
    except OSError as error:
        raise ImportError(f"the built-in engine's compiled part is missing, install reelgate anew: {error}") from error
    library.sources.restype = ctypes.c_char_p
    # Where it is installed in place, the sources may have moved on.
    texts = [path.read_bytes() for path in sorted((*folder.glob("*.c"), *folder.glob("*.h")))]
    if texts and library.sources() != hashlib.sha256(b"".join(texts)).hexdigest().encode():
        raise ImportError("the built-in engine's compiled part is older than its sources: run make")
    library.choose_path(-1)
    return library


_LIBRARY = _loaded()
#: Whether the machine has AVX-512.
HAS_AVX512: Final = bool(_LIBRARY.has_avx512())
_PLAN = _LIBRARY.plan
_PLAN.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]
_PLAN.restype = None
_LAY = _LIBRARY.lay
_LAY.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]
_LAY.restype = None
_STAIN = _LIBRARY.stain
_STAIN.argtypes = [ctypes.c_void_p, *[ctypes.c_int32] * 4, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32]
_STAIN.restype = None
_WARP = _LIBRARY.warp
_WARP.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_WARP.restype = None
_PROFILE = _LIBRARY.profile
_PROFILE.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p]
_PROFILE.restype = None


def _profile(hole: Plane) -> NDArray[np.int32]:
    out = np.empty((-(-hole.shape[1] // BLOCK), 4), np.int32)
    _PROFILE(hole.ctypes.data, hole.shape[1], hole.shape[0], out.ctypes.data)
    return out


class Texture:
    """Planes to be laid: light and, half as large, two of colour; and their two holes, 255 for nothing painted.

    Without holes it hides all behind it.
    """

    __slots__ = ("_kept", "_sheet", "address", "shape")

    def __init__(
        self, planes: tuple[Plane, Plane, Plane], holes: tuple[Plane, Plane] | None = None, *, margin: int = 0
    ) -> None:
        y, u, v = planes
        hole, hole_half = holes or (None, None)
        known, known_half = (None if gap is None else _profile(gap) for gap in (hole, hole_half))
        self._kept = (planes, holes, known, known_half)
        self.shape: Final = y.shape
        self._sheet = _Sheet(
            _plane(y, hole, known), _plane(u, hole_half, known_half), _plane(v, hole_half, known_half), margin
        )
        self.address: Final = ctypes.addressof(self._sheet)


def _plane(pixels: Plane, hole: Plane | None, profile: NDArray[np.int32] | None) -> _Plane:
    height, width = pixels.shape
    if height < LEAST[0] or width < LEAST[1] or not pixels.flags.c_contiguous:
        raise ValueError(f"a texture's plane is at least {LEAST} and in one piece, not {pixels.shape}")
    if hole is None or profile is None:
        return _Plane(pixels.ctypes.data, None, width, height, None)
    if hole.shape != pixels.shape or not hole.flags.c_contiguous:
        raise ValueError(f"a hole is as large as its plane {pixels.shape}, not {hole.shape}")
    return _Plane(pixels.ctypes.data, hole.ctypes.data, width, height, profile.ctypes.data)


class Ground:
    """The planes of a sheet in the making, which keep their place; no covers for one that hides all."""

    __slots__ = ("_address", "_ground", "_kept")

    def __init__(self, planes: tuple[Plane, Plane, Plane], covers: tuple[Plane, Plane] | None, noise: Floats) -> None:
        self._kept = (planes, covers, noise)
        addresses = [plane.ctypes.data for plane in (*planes, *(covers or ()))]
        self._ground = _Ground(*addresses, *([None] * (5 - len(addresses))), planes[0].shape[1], noise.ctypes.data)
        self._address = ctypes.addressof(self._ground)

    def stain(self, mask: Plane, box: tuple[int, int, int, int], inks: Floats) -> None:
        """Lay a colour through a mask of a box (left, top, right, bottom, all even).

        `inks` is Y, U and V, or one of these for each row of the box, (rows, 3), which the noise, 256 rows of 2048
        pixels that repeat, dithers.
        """
        left, top, right, bottom = box
        height, width = self._kept[0][0].shape
        inside = 0 <= left < right <= width and 0 <= top < bottom <= height
        if not inside or mask.shape != (bottom - top, right - left) or len(inks) != (len(mask) if inks.ndim > 1 else 3):
            raise ValueError(f"{box} of {(width, height)} through a mask of {mask.shape}, with inks of {inks.shape}")
        _STAIN(self._address, *box, mask.ctypes.data, inks.ctypes.data, inks.ndim - 1)


class Grid(NamedTuple):
    """Where pixels of a picture fall on a texture: texture = (x, y) + step * pixel, turned by an angle."""

    step: float
    x: float
    y: float
    cos: float = 1.0
    sin: float = 0.0


class Laid(NamedTuple):
    """A texture, where it falls, and whether its margin is seen."""

    texture: Texture
    grid: Grid
    past: bool


class Wash(NamedTuple):
    """A share, 0 to 255 for each pixel, of one ink on a part of a plane: 0 for light, 1 and 2 for colour."""

    plane: int
    left: int
    top: int
    share: Plane
    ink: int


class Shine(NamedTuple):
    """Light that is added to a part of a plane: of two patterns the lesser, where there are two."""

    plane: int
    left: int
    top: int
    light: Plane
    other: Plane | None = None


class DisplayList:
    """What is laid on a picture of a size, from back to front; None stands for what is laid by other means.

    Raises ValueError where a wash or a shine would leave the picture.
    """

    __slots__ = ("_kept", "address", "count", "untils")

    def __init__(self, entries: Sequence[Laid | Wash | Shine | None], width: int, height: int) -> None:
        self.count: Final = len(entries)
        items = bytearray(_ITEM.size * max(1, self.count))
        for place, entry in enumerate(entries):
            _ITEM.pack_into(items, place * _ITEM.size, *_packed(entry, width, height))
        buffer = (ctypes.c_char * len(items)).from_buffer(items)
        # The kernel keeps nothing alive.
        self._kept = (entries, buffer)
        self.address: Final = ctypes.addressof(buffer)
        #: What is hidden of each, once it is planned.
        self.untils: Until = np.empty((self.count + 1, _blocks(width)), np.int32)


def _blocks(width: int) -> int:
    """Give the blocks across a picture, of which two of light share one of colour."""
    return -(-width // (2 * BLOCK)) * 2


def _packed(entry: Laid | Wash | Shine | None, width: int, height: int) -> tuple[float, ...]:
    if entry is None:
        return (_OTHER, 0, *_FLAT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    if isinstance(entry, Laid):
        return (_SHEET, entry.texture.address, *entry.grid, entry.past, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    plane, left, top, source, extra = entry
    divisor = 2 if plane else 1
    right, bottom = left + source.shape[1], top + source.shape[0]
    if left < 0 or top < 0 or right > width // divisor or bottom > height // divisor:
        raise ValueError(f"{(left, top, right, bottom)} leaves plane {plane} of a picture of {width}x{height}")
    kind, second, second_stride, ink = _WASH, 0, 0, 0
    if isinstance(extra, int):
        ink = extra
    else:
        kind = _SHINE
        if extra is not None:
            if extra.shape != source.shape:
                raise ValueError(f"two patterns of light are of one size, not {source.shape} and {extra.shape}")
            second, second_stride = extra.ctypes.data, extra.strides[0]
    where = (left, top, right, bottom, source.strides[0])
    return (kind, source.ctypes.data, *_FLAT, 0, *where, second, second_stride, plane, ink)


class Canvas:
    """An I420 picture, each of its planes in one piece."""

    __slots__ = ("_address", "_kept", "all_rows")

    def __init__(self, y: Plane, u: Plane, v: Plane) -> None:
        height, width = y.shape
        picture = _Picture(y.ctypes.data, u.ctypes.data, v.ctypes.data, width, height)
        self._kept = (y, u, v, picture)
        self._address = ctypes.addressof(picture)
        #: The rows of each block of columns: all of them. Not to be written to.
        self.all_rows: Final[Until] = np.full(_blocks(width), height, np.int32)
        self.all_rows[-(-width // BLOCK) :] = 0

    def plan(self, display: DisplayList, until: Until) -> Until:
        """Find where textures fall and what hides what; give the rows from which on what is behind all is hidden.

        `until` says from which rows on nothing is wanted.
        """
        display.untils[display.count] = until
        _PLAN(display.address, display.count, self._address, display.untils.ctypes.data)
        behind: Until = display.untils[0]
        return behind

    def lay(self, display: DisplayList, first: int, last: int) -> None:
        """Lay what stands from `first` to before `last` in a list that was planned."""
        _LAY(display.address, first, last, self._address, display.untils.ctypes.data)

    def warp(self, pictures: tuple[Texture, Texture], origins: tuple[Floats, Floats], shares: Plane, cell: int) -> None:
        """Fill the picture with what lies between two others of its size, whose planes are `readable`.

        A mesh lies over it, its nodes half a cell before the corner and every `cell` pixels, an even number, from
        there. `origins`, (rows, columns, 2), say where in either picture, in its pixels, a node comes from; `shares`,
        (rows, columns), how much of the last one shows there, 0 to 255. Raises ValueError where the mesh does not
        cover the picture, or is too large.
        """
        height, width = self._kept[0].shape
        rows, columns = shares.shape
        if any(picture.shape != (height, width) for picture in pictures):
            raise ValueError(f"pictures of {pictures[0].shape} and {pictures[1].shape} for one of {(height, width)}")
        fits = origins[0].shape == origins[1].shape == (rows, columns, 2) and cell % 2 == 0
        if (
            not fits
            or (columns - 2) * cell < width
            or (rows - 2) * cell < height
            or columns > _NODES
            or width > _WIDEST
        ):
            raise ValueError(f"no mesh of {columns}x{rows} cells of {cell} pixels for {width}x{height}")
        fields = np.empty((5, rows, columns), np.float32)
        for place, field in enumerate(origins):
            np.clip(np.moveaxis(field, 2, 0), -_FARTHEST, _FARTHEST, out=fields[2 * place : 2 * place + 2])
        fields[4] = shares
        low, high = int(shares.min()), int(shares.max())
        one = None if low == 255 else pictures[0].address
        other = None if high == 0 else pictures[1].address
        mesh = _Mesh(one, other, fields.ctypes.data, rows, columns, cell)
        _WARP(ctypes.addressof(mesh), self._address)


def readable(plane: Plane) -> Plane:
    """Give a copy of a plane with some bytes behind it, which `Canvas.warp` may read."""
    memory = np.zeros(plane.size + 4, np.uint8)
    out = memory[: plane.size].reshape(plane.shape)
    out[:] = plane
    return out
