"""What the renderer is asked for: one frozen value. The engine makes it, `render` and its parts read it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reelgate.engines.animatic.scene import Scene


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderJob:
    """All that decides the file."""

    scene: Scene
    #: Pixels; multiples of 4.
    width: int
    height: int
    #: Whole seconds, 1 to 60.
    duration_s: int
    video_path: Path
    thumbnail_path: Path
    #: An upright JPEG, PNG or WebP file to begin with, already checked.
    first_frame: Path | None = None
    #: One of the same kind to end with; only beside `first_frame`.
    last_frame: Path | None = None
    #: One to three of the same kind to show in the scene; never beside `first_frame`.
    references: tuple[Path, ...] = ()
    #: Seconds for which a shot is seen, where it goes on past its planned end.
    shown_s: float = 0.0
    #: Shown bottom left, at most 64 characters of it.
    watermark: str | None = None
    #: Whether the corner says "animatic".
    mark: bool = True
    #: Gives stereo blocks (2, n), float32 at 48 kHz, duration_s in all; None for no audio track.
    soundtrack: Callable[[], Iterator[NDArray[np.float32]]] | None = None
    #: Threads that draw and encode.
    workers: int = 2
    title: str = "reelgate animatic"
