"""What a file of ours says about its scene, so that it can be continued: written into its tags, read from them.

A file that comes back may be anybody's, so what is read is checked like any input. It holds nothing that cannot be
seen or heard in the file; titles are left out, as they are over. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from reelgate.engines.animatic.scene import Scene, Shot

TAG: Final = "description"
_VERSION: Final = 1
#: A file of the longest length that is continued has fewer.
_FRAMES_MAX: Final = 200 * 24
_TEXT_MAX: Final = 60_000

_Frames = Annotated[int, Meta(ge=1, le=_FRAMES_MAX)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A shot as it stands in a file."""

    shot: Shot
    #: Its number, which decides its arrangement.
    number: Annotated[int, Meta(ge=0, le=63)]
    #: Frames for which it was planned, and those for which it is seen.
    planned: _Frames
    shown: _Frames
    #: Share of its way that the camera sways back by past the planned end.
    sway: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.35


@dataclass(frozen=True, kw_only=True, slots=True)
class Continuity:
    """The shots of a whole file, in order."""

    seed: Annotated[int, Meta(ge=0, lt=2**32)]
    spans: Annotated[tuple[Span, ...], Meta(min_length=1, max_length=64)]
    #: Pixels in which they were drawn.
    width: Annotated[int, Meta(ge=16, le=8192)] = 1280
    height: Annotated[int, Meta(ge=16, le=8192)] = 720
    #: They move over a picture, which is in the file alone.
    picture: bool = False
    #: Whether the corner says "animatic", and what stands in the other.
    mark: bool = True
    watermark: Annotated[str, Meta(max_length=200)] | None = None
    version: Annotated[int, Meta(ge=_VERSION, le=_VERSION)] = _VERSION

    @property
    def frames(self) -> int:
        """Frames of the whole file."""
        return sum(span.shown for span in self.spans)

    @property
    def scene(self) -> Scene:
        """The shots as a scene, as it is heard: with the share of the file that each has."""
        shots = [replace(span.shot, share=span.shown / self.frames) for span in self.spans]
        return Scene(shots=tuple(shots), seed=self.seed)


def to_tag(continuity: Continuity) -> str:
    """Return the text that goes into a file."""
    spans = tuple(replace(span, shot=replace(span.shot, titles=(), share=1.0)) for span in continuity.spans)
    return msgspec.json.encode(replace(continuity, spans=spans)).decode()


def from_tags(tags: Mapping[str, str]) -> Continuity | None:
    """Read what `to_tag` wrote from a file's tags; None where it is not there, or is not sound."""
    text = tags.get(TAG, "")
    if not text.startswith("{") or len(text) > _TEXT_MAX:
        return None
    try:
        found = msgspec.json.decode(text, type=Continuity)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError):
        return None
    return found if all(_is_sound(span.shot) for span in found.spans) else None


def _is_sound(shot: Shot) -> bool:
    """Return whether a shot keeps to the limits that the grammar keeps to."""
    channels = [channel for colour in shot.palette for channel in colour]
    for subject in shot.subjects:
        channels += subject.colour or ()
        if not (1 <= subject.count <= 12 and 0.5 <= subject.size <= 2.0 and len(subject.label) <= 100):
            return False
    return (
        len(shot.subjects) <= 6
        and len(shot.palette) <= 4
        and not shot.titles
        and all(0 <= channel <= 255 for channel in channels)
    )
