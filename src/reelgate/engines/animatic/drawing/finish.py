"""The last touch over a whole frame: vignette, letterbox, paper and grain of each look. Fixed to the screen.

Painted once per shot, laid by one multiplication per frame.
"""

from functools import partial

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.colour import Floats, Plane
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.drawing.kernel import Wash
from reelgate.engines.animatic.drawing.setting import Job, Setting
from reelgate.engines.animatic.drawing.stage import Moment, Veneer, painted
from reelgate.engines.animatic.scene import Look

_VIGNETTE: dict[Look, float] = {
    Look.NATURAL: 0.0,
    Look.CINEMATIC: 0.24,
    Look.NOIR: 0.42,
    Look.VINTAGE: 0.34,
    Look.NEON: 0.3,
    Look.PASTEL: 0.0,
    Look.WATERCOLOR: 0.0,
    Look.DREAMY: 0.08,
}


def letterbox_rows(setting: Setting) -> int:
    """Give the rows of each black bar, even; 0 for none."""
    if setting.shot.look is not Look.CINEMATIC:
        return 0
    width = setting.height * setting.aspect
    wanted = width / 2.2 if setting.aspect > 1.2 else setting.height * 0.88
    return max(0, round((setting.height - wanted) / 2)) & ~1


def _shade(setting: Setting) -> Plane:
    """Give what each pixel lacks of its light, 255 for all of it."""
    height, width = setting.height, round(setting.height * setting.aspect)
    strength = _VIGNETTE[setting.shot.look]
    xs, ys = np.linspace(-1, 1, 64, dtype=np.float32), np.linspace(-1, 1, 48, dtype=np.float32)
    distance = (xs[None, :] ** 2 * 0.9 + ys[:, None] ** 2 * 0.75) / 1.65
    light: Floats = cv2.resize(
        np.asarray(1.0 - strength * distance**1.6, dtype=np.float32), (width, height), interpolation=cv2.INTER_LINEAR
    )
    rng = setting.rng("paper")
    if setting.shot.look is Look.WATERCOLOR:
        light = cv2.multiply(light, _paper(rng, height, width))
    noise = rng.random((height, width), dtype=np.float32)
    return np.asarray(255 - np.clip(light * 255 + noise - 0.5, 0, 255), dtype=np.uint8)


def _paper(rng: np.random.Generator, height: int, width: int) -> Plane:
    """Make paper: fine tooth, and pigment that pooled in soft patches."""
    tooth: Floats = rng.standard_normal((height // 2, width // 2), dtype=np.float32)
    tooth = cv2.GaussianBlur(tooth, (0, 0), 1.1)
    fine = cv2.resize(tooth, (width, height), interpolation=cv2.INTER_LINEAR) * 0.07
    patches = cv2.resize(
        rng.standard_normal((14, 22), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    xs, ys = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    edge = np.clip(np.maximum(np.abs(xs)[None, :], np.abs(ys)[:, None]) * 14 - 13.1, 0, 1)
    return np.asarray(np.clip(0.955 + fine + patches * 0.022 + edge * 0.1, 0.7, 1.0), dtype=np.float32)


def _vignette(setting: Setting) -> Veneer:
    shade = Wash(0, 0, 0, _shade(setting), 0)
    return Veneer(seen=lambda _: (shade,))


def _grain(setting: Setting) -> Veneer:
    """Let film grain dance, and the light flicker a little."""
    rng = setting.rng("grain")
    height, width = setting.height, round(setting.height * setting.aspect)
    noise = rng.standard_normal((height // 2 + 64, width // 2 + 64), dtype=np.float32)
    big = cv2.resize(noise, (width + 128, height + 128), interpolation=cv2.INTER_LINEAR)
    bright, dark = np.clip(big * 7, 0, 40).astype(np.uint8), np.clip(-big * 7, 0, 40).astype(np.uint8)
    spots = rng.integers(0, 128, (97, 2))

    def paint(frame: Frame, moment: Moment) -> None:
        x, y = (int(value) for value in spots[(moment.index // 2) % 97])
        cv2.add(frame.y, bright[y : y + height, x : x + width], dst=frame.y)
        cv2.subtract(frame.y, dark[y : y + height, x : x + width], dst=frame.y)

    return painted(paint)


def _bloom(setting: Setting) -> Veneer:
    """Let light spill: a small blurred copy of the brightest parts, added back."""
    del setting

    def paint(frame: Frame, moment: Moment) -> None:
        del moment
        small = cv2.resize(frame.y, (frame.width // 8, frame.height // 8), interpolation=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(cv2.convertScaleAbs(cv2.max(small, np.full_like(small, 110)), beta=-110), (0, 0), 5)
        glow = frame.spare("glow", frame.y.shape, np.uint8)
        cv2.resize(soft, (frame.width, frame.height), dst=glow, interpolation=cv2.INTER_LINEAR)
        cv2.addWeighted(frame.y, 1.0, glow, 0.55, 0, dst=frame.y)

    return painted(paint)


def _bars(setting: Setting) -> Veneer:
    rows = letterbox_rows(setting)

    def paint(frame: Frame, moment: Moment) -> None:
        del moment
        for plane, value, cut in ((frame.y, 16, rows), (frame.u, 128, rows // 2), (frame.v, 128, rows // 2)):
            plane[:cut] = value
            plane[plane.shape[0] - cut :] = value

    return painted(paint)


def finish_jobs(setting: Setting) -> list[Job]:
    """Give the painting jobs of a look's last touch, to be laid below letters."""
    look = setting.shot.look
    jobs: list[Job] = []
    if look in {Look.DREAMY, Look.NEON}:
        jobs.append(partial(_bloom, setting))
    if _VIGNETTE[look] > 0 or look is Look.WATERCOLOR:
        jobs.append(partial(_vignette, setting))
    if look is Look.VINTAGE:
        jobs.append(partial(_grain, setting))
    if letterbox_rows(setting):
        jobs.append(partial(_bars, setting))
    return jobs
