"""Puts the subjects of a shot on their places: sizes, groups, paths, shadows, and the painting of their cycles.

It reads the figures' table; `shots` calls it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from reelgate.engines.animatic.drawing.camera import Bounds
from reelgate.engines.animatic.drawing.colour import Colour, Floats, Grade, from_bytes, mix
from reelgate.engines.animatic.drawing.frame import Shown
from reelgate.engines.animatic.drawing.painter import ellipse
from reelgate.engines.animatic.drawing.pen import Pen
from reelgate.engines.animatic.drawing.setting import Job, Setting
from reelgate.engines.animatic.drawing.sheet import Hung, Sheet, mirrored
from reelgate.engines.animatic.drawing.stage import Actor, Element, Lazily, Moment, Pose, Track
from reelgate.engines.animatic.figures.forms import FORMS, Draw, Form, bounds_of, foot_of
from reelgate.engines.animatic.figures.furniture import TABLE_TOP
from reelgate.engines.animatic.places.spots import SPOTS, Spot
from reelgate.engines.animatic.scene import Figure, Look, Motion, Subject

COUNT_MAX = 12
_DARK_LOOKS = {Look.NOIR, Look.NEON}
_TRAVELS = {Motion.WALK, Motion.RUN, Motion.FLY, Motion.SWIM, Motion.DRIVE, Motion.FLOAT}
#: Whoever turns around to come back; a boat rocks.
_TURNS = _TRAVELS - {Motion.FLOAT}
#: What stands on a table rather than beside it.
_SMALL = {Figure.CUP, Figure.BOTTLE, Figure.CANDLE, Figure.BOOK, Figure.BALL, Figure.CUBE, Figure.FLOWER, Figure.CARD}
_PACE = {Motion.RUN: 1.9, Motion.FLOAT: 0.7}
#: Sheets of one cycle hold at most this many luma pixels together.
_PIXELS_MAX = 6_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One subject with all that its drawing depends on."""

    subject: Subject
    form: Form
    motion: Motion
    #: World height of one own unit.
    height: float
    #: Centre of its group and the row it stands on.
    x: float
    row: float
    depth: float
    #: World units it travels from its centre to either side.
    reach: float
    rate: float


def _motion(subject: Subject, form: Form) -> Motion:
    if subject.motion is not Motion.STILL or form.motion is Motion.FLOAT:
        return subject.motion if subject.motion is not Motion.STILL else form.motion
    # Birds fly and fish swim unless told otherwise; whoever walks may as well stand.
    return form.motion if form.home == "air" else Motion.STILL


def _row(setting: Setting, spot: Spot, form: Form, motion: Motion, height: float) -> float:
    """Give the world row of the anchor."""
    if form.home == "sky":
        return 0.2 + height * 0.6
    if spot.hovering and form.home == "water":
        # Boats lie at the surface, seen from below.
        return 0.03 + height * form.top
    airborne = form.home == "air" or motion is Motion.FLY or (spot.hovering and form.home != "water")
    if airborne:
        centre = 0.5 if spot.hovering else min(0.32, setting.horizon * 0.55)
        # Nothing is cut off at the top.
        return max(centre + height * 0.5, 0.03 + height * form.top)
    return spot.stand


def _groups(setting: Setting, parts: int) -> list[float]:
    """Give the x of each group: the first a little off the middle, the others around it."""
    side = -1.0 if setting.sun_side > 0 else 1.0
    if parts == 1:
        return [0.07 * side * setting.aspect]
    slots = [0.16 * side, -0.2 * side, 0.36 * side, -0.38 * side, 0.02, -0.1 * side]
    return [slot * setting.aspect for slot in slots[:parts]]


def plan_cast(setting: Setting) -> list[Part]:
    """Decide where every subject is, how big and how it moves; far ones first."""
    spot = SPOTS[setting.shot.place]
    parts = []
    subjects = setting.shot.subjects
    for place, (subject, x) in enumerate(zip(subjects, _groups(setting, len(subjects)), strict=True)):
        form = FORMS[subject.figure]
        motion = _motion(subject, form)
        crowd = 1.0 / (1.0 + 0.09 * (min(subject.count, COUNT_MAX) - 1))
        hero = 1.18 if len(subjects) == 1 else (1.3 if form.home == "land" else 1.0 if place == 0 else 0.86)
        if setting.shot.place.value == "studio":
            hero *= 1.25
        height = form.height * subject.size * setting.unit * hero * crowd
        height = min(height, 0.94 * setting.aspect / (2 * foot_of(form)), 0.8 / form.top)
        # Whatever is built or grown stands a little farther off, so that those who move have room before it.
        behind = form.home == "land" and len(subjects) > 1
        row = _row(setting, spot, form, motion, height) - (
            0.012 * place if form.home in {"ground", "land"} else -0.04 * place
        )
        row -= 0.045 if behind else 0.0
        reach, rate = _travel(setting, form, motion, height)
        depth = 0.25 if form.home == "sky" else (0.72 if behind else 1.0)
        centre = 0.0 if motion in _TRAVELS and reach > 0.2 and place == 0 else x
        parts.append(
            Part(
                subject=subject,
                form=form,
                motion=motion,
                height=height,
                x=centre,
                row=row,
                depth=depth,
                reach=reach,
                rate=rate,
            )
        )
    parts = _set_on_table(parts)
    order = {"sky": 0, "land": 1, "air": 2, "water": 3, "ground": 4}
    return sorted(parts, key=lambda part: (order[part.form.home], part.row))


def _set_on_table(parts: list[Part]) -> list[Part]:
    """Put small things onto a table where there is one."""
    table = next((part for part in parts if part.subject.figure is Figure.TABLE), None)
    if table is None:
        return parts
    carried = [part for part in parts if part.subject.figure in _SMALL]
    placed = replace(table, x=0.05 * math.copysign(1.0, table.x), row=table.row + 0.06) if carried else table
    top = placed.row - placed.height * TABLE_TOP
    out = []
    for part in parts:
        if part not in carried:
            out.append(placed if part is table else part)
            continue
        slot = (carried.index(part) + 0.5) / len(carried) - 0.5
        x = placed.x + slot * placed.height * foot_of(placed.form) * 1.5
        out.append(replace(part, x=x, row=top, depth=placed.depth, height=part.height * 0.8, reach=0.0))
    return out


def _travel(setting: Setting, form: Form, motion: Motion, height: float) -> tuple[float, float]:
    """Give how far it goes to either side, and its cycles a second to match."""
    if motion not in _TRAVELS:
        return 0.0, form.rate if motion is not Motion.DANCE else 0.9
    pace = _PACE.get(motion, 1.0)
    wanted = form.speed * pace * setting.duration_s / 2
    room = max(0.04, setting.half * 0.86 - height * foot_of(form) * 0.7)
    reach = min(wanted, room)
    slow = max(0.45, min(1.0, reach / wanted))
    return reach, form.rate * (1.0 if form.home != "ground" else slow) * math.sqrt(pace)


def _pose(part: Part, offset: tuple[float, float], phase: float) -> Callable[[float, float], Pose]:
    """Give the path of one member of a group."""
    x0, y0 = part.x + offset[0], part.row + offset[1]
    rising = part.subject.figure is Figure.ROCKET
    size = 1.0 + offset[1] * 1.4 if part.form.home == "ground" else 1.0

    def pose(t: float, u: float) -> Pose:
        along = part.reach * (2 * u - 1)
        if rising and part.motion is Motion.FLY:
            return Pose(x0, y0 + 0.22 - 0.42 * u * u, size)
        dx, dy = _sway(part, t, phase)
        return Pose(x0 + along + dx, y0 + dy, size)

    return pose


def _sway(part: Part, t: float, phase: float) -> tuple[float, float]:
    """Give the small motion on top of the path."""
    turn = 2 * math.pi
    if part.motion in {Motion.FLY, Motion.SWIM}:
        return 0.0, 0.02 * math.sin(turn * (t / 5.3 + phase)) + 0.012 * math.sin(turn * (t / 2.9 + phase * 2))
    if part.motion is Motion.FLOAT or (part.motion is Motion.STILL and part.form.home == "air"):
        return 0.0, 0.009 * math.sin(turn * (t / 3.4 + phase))
    if part.motion is Motion.DANCE:
        return 0.012 * math.sin(turn * (t * 0.9 + phase)), 0.0
    if part.motion is Motion.RUN:
        return 0.0, -0.008 * abs(math.sin(turn * t * part.rate))
    return 0.0, 0.0


def _members(setting: Setting, part: Part, name: str) -> list[tuple[float, float]]:
    """Give each member's offset from the group's centre; far ones first."""
    count = max(1, min(part.subject.count, COUNT_MAX))
    if count == 1:
        return [(0.0, 0.0)]
    rng = setting.rng("group " + name)
    wide = part.height * foot_of(part.form) * 2
    spread = min(setting.aspect * 0.82, wide * (0.9 * count) * 0.72)
    out = []
    for index in range(count):
        x = spread * ((index + 0.5) / count - 0.5) + rng.uniform(-0.12, 0.12) * wide
        if part.form.home in {"air", "sky"}:
            lowest = 0.05 + part.height * part.form.top - part.row
            y = max(lowest, rng.uniform(-0.55, 0.55) * min(0.36, part.height * 2.4))
        else:
            y = -0.05 * float((index * 7) % count) / count
        out.append((x, y))
    return sorted(out, key=lambda offset: offset[1])


def _drawing(part: Part) -> tuple[Draw, int]:
    form = part.form
    if part.motion is Motion.STILL and form.resting is not None:
        return form.resting, 8
    if part.motion is Motion.DANCE and form.dancing is not None:
        return form.dancing, 16
    if part.motion is Motion.STILL and form.motion in {Motion.WALK, Motion.DRIVE}:
        return form.draw, 1
    return form.draw, form.phases


def _sinks(setting: Setting) -> bool:
    """Tell whether a look drowns what does not shine."""
    return setting.palette.lamps and setting.shot.look in _DARK_LOOKS


def _light(setting: Setting, part: Part) -> Callable[[Colour], Colour]:
    if part.depth < 1.0 and part.form.home == "land":
        return lambda own: mix(setting.palette.on_stage(own), setting.palette.lit(own, 0.7), 0.5)
    return setting.palette.on_stage


def _paint(setting: Setting, part: Part, draw: Draw, beat: float) -> Sheet:
    form, palette = part.form, setting.palette
    own: Colour = form.own if part.subject.colour is None else from_bytes(part.subject.colour)
    if part.subject.colour is not None and setting.shot.look is Look.NEON:
        # A colour that was asked for stays that colour under neon light.
        setting = replace(setting, grade=partial(_lightly_graded, setting.grade))
    painter = setting.sprite(bounds_of(form), part.height, part.depth)
    pen = Pen(painter, _light(setting, part), own, palette.shade, palette.lamps, part.subject.label)
    draw(pen, beat)
    if not form.shines:
        side = 1.0 if setting.sun[0] > part.x else -1.0
        high = 0.35 + 0.65 * palette.sun_height
        rim, alpha, width = palette.rim, 0.75 * palette.rim_share + 0.1, 0.016
        if _sinks(setting):
            # These looks sink into black at night; an edge of light keeps figures apart from it.
            rim, alpha, width = mix(rim, (1.0, 1.0, 1.0), 0.5), min(1.0, alpha + 0.3), 0.024
        painter.rim(-side * (1.1 - high * 0.6), high, rim, alpha=alpha, width=width)
    return painter.sheet()


def _lightly_graded(grade: Grade, rgb: Floats) -> Floats:
    """Grade a little, and lift what is dark."""
    return np.asarray(np.clip(rgb, 0.0, 1.0) ** 0.55 * 0.9 + grade(rgb) * 0.15, dtype=np.float32)


def _cycle(setting: Setting, part: Part, name: str) -> Element:
    """Give one subject as actors that share a cycle, which is painted as it is shown; the first frame waits for one."""
    draw, phases = _drawing(part)
    size = setting.ppu(part.depth) * part.height
    pixels = part.form.half * 2 * size * (part.form.top + part.form.low) * size
    phases = max(1, min(phases, int(_PIXELS_MAX / max(1.0, pixels))))
    cycle = Lazily(phases, lambda place: _paint(setting, part, draw, place / phases))
    members = _members(setting, part, name)
    turns = setting.goes_on and part.motion in _TURNS and part.subject.figure is not Figure.CARD
    back = Lazily(phases if turns else 0, lambda place: mirrored(cycle[place]))
    rng = setting.rng("phase " + name)
    actors = []
    for offset in members:
        phase = rng.random() if len(members) > 1 else 0.0
        actors.append(
            Actor(
                cycle=cycle,
                depth=part.depth,
                pose=_scaled(_pose(part, offset, phase), part.height),
                rate=part.rate,
                phase=phase,
                mirrored=back,
                still=phases == 1 and part.motion is Motion.STILL and part.form.home != "air",
            )
        )
    shadow = _shadow(setting, part)
    return Troupe(actors=tuple(actors), shadow=shadow)


def _scaled(pose: Callable[[float, float], Pose], height: float) -> Callable[[float, float], Pose]:
    def scaled(t: float, u: float) -> Pose:
        seen = pose(t, u)
        return Pose(seen.x, seen.y, seen.size * height)

    return scaled


def _shadow(setting: Setting, part: Part) -> Sheet | None:
    """Paint the soft shadow under a figure that stands on the ground."""
    spot = SPOTS[setting.shot.place]
    if part.form.home not in {"ground", "land"} or spot.afloat or spot.hovering or part.motion is Motion.FLY:
        return None
    half = foot_of(part.form) * 0.92
    lean = 0.3 * (1.0 if setting.sun[0] < part.x else -1.0)
    pooled = _sinks(setting)
    painter = setting.sprite(
        Bounds(left=-half - 0.45, top=-1.25 if pooled else -0.1, right=half + 0.45, bottom=0.12),
        part.height,
        part.depth,
    )
    if pooled:
        # A pool of light behind a figure shows its outline where all else is black.
        light = mix(setting.palette.rim, setting.palette.glow, 0.4)
        painter.soft(ellipse((0.0, -0.5), (half * 0.8, 0.42)), light, blur=0.2, alpha=0.55)
    dark = mix(setting.palette.shade, (0.0, 0.0, 0.0), 0.3)
    painter.soft(ellipse((lean * 0.35, 0.005), (half * 0.8, 0.034)), dark, blur=0.03, alpha=0.5)
    return painter.sheet()


@dataclass(frozen=True, kw_only=True, slots=True)
class Troupe:
    """All members of one subject, with their shadows below them."""

    actors: tuple[Actor, ...]
    shadow: Sheet | None

    def rests(self, path: Track) -> bool:
        """Tell whether no member moves."""
        return all(actor.rests(path) for actor in self.actors)

    def creeps(self, path: Track) -> bool:
        """Tell whether no member moves."""
        return self.rests(path)

    def show(self, moment: Moment) -> Sequence[Shown]:
        """Give shadows, then figures."""
        figures = [shown for actor in self.actors for shown in actor.show(moment)]
        if self.shadow is None:
            return figures
        return [*(Hung(self.shadow, actor.hang(moment)) for actor in self.actors), *figures]


def cast_jobs(setting: Setting) -> list[Job]:
    """Give the painting jobs of a shot's subjects, far ones first."""
    return [partial(_cycle, setting, part, str(place)) for place, part in enumerate(plan_cast(setting))]
