"""Mountains and forest: ridges with lit faces, pines and trunks in haze.

Each is a function from a setting to painting jobs, back to front.
"""

from functools import partial

import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, hexa, mix
from reelgate.engines.animatic.drawing.painter import Painter, Points
from reelgate.engines.animatic.drawing.setting import Scenery, Setting
from reelgate.engines.animatic.drawing.stage import Element, Layer
from reelgate.engines.animatic.drawing.terrain import blades, crown, ground, pine, ridge, rolling
from reelgate.engines.animatic.places.land import Hill, fill_hill, hill, sky_jobs, stones, verge


def mountains(setting: Setting) -> Scenery:
    """Give snow-capped ranges, foothills with pines and a rocky meadow."""
    h = setting.horizon
    woods = Hill(
        name="woods", depth=0.45, level=h + 0.09, rise=0.06, own=hexa("4f7f5f"), trees=42, tall=0.06, pines=True
    )
    return Scenery(
        back=[
            *sky_jobs(setting),
            partial(range_layer, setting, "far", 0.06, h + 0.03, hexa("8aa0b8")),
            partial(range_layer, setting, "near", 0.15, h + 0.06, hexa("5f7488")),
            partial(hill, setting, woods),
            partial(_meadow, setting),
        ]
    )


def range_layer(setting: Setting, name: str, depth: float, level: float, own: Colour) -> Element:
    """Paint a mountain range: lit faces towards the sun, shaded ones away from it, snow on the tops."""
    rise = 0.34 if name == "near" else 0.27
    rise *= 0.75 + 0.25 * setting.unit
    painter = setting.painter(depth, top=level - rise - 0.05)
    line = ridge(setting.rng("range " + name), painter.bounds, level, rise, peak=0.62 if name == "near" else 0.44)
    seen = setting.lit(own, depth + 0.05)
    body = ground(line, painter.bounds.bottom + 0.02)
    foot = mix(seen, setting.palette.haze, 0.55)
    painter.gradient(body, [(level - rise, seen), (level - rise * 0.35, seen), (level + 0.04, foot)])
    _faces(setting, painter, line, (level, rise), seen)
    return Layer(sheet=painter.sheet(), depth=depth)


def _faces(setting: Setting, painter: Painter, line: Points, span: tuple[float, float], seen: Colour) -> None:
    level, rise = span
    rng = setting.rng("faces")
    snow = setting.lit(hexa("f4f8ff"), 0.3)
    snow_shade = mix(snow, seen, 0.55)
    lit = mix(seen, setting.palette.rim, 0.24)
    side = 1.0 if setting.sun[0] > 0 else -1.0
    for peak in _peaks(line, level - rise * 0.5):
        x, y = line[peak]
        for direction in (side, -side):
            along = _descent(line, peak, direction, level)
            if len(along) < 3:
                continue
            low = along[-1][1]
            drop = low - y
            back = _zigzag(rng, (x, y), (x + 0.09 * direction * drop / 0.2, low + 0.03), drop)
            facing = direction == side
            shape = np.concatenate([along, back[::-1]])
            face = lit if facing else mix(seen, setting.palette.shade, 0.2)
            painter.gradient(shape, [(y, face), (low, mix(face, seen, 0.85))], alpha=0.85)
            if y < level - rise * 0.58:
                _cap(painter, rng, along, back, snow if facing else snow_shade)


def _cap(painter: Painter, rng: np.random.Generator, along: Points, back: Points, snow: Colour) -> None:
    """Lay snow on the upper part of one face, with a ragged lower edge."""
    y = along[0][1]
    end = y + (along[-1][1] - y) * rng.uniform(0.34, 0.46)
    upper = along[along[:, 1] <= end]
    inner = back[back[:, 1] <= end]
    if len(upper) < 2 or len(inner) < 2:
        return
    ragged = np.linspace(upper[-1], inner[-1], 7)[1:-1]
    ragged[::2, 1] += (end - y) * 0.22
    ragged[1::2, 1] -= (end - y) * 0.12
    painter.poly(np.concatenate([upper, ragged, inner[::-1]]), snow)


def _peaks(line: Points, below: float) -> list[int]:
    rows = line[:, 1]
    reach = 9
    return [
        place
        for place in range(reach, len(rows) - reach)
        if rows[place] < below and rows[place] == rows[place - reach : place + reach + 1].min()
    ]


def _descent(line: Points, peak: int, direction: float, level: float) -> Points:
    step = 1 if direction > 0 else -1
    place, lowest, out = peak, line[peak, 1], [line[peak]]
    while 0 < place + step < len(line) - 1 and len(out) < 60:
        place += step
        out.append(line[place])
        lowest = max(lowest, line[place, 1])
        if line[place, 1] < lowest - 0.02 or line[place, 1] > level - 0.01:
            break
    return np.array(out)


def _zigzag(rng: np.random.Generator, start: tuple[float, float], end: tuple[float, float], size: float) -> Points:
    points = np.linspace(start, end, 9)
    points[1:-1, 0] += rng.uniform(-0.12, 0.12, 7) * size
    return np.asarray(points, dtype=np.float64)


def _meadow(setting: Setting) -> Element:
    level = setting.horizon + 0.2
    painter = setting.painter(1.0, top=level - 0.06)
    line = rolling(setting.rng("meadow"), painter.bounds, level, 0.03, wave=1.5)
    seen = setting.lit_ground(hexa("6f9a4f"), 1.0)
    fill_hill(setting, painter, line, (level - 0.03, level), seen)
    stones(setting, painter, line, int(9 * painter.bounds.width), setting.lit(hexa("8d949c"), 1.0))
    grass = blades(setting.rng("meadow grass"), painter.bounds, line, int(70 * painter.bounds.width), 0.016)
    painter.polys(grass, mix(seen, setting.palette.glow, 0.15))
    return Layer(sheet=painter.sheet(), depth=1.0)


def forest(setting: Setting) -> Scenery:
    """Give a clearing among tall trunks, with light falling through haze."""
    h = setting.horizon
    return Scenery(
        back=[
            *sky_jobs(setting)[:1],
            partial(_stand, setting, "far", 0.1, h + 0.02, 0.44),
            partial(_stand, setting, "middle", 0.15, h + 0.07, 0.62),
            partial(_floor, setting),
        ],
        front=[partial(_frame, setting), partial(verge, setting, hexa("3d6a36"), 0.075)],
    )


def _stand(setting: Setting, name: str, depth: float, level: float, tall: float) -> Element:
    """Paint a wall of pines."""
    painter = setting.painter(depth, top=None if depth < 0.12 else level - tall * 1.2)
    rng = setting.rng("stand " + name)
    seen = setting.lit_ground(hexa("3f7a5c"), depth, covered=0.35)
    foot = mix(seen, setting.palette.haze, 0.5)
    count = int((11 if depth < 0.12 else 7) * painter.bounds.width)
    shapes = []
    for x in np.linspace(painter.bounds.left, painter.bounds.right, count):
        # The clearing: trees are lower towards the middle.
        clear = 0.5 + 0.5 * min(1.0, abs(x) / (setting.half * 0.8))
        size = tall * clear * rng.uniform(0.7, 1.15)
        shapes.append(pine(rng, x + rng.uniform(-0.04, 0.04), level + 0.01, size))
    painter.gradient(shapes, [(level - tall, mix(seen, setting.palette.shade, 0.12)), (level, foot)])
    painter.band([(level - 0.015, foot), (level + 0.1, seen)], top=level - 0.006)
    if depth < 0.12:
        _shafts(setting, painter)
    return Layer(sheet=painter.sheet(), depth=depth)


def _shafts(setting: Setting, painter: Painter) -> None:
    """Paint shafts of light that fall from the sun's side."""
    rng = setting.rng("shafts")
    sun_x = setting.sun[0]
    strength = 0.1 + 0.2 * setting.palette.glow_share
    for _ in range(5):
        x = sun_x + rng.uniform(-0.4, 0.28)
        width, slope = rng.uniform(0.03, 0.09), rng.uniform(0.35, 0.5)
        shape = np.array([(x, -0.1), (x + width, -0.1), (x + width * 2 - slope, 0.95), (x - slope, 0.95)])
        painter.soft(shape, setting.palette.glow, blur=0.018, alpha=strength * rng.uniform(0.4, 0.9))


def _floor(setting: Setting) -> Element:
    level = setting.horizon + 0.14
    painter = setting.painter(1.0, top=level - 0.06)
    line = rolling(setting.rng("floor"), painter.bounds, level, 0.025, wave=1.2)
    seen = setting.lit_ground(hexa("5a7f45"), 0.95)
    fill_hill(setting, painter, line, (level - 0.02, level), seen)
    light = mix(seen, setting.palette.glow, 0.35)
    rng = setting.rng("dapples")
    for _ in range(9):
        x, y = rng.uniform(-0.45, 0.45) * setting.aspect, level + rng.uniform(0.04, 0.26)
        painter.glow((x, y), rng.uniform(0.05, 0.13), light, alpha=0.5, power=1.2, squash=0.2)
    grass = blades(rng, painter.bounds, line, int(80 * painter.bounds.width), 0.02)
    painter.polys(grass, mix(seen, setting.palette.glow, 0.1))
    return Layer(sheet=painter.sheet(), depth=1.0)


def _frame(setting: Setting) -> Element:
    """Paint dark trunks at both sides, nearer than the subjects, with a roof of leaves."""
    depth = 1.22
    painter = setting.painter(depth)
    rng = setting.rng("frame")
    own = mix(setting.lit(hexa("3a3128"), 1.2), setting.palette.shade, 0.35)
    rim = mix(own, setting.palette.rim, 0.5 * setting.palette.rim_share)
    bottom = painter.bounds.bottom
    for side in (-1.0, 1.0):
        for place, width in ((0.98, 0.085), (0.76, 0.042)):
            x = side * setting.half * place
            wide = width * setting.unit * rng.uniform(0.85, 1.2)
            lean = side * 0.03
            foot = bottom if place > 0.8 else 0.94
            trunk = np.array(
                [
                    (x - wide * 0.8, foot + 0.02),
                    (x - wide * 0.5, foot - 0.14),
                    (x - wide * 0.4 + lean, -0.2),
                    (x + wide * 0.4 + lean, -0.2),
                    (x + wide * 0.5, foot - 0.14),
                    (x + wide * 0.8, foot + 0.02),
                ]
            )
            painter.poly(trunk, own)
            toward = 1.0 if setting.sun[0] > x else -1.0
            edge = np.array([(x + toward * wide * 0.5, foot - 0.14), (x + toward * wide * 0.4 + lean, -0.2)])
            painter.stroke(edge, 0.004, rim)
    leaf = mix(setting.lit(hexa("2c5a35"), 1.1), setting.palette.shade, 0.3)
    for _ in range(int(26 * painter.bounds.width)):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        reach = min(1.0, abs(x) / setting.half)
        y = painter.bounds.top + rng.random() * (0.02 + 0.16 * reach**2)
        painter.poly(crown(rng, x, y, rng.uniform(0.03, 0.075)), mix(leaf, setting.palette.rim, rng.random() * 0.12))
    return Layer(sheet=painter.sheet(), depth=depth)
