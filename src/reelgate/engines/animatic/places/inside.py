"""Places without an outdoor horizon: studio, room, greenhouse, above the clouds, space.

Each is a function from a setting to painting jobs, back to front.
"""

from functools import partial

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, Floats, from_bytes, hexa, mix
from reelgate.engines.animatic.drawing.painter import Painter, curve, ellipse
from reelgate.engines.animatic.drawing.setting import Scenery, Setting
from reelgate.engines.animatic.drawing.stage import Element, Layer
from reelgate.engines.animatic.drawing.terrain import Rng, crown, tuft
from reelgate.engines.animatic.places.land import sky_jobs
from reelgate.engines.animatic.places.town import box

_LAMP = hexa("ffd88f")


def studio(setting: Setting) -> Scenery:
    """Give a seamless backdrop with a pool of light."""
    return Scenery(back=[partial(_cove, setting)])


def _cove(setting: Setting) -> Element:
    painter = setting.painter(0.7, opaque=True)
    palette, h = setting.palette, setting.horizon + 0.1
    base = mix(mix(palette.zenith, palette.horizon, 0.45), hexa("d8d2cc"), 0.42)
    if setting.shot.palette:
        # A backdrop has the colour that was asked for.
        base = mix(base, setting.lit(from_bytes(setting.shot.palette[0]), 0.9), 0.7)
    if palette.lamps:
        base = mix(base, palette.shade, 0.2)
    rows, columns = 90, 120
    xs = painter.bounds.left + (np.arange(columns) + 0.5) / columns * painter.bounds.width
    ys = painter.bounds.top + (np.arange(rows) + 0.5) / rows * painter.bounds.height
    wall = np.exp(-((xs[None, :] / 0.62) ** 2) - ((ys[:, None] - 0.42) / 0.42) ** 2)
    floor = 1 / (1 + np.exp(-(ys[:, None] - h) / 0.035))
    pool = np.exp(-((xs[None, :] / 0.55) ** 2) - ((ys[:, None] - h - 0.16) / 0.14) ** 2)
    level = 0.62 + 0.5 * wall * (1 - floor) + floor * (0.02 + 0.42 * pool) - 0.1 * np.abs(xs[None, :])
    field = np.asarray(base, np.float32)[None, None, :] * level[..., None]
    painter.field(np.clip(field, 0, 1).astype(np.float32))
    return Layer(sheet=painter.sheet(), depth=0.7)


def room(setting: Setting) -> Scenery:
    """Give a quiet room: a tall window, a lamp, a picture, a plant, light on the floor."""
    return Scenery(back=[partial(_view, setting), partial(_walls, setting)])


def _window_box(setting: Setting) -> tuple[float, float, float, float]:
    centre = -0.2 * setting.aspect
    half = 0.19 * setting.unit
    return centre - half, 0.14, centre + half, 0.56


def _view(setting: Setting) -> Element:
    """Paint what is seen through the window."""
    painter = setting.painter(0.1, top=0.0, bottom=0.75)
    palette = setting.palette
    stops = [(0.1 + 0.5 * place, colour) for place, colour in palette.sky]
    painter.band(stops, top=painter.bounds.top)
    rng = setting.rng("view")
    for _ in range(int(16 * painter.bounds.width)):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        painter.poly(crown(rng, x, 0.58 + rng.uniform(-0.03, 0.04), 0.06), setting.lit(hexa("4f7f5a"), 0.3))
    return Layer(sheet=painter.sheet(), depth=0.1)


def _walls(setting: Setting) -> Element:
    """Paint wall and floor with the window cut out of the wall."""
    painter = setting.painter(0.8)
    palette, floor_top = setting.palette, 0.74
    wall, wood = setting.lit(hexa("c9a98f"), 0.55), setting.lit(hexa("8f5f3f"), 0.8)
    left, top, right, bottom = _window_box(setting)
    edge = painter.bounds
    stops = [(edge.top, mix(wall, palette.shade, 0.3)), (0.45, wall), (floor_top, mix(wall, palette.shade, 0.22))]
    for piece in (
        box(edge.left, edge.top, left, floor_top),
        box(right, edge.top, edge.right, floor_top),
        box(left - 0.002, edge.top, right + 0.002, top),
        box(left - 0.002, bottom, right + 0.002, floor_top),
    ):
        painter.gradient(piece, stops)
    painter.band([(floor_top, mix(wood, palette.shade, 0.1)), (1.1, mix(wood, palette.shade, 0.45))], top=floor_top)
    for place in np.linspace(-5, 5, 41):
        board = np.array(
            [(place * 0.4, floor_top), (place * 0.4 + 0.002, floor_top), (place + 0.006, 1.3), (place, 1.3)]
        )
        painter.gradient(board, [(0, mix(wood, palette.shade, 0.5)), (2, wood)], alpha=0.6)
    cream = setting.lit(hexa("f4ead8"), 0.6)
    painter.poly(box(edge.left, floor_top - 0.022, edge.right, floor_top), cream)
    _sunbeam(setting, painter, (left, right), floor_top)
    _frame(painter, (left, top, right, bottom), cream)
    _furniture(setting, painter, floor_top)
    return Layer(sheet=painter.sheet(), depth=0.8)


def _sunbeam(setting: Setting, painter: Painter, span: tuple[float, float], floor_top: float) -> None:
    left, right = span
    glow = setting.palette.glow
    strength = 0.5 * setting.palette.glow_share
    for a, b in ((0.04, 0.46), (0.54, 0.96)):
        x0, x1 = left + (right - left) * a, left + (right - left) * b
        patch = np.array(
            [(x0 + 0.14, floor_top + 0.03), (x1 + 0.14, floor_top + 0.03), (x1 + 0.34, 0.97), (x0 + 0.3, 0.97)]
        )
        painter.soft(patch, glow, blur=0.008, alpha=strength)
    beam = np.array([(left, 0.2), (right, 0.14), (right + 0.36, 0.97), (left + 0.26, 0.97)])
    painter.soft(beam, glow, blur=0.04, alpha=strength * 0.28)


def _frame(painter: Painter, form: tuple[float, float, float, float], cream: Colour) -> None:
    left, top, right, bottom = form
    middle = (left + right) / 2
    for bar in (
        box(left - 0.02, top - 0.02, left + 0.004, bottom + 0.01),
        box(right - 0.004, top - 0.02, right + 0.02, bottom + 0.01),
        box(left - 0.02, top - 0.02, right + 0.02, top + 0.004),
        box(middle - 0.006, top, middle + 0.006, bottom),
        box(left, top + 0.14, right, top + 0.15),
        box(left, top + 0.28, right, top + 0.29),
        box(left - 0.035, bottom - 0.004, right + 0.035, bottom + 0.022),
    ):
        painter.poly(bar, cream)


def _furniture(setting: Setting, painter: Painter, floor_top: float) -> None:
    palette = setting.palette
    rng = setting.rng("plant")
    right = 0.3 * setting.aspect
    frame = setting.lit(hexa("6b4a34"), 0.8)
    painter.poly(box(right - 0.1, 0.2, right + 0.1, 0.4), frame)
    paper = setting.lit(hexa("efe6d6"), 0.7)
    painter.poly(box(right - 0.088, 0.212, right + 0.088, 0.388), paper)
    painter.ellipse((right + 0.03, 0.28), (0.025, 0.025), setting.lit(hexa("e07a4f"), 0.7))
    painter.poly(
        np.array(
            [
                (right - 0.088, 0.388),
                (right - 0.03, 0.31),
                (right + 0.03, 0.36),
                (right + 0.088, 0.33),
                (right + 0.088, 0.388),
            ]
        ),
        setting.lit(hexa("4f7a7f"), 0.7),
    )
    x = 0.44 * setting.aspect
    post = mix(setting.lit(hexa("3a3230"), 0.9), palette.shade, 0.2)
    painter.stroke(np.array([(x, floor_top + 0.05), (x, 0.42)]), 0.007, post)
    painter.ellipse((x, floor_top + 0.052), (0.045, 0.008), post)
    shade = _LAMP if palette.lamps else setting.lit(hexa("f0e2c4"), 0.7)
    if palette.lamps:
        painter.glow((x, 0.4), 0.42, _LAMP, alpha=0.5)
    painter.poly(np.array([(x - 0.045, 0.34), (x + 0.045, 0.34), (x + 0.075, 0.44), (x - 0.075, 0.44)]), shade)
    x = -0.44 * setting.aspect
    painter.polys(tuft(rng, x, floor_top - 0.02, 0.26), setting.lit(hexa("4a7f4f"), 0.9))
    painter.polys(tuft(rng, x, floor_top - 0.02, 0.18), setting.lit(hexa("6aa065"), 0.9))
    pot = np.array(
        [
            (x - 0.05, floor_top - 0.03),
            (x + 0.05, floor_top - 0.03),
            (x + 0.036, floor_top + 0.05),
            (x - 0.036, floor_top + 0.05),
        ]
    )
    painter.poly(pot, setting.lit(hexa("b5653f"), 0.9))


def greenhouse(setting: Setting) -> Scenery:
    """Give a glass house with ribs against the sky and plants on both sides of a path."""
    return Scenery(
        back=[*sky_jobs(setting), partial(_ribs, setting), partial(_beds, setting)],
        front=[partial(_fronds, setting)],
    )


def _ribs(setting: Setting) -> Element:
    painter = setting.painter(0.45)
    palette, h = setting.palette, setting.horizon
    iron = mix(setting.lit(hexa("e8efe9"), 0.6), palette.haze, 0.1)
    painter.veil(np.full((2, 2), 0.16, np.float32), mix(palette.haze, hexa("cfe8d8"), 0.5))
    half = max(0.42, setting.half * 0.9)
    for scale, width in ((0.34, 0.003), (0.5, 0.004), (0.74, 0.006), (1.1, 0.009), (1.6, 0.013)):
        foot = h + 0.02 + 0.16 * scale
        arch = [
            (-half * scale, foot),
            (-half * scale, h - 0.22 * scale),
            (-half * 0.6 * scale, h - 0.48 * scale),
            (0.0, h - 0.6 * scale),
            (half * 0.6 * scale, h - 0.48 * scale),
            (half * scale, h - 0.22 * scale),
            (half * scale, foot),
        ]
        painter.stroke(curve(arch, 10), width, iron)
    for a, b in ((-1.0, 0.22), (-0.6, 0.48), (0.0, 0.6), (0.6, 0.48), (1.0, 0.22), (-1.0, 0.0), (1.0, 0.0)):
        near, far = 1.9, 0.34
        line = np.array([(half * a * far, h - b * far), (half * a * near, h - b * near)])
        painter.stroke(line, 0.0035, iron)
    painter.band(
        [
            (h + 0.05, mix(setting.lit(hexa("5f8a55"), 0.5), palette.haze, 0.35)),
            (h + 0.2, setting.lit(hexa("4a7a45"), 0.7)),
        ],
        top=h + 0.06,
    )
    return Layer(sheet=painter.sheet(), depth=0.45)


def _beds(setting: Setting) -> Element:
    """Paint the path and the beds beside it."""
    h = setting.horizon
    painter = setting.painter(0.9, top=h - 0.12)
    palette, rng = setting.palette, setting.rng("beds")
    soil, path = setting.lit(hexa("4a6a38"), 0.9), setting.lit(hexa("cdbd9f"), 0.9)
    painter.band([(h + 0.06, mix(soil, palette.haze, 0.3)), (1.0, mix(soil, palette.shade, 0.4))], top=h + 0.055)
    painter.gradient(
        np.array([(-0.025, h + 0.055), (0.025, h + 0.055), (0.5, 1.3), (-0.5, 1.3)]),
        [(h + 0.05, mix(path, palette.haze, 0.4)), (1.05, mix(path, palette.shade, 0.25))],
    )
    blooms = (hexa("f07f9c"), hexa("f7c95c"), hexa("ffffff"), hexa("c48ae0"))
    for share in np.sort(rng.uniform(0.05, 1.0, int(46 * painter.bounds.width))):
        side = 1.0 if rng.random() < 0.5 else -1.0
        y = h + 0.06 + 0.3 * share
        x = side * (0.05 + share * 0.48 + rng.random() ** 1.2 * 0.7)
        size = 0.05 + 0.13 * share
        leaf = mix(setting.lit(hexa("3f8a46"), 0.9), palette.shade, 0.5 * rng.random())
        painter.polys(tuft(rng, x, y, size), mix(leaf, palette.haze, 0.4 * (1 - share)))
        if rng.random() < 0.5:
            colour = setting.lit(blooms[int(rng.integers(0, 4))], 0.8)
            for _ in range(3):
                spot = (x + rng.uniform(-0.5, 0.5) * size, y - size * rng.uniform(0.5, 0.95))
                painter.ellipse(spot, (size * 0.1, size * 0.1), colour)
    return Layer(sheet=painter.sheet(), depth=0.9)


def _fronds(setting: Setting) -> Element:
    """Paint large leaves hanging into the upper and lower corners."""
    painter = setting.painter(1.25)
    rng = setting.rng("fronds")
    dark = mix(setting.lit(hexa("1f5a36"), 1.2), setting.palette.shade, 0.35)
    for side in (-1.0, 1.0):
        for _ in range(5):
            x, y = side * setting.half * rng.uniform(0.86, 1.08), painter.bounds.bottom
            tone = mix(dark, setting.palette.rim, 0.14 * rng.random())
            painter.polys(tuft(rng, x, y, rng.uniform(0.16, 0.34) * setting.unit + y - 1.0), tone)
        for _ in range(3):
            x = side * setting.half * rng.uniform(0.8, 1.05)
            hang = tuft(rng, x, 0.0, rng.uniform(0.12, 0.22) * setting.unit)
            painter.polys([leaf * (1, -1) + (0, painter.bounds.top) for leaf in hang], dark)
    return Layer(sheet=painter.sheet(), depth=1.25)


def above_clouds(setting: Setting) -> Scenery:
    """Give a sea of cloud below an open sky."""
    h = setting.horizon
    rows = (
        ("far", 0.12, h + 0.06, 0.05),
        ("middle", 0.3, h + 0.14, 0.075),
        ("near", 0.6, h + 0.24, 0.1),
        ("front", 1.2, h + 0.36, 0.13),
    )
    layers = [partial(_bank, setting, *row) for row in rows]
    return Scenery(back=[*sky_jobs(setting, h + 0.05), *layers[:3]], front=layers[3:])


def _bank(setting: Setting, name: str, depth: float, level: float, size: float) -> Element:
    """Paint one bank of cloud: round tops, lit from the sun's side."""
    drift = min(0.006 + 0.02 * depth, 0.6 / setting.duration_s)
    painter = setting.painter(depth, top=level - size * 1.9, extra=drift * setting.duration_s)
    palette, rng = setting.palette, setting.rng("bank " + name)
    body = mix(mix(palette.cloud, palette.haze, 0.75 - 0.5 * min(1.0, depth)), palette.horizon, 0.12)
    light = mix(palette.cloud_edge, palette.haze, 0.4 * (1 - min(1.0, depth)))
    low = mix(body, palette.zenith, 0.3)
    side = 1.0 if setting.sun[0] > 0 else -1.0
    xs = np.arange(painter.bounds.left - size, painter.bounds.right + size, size * 0.42)
    puffs = [
        (x + rng.uniform(-0.2, 0.2) * size, level - rng.random() ** 1.5 * size * 0.75, size * rng.uniform(0.4, 0.85))
        for x in xs
    ]
    for x, y, radius in puffs:
        painter.ellipse((x, y), (radius * 1.15, radius), light)
    for x, y, radius in puffs:
        inner = (x - side * radius * 0.16, y + radius * 0.2)
        painter.gradient(
            ellipse(inner, (radius * 1.05, radius * 0.92)),
            [(y - radius, mix(light, body, 0.5)), (y + radius * 0.7, body)],
        )
    painter.band(
        [(level, body), (level + size * 1.5, low), (level + size * 4, mix(low, palette.shade, 0.12))], top=level
    )
    return Layer(sheet=painter.sheet(), depth=depth, drift=drift)


def space(setting: Setting) -> Scenery:
    """Give stars, a nebula and the lit edge of a planet below."""
    return Scenery(back=[partial(_cosmos, setting), partial(_globe, setting)])


def _nebula(rng: Rng, rows: int, columns: int) -> Floats:
    total = np.zeros((rows, columns), np.float32)
    for octave, weight in ((4, 0.5), (8, 0.28), (16, 0.14), (32, 0.08)):
        noise = rng.random((octave, octave * 2), dtype=np.float32)
        total += cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC) * weight
    return np.asarray(np.clip((total - 0.42) * 2.6, 0, 1), dtype=np.float32)


def _cosmos(setting: Setting) -> Element:
    painter = setting.painter(0.05, opaque=True)
    rng = setting.rng("cosmos")
    rows, columns = 90, max(40, int(90 * painter.bounds.width / painter.bounds.height))
    base = mix(hexa("05060f"), setting.palette.zenith, 0.12)
    field = np.zeros((rows, columns, 3), np.float32) + np.asarray(base, np.float32)
    warm = mix(hexa("c2408a"), setting.palette.glow, 0.3)
    for colour, gain in ((hexa("2a3f9c"), 0.55), (warm, 0.42), (hexa("1f8a9c"), 0.25)):
        cloud = _nebula(rng, rows, columns) ** 1.4
        band = np.exp(
            -(((np.linspace(0, 1, rows)[:, None] - 0.2 - 0.5 * np.linspace(0, 1, columns)[None, :]) / 0.33) ** 2)
        )
        field += (cloud * band * gain)[..., None] * np.asarray(colour, np.float32)
    painter.field(np.clip(field, 0, 1).astype(np.float32))
    for _ in range(int(430 * painter.bounds.width)):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        y = painter.bounds.top + rng.random() * painter.bounds.height
        size, bright = 0.0006 + 0.0017 * rng.random() ** 6, 0.25 + 0.75 * rng.random()
        tone = mix((1.0, 1.0, 1.0), (hexa("a9c8ff"), hexa("ffd9b0"))[int(rng.integers(0, 2))], rng.random())
        painter.ellipse((x, y), (size, size), mix(base, tone, bright))
        if size > 0.0018:
            painter.glow((x, y), 0.018, tone, alpha=0.45, power=3)
    return Layer(sheet=painter.sheet(), depth=0.05)


def _globe(setting: Setting) -> Element:
    """Paint the planet's arc along the lower edge with its thin bright air."""
    painter = setting.painter(0.35, top=0.5)
    radius, top = 2.1, 0.8
    centre = (0.12, top + radius)
    air = hexa("7fd0ff")
    for width, alpha in ((0.1, 0.35), (0.045, 0.6), (0.018, 0.95)):
        ring = ellipse(centre, (radius + width * 0.35, radius + width * 0.35))
        painter.soft(_arc(ring, painter), air, blur=width * 0.35, alpha=alpha)
    sea, dark = setting.lit(hexa("2f7fc4"), 0.4), hexa("04122a")
    fine = np.stack([np.linspace(-2.4, 2.4, 400) * 0.8, np.zeros(400)], axis=-1)
    fine[:, 1] = centre[1] - np.sqrt(np.maximum(0.01, radius**2 - (fine[:, 0] - centre[0]) ** 2))
    low = painter.bounds.bottom + 0.02
    body = np.concatenate([fine, [[fine[-1, 0], low], [fine[0, 0], low]]])
    painter.gradient(body, [(top, mix(sea, air, 0.45)), (top + 0.03, sea), (top + 0.2, dark)])
    rng = setting.rng("globe")
    for _ in range(26):
        x = rng.uniform(-1.2, 1.2)
        rim = centre[1] - np.sqrt(radius**2 - (x - centre[0]) ** 2)
        y = rim + 0.012 + 0.14 * rng.random() ** 1.6
        wide = rng.uniform(0.03, 0.14)
        painter.soft(
            ellipse((x, y), (wide, 0.004 + 0.012 * rng.random())),
            hexa("e8f4ff"),
            blur=0.006,
            alpha=0.4 * max(0.1, 1 - (y - rim) / 0.16),
        )
    return Layer(sheet=painter.sheet(), depth=0.35)


def _arc(ring: np.ndarray, painter: Painter) -> np.ndarray:
    keep = ring[:, 1] < painter.bounds.bottom + 0.6
    points = ring[keep]
    order = np.argsort(points[:, 0])
    points = points[order]
    low = painter.bounds.bottom + 0.1
    return np.concatenate([curve(points, 12), [[points[-1, 0], low], [points[0, 0], low]]])
