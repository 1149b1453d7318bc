"""Letters: titles, the watermark and the corner mark, set once and laid on frames.

The font is the one inside OpenCV, which covers Latin, Greek, Cyrillic, Arabic and CJK; what it cannot show is left out.
"""

import threading
import unicodedata
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.frame import Frame, Shown
from reelgate.engines.animatic.drawing.kernel import Wash
from reelgate.engines.animatic.drawing.stage import Moment

WATERMARK_MAX = 64
_ALLOWED = (
    (0x20, 0x7E),
    (0xA0, 0x24F),
    (0x370, 0x52F),
    (0x600, 0x6FF),
    (0x1E00, 0x1FFF),
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x20A0, 0x20BF),
    (0x3000, 0x30FF),
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3),
    (0xFF00, 0xFFEF),
)
_CLOSING = frozenset("、。，．：；！？」』）〕］｝》〉ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ")
_OPENING = frozenset("「『（〔［｛《〈")
_FONTS: list[cv2.FontFace] = []
_FONT_LOCK = threading.Lock()


def printable(text: str, limit: int) -> str:
    """Keep what the font can show, on one line, at most `limit` characters."""
    joined = " ".join(unicodedata.normalize("NFC", text).split())
    kept = "".join(letter for letter in joined if any(low <= ord(letter) <= high for low, high in _ALLOWED))
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def warm_up() -> None:
    """Load the font, which takes some 20 ms once in a process: a parent may do so before it forks."""
    lettering("a", 16, 500)


def lettering(text: str, size: int, weight: int, *, spacing: float = 0.0) -> Plane:
    """Set one line as a mask, 0 to 255, `size` pixels high in its capitals' line; trimmed, with even sides."""
    canvas = np.zeros((size * 3, int(size * (len(text) * (1.3 + spacing) + 4))), np.uint8)
    with _FONT_LOCK:
        # The font keeps the weight that was last asked for, so that only one thread may use it at a time.
        if not _FONTS:
            _FONTS.append(cv2.FontFace("sans"))
        if spacing > 0:
            x = size
            for letter in text:
                end = cv2.putText(canvas, letter, (x, size * 2), (255,), _FONTS[0], size, weight)[0][0]
                x = end + round(size * spacing)
        else:
            cv2.putText(canvas, text, (size, size * 2), (255,), _FONTS[0], size, weight)
    columns = np.flatnonzero(canvas.max(axis=0))
    if not len(columns):
        return np.zeros((2, 2), np.uint8)
    rows = np.flatnonzero(canvas.max(axis=1))
    top, bottom = min(rows[0], size), max(rows[-1] + 1, int(size * 2.3))
    cut = canvas[top:bottom, max(0, columns[0] - 1) : columns[-1] + 2]
    return np.pad(cut, ((0, cut.shape[0] % 2), (0, cut.shape[1] % 2)))


def _washes(mask: Plane, left: int, top: int, luma: int) -> list[Shown]:
    """Give letters of one luma, neutral in colour, from a mask of even size at an even place."""
    half = cv2.resize(mask, (mask.shape[1] // 2, mask.shape[0] // 2), interpolation=cv2.INTER_AREA)
    colour = [Wash(plane, left // 2, top // 2, half, 128) for plane in (1, 2)]
    return [Wash(0, left, top, mask, luma), *colour]


def without_corners(bgr: Plane, marks: Sequence[str], watermark: str | None) -> Plane:
    """Fill the places of corner lines in a frame with what is around them; the look's bars are not counted in."""
    height, width = bgr.shape[:2]
    frames = [Frame(width & ~1, height & ~1) for _ in range(2)]
    for frame, level in zip(frames, (0, 255), strict=True):
        frame.buffer[:] = level
        for text, right in (*((mark, True) for mark in marks), (printable(watermark or "", WATERMARK_MAX), False)):
            if text:
                frame.draw(corner(text, frame.width, frame.height, right=right))
    covered = cv2.bitwise_not(cv2.subtract(frames[1].y, frames[0].y))
    mask = cv2.dilate((covered > 6).astype(np.uint8), np.ones((3, 3), np.uint8))
    ys, xs = np.nonzero(mask)
    if not len(ys):
        return bgr
    # Only the lines' surroundings: filling in looks at every pixel that it is given.
    out = bgr.copy()
    for left, right in ((0, width // 2), (width // 2, width)):
        inside = (xs >= left) & (xs < right)
        if inside.any():
            box = (
                slice(max(0, ys[inside].min() - 12), ys[inside].max() + 12),
                slice(max(0, xs[inside].min() - 12), xs[inside].max() + 12),
            )
            piece = mask[box]
            out[box] = cv2.inpaint(out[box][: piece.shape[0], : piece.shape[1]], piece, 4, cv2.INPAINT_TELEA)
    return out


def corner(text: str, width: int, height: int, *, right: bool, lift: int = 0) -> list[Shown]:
    """Set a small modest line in a lower corner, with a soft shadow for bright grounds."""
    short = min(width, height)
    size = max(11, round(short * (0.021 if right else 0.026)))
    mask = lettering(text, size, 500 if right else 600, spacing=0.06 if right else 0.0)
    room = int(width * 0.62)
    if mask.shape[1] > room:
        scale = room / mask.shape[1]
        mask = cv2.resize(mask, (room & ~1, max(2, int(mask.shape[0] * scale)) & ~1), interpolation=cv2.INTER_AREA)
    pad = size & ~1
    letters = np.pad(mask, pad)
    shadow = cv2.convertScaleAbs(cv2.GaussianBlur(letters, (0, 0), size * 0.22), alpha=0.55)
    letters = cv2.convertScaleAbs(letters, alpha=0.62 if right else 0.8)
    edge = round(short * 0.03)
    left = width - edge - mask.shape[1] - pad if right else edge - pad
    top = height - lift - edge - mask.shape[0] - pad
    left, top = max(0, left) & ~1, max(0, top) & ~1
    tall, wide = min(letters.shape[0], height - top) & ~1, min(letters.shape[1], width - left) & ~1
    shadow, letters = shadow[:tall, :wide], letters[:tall, :wide]
    return [*_washes(shadow, left, top, 20), *_washes(letters, left, top, 233)]


def breakable(text: str) -> list[str]:
    """Cut a title where a line may end: after spaces, and between signs of East Asia but before closing ones."""
    pieces: list[str] = []
    for letter in text:
        sign = "\u2e80" <= letter < "\uac00" and letter not in _CLOSING
        if not pieces or pieces[-1].endswith(" ") or (sign and pieces[-1][-1] not in _OPENING):
            pieces.append(letter)
        else:
            pieces[-1] += letter
    return pieces


def _wrapped_lines(text: str, size: int, room: int) -> list[Plane]:
    """Set a title in at most three lines that fit a width."""
    lines: list[str] = []
    for word in breakable(text):
        joined = f"{lines[-1]}{word}" if lines else word
        if lines and lettering(joined.strip(), size, 700).shape[1] > room:
            lines.append(word)
        elif lines:
            lines[-1] = joined
        else:
            lines.append(word)
    return [lettering(line.strip(), size, 700) for line in lines[:3]]


def _block(text: str, width: int, height: int) -> Plane:
    """Set a whole title as one mask, in a size that leaves safe margins."""
    room = int(width * 0.8)
    size = int(min(height * 0.105, width * 0.1))
    lines = _wrapped_lines(text, size, room)
    while size > 14 and (max(line.shape[1] for line in lines) > room or len(lines) > 2):
        size = int(size * 0.88)
        lines = _wrapped_lines(text, size, room)
    gap = int(size * 0.18) & ~1
    wide = max(line.shape[1] for line in lines)
    rows = []
    for line in lines:
        spare = wide - line.shape[1]
        rows.append(np.pad(line, ((gap, gap), (spare // 2, spare - spare // 2))))
    pad = size // 2 & ~1
    return np.pad(np.vstack(rows), pad)


def title(
    text: str, width: int, height: int, *, span: tuple[float, float], low: bool
) -> Callable[[Moment], Sequence[Shown]]:
    """Set a title that fades in, rises a little, and fades out; span is its first and last second."""
    mask = _block(text, width, height)
    tall, wide = min(mask.shape[0], height) & ~1, min(mask.shape[1], width) & ~1
    mask = mask[:tall, :wide]
    spread = cv2.GaussianBlur(mask, (0, 0), max(2.0, height * 0.012))
    shadow = cv2.convertScaleAbs(cv2.max(spread, cv2.GaussianBlur(mask, (0, 0), height * 0.003)), alpha=0.72)
    left = ((width - wide) // 2) & ~1
    rest = int(height * (0.8 if low else 0.42) - tall / 2)
    start, end = span
    fade = min(0.7, (end - start) / 4)

    def seen(moment: Moment) -> Sequence[Shown]:
        if not start <= moment.t <= end:
            return ()
        share = max(0.0, min(1.0, (moment.t - start) / fade, (end - moment.t) / fade))
        share = share * share * (3 - 2 * share)
        if share <= 0.01:
            return ()
        rise = int((1 - min(1.0, (moment.t - start) / (fade * 1.6))) ** 2 * height * 0.02)
        top = max(0, min(height - tall, rest + rise)) & ~1
        dim, bright = cv2.convertScaleAbs(shadow, alpha=share), cv2.convertScaleAbs(mask, alpha=share)
        return [*_washes(dim, left, top, 18), *_washes(bright, left, top, 235)]

    return seen
