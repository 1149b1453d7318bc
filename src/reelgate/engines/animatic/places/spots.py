"""The table of places: how each is planned, where its horizon lies and where subjects stand.

`shots` looks places up here; a new place is one function and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reelgate.engines.animatic.drawing.setting import Scenery, Setting
from reelgate.engines.animatic.places import high, inside, land, town, water
from reelgate.engines.animatic.scene import Place


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """One row of the table."""

    plan: Callable[[Setting], Scenery]
    #: World row of the horizon.
    horizon: float = 0.62
    #: World row on which subjects stand.
    stand: float = 0.88
    #: Whether weather falls here.
    outdoors: bool = True
    #: Whether the ground is water: what is on it floats, and has no shadow.
    afloat: bool = False
    #: Whether there is no ground at all: all that is here hovers.
    hovering: bool = False


SPOTS: dict[Place, Spot] = {
    Place.STUDIO: Spot(plan=inside.studio, stand=0.84, outdoors=False),
    Place.OPEN: Spot(plan=land.open_land),
    Place.FOREST: Spot(plan=high.forest, horizon=0.6),
    Place.MOUNTAINS: Spot(plan=high.mountains, horizon=0.6, stand=0.87),
    Place.DESERT: Spot(plan=land.desert, horizon=0.58, stand=0.87),
    Place.FIELD: Spot(plan=land.field, horizon=0.58, stand=0.86),
    Place.GARDEN: Spot(plan=land.garden, horizon=0.56, stand=0.85),
    Place.BEACH: Spot(plan=water.beach, horizon=0.56, stand=0.86),
    Place.SEA: Spot(plan=water.sea, horizon=0.58, stand=0.81, afloat=True),
    Place.LAKE: Spot(plan=water.lake, horizon=0.57, stand=0.8, afloat=True),
    Place.RIVER: Spot(plan=water.river, horizon=0.54, stand=0.84),
    Place.UNDERWATER: Spot(plan=water.underwater, horizon=0.5, stand=0.95, outdoors=False, hovering=True),
    Place.CITY: Spot(plan=town.city, horizon=0.6, stand=0.89),
    Place.STREET: Spot(plan=town.street, horizon=0.6, stand=0.88),
    Place.ROAD: Spot(plan=town.road, horizon=0.6, stand=0.86),
    Place.VILLAGE: Spot(plan=town.village, horizon=0.6, stand=0.88),
    Place.CASTLE: Spot(plan=town.castle, horizon=0.6, stand=0.88),
    Place.GREENHOUSE: Spot(plan=inside.greenhouse, horizon=0.56, stand=0.87, outdoors=False),
    Place.ROOM: Spot(plan=inside.room, horizon=0.66, stand=0.87, outdoors=False),
    Place.SKY: Spot(plan=inside.above_clouds, horizon=0.64, stand=0.86, hovering=True),
    Place.SPACE: Spot(plan=inside.space, horizon=0.5, stand=0.86, outdoors=False, hovering=True),
    Place.SNOWFIELD: Spot(plan=land.snowfield, horizon=0.58),
}
