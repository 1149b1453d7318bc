"""Reads where and when it happens, what is in the air and how it looks: said, or hinted at by other words.

It must not fill in defaults; `shots_plan` does. `draft` calls it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reelgate.engines.animatic.reading.items import MODIFIERS, Item
from reelgate.engines.animatic.reading.lexicon import Kind
from reelgate.engines.animatic.reading.words import Gap
from reelgate.engines.animatic.scene import Look, Place, TimeOfDay, Weather

_ASIDE_REACH = 4
# The heavier weather is the picture: rain under clouds is rain.
_WEIGHT = (Weather.STORM, Weather.SNOW, Weather.RAIN, Weather.FOG, Weather.WIND, Weather.CLOUDS, Weather.CLEAR)


@dataclass(frozen=True, slots=True)
class PlaceNamed:
    """A place that the text names."""

    place: Place
    text: str
    near: bool
    #: 0 for where it happens; more for what stands back.
    rank: int


@dataclass(slots=True)
class Setting:
    """What was read about the setting; hints are in the order of the text."""

    places: list[PlaceNamed] = field(default_factory=list)
    #: With the words that said so.
    times: list[tuple[TimeOfDay, str]] = field(default_factory=list)
    weathers: list[Weather] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    #: Fact ("place", "time", "weather", "look", "pace", "camera") to the values hinted at.
    hints: dict[str, list[str]] = field(default_factory=dict)


def read_setting(items: Sequence[Item]) -> Setting:
    """Read one shot's setting."""
    setting = Setting()
    for at, item in enumerate(items):
        if not item.live:
            continue
        for entry in item.entries:
            if entry.kind is Kind.PLACE:
                named = PlaceNamed(Place(entry.value), item.text, entry.near, _rank(items, at))
                setting.places.append(named)
            elif entry.kind is Kind.TIME:
                setting.times.append((TimeOfDay(entry.value), item.norm))
            elif entry.kind is Kind.WEATHER:
                setting.weathers.append(Weather(entry.value))
            elif entry.kind is Kind.LOOK:
                _add_look(setting, items, at, entry.value)
            elif entry.kind is Kind.HINT:
                fact, _, value = entry.value.partition(":")
                setting.hints.setdefault(fact, []).append(value)
    setting.places.sort(key=lambda named: named.rank)
    # "A day of rain at sunset": day is the least that can be said.
    setting.times.sort(key=lambda said: said[0] is TimeOfDay.DAY)
    setting.weathers.sort(key=_WEIGHT.index)
    setting.looks.sort(key=lambda look: (look is Look.NATURAL, look is Look.CINEMATIC))
    return setting


def _rank(items: Sequence[Item], at: int) -> int:
    """Return how far back a place stands: 3 the sky, 2 a mere part, 1 what is beyond or above something, else 0."""
    item = items[at]
    entry = item.get(Kind.PLACE)
    if entry and entry.value == Place.SKY:
        return 3
    if item.has(Kind.YIELDING):
        return 2
    for behind in range(at - 1, max(at - 1 - _ASIDE_REACH, -1), -1):
        if items[behind].has(Kind.ASIDE):
            return 1
        if items[behind + 1].gap > Gap.NONE or not (
            items[behind].has_any(MODIFIERS | {Kind.DETERMINER}) or items[behind].unknown
        ):
            break
    return 0


def _add_look(setting: Setting, items: Sequence[Item], at: int, value: str) -> None:
    """Take a look as said, or, of "a vintage car", as a hint."""
    following = items[at + 1] if at + 1 < len(items) else None
    qualifies = following is not None and following.gap == Gap.NONE and following.has(Kind.FIGURE, Kind.WORN, Kind.PART)
    if qualifies:
        setting.hints.setdefault("look", []).append(value)
    else:
        setting.looks.append(Look(value))
