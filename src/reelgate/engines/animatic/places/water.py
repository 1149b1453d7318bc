"""Places at, on and under water: sea, beach, lake, river, underwater; and moving glints on any water.

Each is a function from a setting to painting jobs, back to front.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, Plane, hexa, mix
from reelgate.engines.animatic.drawing.frame import Shown
from reelgate.engines.animatic.drawing.kernel import Shine
from reelgate.engines.animatic.drawing.painter import Painter, curve
from reelgate.engines.animatic.drawing.setting import Scenery, Setting
from reelgate.engines.animatic.drawing.sheet import Hang, screen_row
from reelgate.engines.animatic.drawing.stage import Element, Layer, Moment, Track
from reelgate.engines.animatic.drawing.terrain import blades, ridge, rolling, tuft, wavy
from reelgate.engines.animatic.places.high import range_layer
from reelgate.engines.animatic.places.land import Hill, fill_hill, hill, sky_jobs, stones

_WATER = hexa("2f7f9c")


@dataclass(frozen=True, kw_only=True, slots=True)
class Glints:
    """Sparkle on water: the lesser of two streak patterns that slide against each other, added to the light."""

    first: Plane
    second: Plane
    #: World rows between which the water lies.
    top: float
    bottom: float
    depth: float
    #: Of the frame: height and width in pixels.
    size: tuple[int, int]

    def rests(self, path: Track) -> bool:
        """Say no: it always glitters."""
        del path
        return False

    def creeps(self, path: Track) -> bool:
        """Say no: it always glitters."""
        del path
        return False

    def show(self, moment: Moment) -> Sequence[Shown]:
        """Give the sparkle as it is added."""
        height, width = self.size
        hang = Hang(moment.view, self.depth)
        start = max(0, round(screen_row(self.top, hang, height)))
        end = min(height, round(screen_row(self.bottom, hang, height)), start + self.first.shape[0])
        if end - start < 2 or moment.view.roll != 0.0:
            return ()
        room = self.first.shape[1] - width
        step = moment.index * height // 720
        pan = round(moment.view.offset(self.depth)[0] * height)
        one, two = (step + pan) % room, (room - 1 - (step * 2 - pan) % room) % room
        rows = slice(0, end - start)
        return (Shine(0, 0, start, self.first[rows, one : one + width], self.second[rows, two : two + width]),)


def glints(setting: Setting, top: float, bottom: float, *, depth: float = 0.5, strength: float = 1.0) -> Element:
    """Paint sparkle for water between two world rows; strongest under the sun."""
    height = max(8, round((bottom - top) * setting.height))
    width = round(setting.aspect * setting.height)
    room = 512
    patterns = []
    for name in ("one", "two"):
        rng = setting.rng("glint " + name)
        tile = np.zeros((height, room), np.uint8)
        for _ in range(int(height * 2.4)):
            row = int(rng.random() ** 0.8 * height)
            near = row / height
            length, thick = int((8 + 60 * near) * setting.height / 720), 1 if near < 0.5 else 2
            x = int(rng.integers(0, room))
            value = int(40 + 190 * rng.random())
            # What goes over the edge comes in at the other one.
            for shift in (-room, 0, room):
                if x + length + shift + thick < 0 or x + shift - thick >= room:
                    continue
                cv2.line(tile, (x + shift, row), (x + shift + length, row), (value,), thick)
        patterns.append(cv2.GaussianBlur(tile, (0, 0), 1.1, borderType=cv2.BORDER_REFLECT))
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    fall = (0.3 + 0.7 * np.sin(np.pi * np.clip(rows * 0.9 + 0.1, 0, 1))) * 0.5 * strength
    fall *= 0.35 + 0.65 * setting.palette.glow_share
    patterns[0] = np.clip(patterns[0] * fall, 0, 255).astype(np.uint8)
    first, second = (np.tile(pattern, (1, width // room + 2))[:, : width + room] for pattern in patterns)
    return Glints(first=first, second=second, top=top, bottom=bottom, depth=depth, size=(setting.height, width))


def water(setting: Setting, top: float, *, depth: float = 0.5, own: Colour = _WATER) -> Painter:
    """Paint open water from a world row down: the sky's light far off, its own colour near, and the sun's road."""
    painter = setting.painter(depth, top=top)
    palette = setting.palette
    far = mix(palette.horizon, palette.haze, 0.4)
    near = mix(setting.lit(own, 1.0), palette.zenith, 0.35)
    middle = mix(far, near, 0.62)
    painter.band([(top, mix(far, near, 0.2)), (top + 0.1, middle), (top + 0.36, near)], top=top)
    _road(setting, painter, top)
    _ripples(setting, painter, top)
    return painter


def _road(setting: Setting, painter: Painter, top: float) -> None:
    """Paint the broken light below sun or moon."""
    palette = setting.palette
    if palette.glow_share <= 0.12:
        return
    rng = setting.rng("road")
    x0 = setting.sun[0]
    light = mix(palette.sun, palette.glow, 0.45)
    painter.glow((x0, top + 0.02), 0.34, palette.glow, alpha=0.4 * palette.glow_share, power=1.6, squash=0.6)
    for row in np.geomspace(0.004, 0.34, 44):
        half = (0.022 + row * 0.13) * rng.uniform(0.35, 1.1) * (1.35 - palette.sun_height)
        x = x0 + rng.normal() * (0.006 + row * 0.09)
        thick = 0.0012 + row * 0.011
        shade = mix(light, setting.lit(hexa("2f7f9c"), 1.0), min(0.75, row * 2.2 + 0.3 * (1 - palette.glow_share)))
        painter.ellipse((x, top + row), (half, thick), shade)


def _ripples(setting: Setting, painter: Painter, top: float) -> None:
    rng = setting.rng("ripples")
    own = mix(setting.lit(_WATER, 1.0), setting.palette.zenith, 0.35)
    light = mix(setting.palette.horizon, own, 0.72)
    dark = mix(mix(setting.lit(hexa("1c5a78"), 1.0), setting.palette.shade, 0.2), own, 0.5)
    for colour in (light, dark):
        shapes = []
        for _ in range(int(30 * painter.bounds.width)):
            row = rng.random() ** 1.5 * 0.42
            x = painter.bounds.left + rng.random() * painter.bounds.width
            half, thick = 0.01 + row * 0.16 * rng.random(), 0.0007 + row * 0.005
            y = top + row
            shapes.append(np.array([(x - half, y), (x, y - thick), (x + half, y), (x, y + thick)]))
        far = mix(colour, mix(setting.palette.horizon, own, 0.35), 0.35)
        painter.polys([shape for shape in shapes if shape[0, 1] < top + 0.1], far)
        painter.polys([shape for shape in shapes if shape[0, 1] >= top + 0.1], colour)


def sea(setting: Setting) -> Scenery:
    """Give open sea under a large sky, with rocking swell before and behind the subjects."""
    h = setting.horizon
    return Scenery(
        back=[
            *sky_jobs(setting),
            lambda: Layer(sheet=water(setting, h, depth=0.15).sheet(), depth=0.15),
            partial(glints, setting, h + 0.004, h + 0.2, depth=0.15),
            partial(_swell, setting, "one", 0.75, h + 0.14),
        ],
        front=[partial(_swell, setting, "two", 1.1, h + 0.235)],
    )


def _swell(setting: Setting, name: str, depth: float, level: float) -> Element:
    """Paint a wave that rocks sideways, with a bright crest."""
    painter = setting.painter(depth, top=level - 0.04, extra=0.05)
    rng = setting.rng("swell " + name)
    xs = np.linspace(painter.bounds.left - 0.02, painter.bounds.right + 0.02, 200)
    line = wavy(xs, level, 0.008, 0.42, rng.random())
    line[:, 1] += 0.005 * np.sin(2 * np.pi * (xs / 0.17 + rng.random()))
    palette = setting.palette
    own = mix(setting.lit(hexa("1f6f8f"), depth), palette.zenith, 0.22)
    crest = mix(own, palette.horizon, 0.45)
    bottom = painter.bounds.bottom + 0.02
    body = np.concatenate([line, [[xs[-1], bottom], [xs[0], bottom]]])
    painter.gradient(body, [(level - 0.012, crest), (level + 0.05, own), (level + 0.3, mix(own, palette.shade, 0.5))])
    painter.stroke(line, 0.0024, mix(crest, palette.sun, 0.35))
    return Layer(sheet=painter.sheet(), depth=depth, sway=(0.022 * depth, 0.004, 5.2 - depth))


def beach(setting: Setting) -> Scenery:
    """Give sea, surf and warm sand."""
    h = setting.horizon
    return Scenery(
        back=[
            *sky_jobs(setting),
            lambda: Layer(sheet=water(setting, h, depth=0.15, own=hexa("3fa3b0")).sheet(), depth=0.15),
            partial(glints, setting, h + 0.004, h + 0.13, depth=0.15),
            partial(_surf, setting, h + 0.125),
            partial(_sand, setting, h + 0.15),
        ]
    )


def _surf(setting: Setting, level: float) -> Element:
    """Paint foam that runs up and back."""
    painter = setting.painter(0.8, top=level - 0.03, bottom=level + 0.1, extra=0.04)
    rng = setting.rng("surf")
    foam = mix(setting.lit(hexa("ffffff"), 0.9), setting.palette.horizon, 0.15)
    wet = mix(setting.lit(hexa("57b3b3"), 0.8), setting.palette.horizon, 0.25)
    xs = np.linspace(painter.bounds.left, painter.bounds.right, 160)
    for row, thick in ((0.0, 0.004), (0.022, 0.006), (0.045, 0.012)):
        line = wavy(xs, level + row, 0.005, 0.5 + row * 4, rng.random())
        line[:, 1] += 0.003 * np.sin(2 * np.pi * (xs / 0.13 + rng.random()))
        lower = line + np.stack([np.zeros_like(xs), thick * (0.5 + 0.5 * np.sin(xs * 21 + row * 90) ** 2)], axis=-1)
        painter.gradient(np.concatenate([lower, (lower + np.array([0, 0.02]))[::-1]]), [(0, wet), (2, wet)], alpha=0.5)
        painter.poly(np.concatenate([line, lower[::-1]]), foam)
    return Layer(sheet=painter.sheet(), depth=0.8, sway=(0.018, 0.005, 6.0))


def _sand(setting: Setting, level: float) -> Element:
    painter = setting.painter(1.0, top=level - 0.02)
    xs = np.linspace(painter.bounds.left, painter.bounds.right, 120)
    line = wavy(xs, level + 0.018, 0.01, 1.3, 0.1)
    sand, palette = setting.lit_ground(hexa("e9cf9c"), 0.95, covered=0.6), setting.palette
    wet = mix(sand, mix(palette.zenith, palette.shade, 0.5), 0.4)
    body = np.concatenate([line, [[xs[-1], painter.bounds.bottom + 0.02], [xs[0], painter.bounds.bottom + 0.02]]])
    painter.gradient(
        body, [(level, wet), (level + 0.045, wet), (level + 0.085, sand), (1.1, mix(sand, palette.shade, 0.25))]
    )
    rng = setting.rng("sand")
    dark, light = mix(sand, palette.shade, 0.22), mix(sand, palette.sun, 0.25)
    for _ in range(int(70 * painter.bounds.width)):
        x = painter.bounds.left + rng.random() * painter.bounds.width
        y = level + 0.09 + rng.random() * 0.2
        painter.ellipse((x, y), (0.003 * rng.uniform(0.5, 2.5), 0.001), dark if rng.random() < 0.6 else light)
    return Layer(sheet=painter.sheet(), depth=1.0)


def lake(setting: Setting) -> Scenery:
    """Give a still lake that mirrors mountains, with reeds before it."""
    h = setting.horizon
    woods = Hill(
        name="shore", depth=0.32, level=h + 0.012, rise=0.04, own=hexa("466f58"), trees=46, tall=0.05, pines=True
    )
    return Scenery(
        back=[
            *sky_jobs(setting),
            partial(range_layer, setting, "near", 0.12, h + 0.03, hexa("6d84a0")),
            partial(hill, setting, woods),
            partial(_mirror, setting),
            partial(glints, setting, h + 0.03, 1.0, depth=0.15, strength=0.6),
        ],
        front=[partial(reeds, setting)],
    )


def _mirror(setting: Setting) -> Element:
    """Paint water with the upside-down shapes of the far shore in it."""
    top = setting.horizon + 0.016
    painter = water(setting, top, depth=0.15, own=hexa("2f6f8c"))
    palette = setting.palette
    far = setting.painter(0.12, top=0.0)
    line = ridge(setting.rng("range near"), far.bounds, 0.0, 0.27, peak=0.62)
    line[:, 1] = top + np.clip(-line[:, 1] * 0.7, 0, None) + 0.006
    rng = setting.rng("mirror")
    line[:, 0] += rng.uniform(-0.006, 0.006, len(line))
    shade = mix(setting.lit(hexa("53708c"), 0.5), palette.horizon, 0.25)
    body = np.concatenate([line, [[line[-1, 0], top], [line[0, 0], top]]])
    painter.gradient(body, [(top, shade), (top + 0.22, mix(shade, palette.zenith, 0.3))], alpha=0.6)
    bank = mix(setting.lit(hexa("2f5346"), 0.6), palette.shade, 0.3)
    strip = [(top, bank), (top + 0.05, bank)]
    shore = wavy(np.linspace(painter.bounds.left, painter.bounds.right, 300), top + 0.035, 0.007, 0.06, 0.0)
    shore[:, 1] += rng.uniform(-0.006, 0.006, 300)
    painter.gradient(
        np.concatenate([shore, [[painter.bounds.right, top], [painter.bounds.left, top]]]), strip, alpha=0.55
    )
    light = mix(palette.horizon, palette.sun, 0.3)
    for row in (0.012, 0.05, 0.085, 0.16):
        x, half = rng.uniform(-0.4, 0.4) * setting.aspect, rng.uniform(0.15, 0.4)
        painter.ellipse((x, top + row), (half, 0.0011 + row * 0.006), mix(light, palette.zenith, 0.35))
    return Layer(sheet=painter.sheet(), depth=0.15)


def reeds(setting: Setting) -> Element:
    """Paint reeds in the lower corners."""
    painter = setting.painter(1.25, top=0.62)
    rng = setting.rng("reeds")
    dark = mix(setting.lit(hexa("4a5a2c"), 1.2), setting.palette.shade, 0.4)
    bottom = painter.bounds.bottom
    for _ in range(int(46 * painter.bounds.width)):
        side = 1.0 if rng.random() < 0.6 else -1.0
        x = side * (setting.half * (1.06 - 0.42 * rng.random() ** 1.7))
        tall = (bottom - 1.0) + rng.uniform(0.07, 0.24) * setting.unit
        lean = rng.uniform(-0.03, 0.03)
        stem = curve([(x, bottom + 0.02), (x + lean * 0.3, bottom - tall * 0.55), (x + lean, bottom - tall)], 5)
        shade = mix(dark, setting.palette.rim, 0.25 * rng.random() * setting.palette.rim_share)
        painter.stroke(stem, 0.003, shade)
        if rng.random() < 0.4:
            painter.ellipse((x + lean, bottom - tall), (0.005, 0.02), mix(shade, hexa("6b3f1f"), 0.4), turn=lean * 6)
    return Layer(sheet=painter.sheet(), depth=1.25)


def river(setting: Setting) -> Scenery:
    """Give a river winding from the hills towards the viewer."""
    h = setting.horizon
    forms = (
        Hill(name="far", depth=0.12, level=h + 0.01, rise=0.11, own=hexa("5f8f86"), wave=0.8),
        Hill(name="wood", depth=0.28, level=h + 0.03, rise=0.04, own=hexa("5b8f58"), trees=22, tall=0.05),
    )
    return Scenery(
        back=[*sky_jobs(setting), *(partial(hill, setting, form) for form in forms), partial(_valley, setting)],
        front=[partial(reeds, setting)],
    )


def _valley(setting: Setting) -> Element:
    top = setting.horizon + 0.03
    painter = setting.painter(0.8, top=top - 0.03)
    palette = setting.palette
    meadow = rolling(setting.rng("valley"), painter.bounds, top + 0.01, 0.012, wave=1.4)
    fill_hill(setting, painter, meadow, (top, top + 0.02), setting.lit_ground(hexa("78ab54"), 0.8))
    left = curve([(0.1, top + 0.012), (0.22, top + 0.04), (-0.16, top + 0.1), (-0.02, top + 0.2), (-0.5, 1.25)], 14)
    right = curve([(0.125, top + 0.012), (0.3, top + 0.04), (0.02, top + 0.1), (0.36, top + 0.2), (0.42, 1.25)], 14)
    bed = np.concatenate([left, right[::-1]])
    sand = mix(setting.lit(hexa("c9b78a"), 0.9), palette.shade, 0.12)
    for bank in (left, right):
        painter.stroke(bank, 0.012, sand)
    far, near = mix(palette.horizon, palette.haze, 0.3), mix(setting.lit(hexa("2f7f9c"), 1.0), palette.zenith, 0.45)
    painter.gradient(bed, [(top, far), (top + 0.1, mix(far, near, 0.55)), (1.0, near)])
    rng = setting.rng("river")
    for _ in range(70):
        share = rng.random() ** 0.7
        place = int(share * (len(left) - 1))
        x = left[place, 0] + (right[place, 0] - left[place, 0]) * rng.uniform(0.12, 0.88)
        wide = (right[place, 0] - left[place, 0]) * 0.12 * rng.random()
        painter.ellipse((x, left[place, 1]), (wide, 0.0008 + share * 0.0018), mix(far, palette.sun, 0.4))
    stones(setting, painter, left, int(6 * painter.bounds.width), setting.lit(hexa("8f9496"), 0.9))
    grass = blades(rng, painter.bounds, meadow + np.array([0, 0.12]), int(60 * painter.bounds.width), 0.02)
    painter.polys(
        [blade for blade in grass if not -0.16 < blade[0, 0] < 0.36],
        mix(setting.lit_ground(hexa("5f9442"), 1.0), palette.glow, 0.1),
    )
    return Layer(sheet=painter.sheet(), depth=0.8)


def underwater(setting: Setting) -> Scenery:
    """Give blue depths with light from above, rocks, weed and coral."""
    return Scenery(
        back=[
            partial(_deep, setting),
            partial(_reef, setting, "far", 0.2, 0.8, 0.2),
            partial(_reef, setting, "near", 0.55, 0.9, 0.16),
            partial(_bed, setting),
        ],
        front=[partial(_weed, setting)],
    )


_DEPTHS = {
    True: (hexa("2f8fb8"), hexa("0b3a63"), hexa("041830")),
    False: (hexa("7fe0e6"), hexa("1c86b4"), hexa("0a3a6a")),
}


def _deep(setting: Setting) -> Element:
    painter = setting.painter(0.0, opaque=True)
    surface, middle, low = (setting.lit(colour, 0.9) for colour in _DEPTHS[setting.palette.lamps])
    painter.field(_column(painter, (surface, middle, low)))
    rng = setting.rng("rays")
    light = mix(surface, setting.palette.sun, 0.55)
    for _ in range(7):
        x, width = rng.uniform(-0.7, 0.7) * setting.aspect, rng.uniform(0.03, 0.12)
        slope = (x - setting.sun[0]) * 0.5
        shape = np.array([(x, -0.2), (x + width, -0.2), (x + width * 2.2 + slope, 0.95), (x + slope - width, 0.95)])
        painter.soft(shape, light, blur=0.03, alpha=rng.uniform(0.06, 0.17))
    painter.glow((setting.sun[0], -0.08), 0.55, mix(light, (1.0, 1.0, 1.0), 0.4), alpha=0.75, power=1.6, squash=0.8)
    return Layer(sheet=painter.sheet(), depth=0.0)


def _column(painter: Painter, colours: tuple[Colour, Colour, Colour]) -> Plane:
    rows = painter.bounds.top + (np.arange(60) + 0.5) / 60 * painter.bounds.height
    places = (-0.1, 0.42, 1.05)
    field = np.stack([np.interp(rows, places, [colour[index] for colour in colours]) for index in range(3)], axis=-1)
    return np.repeat(field[:, None, :].astype(np.float32), 8, axis=1)


def _reef(setting: Setting, name: str, depth: float, level: float, rise: float) -> Element:
    painter = setting.painter(depth, top=level - rise - 0.05)
    line = ridge(setting.rng("reef " + name), painter.bounds, level, rise, peak=0.5, rough=0.9)
    middle = setting.lit(_DEPTHS[setting.palette.lamps][1], 0.9)
    seen = mix(middle, setting.lit(hexa("06203c"), 1.0), 0.25 + 0.5 * depth)
    body = np.concatenate(
        [line, [[line[-1, 0], painter.bounds.bottom + 0.02], [line[0, 0], painter.bounds.bottom + 0.02]]]
    )
    painter.gradient(body, [(level - rise, mix(seen, middle, 0.3)), (level + 0.1, seen)])
    return Layer(sheet=painter.sheet(), depth=depth)


def _bed(setting: Setting) -> Element:
    painter = setting.painter(1.0, top=0.86)
    line = rolling(setting.rng("bed"), painter.bounds, 0.93, 0.03, wave=1.2)
    low = setting.lit(_DEPTHS[setting.palette.lamps][2], 0.9)
    sand = mix(setting.lit(hexa("9fc4b0"), 0.9), low, 0.55)
    body = np.concatenate(
        [line, [[line[-1, 0], painter.bounds.bottom + 0.02], [line[0, 0], painter.bounds.bottom + 0.02]]]
    )
    painter.gradient(body, [(0.9, mix(sand, _DEPTHS[False][0], 0.15)), (1.05, mix(sand, low, 0.6))])
    rng = setting.rng("coral")
    for _ in range(int(13 * painter.bounds.width)):
        x, y = painter.bounds.left + rng.random() * painter.bounds.width, rng.uniform(0.92, 0.98)
        own = mix(
            setting.lit((hexa("f0716b"), hexa("f2a65a"), hexa("b86fc9"))[int(rng.integers(0, 3))], 0.9), low, 0.38
        )
        painter.polys(tuft(rng, x, y, rng.uniform(0.03, 0.08)), own)
    return Layer(sheet=painter.sheet(), depth=1.0)


def _weed(setting: Setting) -> Element:
    """Paint weed that sways in the lower corners."""
    painter = setting.painter(1.25, top=0.5, extra=0.05)
    rng = setting.rng("weed")
    bottom = painter.bounds.bottom
    dark = mix(setting.lit(hexa("0d4a4a"), 1.0), _DEPTHS[True][2], 0.4)
    for _ in range(int(15 * painter.bounds.width)):
        side = 1.0 if rng.random() < 0.5 else -1.0
        x = side * setting.half * (1.05 - 0.4 * rng.random() ** 1.6)
        tall = (bottom - 1.0) + rng.uniform(0.12, 0.38) * setting.unit
        steps = np.linspace(0, 1, 9)
        spine_x = x + 0.02 * np.sin(steps * 7 + rng.random() * 6) * steps
        half = 0.008 * np.sin(np.pi * np.clip(steps * 0.9 + 0.1, 0, 1)) + 0.0008
        rows = bottom + 0.02 - steps * tall
        blade = np.concatenate([np.stack([spine_x - half, rows], -1), np.stack([spine_x + half, rows], -1)[::-1]])
        painter.poly(blade, mix(dark, hexa("2f9c8a"), rng.random() * 0.25))
    return Layer(sheet=painter.sheet(), depth=1.25, sway=(0.018, 0.0, 5.0))
