"""Camera moves: where the camera is at each moment and how far each depth follows it.

Pure numbers. World units are frame heights: (0, 0) is the top centre of the frame at rest, y grows downwards. Depth is
a parallax share: 0 is the sky, 1 the subject, above 1 what stands in front of it. The stage and the places use it.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from reelgate.engines.animatic.scene import Camera, Pace

_PACE = {Pace.SLOW: 0.55, Pace.NORMAL: 1.0, Pace.FAST: 1.65}
#: How many positions stand for a whole path when its bounds are taken.
_SAMPLES = 25


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """The camera at one moment."""

    zoom: float = 1.0
    x: float = 0.0
    y: float = 0.0
    #: Radians, clockwise.
    roll: float = 0.0
    #: Share of x and y that even the sky follows: near 1 for a pan, near 0 for a truck.
    follow: float = 0.2
    #: The depth that stays where it is.
    pivot: float = -1.0
    #: Share of the zoom that even the sky takes: 0 for a camera that travels, 1 for a lens.
    lens: float = 0.0
    #: Up to this depth, coming closer changes nothing that one could see.
    far: float = 0.15
    #: It is past the end of its way, where the margins of what was painted may be seen.
    past: bool = False

    def scale(self, depth: float) -> float:
        """Give the magnification of a depth; a camera that travels does not magnify what is far."""
        near = max(0.0, depth - self.far) / (1.0 - self.far)
        return 1.0 + (self.zoom - 1.0) * (self.lens + (1.0 - self.lens) * near)

    def offset(self, depth: float) -> tuple[float, float]:
        """Give the world point that a depth has under the frame's centre, less the centre itself."""
        share = (depth - self.pivot) if self.pivot >= 0 else self.follow + (1.0 - self.follow) * depth
        return self.x * share, self.y * share


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """A world rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in world units."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in world units."""
        return self.bottom - self.top

    def clipped(self, *, top: float | None = None, bottom: float | None = None) -> "Bounds":
        """Cut the rectangle to a band of rows."""
        upper = self.top if top is None else min(max(self.top, top), self.bottom - 0.01)
        lower = self.bottom if bottom is None else max(min(self.bottom, bottom), upper + 0.01)
        return Bounds(left=self.left, top=upper, right=self.right, bottom=lower)


def _eased(u: float) -> float:
    """Start and stop softly, with an even middle: half linear, half smoothstep."""
    return 0.45 * u + 0.55 * u * u * (3.0 - 2.0 * u)


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A shot's camera from its first to its last moment."""

    camera: Camera
    #: Size of the move: 1 is the usual one.
    amount: float
    #: Seconds.
    duration_s: float
    #: Width over height.
    aspect: float
    #: Decides the wandering of a handheld camera.
    phase: float = 0.0

    def at(self, u: float) -> View:
        """Give the view at u, 0 for the first moment and 1 for the last."""
        return _MOVES[self.camera](self, u)

    def bounds(self, depth: float) -> Bounds:
        """Give all that a depth shows over the whole path."""
        left = top = math.inf
        right = bottom = -math.inf
        for view in _views(self):
            half_w, half_h = self._half(view)
            scale = view.scale(depth)
            x, y = view.offset(depth)
            left = min(left, x - half_w / scale)
            right = max(right, x + half_w / scale)
            top = min(top, y + 0.5 - half_h / scale)
            bottom = max(bottom, y + 0.5 + half_h / scale)
        return Bounds(left=left, top=top, right=right, bottom=bottom)

    def scales(self, depth: float) -> tuple[float, float]:
        """Give the smallest and the largest magnification of a depth."""
        scales = [view.scale(depth) for view in _views(self)]
        return min(scales), max(scales)

    def speed(self, depth: float) -> float:
        """Give the frame heights a second by which the camera ever moves what it shows of a depth."""
        if self.wanders:
            # It turns back between samples.
            return math.inf
        return max(self._moved(depth, *pair) for pair in pairwise(_views(self))) * (_SAMPLES - 1) / self.duration_s

    def _moved(self, depth: float, view: View, then: View) -> float:
        """Give how far the farthest corner of a frame has moved in another view."""
        scale, then_scale = view.scale(depth), then.scale(depth)
        offset, then_offset = view.offset(depth), then.offset(depth)
        if (scale, offset, view.roll) == (then_scale, then_offset, then.roll):
            return 0.0
        if view.roll != 0.0 or then.roll != 0.0:
            return math.inf
        corner = (self.aspect / 2, 0.5)
        return math.hypot(
            *(
                abs(half * (then_scale / scale - 1.0)) + abs(at - then_at) * then_scale
                for half, at, then_at in zip(corner, offset, then_offset, strict=True)
            )
        )

    @property
    def wanders(self) -> bool:
        """Tell whether it may go on for ever without leaving its bounds."""
        return self.camera is Camera.HANDHELD

    @property
    def rolls(self) -> bool:
        """Tell whether the camera turns around its axis."""
        return self.camera is Camera.ROLL

    def _half(self, view: View) -> tuple[float, float]:
        cos, sin = abs(math.cos(view.roll)), abs(math.sin(view.roll))
        return (self.aspect * cos + sin) / 2, (self.aspect * sin + cos) / 2


@lru_cache(maxsize=16)
def _views(path: Path) -> tuple[View, ...]:
    """Give the views that stand for a whole path."""
    return tuple(path.at(index / (_SAMPLES - 1)) for index in range(_SAMPLES))


def path_of(camera: Camera, pace: Pace, *, duration_s: float, aspect: float, phase: float = 0.0) -> Path:
    """Plan a camera path; short shots move less, long ones more."""
    stretch = min(1.5, max(0.45, (duration_s / 6.0) ** 0.6))
    return Path(camera=camera, amount=_PACE[pace] * stretch, duration_s=duration_s, aspect=aspect, phase=phase)


def _static(path: Path, u: float) -> View:
    del path, u
    return View()


def _drift(path: Path, u: float) -> View:
    return View(zoom=1.0 + 0.1 * path.amount * u, far=0.35)


def _push_in(path: Path, u: float) -> View:
    return View(zoom=1.0 + 0.42 * path.amount * _eased(u))


def _pull_out(path: Path, u: float) -> View:
    return View(zoom=1.0 + 0.42 * path.amount * (1.0 - _eased(u)))


def _pan(path: Path, u: float, sign: float) -> View:
    reach = 0.46 * path.amount * min(path.aspect, 1.4)
    return View(x=sign * reach * (_eased(u) - 0.5), follow=0.72)


def _tilt(path: Path, u: float, sign: float) -> View:
    reach = 0.24 * path.amount
    return View(y=sign * reach * (_eased(u) - 0.5), follow=0.75)


def _truck(path: Path, u: float, sign: float) -> View:
    reach = 0.5 * path.amount * min(path.aspect, 1.4)
    return View(x=sign * reach * (_eased(u) - 0.5), follow=0.06)


def _crane(path: Path, u: float, sign: float) -> View:
    eased = _eased(u)
    return View(y=sign * 0.26 * path.amount * (eased - 0.5), zoom=1.0 + 0.05 * eased, follow=0.25)


def _orbit(path: Path, u: float) -> View:
    swing = math.sin((u - 0.5) * math.pi)
    return View(x=-0.34 * path.amount * swing, zoom=1.04 + 0.05 * (1 - swing * swing), pivot=1.0)


def _handheld(path: Path, u: float) -> View:
    t = u * path.duration_s
    a = path.phase
    x = 0.5 * math.sin(1.7 * t + a) + 0.3 * math.sin(3.1 * t + 2 * a) + 0.2 * math.sin(5.3 * t + 3 * a)
    y = 0.5 * math.sin(1.3 * t + 4 * a) + 0.3 * math.sin(2.7 * t + 5 * a) + 0.2 * math.sin(4.9 * t + a)
    size = 0.014 * min(1.6, path.amount)
    return View(x=x * size, y=y * size, follow=0.7)


def _roll(path: Path, u: float) -> View:
    angle = 0.17 * min(1.6, path.amount)
    return View(roll=angle * (_eased(u) - 0.5) * 2.0, zoom=1.06, lens=1.0)


_MOVES = {
    Camera.DRIFT: _drift,
    Camera.STATIC: _static,
    Camera.PUSH_IN: _push_in,
    Camera.PULL_OUT: _pull_out,
    Camera.PAN_LEFT: lambda path, u: _pan(path, u, -1.0),
    Camera.PAN_RIGHT: lambda path, u: _pan(path, u, 1.0),
    Camera.TILT_UP: lambda path, u: _tilt(path, u, -1.0),
    Camera.TILT_DOWN: lambda path, u: _tilt(path, u, 1.0),
    Camera.TRUCK_LEFT: lambda path, u: _truck(path, u, -1.0),
    Camera.TRUCK_RIGHT: lambda path, u: _truck(path, u, 1.0),
    Camera.CRANE_UP: lambda path, u: _crane(path, u, -1.0),
    Camera.CRANE_DOWN: lambda path, u: _crane(path, u, 1.0),
    Camera.ORBIT: _orbit,
    Camera.HANDHELD: _handheld,
    Camera.ROLL: _roll,
}
