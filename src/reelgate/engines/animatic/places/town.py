"""Built places: city, street, road, village, castle.

Each is a function from a setting to painting jobs, back to front.
"""

from functools import partial
from itertools import pairwise

import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, hexa, mix
from reelgate.engines.animatic.drawing.painter import Painter, ellipse
from reelgate.engines.animatic.drawing.setting import Scenery, Setting
from reelgate.engines.animatic.drawing.stage import Element, Layer
from reelgate.engines.animatic.drawing.terrain import height_at, rolling
from reelgate.engines.animatic.places.land import Hill, fill_hill, hill, hill_line, sky_jobs, verge

Rng = np.random.Generator
_LAMP = hexa("ffd27a")


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """Give a rectangle's corners."""
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def city(setting: Setting) -> Scenery:
    """Give a skyline in three depths over a river of haze, with lit windows after dark."""
    h = setting.horizon
    return Scenery(
        back=[
            *sky_jobs(setting),
            partial(_skyline, setting, "far", 0.08, h + 0.1, 0.34),
            partial(_skyline, setting, "middle", 0.15, h + 0.14, 0.4),
            partial(_skyline, setting, "near", 0.5, h + 0.2, 0.3),
            partial(_plaza, setting),
        ]
    )


def _skyline(setting: Setting, name: str, depth: float, level: float, tall: float) -> Element:
    painter = setting.painter(depth, top=level - tall * 1.35)
    rng = setting.rng("skyline " + name)
    own = {"far": hexa("7f93b0"), "middle": hexa("5f7390"), "near": hexa("44546e")}[name]
    seen = setting.lit(own, depth)
    foot = mix(seen, setting.palette.haze, 0.5)
    x = painter.bounds.left - 0.05
    while x < painter.bounds.right + 0.02:
        wide = rng.uniform(0.045, 0.11) * (0.75 + 0.5 * depth)
        # Towers rise towards a third of the frame, so that the skyline has a shape.
        peak = np.exp(-(((x / setting.aspect) + 0.14) ** 2) / 0.05)
        high = tall * (0.35 + 0.35 * rng.random() + 0.5 * peak * rng.random())
        shade = mix(seen, setting.palette.shade, rng.random() * 0.14)
        _tower(setting, painter, rng, (x, level, wide, high), (shade, foot))
        x += wide * rng.uniform(0.9, 1.12)
    painter.band([(level - 0.01, foot), (level + 0.1, foot)], top=level - 0.012)
    return Layer(sheet=painter.sheet(), depth=depth)


def _tower(
    setting: Setting,
    painter: Painter,
    rng: Rng,
    form: tuple[float, float, float, float],
    colours: tuple[Colour, Colour],
) -> None:
    x, level, wide, high = form
    top, (seen, foot) = level - high, colours
    stops = [(top, seen), (level, foot)]
    painter.gradient(box(x, top, x + wide, level), stops)
    kind = int(rng.integers(0, 5))
    inset = wide * 0.2
    if kind == 0:
        painter.gradient(box(x + inset, top - 0.03, x + wide - inset, top + 0.002), [(top - 0.03, seen), (top, seen)])
        painter.stroke(np.array([(x + wide / 2, top - 0.03), (x + wide / 2, top - 0.085)]), 0.0028, seen)
    elif kind == 1:
        painter.poly(np.array([(x, top + 0.001), (x + wide, top + 0.001), (x + wide, top - wide * 0.45)]), seen)
    elif kind == 2:
        painter.poly(np.array([(x, top + 0.001), (x + wide / 2, top - wide * 0.55), (x + wide, top + 0.001)]), seen)
    side = 1.0 if setting.sun[0] > x else -1.0
    edge_x = x + wide if side > 0 else x
    lit = mix(seen, setting.palette.rim, 0.32 * setting.palette.rim_share)
    face = box(min(edge_x, edge_x - side * wide * 0.16), top, max(edge_x, edge_x - side * wide * 0.16), level)
    painter.gradient(face, [(top, lit), (level, foot)])
    _windows(setting, painter, rng, (x, top, wide, level - 0.05), seen)


def _windows(
    setting: Setting, painter: Painter, rng: Rng, form: tuple[float, float, float, float], seen: Colour
) -> None:
    x, top, wide, low = form
    columns, pitch = max(2, int(wide / 0.017)), 0.02
    cell = wide / (columns + 0.6)
    lit_share = 0.42 if setting.palette.lamps else 0.1
    dim = mix(seen, setting.palette.zenith, 0.3)
    rows = np.arange(top + 0.02, low, pitch)
    if not len(rows):
        return
    # Few steps of fading and warmth, so that panes of a colour can be filled at once.
    fade = np.rint(np.clip((rows - top) / 0.5, 0.0, 0.85) * 2).astype(np.int64)[:, None]
    chance = rng.random((len(rows), columns))
    kinds = np.where(chance < lit_share, (chance * 997).astype(np.int64) % 3, 3) + 4 * fade
    kinds[chance >= 0.75] = -1
    corners = np.array([(0.0, 0.0), (cell * 0.55, 0.0), (cell * 0.55, pitch * 0.5), (0.0, pitch * 0.5)])
    places = np.stack(np.broadcast_arrays(x + (np.arange(columns) + 0.5) * cell, rows[:, None]), axis=-1)
    panes = places[:, :, None] + corners
    for kind in np.unique(kinds[kinds >= 0]):
        step, warm = int(kind) // 4 / 2, int(kind) % 4
        if warm == 3:
            colour = mix(dim, seen, 0.35 + 0.5 * step)
        elif setting.palette.lamps:
            colour = mix(mix(_LAMP, hexa("fff1c8"), warm * 0.3), seen, 0.1 + 0.17 * step * warm)
        else:
            colour = mix(seen, setting.palette.horizon, 0.55)
        painter.holed(panes[kinds == kind], colour)


def _plaza(setting: Setting) -> Element:
    """Paint the near bank: a promenade with lamps."""
    top = setting.horizon + 0.2
    painter = setting.painter(1.0, top=top - 0.24)
    stone, palette = setting.lit(hexa("8f93a0"), 0.95), setting.palette
    painter.band([(top, mix(stone, palette.haze, 0.35)), (1.05, mix(stone, palette.shade, 0.45))], top=top)
    line = mix(stone, palette.shade, 0.35)
    for row in (0.03, 0.075, 0.14):
        painter.poly(box(painter.bounds.left, top + row, painter.bounds.right, top + row + 0.0016 + row * 0.01), line)
    for place in np.linspace(-4, 4, 33):
        painter.gradient(
            np.array([(place * 0.35, top), (place * 0.35 + 0.003, top), (place + 0.01, 1.3), (place, 1.3)]),
            [(top, line), (1.3, line)],
            alpha=0.45,
        )
    rail = mix(stone, palette.shade, 0.6)
    painter.poly(box(painter.bounds.left, top - 0.045, painter.bounds.right, top - 0.041), rail)
    painter.poly(box(painter.bounds.left, top - 0.02, painter.bounds.right, top - 0.018), rail)
    for place in np.arange(-3.0, 3.0, 0.05):
        painter.poly(box(place, top - 0.045, place + 0.0028, top + 0.002), rail)
    for place in np.arange(-2.52, 3.0, 0.72):
        lamp(setting, painter, (place, top + 0.004), 0.2)
    return Layer(sheet=painter.sheet(), depth=1.0)


def lamp(setting: Setting, painter: Painter, foot: tuple[float, float], tall: float) -> None:
    """Paint a street lamp; it shines after dark."""
    x, y = foot
    post = mix(setting.lit(hexa("2c3038"), 1.0), setting.palette.shade, 0.4)
    painter.stroke(np.array([(x, y), (x, y - tall)]), 0.005, post)
    painter.poly(box(x - 0.007, y - 0.012, x + 0.007, y), post)
    head = (x, y - tall - 0.012)
    shine = _LAMP if setting.palette.lamps else mix(setting.lit(hexa("e8e8e0"), 0.9), setting.palette.shade, 0.1)
    if setting.palette.lamps:
        painter.glow(head, 0.12, _LAMP, alpha=0.55, power=2.4)
        painter.glow((x, y + 0.012), 0.13, _LAMP, alpha=0.3, power=1.6, squash=0.22)
    painter.ellipse(head, (0.011, 0.014), shine)
    painter.poly(np.array([(x - 0.013, head[1] - 0.008), (x, head[1] - 0.022), (x + 0.013, head[1] - 0.008)]), post)


def street(setting: Setting) -> Scenery:
    """Give a street between houses, running to a vanishing point."""
    return Scenery(
        back=[
            *sky_jobs(setting),
            partial(_skyline, setting, "far", 0.1, setting.horizon + 0.04, 0.26),
            partial(_avenue, setting),
        ]
    )


_FRONTS = (hexa("b5715a"), hexa("c99a6b"), hexa("8c8fa3"), hexa("a3665f"), hexa("7f9490"), hexa("c4b090"))


def _avenue(setting: Setting) -> Element:
    """Paint road, pavements and both rows of houses in perspective."""
    painter = setting.painter(0.85)
    vanish = (0.0, setting.horizon - 0.02)
    palette = setting.palette
    asphalt, kerb = setting.lit(hexa("4b4e58"), 0.9), setting.lit(hexa("9a9a98"), 0.9)
    far = mix(asphalt, palette.haze, 0.6)
    wide = max(1.1, setting.half * 1.1)
    low = 1.35
    span = (low - vanish[1]) / (1.0 - vanish[1])
    floor = np.array([vanish, (vanish[0] + 4 * wide, low), (vanish[0] - 4 * wide, low)])
    painter.gradient(floor, [(vanish[1], mix(kerb, palette.haze, 0.6)), (1.05, mix(kerb, palette.shade, 0.25))])
    road = np.array([vanish, (0.8 * wide * span, low), (-0.8 * wide * span, low)])
    painter.gradient(road, [(vanish[1], far), (vanish[1] + 0.15, asphalt), (1.05, mix(asphalt, palette.shade, 0.35))])
    for share in np.geomspace(0.06, 1.2, 11):
        y, next_y = vanish[1] + (low - vanish[1]) * share, vanish[1] + (low - vanish[1]) * share * 1.12
        half, next_half = 0.012 * share * 2, 0.012 * share * 1.12 * 2
        painter.poly(
            np.array([(-half, y), (half, y), (next_half, next_y), (-next_half, next_y)]),
            mix(kerb, far, 0.4 * (1 - share)),
        )
    rng = setting.rng("avenue")
    for side in (-1.0, 1.0):
        _row(setting, painter, rng, vanish, side)
    return Layer(sheet=painter.sheet(), depth=0.85)


def _row(setting: Setting, painter: Painter, rng: Rng, vanish: tuple[float, float], side: float) -> None:
    """Paint one row of house fronts, far ones first."""
    wall = max(0.62, setting.half * 0.78)
    nears = [1.9, 1.25, 0.86, 0.6, 0.43, 0.31, 0.22, 0.15, 0.1]
    for near, far in reversed(list(pairwise(nears))):
        tall = rng.uniform(0.5, 0.85)
        own = _FRONTS[int(rng.integers(0, len(_FRONTS)))]
        depth = min(1.0, near * 0.9)
        lit_side = 0.12 if (setting.sun[0] > 0) != (side > 0) else 0.0
        seen = mix(setting.lit(own, depth * 0.8), setting.palette.glow, lit_side)

        def at(share: float, up: float) -> tuple[float, float]:
            return (vanish[0] + side * wall * share, vanish[1] + (0.38 - up) * share)

        front = np.array([at(near, tall + 0.3), at(far, tall + 0.3), at(far, 0.0), at(near, 0.0)])
        top = float(front[:, 1].min())
        painter.gradient(front, [(top, seen), (vanish[1] + 0.3, mix(seen, setting.palette.shade, 0.35))])
        _front_windows(setting, painter, rng, (at, near, far, tall + 0.3), seen)
        cornice = np.array([at(near, tall + 0.3), at(far, tall + 0.3), at(far, tall + 0.27), at(near, tall + 0.27)])
        painter.poly(cornice, mix(seen, setting.palette.shade, 0.4))


def _front_windows(setting: Setting, painter: Painter, rng: Rng, form: tuple, seen: Colour) -> None:  # type: ignore[type-arg]
    at, near, far, tall = form
    columns = 4
    dark = mix(mix(seen, setting.palette.shade, 0.6), setting.palette.zenith, 0.2)
    for floor in np.arange(0.28, tall - 0.12, 0.17):
        for column in range(columns):
            # Even spacing on the wall is uneven on the picture: step in 1/distance.
            a = 1 / (1 / near + (1 / far - 1 / near) * (column + 0.28) / columns)
            b = 1 / (1 / near + (1 / far - 1 / near) * (column + 0.72) / columns)
            pane = np.array([at(a, floor + 0.11), at(b, floor + 0.11), at(b, floor), at(a, floor)])
            lit = setting.palette.lamps and rng.random() < 0.5
            painter.poly(pane, mix(_LAMP, seen, 0.15 + 0.3 * rng.random()) if lit else dark)
    shop = np.array([at(near * 0.97, 0.19), at(far * 1.04, 0.19), at(far * 1.04, 0.02), at(near * 0.97, 0.02)])
    painter.poly(shop, mix(_LAMP, seen, 0.3) if setting.palette.lamps else mix(dark, seen, 0.2))
    awning = np.array([at(near, 0.24), at(far, 0.24), at(far, 0.18), at(near, 0.18)])
    painter.poly(awning, setting.lit((hexa("b8473f"), hexa("3f7f6a"), hexa("d9a441"))[int(rng.integers(0, 3))], 0.9))


def road(setting: Setting) -> Scenery:
    """Give a country road across the picture, with hills behind and a verge before it."""
    h = setting.horizon
    forms = (
        Hill(name="far", depth=0.1, level=h + 0.02, rise=0.11, own=hexa("6f93a0"), wave=0.7),
        Hill(name="middle", depth=0.28, level=h + 0.06, rise=0.07, own=hexa("6a9a63"), trees=14, tall=0.035),
        Hill(name="near", depth=0.55, level=h + 0.11, rise=0.045, own=hexa("83a850"), wave=1.2, trees=4, tall=0.09),
    )
    return Scenery(
        back=[*sky_jobs(setting), *(partial(hill, setting, form) for form in forms), partial(_roadway, setting)],
        front=[partial(verge, setting, hexa("6f7f35"), 0.06)],
    )


def _roadway(setting: Setting) -> Element:
    top = setting.horizon + 0.14
    painter = setting.painter(1.0, top=top - 0.05)
    palette = setting.palette
    grass, asphalt = setting.lit_ground(hexa("7fa04a"), 0.95), setting.lit(hexa("555862"), 0.95)
    painter.band([(top, grass), (1.05, mix(grass, palette.shade, 0.35))], top=top)
    painter.band(
        [(top + 0.035, mix(asphalt, palette.haze, 0.2)), (top + 0.17, mix(asphalt, palette.shade, 0.2))],
        top=top + 0.035,
        bottom=top + 0.175,
    )
    white = mix(setting.lit(hexa("f4f1e6"), 0.95), asphalt, 0.15)
    left, right = painter.bounds.left, painter.bounds.right
    painter.poly(box(left, top + 0.042, right, top + 0.0445), white)
    painter.poly(box(left, top + 0.165, right, top + 0.169), white)
    for x in np.arange(left - left % 0.22, right, 0.22):
        painter.poly(
            np.array([(x, top + 0.096), (x + 0.1, top + 0.096), (x + 0.102, top + 0.1), (x + 0.001, top + 0.1)]), white
        )
    steel = mix(setting.lit(hexa("c0c6cc"), 0.95), palette.shade, 0.1)
    painter.poly(box(left, top - 0.008, right, top + 0.006), steel)
    painter.poly(box(left, top - 0.001, right, top + 0.001), mix(steel, palette.shade, 0.4))
    for x in np.arange(left - left % 0.16, right, 0.16):
        painter.poly(box(x, top - 0.004, x + 0.007, top + 0.034), mix(steel, palette.shade, 0.45))
    return Layer(sheet=painter.sheet(), depth=1.0)


def village(setting: Setting) -> Scenery:
    """Give cottages among trees on a slope, with a church, windows lit after dark."""
    h = setting.horizon
    far = Hill(name="far", depth=0.1, level=h + 0.02, rise=0.13, own=hexa("67928c"), wave=0.8)
    back = Hill(name="cottages", depth=0.15, level=h + 0.07, rise=0.06, own=hexa("6a9c5c"), trees=13, tall=0.06)
    near = Hill(name="houses", depth=0.55, level=h + 0.13, rise=0.035, own=hexa("77a655"), trees=5, tall=0.08)
    front = Hill(name="green", depth=1.0, level=h + 0.2, rise=0.025, own=hexa("82b056"), wave=1.4, grass=60, tufts=48)
    return Scenery(
        back=[
            *sky_jobs(setting),
            partial(hill, setting, far),
            partial(_houses, setting, back, 7.0, 0.05),
            partial(_houses, setting, near, 3.4, 0.092),
            partial(hill, setting, front),
        ]
    )


_WALLS = (hexa("efe2c8"), hexa("e6cfae"), hexa("d9c4b4"), hexa("f2ead8"))
_ROOFS = (hexa("a8503c"), hexa("8c4a44"), hexa("6f5a54"), hexa("b5683f"))


def _houses(setting: Setting, form: Hill, density: float, size: float) -> Element:
    painter = setting.painter(form.depth, top=form.level - form.rise - size * 2.8)
    line = hill_line(setting, form, painter)
    rng = setting.rng(form.name + " houses")
    spots = np.linspace(painter.bounds.left, painter.bounds.right, int(density * painter.bounds.width))
    church = int(len(spots) * 0.36)
    for place, x in enumerate(spots):
        spot = (x + rng.uniform(-0.03, 0.03), height_at(line, x) + 0.012)
        house(setting, painter, rng, (*spot, size * rng.uniform(0.8, 1.2)), form.depth)
        if place == church and form.depth < 0.5:
            steeple(setting, painter, (*spot, size * 1.9), form.depth)
    fill_hill(setting, painter, line, (form.level - form.rise, form.level), setting.lit_ground(form.own, form.depth))
    return Layer(sheet=painter.sheet(), depth=form.depth)


def house(setting: Setting, painter: Painter, rng: Rng, form: tuple[float, float, float], depth: float) -> None:
    """Paint a cottage standing at (x, y) of a height."""
    x, y, size = form
    wall = setting.lit(_WALLS[int(rng.integers(0, 4))], depth)
    roof = setting.lit_ground(_ROOFS[int(rng.integers(0, 4))], depth, covered=0.7)
    wide, tall = size * rng.uniform(0.62, 0.85), size * 0.52
    painter.gradient(
        box(x - wide, y - tall, x + wide, y + 0.02), [(y - tall, wall), (y, mix(wall, setting.palette.shade, 0.2))]
    )
    painter.poly(
        np.array(
            [
                (x - wide * 1.16, y - tall * 0.96),
                (x - wide * 0.72, y - size),
                (x + wide * 0.72, y - size),
                (x + wide * 1.16, y - tall * 0.96),
            ]
        ),
        roof,
    )
    painter.poly(
        box(x + wide * 0.35, y - size * 1.14, x + wide * 0.52, y - size * 0.9), mix(roof, setting.palette.shade, 0.3)
    )
    glass = mix(_LAMP, wall, 0.1) if setting.palette.lamps else mix(setting.palette.zenith, setting.palette.shade, 0.45)
    for place in (-0.62, 0.3):
        left = x + place * wide
        painter.poly(box(left, y - tall * 0.72, left + wide * 0.3, y - tall * 0.32), glass)
    painter.poly(box(x - wide * 0.13, y - tall * 0.66, x + wide * 0.13, y), mix(roof, setting.palette.shade, 0.35))
    if setting.palette.lamps:
        painter.glow((x, y - tall * 0.5), size * 1.3, _LAMP, alpha=0.25)


def steeple(setting: Setting, painter: Painter, form: tuple[float, float, float], depth: float) -> None:
    """Paint a church tower."""
    x, y, size = form
    wall, roof = setting.lit(hexa("d8cdb8"), depth), setting.lit(hexa("5f5a66"), depth)
    half = size * 0.13
    painter.poly(box(x - half, y - size * 0.62, x + half, y), wall)
    painter.poly(
        np.array([(x - half * 1.2, y - size * 0.6), (x, y - size * 1.1), (x + half * 1.2, y - size * 0.6)]), roof
    )
    painter.stroke(np.array([(x, y - size * 1.1), (x, y - size * 1.18)]), size * 0.012, roof)
    painter.ellipse((x, y - size * 0.5), (half * 0.4, half * 0.4), mix(wall, setting.palette.shade, 0.5))


def castle(setting: Setting) -> Scenery:
    """Give a castle on a hill above a valley."""
    h = setting.horizon
    far = Hill(name="far", depth=0.1, level=h + 0.03, rise=0.13, own=hexa("6b8a9a"), wave=0.7)
    wood = Hill(name="wood", depth=0.5, level=h + 0.15, rise=0.06, own=hexa("56824e"), trees=30, tall=0.06, pines=True)
    front = Hill(name="meadow", depth=1.0, level=h + 0.21, rise=0.03, own=hexa("7fa653"), wave=1.5, grass=60, tufts=48)
    return Scenery(
        back=[
            *sky_jobs(setting),
            partial(hill, setting, far),
            partial(_keep, setting),
            partial(hill, setting, wood),
            partial(hill, setting, front),
        ]
    )


def _keep(setting: Setting) -> Element:
    """Paint the castle and the hill it stands on."""
    depth, level = 0.3, setting.horizon + 0.09
    painter = setting.painter(depth, top=0.02)
    x0, unit = -0.12 * setting.aspect, 0.62 * setting.unit
    xs = np.linspace(painter.bounds.left - 0.05, painter.bounds.right + 0.05, 160)
    line = rolling(setting.rng("keep"), painter.bounds, level, 0.04)
    line = np.stack([xs, np.interp(xs, line[:, 0], line[:, 1]) - 0.15 * np.exp(-(((xs - x0) / 0.3) ** 2))], axis=-1)
    stone = setting.lit(hexa("b3a694"), depth + 0.1)
    draw_castle(setting, painter, (x0, height_at(line, x0) + 0.03), unit, stone)
    fill_hill(setting, painter, line, (level - 0.18, level), setting.lit_ground(hexa("6f955a"), depth))
    return Layer(sheet=painter.sheet(), depth=depth)


_TOWERS = (
    (-0.34, 0.3, 0.062, 1),
    (0.36, 0.34, 0.06, 1),
    (-0.16, 0.46, 0.07, 1),
    (0.15, 0.56, 0.075, 1),
    (0.0, 0.4, 0.1, 0),
)


def draw_castle(setting: Setting, painter: Painter, foot: tuple[float, float], unit: float, stone: Colour) -> None:
    """Paint a castle: curtain wall, gate, towers with pointed roofs and pennants; `unit` is about its width."""
    x0, y0 = foot
    palette = setting.palette
    roof = mix(setting.lit(hexa("3f5f8f"), 0.4), palette.haze, 0.1)
    dark = mix(stone, palette.shade, 0.5)
    side = 1.0 if setting.sun[0] > x0 else -1.0
    for place, tall, half, pointed in _TOWERS:
        x, top, wide = x0 + place * unit, y0 - tall * unit, half * unit
        painter.gradient(box(x - wide, top, x + wide, y0 + 0.02), [(top, stone), (y0, mix(stone, palette.shade, 0.3))])
        lit = mix(stone, palette.rim, 0.45 * palette.rim_share)
        painter.poly(
            box(min(x + side * wide, x + side * wide * 0.5), top, max(x + side * wide, x + side * wide * 0.5), y0), lit
        )
        if pointed:
            painter.poly(box(x - wide * 1.16, top - 0.016 * unit, x + wide * 1.16, top + 0.014 * unit), stone)
            tip = top - wide * 3.0
            painter.poly(
                np.array([(x - wide * 1.25, top - 0.012 * unit), (x, tip), (x + wide * 1.25, top - 0.012 * unit)]), roof
            )
            painter.poly(
                np.array(
                    [
                        (x, tip),
                        (x + side * wide * 1.25, top - 0.012 * unit),
                        (x + side * wide * 0.2, top - 0.012 * unit),
                    ]
                ),
                mix(roof, palette.rim, 0.3),
            )
            painter.stroke(np.array([(x, tip), (x, tip - 0.05 * unit)]), 0.004 * unit, dark)
            painter.poly(
                np.array([(x, tip - 0.05 * unit), (x + 0.055 * unit, tip - 0.038 * unit), (x, tip - 0.024 * unit)]),
                setting.lit(hexa("c8443c"), 0.3),
            )
        else:
            _merlons(painter, (x - wide, top, x + wide), unit, stone)
        slit = mix(_LAMP, stone, 0.1) if palette.lamps else dark
        for row in (0.07, 0.16):
            painter.poly(box(x - 0.008 * unit, top + row * unit, x + 0.008 * unit, top + (row + 0.04) * unit), slit)
    wall_top = y0 - 0.16 * unit
    painter.gradient(
        box(x0 - 0.42 * unit, wall_top, x0 + 0.42 * unit, y0 + 0.02),
        [(wall_top, stone), (y0, mix(stone, palette.shade, 0.35))],
    )
    _merlons(painter, (x0 - 0.42 * unit, wall_top, x0 + 0.42 * unit), unit, stone)
    gate = np.concatenate(
        [
            ellipse((x0, y0 - 0.075 * unit), (0.04 * unit, 0.045 * unit))[24:],
            box(x0 - 0.04 * unit, y0 - 0.076 * unit, x0 + 0.04 * unit, y0 + 0.02)[1:][::1],
        ]
    )
    painter.poly(gate, dark)


def _merlons(painter: Painter, span: tuple[float, float, float], unit: float, stone: Colour) -> None:
    left, top, right = span
    step = 0.032 * unit
    for x in np.arange(left, right - step * 0.4, step):
        painter.poly(box(x, top - 0.018 * unit, x + step * 0.55, top + 0.004), stone)
