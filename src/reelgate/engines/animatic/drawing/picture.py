"""An input picture as the first frame: fitted whole and undistorted, then moved by the camera.

The file was checked before; here it is decoded once per shot into one oversized sheet. `shots` calls it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.camera import Path, View
from reelgate.engines.animatic.drawing.colour import Floats, Grade, Plane, bytes_to_yuv, to_yuv
from reelgate.engines.animatic.drawing.frame import Shown
from reelgate.engines.animatic.drawing.kernel import Shine
from reelgate.engines.animatic.drawing.painter import dithered
from reelgate.engines.animatic.drawing.setting import Job, Setting
from reelgate.engines.animatic.drawing.sheet import MARGIN, Sheet
from reelgate.engines.animatic.drawing.stage import Element, Layer, Moment, Veneer, faded
from reelgate.engines.animatic.scene import Camera

#: Pictures whose shape differs less than this share from the frame's are cut to it; others get a soft surround.
CUT_MAX = 0.06


def read_picture(path: FilePath) -> Plane:
    """Decode an upright picture to BGR bytes (rows, columns, 3); see-through parts lie on white.

    Raises OSError where the file cannot be read or decoded.
    """
    raw = np.frombuffer(path.read_bytes(), np.uint8)
    image = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED) if raw.size else None
    if image is None:
        raise OSError(f"not a picture that can be decoded: {path.name}")
    return to_opaque(to_bytes(image))


def to_bytes(image: Plane) -> Plane:
    """Give a decoded picture in 8 bits a channel."""
    return cv2.convertScaleAbs(image, alpha=1 / 257) if image.dtype == np.uint16 else image


def to_opaque(image: Plane) -> Plane:
    """Give decoded bytes of any number of channels as BGR; see-through parts lie on white."""
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    if image.shape[2] == 4:
        alpha = image[..., 3:].astype(np.float32) / 255
        return np.asarray(image[..., :3] * alpha + 255 * (1 - alpha), dtype=np.uint8)
    return image


def fitted(image: Plane, width: int, height: int) -> Plane:
    """Fit a picture into width x height undistorted: cut where shapes nearly agree, else on a soft surround."""
    rows, columns = image.shape[:2]
    cover, contain = max(width / columns, height / rows), min(width / columns, height / rows)
    if cover / contain - 1.0 <= CUT_MAX:
        return _scaled_cut(image, cover, width, height)
    inner_w, inner_h = min(width, round(columns * contain)), min(height, round(rows * contain))
    box = ((width - inner_w) // 2, (height - inner_h) // 2, inner_w, inner_h)
    surround = _surround(image, (width, height), box)
    surround[box[1] : box[1] + inner_h, box[0] : box[0] + inner_w] = _scaled(image, inner_w, inner_h)
    return surround


def _surround(image: Plane, size: tuple[int, int], box: tuple[int, int, int, int]) -> Plane:
    """Give a picture that fills a frame, out of focus and dim, with the shadow of what lies on it in a box."""
    width, height = size
    tiny = _scaled_cut(
        image, max(width / image.shape[1], height / image.shape[0]) / 16, max(2, width // 16), max(2, height // 16)
    )
    blurred = cv2.GaussianBlur(tiny, (0, 0), max(1.0, min(tiny.shape[:2]) / 9))
    # All of it is soft: a quarter of the size is enough.
    small = (max(2, width // 4), max(2, height // 4))
    light = 0.66 - 0.66 * 0.45 * _shadow(size, small, box)
    dim = cv2.resize(blurred.astype(np.float32), small, interpolation=cv2.INTER_CUBIC) * light[..., None]
    return cv2.resize(dim, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _shadow(size: tuple[int, int], small: tuple[int, int], box: tuple[int, int, int, int]) -> Floats:
    """Give the shadow around a box of a frame, in a smaller size: 0 to 1."""
    left, top, width, height = box
    mask = np.zeros((size[1], size[0]), np.uint8)
    mask[top : top + height, left : left + width] = 255
    shrunk = cv2.resize(mask, small, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cv2.GaussianBlur(shrunk, (0, 0), max(4, min(size) // 40) / 4)


def _scaled(image: Plane, width: int, height: int) -> Plane:
    shrinks = image.shape[1] > width
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _scaled_cut(image: Plane, scale: float, width: int, height: int) -> Plane:
    rows, columns = image.shape[:2]
    big = _scaled(image, max(width, round(columns * scale)), max(height, round(rows * scale)))
    top, left = (big.shape[0] - height) // 2, (big.shape[1] - width) // 2
    return np.ascontiguousarray(big[top : top + height, left : left + width])


def to_planes(setting: Setting, bgr: Plane) -> tuple[Plane, Plane, Plane]:
    """Turn BGR bytes into graded limited-range BT.709 planes, chroma halved."""
    return plain_planes(bgr, setting.grade)


def plain_planes(bgr: Plane, grade: Grade | None = None) -> tuple[Plane, Plane, Plane]:
    """Turn BGR bytes into limited-range BT.709 planes, chroma halved, with a grade or as they are."""
    if grade is None:
        yuv = bytes_to_yuv(bgr)
    else:
        rgb: Floats = bgr[..., ::-1].astype(np.float32) / 255
        yuv = to_yuv(grade(rgb))
    half = cv2.resize(yuv, (yuv.shape[1] // 2, yuv.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return (
        np.clip(yuv[..., 0] + 0.5, 0, 255).astype(np.uint8),
        dithered(half[..., 1]),
        dithered(half[..., 2]),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PicturePath:
    """A camera over a flat picture: begins with the whole picture, then moves without ever leaving it."""

    path: Path

    @property
    def wanders(self) -> bool:
        """Say no: past its end it would leave the picture."""
        return False

    def speed(self, depth: float) -> float:
        """Give the frame heights a second by which the camera ever moves what it shows of a depth: all, or nothing."""
        del depth
        return 0.0 if self.path.camera is Camera.STATIC else math.inf

    def at(self, u: float) -> View:
        """Give the view at u, 0 for the first moment and 1 for the last."""
        camera, amount = self.path.camera, min(1.35, self.path.amount)
        eased = u * u * (3 - 2 * u)
        zooms = {
            Camera.STATIC: 1.0,
            Camera.DRIFT: 1 + 0.09 * amount * u,
            Camera.PUSH_IN: 1 + 0.26 * amount * eased,
            Camera.PULL_OUT: 1 - 0.13 * amount * eased,
        }
        if camera in zooms:
            return View(zoom=zooms[camera], lens=1.0)
        if camera is Camera.ROLL:
            return View(zoom=1 + 0.3 * min(1.0, u * 2.2), roll=0.13 * amount * eased, lens=1.0)
        if camera is Camera.HANDHELD:
            wander = self.path.at(u)
            ramp = min(1.0, u * 6)
            return View(zoom=1 + 0.05 * ramp, x=wander.x * ramp, y=wander.y * ramp, lens=1.0, follow=1.0)
        dx, dy = _DIRECTIONS[camera]
        # Coming closer first makes room to travel: 0.9 of it is used, so that edges never show.
        zoom = 1 + 0.22 * amount * min(1.0, eased * 1.6)
        room_x, room_y = (1 - 1 / zoom) * self.path.aspect / 2 * 0.9, (1 - 1 / zoom) / 2 * 0.9
        return View(zoom=zoom, x=dx * room_x * eased, y=dy * room_y * eased, lens=1.0, follow=1.0)


_DIRECTIONS: dict[Camera, tuple[float, float]] = {
    Camera.PAN_LEFT: (-1.0, 0.0),
    Camera.TRUCK_LEFT: (-1.0, 0.0),
    Camera.PAN_RIGHT: (1.0, 0.0),
    Camera.TRUCK_RIGHT: (1.0, 0.0),
    Camera.TILT_UP: (0.0, -1.0),
    Camera.CRANE_UP: (0.0, -1.0),
    Camera.TILT_DOWN: (0.0, 1.0),
    Camera.CRANE_DOWN: (0.0, 1.0),
    Camera.ORBIT: (0.8, -0.2),
}
#: Texture pixels per frame pixel: keeps a zoomed picture crisp.
_SCALE = 1.15
#: Share of the frame that is added on each side, for a camera that pulls out.
_EXTRA = 0.12


def picture_sheet(setting: Setting, image: Plane) -> Sheet:
    """Give the fitted picture as an opaque sheet, with blurred reflections beyond its edges."""
    ppu = setting.height * (_SCALE if setting.shot.camera is not Camera.STATIC else 1.0)
    width, height = round(setting.height * setting.aspect * ppu / setting.height) & ~1, round(ppu) & ~1
    frame = fitted(image, width, height)
    pad = MARGIN
    if setting.shot.camera is Camera.PULL_OUT:
        pad = MARGIN + (round(_EXTRA * max(width, height)) & ~1)
        wide = cv2.copyMakeBorder(frame, pad, pad, pad, pad, cv2.BORDER_REFLECT_101)
        tiny = cv2.resize(wide, (wide.shape[1] // 8, wide.shape[0] // 8), interpolation=cv2.INTER_AREA)
        soft = cv2.resize(cv2.GaussianBlur(tiny, (0, 0), 5), (wide.shape[1], wide.shape[0]))
        canvas = cv2.convertScaleAbs(soft, alpha=0.62)
        canvas[pad : pad + height, pad : pad + width] = frame
    else:
        canvas = cv2.copyMakeBorder(frame, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    y, u, v = to_planes(setting, canvas)
    return Sheet(
        y=y,
        u=u,
        v=v,
        hole=None,
        hole_half=None,
        left=-(width / 2 + pad) / ppu,
        top=0.5 - (height / 2 + pad) / ppu,
        ppu=ppu,
    )


def _sweep(setting: Setting) -> Element:
    """Let a soft band of light cross the picture once or more."""
    height, width = setting.height, round(setting.height * setting.aspect)
    reach = round(width * 0.7)
    xs = np.linspace(-1, 1, reach, dtype=np.float32)[None, :] + np.linspace(0.22, -0.22, 24, dtype=np.float32)[:, None]
    band = np.clip(1 - np.abs(xs) * 1.25, 0, 1) ** 2 * 15
    tall = dithered(cv2.resize(band, (reach, height), interpolation=cv2.INTER_LINEAR))
    period = max(5.0, min(9.0, setting.duration_s))

    def seen(moment: Moment) -> Sequence[Shown]:
        left = round((moment.t % period) / period * (width + reach) * 1.15) - reach
        start, end = max(0, left), min(width, left + reach)
        return () if end - start < 2 else (Shine(0, start, 0, tall[:, start - left : end - left]),)

    return Veneer(seen=seen)


def faded_in(job: Job) -> Element:
    """Let what a job paints come in over the first second, so that the first frame is the picture alone."""
    return faded(job(), lambda moment: moment.index / 24)


def picture_jobs(setting: Setting, image: Plane) -> list[Job]:
    """Give the painting jobs of a picture that fills the frame."""
    return [lambda: Layer(sheet=picture_sheet(setting, image), depth=1.0), partial(_sweep, setting)]
