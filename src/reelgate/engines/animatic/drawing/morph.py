"""From a first picture to a last one: a morph along their optical flow, and a soft dissolve where there is none.

All fields are worked out once, at a small size, and only read afterwards, so any number of threads may draw. The first
frame is the first picture and the last frame the last one, whatever the camera does between. `shots` calls it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from reelgate.engines.animatic.drawing.beside import beside
from reelgate.engines.animatic.drawing.camera import Path, View
from reelgate.engines.animatic.drawing.colour import Floats, Plane
from reelgate.engines.animatic.drawing.flow import flows_between, look_up
from reelgate.engines.animatic.drawing.frame import Frame, Shown
from reelgate.engines.animatic.drawing.kernel import Texture, readable
from reelgate.engines.animatic.drawing.picture import fitted, plain_planes
from reelgate.engines.animatic.drawing.setting import Job
from reelgate.engines.animatic.drawing.stage import Element, Moment, Track, faded
from reelgate.engines.animatic.scene import Camera

Planes = tuple[Plane, Plane, Plane]

#: Cells of the warp along the frame's shorter side.
_CELLS = 72
#: Shares of the time at which the last picture begins to show and the first one is gone; what moves does so all along.
_SHOWS, _GONE = 0.16, 0.84
#: Below this one of 255 parts of a picture is not laid at all.
_TRACE = 3
#: Where there is no flow, one place takes this many times as long to dissolve as it takes all places to begin: nearly
#: at once, or one after the other along the way of a camera that goes sideways.
_SOFT, _SOFT_ASIDE = 3.0, 0.9
#: With less of the pictures in common than this, both move as one through a camera's move instead.
_ALIKE_MIN, _ALIKE_SURE = 0.06, 0.2
#: How far the camera comes closer, or goes sideways, through two pictures that have nothing in common.
_THROUGH_ZOOM, _THROUGH_SHIFT = 1.14, 0.07
#: Steps that find where a place came from.
_STEPS = 3


def ease(u: float) -> float:
    """Begin and end softly: 0 to 1 over u from 0 to 1."""
    return u * u * u * (u * (6 * u - 15) + 10) * 0.6 + u * u * (3 - 2 * u) * 0.4


@dataclass(frozen=True, kw_only=True, slots=True)
class Morph:
    """Two pictures, fitted to the frame, and the way between them. Read-only.

    The planes are `readable`.
    """

    first: Planes
    last: Planes
    #: Pixels a cell of the fields; even.
    cell: int
    #: By node, in luma pixels of the frame: places, moves from first to last and back, trust, and when it dissolves.
    places: Floats
    there: Floats
    here: Floats
    trust: Floats
    order: Floats
    #: How softly it dissolves.
    soft: float
    #: Share of the pictures that they have in common.
    alike: float
    first_texture: Texture = field(init=False)
    last_texture: Texture = field(init=False)

    def __post_init__(self) -> None:
        """Hand the pictures to the kernel."""
        object.__setattr__(self, "first_texture", Texture(self.first))
        object.__setattr__(self, "last_texture", Texture(self.last))


def _order(seed: int, rows: int, columns: int, direction: tuple[float, float]) -> Floats:
    """Give each node its turn to dissolve, 0 to 1: soft clouds, other ones for each seed, or across a direction."""
    rng = np.random.Generator(np.random.PCG64([seed, 0x6D6F]))
    clouds = np.zeros((rows, columns), np.float32)
    for cells, weight in ((2, 0.6), (4, 0.4)):
        noise = rng.random((cells + 2, round(cells * 1.5) + 2), dtype=np.float32)
        clouds += weight * cv2.resize(noise, (columns, rows), interpolation=cv2.INTER_CUBIC)
    xs, ys = np.linspace(-1, 1, columns, dtype=np.float32), np.linspace(-1, 1, rows, dtype=np.float32)
    total = clouds + 0.8 * (direction[0] * xs[None, :] + direction[1] * ys[:, None])
    low, high = np.percentile(total, (2, 98))
    return np.asarray(np.clip((total - low) / (high - low), 0, 1), np.float32)


#: Where the camera goes, for those that go anywhere: the picture moves the other way.
_WAYS: dict[Camera, tuple[float, float]] = {
    Camera.PAN_LEFT: (-1.0, 0.0),
    Camera.TRUCK_LEFT: (-1.0, 0.0),
    Camera.PAN_RIGHT: (1.0, 0.0),
    Camera.TRUCK_RIGHT: (1.0, 0.0),
    Camera.TILT_UP: (0.0, -1.0),
    Camera.CRANE_UP: (0.0, -1.0),
    Camera.TILT_DOWN: (0.0, 1.0),
    Camera.CRANE_DOWN: (0.0, 1.0),
    Camera.ORBIT: (0.8, 0.0),
}


def _through(camera: Camera, centred: Floats, height: int) -> tuple[Floats, Floats]:
    """Give the moves of both pictures when the camera simply goes on through them."""
    if camera in _WAYS:
        shift = np.asarray(_WAYS[camera], np.float32) * (-_THROUGH_SHIFT * height)
        there = np.broadcast_to(shift, centred.shape).astype(np.float32)
        return there, -there
    zoom = {Camera.STATIC: 1.0, Camera.PULL_OUT: 1 / _THROUGH_ZOOM}.get(camera, _THROUGH_ZOOM)
    return centred * (zoom - 1.0), centred * (1.0 / zoom - 1.0)


def plan_morph(first: Plane, last: Plane, size: tuple[int, int], camera: Camera, seed: int) -> Morph:
    """Fit two BGR pictures to a frame of width x height and work out the way between them; done once a video."""
    width, height = size
    begin, end = beside(lambda: fitted(first, width, height), lambda: fitted(last, width, height))
    cell = max(2, min(width, height) // _CELLS & ~1)
    columns, rows = math.ceil(width / cell) + 2, math.ceil(height / cell) + 2
    across = (np.arange(columns, dtype=np.float32) - 0.5) * cell - 0.5
    down = (np.arange(rows, dtype=np.float32) - 0.5) * cell - 0.5
    places = np.dstack(np.meshgrid(across, down)).astype(np.float32)
    flows = flows_between(begin, end)
    alike = min(flow.share for flow in flows)
    sure = float(np.clip((alike - _ALIKE_MIN) / (_ALIKE_SURE - _ALIKE_MIN), 0, 1))
    centred = places - np.array([(width - 1) / 2, (height - 1) / 2], np.float32)
    through = _through(camera, centred, height)
    moves = [
        _at_nodes(flow.moves, places, size) * (height * sure) + through_one * (1 - sure)
        for flow, through_one in zip(flows, through, strict=True)
    ]
    trust = np.minimum(*(_at_nodes(flow.trust, places, size) for flow in flows)) * sure
    order = _order(seed, rows, columns, _WAYS.get(camera, (0.0, 0.0)))
    first_planes, last_planes = beside(lambda: plain_planes(begin), lambda: plain_planes(end))
    return Morph(
        first=_readable(first_planes),
        last=_readable(last_planes),
        cell=cell,
        places=places,
        there=np.asarray(moves[0], np.float32),
        here=np.asarray(moves[1], np.float32),
        trust=np.asarray(trust, np.float32),
        order=order,
        soft=_SOFT_ASIDE if camera in _WAYS else _SOFT,
        alike=alike * sure,
    )


def _readable(planes: Planes) -> Planes:
    y, u, v = (readable(plane) for plane in planes)
    return y, u, v


def _at_nodes(field: Floats, places: Floats, size: tuple[int, int]) -> Floats:
    """Look a field over the whole frame up at the nodes, of which some lie outside."""
    rows, columns = field.shape[:2]
    scale = np.array([columns / size[0], rows / size[1]], np.float32)
    return look_up(field, np.asarray((places + 0.5) * scale - 0.5, np.float32))


def _skewed(u: float, peak: float) -> float:
    """Rise from 0 to 1 and fall back to 0, highest at `peak`."""
    return math.sin(math.pi * u ** (math.log(0.5) / math.log(peak))) ** 2 if 0.0 < u < 1.0 else 0.0


def subtle_view(path: Path, u: float) -> View:
    """Give the camera's own small move on top of a morph: none at both ends."""
    camera, amount = path.camera, min(1.3, path.amount)
    if camera is Camera.STATIC:
        return View(lens=1.0)
    if camera in _WAYS:
        swing = _skewed(u, 0.66) * amount
        zoom = 1 + 0.075 * swing
        room = (1 - 1 / zoom) * 0.94 / 2
        dx, dy = _WAYS[camera]
        return View(zoom=zoom, x=dx * room * path.aspect, y=dy * room, lens=1.0, follow=1.0)
    if camera is Camera.HANDHELD:
        swing, wander = _skewed(u, 0.5), path.at(u)
        return View(zoom=1 + 0.06 * swing, x=wander.x * swing, y=wander.y * swing, lens=1.0, follow=1.0)
    if camera is Camera.ROLL:
        swing = _skewed(u, 0.5)
        return View(zoom=1 + 0.12 * swing, roll=0.05 * amount * swing, lens=1.0)
    peak, reach = {Camera.PUSH_IN: (0.7, 0.1), Camera.PULL_OUT: (0.3, 0.1)}.get(camera, (0.55, 0.035))
    return View(zoom=1 + reach * amount * _skewed(u, peak), lens=1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class MorphLayer:
    """A morph, or the part of it that one shot shows, as an element that fills the frame."""

    morph: Morph
    path: Path
    #: The shot's first frame in the video, and how many the video has.
    start: int
    total: int

    def rests(self, path: Track) -> bool:
        """Say no: it is always on its way."""
        del path
        return False

    def creeps(self, path: Track) -> bool:
        """Say no: it is always on its way."""
        del path
        return False

    def show(self, moment: Moment) -> Sequence[Shown]:
        """Give what fills the frame with this moment's morph."""
        return (lambda frame: self._fill(frame, moment),)

    def _fill(self, frame: Frame, moment: Moment) -> None:
        index, morph = self.start + moment.index, self.morph
        if index in {0, self.total - 1}:
            _copy(morph.first if index == 0 else morph.last, frame)
            return
        u = index / (self.total - 1)
        _draw_between(morph, ease(u), u, subtle_view(self.path, moment.u), frame)


def _copy(planes: Planes, frame: Frame) -> None:
    for source, target in zip(planes, (frame.y, frame.u, frame.v), strict=True):
        np.copyto(target, source)


def _seen(morph: Morph, view: View, frame: Frame) -> Floats:
    """Give the place of the still world that each node of the frame looks at."""
    if view.zoom == 1.0 and view.roll == 0.0 and (view.x, view.y) == (0.0, 0.0):
        return morph.places
    centre = np.array([(frame.width - 1) / 2, (frame.height - 1) / 2], np.float32)
    cos, sin = math.cos(view.roll) / view.zoom, math.sin(view.roll) / view.zoom
    turn = np.array([[cos, sin], [-sin, cos]], np.float32)
    shift = np.array([view.x, view.y], np.float32) * frame.height
    return np.asarray((morph.places - centre) @ turn + centre + shift, np.float32)


def _origins(morph: Morph, moves: Floats, seen: Floats, share: float) -> Floats:
    """Find the places that a share of their own move brings to the places seen."""
    if share == 0.0:
        return seen
    found = seen
    for _ in range(_STEPS):
        found = seen - share * _on_nodes(morph, moves, found)
    return found


def _on_nodes(morph: Morph, field: Floats, places: Floats) -> Floats:
    """Look a field of the nodes up at places of the frame."""
    node = (places - morph.places[0, 0]) / np.float32(morph.cell)
    return look_up(field, np.asarray(node, np.float32))


def _smoothstep(values: Floats) -> Floats:
    clipped = np.clip(values, 0, 1)
    return np.asarray(clipped * clipped * (3 - 2 * clipped), np.float32)


def _draw_between(morph: Morph, share: float, u: float, view: View, frame: Frame) -> None:
    seen = _seen(morph, view, frame)
    origins = _origins(morph, morph.there, seen, share), _origins(morph, morph.here, seen, 1.0 - share)
    amounts = _amounts(morph, origins[0], u)
    if amounts.max() < _TRACE:
        amounts[:] = 0
    elif amounts.min() > 255 - _TRACE:
        amounts[:] = 255
    frame.canvas.warp((morph.first_texture, morph.last_texture), origins, amounts, morph.cell)


def _amounts(morph: Morph, from_first: Floats, u: float) -> Plane:
    """Give by node how much of the last picture shows, 0 to 255."""
    passed = (u - _SHOWS) / (_GONE - _SHOWS)
    trust = _on_nodes(morph, morph.trust, from_first)
    dissolve = _smoothstep((passed * (1 + morph.soft) - morph.order) / morph.soft)
    even = min(1.0, max(0.0, passed))
    even = even * even * (3 - 2 * even)
    return np.asarray(np.rint((trust * even + (1 - trust) * dissolve) * 255), np.uint8)


def faded_both(job: Job, span: tuple[int, int], frames: int, fade: int) -> Element:
    """Let what a job paints come in and leave softly, and be absent from the first and the last of some frames.

    `span` says where a shot's frames lie among them; to come in takes `fade` frames, or a third of all if that is less.
    """
    steps = max(1, min(fade, frames // 3))

    def share(moment: Moment) -> float:
        index = span[0] + moment.index
        return min(index, frames - 1 - index) / steps

    return faded(job(), share)
