"""Puts reference pictures into a shot: cut-outs stand in the place like figures, whole pictures on panels.

It decides which of the prompt's subjects the pictures stand for, where each goes and how big, and paints them in the
light of the scene. `shots` calls it; `cast` does the same for drawn figures.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from reelgate.engines.animatic.cast import Troupe
from reelgate.engines.animatic.drawing.camera import Bounds
from reelgate.engines.animatic.drawing.colour import Colour, Floats, hexa, luminance, mix
from reelgate.engines.animatic.drawing.cutout import Cutout
from reelgate.engines.animatic.drawing.painter import Painter, ellipse
from reelgate.engines.animatic.drawing.setting import Job, Setting
from reelgate.engines.animatic.drawing.sheet import Sheet
from reelgate.engines.animatic.drawing.stage import Actor, Element, Pose
from reelgate.engines.animatic.figures.forms import FORMS
from reelgate.engines.animatic.places.spots import SPOTS
from reelgate.engines.animatic.scene import Motion, Subject

REFERENCES_MAX = 3
#: World heights by number of pictures: of one cut out, of one cut off below, and of a panel.
_STANDING = (0.6, 0.52, 0.48)
_CROPPED = (0.72, 0.6, 0.54)
_PANEL = (0.56, 0.46, 0.4)
#: Widest that one may be, in frame widths, by number of pictures: side by side, and staggered in a tall frame.
_WIDEST = (0.58, 0.42, 0.3)
_WIDEST_TALL = (0.86, 0.62, 0.56)
#: World units around a picture on its panel, and below it.
_MAT, _LEGS = 0.035, 0.075
#: Frames narrower than this for their height have their pictures one behind the other.
_TALL = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Which of the prompt's subjects a picture stands for."""

    subject: Subject | None

    @property
    def motion(self) -> Motion:
        """What it does."""
        return self.subject.motion if self.subject else Motion.STILL


def cast_pictures(subjects: Sequence[Subject], count: int) -> tuple[tuple[Part, ...], tuple[Subject, ...]]:
    """Give each picture the subject that it stands for, and the subjects that are left to be drawn. Pure.

    People, animals, vehicles and things come before what is built or grown, and before what is in the sky.
    """
    order = {"land": 1, "sky": 2}
    places = sorted(range(len(subjects)), key=lambda place: order.get(FORMS[subjects[place].figure].home, 0))
    taken = sorted(places[:count])
    parts = [Part(subject=subjects[place]) for place in taken]
    parts += [Part(subject=None)] * (count - len(parts))
    return tuple(parts), tuple(subject for place, subject in enumerate(subjects) if place not in taken)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """Where a picture goes."""

    #: World point of the middle of its lower edge, and world height.
    x: float
    row: float
    height: float
    depth: float = 1.0
    #: Whether it floats, with nothing under it.
    afloat: bool = False


def plan_stands(setting: Setting, cutouts: Sequence[Cutout]) -> list[Stand]:
    """Give each picture its place and size: whole, apart from each other, on the ground where there is one. Pure."""
    count = len(cutouts)
    tall = setting.aspect < _TALL
    widest = (_WIDEST_TALL if tall else _WIDEST)[count - 1] * setting.aspect
    low = setting.path.bounds(1.0).bottom + 0.004
    spot = SPOTS[setting.shot.place]
    stands: dict[int, Stand] = {}
    for place, number in enumerate(_arranged(cutouts, setting.aspect)):
        cutout = cutouts[number]
        wanted = (_PANEL if cutout.mask is None else _CROPPED if cutout.cropped else _STANDING)[count - 1]
        if tall:
            wanted *= (0.82, 0.82, 0.74)[count - 1]
        x, back = _slots(count, tall=tall)[place]
        if cutout.cropped:
            height = min(wanted + low - 1.0, widest / cutout.ratio)
            row = low
        else:
            height = min(wanted * (1.0 - 0.5 * back), widest / outer_ratio(cutout))
            row = 0.52 + height / 2 - back + 0.05 * (place % 2) if spot.hovering else spot.stand + 0.03 - back
        room = max(0.0, 0.45 * setting.aspect - outer_ratio(cutout) * height / 2)
        x = min(room, max(-room, x * setting.aspect))
        stands[number] = Stand(x=x, row=row, height=height, afloat=spot.hovering or spot.afloat)
    return [stands[number] for number in range(count)]


def fit_cutouts(cutouts: Sequence[Cutout], aspect: float) -> tuple[Cutout, ...]:
    """Give the pictures as a frame of a shape can show them. Pure.

    Tall frames have one place in front for what goes on below; more of that is shown with its background.
    """
    cropped = [place for place, cutout in enumerate(cutouts) if cutout.cropped]
    uncut = set(cropped[:-1]) if aspect < _TALL else set()
    return tuple(cutout.uncut if place in uncut else cutout for place, cutout in enumerate(cutouts))


def _arranged(cutouts: Sequence[Cutout], aspect: float) -> list[int]:
    """Give the numbers of the pictures in the order of the places, of which a tall frame's last one is in front."""
    numbers = list(range(len(cutouts)))
    return sorted(numbers, key=lambda number: cutouts[number].cropped) if aspect < _TALL else numbers


def _slots(count: int, *, tall: bool) -> tuple[tuple[float, float], ...]:
    """Give for each picture the middle, in frame widths, and how far up the ground it stands, in world units."""
    if tall:
        return (((0.0, 0.0),), ((-0.18, 0.2), (0.15, -0.04)), ((-0.24, 0.27), (0.22, 0.14), (-0.08, -0.05)))[count - 1]
    return (((0.0, 0.0),), ((-0.23, 0.0), (0.23, -0.01)), ((-0.325, 0.015), (0.0, -0.02), (0.325, 0.015)))[count - 1]


def outer_ratio(cutout: Cutout) -> float:
    """Give width over height of all that is painted: a panel has a rim and stands on legs."""
    if cutout.mask is not None:
        return cutout.ratio
    picture = 1.0 - 2 * _MAT - _LEGS
    return picture * cutout.ratio + 2 * _MAT


def reference_jobs(setting: Setting, cutouts: Sequence[Cutout], parts: Sequence[Part]) -> list[Job]:
    """Give the painting jobs of a shot's reference pictures, far ones first."""
    stands = plan_stands(setting, cutouts)
    far_first = sorted(range(len(cutouts)), key=lambda number: stands[number].row)
    return [
        partial(_reference, setting, cutouts[number], stands[number], parts[number], number) for number in far_first
    ]


def _reference(setting: Setting, cutout: Cutout, stand: Stand, part: Part, number: int) -> Element:
    painted = _panel(setting, cutout, stand) if cutout.mask is None else _figure(setting, cutout, cutout.mask, stand)
    still = cutout.mask is None or cutout.cropped
    motion = Motion.STILL if still else part.motion
    phase = float(setting.rng(f"reference {number}").random())
    pose = _pose(setting, stand, motion, phase)
    rests = motion is Motion.STILL and not stand.afloat
    actor = Actor(cycle=[painted], depth=stand.depth, pose=pose, still=rests)
    grounded = not (stand.afloat or cutout.cropped or motion is Motion.FLY)
    return Troupe(actors=(actor,), shadow=_shadow(setting, cutout, stand) if grounded else None)


def _pose(setting: Setting, stand: Stand, motion: Motion, phase: float) -> Callable[[float, float], Pose]:
    """Give a picture's way: never so far that it leaves the frame."""
    turn = 2 * math.pi
    reach = {Motion.WALK: 0.06, Motion.RUN: 0.1, Motion.DRIVE: 0.12, Motion.FLY: 0.09, Motion.SWIM: 0.08}.get(motion, 0)
    reach *= setting.aspect * min(1.0, setting.duration_s / 5)
    lift = 0.1 if motion is Motion.FLY and not stand.afloat else 0.0
    step = {Motion.WALK: (0.007, 1.8), Motion.RUN: (0.013, 2.6), Motion.DRIVE: (0.002, 5.0)}.get(motion, (0.0, 1.0))

    def pose(t: float, u: float) -> Pose:
        x, y = stand.x + reach * (2 * u - 1), stand.row - lift
        if motion is Motion.DANCE:
            x, y = x + 0.014 * math.sin(turn * (t * 0.9 + phase)), y - 0.012 * abs(math.sin(turn * (t * 0.9 + phase)))
        elif stand.afloat or motion in {Motion.FLY, Motion.SWIM, Motion.FLOAT}:
            y += 0.008 * math.sin(turn * (t / 3.6 + phase))
        else:
            y -= step[0] * abs(math.sin(math.pi * step[1] * t))
        return Pose(x, y, stand.height)

    return pose


def _lit(setting: Setting, bgr: Floats, own_light: float) -> Floats:
    """Give a picture's RGB floats in the light of the scene, keeping a share of its own."""
    palette = setting.palette
    level = luminance(palette.light)
    lifted = mix(palette.light, (1.0, 0.97, 0.94), 0.2 + 0.24 * max(0.0, 0.8 - level))
    light = np.asarray(mix(lifted, (1.0, 1.0, 1.0), own_light), np.float32)
    shade = np.asarray(palette.shade, np.float32)
    share = 0.36 * palette.shade_share * (1 - own_light)
    rgb = bgr[..., ::-1].astype(np.float32) / 255
    return np.asarray(rgb * light * (1 - share) + shade * share, np.float32)


def _sized(setting: Setting, painter: Painter, box: Bounds) -> tuple[int, int, int, int]:
    """Give where a box of own units lies on a painter's texture: left, top, width and height, all even."""
    del setting
    left = round((box.left - painter.bounds.left) * painter.ppu / 2) * 2
    top = round((box.top - painter.bounds.top) * painter.ppu / 2) * 2
    return left, top, max(2, round(box.width * painter.ppu / 2) * 2), max(2, round(box.height * painter.ppu / 2) * 2)


def _scaled(image: Floats, width: int, height: int) -> Floats:
    shrinks = image.shape[1] > width
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _figure(setting: Setting, cutout: Cutout, mask: Floats, stand: Stand) -> Sheet:
    """Paint a cut-out: lit from the sun's side, darker towards the ground, with an edge of light."""
    half = cutout.ratio / 2
    box = Bounds(left=-half, top=-1.0, right=half, bottom=0.0)
    painter = setting.sprite(box, stand.height, stand.depth)
    left, top, width, height = _sized(setting, painter, box)
    rgb = _lit(setting, _scaled(cutout.bgr, width, height), 0.12)
    side = 1.0 if setting.sun[0] > stand.x else -1.0
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :, None] * side
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    rgb = rgb * (1.0 + 0.07 * across) * (1.03 - 0.16 * down**2)
    painter.picture(np.asarray(rgb, np.float32), _scaled(mask, width, height), left, top)
    high = 0.35 + 0.65 * setting.palette.sun_height
    alpha = 0.5 * setting.palette.rim_share + 0.06
    painter.rim(-side * (1.1 - high * 0.6), high, setting.palette.rim, alpha=alpha, width=0.008)
    return painter.sheet()


def _panel(setting: Setting, cutout: Cutout, stand: Stand) -> Sheet:
    """Paint a whole picture with a pale mat in a thin dark frame, on two short legs where there is ground."""
    half, foot = outer_ratio(cutout) / 2, 0.0 if stand.afloat else _LEGS
    box = Bounds(left=-half, top=-1.0, right=half, bottom=0.0)
    painter = setting.sprite(box, stand.height, stand.depth)
    light = setting.palette.on_stage

    def lay(edge: float, colour: Colour) -> None:
        left, right, top, low = -half + edge, half - edge, -1.0 + edge, -_LEGS - edge
        painter.poly(np.array([[left, top], [right, top], [right, low], [left, low]]), colour)

    wood = light(hexa("33291f"))
    if foot:
        for x in (-0.62 * half, 0.62 * half):
            painter.poly(np.array([[x - 0.012, -0.2], [x + 0.012, -0.2], [x + 0.018, 0.0], [x - 0.018, 0.0]]), wood)
    lay(0.0, wood)
    lay(_MAT * 0.3, light(hexa("f3eee4")))
    lay(_MAT * 0.92, mix(wood, (0.0, 0.0, 0.0), 0.2))
    inner = Bounds(left=-half + _MAT, top=-1.0 + _MAT, right=half - _MAT, bottom=-_LEGS - _MAT)
    left, top, width, height = _sized(setting, painter, inner)
    rgb = _lit(setting, _scaled(cutout.bgr, width, height), 0.45)
    painter.picture(rgb, np.full((height, width), 255, np.uint8), left, top)
    side = 1.0 if setting.sun[0] > stand.x else -1.0
    painter.rim(-side * 0.7, 0.7, setting.palette.rim, alpha=0.35 * setting.palette.rim_share, width=0.006)
    return painter.sheet()


def _foot(cutout: Cutout) -> tuple[float, float]:
    """Give the middle and half the width of what touches the ground, in own units."""
    if cutout.mask is None:
        return 0.0, outer_ratio(cutout) / 2
    height, width = cutout.mask.shape
    lowest = np.flatnonzero(cutout.mask[-max(3, height // 14) :].max(axis=0) > 100)
    if not len(lowest):
        return 0.0, cutout.ratio / 2
    left, right = float(lowest[0]) / width - 0.5, float(lowest[-1] + 1) / width - 0.5
    return (left + right) / 2 * cutout.ratio, max(0.06, (right - left) / 2 * cutout.ratio)


def _shadow(setting: Setting, cutout: Cutout, stand: Stand) -> Sheet:
    """Paint a wide soft shadow that leans away from the sun, and a narrow dark one where it touches the ground."""
    middle, half = _foot(cutout)
    lean = 0.22 * (1.0 if setting.sun[0] < stand.x else -1.0)
    bounds = Bounds(left=middle - half - 0.5, top=-0.14, right=middle + half + 0.5, bottom=0.14)
    painter = setting.sprite(bounds, stand.height, stand.depth)
    dark = mix(setting.palette.shade, (0.0, 0.0, 0.0), 0.35)
    flat = 0.03 + 0.02 * min(1.0, half)
    painter.soft(ellipse((middle + lean * 0.4, 0.0), (half * 1.12 + 0.05, flat)), dark, blur=0.035, alpha=0.42)
    painter.soft(ellipse((middle, -0.002), (half * 0.96, 0.011)), dark, blur=0.009, alpha=0.62)
    return painter.sheet()
