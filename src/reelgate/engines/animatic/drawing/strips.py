"""Where a sheet has anything to draw: columns of it, each with the rows that blend and the rows that are solid.

Skipping what is empty and copying what is solid is most of the renderer's speed. Painters call `plan_strips` once.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.colour import Plane

_STRIPS = 24
#: Milliseconds, measured: for a strip, for a blended, a copied and a plain pixel.
_EACH, _BLENDED, _COPIED, _PLAIN = 0.08, 2.0e-6, 0.9e-6, 0.06e-6


@dataclass(frozen=True, slots=True)
class Strip:
    """Columns left to right of a texture; rows top to solid blend, rows solid to bottom hide all behind them."""

    left: int
    right: int
    top: int
    solid: int
    bottom: int


def _cost(strip: Strip, *, plain: bool) -> float:
    width = strip.right - strip.left
    below = (strip.bottom - strip.solid) * (_PLAIN if plain else _COPIED)
    return _EACH + width * ((strip.solid - strip.top) * _BLENDED + below)


def _merged(a: Strip, b: Strip) -> Strip:
    return Strip(a.left, b.right, min(a.top, b.top), max(a.solid, b.solid), max(a.bottom, b.bottom))


def plan_strips(cover: Plane, *, plain: bool) -> tuple[Strip, ...]:
    """Split a cover plane (255 for solid) into few strips that are cheap to draw; what is empty is in none."""
    height, width = cover.shape
    edges = [round(width * place / _STRIPS) & ~1 for place in range(_STRIPS)] + [width]
    # Along whole rows of memory, extremes are found ten times as fast as across them.
    upright = cv2.transpose(cover)
    strips: list[Strip | None] = []
    for left, right in pairwise(edges):
        filled = np.flatnonzero(np.maximum.reduce(upright[left:right]))
        if not len(filled):
            strips.append(None)
            continue
        open_rows = np.flatnonzero(np.minimum.reduce(upright[left:right]) < 255)
        bottom = int(filled[-1]) + 1
        # Solid means down to the lower edge of the texture; anything that ends earlier blends.
        solid = bottom if bottom < height else min(bottom, int(open_rows[-1]) + 1 if len(open_rows) else 0)
        strips.append(Strip(left, right, int(filled[0]), max(solid, int(filled[0])), bottom))
    return tuple(_joined(strips, plain=plain))


def box_strip(cover: Plane) -> Strip:
    """Give the one strip around all that is painted."""
    left, top, width, height = cv2.boundingRect(cover)
    left &= ~1
    return Strip(left, min(cover.shape[1], (left + width + 3) & ~1), top, top + height, top + height)


def _joined(strips: list[Strip | None], *, plain: bool) -> list[Strip]:
    """Merge neighbours for as long as that is cheaper."""
    runs: list[list[Strip]] = [[]]
    for strip in strips:
        if strip is None:
            runs.append([])
        else:
            runs[-1].append(strip)
    for run in runs:
        gains = [_gain(a, b, plain=plain) for a, b in pairwise(run)]
        while gains and max(gains) > 0:
            best = gains.index(max(gains))
            run[best : best + 2] = [_merged(run[best], run[best + 1])]
            del gains[best]
            # Only those beside it have changed.
            for place in range(max(0, best - 1), min(len(gains), best + 1)):
                gains[place] = _gain(run[place], run[place + 1], plain=plain)
    return [strip for run in runs for strip in run]


def _gain(a: Strip, b: Strip, *, plain: bool) -> float:
    return _cost(a, plain=plain) + _cost(b, plain=plain) - _cost(_merged(a, b), plain=plain)


def solid_row(strips: tuple[Strip, ...], width: int, height: int) -> float:
    """Give the texture row from which all columns are solid; infinity for never."""
    if not strips or strips[0].left > 0 or strips[-1].right < width:
        return math.inf
    if any(a.right != b.left for a, b in pairwise(strips)):
        return math.inf
    if any(strip.bottom < height for strip in strips):
        return math.inf
    return float(max(strip.solid for strip in strips))
