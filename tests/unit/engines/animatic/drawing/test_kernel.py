"""The compiled kernel: every path of it does exactly the arithmetic that is written down here in NumPy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import hatch_build
import numpy as np
import pytest
from numpy.typing import NDArray

from reelgate.engines.animatic.drawing import kernel
from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.kernel import Canvas, DisplayList, Grid, Laid, Shine, Texture, Wash

Ints = NDArray[np.int64]
_ROOT = Path(__file__).parents[5]
_SCALAR, _WIDEST = 0, 2


@pytest.fixture(params=[0, 1, 2])
def path(request: pytest.FixtureRequest) -> Iterator[int]:
    """Take one of the kernel's paths; a machine without a wide one takes the best it has."""
    kernel._LIBRARY.choose_path(request.param)
    yield request.param
    kernel._LIBRARY.choose_path(-1)


def _places(at: NDArray[np.float64], size: int) -> tuple[Ints, Ints]:
    """Give the texture pixel before each position, and how many 128ths it is past that."""
    index = np.clip(np.floor(at), 0, size - 2).astype(np.int64)
    share = np.floor((at - index) * 128 + 0.5).astype(np.int64)
    share = np.where(at <= 0, 0, np.where(at >= size - 1, 128, share))
    full = (share == 128) & (index < size - 2)
    return index + full, np.where(full, 0, share)


def _sampled(plane: Plane, columns: tuple[Ints, Ints], rows: tuple[Ints, Ints]) -> Ints:
    pixels = plane.astype(np.int64) - 128
    (x, across), (y, down) = columns, rows
    upper = pixels[y, x] * (128 - across) + pixels[y, x + 1] * across
    lower = pixels[y + 1, x] * (128 - across) + pixels[y + 1, x + 1] * across
    weight = np.where(down >= 128, 32767, down << 8)
    value = upper + (((lower - upper) * weight + 16384) >> 15)
    clipped: Ints = np.clip(((value + 64) >> 7) + 128, 0, 255)
    return clipped


def _laid(target: Plane, pixels: Plane, hole: Plane | None, grid: Grid) -> Plane:
    """Lay all of a texture's plane on all of a target."""
    rows, columns = np.mgrid[0 : target.shape[0], 0 : target.shape[1]].astype(np.float64)
    x = grid.x + grid.step * (grid.cos * columns - grid.sin * rows)
    y = grid.y + grid.step * (grid.sin * columns + grid.cos * rows)
    across, down = _places(x, pixels.shape[1]), _places(y, pixels.shape[0])
    over = _sampled(pixels, across, down)
    if hole is None:
        return over.astype(np.uint8)
    product: Ints = target.astype(np.int64) * _sampled(hole, across, down) + 128
    laid: Plane = np.minimum(255, ((product + (product >> 8)) >> 8) + over).astype(np.uint8)
    return laid


def _halved(grid: Grid) -> Grid:
    x = (grid.x + 0.5 * grid.step * (grid.cos - grid.sin) - 0.5) / 2
    return grid._replace(x=x, y=(grid.y + 0.5 * grid.step * (grid.sin + grid.cos) - 0.5) / 2)


def _planes(rng: np.random.Generator, rows: int, columns: int) -> list[Plane]:
    """Give random planes of a whole and of half the size, and the holes of a thing with a gap in it."""
    sizes = [(rows, columns), (rows // 2, columns // 2), (rows // 2, columns // 2)]
    planes: list[Plane] = [rng.integers(0, 256, size, dtype=np.uint8) for size in sizes]
    for height, width in sizes[:2]:
        hole = np.full((height, width), 255, np.uint8)
        hole[height // 3 :, width // 5 : width // 2] = 0
        hole[height // 2 : height * 2 // 3, width // 4 : width * 3 // 4] = rng.integers(0, 256)
        hole[height * 4 // 5, :] = rng.integers(0, 256, width)
        planes.append(hole)
    return planes


def _picture(rng: np.random.Generator, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    y, u, v = (
        rng.integers(0, 256, size, dtype=np.uint8)
        for size in ((height, width), (height // 2, width // 2), (height // 2, width // 2))
    )
    return y, u, v


def _lay(picture: tuple[Plane, Plane, Plane], *entries: Laid | Wash | Shine | None) -> None:
    canvas, display = Canvas(*picture), DisplayList(entries, picture[0].shape[1], picture[0].shape[0])
    canvas.plan(display, canvas.all_rows)
    canvas.lay(display, 0, len(entries))


_GRIDS = [
    Grid(1.0, 3.0, 2.0),
    Grid(1.0, 0.25, 7.75),
    Grid(1.0371, 12.3, 4.9),
    Grid(0.41, -6.5, -3.25),
    Grid(1.8, 0.0, 0.0),
    Grid(2.6, 1.0, 1.5),
    Grid(1.1, 9.0, 30.0, float(np.cos(0.2)), float(np.sin(0.2))),
]


@pytest.mark.parametrize("grid", _GRIDS)
@pytest.mark.parametrize("opaque", [True, False])
@pytest.mark.parametrize(("width", "height"), [(64, 48), (202, 60), (1408, 20), (34, 300)])
def test_every_path_does_the_same(path: int, grid: Grid, opaque: bool, width: int, height: int) -> None:  # noqa: FBT001
    """Whatever falls on the frame, byte for byte."""
    del path
    rng = np.random.default_rng(5)
    y, u, v, hole, half = _planes(rng, 96, 224)
    picture = _picture(rng, width, height)
    gaps = (None, None) if opaque else (hole, half)
    if not opaque:
        # Premultiplied, as painters leave them.
        y, u, v = (np.where(gap == 255, 0, plane) for plane, gap in ((y, hole), (u, half), (v, half)))
    want = [
        _laid(picture[0], y, gaps[0], grid),
        _laid(picture[1], u, gaps[1], _halved(grid)),
        _laid(picture[2], v, gaps[1], _halved(grid)),
    ]
    texture = Texture((y, u, v), None if opaque else (hole, half))
    before = [plane.copy() for plane in picture]
    _lay(picture, Laid(texture, grid, past=True))
    inside = _inside(grid, (height, width), y.shape)
    coarse = inside[::2, ::2] & inside[1::2, ::2] & inside[::2, 1::2] & inside[1::2, 1::2]
    for seen, wanted, untouched, within in zip(picture, want, before, (inside, coarse, coarse), strict=True):
        assert within.any()
        assert np.array_equal(seen[within], wanted[within])
        # Around it the texture's edge goes on for a pixel or two; what lies farther away is left alone.
        assert ((seen == wanted) | (seen == untouched)).all()


def _inside(grid: Grid, size: tuple[int, int], texture: tuple[int, ...]) -> NDArray[np.bool_]:
    """Tell which pixels of a picture fall on a texture."""
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float64)
    x = grid.x + grid.step * (grid.cos * columns - grid.sin * rows)
    y = grid.y + grid.step * (grid.sin * columns + grid.cos * rows)
    return np.asarray((x >= 0) & (x <= texture[1] - 1) & (y >= 0) & (y <= texture[0] - 1))


def test_nothing_is_laid_from_a_row_on(path: int) -> None:
    """What is not wanted stays as it is, down to the half-size planes."""
    del path
    rng = np.random.default_rng(6)
    y, u, v, _, _ = _planes(rng, 96, 224)
    picture = _picture(rng, 128, 64)
    before = [plane.copy() for plane in picture]
    canvas = Canvas(*picture)
    until = canvas.all_rows.copy()
    until[2:4] = 10
    display = DisplayList([Laid(Texture((y, u, v)), Grid(1.0, 20.0, 8.0), past=True)], 128, 64)
    canvas.plan(display, until)
    canvas.lay(display, 0, 1)
    assert np.array_equal(picture[0][10:, 32:64], before[0][10:, 32:64])
    assert np.array_equal(picture[0][:10, 32:64], y[8:18, 52:84])
    assert np.array_equal(picture[0][:, :32], y[8:72, 20:52])
    for plane, old in zip(picture[1:], before[1:], strict=True):
        assert np.array_equal(plane[5:, 16:32], old[5:, 16:32])
        assert not np.array_equal(plane[:5, 16:32], old[:5, 16:32])


def _mixed(target: Plane, share: Plane, other: Plane | int) -> Plane:
    ink = other if isinstance(other, int) else other.astype(np.int64)
    product: Ints = target.astype(np.int64) * (255 - share.astype(np.int64)) + share.astype(np.int64) * ink + 128
    laid: Plane = ((product + (product >> 8)) >> 8).astype(np.uint8)
    return laid


@pytest.mark.parametrize("width", [1, 31, 64, 4100])
def test_ink_is_laid_on_a_part_of_a_plane(path: int, width: int) -> None:
    """However wide it is, and nothing beside it."""
    del path
    rng = np.random.default_rng(8)
    picture = _picture(rng, (width + 9) & ~1, 16)
    shares = rng.integers(0, 256, (7, width + 9), dtype=np.uint8)
    shares[:, ::3], shares[:, 1::3] = 0, 255
    share = shares[:5, 9:]
    for ink in (0, 77, 255):
        want = picture[0].copy()
        want[1:6, 3 : width + 3] = _mixed(want[1:6, 3 : width + 3], share, ink)
        _lay(picture, Wash(0, 3, 1, share, ink))
        assert np.array_equal(picture[0], want)


@pytest.mark.parametrize(
    ("box", "mask", "inks"),
    [
        ((0, 0, 8, 50), (50, 8), (3,)),
        ((60, 0, 68, 4), (4, 8), (3,)),
        ((-2, 0, 6, 4), (4, 8), (3,)),
        ((0, 0, 8, 4), (4, 6), (3,)),
        ((0, 0, 8, 4), (4, 8), (3, 3)),
        ((0, 0, 8, 4), (4, 8), (2,)),
    ],
)
def test_colour_beside_a_sheet_is_refused(
    box: tuple[int, int, int, int], mask: tuple[int, int], inks: tuple[int, ...]
) -> None:
    """It would be written elsewhere."""
    planes = _picture(np.random.default_rng(1), 64, 48)
    ground = kernel.Ground(planes, None, np.zeros((256, 2048), np.float32))
    with pytest.raises(ValueError, match="through a mask"):
        ground.stain(np.zeros(mask, np.uint8), box, np.zeros(inks, np.float32))


@pytest.mark.parametrize("box", [(0, 0, 4, 2), (2, 4, 70, 40), (6, 0, 5006, 6), (100, 20, 140, 600)])
@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("covers", [False, True])
def test_colour_is_laid_through_a_mask(path: int, box: tuple[int, int, int, int], rows: bool, covers: bool) -> None:  # noqa: FBT001
    """Light, colour and cover, with one ink or with one a row; and nothing beside the box."""
    del path
    rng = np.random.default_rng(9)
    left, top, right, bottom = box
    y, u, v, half = (rng.integers(0, 256, size, dtype=np.uint8) for size in ((620, 5100), *[(310, 2550)] * 3))
    cover = rng.integers(0, 256, y.shape, dtype=np.uint8)
    noise = rng.random((256, 2048), dtype=np.float32)
    mask = rng.integers(0, 256, (bottom - top, right - left), dtype=np.uint8)
    inks = (rng.random((bottom - top, 3) if rows else 3, dtype=np.float32) * 250).astype(np.float32)
    small = mask.reshape(len(mask) // 2, 2, -1, 2).astype(np.int64).sum(axis=(1, 3)) + 2 >> 2
    want = [plane.copy() for plane in (y, u, v, cover, half)]
    shares = (mask, small, small, mask, small)
    for index, (plane, share) in enumerate(zip(want, shares, strict=True)):
        if index >= 3 and not covers:
            continue
        divisor = 1 if index in {0, 3} else 2
        part = plane[top // divisor : bottom // divisor, left // divisor : right // divisor]
        shade: Plane | int = 255
        if index < 3 and rows:
            at = np.arange(part.shape[0])
            grain = noise[at[:, None] % 256, np.arange(part.shape[1])[None, :] % (2048 // divisor)]
            shade = (inks[at * divisor, index][:, None] + grain).astype(np.uint8)
        elif index < 3:
            shade = int(inks[index] + np.float32(0.5))
        part[:] = _mixed(part, np.asarray(share, np.uint8), shade)
    ground = kernel.Ground((y, u, v), (cover, half) if covers else None, noise)
    ground.stain(mask, box, inks)
    for seen, wanted in zip((y, u, v, cover, half), want, strict=True):
        assert np.array_equal(seen, wanted)


def _lines(field: NDArray[np.float32], size: tuple[int, int], cell: int, halved: tuple[float, float]) -> Ints:
    """Draw a mesh's field at each pixel of a plane, in 65536ths."""
    height, width = size
    scale, more = halved
    out = np.empty(size, np.int64)
    for y in range(height):
        at = (y + 0.5) / cell + 0.5
        share = at - int(at)
        upper, lower = field[int(at)].astype(np.float64), field[int(at) + 1].astype(np.float64)
        nodes = np.trunc((upper * (1.0 - share) + lower * share) * scale + more)
        rise = np.diff(nodes)
        begin = nodes[:-1] + np.trunc(rise * (0.0 if cell & 1 else 0.5 / cell))
        step = np.trunc(rise * (1.0 / cell))
        first = np.arange(len(rise)) * cell - cell // 2 - (cell & 1)
        for x in range(width):
            c = int(np.searchsorted(first, x, side="right")) - 1
            out[y, x] = begin[c] + (x - first[c]) * step[c]
    return out


def _pulled(plane: Plane, x: Ints, y: Ints) -> Ints:
    height, width = plane.shape
    x, y = np.clip(x, 0, (width - 1) << 16), np.clip(y, 0, (height - 1) << 16)
    column, row = np.minimum(x >> 16, width - 2), np.minimum(y >> 16, height - 2)
    right, below = (x - (column << 16)) >> 9, (y - (row << 16)) >> 9
    pixels = plane.astype(np.int64)
    upper = pixels[row, column] * (128 - right) + pixels[row, column + 1] * right
    lower = pixels[row + 1, column] * (128 - right) + pixels[row + 1, column + 1] * right
    value: Ints = (upper * (128 - below) + lower * below + 8192) >> 14
    return value


@pytest.mark.parametrize("wild", [0.0, 3.0, 900.0])
@pytest.mark.parametrize(("width", "height", "cell"), [(84, 36, 10), (64, 48, 4), (32, 40, 2)])
@pytest.mark.parametrize("shares", [(0, 1), (255, 256), (0, 256)])
def test_pictures_are_pulled_by_a_mesh(
    path: int, wild: float, width: int, height: int, cell: int, shares: tuple[int, int]
) -> None:
    """However wild the mesh is, and also where it leaves the pictures; only one of them, or both."""
    del path
    rng = np.random.default_rng(11)
    pictures = [_picture(rng, width, height) for _ in range(2)]
    columns, rows = -(-width // cell) + 2, -(-height // cell) + 2
    across, down = ((np.arange(count) - 0.5) * cell - 0.5 for count in (columns, rows))
    places = np.dstack(np.meshgrid(across, down))
    origins = [(places + rng.normal(0, 1, places.shape) * wild).astype(np.float32) for _ in range(2)]
    amounts = rng.integers(*shares, (rows, columns)).astype(np.uint8)
    planes = _picture(rng, width, height)
    textures = [Texture((kernel.readable(y), kernel.readable(u), kernel.readable(v))) for y, u, v in pictures]
    Canvas(*planes).warp((textures[0], textures[1]), (origins[0], origins[1]), amounts, cell)
    for index, seen in enumerate(planes):
        size, each = seen.shape, cell // 2 if index else cell
        halved = (32768.0, 0.5 - 0.25 * 65536.0) if index else (65536.0, 0.5)
        shown = [
            _pulled(picture[index], *(_lines(field[..., axis], size, each, halved) for axis in (0, 1)))
            for picture, field in zip(pictures, origins, strict=True)
        ]
        share = (_lines(amounts.astype(np.float32), size, each, (65536.0, 0.5)) + 32768) >> 16
        product = shown[0] * (255 - share) + shown[1] * share + 128
        assert np.array_equal(seen, ((product + (product >> 8)) >> 8).astype(np.uint8))


def test_a_mesh_that_does_not_fit_is_refused() -> None:
    """It would be read past its end; so would a picture of another size."""
    canvas = Canvas(*_picture(np.random.default_rng(1), 64, 48))
    fits, small = (Texture(_picture(np.random.default_rng(1), *size)) for size in ((64, 48), (32, 48)))
    mesh, shares = np.zeros((7, 9, 2), np.float32), np.zeros((7, 9), np.uint8)
    with pytest.raises(ValueError, match="no mesh"):
        canvas.warp((fits, fits), (mesh, mesh), shares, 8)
    with pytest.raises(ValueError, match="no mesh"):
        canvas.warp((fits, fits), (mesh, mesh[:, 1:]), shares, 10)
    with pytest.raises(ValueError, match="pictures of"):
        canvas.warp((fits, small), (mesh, mesh), shares, 10)


def test_flat_things_are_laid_in_their_order(path: int) -> None:
    """Ink and light on parts of planes, before and after a texture, which other means may lie between."""
    del path
    rng = np.random.default_rng(10)
    y, u, v, _, _ = _planes(rng, 96, 224)
    picture = _picture(rng, 128, 64)
    share, light, other = (rng.integers(0, 256, (50, 90), dtype=np.uint8)[:40, :80] for _ in range(3))
    want = [plane.copy() for plane in picture]
    want[0][...] = y[8:72, 20:148]
    want[1][...], want[2][...] = u[4:36, 10:74], v[4:36, 10:74]
    part = want[0][24:64, 48:128]
    part[...] = _mixed(part, share, 200)
    part[...] = np.minimum(255, part.astype(np.int64) + np.minimum(light, other)).astype(np.uint8)
    part[...] = np.minimum(255, part.astype(np.int64) + light).astype(np.uint8)
    want[2][3:23, 0:40] = _mixed(want[2][3:23, 0:40], share[:20, :40], 16)
    _lay(
        picture,
        Wash(0, 0, 0, share, 3),
        Laid(Texture((y, u, v)), Grid(1.0, 20.0, 8.0), past=True),
        Wash(0, 48, 24, share, 200),
        None,
        Wash(2, 0, 3, share[:20, :40], 16),
        Shine(0, 48, 24, light, other),
        Shine(0, 48, 24, light),
    )
    for seen, wanted in zip(picture, want, strict=True):
        assert np.array_equal(seen, wanted)


@pytest.mark.parametrize(
    "entry",
    [
        Wash(0, 60, 0, np.zeros((8, 8), np.uint8), 1),
        Wash(1, 0, 30, np.zeros((4, 8), np.uint8), 1),
        Shine(0, -2, 0, np.zeros((8, 8), np.uint8)),
        Shine(0, 0, 0, np.zeros((8, 8), np.uint8), np.zeros((8, 6), np.uint8)),
    ],
)
def test_nothing_leaves_the_picture(entry: Wash | Shine) -> None:
    """The kernel does not look; the list does."""
    with pytest.raises(ValueError, match=r"leaves plane|of one size"):
        DisplayList([entry], 64, 64)


@pytest.mark.parametrize(
    ("planes", "message"),
    [
        (((3, 15), (2, 16), (2, 16)), "at least"),
        (((1, 32), (2, 16), (2, 16)), "at least"),
        (((4, 32), (2, 16), (2, 8)), "at least"),
    ],
)
def test_planes_that_are_too_small_are_refused(planes: tuple[tuple[int, int], ...], message: str) -> None:
    """They would be read past their edges."""
    y, u, v = (np.zeros(shape, np.uint8) for shape in planes)
    with pytest.raises(ValueError, match=message):
        Texture((y, u, v))


def test_holes_of_another_size_are_refused() -> None:
    """And so is a plane that is a part of another."""
    y, half = np.zeros((8, 64), np.uint8), np.zeros((4, 32), np.uint8)
    with pytest.raises(ValueError, match="as large as its plane"):
        Texture((y, half, half), (half, half))
    with pytest.raises(ValueError, match="in one piece"):
        Texture((y[:, ::2], half, half))


def test_the_build_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No compiler, or one that fails; a library that is there stays as it was."""
    folder = tmp_path / hatch_build.FOLDER
    shutil.copytree(_ROOT / hatch_build.FOLDER, folder)
    kept = (folder / "kernel.so").read_bytes()
    monkeypatch.setattr(hatch_build, "compilers", list)
    with pytest.raises(RuntimeError, match="no C compiler"):
        hatch_build.compile_kernel(tmp_path)
    monkeypatch.setattr(hatch_build, "compilers", lambda: [["false"], ["true", "--ignored"]])
    with pytest.raises(FileNotFoundError):
        hatch_build.compile_kernel(tmp_path)
    monkeypatch.setattr(hatch_build, "compilers", lambda: [["false"]])
    with pytest.raises(RuntimeError, match="could not be compiled"):
        hatch_build.compile_kernel(tmp_path)
    assert (folder / "kernel.so").read_bytes() == kept


def test_an_old_library_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources that moved on are said, not ignored; so is a library that is not there."""
    folder = tmp_path / "compiled"
    shutil.copytree(_ROOT / hatch_build.FOLDER, folder)
    monkeypatch.setattr(kernel, "__file__", str(tmp_path / "kernel.py"))
    kernel._loaded()
    (folder / "kernel.c").write_text("/* another */")
    with pytest.raises(ImportError, match="older than its sources"):
        kernel._loaded()
    monkeypatch.setattr(kernel, "__file__", str(tmp_path / "elsewhere" / "kernel.py"))
    with pytest.raises(ImportError, match="missing"):
        kernel._loaded()
