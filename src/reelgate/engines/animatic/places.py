"""The table of places: how each is planned, where its horizon lies and where subjects stand.

`shots` looks places up here; a new place is one function and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reelgate.engines.animatic import places_high, places_inside, places_land, places_town, places_water
from reelgate.engines.animatic.scene import Place
from reelgate.engines.animatic.setting import Scenery, Setting


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
    Place.STUDIO: Spot(plan=places_inside.studio, stand=0.84, outdoors=False),
    Place.OPEN: Spot(plan=places_land.open_land),
    Place.FOREST: Spot(plan=places_high.forest, horizon=0.6),
    Place.MOUNTAINS: Spot(plan=places_high.mountains, horizon=0.6, stand=0.87),
    Place.DESERT: Spot(plan=places_land.desert, horizon=0.58, stand=0.87),
    Place.FIELD: Spot(plan=places_land.field, horizon=0.58, stand=0.86),
    Place.GARDEN: Spot(plan=places_land.garden, horizon=0.56, stand=0.85),
    Place.BEACH: Spot(plan=places_water.beach, horizon=0.56, stand=0.86),
    Place.SEA: Spot(plan=places_water.sea, horizon=0.58, stand=0.81, afloat=True),
    Place.LAKE: Spot(plan=places_water.lake, horizon=0.57, stand=0.8, afloat=True),
    Place.RIVER: Spot(plan=places_water.river, horizon=0.54, stand=0.84),
    Place.UNDERWATER: Spot(plan=places_water.underwater, horizon=0.5, stand=0.95, outdoors=False, hovering=True),
    Place.CITY: Spot(plan=places_town.city, horizon=0.6, stand=0.89),
    Place.STREET: Spot(plan=places_town.street, horizon=0.6, stand=0.88),
    Place.ROAD: Spot(plan=places_town.road, horizon=0.6, stand=0.86),
    Place.VILLAGE: Spot(plan=places_town.village, horizon=0.6, stand=0.88),
    Place.CASTLE: Spot(plan=places_town.castle, horizon=0.6, stand=0.88),
    Place.GREENHOUSE: Spot(plan=places_inside.greenhouse, horizon=0.56, stand=0.87, outdoors=False),
    Place.ROOM: Spot(plan=places_inside.room, horizon=0.66, stand=0.87, outdoors=False),
    Place.SKY: Spot(plan=places_inside.above_clouds, horizon=0.64, stand=0.86, hovering=True),
    Place.SPACE: Spot(plan=places_inside.space, horizon=0.5, stand=0.86, outdoors=False, hovering=True),
    Place.SNOWFIELD: Spot(plan=places_land.snowfield, horizon=0.58),
}
