"""Finds out whether a file can be continued without encoding it again, and takes its packets over.

It can where it was encoded with the very settings of `encode`: then the decoder needs to know nothing new. It knows
nothing of scenes; `extend` calls it.
"""

import math
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from reelgate.engines.animatic.encode import FPS, SAMPLE_RATE, Lead, Packets, set_up, set_up_sound

#: Samples of an AAC packet, and how many packets an encoder is given to run itself in.
_AAC = 1024
_RUN_IN = 16
_SPS, _PPS = 7, 8


def take_over(path: Path, frames: int, size: tuple[int, int], *, sound_until: float | None) -> Lead | None:
    """Give the packets of a file of `frames` frames, or None where they cannot be taken over.

    `sound_until` is the second from which on its sound is made anew; None for a reel without sound.
    """
    with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
        if not _is_ours(container, size) or not _is_whole(container, frames):
            return None
    sound: Packets = []
    begin = 0
    if sound_until is not None:
        sound = _sound_packets(path, sound_until)
        if not sound:
            return None
        begin = max(0, sound[-1].pts - _RUN_IN * _AAC)
        begin -= begin % _AAC
    return Lead(video=lambda: _video_packets(path), frames=frames, sound=sound, sound_begin=begin)


def _is_ours(container: Any, size: tuple[int, int]) -> bool:
    context = container.streams.video[0].codec_context
    if (context.name, context.width, context.height, context.pix_fmt) != ("h264", *size, "yuv420p"):
        return False
    own: Any = VideoCodecContext.create("libx264", "w")
    set_up(own, *size)
    own.open()
    return _parameter_sets(context.extradata or b"") == _parameter_sets(own.extradata or b"")


def _is_whole(container: Any, frames: int) -> bool:
    """Tell whether the file is one packet a frame, shown in their order, from 0 on and evenly."""
    video = container.streams.video[0]
    count = 0
    for packet in container.demux(video):
        if packet.size == 0:
            continue
        if packet.pts is None or packet.pts != packet.dts or packet.pts * packet.time_base != Fraction(count, FPS):
            return False
        if count == 0 and not packet.is_keyframe:
            return False
        count += 1
    return count == frames


def _parameter_sets(extradata: bytes) -> tuple[bytes, ...]:
    """Give the sequence and picture parameter sets of H.264 extradata, in an MP4's form or in that of a stream."""
    if extradata[:1] != b"\x01":
        units = [unit.rstrip(b"\0") for unit in extradata.split(b"\0\0\1")]
        return tuple(unit for unit in units if unit and unit[0] & 0x1F in {_SPS, _PPS})
    units, at = [], 6
    for place in range(2):
        count = extradata[5] & 0x1F if place == 0 else extradata[at - 1]
        for _ in range(count):
            length = int.from_bytes(extradata[at : at + 2], "big")
            units.append(extradata[at + 2 : at + 2 + length].rstrip(b"\0"))
            at += 2 + length
        at += 1
    return tuple(units)


def _video_packets(path: Path) -> Iterator[Any]:
    with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                yield _as_stream(packet)


def _as_stream(packet: Any) -> Any:
    """Give a packet with start codes in place of lengths, as an encoder gives it; writing an MP4 turns them back."""
    content, out, at = bytes(packet), bytearray(), 0
    while at + 4 <= len(content):
        end = at + 4 + int.from_bytes(content[at : at + 4], "big")
        out += b"\0\0\0\1" + content[at + 4 : end]
        at = end
    made = av.Packet(bytes(out))
    made.pts, made.dts, made.duration, made.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
    made.is_keyframe = packet.is_keyframe
    return made


def sound_of(path: Path) -> Packets:
    """Give all packets of a file's sound; none where it has another sound than ours."""
    return _sound_packets(path, math.inf)


def _sound_packets(path: Path, until_s: float) -> Packets:
    """Give the packets of a file's sound that end before a second; none where it has another sound than ours."""
    with av.open(str(path), options={"protocol_whitelist": "file"}) as container:
        if not container.streams.audio:
            return []
        audio: Any = container.streams.audio[0]
        own: Any = AudioCodecContext.create("aac", "w")
        set_up_sound(own)
        own.open()
        if audio.codec_context.name != "aac" or audio.codec_context.extradata != own.extradata:
            return []
        packets: Packets = []
        for packet in container.demux(audio):
            if not packet.size:
                continue
            # The encoder's delay makes the first time stamp -1024.
            if packet.pts != _AAC * (len(packets) - 1):
                return []
            if packet.pts + 2 * _AAC > until_s * SAMPLE_RATE:
                break
            packets.append(packet)
        return packets
