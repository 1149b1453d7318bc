"""How one picture moves into another: dense optical flow both ways at a small size, and how far it can be trusted.

Pure and the same on every call. It knows neither frames nor cameras; `morph` asks it once a video.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.beside import beside
from reelgate.engines.animatic.drawing.colour import Floats, Plane

#: Longer side, in pixels, at which flow is looked for.
_LONG_SIDE = 480
#: The same for marks, whose finding is dear.
_MARKS_SIDE = 320
#: Features that must agree on a common move of the whole picture, and their share of all that were matched.
_AGREE_MIN, _AGREE_SHARE_MIN = 24, 0.35
#: A common move magnifies by no more than this, or its inverse.
_MAGNIFY_MAX = 2.6
_RATIO_TEST = 0.78
#: A mark must move as some of those next to it do: how many are asked, itself included, and how many must agree.
_AROUND, _SAME_MIN = 9, 2
#: Below this variance of 8-bit light there is nothing to compare.
_FLAT = 18.0
#: Patches of this many pixels are looked for in pictures whose longer side has that many.
_PATCH, _PATCH_SIDE = 9, 72
#: Deviation of 8-bit light below which a patch is plain, likeness that counts, and what is taken off for the way.
_PLAIN, _LIKE_MIN, _FARTHER = 7.0, 0.72, 0.25
_NEAR = (9, 9)
#: Blurs wider than twice this many pixels are done at a smaller size, in which they are this wide.
_BLUR_AT = 3.0
#: Look for marks everywhere.
_WHOLE = np.empty((0, 0), np.uint8)


@dataclass(frozen=True, kw_only=True, slots=True)
class Flow:
    """A field of moves: for each place of a picture, where it lies in the other one."""

    #: (rows, columns, 2), x and y in shares of the picture's height; complete, filled where nothing was found.
    moves: Floats
    #: (rows, columns), 0 to 1: whether what lies there is really the same thing.
    trust: Floats

    @property
    def share(self) -> float:
        """Share of the picture that can be trusted."""
        return float(self.trust.mean())


def _grey(picture: Plane) -> Plane:
    rows, columns = picture.shape[:2]
    scale = min(1.0, _LONG_SIDE / max(rows, columns))
    size = (max(16, round(columns * scale)), max(16, round(rows * scale)))
    return cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)


def _grid(rows: int, columns: int) -> Floats:
    across, down = np.meshgrid(np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32))
    return np.dstack([across, down])


def look_up(field: Floats, places: Floats) -> Floats:
    """Look a field up at places (..., 2), x and y; beyond its edges it goes on as it ends."""
    across, down = cv2.split(places)
    return cv2.remap(field, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _matches(first: Plane, second: Plane) -> tuple[Floats, Floats]:
    """Find marks that both grey pictures show: their places, (n, 2), in each."""
    finder = cv2.SIFT.create(600, contrastThreshold=0.02)
    shrink = min(1.0, _MARKS_SIDE / max(first.shape))
    small, other = (
        cv2.resize(picture, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) for picture in (first, second)
    )
    marks, traits = finder.detectAndCompute(small, _WHOLE)
    other_marks, other_traits = finder.detectAndCompute(other, _WHOLE)
    none = np.zeros((0, 2), np.float32)
    if traits is None or other_traits is None or len(other_marks) < 2:
        return none, none
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(traits, other_traits, k=2)
    good = [best for best, next_best in pairs if best.distance < _RATIO_TEST * next_best.distance]
    source = np.array([marks[match.queryIdx].pt for match in good], np.float32).reshape(-1, 2)
    target = np.array([other_marks[match.trainIdx].pt for match in good], np.float32).reshape(-1, 2)
    return _enlarged(source, shrink), _enlarged(target, shrink)


def _enlarged(places: Floats, shrink: float) -> Floats:
    """Give the places of pixel centres of a picture in the larger one that it was made from."""
    return np.asarray((places + 0.5) / shrink - 0.5, np.float32)


def _blocks(first: Plane, second: Plane) -> tuple[Floats, Floats]:
    """Find patches of a small BGR picture wherever they lie in another, and check that they are found back."""
    rows, columns = first.shape[:2]
    half, ways = _PATCH // 2, np.sqrt(float(rows * columns))
    across, down = np.meshgrid(np.arange(columns - _PATCH + 1), np.arange(rows - _PATCH + 1))

    def find(picture: Plane, other: Plane, x: int, y: int) -> tuple[int, int] | None:
        patch = picture[y : y + _PATCH, x : x + _PATCH]
        if patch.std() < _PLAIN:
            return None
        score = cv2.matchTemplate(other, patch, cv2.TM_CCOEFF_NORMED)
        # Of two that are alike, the nearer one.
        score = score - _FARTHER * np.hypot(across - x, down - y) / ways
        _, best, _, (at_x, at_y) = cv2.minMaxLoc(score)
        return (at_x, at_y) if best > _LIKE_MIN else None

    found = []
    for y in range(0, rows - _PATCH + 1, _PATCH // 2):
        for x in range(0, columns - _PATCH + 1, _PATCH // 2):
            there = find(first, second, x, y)
            home = find(second, first, *there) if there else None
            if there and home and max(abs(home[0] - x), abs(home[1] - y)) <= 1:
                found.append(((x, y), there))
    pairs = np.array(found, np.float32).reshape(-1, 2, 2) + half
    return pairs[:, 0], pairs[:, 1]


def common_move(source: Floats, target: Floats) -> Floats | None:
    """Find the shift, turn and magnification that takes most of the marks from one place to another: 2 x 3, or None."""
    if len(source) < _AGREE_MIN:
        return None
    matrix, agree = cv2.estimateAffinePartial2D(source, target, method=cv2.RANSAC, ransacReprojThreshold=4.0)
    if matrix is None or agree.sum() < max(_AGREE_MIN, _AGREE_SHARE_MIN * len(source)):
        return None
    magnified = math.hypot(matrix[0, 0], matrix[1, 0])
    return np.asarray(matrix, np.float32) if 1 / _MAGNIFY_MAX < magnified < _MAGNIFY_MAX else None


def _guess(source: Floats, target: Floats, shape: tuple[int, int]) -> Floats:
    """Guess a field from marks that agree with those around them; still where there are none."""
    field = np.zeros((*shape, 2), np.float32)
    if len(source) < _AROUND:
        return field
    moves = target - source
    apart = np.linalg.norm(source[:, None] - source[None], axis=-1)
    around = np.argsort(apart, axis=1, kind="stable")[:, 1:_AROUND]
    unlike = np.linalg.norm(moves[around] - moves[:, None], axis=-1)
    kept = (unlike < 0.02 * shape[1] + 0.1 * np.linalg.norm(moves, axis=-1)[:, None]).sum(axis=1) >= _SAME_MIN
    weight = np.zeros(shape, np.float32)
    for (x, y), move in zip(source[kept].astype(int), moves[kept], strict=True):
        weight[y, x] += 1
        field[y, x] += move
    near = 0.05 * shape[1]
    share = soften(weight, near) + 1e-5
    return np.asarray(soften(field, near) / share[..., None], np.float32)


def _moves(first: Plane, second: Plane, source: Floats, target: Floats) -> Floats:
    """Give where each pixel of a grey picture lies in another, less its own place; the marks say where to look."""
    rows, columns = first.shape
    common = common_move(source, target)
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    if common is None:
        return finder.calc(first, second, _guess(source, target, (rows, columns)))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    aligned = cv2.warpAffine(second, common, (columns, rows), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    grid = _grid(rows, columns)
    left = np.asarray((target - common[:, 2]) @ np.linalg.inv(common[:, :2]).T, np.float32)
    places = grid + finder.calc(first, aligned, _guess(source, left, (rows, columns)))
    return np.asarray(places @ common[:, :2].T + common[:, 2] - grid, np.float32)


def _likeness(first: Plane, second: Plane, moves: Floats) -> tuple[Floats, Floats]:
    """Compare the patterns around each pixel and where it went, whatever their light: 0 to 1, and what that says."""
    rows, columns = first.shape
    a, b = first.astype(np.float32), look_up(second.astype(np.float32), _grid(rows, columns) + moves)
    mean_a, mean_b = cv2.blur(a, _NEAR), cv2.blur(b, _NEAR)
    var_a, var_b = cv2.blur(a * a, _NEAR) - mean_a**2, cv2.blur(b * b, _NEAR) - mean_b**2
    both = cv2.blur(a * b, _NEAR) - mean_a * mean_b
    like = both / np.sqrt(np.maximum(var_a, 1.0) * np.maximum(var_b, 1.0))
    pattern = np.clip(np.maximum(var_a, var_b) / _FLAT, 0, 1)
    # Without a pattern nothing is known, but that the same light speaks for the same thing.
    says = np.maximum(pattern, 0.3 * np.exp(-(((mean_a - mean_b) / 20) ** 2)))
    seen = np.clip((like - 0.25) / 0.45, 0, 1) * pattern + (1 - pattern)
    return np.asarray(seen, np.float32), np.asarray(says + 0.02, np.float32)


def soften(field: Floats, sigma: float) -> Floats:
    """Blur a field; by much, at a smaller size."""
    if sigma < 2 * _BLUR_AT:
        return cv2.GaussianBlur(field, (0, 0), sigma)
    rows, columns = field.shape[:2]
    shrink = sigma / _BLUR_AT
    size = (max(4, round(columns / shrink)), max(4, round(rows / shrink)))
    small = cv2.GaussianBlur(cv2.resize(field, size, interpolation=cv2.INTER_AREA), (0, 0), _BLUR_AT)
    return cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)


def _filled(field: Floats, weight: Floats, sigmas: tuple[float, ...]) -> Floats:
    """Smooth a field by weight, and carry what is known into what is not; sigmas in shares of its longer side."""
    side = max(weight.shape)
    out: Floats = np.zeros_like(field)
    known: Floats = np.zeros_like(weight)
    deep = (..., None) if field.ndim == 3 else ...
    for sigma in sigmas:
        share = soften(weight, sigma * side)
        near = soften(field * weight[deep], sigma * side) / (share[deep] + 1e-6)
        fill = np.clip(share * 4, 0, 1) * (1 - known)
        out = out + near * fill[deep]
        known = known + fill
    return np.asarray(out / np.maximum(known, 1e-3)[deep], np.float32)


def _torn(moves: Floats) -> Floats:
    """Tell where a field is too uneven to be followed: 0 for smooth, 1 for torn."""
    calm = cv2.GaussianBlur(moves, (0, 0), 1.0)
    steep = np.zeros(moves.shape[:2], np.float32)
    for part in cv2.split(calm):
        steep += (
            cv2.Sobel(part, cv2.CV_32F, 1, 0, scale=1 / 8) ** 2 + cv2.Sobel(part, cv2.CV_32F, 0, 1, scale=1 / 8) ** 2
        )
    return np.asarray(np.clip((np.sqrt(steep) - 0.35) / 0.5, 0, 1), np.float32)


def flows_between(first: Plane, second: Plane) -> tuple[Flow, Flow]:
    """Give the flow from the first to the second of two BGR pictures of one size, and the one back."""
    grey, other = _grey(first), _grey(second)
    shrink = _PATCH_SIDE / max(grey.shape)
    size = (max(_PATCH, round(grey.shape[1] * shrink)), max(_PATCH, round(grey.shape[0] * shrink)))
    pair = [cv2.resize(picture, size, interpolation=cv2.INTER_AREA) for picture in (first, second)]
    blocks, marks = beside(lambda: _blocks(pair[0], pair[1]), lambda: _matches(grey, other))
    source, target = (
        np.concatenate([mark, _enlarged(patch, shrink)]) for mark, patch in zip(marks, blocks, strict=True)
    )
    there, here = beside(lambda: _moves(grey, other, source, target), lambda: _moves(other, grey, target, source))
    small, other_small, there, here = (_halved(field) for field in (grey, other, there, here))
    there, here = there / 2, here / 2
    return beside(lambda: _checked(small, other_small, there, here), lambda: _checked(other_small, small, here, there))


def _halved(field: Floats) -> Floats:
    size = (field.shape[1] // 2, field.shape[0] // 2)
    return cv2.resize(field, size, interpolation=cv2.INTER_AREA)


def _checked(first: Plane, second: Plane, there: Floats, here: Floats) -> Flow:
    """Trust a move where the way back leads home and the patterns are alike."""
    rows, columns = first.shape
    places = _grid(rows, columns) + there
    miss = np.linalg.norm(there + look_up(here, places), axis=-1)
    reach = np.linalg.norm(there, axis=-1)
    home = np.exp(-((miss / (0.7 + 0.04 * reach)) ** 2))
    edge = 0.02 * columns
    across, down = places[..., 0], places[..., 1]
    inside = (across > -edge) & (across < columns + edge) & (down > -edge) & (down < rows + edge)
    like, says = _likeness(first, second, there)
    good = np.asarray(home * like * inside * (1 - _torn(there)), np.float32)
    # A lone grain of trust among doubt is chance.
    calm = _filled(good, says, (1 / 60, 1 / 16))
    good = np.asarray(good * np.clip((calm - 0.2) / 0.3, 0, 1), np.float32)
    trust = np.clip(_filled(good, says, (1 / 160, 1 / 40, 1 / 10)) * 1.2 - 0.05, 0, 1)
    moves = _filled(there, good * says + 1e-5, (1 / 100, 1 / 40, 1 / 12, 1 / 3))
    return Flow(moves=np.asarray(moves / rows, np.float32), trust=np.asarray(trust, np.float32))
