"""Writes a video as an animated GIF: one good palette for the whole clip, a sane size and rate, looped for ever.

Two passes over the file through libav's own filters, frame by frame, so that memory does not grow with the length. One
of the child's targets.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
from av.filter import Graph
from av.video.frame import VideoFrame

from reelgate.engines.animatic.encode import FPS
from reelgate.engines.animatic.footage import Facts, look_at

#: Pixels of the longer side, frames a second, and frames in all: longer clips get fewer a second.
LONG_SIDE_MAX: Final = 480
RATE_MAX: Final = 12
FRAMES_MAX: Final = 240

_PALETTE: Final = "palettegen=max_colors=256:stats_mode=diff:reserve_transparent=0"
_DITHER: Final = "paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle"


@dataclass(frozen=True, kw_only=True, slots=True)
class GifSize:
    """What a GIF is to be."""

    width: int
    height: int
    #: Frames a second.
    rate: Fraction


def gif_size(width: int, height: int, frames: int) -> GifSize:
    """Return the size and rate of the GIF of a clip of `frames` frames at `FPS`. Pure."""
    scale = min(1.0, LONG_SIDE_MAX / max(width, height))
    # A delay is a whole number of hundredths of a second.
    delay = max(round(100 / RATE_MAX), -(-100 * frames // (FPS * FRAMES_MAX)))
    return GifSize(
        width=max(2, round(width * scale / 2) * 2),
        height=max(2, round(height * scale / 2) * 2),
        rate=Fraction(100, delay),
    )


def write_gif(video: Path, gif: Path, report: Callable[[int], None]) -> GifSize:
    """Write the GIF of a video; raises OSError where it cannot be written, av.FFmpegError where the video is none."""
    report(0)
    facts = look_at(video)
    size = gif_size(facts.width, facts.height, facts.frames)
    palette = _palette(video, size, lambda share: report(round(45 * share)), facts)
    # The format knows whole hundredths of a second; 0 loops for ever.
    with av.open(str(gif), "w", format="gif", options={"loop": "0"}) as container:
        stream: Any = container.add_stream("gif", rate=size.rate)
        stream.width, stream.height, stream.pix_fmt = size.width, size.height, "pal8"
        stream.time_base = 1 / size.rate
        for number, frame in enumerate(_dithered(video, size, palette, lambda s: report(round(45 + 54 * s)), facts)):
            frame.pts, frame.time_base = number, 1 / size.rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    report(100)
    return size


def _palette(video: Path, size: GifSize, report: Callable[[float], None], facts: Facts) -> VideoFrame:
    with av.open(str(video), options={"protocol_whitelist": "file"}) as container:
        graph = Graph()
        source = graph.add_buffer(template=container.streams.video[0])
        sink = _chain(graph, source, size, _PALETTE)
        for frame in _decoded(container, report, facts):
            source.push(frame)
        source.push(None)
        palette: VideoFrame = sink.pull()
        return palette


def _dithered(
    video: Path, size: GifSize, palette: VideoFrame, report: Callable[[float], None], facts: Facts
) -> Iterator[VideoFrame]:
    with av.open(str(video), options={"protocol_whitelist": "file"}) as container:
        graph = Graph()
        source = graph.add_buffer(template=container.streams.video[0])
        colours = graph.add_buffer(
            width=palette.width, height=palette.height, format=palette.format, time_base=Fraction(1, FPS)
        )
        name, _, arguments = _DITHER.partition("=")
        use = graph.add(name, arguments)
        scaled = _scaled(graph, source, size)
        scaled.link_to(use, 0, 0)
        colours.link_to(use, 0, 1)
        sink = graph.add("buffersink")
        use.link_to(sink)
        graph.configure()
        colours.push(palette)
        colours.push(None)
        for frame in _decoded(container, report, facts):
            source.push(frame)
            yield from _pulled(sink)
        source.push(None)
        yield from _pulled(sink)


def _scaled(graph: Graph, source: Any, size: GifSize) -> Any:
    rate = graph.add("fps", f"fps={size.rate.numerator}/{size.rate.denominator}")
    scale = graph.add("scale", f"{size.width}:{size.height}:flags=lanczos")
    source.link_to(rate)
    rate.link_to(scale)
    return scale


def _chain(graph: Graph, source: Any, size: GifSize, last: str) -> Any:
    name, _, arguments = last.partition("=")
    made = graph.add(name, arguments)
    _scaled(graph, source, size).link_to(made)
    sink = graph.add("buffersink")
    made.link_to(sink)
    graph.configure()
    return sink


def _decoded(container: Any, report: Callable[[float], None], facts: Facts) -> Iterator[VideoFrame]:
    for number, frame in enumerate(container.decode(container.streams.video[0])):
        report(min(1.0, number / facts.frames))
        yield frame


def _pulled(sink: Any) -> Iterator[VideoFrame]:
    while True:
        try:
            yield sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return
