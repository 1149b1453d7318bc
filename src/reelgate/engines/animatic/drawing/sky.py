"""The sky: gradient, sun or moon with its glow, stars, clouds. The back of every outdoor place."""

import math

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, Floats, Plane, luminance, mix
from reelgate.engines.animatic.drawing.painter import Painter
from reelgate.engines.animatic.drawing.setting import Setting
from reelgate.engines.animatic.scene import Figure, Weather


def _gradient(setting: Setting, painter: Painter, rows: int, columns: int, bottom: float) -> Floats:
    """Give the coarse RGB field of the sky down to the world row `bottom`."""
    palette = setting.palette
    bounds = painter.bounds
    ys = bounds.top + (np.arange(rows) + 0.5) / rows * bounds.height
    share = np.clip((ys + 0.08) / (bottom + 0.08), 0.0, 1.0)
    places = [place for place, _ in palette.sky]
    field = np.stack(
        [np.interp(share, places, [colour[index] for _, colour in palette.sky]) for index in range(3)], axis=-1
    )
    return np.repeat(field[:, None, :].astype(np.float32), columns, axis=1)


def _add_glow(setting: Setting, painter: Painter, field: Floats) -> None:
    """Mix the glow of sun or moon into the field: a wide one along the horizon and a tight one around the disc."""
    palette = setting.palette
    if palette.glow_share <= 0.0:
        return
    rows, columns = field.shape[:2]
    bounds = painter.bounds
    xs = bounds.left + (np.arange(columns) + 0.5) / columns * bounds.width
    ys = bounds.top + (np.arange(rows) + 0.5) / rows * bounds.height
    sun_x, sun_y = setting.sun
    low = 1.0 - min(1.0, palette.sun_height * 1.6)
    dx, dy = (xs - sun_x)[None, :], (ys - sun_y)[:, None]
    wide = np.exp(-((dx / (0.5 + 0.35 * low)) ** 2) - (dy / (0.34 - 0.1 * low)) ** 2) * 0.5
    tight = np.exp(-np.sqrt(dx**2 + dy**2) / 0.085) * 0.85
    share = np.clip((wide + tight) * palette.glow_share, 0.0, 1.0).astype(np.float32)[..., None]
    field += (np.asarray(palette.glow, np.float32) - field) * share


def _stars(setting: Setting, painter: Painter, bottom: float) -> None:
    palette = setting.palette
    if palette.stars <= 0.02:
        return
    rng = setting.rng("stars")
    count = int(420 * palette.stars * max(1.0, painter.bounds.width))
    xs = rng.uniform(painter.bounds.left, painter.bounds.right, count)
    ys = painter.bounds.top + rng.random(count) ** 1.35 * (bottom - painter.bounds.top)
    sizes = 0.0007 + 0.0016 * rng.random(count) ** 5
    sun_x, sun_y = setting.sun
    for x, y, size in zip(xs, ys, sizes, strict=True):
        fade = min(1.0, max(0.0, (bottom - y) / 0.4)) * (0.3 + 0.7 * rng.random())
        if math.hypot(x - sun_x, y - sun_y) < 0.1:
            continue
        backdrop = mix(palette.zenith, palette.horizon, max(0.0, y / bottom))
        painter.ellipse((x, y), (size, size), mix(backdrop, (1.0, 0.98, 0.94), fade * min(1.0, palette.stars * 1.6)))
        if size > 0.0018 and palette.stars > 0.5:
            painter.glow((x, y), 0.012, (0.8, 0.9, 1.0), alpha=0.5, power=3)


def _disc(setting: Setting, painter: Painter) -> None:
    palette = setting.palette
    if palette.glow_share <= 0.12:
        return
    if palette.moon and any(subject.figure is Figure.MOON for subject in setting.shot.subjects):
        # The one that was asked for is drawn with the figures.
        return
    sun_x, sun_y = setting.sun
    radius = 0.038 if palette.moon else 0.046 + 0.014 * (1 - palette.sun_height)
    painter.glow((sun_x, sun_y), radius * 3.2, mix(palette.glow, palette.sun, 0.5), alpha=0.5 * palette.glow_share)
    if setting.shot.weather is Weather.FOG:
        painter.glow((sun_x, sun_y), radius * 1.5, palette.sun, alpha=0.75, power=0.7)
        return
    painter.ellipse((sun_x, sun_y), (radius, radius), palette.sun)
    if palette.moon:
        crater = mix(palette.sun, palette.glow, 0.28)
        for x, y, size in ((-0.3, -0.25, 0.26), (0.25, 0.2, 0.2), (-0.1, 0.42, 0.14), (0.36, -0.32, 0.12)):
            painter.ellipse((sun_x + x * radius, sun_y + y * radius), (size * radius, size * radius), crater)


def paint_sky(setting: Setting, *, bottom: float | None = None) -> Painter:
    """Paint the sky behind everything, down to the world row `bottom` (the horizon unless said)."""
    low = setting.horizon if bottom is None else bottom
    painter = setting.painter(0.0, bottom=low + 0.12, opaque=True)
    rows, columns = max(24, painter.height // 8), max(24, painter.width // 8)
    field = _gradient(setting, painter, rows, columns, low)
    _add_glow(setting, painter, field)
    painter.field(field)
    _stars(setting, painter, low)
    _disc(setting, painter)
    return painter


_CLOUDY: dict[Weather, tuple[int, float]] = {
    Weather.CLEAR: (4, 0.75),
    Weather.CLOUDS: (11, 1.2),
    Weather.RAIN: (12, 1.6),
    Weather.STORM: (14, 1.9),
    Weather.SNOW: (9, 1.4),
    Weather.FOG: (0, 1.0),
    Weather.WIND: (8, 0.9),
}


def paint_clouds(setting: Setting, painter: Painter, *, low: float | None = None) -> None:
    """Paint clouds: flat bases, round tops, a lit upper edge; smaller and paler towards the horizon."""
    count, size = _CLOUDY[setting.shot.weather]
    rng = setting.rng("clouds")
    floor = setting.horizon if low is None else low
    width = painter.bounds.width
    for index in range(int(count * max(1.0, width / 1.9))):
        far = 1.0 - index / max(1, count * max(1.0, width / 1.9))
        y = floor * (0.1 + 0.72 * far) + rng.uniform(-0.03, 0.03)
        x = painter.bounds.left + rng.random() * width
        span = (0.13 + 0.2 * (1 - far)) * size * rng.uniform(0.75, 1.3) * setting.unit
        _cloud(setting, painter, rng, (x, y, span, far))


def _blurred(mask: Plane, sigma: float) -> Plane:
    """Blur; where the blur is wide, a quarter of the size is enough."""
    if sigma < 4:
        return cv2.GaussianBlur(mask, (0, 0), sigma)
    height, wide = mask.shape
    small = cv2.resize(mask, (max(2, wide // 4), max(2, height // 4)), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / 4), (wide, height), interpolation=cv2.INTER_LINEAR)


def _cloud(
    setting: Setting, painter: Painter, rng: np.random.Generator, where: tuple[float, float, float, float]
) -> None:
    x, y, span, far = where
    palette = setting.palette
    sky = mix(palette.zenith, palette.horizon, min(1.0, max(0.0, y / setting.horizon)))
    fade = 0.3 + 0.45 * far
    body, edge = mix(palette.cloud, sky, fade), mix(palette.cloud_edge, sky, fade * 0.8)
    puffs = 5 + int(rng.integers(0, 4))
    tall = span * rng.uniform(0.13, 0.2)
    mask = np.zeros(
        (max(8, int((tall * 3.4) * painter.ppu) & ~1), max(8, int(span * 1.5 * painter.ppu) & ~1)), np.uint8
    )
    height, wide = mask.shape
    base = height * 0.72
    for puff in range(puffs):
        share = (puff + 0.5) / puffs
        arch = math.sin(math.pi * share) ** 0.8
        radius = tall * painter.ppu * (0.35 + 0.75 * arch * rng.uniform(0.7, 1.1))
        centre = (int(wide * (0.16 + 0.68 * share) * 16), int((base - radius * 0.55) * 16))
        cv2.circle(mask, centre, int(radius * 16), 255, -1, cv2.LINE_AA, 4)
    ends = np.array([[0.04, 1.0], [0.2, 0.62], [0.8, 0.62], [0.97, 1.0]]) * (wide, base)
    cv2.fillPoly(mask, [np.round(ends * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    fade_rows = np.clip(1.0 - (np.arange(height) - base * 0.62) / (base * 0.4), 0.0, 1.0).astype(np.float32)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.8, tall * painter.ppu * 0.035))
    shaped = (soft.astype(np.float32) * fade_rows[:, None]).astype(np.uint8)
    left = int((x - span * 0.75 - painter.bounds.left) * painter.ppu) & ~1
    top = int((y - tall * 2.2 - painter.bounds.top) * painter.ppu) & ~1
    painter.stamp(cv2.convertScaleAbs(shaped, alpha=0.94), left, top, edge)
    inner = cv2.warpAffine(shaped, np.array([[1, 0, 0], [0, 1, tall * painter.ppu * 0.22]]), (wide, height))
    inner = cv2.min(_blurred(inner, max(1.0, tall * painter.ppu * 0.16)), shaped)
    painter.stamp(cv2.convertScaleAbs(inner, alpha=0.9), left, top, body)


def is_dark(colour: Colour) -> bool:
    """Tell whether a colour is dark enough to want light beside it."""
    return luminance(colour) < 0.35
