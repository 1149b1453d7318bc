"""What is in the air: rain, snow, fog banks, lightning, drifting leaves, dust motes and bubbles.

Each is a veneer over the frame that costs a few byte-wise additions; patterns are painted once per shot.
"""

import math
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.colour import Colour, Plane, hexa, mix, to_yuv
from reelgate.engines.animatic.drawing.frame import Frame, Shown
from reelgate.engines.animatic.drawing.kernel import Shine, Wash
from reelgate.engines.animatic.drawing.setting import Job, Setting
from reelgate.engines.animatic.drawing.stage import Moment, Veneer, painted
from reelgate.engines.animatic.scene import Place, Weather

Paint = Callable[[Frame, Moment], None]


def _size(setting: Setting) -> tuple[int, int]:
    return setting.height, round(setting.height * setting.aspect)


def _wrapped(tile: Plane, height: int, width: int) -> Plane:
    """Repeat a tile so that a frame can be cut from any place in it."""
    down, across = math.ceil(height / tile.shape[0]), math.ceil(width / tile.shape[1])
    return cv2.copyMakeBorder(cv2.repeat(tile, down, across), 0, tile.shape[0], 0, tile.shape[1], cv2.BORDER_WRAP)


def rain(setting: Setting, *, heavy: bool) -> Veneer:
    """Let rain fall in two depths, slanted by the wind."""
    height, width = _size(setting)
    scale = min(height, width) / 720
    layers = []
    for name, count, length, light, speed in (("far", 420, 26, 40, 34), ("near", 130, 62, 70, 58)):
        rng = setting.rng("rain " + name)
        rows, columns = 640, 896
        tile = np.zeros((rows, columns), np.uint8)
        slant = 0.2 if heavy else 0.09
        for _ in range(int(count * (1.5 if heavy else 1.0))):
            x, y = rng.random() * columns, rng.random() * rows
            reach = length * scale * rng.uniform(0.6, 1.2)
            value = int(light * rng.uniform(0.5, 1.1))
            _streak(
                tile,
                (x, y),
                (x - slant * reach, y + reach),
                value,
                max(1, round((1.3 if name == "near" else 0.9) * scale)),
            )
        soft = cv2.GaussianBlur(tile, (3, 3), 0)
        layers.append((_wrapped(soft, height, width), rows, columns, round(speed * scale), slant))

    def seen(moment: Moment) -> list[Shown]:
        shown: list[Shown] = []
        for tiled, rows, columns, speed, slant in layers:
            y = -moment.index * speed % rows
            x = round(moment.index * speed * slant) % columns
            shown.append(Shine(0, 0, 0, tiled[y : y + height, x : x + width]))
        return shown

    return Veneer(seen=seen)


def _shifts(low: float, high: float, near: float, size: int) -> list[int]:
    """Give by how much what lies from low to high on a tile is moved so that it comes in where it goes out."""
    return [shift for shift in (-size, 0, size) if high + shift + near > 0 and low + shift - near < size]


def _streak(tile: Plane, start: tuple[float, float], end: tuple[float, float], value: int, thick: int) -> None:
    rows, columns = tile.shape
    for dx in _shifts(end[0], start[0], thick + 2, columns):
        for dy in _shifts(start[1], end[1], thick + 2, rows):
            a = (round((start[0] + dx) * 16), round((start[1] + dy) * 16))
            b = (round((end[0] + dx) * 16), round((end[1] + dy) * 16))
            cv2.line(tile, a, b, (value,), thick, cv2.LINE_AA, 4)


def snow(setting: Setting) -> Veneer:
    """Let snow fall in three depths."""
    height, width = _size(setting)
    scale = min(height, width) / 720
    layers = []
    for name, count, radius, speed in (("far", 330, 1.5, 1), ("middle", 120, 2.7, 2), ("near", 30, 5.2, 4)):
        rng = setting.rng("snow " + name)
        rows, columns = 576, 768
        tile = np.zeros((rows, columns), np.uint8)
        for _ in range(count):
            x, y = rng.random() * columns, rng.random() * rows
            size, value = radius * scale * rng.uniform(0.6, 1.3), int(rng.uniform(110, 210))
            for dx in _shifts(x - size, x + size, 2, columns):
                for dy in _shifts(y - size, y + size, 2, rows):
                    cv2.circle(
                        tile,
                        (round((x + dx) * 16), round((y + dy) * 16)),
                        round(size * 16),
                        (value,),
                        -1,
                        cv2.LINE_AA,
                        4,
                    )
        soft = cv2.GaussianBlur(tile, (0, 0), 0.5 * radius * scale)
        layers.append((_wrapped(soft, height, width), rows, columns, max(1, round(speed * scale * 1.4)), radius))

    def seen(moment: Moment) -> list[Shown]:
        shown: list[Shown] = []
        for tiled, rows, columns, speed, radius in layers:
            y = -moment.index * speed % rows
            sway = 6 * radius * math.sin(moment.t * 0.9 + radius) + moment.t * 9 * radius
            x = round(sway % columns)
            shown.append(Shine(0, 0, 0, tiled[y : y + height, x : x + width]))
        return shown

    return Veneer(seen=seen)


def _noise(rng: np.random.Generator, rows: int, columns: int) -> Plane:
    """Make soft cloudy noise that wraps sideways, 0 to 1."""
    total = np.zeros((rows, columns), np.float32)
    for across, down, weight in ((3, 3, 0.5), (6, 5, 0.3), (12, 9, 0.2)):
        cells = rng.random((down, across), dtype=np.float32)
        padded = np.concatenate([cells[:, -2:], cells, cells[:, :2]], axis=1)
        cell = columns // across
        big = cv2.resize(padded, (cell * (across + 4), rows), interpolation=cv2.INTER_CUBIC)
        total += big[:, cell * 2 : cell * 2 + columns] * weight
    return np.clip(total, 0, 1)


def fog(setting: Setting, *, thick: float = 1.0) -> Veneer:
    """Let banks of fog drift past, densest near the ground."""
    height, width = _size(setting)
    columns = 1536
    colour = mix(setting.palette.haze, setting.palette.horizon, 0.35)
    y, u, v = to_yuv(setting.grade(np.array([colour], np.float32)))[0]
    rng = setting.rng("fog")
    rows = np.linspace(0, 1, 90)[:, None]
    bank = np.exp(-(((rows - setting.horizon - 0.03) / 0.14) ** 2)) * 0.95 + np.clip((rows - 0.45) * 0.8, 0, 0.4)
    alpha = np.clip(_noise(rng, 90, columns // 8) * 1.5 - 0.25, 0, 1) * bank * 0.85 * thick
    full = _wrapped(cv2.resize((alpha * 255).astype(np.float32), (columns, height)).astype(np.uint8), height, width)[
        :height
    ]
    # High up there is none.
    top = int(np.flatnonzero(full.any(axis=1))[:1].sum()) & ~1
    full = full[top:]
    half = cv2.resize(full, (full.shape[1] // 2, full.shape[0] // 2), interpolation=cv2.INTER_AREA)
    layers = ((0, full, round(y)), (1, half, round(u)), (2, half, round(v)))
    speed = 26 * height / 720

    def seen(moment: Moment) -> list[Shown]:
        shift = round(moment.t * speed) % columns // 2 * 2
        shown: list[Shown] = []
        for plane, share, ink in layers:
            divisor = 2 if plane else 1
            x, wide = shift // divisor, width // divisor
            shown.append(Wash(plane, 0, top // divisor, share[: (height - top) // divisor, x : x + wide], ink))
        return shown

    return Veneer(seen=seen)


_STRIKES_MAX = 60


def lightning(setting: Setting) -> Veneer:
    """Let lightning strike a few times: a bolt for an instant, and a flash that fades."""
    height, width = _size(setting)
    rng = setting.rng("lightning")
    strikes = []
    t = rng.uniform(0.5, 1.3)
    while t < max(setting.duration_s, setting.shown_s):
        strikes.append((t, _bolt(rng, height, width, setting.horizon)))
        t += rng.uniform(2.2, 4.6)
        if len(strikes) >= _STRIKES_MAX:
            break

    def paint(frame: Frame, moment: Moment) -> None:
        for start, bolt in strikes:
            since = moment.t - start
            if 0 <= since < 0.42:
                flash = math.exp(-since * 9) * (0.65 + 0.35 * math.cos(since * 62))
                cv2.convertScaleAbs(frame.y, dst=frame.y, alpha=1 + 0.5 * flash, beta=26 * flash)
                if since < 0.17:
                    cv2.polylines(
                        frame.y,
                        bolt,
                        isClosed=False,
                        color=(150,),
                        thickness=max(3, height // 150),
                        lineType=cv2.LINE_AA,
                    )
                    cv2.polylines(
                        frame.y,
                        bolt,
                        isClosed=False,
                        color=(235,),
                        thickness=max(1, height // 330),
                        lineType=cv2.LINE_AA,
                    )

    return painted(paint)


def _bolt(rng: np.random.Generator, height: int, width: int, horizon: float) -> list[Plane]:
    x = rng.uniform(0.15, 0.85) * width
    rows = np.linspace(-0.02, horizon, 15) * height
    xs = x + np.cumsum(rng.uniform(-0.024, 0.024, 15)) * height
    main = np.stack([xs, rows], axis=-1)
    start = int(rng.integers(4, 8))
    side = rng.choice([-1.0, 1.0])
    branch_x = xs[start] + np.cumsum(rng.uniform(0.0, 0.035, 6)) * height * side
    branch = np.stack([branch_x, rows[start] + np.arange(6) * height * 0.026], axis=-1)
    return [np.round(main).astype(np.int32), np.round(branch).astype(np.int32)]


def drifting(setting: Setting, kind: str) -> Veneer:
    """Let small things drift: leaves in wind, motes in light, bubbles in water, dust in a desert."""
    height, width = _size(setting)
    rng = setting.rng("drifting " + kind)
    count, reach, speed_x, speed_y = {
        "leaves": (46, 7.0, 0.42, 0.05),
        "dust": (70, 2.4, 0.5, 0.0),
        "motes": (34, 1.9, 0.012, -0.008),
        "bubbles": (30, 4.5, 0.0, -0.075),
    }[kind]
    inks = [to_yuv(setting.grade(np.array([setting.lit(own, 0.9)], np.float32)))[0] for own in _OWN[kind]]
    bits = [
        (rng.random(), rng.random(), rng.uniform(0.5, 1.2), rng.random(), inks[int(rng.integers(0, len(inks)))])
        for _ in range(count)
    ]
    scale = height / 720

    def paint(frame: Frame, moment: Moment) -> None:
        for place_x, place_y, near, phase, ink in bits:
            x = ((place_x + moment.t * speed_x * near / setting.aspect) % 1.1 - 0.05) * width
            sway = 0.03 * math.sin(moment.t * (1.5 + phase) + phase * 9)
            y = ((place_y + moment.t * speed_y * near + sway * (kind != "dust")) % 1.1 - 0.05) * height
            _bit(frame, kind, (x, y), reach * scale * near, (phase + moment.t * (0.6 + phase), ink))

    return painted(paint)


_OWN: dict[str, tuple[Colour, ...]] = {
    "leaves": (hexa("d9803c"), hexa("c8a03c"), hexa("a8502c"), hexa("8a9a3c")),
    "dust": (hexa("e8cfa0"),),
    "motes": (hexa("fff6dc"),),
    "bubbles": (hexa("d8f4ff"),),
}


def _bit(frame: Frame, kind: str, at: tuple[float, float], size: float, look: tuple[float, Plane]) -> None:
    turn, ink = look
    for plane, value, divisor in ((frame.y, ink[0], 1), (frame.u, ink[1], 2), (frame.v, ink[2], 2)):
        centre = (round((at[0] / divisor) * 16), round((at[1] / divisor) * 16))
        radius = size / divisor
        if kind == "leaves":
            angle = 2 * math.pi * turn
            flat = 0.25 + 0.35 * abs(math.sin(angle * 0.7))
            cos, sin = math.cos(angle), math.sin(angle)
            shape = [(radius, 0.0), (0.0, radius * flat), (-radius, 0.0), (0.0, -radius * flat)]
            points = [(centre[0] + (x * cos - y * sin) * 16, centre[1] + (x * sin + y * cos) * 16) for x, y in shape]
            cv2.fillPoly(plane, [np.round(points).astype(np.int32)], (float(value),), cv2.LINE_AA, 4)
        elif kind == "bubbles":
            if divisor == 1:
                cv2.circle(plane, centre, round(radius * 16), (float(value) * 0.8,), 1, cv2.LINE_AA, 4)
        elif divisor == 1:
            cv2.circle(plane, centre, round(radius * 12), (min(235.0, float(value)),), -1, cv2.LINE_AA, 4)


def weather_jobs(setting: Setting, *, outdoors: bool) -> list[Job]:
    """Give the painting jobs of a shot's weather, and of what else floats in the place's air."""
    jobs: list[Job] = []
    kind, place = setting.shot.weather, setting.shot.place
    if place is Place.UNDERWATER:
        jobs.append(partial(drifting, setting, "bubbles"))
    if kind is Weather.FOG:
        jobs.append(partial(fog, setting))
    if not outdoors:
        return [*jobs, partial(drifting, setting, "motes")] if place in {Place.ROOM, Place.GREENHOUSE} else jobs
    if kind in {Weather.RAIN, Weather.STORM}:
        jobs += [partial(fog, setting, thick=0.5), partial(rain, setting, heavy=kind is Weather.STORM)]
    if kind is Weather.STORM:
        jobs.append(partial(lightning, setting))
    if kind is Weather.SNOW:
        jobs.append(partial(snow, setting))
    if kind is Weather.WIND:
        jobs.append(partial(drifting, setting, "dust" if place in {Place.DESERT, Place.BEACH} else "leaves"))
    return jobs
