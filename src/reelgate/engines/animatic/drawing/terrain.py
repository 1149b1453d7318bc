"""Lines of the land and what grows on it: ridges, hills, pines, round trees, grass, rocks.

Pure shapes in world units, made from random numbers that the caller brings. Places paint them.
"""

import math

import numpy as np

from reelgate.engines.animatic.drawing.camera import Bounds
from reelgate.engines.animatic.drawing.painter import Points, across, curve, smooth

Rng = np.random.Generator


def rolling(rng: Rng, bounds: Bounds, level: float, rise: float, *, wave: float = 0.7) -> Points:
    """Give a soft hill line around a level: sums of a few long waves, rising at most `rise`."""
    xs = np.linspace(bounds.left - 0.05, bounds.right + 0.05, 160)
    ys = np.zeros_like(xs)
    for octave, weight in ((1.0, 0.6), (2.3, 0.28), (4.7, 0.12)):
        ys += weight * np.sin(2 * np.pi * (xs / wave * octave * 0.5 + rng.random()))
    return np.stack([xs, level - rise * (0.5 + 0.5 * ys)], axis=-1)


def ridge(rng: Rng, bounds: Bounds, level: float, rise: float, *, peak: float = 0.4, rough: float = 0.55) -> Points:
    """Give a mountain line: peaks about every `peak` units, broken by midpoint displacement."""
    left, right = bounds.left - peak, bounds.right + peak
    count = max(3, math.ceil((right - left) / (peak * 0.5)))
    xs = np.linspace(left, right, count) + rng.uniform(-0.14, 0.14, count) * peak
    high = np.where(np.arange(count) % 2 == 0, rng.uniform(0.62, 1.0, count), rng.uniform(0.1, 0.42, count))
    ys = level - rise * high
    step = rise * rough * 0.3
    for _ in range(5):
        middle_x = (xs[1:] + xs[:-1]) / 2 + rng.uniform(-0.2, 0.2, len(xs) - 1) * (xs[1:] - xs[:-1])
        middle_y = (ys[1:] + ys[:-1]) / 2 + rng.uniform(-0.5, 0.5, len(ys) - 1) * step
        xs, ys = _interleave(xs, middle_x), _interleave(ys, middle_y)
        step *= 0.5
    return np.stack([xs, ys], axis=-1)


def _interleave(ends: np.ndarray, middles: np.ndarray) -> np.ndarray:
    out = np.empty(len(ends) + len(middles))
    out[::2], out[1::2] = ends, middles
    return out


def ground(line: Points, bottom: float) -> Points:
    """Close a line downwards to a world row."""
    return np.concatenate([line, [[line[-1, 0], bottom], [line[0, 0], bottom]]])


def height_at(line: Points, x: float) -> float:
    """Give the world row of a line at x."""
    order = np.argsort(line[:, 0])
    return float(np.interp(x, line[order, 0], line[order, 1]))


def pine(rng: Rng, x: float, y: float, height: float) -> Points:
    """Give a conifer standing at (x, y)."""
    tiers = 6 + int(rng.integers(0, 3))
    half = height * rng.uniform(0.17, 0.23)
    left: list[tuple[float, float]] = [(x, y - height)]
    right: list[tuple[float, float]] = []
    for tier in range(1, tiers + 1):
        share = tier / tiers
        reach = half * share**0.85 * rng.uniform(0.86, 1.1)
        row = y - height * (1 - share * 0.9)
        right += [(x + reach, row), (x + reach * 0.5, row - height * 0.018)]
        left += [(x - reach * rng.uniform(0.9, 1.1), row), (x - reach * 0.5, row - height * 0.018)]
    trunk = height * 0.02
    stem = [
        (x + trunk, y - height * 0.09),
        (x + trunk, y + 0.01),
        (x - trunk, y + 0.01),
        (x - trunk, y - height * 0.09),
    ]
    return np.array([*right, *stem, *left[::-1]])


def crown(rng: Rng, x: float, y: float, radius: float) -> Points:
    """Give a leafy crown around (x, y): a lumpy round."""
    count = 11
    angle = np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(-0.12, 0.12, count)
    reach = radius * rng.uniform(0.82, 1.16, count)
    reach[::2] *= 1.1
    return smooth(np.stack([x + np.cos(angle) * reach * 1.06, y + np.sin(angle) * reach * 0.92], axis=-1), 5)


def trunk(x: float, y: float, height: float, width: float, lean: float = 0.0) -> Points:
    """Give a tree trunk from (x, y) upwards, flared at the foot."""
    return np.array(
        [
            (x - width * 0.9, y + 0.004),
            (x - width * 0.45, y - height * 0.12),
            (x - width * 0.3 + lean, y - height),
            (x + width * 0.3 + lean, y - height),
            (x + width * 0.45, y - height * 0.12),
            (x + width * 0.9, y + 0.004),
        ]
    )


def blades(rng: Rng, bounds: Bounds, line: Points, count: int, height: float) -> list[Points]:
    """Give grass blades standing on a line."""
    xs = rng.uniform(bounds.left, bounds.right, count)
    rows = np.interp(xs, line[:, 0], line[:, 1])
    out = []
    for x, y in zip(xs, rows, strict=True):
        tall = height * rng.uniform(0.4, 1.0)
        lean = tall * rng.uniform(-0.45, 0.45)
        half = tall * 0.045
        out.append(
            np.array(
                [
                    (x - half, y + 0.006),
                    (x + lean * 0.35 - half * 0.7, y - tall * 0.55),
                    (x + lean, y - tall),
                    (x + lean * 0.35 + half * 0.7, y - tall * 0.5),
                    (x + half, y + 0.006),
                ]
            )
        )
    return out


def rock(rng: Rng, x: float, y: float, size: float) -> Points:
    """Give a boulder lying at (x, y)."""
    angle = np.linspace(np.pi, 2 * np.pi, 8) + rng.uniform(-0.1, 0.1, 8)
    reach = size * rng.uniform(0.78, 1.12, 8)
    top = np.stack([x + np.cos(angle) * reach, y + np.sin(angle) * reach * 0.62], axis=-1)
    return np.concatenate([top, [[x + size * 1.02, y + 0.01], [x - size * 1.02, y + 0.01]]])


def wavy(xs: np.ndarray, y: float, rise: float, length: float, phase: float) -> Points:
    """Give a gentle water line."""
    return np.stack([xs, y + rise * np.sin(2 * np.pi * (xs / length + phase))], axis=-1)


#: Turns three points of a leaf into its rounded spine.
_SPINE = curve(np.eye(3), 6)
_LEAF = np.sin(np.linspace(0.15, np.pi, len(_SPINE)))[:, None] * 0.05


def tuft(rng: Rng, x: float, y: float, size: float) -> list[Points]:
    """Give a fan of leaves growing from (x, y)."""
    chance = rng.random((7, 2))
    angle, tall = chance[:, 0] * 1.9 - 0.95, size * (0.55 + 0.45 * chance[:, 1])
    points = np.empty((7, 3, 2))
    points[:, 0] = (x, y)
    points[:, 1, 0], points[:, 1, 1] = x + np.sin(angle) * tall * 0.35, y - tall * 0.55
    points[:, 2, 0], points[:, 2, 1] = x + np.sin(angle) * tall, y - np.cos(angle) * tall
    spines = _SPINE @ points
    half = across(spines) * (size * _LEAF)
    return list(np.concatenate([spines + half, (spines - half)[:, ::-1]], axis=1))
