"""A shot ready to be drawn: its elements from back to front, and the drawing of one moment.

Elements are immutable once built, so any number of workers may draw different moments at the same time. It knows the
camera and sheets, not what they show.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from threading import Lock
from typing import Protocol

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.camera import View
from reelgate.engines.animatic.drawing.frame import Ahead, Backdrop, Display, Frame, Shown, to_display
from reelgate.engines.animatic.drawing.kernel import Until
from reelgate.engines.animatic.drawing.past import DRIFT_TURN_S, TURN_S, rest, swing
from reelgate.engines.animatic.drawing.sheet import Hang, Hung, Sheet

#: Frame heights a second by which the camera may move what is drawn once for some frames, and by which clouds, whose
#: edges are soft, may drift: a fifth and three eighths of a pixel a frame, where a frame has 720 rows.
_CREEPS, _DRIFTS = 0.0065, 0.0125
#: So many frames.
_SHARED = 2
#: Frames of which is found out at once what they show.
_AHEAD = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """One frame's time."""

    #: Seconds since the shot began.
    t: float
    #: Share of the shot, 0 at its first frame and 1 at its last.
    u: float
    view: View
    #: Frames since the shot began.
    index: int
    #: Seconds that what drifts has gone on; past the shot's planned end it comes to rest and turns back.
    drift_t: float = 0.0
    #: Whether what travels is on its way back.
    back: bool = False


class Element(Protocol):
    """Anything that lays itself on a frame."""

    def rests(self, path: "Track") -> bool:
        """Tell whether it looks the same at every moment of a camera's way."""
        ...

    def creeps(self, path: "Track") -> bool:
        """Tell whether it never moves by more than a trifle from one frame to the next."""
        ...

    def show(self, moment: Moment) -> Sequence[Shown]:
        """Give what is seen of it at a moment, back to front."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """A sheet as wide as the world, which may drift sideways."""

    sheet: Sheet
    depth: float
    #: World units a second.
    drift: float = 0.0
    #: Rocking: reach sideways and up in world units, and seconds a cycle.
    sway: tuple[float, float, float] = (0.0, 0.0, 1.0)

    def rests(self, path: "Track") -> bool:
        """Tell whether it neither drifts nor rocks, and the camera leaves its depth alone."""
        return self.drift == 0.0 and self.sway[:2] == (0.0, 0.0) and path.speed(self.depth) == 0.0

    def creeps(self, path: "Track") -> bool:
        """Tell whether it drifts slowly if at all, and the camera hardly moves its depth."""
        return abs(self.drift) <= _DRIFTS and self.sway[:2] == (0.0, 0.0) and path.speed(self.depth) <= _CREEPS

    def show(self, moment: Moment) -> Sequence[Shown]:
        """Give the sheet where it hangs."""
        return (Hung(self.sheet, self._hang(moment)),)

    def _hang(self, moment: Moment) -> Hang:
        across, up, period = self.sway
        if across == up == 0.0:
            return Hang(moment.view, self.depth, self.drift * moment.drift_t)
        turn = 2 * math.pi * moment.t / period
        shift_x = self.drift * moment.drift_t + across * math.sin(turn)
        return Hang(moment.view, self.depth, shift_x, up * math.sin(turn * 2 + 0.7) if up else 0.0)


@dataclass(frozen=True, slots=True)
class Pose:
    """Where an actor stands: world position of its anchor, and size."""

    x: float
    y: float
    size: float = 1.0


class Cycle(Protocol):
    """The sheets of a figure that moves, in order, over and over."""

    def __len__(self) -> int:
        """Give how many there are."""
        ...

    def __getitem__(self, place: int, /) -> Sheet:
        """Give one of them; it may be painted only now."""
        ...


class Lazily:
    """A cycle whose sheets are painted when they are first shown. Safe for many threads."""

    def __init__(self, count: int, paint: Callable[[int], Sheet]) -> None:
        self._paint = paint
        self._sheets: list[Sheet | None] = [None] * count
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._sheets)

    def __getitem__(self, place: int, /) -> Sheet:
        with self._lock:
            sheet = self._sheets[place]
            if sheet is None:
                sheet = self._sheets[place] = self._paint(place)
            return sheet


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """A figure with a cycle of sheets, painted around the anchor (0, 0)."""

    cycle: Cycle
    depth: float
    pose: Callable[[float, float], Pose]
    #: Cycles a second.
    rate: float = 0.0
    #: Share of the cycle to begin with.
    phase: float = 0.0
    still: bool = False
    #: The cycle for the way back, where it has one.
    mirrored: Cycle = ()

    def rests(self, path: "Track") -> bool:
        """Tell whether nothing about it moves."""
        return self.still and path.speed(self.depth) == 0.0

    def creeps(self, path: "Track") -> bool:
        """Tell whether nothing about it moves."""
        return self.rests(path)

    def show(self, moment: Moment) -> Sequence[Shown]:
        """Give the sheet of this moment at its pose."""
        place = (self.phase + self.rate * moment.t) % 1.0
        cycle = self.mirrored if moment.back and self.mirrored else self.cycle
        return (Hung(cycle[int(place * len(cycle)) % len(cycle)], self.hang(moment)),)

    def hang(self, moment: Moment) -> Hang:
        """Give where it is."""
        pose = self.pose(moment.t, moment.u)
        return Hang(moment.view, self.depth, pose.x, pose.y, pose.size)


@dataclass(frozen=True, kw_only=True, slots=True)
class Veneer:
    """Something laid over the whole frame: rain, fog, titles, vignette."""

    seen: Callable[[Moment], Sequence[Shown]]

    def rests(self, path: "Track") -> bool:
        """Say no: it may change at any time."""
        del path
        return False

    def creeps(self, path: "Track") -> bool:
        """Say no: it may change at any time."""
        del path
        return False

    def show(self, moment: Moment) -> Sequence[Shown]:
        """Give what is seen of it."""
        return self.seen(moment)


def painted(paint: Callable[[Frame, Moment], None]) -> Veneer:
    """Give a veneer that paints over the frame by itself."""
    return Veneer(seen=lambda moment: (lambda frame: paint(frame, moment),))


def faded(inner: Element, share: Callable[[Moment], float]) -> Veneer:
    """Let an element come in and leave softly; `share` gives how much of it is seen, nothing at 0 and all from 1 on."""

    def seen(moment: Moment) -> Sequence[Shown]:
        amount = share(moment)
        if amount <= 0:
            return ()
        shown = inner.show(moment)
        return shown if amount >= 1 else (lambda frame: _fade(frame, shown, amount),)

    return Veneer(seen=seen)


def _fade(frame: Frame, shown: Sequence[Shown], share: float) -> None:
    before = frame.buffer.copy()
    frame.draw(shown)
    cv2.addWeighted(before, 1 - share, frame.buffer, share, 0, dst=frame.buffer)


class Track(Protocol):
    """A camera's way through a shot."""

    @property
    def wanders(self) -> bool:
        """Tell whether it may go on for ever without leaving its bounds."""
        ...

    def speed(self, depth: float) -> float:
        """Give the frame heights a second by which the camera ever moves what it shows of a depth."""
        ...

    def at(self, u: float) -> View:
        """Give the view at u, 0 for the first moment and 1 for the last."""
        ...


@dataclass(slots=True)
class Stage:
    """A shot: camera path and elements from back to front."""

    path: Track
    elements: Sequence[Element]
    #: Its planned length. It may be drawn past that: `drawing.past` says how it goes on.
    frames: int
    fps: int
    #: Share of its way that the camera goes back by when it is past its end.
    sway: float = 0.35
    #: The far part that never changes, drawn once.
    _still: Frame | None = field(default=None, init=False)
    _still_count: int = field(default=0, init=False)
    #: How many of the farthest elements are drawn for some frames at once.
    _slow_count: int = field(default=0, init=False)
    _rows: int = field(default=720, init=False)
    #: Stands for it in frames, which must not keep it.
    _name: object = field(default_factory=object, init=False)

    def settle(self, width: int, height: int) -> None:
        """Draw once what the camera will show unchanged; call it before any worker draws."""
        self._rows = height
        count = sum(1 for _ in takewhile(lambda element: element.rests(self.path), self.elements))
        if count > 1:
            self._still, self._still_count = Frame(width, height), count
            self._still.draw(_shown(self.elements[:count], self._moment(0)))
        slow = sum(1 for _ in takewhile(lambda element: element.creeps(self.path), self.elements))
        self._slow_count = slow if slow > max(1, self._still_count) else 0

    def draw(self, frame: Frame, index: int) -> None:
        """Draw the shot's frame number `index` (0 first) whole; there is no last one."""
        ahead = self._ahead(frame, index)
        display = ahead.near[index]
        until = frame.plan(display)
        below = self._backdrop(frame, index, until, ahead) if self._slow_count else self._still
        if below is not None:
            frame.copy_rows(below, int(until.max()))
        frame.lay(display)

    def _ahead(self, frame: Frame, index: int) -> Ahead:
        """Give what this frame and some that follow will show.

        The interpreter is several times as fast at many of them in a row as at one now and then, between which the
        encoder fills the caches.
        """
        ahead = frame.kept.ahead
        if ahead.owner is not self._name or index not in ahead.near:
            end = max(index + 1, min(index + _AHEAD, self.frames))
            slow = self.elements[self._still_count : self._slow_count]
            live = self.elements[max(self._still_count, self._slow_count) :]
            firsts = range(index - index % _SHARED, end, _SHARED) if slow else ()
            ahead = frame.kept.ahead = Ahead(
                self._name,
                {number: self._display(frame, live, number) for number in range(index, end)},
                {number: self._display(frame, slow, number) for number in firsts},
            )
        return ahead

    def _display(self, frame: Frame, elements: Sequence[Element], index: int) -> Display:
        return to_display(_shown(elements, self._moment(index)), frame.width, frame.height)

    def _backdrop(self, frame: Frame, index: int, until: Until, ahead: Ahead) -> Frame:
        """Give what hardly moves, down to some rows, as it was at the first of the frames that share it."""
        first = index - index % _SHARED
        drawn = frame.kept.backdrop
        if drawn.owner is not self._name or drawn.index != first or drawn.until is None or (drawn.until < until).any():
            kept = drawn.frame or Frame(frame.width, frame.height)
            # What lies before it moves on, and may uncover some more of it.
            until = np.minimum(until + frame.height // 40, frame.canvas.all_rows)
            if self._still is not None:
                kept.copy_rows(self._still, int(until.max()))
            kept.plan(ahead.far[first], until)
            kept.lay(ahead.far[first])
            frame.kept.backdrop = drawn = Backdrop(kept, self._name, first, until)
        assert drawn.frame is not None
        return drawn.frame

    def _moment(self, index: int) -> Moment:
        u, t = index / max(1, self.frames - 1), index / self.fps
        if index < self.frames:
            return Moment(t=t, u=u, view=self.path.at(u), index=index, drift_t=t)
        length = max(1, self.frames - 1) / self.fps
        travelled, back = swing(t, length, TURN_S)
        drifted, _ = swing(t, length, DRIFT_TURN_S)
        seen = u if self.path.wanders else rest(t, length, self.sway, self._rows) / length
        view = replace(self.path.at(seen), past=True)
        return Moment(t=t, u=travelled / length, view=view, index=index, drift_t=drifted, back=back)


def _shown(elements: Sequence[Element], moment: Moment) -> list[Shown]:
    return [shown for element in elements for shown in element.show(moment)]
