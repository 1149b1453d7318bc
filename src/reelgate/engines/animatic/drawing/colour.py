"""Colours as floats and their way into limited-range BT.709 planes, with the grade of each look.

It knows no pictures and no scene beyond `Look`; everything that paints asks it for inks.
"""

from collections.abc import Callable

import cv2
import numpy as np
from cv2.typing import MatLike

from reelgate.engines.animatic.scene import Look

#: sRGB, 0 to 1 each.
Colour = tuple[float, float, float]
#: Bytes (rows, columns) and 32-bit floats; OpenCV's own type is all that its stubs promise.
Plane = MatLike
Floats = MatLike
#: Maps RGB floats of shape (..., 3) to the same shape.
Grade = Callable[[Floats], Floats]

_TO_YUV = np.array(
    [
        [0.2126, 0.7152, 0.0722],
        [-0.114572, -0.385428, 0.5],
        [0.5, -0.454153, -0.045847],
    ],
    dtype=np.float32,
) * np.array([[219.0], [224.0], [224.0]], dtype=np.float32)
_ROWS: list[list[float]] = _TO_YUV.astype(np.float64).tolist()
_OFFSET = np.array([16.0, 128.0, 128.0], dtype=np.float32)
_LUMA = np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)


def hexa(code: str) -> Colour:
    """Read "rrggbb" as a colour."""
    return (int(code[0:2], 16) / 255, int(code[2:4], 16) / 255, int(code[4:6], 16) / 255)


def from_bytes(rgb: tuple[int, int, int]) -> Colour:
    """Read 0 to 255 components as a colour."""
    return (rgb[0] / 255, rgb[1] / 255, rgb[2] / 255)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Blend two colours; share 0 is `a`, 1 is `b`."""
    keep = 1.0 - share
    return (a[0] * keep + b[0] * share, a[1] * keep + b[1] * share, a[2] * keep + b[2] * share)


def times(a: Colour, b: Colour, gain: float = 1.0) -> Colour:
    """Multiply two colours, and the product by a gain, clipped to 1."""
    return (min(1.0, a[0] * b[0] * gain), min(1.0, a[1] * b[1] * gain), min(1.0, a[2] * b[2] * gain))


def luminance(colour: Colour) -> float:
    """Tell how bright a colour is, 0 to 1."""
    return colour[0] * 0.2126 + colour[1] * 0.7152 + colour[2] * 0.0722


def to_yuv(rgb: Floats) -> Floats:
    """Turn RGB floats (..., 3) into limited-range Y, U, V floats (..., 3) of 16 to 240."""
    clipped = np.clip(rgb, 0.0, 1.0).astype(np.float32)
    return np.asarray(clipped @ _TO_YUV.T + _OFFSET, dtype=np.float32)


def ink_of(colour: Colour) -> tuple[float, float, float]:
    """Turn one colour into limited-range Y, U, V, as `to_yuv` does with many."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in colour)
    y, u, v = (row[0] * red + row[1] * green + row[2] * blue for row in _ROWS)
    return 16.0 + y, 128.0 + u, 128.0 + v


def bytes_to_yuv(bgr: Plane) -> Floats:
    """Turn BGR bytes (rows, columns, 3) into limited-range Y, U, V floats of the same shape."""
    matrix = np.hstack([_TO_YUV[:, ::-1] / 255, _OFFSET[:, None]]).astype(np.float32)
    return cv2.transform(bgr.astype(np.float32), matrix)


def _luma(rgb: Floats) -> Floats:
    return np.asarray(rgb @ _LUMA, dtype=np.float32)[..., None]


def _contrast(rgb: Floats, amount: float, pivot: float = 0.42) -> Floats:
    return np.asarray(np.clip((rgb - pivot) * amount + pivot, 0.0, 1.0), dtype=np.float32)


def _toned(rgb: Floats, shadow: Colour, light: Colour, share: float) -> Floats:
    luma = _luma(rgb)
    tone = np.asarray(shadow, np.float32) * (1 - luma) + np.asarray(light, np.float32) * luma
    return np.asarray(rgb * (1 - share) + tone * share, dtype=np.float32)


def _natural(rgb: Floats) -> Floats:
    return rgb


#: Leaves colours as they are.
NATURAL: Grade = _natural


def _cinematic(rgb: Floats) -> Floats:
    toned = _toned(rgb, (0.0, 0.13, 0.17), (1.0, 0.86, 0.66), 0.42)
    return _contrast(toned, 1.12, 0.38)


def _noir(rgb: Floats) -> Floats:
    grey = np.repeat(_luma(rgb), 3, axis=-1)
    return _contrast(np.power(grey, 1.12).astype(np.float32), 1.42, 0.4)


def _vintage(rgb: Floats) -> Floats:
    toned = _toned(rgb, (0.2, 0.13, 0.12), (1.0, 0.9, 0.72), 0.5)
    return np.asarray(toned * 0.8 + 0.11, dtype=np.float32)


def _neon(rgb: Floats) -> Floats:
    luma = _luma(rgb)
    ramp = np.array(
        [[0.03, 0.01, 0.1], [0.26, 0.02, 0.42], [0.95, 0.1, 0.62], [0.3, 0.85, 1.0], [0.9, 1.0, 1.0]], np.float32
    )
    place = np.array([0.0, 0.25, 0.5, 0.78, 1.0])
    tone = np.concatenate([np.interp(luma, place, ramp[:, index]) for index in range(3)], axis=-1)
    return np.asarray(rgb * 0.3 + tone * 0.7, dtype=np.float32)


def _pastel(rgb: Floats) -> Floats:
    luma = _luma(rgb)
    soft = luma + (rgb - luma) * 0.72
    return np.asarray(0.34 + soft * 0.64 + np.array([0.02, 0.0, 0.02], np.float32), dtype=np.float32)


def _watercolor(rgb: Floats) -> Floats:
    luma = _luma(rgb)
    vivid = luma + (rgb - luma) * 1.12
    paper = np.array([0.98, 0.96, 0.91], np.float32)
    return np.asarray(paper * (0.2 + 0.82 * np.clip(vivid, 0, 1) ** 0.8), dtype=np.float32)


def _dreamy(rgb: Floats) -> Floats:
    lifted = np.clip(rgb, 0, 1) ** 0.82
    return np.asarray(lifted * 0.86 + np.array([0.13, 0.1, 0.14], np.float32), dtype=np.float32)


_GRADES: dict[Look, Grade] = {
    Look.NATURAL: _natural,
    Look.CINEMATIC: _cinematic,
    Look.NOIR: _noir,
    Look.VINTAGE: _vintage,
    Look.NEON: _neon,
    Look.PASTEL: _pastel,
    Look.WATERCOLOR: _watercolor,
    Look.DREAMY: _dreamy,
}


def grade_of(look: Look) -> Grade:
    """Give the look's grade: a pure map over RGB floats."""
    return _GRADES[look]
