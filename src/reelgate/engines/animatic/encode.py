"""From drawn frames to an MP4: fixed two-second segments, one x264 thread each, joined in order, with AAC beside.

Segments are encoded in parallel and muxed in order, so the bytes do not depend on the number of workers. Frames are
never held: a segment's worker draws into a few buffers in turn. It knows nothing of scenes; `render` calls it.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.codec.context import Flags
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.drawing.kernel import HAS_AVX512

FPS = 24
#: Frames of a closed group of pictures: two seconds.
SEGMENT = 48
#: Frames that are drawn before they are encoded, and their pixels together.
_IN_TURN, _PIXELS_IN_TURN = 4, 8_400_000
SAMPLE_RATE = 48_000
_AAC_BITS = 128_000
#: Segments that wait for a worker.
_WAITING = 2

X264 = (
    "bframes=0:subme=1:trellis=0:ref=1:keyint=48:min-keyint=48:scenecut=0:open-gop=0:threads=1:"
    "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv"
)
if HAS_AVX512:
    # With AVX-512 x264's macroblock tree reads memory that nobody has written: now and then small pictures get other
    # bytes. All that it is told to use instead is there wherever AVX-512 is.
    X264 += ":asm=MMX2,SSE2,SSE3,SSSE3,SSE4.2,LZCNT,AVX,FMA3,BMI1,BMI2,AVX2"

#: Draws frame number n (0 first) of the video.
Draw = Callable[[Frame, int], None]
#: libav's packets; the stub makes their class generic, which it is not at run time.
Packets = list[Any]
Blocks = Iterator[NDArray[np.float32]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lead:
    """What is taken over from another file, as it was encoded there; `splice` finds out whether that is possible."""

    #: The first frames of the reel: closed groups, one packet a frame, in their order.
    video: Callable[[], Iterator[Any]]
    frames: int
    #: The first packets of the sound, which the new ones follow. Where there are any, the blocks of the sound begin
    #: with sample `sound_begin`, somewhat before the last of these packets ends.
    sound: Packets
    sound_begin: int = 0
    #: Whether those packets are all of the sound.
    sound_ends: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Reel:
    """What the file is to be."""

    path: Path
    width: int
    height: int
    frames: int
    tags: dict[str, str]
    #: What it begins with, if not with new frames.
    lead: Lead | None = None


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


def set_up_sound(context: Any) -> None:
    """Give a codec context of sound the house settings."""
    context.sample_rate, context.layout, context.format = SAMPLE_RATE, "stereo", "fltp"
    context.bit_rate = _AAC_BITS
    context.flags |= Flags.bitexact | Flags.global_header


def frames_in_turn(width: int, height: int) -> list[Frame]:
    """Give the frames that one worker draws into in turn."""
    count = max(1, min(_IN_TURN, _PIXELS_IN_TURN // (width * height)))
    first = Frame(width, height)
    return [first, *(Frame(width, height, beside=first) for _ in range(count - 1))]


def encode_segment(draw: Draw, first: int, count: int, frames: Sequence[Frame], drawn: Callable[[], None]) -> Packets:
    """Draw and encode frames first to first + count as one closed group; packets carry their place in the video.

    Some are drawn, then encoded: each finds more of what it needs in the caches than when they take turns.
    """
    context: Any = VideoCodecContext.create("libx264", "w")
    set_up(context, frames[0].width, frames[0].height)
    packets: Packets = []
    pictures = [VideoFrame.from_numpy_buffer(frame.buffer, format="yuv420p") for frame in frames]
    for picture in pictures:
        picture.time_base = context.time_base
    for start in range(first, first + count, len(frames)):
        turn = range(start, min(start + len(frames), first + count))
        for index, frame in zip(turn, frames, strict=False):
            draw(frame, index)
        for index, picture in zip(turn, pictures, strict=False):
            picture.pts = index
            packets += context.encode(picture)
            drawn()
    packets += context.encode(None)
    return packets


def _encode_one(
    draw: Draw, first: int, count: int, free: SimpleQueue[list[Frame]], drawn: Callable[[], None]
) -> Packets:
    """Draw and encode a segment into frames that no other worker uses; there are as many sets as workers."""
    frames = free.get()
    try:
        return encode_segment(draw, first, count, frames, drawn)
    finally:
        free.put(frames)


def _in_order(
    starts: Iterable[int], submit: Callable[[int], Future[Packets]], ahead: int, waiting: Callable[[], None]
) -> Generator[Packets, None, None]:
    """Yield the packets of segments in their order, while up to so many are made; calls `waiting` now and then.

    Some more than there are workers should be, so that none of them waits while another is slower.
    """
    left, running = deque(starts), deque[Future[Packets]]()
    try:
        while left or running:
            while left and len(running) < ahead:
                running.append(submit(left.popleft()))
            future = running.popleft()
            while not wait([future], timeout=0.15).done:
                waiting()
            yield future.result()
    finally:
        for future in running:
            future.cancel()


class _Sound:
    """Encodes blocks of samples up to a time, in step with the picture."""

    def __init__(self, stream: Any, blocks: Blocks, lead: Lead | None) -> None:
        self._stream = stream
        self._blocks = blocks
        self._samples = lead.sound_begin if lead else 0
        self._ended = lead.sound_ends if lead else False
        self._ready: deque[Any] = deque(lead.sound if lead else ())
        #: Time stamp from which on new packets count.
        self._from = self._ready[-1].pts + self._ready[-1].duration if self._ready else None

    def until(self, seconds: float) -> Packets:
        """Encode what is needed to be `seconds` into the sound."""
        packets: Packets = []
        while self._ready and self._ready[0].pts < seconds * SAMPLE_RATE:
            packets.append(self._taken_over())
        if self._ready:
            return packets
        while not self._ended and self._samples < seconds * SAMPLE_RATE:
            block = next(self._blocks, None)
            if block is None:
                return packets + self.rest()
            packets += self._encoded(block)
        return packets

    def rest(self) -> Packets:
        """Encode all that is left and end."""
        packets: Packets = [self._taken_over() for _ in range(len(self._ready))]
        if not self._ended:
            for block in self._blocks:
                packets += self._encoded(block)
            packets += self._kept(self._stream.encode(None))
            self._ended = True
        return packets

    def _taken_over(self) -> Any:
        packet = self._ready.popleft()
        packet.stream = self._stream
        return packet

    def _kept(self, packets: Packets) -> Packets:
        """Leave out what only led up to the first packet that follows those taken over."""
        return [packet for packet in packets if self._from is None or packet.pts >= self._from]

    def _encoded(self, block: NDArray[np.float32]) -> Packets:
        samples = AudioFrame.from_ndarray(np.ascontiguousarray(block, np.float32), format="fltp", layout="stereo")
        samples.sample_rate = SAMPLE_RATE
        samples.pts = self._samples
        samples.time_base = Fraction(1, SAMPLE_RATE)
        self._samples += block.shape[1]
        return self._kept(list(self._stream.encode(samples)))


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


def _open_sound(container: Any, sound: Blocks, lead: Lead | None) -> _Sound:
    audio: Any = container.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", format="fltp")
    set_up_sound(audio.codec_context)
    return _Sound(audio, sound, lead)


def _take_over(container: Any, video: Any, track: _Sound | None, lead: Lead) -> None:
    """Write the packets of another file, picture and sound in step."""
    for index, packet in enumerate(lead.video()):
        packet.stream = video
        container.mux_one(packet)
        if track is not None and (index + 1) % SEGMENT == 0:
            container.mux(track.until((index + 1) / FPS))


def encode_reel(
    reel: Reel,
    draw: Draw,
    *,
    sound: Blocks | None,
    pool: ThreadPoolExecutor,
    workers: int,
    report: Callable[[int], None],
) -> None:
    """Write the whole file; `report` gets the number of frames drawn so far, from the calling thread only.

    Frames that the reel's lead brings are not drawn.
    """
    lead = reel.lead
    begin = lead.frames if lead else 0
    starts = range(begin, reel.frames, SEGMENT)
    count = _Count(len(starts))
    free: SimpleQueue[list[Frame]] = SimpleQueue()
    for _ in range(workers):
        free.put(frames_in_turn(reel.width, reel.height))
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(reel.path), "w", format="mp4", options=options) as container:
        container.metadata.update(reel.tags)
        video: Any = container.add_stream("libx264", rate=FPS)
        set_up(video.codec_context, reel.width, reel.height)
        track = None if sound is None else _open_sound(container, sound, lead)
        container.start_encoding()
        if lead:
            _take_over(container, video, track, lead)

        def submit(first: int) -> Future[Packets]:
            length, adder = min(SEGMENT, reel.frames - first), count.adder((first - begin) // SEGMENT)
            return pool.submit(_encode_one, draw, first, length, free, adder)

        with closing(_in_order(starts, submit, workers + _WAITING, lambda: report(count.total))) as segments:
            for first, packets in zip(starts, segments, strict=True):
                for packet in packets:
                    packet.stream = video
                    container.mux_one(packet)
                if track is not None:
                    container.mux(track.until(min(first + SEGMENT, reel.frames) / FPS))
                report(count.total)
        if track is not None:
            container.mux(track.rest())
