"""A video file as frames of ours: any frame by its number, at 24 a second and in the size that is wanted.

Decoding goes segment by segment in whatever threads ask, and keeps one frame of each. It knows nothing of scenes.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from reelgate.engines.animatic.drawing.colour import Plane
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.drawing.picture import fitted
from reelgate.engines.animatic.encode import FPS, SAMPLE_RATE, SEGMENT
from reelgate.engines.animatic.render import write_thumbnail

#: A path never becomes a URL, and a playlist leads nowhere.
_OPTIONS = {"protocol_whitelist": "file"}
#: Shapes that differ by less than this share are stretched onto one another.
_SAME_SHAPE = 0.01
_ITU709, _ITU601, _UNSAID = 1, 5, 2
_MPEG, _JPEG = 1, 2
#: How frames are scaled: sharply, without a shade of error, and alike on every machine.
_SCALER = int(
    Interpolation.LANCZOS | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.BITEXACT
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What a video file is."""

    #: As shown, upright.
    width: int
    height: int
    #: Frames that it lasts at `FPS`.
    frames: int
    has_audio: bool
    tags: dict[str, str]


def look_at(path: Path, length_s: float | None = None) -> Facts:
    """Read what a file is, which may be known to last `length_s`.

    Raises av.FFmpegError or OSError where it is no video.
    """
    with av.open(str(path), options=_OPTIONS) as container:
        video = container.streams.video[0]
        length = Fraction(container.duration or 0, 1_000_000)
        if video.duration and video.time_base:
            length = video.duration * video.time_base
        if length_s is not None:
            length = Fraction(length_s)
        first = next(container.decode(video))
        width, height = first.width, first.height
        if first.rotation % 180:
            width, height = height, width
        return Facts(
            width=width,
            height=height,
            frames=max(1, round(length * FPS)),
            has_audio=bool(container.streams.audio),
            tags=dict(container.metadata),
        )


def write_still(path: Path, picture: Path) -> None:
    """Write the thumbnail of a file: the frame a third in."""
    facts = look_at(path)
    frame = Frame(facts.width & ~1, facts.height & ~1)
    footage = Footage(path, facts)
    footage.draw(frame, facts.frames // 3)
    footage.close()
    write_thumbnail(frame, picture)


class Footage:
    """Draws frames of a file. Safe for many threads, each of which asks for a segment's frames in their order."""

    def __init__(self, path: Path, facts: Facts) -> None:
        self._path = path
        self._facts = facts
        self._lock = threading.Lock()
        self._readers: dict[int, _Reader] = {}

    def draw(self, frame: Frame, index: int) -> None:
        """Draw the file's frame number `index`, fitted into the frame."""
        with self._lock:
            reader = self._readers.pop(index // SEGMENT, None)
        reader = reader or _Reader(self._path, index)
        np.copyto(frame.buffer, _planes(reader.at(index), frame.width, frame.height))
        if (index + 1) % SEGMENT and index + 1 < self._facts.frames:
            with self._lock:
                self._readers[index // SEGMENT] = reader
        else:
            reader.close()

    def picture(self, index: int) -> Plane:
        """Give one frame as BGR bytes, upright."""
        reader = _Reader(self._path, index)
        try:
            return _bgr(reader.at(index))
        finally:
            reader.close()

    def close(self) -> None:
        """Let go of what threads have left open."""
        with self._lock:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()


class _Reader:
    """Decodes a file from some frame on."""

    def __init__(self, path: Path, index: int) -> None:
        self._container = av.open(str(path), options=_OPTIONS)
        self._video = self._container.streams.video[0]
        self._video.codec_context.thread_count = 1
        self._begin = Fraction(self._video.start_time or 0) * (self._video.time_base or 1)
        if index:
            wanted = (Fraction(index, FPS) + self._begin) / (self._video.time_base or 1)
            self._container.seek(int(wanted), stream=self._video, backward=True)
        self._decoded: Iterator[VideoFrame] = iter(self._container.decode(self._video))
        self._shown: VideoFrame | None = None
        self._then = -1 / Fraction(self._video.average_rate or FPS)
        self._next = next(self._decoded, None)

    def at(self, index: int) -> VideoFrame:
        """Give the frame that is shown at a moment; the last one for all that come after it."""
        # Half a frame late, so that times that were rounded do not show a frame twice.
        moment = Fraction(2 * index + 1, 2 * FPS)
        while self._next is not None and (self._shown is None or self._time(self._next) <= moment):
            self._then = self._time(self._next)
            self._shown, self._next = self._next, next(self._decoded, None)
        if self._shown is None:
            raise av.InvalidDataError(0, "no frame can be decoded")
        return self._shown

    def close(self) -> None:
        self._container.close()

    def _time(self, frame: VideoFrame) -> Fraction:
        if frame.pts is None:
            # Some containers give a time to a few frames alone; the others follow them evenly.
            return self._then + 1 / Fraction(self._video.average_rate or FPS)
        return Fraction(frame.pts) * Fraction(frame.time_base or 1) - self._begin


def _planes(picture: VideoFrame, width: int, height: int) -> NDArray[np.uint8]:
    """Give a decoded frame as I420 of a size: as it is, scaled by Lanczos, or fitted onto a soft surround."""
    turned = picture.rotation % 360
    shape = picture.width / picture.height
    if not turned and abs(shape * height / width - 1) <= _SAME_SHAPE:
        if (picture.width, picture.height, picture.format.name) == (width, height, "yuv420p"):
            return np.asarray(picture.to_ndarray(), dtype=np.uint8)
        scaled = picture.reformat(width=width, height=height, format="yuv420p", **_OURS, **_colours(picture))
        return np.asarray(scaled.to_ndarray(), dtype=np.uint8)
    bgr: NDArray[np.uint8] = np.ascontiguousarray(fitted(_bgr(picture), width, height), dtype=np.uint8)
    whole = VideoFrame.from_ndarray(bgr, format="bgr24")
    out = whole.reformat(format="yuv420p", **_OURS)
    return np.asarray(out.to_ndarray(), dtype=np.uint8)


_OURS: dict[str, Any] = {"dst_colorspace": _ITU709, "dst_color_range": _MPEG, "interpolation": _SCALER}


def _colours(picture: VideoFrame) -> dict[str, Any]:
    """Give what a frame's numbers mean; where the file does not say, what players assume."""
    space = picture.colorspace if picture.colorspace != _UNSAID else (_ITU709 if picture.height >= 720 else _ITU601)
    return {"src_colorspace": space, "src_color_range": _JPEG if picture.color_range == _JPEG else _MPEG}


def _bgr(picture: VideoFrame) -> Plane:
    full = picture.reformat(format="bgr24", interpolation=_SCALER, dst_color_range=_JPEG, **_colours(picture))
    bgr = np.asarray(full.to_ndarray(), dtype=np.uint8)
    turns = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}
    turn = turns.get(picture.rotation % 360)
    return bgr if turn is None else np.asarray(cv2.rotate(bgr, turn), dtype=np.uint8)


def heard(path: Path, length: int) -> Iterator[NDArray[np.float32]]:
    """Yield a file's sound as stereo blocks (2, n) at 48 kHz, `length` samples in all: silence where it has none."""
    left = length
    with av.open(str(path), options=_OPTIONS) as container:
        for block in _resampled(container):
            piece = block[:, :left]
            if piece.shape[1]:
                yield piece
            left -= piece.shape[1]
            if left == 0:
                return
    while left:
        silence = np.zeros((2, min(left, SAMPLE_RATE)), np.float32)
        yield silence
        left -= silence.shape[1]


def _resampled(container: Any) -> Iterator[NDArray[np.float32]]:
    if not container.streams.audio:
        return
    resampler = AudioResampler(format="fltp", layout="stereo", rate=SAMPLE_RATE)
    for frame in container.decode(container.streams.audio[0]):
        yield from _blocks(resampler.resample(frame))
    yield from _blocks(resampler.resample(None))


def _blocks(frames: list[AudioFrame]) -> Iterator[NDArray[np.float32]]:
    for frame in frames:
        yield np.asarray(frame.to_ndarray(), dtype=np.float32)
