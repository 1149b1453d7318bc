"""Reads how the camera moves, how fast, and how near it is; claims the words that say so.

It must not look at subjects. `draft` calls it before all other readers, since "truck left" is no vehicle.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reelgate.engines.animatic.reading.chance import Chance
from reelgate.engines.animatic.reading.items import CLOSED, MODIFIERS, Item
from reelgate.engines.animatic.reading.lexicon import CameraVerb, Kind, Lexicon
from reelgate.engines.animatic.reading.notes import Notes
from reelgate.engines.animatic.reading.words import Gap
from reelgate.engines.animatic.scene import Camera, Pace

_AHEAD = 4
_BEHIND = 3
_NOUN_REACH = 5
_CLAUSE_MAX = 12
_TURNS = frozenset({"left", "right", "up", "down"})
# What may stand between the camera and what it does.
_PASSABLE = CLOSED - {Kind.PRONOUN} | MODIFIERS | {Kind.PACE, Kind.DIRECTION, Kind.CAMERA, Kind.CAMERA_NOUN, Kind.LOOK}


@dataclass(frozen=True, slots=True)
class CameraWork:
    """What was read about the camera; None where nothing was said."""

    camera: Camera | None = None
    pace: Pace | None = None
    #: "close" or "wide".
    framing: str | None = None


@dataclass(frozen=True, slots=True)
class _Move:
    at: int
    camera: Camera
    stands_for: bool


def read_camera(items: Sequence[Item], lexicon: Lexicon, chance: Chance, notes: Notes) -> CameraWork:
    """Read one shot's camera work."""
    moves = [move for at in range(len(items)) if (move := _move(items, at, lexicon, chance))]
    # A shot that is only named after its place in the air yields to what the camera does there.
    moves.sort(key=lambda move: (move.stands_for, move.at))
    chosen = moves[0] if moves else None
    for move in moves:
        _claim(items, move.at)
        if chosen and move.camera is not chosen.camera and not move.stands_for:
            notes.ignored(f"camera: {_name(move.camera)} (one move a shot)")
    pace = _pace(items, chosen.at if chosen else None)
    if chosen and chosen.stands_for:
        notes.approximated(f"'{items[chosen.at].text}' done as a {_name(chosen.camera)}")
    for item in items:
        if item.has(Kind.CAMERA_NOUN) and not item.has(Kind.PRONOUN):
            item.claimed = True
    return CameraWork(chosen.camera if chosen else None, pace, _framing(items))


def describe_camera(camera: Camera, pace: Pace | None) -> str:
    """Return a phrase for a camera move and its pace."""
    return f"camera: {_name(camera)}" + (f", {pace}" if pace and pace is not Pace.NORMAL else "")


def _name(camera: Camera) -> str:
    return camera.value.replace("_", " ")


def _move(items: Sequence[Item], at: int, lexicon: Lexicon, chance: Chance) -> _Move | None:
    item = items[at]
    if item.heard or (item.negated and not item.norm.startswith("static")):
        return None
    for entry in item.entries:
        if entry.kind is not Kind.CAMERA:
            continue
        verb = lexicon.camera_verbs[entry.value]
        direction = _direction(items, at, verb)
        told = lexicon.ways.verb_last and _camera_leads(items, at)
        if told or _certain(items, at, verb, direction):
            move = verb.directed[direction] if direction else chance.pick(f"camera:{entry.value}", verb.alone)
            return _Move(at, Camera(move), verb.stands_for)
    return None


def _certain(items: Sequence[Item], at: int, verb: CameraVerb, direction: str | None) -> bool:
    """Tell whether a verb is about the camera here."""
    if verb.certainty == "sure":
        return True
    if _camera_near(items, at) or (items[at].norm in verb.lone and _lone(items, at)):
        return True
    if verb.certainty == "shot":
        return not items[at].has(Kind.FIGURE)
    named = at > 0 and items[at - 1].has_any(MODIFIERS | {Kind.DETERMINER}) and items[at].gap == Gap.NONE
    close_by = any(0 <= near_at < len(items) and items[near_at].has(Kind.DIRECTION) for near_at in (at - 1, at + 1))
    if verb.certainty == "likely":
        return direction is not None and close_by
    return verb.certainty == "directed" and direction in _TURNS and close_by and not named


def _lone(items: Sequence[Item], at: int) -> bool:
    """Tell whether a word stands between two commas, after something to look at."""
    return at > 0 and items[at].gap > Gap.NONE and (at + 1 == len(items) or items[at + 1].gap > Gap.NONE)


def _camera_near(items: Sequence[Item], at: int) -> bool:
    if at + 1 < len(items) and items[at + 1].gap == Gap.NONE and items[at + 1].has(Kind.CAMERA_NOUN):
        return True
    for behind in range(at - 1, max(at - 1 - _NOUN_REACH, -1), -1):
        if items[behind + 1].gap == Gap.STOP:
            return False
        if items[behind].has(Kind.CAMERA_NOUN):
            return True
        if not (items[behind].has_any(_PASSABLE) or items[behind].unknown) or items[behind].has(Kind.FIGURE):
            return False
    return False


def _camera_leads(items: Sequence[Item], at: int) -> bool:
    """Tell whether a clause begins with the camera and ends with a verb: "カメラが車の周りを回る"."""
    ends = at + 1 == len(items) or items[at + 1].gap > Gap.NONE or items[at + 1].has(Kind.PARTICLE)
    start = at
    while start > 0 and items[start].gap == Gap.NONE and at - start < _CLAUSE_MAX:
        start -= 1
    return ends and items[start].has(Kind.CAMERA_NOUN)


def _direction(items: Sequence[Item], at: int, verb: CameraVerb) -> str | None:
    """Return the direction that a verb has in it, or the first one after it, or else the last one before it."""
    for own in _directions(items[at], verb):
        if own in _TURNS:
            return own
    ahead = _directions_ahead(items, at, verb)
    # A turn beats a way: "tracks along to the left".
    for wanted in [turn for turn in ahead if turn in _TURNS] + ahead:
        return wanted
    for index in range(at - 1, max(at - 1 - _BEHIND, -1), -1):
        if items[index + 1].gap > Gap.NONE or not (items[index].has_any(_PASSABLE) or items[index].unknown):
            break
        if turns := [found for found in _directions(items[index], verb) if found in _TURNS]:
            return turns[0]
    return None


def _directions_ahead(items: Sequence[Item], at: int, verb: CameraVerb) -> list[str]:
    ahead: list[str] = []
    for index in range(at + 1, min(at + 1 + _AHEAD, len(items))):
        if items[index].gap > Gap.NONE or items[index].has(Kind.CAMERA_NOUN, Kind.FIGURE):
            break
        # "From left to the right" goes right.
        if not items[index - 1].has(Kind.ORIGIN) and not items[index].has(Kind.ORIGIN):
            ahead += _directions(items[index], verb)
    return ahead


def _directions(item: Item, verb: CameraVerb) -> list[str]:
    return [entry.value for entry in item.entries if entry.kind is Kind.DIRECTION and entry.value in verb.directed]


def _claim(items: Sequence[Item], at: int) -> None:
    items[at].claimed = True
    for index in range(at + 1, min(at + 1 + _AHEAD, len(items))):
        if items[index].gap > Gap.NONE or not items[index].has(Kind.DIRECTION):
            break
        if items[index].has(Kind.PREPOSITION):
            break
        items[index].claimed = True


def _pace(items: Sequence[Item], move_at: int | None) -> Pace | None:
    for item in items:
        if item.has(Kind.PACE_ANYWHERE) and not item.negated:
            return _pace_of(item)
    anchors = [move_at] if move_at is not None else []
    anchors += [at for at, item in enumerate(items) if item.has(Kind.CAMERA_NOUN) and not item.has(Kind.PRONOUN)]
    for anchor in anchors:
        reach = range(max(anchor - 3, 0), min(anchor + 5, len(items)))
        for index in sorted(reach, key=lambda index: abs(index - anchor)):
            crossed = items[min(index, anchor) + 1 : max(index, anchor) + 1]
            stopped = any(item.gap == Gap.STOP or item.has(Kind.FIGURE) for item in crossed)
            if items[index].has(Kind.PACE) and not items[index].negated and not stopped:
                return _pace_of(items[index])
    return None


def _pace_of(item: Item) -> Pace | None:
    entry = item.get(Kind.PACE)
    return Pace(entry.value) if entry else None


def _framing(items: Sequence[Item]) -> str | None:
    for item in items:
        entry = item.get(Kind.FRAMING)
        if entry and not item.negated:
            item.claimed = True
            return entry.value
    return None
