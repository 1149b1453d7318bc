"""From drawn frames to an MP4: fixed two-second segments, one x264 thread each, joined in order, with AAC beside.

Segments are encoded in parallel and muxed in order, so the bytes do not depend on the number of workers. Frames are
never held: a segment's worker draws into one buffer. It knows nothing of scenes; `render` calls it.
"""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from reelgate.engines.animatic.drawing.sheet import Frame

FPS = 24
#: Frames of a closed group of pictures: two seconds.
SEGMENT = 48
SAMPLE_RATE = 48_000
_AAC_BITS = 128_000

X264 = (
    "bframes=0:subme=1:trellis=0:ref=1:keyint=48:min-keyint=48:scenecut=0:open-gop=0:threads=1:"
    "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv"
)

#: Draws frame number n (0 first) of the video.
Draw = Callable[[Frame, int], None]
#: libav's packets; the stub makes their class generic, which it is not at run time.
Packets = list[Any]
Blocks = Iterator[NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reel:
    """What the file is to be."""

    path: Path
    width: int
    height: int
    frames: int
    tags: dict[str, str]


def set_up(context: Any, width: int, height: int) -> None:
    """Give a codec context the house settings."""
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, FPS)
    context.framerate = Fraction(FPS)
    context.thread_count = 1
    context.flags |= Flags.global_header
    context.color_primaries, context.color_trc, context.colorspace, context.color_range = 1, 1, 1, 1
    context.options = {"preset": "veryfast", "crf": "23", "x264-params": X264}


def encode_segment(draw: Draw, first: int, count: int, frame: Frame, drawn: Callable[[], None]) -> Packets:
    """Draw and encode frames first to first + count as one closed group; packets carry their place in the video."""
    context: Any = VideoCodecContext.create("libx264", "w")
    set_up(context, frame.width, frame.height)
    packets: Packets = []
    picture = VideoFrame.from_numpy_buffer(frame.buffer, format="yuv420p")
    picture.time_base = context.time_base
    for index in range(first, first + count):
        draw(frame, index)
        picture.pts = index
        packets += context.encode(picture)
        drawn()
    packets += context.encode(None)
    return packets


class _Sound:
    """Encodes blocks of samples up to a time, in step with the picture."""

    def __init__(self, stream: Any, blocks: Blocks) -> None:
        self._stream = stream
        self._blocks = blocks
        self._samples = 0
        self._ended = False

    def until(self, seconds: float) -> Packets:
        """Encode what is needed to be `seconds` into the sound."""
        packets: Packets = []
        while not self._ended and self._samples < seconds * SAMPLE_RATE:
            block = next(self._blocks, None)
            if block is None:
                return packets + self.rest()
            packets += self._encoded(block)
        return packets

    def rest(self) -> Packets:
        """Encode all that is left and end."""
        packets: Packets = []
        if not self._ended:
            for block in self._blocks:
                packets += self._encoded(block)
            packets += self._stream.encode(None)
            self._ended = True
        return packets

    def _encoded(self, block: NDArray[np.float32]) -> Packets:
        samples = AudioFrame.from_ndarray(np.ascontiguousarray(block, np.float32), format="fltp", layout="stereo")
        samples.sample_rate = SAMPLE_RATE
        samples.pts = self._samples
        samples.time_base = Fraction(1, SAMPLE_RATE)
        self._samples += block.shape[1]
        return list(self._stream.encode(samples))


class _Count:
    """Counts drawn frames; increments come from worker threads, one writer a slot."""

    def __init__(self, slots: int) -> None:
        self._slots = [0] * slots

    def adder(self, slot: int) -> Callable[[], None]:
        def add() -> None:
            self._slots[slot] += 1

        return add

    @property
    def total(self) -> int:
        return sum(self._slots)


def encode_reel(
    reel: Reel,
    draw: Draw,
    *,
    sound: Blocks | None,
    pool: ThreadPoolExecutor,
    workers: int,
    report: Callable[[int], None],
) -> None:
    """Write the whole file; `report` gets the number of frames drawn so far, from the calling thread only."""
    starts = deque(range(0, reel.frames, SEGMENT))
    count = _Count(len(starts))
    free = [Frame(reel.width, reel.height) for _ in range(workers)]
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(reel.path), "w", format="mp4", options=options) as container:
        container.metadata.update(reel.tags)
        video: Any = container.add_stream("libx264", rate=FPS)
        set_up(video.codec_context, reel.width, reel.height)
        track = None
        if sound is not None:
            audio: Any = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", format="fltp")
            audio.codec_context.bit_rate = _AAC_BITS
            audio.codec_context.flags |= Flags.bitexact
            track = _Sound(audio, sound)
        container.start_encoding()
        running: deque[tuple[Future[Packets], Frame, int]] = deque()

        def start_next() -> None:
            first, frame = starts.popleft(), free.pop()
            length = min(SEGMENT, reel.frames - first)
            adder = count.adder(first // SEGMENT)
            running.append((pool.submit(encode_segment, draw, first, length, frame, adder), frame, first + length))

        try:
            while starts or running:
                while starts and free:
                    start_next()
                future, frame, end = running.popleft()
                while not wait([future], timeout=0.15).done:
                    report(count.total)
                for packet in future.result():
                    packet.stream = video
                    container.mux_one(packet)
                free.append(frame)
                if track is not None:
                    container.mux(track.until(end / FPS))
                report(count.total)
        finally:
            for future, _, _ in running:
                future.cancel()
        if track is not None:
            container.mux(track.rest())
