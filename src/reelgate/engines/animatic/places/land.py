"""Places of the open land: hills, field, desert, snowfield, garden, river, and the layers that they share.

Each is a function from a setting to painting jobs, back to front. They know terrain and light, not figures.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, hexa, mix
from reelgate.engines.animatic.drawing.painter import Painter, Points, curve, ellipse
from reelgate.engines.animatic.drawing.setting import Job, Scenery, Setting
from reelgate.engines.animatic.drawing.sky import paint_clouds, paint_sky
from reelgate.engines.animatic.drawing.stage import Element, Layer
from reelgate.engines.animatic.drawing.terrain import (
    blades,
    crown,
    ground,
    height_at,
    pine,
    ridge,
    rock,
    rolling,
    trunk,
    tuft,
)
from reelgate.engines.animatic.scene import Weather


def sky_layer(setting: Setting, low: float | None = None) -> Element:
    """Paint the sky."""
    return Layer(sheet=paint_sky(setting, bottom=low).sheet(), depth=0.0)


def cloud_layer(setting: Setting, low: float | None = None) -> Element:
    """Paint drifting clouds."""
    speed = 0.012 if setting.shot.weather.value != "wind" else 0.035
    speed = min(speed, 0.5 / setting.duration_s)
    painter = setting.painter(
        0.0, top=-0.05, bottom=(setting.horizon if low is None else low) - 0.03, extra=speed * setting.duration_s
    )
    paint_clouds(setting, painter, low=low)
    return Layer(sheet=painter.sheet(), depth=0.0, drift=speed)


def sky_jobs(setting: Setting, low: float | None = None) -> list[Job]:
    """Give the sky and its clouds."""
    return [partial(sky_layer, setting, low), partial(cloud_layer, setting, low)]


_PETALS = (hexa("e8486b"), hexa("f2b63c"), hexa("f7f0e4"), hexa("b65fd0"), hexa("ff8c6a"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Hill:
    """One soft hill layer."""

    name: str
    depth: float
    #: World row of its foot, and how far it rises above.
    level: float
    rise: float
    own: Colour
    wave: float = 0.8
    #: Trees along its line: how many for each world unit, and how high.
    trees: float = 0.0
    tall: float = 0.05
    pines: bool = False
    #: Tufts and flowers scattered over it: how many for each world unit.
    tufts: float = 0.0
    #: Whether flowers stand among the tufts.
    flowers: bool = True
    #: Grass along its line: blades for each world unit, and how high.
    grass: float = 0.0
    blade: float = 0.02


def hill_line(setting: Setting, form: Hill, painter: Painter) -> Points:
    """Give the hill's line; the same for the same form."""
    return rolling(setting.rng(form.name), painter.bounds, form.level, form.rise, wave=form.wave)


def hill(setting: Setting, form: Hill) -> Element:
    """Paint a hill with what grows along it, lighter along its top."""
    above = form.rise + 0.02 + (form.tall * 1.3 if form.trees else 0.0) + (form.blade if form.grass else 0.0)
    painter = setting.painter(form.depth, top=form.level - above)
    line = hill_line(setting, form, painter)
    seen = setting.lit_ground(form.own, form.depth)
    _grow(setting, form, painter, line)
    fill_hill(setting, painter, line, (form.level - form.rise, form.level), seen)
    if form.grass:
        rng = setting.rng(form.name + " grass")
        count = int(form.grass * painter.bounds.width)
        painter.polys(blades(rng, painter.bounds, line, count, form.blade), mix(seen, setting.palette.glow, 0.12))
    if form.tufts:
        _scatter(setting, form, painter, seen)
    return Layer(sheet=painter.sheet(), depth=form.depth)


def _scatter(setting: Setting, form: Hill, painter: Painter, seen: Colour) -> None:
    """Scatter grass tufts, patches and small flowers over the ground, larger and sparser towards the viewer."""
    rng = setting.rng(form.name + " scatter")
    palette = setting.palette
    light, dark = mix(seen, palette.glow, 0.18), mix(seen, palette.shade, 0.2)
    top = form.level + 0.012
    patches: list[Points] = []
    bright: list[Points] = []
    dull: list[Points] = []
    flowers: dict[Colour, list[Points]] = {}
    for share in np.sort(rng.random(int(form.tufts * painter.bounds.width)) ** 1.3):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        y = top + share * (painter.bounds.bottom - top)
        size = 0.006 + 0.022 * share
        if rng.random() < 0.25:
            patches.append(ellipse((x, y), (size * rng.uniform(2, 5), size * 0.22)))
        for lean in (-0.5, -0.15, 0.2, 0.55):
            tip = (x + lean * size, y - size * rng.uniform(0.7, 1.15))
            leaf = np.array([(x + lean * size * 0.3 - size * 0.07, y), tip, (x + lean * size * 0.3 + size * 0.07, y)])
            (bright if lean < 0.3 else dull).append(leaf)
        if form.flowers and rng.random() < 0.22 and setting.shot.weather is not Weather.SNOW:
            own = _PETALS[int(rng.integers(0, len(_PETALS)))]
            flowers.setdefault(own, []).append(ellipse((x + size * 0.3, y - size), (size * 0.2, size * 0.2)))
    painter.polys(patches, mix(seen, dark, 0.35))
    painter.polys(bright, light)
    painter.polys(dull, mix(seen, dark, 0.5))
    for own, petals in flowers.items():
        painter.polys(petals, setting.lit(own, 0.9))


def fill_hill(setting: Setting, painter: Painter, line: Points, rows: tuple[float, float], seen: Colour) -> None:
    """Fill below a line: lit along the top, sinking into shade towards the viewer."""
    top = mix(seen, setting.palette.glow, 0.2 * setting.palette.glow_share)
    # Snow throws light back into its own shade.
    low = mix(seen, setting.palette.shade, 0.1 if setting.shot.weather is Weather.SNOW else 0.34)
    stops = [(rows[0], top), (rows[1] + 0.1, seen), (rows[1] + 0.45, low)]
    painter.gradient(ground(line, painter.bounds.bottom + 0.02), stops)


def _grow(setting: Setting, form: Hill, painter: Painter, line: Points) -> None:
    if not form.trees:
        return
    rng = setting.rng(form.name + " trees")
    own = hexa("2f5d4a") if form.pines else hexa("3f6f45")
    shade = setting.lit_ground(own, min(1.0, form.depth + 0.06), covered=0.35)
    light = mix(shade, setting.palette.rim, 0.22 * setting.palette.rim_share)
    for _ in range(int(form.trees * painter.bounds.width)):
        # Trees stand in groups: a normal step from group centres.
        x = painter.bounds.left + rng.random() * painter.bounds.width
        x += 0.04 * float(np.sin(x * 9.0))
        y = height_at(line, x) + 0.004
        tall = form.tall * rng.uniform(0.55, 1.25)
        if form.pines:
            painter.poly(pine(rng, x, y, tall), shade)
        else:
            radius = tall * 0.36
            painter.poly(trunk(x, y, tall * 0.6, tall * 0.07), mix(shade, (0.1, 0.05, 0.02), 0.3))
            painter.poly(crown(rng, x, y - tall * 0.66, radius), shade)
            side = np.sign(setting.sun[0] - x) or 1.0
            painter.poly(crown(rng, x + side * radius * 0.22, y - tall * 0.74, radius * 0.62), light)


def open_land(setting: Setting) -> Scenery:
    """Give rolling hills under a large sky."""
    h = setting.horizon
    forms = (
        Hill(name="far", depth=0.1, level=h + 0.02, rise=0.1, own=hexa("5c8f86"), wave=0.9),
        Hill(name="middle", depth=0.3, level=h + 0.06, rise=0.08, own=hexa("5f9a62"), trees=9, tall=0.03),
        Hill(name="near", depth=0.55, level=h + 0.13, rise=0.075, own=hexa("6fa64f"), wave=1.1, trees=5, tall=0.075),
        Hill(
            name="ground",
            depth=1.0,
            level=h + 0.2,
            rise=0.03,
            own=hexa("7db24e"),
            wave=1.6,
            grass=60,
            blade=0.014,
            tufts=52,
        ),
    )
    return Scenery(
        back=[*sky_jobs(setting), *(partial(hill, setting, form) for form in forms)],
        front=[partial(verge, setting, hexa("4d7f38"), 0.05)],
    )


def verge(setting: Setting, own: Colour, height: float, name: str = "verge") -> Element:
    """Paint out-of-focus growth along the lower edge, nearer than the subjects: tufts in the corners, low between."""
    depth = 1.3
    bottom = setting.bounds(depth).bottom
    painter = setting.painter(depth, top=0.97 - height * 2.4)
    rng = setting.rng(name)
    dark = mix(setting.lit_ground(own, 1.3, covered=0.5), setting.palette.shade, 0.5)
    for _ in range(int(16 * painter.bounds.width)):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        edge = min(1.0, abs(x) / (setting.half + 0.01))
        size = height * (0.35 + 1.5 * edge**2.2) * rng.uniform(0.7, 1.1) * setting.unit
        shade = mix(dark, setting.lit_ground(own, 1.0, covered=0.5), rng.random() * 0.35)
        painter.polys(tuft(rng, x, min(1.02, bottom), size + 0.02), shade)
    return Layer(sheet=painter.sheet(), depth=depth)


def field(setting: Setting) -> Scenery:
    """Give a field of grain with furrows towards a far line of trees."""
    h = setting.horizon
    far = Hill(name="far", depth=0.12, level=h + 0.005, rise=0.045, own=hexa("6f8f72"), wave=1.2)
    trees = Hill(
        name="edge", depth=0.15, level=h + 0.012, rise=0.012, own=hexa("7d8f4c"), trees=34, tall=0.045, wave=1.4
    )
    return Scenery(
        back=[*sky_jobs(setting), partial(hill, setting, far), partial(hill, setting, trees), partial(_crop, setting)],
        front=[partial(_ears, setting)],
    )


def _crop(setting: Setting) -> Element:
    h = setting.horizon
    painter = setting.painter(0.85, top=h + 0.005)
    near, far = setting.lit_ground(hexa("d6a53c"), 1.0), setting.lit_ground(hexa("e3c46a"), 0.35)
    top, bottom = h + 0.01, painter.bounds.bottom
    painter.band([(top, far), (top + 0.1, mix(far, near, 0.6)), (1.0, mix(near, setting.palette.shade, 0.28))], top=top)
    furrow = mix(near, setting.palette.shade, 0.3)
    for place in np.linspace(-5.4, 5.4, 41):
        x_far, x_near = place * 0.16, place * 1.0
        width = 0.022
        shape = np.array(
            [(x_far, top + 0.004), (x_far + 0.002, top + 0.004), (x_near + width, bottom), (x_near - width, bottom)]
        )
        painter.gradient(shape, [(top, mix(far, furrow, 0.25)), (bottom, furrow)], alpha=0.55)
    return Layer(sheet=painter.sheet(), depth=0.85)


def _ears(setting: Setting) -> Element:
    """Paint ears of grain along the lower edge."""
    painter = setting.painter(1.25, top=0.8)
    rng = setting.rng("ears")
    own = setting.lit(hexa("c08a2c"), 1.2)
    light = mix(own, setting.palette.rim, 0.45 * setting.palette.rim_share + 0.1)
    bottom = painter.bounds.bottom
    for _ in range(int(62 * painter.bounds.width)):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        edge = min(1.0, abs(x) / setting.half)
        tall = (0.05 + 0.1 * edge**2) * rng.uniform(0.7, 1.2) * setting.unit + (bottom - 1.0)
        lean = rng.uniform(-0.02, 0.03)
        stalk = curve([(x, bottom + 0.02), (x + lean * 0.3, bottom - tall * 0.6), (x + lean, bottom - tall)], 5)
        shade = mix(own, light, rng.random() * 0.8)
        painter.stroke(stalk, 0.0022, mix(own, setting.palette.shade, 0.25))
        painter.ellipse((x + lean, bottom - tall), (0.0048, 0.017), shade, turn=lean * 12)
    return Layer(sheet=painter.sheet(), depth=1.25)


def desert(setting: Setting) -> Scenery:
    """Give dunes with crisp crests, and mesas in the haze."""
    h = setting.horizon
    return Scenery(
        back=[
            *sky_jobs(setting),
            partial(_mesas, setting),
            partial(dune, setting, "far", 0.15, h + 0.03, hexa("d99a5a")),
            partial(dune, setting, "middle", 0.55, h + 0.1, hexa("df9c54")),
            partial(dune, setting, "ground", 1.0, h + 0.21, hexa("e2a25a")),
        ]
    )


def _mesas(setting: Setting) -> Element:
    painter = setting.painter(0.12, top=setting.horizon - 0.16)
    rng = setting.rng("mesas")
    h = setting.horizon + 0.03
    for far in (0.05, 0.16):
        seen = setting.lit(hexa("b0623f"), far)
        for _ in range(int(2.2 * painter.bounds.width) + 1):
            x = painter.bounds.left + rng.random() * painter.bounds.width
            half, tall = rng.uniform(0.05, 0.16), rng.uniform(0.05, 0.15) * (0.7 if far < 0.1 else 1.0)
            outline = np.array(
                [
                    (x - half * 1.5, h),
                    (x - half * 1.05, h - tall * 0.5),
                    (x - half, h - tall * 0.55),
                    (x - half * 0.94, h - tall),
                    (x + half * 0.92, h - tall),
                    (x + half, h - tall * 0.5),
                    (x + half * 1.1, h - tall * 0.45),
                    (x + half * 1.6, h),
                ]
            )
            painter.gradient(outline, [(h - tall, mix(seen, setting.palette.glow, 0.15)), (h, seen)])
    return Layer(sheet=painter.sheet(), depth=0.12)


def dune(setting: Setting, name: str, depth: float, level: float, own: Colour) -> Element:
    """Paint one dune layer: a lit face, and a shaded face falling away from each crest."""
    rise = 0.11 * (0.6 + 0.4 * depth)
    painter = setting.painter(depth, top=level - rise - 0.02)
    rng = setting.rng("dune " + name)
    seen = setting.lit(own, depth * 0.9)
    line = ridge(rng, painter.bounds, level, rise, peak=0.85, rough=0.0)
    line = curve(line[:: max(1, len(line) // 12)], 10)
    fill_hill(setting, painter, line, (level - rise, level), seen)
    side = 1.0 if setting.sun[0] < 0 else -1.0
    shade = mix(seen, setting.palette.shade, 0.32)
    rows = line[:, 1]
    peaks = [i for i in range(2, len(line) - 2) if rows[i] <= rows[i - 1] and rows[i] < rows[i + 1]]
    for peak in peaks:
        x, y = line[peak]
        reach = 0.5 * side
        along = line[peak : peak + 16] if side > 0 else line[max(0, peak - 16) : peak + 1][::-1]
        back = curve([tuple(along[-1]), (x + reach * 0.35, y + 0.13), (x + side * 0.05, y + 0.075), (x, y)], 8)
        painter.gradient(np.concatenate([along, back]), [(y, shade), (y + 0.16, mix(shade, seen, 0.8))], alpha=0.9)
    return Layer(sheet=painter.sheet(), depth=depth)


def snowfield(setting: Setting) -> Scenery:
    """Give white slopes with blue shade and dark pines."""
    h = setting.horizon
    forms = (
        Hill(name="far", depth=0.12, level=h + 0.01, rise=0.12, own=hexa("c3d3e4"), wave=0.9),
        Hill(name="middle", depth=0.3, level=h + 0.06, rise=0.08, own=hexa("d6e3ef"), trees=26, tall=0.07, pines=True),
        Hill(name="near", depth=0.6, level=h + 0.13, rise=0.06, own=hexa("e6eef6"), trees=5, tall=0.17, pines=True),
        Hill(name="ground", depth=1.0, level=h + 0.2, rise=0.03, own=hexa("f4f8fc"), wave=1.7, tufts=14, flowers=False),
    )
    return Scenery(back=[*sky_jobs(setting), *(partial(hill, setting, form) for form in forms)])


def garden(setting: Setting) -> Scenery:
    """Give lawn, clipped hedges, round trees and flower beds."""
    h = setting.horizon
    forms = (
        Hill(name="far", depth=0.15, level=h + 0.01, rise=0.07, own=hexa("6a9c7a"), trees=16, tall=0.06),
        Hill(name="trees", depth=0.3, level=h + 0.05, rise=0.02, own=hexa("6fae57"), trees=7, tall=0.19),
    )
    return Scenery(
        back=[
            *sky_jobs(setting),
            *(partial(hill, setting, form) for form in forms),
            partial(_hedge, setting),
            partial(_lawn, setting),
        ],
        front=[partial(_flowers, setting)],
    )


def _hedge(setting: Setting) -> Element:
    top = setting.horizon + 0.015
    painter = setting.painter(0.55, top=top - 0.04)
    rng = setting.rng("hedge")
    own = setting.lit(hexa("3d7a3f"), 0.6)
    light = mix(own, setting.palette.rim, 0.2)
    painter.band([(top, light), (top + 0.09, own), (top + 0.13, mix(own, setting.palette.shade, 0.4))], top=top + 0.012)
    for place in np.arange(painter.bounds.left, painter.bounds.right, 0.028):
        painter.poly(crown(rng, place, top + 0.018, 0.022), light)
        painter.poly(crown(rng, place + 0.01, top + 0.034, 0.022), own)
    return Layer(sheet=painter.sheet(), depth=0.55)


def _lawn(setting: Setting) -> Element:
    top = setting.horizon + 0.12
    painter = setting.painter(1.0, top=top - 0.02)
    near, far = setting.lit_ground(hexa("6cb043"), 1.0), setting.lit_ground(hexa("86c25a"), 0.7)
    painter.band([(top, far), (1.0, mix(near, setting.palette.shade, 0.25))], top=top)
    stripe = mix(far, near, 0.5)
    for place in np.arange(-3.0, 3.0, 0.34):
        quad = np.array([(place * 0.5, top), (place * 0.5 + 0.085, top), (place * 1.5 + 0.25, 1.3), (place * 1.5, 1.3)])
        painter.gradient(quad, [(top, mix(stripe, (1.0, 1.0, 0.7), 0.12)), (1.2, stripe)], alpha=0.4)
    path = np.array([(-0.03, top), (0.03, top), (0.22, 1.3), (-0.34, 1.3)])
    sand = setting.lit(hexa("d9c49a"), 0.9)
    painter.gradient(path, [(top, sand), (1.1, mix(sand, setting.palette.shade, 0.2))])
    return Layer(sheet=painter.sheet(), depth=1.0)


def _flowers(setting: Setting) -> Element:
    """Paint flower beds in the lower corners, before the subjects."""
    painter = setting.painter(1.2, top=0.76)
    rng = setting.rng("flowers")
    leaf = setting.lit(hexa("35702f"), 1.2)
    bottom = painter.bounds.bottom
    for _ in range(int(34 * painter.bounds.width)):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        edge = min(1.0, abs(x) / setting.half)
        tall = (bottom - 1.0) + (0.012 + 0.17 * edge**2.6) * rng.uniform(0.5, 1.1) * setting.unit
        tip = (x + rng.uniform(-0.02, 0.02), bottom - tall)
        painter.stroke(curve([(x, bottom + 0.02), (x, bottom - tall * 0.5), tip], 4), 0.003, leaf)
        painter.polys(tuft(rng, x, bottom, tall * 0.6)[:4], mix(leaf, setting.palette.shade, rng.random() * 0.4))
        if edge > 0.35:
            own = setting.lit(_PETALS[int(rng.integers(0, len(_PETALS)))], 1.0)
            size = 0.009 * rng.uniform(0.8, 1.5)
            for turn in range(5):
                angle = turn * 2 * np.pi / 5
                petal = (tip[0] + np.cos(angle) * size * 0.75, tip[1] + np.sin(angle) * size * 0.75)
                painter.ellipse(petal, (size * 0.68, size * 0.68), own)
            painter.ellipse(tip, (size * 0.45, size * 0.45), setting.lit(hexa("f7d154"), 1.0))
    return Layer(sheet=painter.sheet(), depth=1.2)


def stones(setting: Setting, painter: Painter, line: Points, count: int, own: Colour) -> None:
    """Lay boulders along a line, lit on top."""
    rng = setting.rng("stones")
    for _ in range(count):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        y, size = height_at(line, x) + rng.uniform(0.01, 0.06), rng.uniform(0.01, 0.035)
        painter.gradient(
            rock(rng, x, y, size),
            [(y - size * 0.6, mix(own, setting.palette.rim, 0.3)), (y, mix(own, setting.palette.shade, 0.3))],
        )
