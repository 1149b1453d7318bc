"""The compiled part of drawing, `compiled/kernel.c`: what it can do, and the memory that it works on.

Calls take microseconds to a millisecond and let other threads run meanwhile. Nothing here checks what it is given: the
caller keeps boxes within their pictures. `sheet` and `stage` call it; the build hook makes the library.
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


#: An item: its texture's address, its grid (step, x, y, cosine, sine), whether its margin is seen; the kernel's own.
_ITEM = struct.Struct("=q5dq16x")


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
_PLAN = _LIBRARY.plan
_PLAN.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]
_PLAN.restype = None
_LAY = _LIBRARY.lay
_LAY.argtypes = [ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p]
_LAY.restype = None
_STAIN = _LIBRARY.stain
_STAIN.argtypes = [ctypes.c_void_p, *[ctypes.c_int32] * 4, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int32]
_STAIN.restype = None
_MIX = _LIBRARY.mix
_MIX.argtypes = [
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_void_p,
    ctypes.c_int64,
    ctypes.c_int32,
    ctypes.c_int32,
    ctypes.c_int32,
]
_MIX.restype = None
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

    __slots__ = ("_kept", "_sheet", "address")

    def __init__(
        self, planes: tuple[Plane, Plane, Plane], holes: tuple[Plane, Plane] | None = None, *, margin: int = 0
    ) -> None:
        y, u, v = planes
        hole, hole_half = holes or (None, None)
        known, known_half = (None if gap is None else _profile(gap) for gap in (hole, hole_half))
        self._kept = (planes, holes, known, known_half)
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
        _STAIN(self._address, *box, mask.ctypes.data, inks.ctypes.data, inks.ndim - 1)


class Grid(NamedTuple):
    """Where pixels of a picture fall on a texture: texture = (x, y) + step * pixel, turned by an angle."""

    step: float
    x: float
    y: float
    cos: float = 1.0
    sin: float = 0.0


class Canvas:
    """An I420 picture, each of its planes in one piece, and what is to be laid on it, from back to front."""

    __slots__ = ("_buffer", "_items", "_picture", "_planes", "_planned", "_until", "all_rows", "height", "width")

    def __init__(self, y: Plane, u: Plane, v: Plane) -> None:
        self.height, self.width = y.shape
        self._planes = (y, u, v)
        self._picture = _Picture(y.ctypes.data, u.ctypes.data, v.ctypes.data, self.width, self.height)
        # Two blocks of light share one of colour.
        self.all_rows: Final[Until] = np.full(-(-self.width // (2 * BLOCK)) * 2, self.height, np.int32)
        self.all_rows[-(-self.width // BLOCK) :] = 0
        self._make_room(32)
        self._planned: Sequence[tuple[Texture, Grid, bool] | None] = ()

    def _make_room(self, items: int) -> None:
        self._items = bytearray(_ITEM.size * items)
        self._buffer = (ctypes.c_char * len(self._items)).from_buffer(self._items)
        self._until: Until = np.empty((items + 1, len(self.all_rows)), np.int32)

    def plan(self, items: Sequence[tuple[Texture, Grid, bool] | None], until: Until) -> Until:
        """Find where textures fall and what hides what; give the rows from which on what is behind all is hidden.

        A texture's margin is seen where its third value says so. None stands for what is laid by other means; `until`
        says from which rows on nothing is wanted. What is given back is valid until the next plan.
        """
        # The kernel keeps nothing alive.
        self._planned = items
        if len(items) >= len(self._until):
            self._make_room(len(items) * 2)
        for place, item in enumerate(items):
            if item is None:
                _ITEM.pack_into(self._items, place * _ITEM.size, 0, 1.0, 0.0, 0.0, 1.0, 0.0, 0)
            else:
                texture, grid, past = item
                _ITEM.pack_into(self._items, place * _ITEM.size, texture.address, *grid, past)
        self._until[len(items)] = until
        _PLAN(self._buffer, len(items), ctypes.byref(self._picture), self._until.ctypes.data)
        behind: Until = self._until[0]
        return behind

    def lay(self, first: int, last: int) -> None:
        """Lay the items from `first` to before `last` of the plan."""
        _LAY(self._buffer, first, last, ctypes.byref(self._picture), self._until.ctypes.data)


def blend(target: Plane, share: Plane, other: Plane | int) -> None:
    """Lay a share, 0 to 255 for each pixel, of another plane or of one ink over a plane.

    All are of one size; the pixels of a row are in one piece.
    """
    rows, columns = target.shape
    plane, stride, ink = (None, 0, other) if isinstance(other, int) else (other.ctypes.data, other.strides[0], 0)
    _MIX(target.ctypes.data, target.strides[0], share.ctypes.data, share.strides[0], plane, stride, ink, columns, rows)
