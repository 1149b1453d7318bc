"""A reference picture, cut out of its background where that is plain or see-through, and whole otherwise.

Pure and the same on every call. It does not know where the picture will stand; `pictures` asks it once a video.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.colour import Floats, Plane
from reelgate.engines.animatic.drawing.flow import soften
from reelgate.engines.animatic.drawing.picture import to_bytes, to_opaque

#: Longer side of what is kept.
_LONG_SIDE = 1440
#: Share of its size down to which a picture may be shrunk by interpolation alone.
_NEARLY = 0.8
#: Longer side at which the background is looked for.
_SMALL_SIDE = 256
#: Share of a picture that is see-through in one that comes cut out, and that a thing in it must have.
_CLEAR_MIN, _THING_MIN, _THING_MAX = 0.03, 0.025, 0.9
#: Lab distance to the background's own slope of colour up to which a pixel is background, and share of the border.
_PLAIN_MIN, _PLAIN_MAX, _BORDER_MIN = 4.5, 9.0, 0.82
#: How much darker a shadow may make a background, and the steepest that its light changes from pixel to pixel.
_SHADOW_MAX, _SOFT_MAX = 34.0, 2.4
#: How steep the light is along the rim of what is no shadow.
_EDGE_MIN = 1.9
#: The same that half of a thing must be away from its background, in the unevenness of that.
_APART_MIN = 3.2
#: Pixels around a thing that tell what its background is like.
_AROUND = 12
#: Share of the lower edge that a thing covers when it goes on below the picture.
_CROPPED_MIN = 0.12


@dataclass(frozen=True, kw_only=True, slots=True)
class Cutout:
    """A reference picture, ready to be placed."""

    #: BGR; cut to what is seen.
    bgr: Plane
    #: The whole picture.
    whole: Plane
    #: 0 to 255; None for a whole picture.
    mask: Plane | None = None
    #: What is seen goes on below the picture: a head and shoulders.
    cropped: bool = False

    @property
    def ratio(self) -> float:
        """Width over height."""
        return float(self.bgr.shape[1]) / float(self.bgr.shape[0])

    @property
    def uncut(self) -> "Cutout":
        """The picture with its background."""
        return Cutout(bgr=self.whole, whole=self.whole)


def read_cutout(path: Path) -> Cutout:
    """Decode a picture and cut it out; raises OSError where it cannot be read."""
    raw = np.frombuffer(path.read_bytes(), np.uint8)
    image = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED) if raw.size else None
    if image is None:
        raise OSError(f"not a picture that can be decoded: {path.name}")
    image = to_bytes(image)
    scale = min(1.0, _LONG_SIDE / max(image.shape[:2]))
    if scale < 1.0:
        # Down to nearly its size, the cheaper way looks the same.
        how = cv2.INTER_LINEAR if scale > _NEARLY else cv2.INTER_AREA
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=how)
    if image.ndim == 3 and image.shape[2] == 4 and _comes_cut_out(image[..., 3]):
        return _cut(np.ascontiguousarray(image[..., :3]), np.ascontiguousarray(image[..., 3]), to_opaque(image))
    bgr = to_opaque(image)
    mask = plain_background(bgr)
    return Cutout(bgr=bgr, whole=bgr) if mask is None else _cut(bgr, mask, bgr)


def _comes_cut_out(alpha: Plane) -> bool:
    clear, seen = float((alpha < 16).mean()), float((alpha > 128).mean())
    return clear > _CLEAR_MIN and seen > _THING_MIN


def _cut(bgr: Plane, mask: Plane, whole: Plane) -> Cutout:
    """Cut to what is seen, and let its own colours reach over its edges, so that none of the background shines."""
    height, width = mask.shape
    left, top, wide, tall = cv2.boundingRect((mask > 24).astype(np.uint8))
    lower = mask[max(0, height - 2) :].max(axis=0) > 128
    cropped = bool(lower.mean() > _CROPPED_MIN)
    pad = 2
    rows = slice(max(0, top - pad), min(height, top + tall + (0 if cropped else pad)))
    columns = slice(max(0, left - pad), min(width, left + wide + pad))
    bgr, mask = np.ascontiguousarray(bgr[rows, columns]), np.ascontiguousarray(mask[rows, columns])
    core = cv2.erode((mask > 250).astype(np.float32), np.ones((5, 5), np.uint8))
    seen = bgr.astype(np.float32) * core[..., None]
    spread: Floats = np.zeros_like(seen)
    known: Floats = np.zeros_like(core)
    for sigma in (2.0, 6.0, 18.0):
        share = soften(core, sigma)
        near = soften(seen, sigma) / (share[..., None] + 1e-5)
        fill = np.clip(share * 20, 0, 1) * (1 - known)
        spread, known = spread + near * fill[..., None], known + fill
    own = core[..., None] + (1 - known[..., None]) * (1 - core[..., None])
    clean = bgr * own + spread / np.maximum(known, 1e-3)[..., None] * (1 - own)
    return Cutout(bgr=np.clip(clean, 0, 255).astype(np.uint8), whole=whole, mask=mask, cropped=cropped)


def plain_background(bgr: Plane) -> Plane | None:
    """Find what stands before a plain background: a soft mask of the picture's size, or None."""
    height, width = bgr.shape[:2]
    scale = min(1.0, _SMALL_SIDE / max(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    away = _distance(small)
    thing = None if away is None else _thing(*away)
    if thing is None:
        return None
    thing = _refined(small, thing)
    soft = cv2.GaussianBlur(thing.astype(np.float32), (0, 0), 0.8)
    big = cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    # A little inwards, where the background no longer shines through.
    return np.asarray(np.clip((big - 0.5) * 3.2 + 0.22, 0, 1) * 255, np.uint8)


def _distance(small: Plane) -> tuple[Floats, Floats, Floats] | None:
    """Give how far each pixel is from the background's colour, which may slope, in its own unevenness.

    Below 1 is background. Then the same with soft shadows taken for background, and how steep the light is. None where
    the border is not even.
    """
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_BGR2Lab)
    rows, columns = lab.shape[:2]
    edge = max(2, round(0.025 * max(rows, columns)))
    ring = np.ones((rows, columns), bool)
    # The lower edge may be covered by whoever stands there.
    ring[edge:, edge : columns - edge] = False
    down, across = np.mgrid[0:rows, 0:columns].astype(np.float32)
    terms = np.stack([np.ones_like(down), across / columns - 0.5, down / rows - 0.5], axis=-1)
    seen, places = lab[ring], terms[ring]
    keep = np.ones(len(seen), bool)
    slope = np.zeros((3, 3), np.float32)
    for _ in range(3):
        if keep.sum() < 12:
            return None
        slope = np.linalg.lstsq(places[keep], seen[keep], rcond=None)[0].astype(np.float32)
        off = np.linalg.norm(seen - places @ slope, axis=-1)
        keep = off < max(_PLAIN_MAX, float(np.median(off)) * 2)
    if float((off < _PLAIN_MAX).mean()) < _BORDER_MIN:
        return None
    uneven = min(_PLAIN_MAX, max(_PLAIN_MIN, 2.5 + 3 * float(np.percentile(off[keep], 75))))
    apart = lab - terms @ slope
    away = np.linalg.norm(apart, axis=-1) / uneven
    # A shadow is darker, of the same colour, and has no edge.
    edges = np.hypot(cv2.Sobel(lab[..., 0], cv2.CV_32F, 1, 0), cv2.Sobel(lab[..., 0], cv2.CV_32F, 0, 1)) / 8
    tinted = np.linalg.norm(apart[..., 1:], axis=-1)
    shaded = (apart[..., 0] < 0) & (apart[..., 0] > -_SHADOW_MAX) & (tinted < uneven) & (edges < _SOFT_MAX)
    return np.asarray(away, np.float32), np.asarray(np.where(shaded, np.minimum(away, 0.9), away), np.float32), edges


def _unreached(away: Floats) -> Plane:
    """Give 1 for all that the background does not reach from the border."""
    near = (away < 1.0).astype(np.uint8)
    _, labels = cv2.connectedComponents(near, connectivity=4)
    border = np.concatenate([labels[0], labels[:, 0], labels[:, -1], labels[-1]])
    ground = np.isin(labels, np.unique(border[border > 0]))
    return cv2.morphologyEx((~ground).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))


def _without_shadows(whole: Plane, core: Plane, edges: Floats) -> Plane:
    """Leave out of a thing what may be its shadow, but where that has an edge: a pale part of the thing."""
    kernel = np.ones((3, 3), np.uint8)
    out = core.copy()
    near_core = cv2.dilate(core, kernel, iterations=2)
    count, labels = cv2.connectedComponents(((whole == 1) & (core == 0)).astype(np.uint8))
    for label in range(1, count):
        part = (labels == label).astype(np.uint8)
        rim = (cv2.dilate(part, kernel) - cv2.erode(part, kernel) == 1) & (near_core == 0)
        if rim.sum() > 8 and float(np.median(edges[rim])) > _EDGE_MIN:
            out = np.maximum(out, part)
    return out


def _thing(away: Floats, unshaded: Floats, edges: Floats) -> Plane | None:
    """Give 1 for what stands before the background; None where that is nothing, or all."""
    thing = _without_shadows(_unreached(away), _unreached(unshaded), edges)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(thing)
    if count < 2:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = 1 + np.flatnonzero(areas >= 0.06 * areas.max())
    thing = np.isin(labels, kept).astype(np.uint8)
    if not _THING_MIN < float(thing.mean()) < _THING_MAX or float(np.median(away[thing == 1])) < _APART_MIN:
        return None
    return thing


def _refined(small: Plane, thing: Plane) -> Plane:
    """Let GrabCut find the edge within a narrow band; what it changes much was better before."""
    kernel = np.ones((3, 3), np.uint8)
    inner, outer = cv2.erode(thing, kernel, iterations=3), cv2.dilate(thing, kernel, iterations=3)
    marks = np.full(thing.shape, cv2.GC_BGD, np.uint8)
    marks[outer == 1] = cv2.GC_PR_BGD
    marks[thing == 1] = cv2.GC_PR_FGD
    marks[inner == 1] = cv2.GC_FGD
    if not inner.any() or outer.all():
        return thing
    left, top, wide, tall = cv2.boundingRect(outer)
    around = (
        slice(max(0, top - _AROUND), top + tall + _AROUND),
        slice(max(0, left - _AROUND), left + wide + _AROUND),
    )
    # It begins with clusters that are drawn by chance.
    cv2.setRNGSeed(7)
    back, front = np.zeros((1, 65), np.float64), np.zeros((1, 65), np.float64)
    near = np.ascontiguousarray(marks[around])
    cv2.grabCut(np.ascontiguousarray(small[around]), near, (0, 0, 1, 1), back, front, 2, cv2.GC_INIT_WITH_MASK)
    found = np.zeros_like(thing)
    found[around] = np.isin(near, (cv2.GC_FGD, cv2.GC_PR_FGD))
    return found if 0.85 < found.sum() / thing.sum() < 1.15 else thing
