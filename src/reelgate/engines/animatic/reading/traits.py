"""What is known of each figure beforehand, in no language: its kind, how it usually moves, where it usually is.

Pure values for the readers of the prompt; it must not say how a figure is drawn.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from reelgate.engines.animatic.scene import Figure, Motion, Place


class Family(enum.StrEnum):
    """What one word can forbid or colour as a whole."""

    PEOPLE = "people"
    ANIMALS = "animals"
    VEHICLES = "vehicles"
    BUILDINGS = "buildings"
    PLANTS = "plants"
    THINGS = "things"


@dataclass(frozen=True, slots=True)
class Traits:
    """Facts about one figure."""

    family: Family
    #: What it does when nothing is said.
    motion: Motion = Motion.STILL
    #: How many a plural without a number is.
    many: int = 4
    #: Where it is when nothing says so.
    place: Place | None = None


def _people(**facts: int) -> Traits:
    return Traits(Family.PEOPLE, many=facts.get("many", 4))


TRAITS: Mapping[Figure, Traits] = {
    Figure.CARD: Traits(Family.THINGS, many=1),
    Figure.PERSON: _people(),
    Figure.CHILD: _people(many=3),
    Figure.CROWD: _people(many=2),
    Figure.ASTRONAUT: Traits(Family.PEOPLE, Motion.FLOAT, 3, Place.SPACE),
    Figure.ROBOT: Traits(Family.THINGS, many=3),
    Figure.DOG: Traits(Family.ANIMALS, many=4),
    Figure.CAT: Traits(Family.ANIMALS, many=3),
    Figure.HORSE: Traits(Family.ANIMALS, many=5, place=Place.FIELD),
    Figure.BIRD: Traits(Family.ANIMALS, Motion.FLY, 8),
    Figure.EAGLE: Traits(Family.ANIMALS, Motion.FLY, 3, Place.MOUNTAINS),
    Figure.FISH: Traits(Family.ANIMALS, Motion.SWIM, 8, Place.UNDERWATER),
    Figure.WHALE: Traits(Family.ANIMALS, Motion.SWIM, 2, Place.SEA),
    Figure.DRAGON: Traits(Family.ANIMALS, Motion.FLY, 3, Place.MOUNTAINS),
    Figure.DEER: Traits(Family.ANIMALS, many=4, place=Place.FOREST),
    Figure.BEAR: Traits(Family.ANIMALS, many=2, place=Place.FOREST),
    Figure.FOX: Traits(Family.ANIMALS, many=3, place=Place.FOREST),
    Figure.WOLF: Traits(Family.ANIMALS, many=4, place=Place.FOREST),
    Figure.LION: Traits(Family.ANIMALS, many=3, place=Place.FIELD),
    Figure.TIGER: Traits(Family.ANIMALS, many=2, place=Place.FOREST),
    Figure.RABBIT: Traits(Family.ANIMALS, many=4, place=Place.FIELD),
    Figure.ELEPHANT: Traits(Family.ANIMALS, many=3, place=Place.FIELD),
    Figure.CAMEL: Traits(Family.ANIMALS, many=4, place=Place.DESERT),
    Figure.GIRAFFE: Traits(Family.ANIMALS, many=3, place=Place.FIELD),
    Figure.COW: Traits(Family.ANIMALS, many=4, place=Place.FIELD),
    Figure.SHEEP: Traits(Family.ANIMALS, many=6, place=Place.FIELD),
    Figure.BUTTERFLY: Traits(Family.ANIMALS, Motion.FLY, 8, Place.GARDEN),
    Figure.CAR: Traits(Family.VEHICLES, Motion.DRIVE, 3, Place.ROAD),
    Figure.TRAIN: Traits(Family.VEHICLES, Motion.DRIVE, 2, Place.OPEN),
    Figure.BICYCLE: Traits(Family.VEHICLES, Motion.DRIVE, 3, Place.ROAD),
    Figure.BOAT: Traits(Family.VEHICLES, Motion.FLOAT, 4, Place.LAKE),
    Figure.SHIP: Traits(Family.VEHICLES, Motion.FLOAT, 3, Place.SEA),
    Figure.PLANE: Traits(Family.VEHICLES, Motion.FLY, 3, Place.SKY),
    Figure.ROCKET: Traits(Family.VEHICLES, Motion.FLY, 2, Place.SPACE),
    Figure.BALLOON: Traits(Family.VEHICLES, Motion.FLOAT, 6),
    Figure.TREE: Traits(Family.PLANTS, many=5),
    Figure.PALM: Traits(Family.PLANTS, many=4, place=Place.BEACH),
    Figure.FLOWER: Traits(Family.PLANTS, many=9, place=Place.GARDEN),
    Figure.HOUSE: Traits(Family.BUILDINGS, many=4),
    Figure.TOWER: Traits(Family.BUILDINGS, many=3),
    Figure.LIGHTHOUSE: Traits(Family.BUILDINGS, many=2, place=Place.SEA),
    Figure.WINDMILL: Traits(Family.BUILDINGS, many=4, place=Place.FIELD),
    Figure.BRIDGE: Traits(Family.BUILDINGS, many=2, place=Place.RIVER),
    Figure.CASTLE: Traits(Family.BUILDINGS, many=2, place=Place.CASTLE),
    Figure.BOTTLE: Traits(Family.THINGS, many=4, place=Place.STUDIO),
    Figure.CUP: Traits(Family.THINGS, many=3, place=Place.ROOM),
    Figure.LANTERN: Traits(Family.THINGS, many=8),
    Figure.CANDLE: Traits(Family.THINGS, many=6, place=Place.ROOM),
    Figure.FIRE: Traits(Family.THINGS, many=3),
    Figure.BALL: Traits(Family.THINGS, many=5),
    Figure.CUBE: Traits(Family.THINGS, many=4),
    Figure.BOOK: Traits(Family.THINGS, many=5, place=Place.ROOM),
    Figure.TABLE: Traits(Family.THINGS, many=2, place=Place.ROOM),
    Figure.SOFA: Traits(Family.THINGS, many=2, place=Place.ROOM),
    Figure.GUITAR: Traits(Family.THINGS, many=2, place=Place.ROOM),
    Figure.MOON: Traits(Family.THINGS, many=2),
    Figure.PLANET: Traits(Family.THINGS, many=3, place=Place.SPACE),
}

FAMILIES: Mapping[str, frozenset[Figure]] = {
    family.value: frozenset(figure for figure, traits in TRAITS.items() if traits.family is family) for family in Family
}
