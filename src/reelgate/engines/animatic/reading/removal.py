"""Reads what must not be there: denied words of the prompt, and the negative prompt.

It must not change a scene; what it returns is asked by `draft` and `shots_plan`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from reelgate.engines.animatic.reading.items import CLOSED, Item
from reelgate.engines.animatic.reading.lexicon import Entry, Kind, Lexicon
from reelgate.engines.animatic.reading.notes import Notes
from reelgate.engines.animatic.reading.traits import FAMILIES
from reelgate.engines.animatic.scene import Camera, Figure, Look, Motion, Place, TimeOfDay, Weather

# What is denied in vain, and told.
_TOLD = (Kind.QUALITY, Kind.ABSTRACT, Kind.PART, Kind.GEAR, Kind.WORN, Kind.VERB)


@dataclass(slots=True)
class Removal:
    """What to leave out."""

    figures: set[Figure] = field(default_factory=set)
    #: Of figures that stand in for a word, only that word's: no wolves, but dogs.
    labels: set[str] = field(default_factory=set)
    places: set[Place] = field(default_factory=set)
    times: set[TimeOfDay] = field(default_factory=set)
    weathers: set[Weather] = field(default_factory=set)
    looks: set[Look] = field(default_factory=set)
    cameras: set[Camera] = field(default_factory=set)
    motions: set[Motion] = field(default_factory=set)
    colours: set[str] = field(default_factory=set)
    titles: bool = False
    all_colours: bool = False
    still_camera: bool = False

    def drops(self, figure: Figure, norm: str) -> bool:
        """Tell whether a subject is to be left out."""
        return figure in self.figures or norm in self.labels


def read_removal(items: Sequence[Item], lexicon: Lexicon, notes: Notes) -> Removal:
    """Read the denied ones among items."""
    removal = Removal()
    for item in items:
        if not item.negated or item.heard or item.has(Kind.NEGATOR):
            continue
        if _remove(item, lexicon, removal):
            notes.understood(f"without: {item.text}")
        elif item.has(*_TOLD) and not item.has_any(CLOSED):
            notes.ignored(f"without: {item.text}")
    return removal


def _remove(item: Item, lexicon: Lexicon, removal: Removal) -> bool:
    if item.has(Kind.QUALITY):
        return False
    group = item.get(Kind.KINDS)
    if group:
        _remove_group(group.value, removal)
        return True
    found = [_remove_one(entry, item, lexicon, removal) for entry in item.entries]
    if item.unknown:
        # A card may be asked for by the same word.
        removal.labels.add(item.norm)
    return any(found)


def _remove_group(group: str, removal: Removal) -> None:
    if group == "titles":
        removal.titles = True
    elif group == "colours":
        removal.all_colours = True
        removal.looks.add(Look.NEON)
    elif group == "camera":
        removal.still_camera = True
    else:
        removal.figures |= FAMILIES[group] - {Figure.ASTRONAUT}


def _remove_one(entry: Entry, item: Item, lexicon: Lexicon, removal: Removal) -> bool:
    if entry.kind is Kind.FIGURE:
        removal.labels.add(item.norm)
        if not entry.near:
            removal.figures.add(Figure(entry.value))
    elif entry.kind is Kind.PLACE:
        removal.places.add(Place(entry.value))
    elif entry.kind is Kind.TIME:
        removal.times.add(TimeOfDay(entry.value))
    elif entry.kind is Kind.WEATHER:
        removal.weathers.add(Weather(entry.value))
    elif entry.kind is Kind.LOOK:
        removal.looks.add(Look(entry.value))
    elif entry.kind is Kind.MOTION:
        removal.motions.add(Motion(entry.value))
    elif entry.kind is Kind.COLOUR:
        removal.colours.add(entry.value)
    elif entry.kind is Kind.CAMERA:
        verb = lexicon.camera_verbs[entry.value]
        removal.cameras |= {Camera(move) for move in (*verb.alone, *verb.directed.values())}
    else:
        return False
    return True


def merge_removals(first: Removal, second: Removal) -> Removal:
    """Return what either leaves out."""
    return Removal(
        figures=first.figures | second.figures,
        labels=first.labels | second.labels,
        places=first.places | second.places,
        times=first.times | second.times,
        weathers=first.weathers | second.weathers,
        looks=first.looks | second.looks,
        cameras=first.cameras | second.cameras,
        motions=first.motions | second.motions,
        colours=first.colours | second.colours,
        titles=first.titles or second.titles,
        all_colours=first.all_colours or second.all_colours,
        still_camera=first.still_camera or second.still_camera,
    )
