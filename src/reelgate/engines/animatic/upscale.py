"""Makes a video anew in another size: each frame by Lanczos, which adds no detail; the sound is taken over as it is.

Frames are decoded, resampled and encoded one by one in each segment's thread, so that memory does not grow with the
length. One of the child's targets.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2

from reelgate.engines.animatic.continuity import TAG
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.encode import FPS, SAMPLE_RATE, Lead, Reel, encode_reel
from reelgate.engines.animatic.footage import Footage, heard, look_at
from reelgate.engines.animatic.render import write_thumbnail
from reelgate.engines.animatic.splice import sound_of

COMMENT = "reelgate animatic: resampled from a smaller video, without new detail"


@dataclass(frozen=True, kw_only=True, slots=True)
class UpscalePlan:
    """What is made of which file."""

    source: Path
    #: How long it is known to last.
    length_s: float | None
    width: int
    height: int
    audio: bool
    video_path: Path
    thumbnail_path: Path
    workers: int = 2


def upscale_video(plan: UpscalePlan, report: Callable[[int], None]) -> None:
    """Write the video in its new size, and a thumbnail.

    Raises OSError where a file cannot be written, and av.FFmpegError where the source cannot be decoded.
    """
    cv2.setNumThreads(1)
    report(0)
    facts = look_at(plan.source, plan.length_s)
    footage = Footage(plan.source, facts)
    middle = facts.frames // 3

    def draw(frame: Frame, index: int) -> None:
        footage.draw(frame, index)
        if index == middle:
            write_thumbnail(frame, plan.thumbnail_path)

    sound = heard(plan.source, facts.frames * SAMPLE_RATE // FPS) if plan.audio else None
    taken = sound_of(plan.source) if plan.audio else []
    tags = {"title": facts.tags.get("title", "reelgate"), "comment": facts.tags.get("comment", COMMENT)}
    reel = Reel(
        path=plan.video_path,
        width=plan.width,
        height=plan.height,
        frames=facts.frames,
        tags=tags | {name: text for name, text in facts.tags.items() if name == TAG},
        lead=Lead(video=lambda: iter(()), frames=0, sound=taken, sound_ends=True) if taken else None,
    )
    with ThreadPoolExecutor(plan.workers) as pool:
        encode_reel(
            reel,
            draw,
            sound=sound,
            pool=pool,
            workers=plan.workers,
            report=lambda done: report(min(99, done * 100 // facts.frames)),
        )
    footage.close()
    report(100)
