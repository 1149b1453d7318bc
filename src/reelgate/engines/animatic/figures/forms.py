"""The table of figures: how each is drawn, how big, how fast, and what it does when nothing is said.

`cast` looks figures up here; a new figure is one drawing function and one row.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reelgate.engines.animatic.drawing import cards
from reelgate.engines.animatic.drawing.camera import Bounds
from reelgate.engines.animatic.drawing.colour import Colour, hexa
from reelgate.engines.animatic.drawing.pen import Pen
from reelgate.engines.animatic.figures import animals, furniture, people, things, vehicles, wild, winged
from reelgate.engines.animatic.scene import Figure, Motion

Draw = Callable[[Pen, float], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """One row of the table."""

    draw: Draw
    #: Own units: half its width, and how far it reaches above and below the ground line.
    half: float = 0.5
    #: Half of what stands on the ground, where the drawing reaches further; 0 for all of it.
    foot: float = 0.0
    top: float = 1.1
    low: float = 0.08
    #: World height of one unit.
    height: float = 0.3
    own: Colour
    #: Drawings in a cycle; 1 for a thing that never changes.
    phases: int = 1
    #: Cycles a second.
    rate: float = 1.0
    #: World units a second when it travels.
    speed: float = 0.1
    #: Where it belongs: "ground", "land" (built or grown there), "air", "water" or "sky".
    home: str = "ground"
    motion: Motion = Motion.STILL
    #: Drawn instead when it stands still or dances.
    resting: Draw | None = None
    dancing: Draw | None = None
    #: Whether the figure gives light itself, so that shade and rim are left off.
    shines: bool = False


FORMS: dict[Figure, Form] = {
    Figure.CARD: Form(draw=cards.card, half=0.8, top=1.06, height=0.24, own=hexa("f4ecdc")),
    Figure.PERSON: Form(
        draw=people.person,
        half=0.32,
        foot=0.2,
        height=0.36,
        own=hexa("b5573f"),
        phases=12,
        rate=0.95,
        speed=0.085,
        motion=Motion.WALK,
        resting=people.standing,
        dancing=people.dancing,
    ),
    Figure.CHILD: Form(
        draw=people.child,
        half=0.32,
        foot=0.2,
        height=0.25,
        own=hexa("e0a03c"),
        phases=12,
        rate=1.2,
        speed=0.08,
        motion=Motion.WALK,
        dancing=people.dancing,
    ),
    Figure.CROWD: Form(draw=people.crowd, half=1.1, height=0.27, own=hexa("7a6a5f"), phases=8, rate=0.3),
    Figure.DOG: Form(
        draw=animals.dog,
        half=0.85,
        top=1.2,
        height=0.2,
        own=hexa("b5783f"),
        phases=12,
        rate=1.7,
        speed=0.12,
        motion=Motion.WALK,
    ),
    Figure.CAT: Form(
        draw=animals.cat,
        half=0.8,
        top=1.12,
        height=0.2,
        own=hexa("d98a4a"),
        phases=12,
        rate=1.2,
        speed=0.07,
        motion=Motion.WALK,
    ),
    Figure.HORSE: Form(
        draw=animals.horse,
        half=0.95,
        foot=0.62,
        top=1.3,
        height=0.3,
        own=hexa("8a5034"),
        phases=12,
        rate=1.1,
        speed=0.15,
        motion=Motion.WALK,
    ),
    Figure.BIRD: Form(
        draw=winged.bird,
        half=0.75,
        top=1.2,
        low=0.2,
        height=0.13,
        own=hexa("3f6f9c"),
        phases=12,
        rate=2.4,
        speed=0.15,
        home="air",
        motion=Motion.FLY,
    ),
    Figure.EAGLE: Form(
        draw=winged.eagle,
        half=0.95,
        top=1.35,
        low=0.25,
        height=0.24,
        own=hexa("5a4030"),
        phases=12,
        rate=0.45,
        speed=0.1,
        home="air",
        motion=Motion.FLY,
    ),
    Figure.FISH: Form(
        draw=winged.fish,
        half=0.85,
        height=0.15,
        own=hexa("f08a3c"),
        phases=12,
        rate=1.6,
        speed=0.09,
        home="air",
        motion=Motion.SWIM,
    ),
    Figure.WHALE: Form(
        draw=winged.whale,
        half=1.6,
        top=1.05,
        low=0.1,
        height=0.34,
        own=hexa("3f5f80"),
        phases=12,
        rate=0.35,
        speed=0.045,
        home="air",
        motion=Motion.SWIM,
    ),
    Figure.DRAGON: Form(
        draw=winged.dragon,
        half=1.4,
        top=1.5,
        low=0.2,
        height=0.34,
        own=hexa("b5403a"),
        phases=12,
        rate=0.75,
        speed=0.09,
        home="air",
        motion=Motion.FLY,
    ),
    Figure.DEER: Form(
        draw=animals.deer,
        half=0.75,
        top=1.55,
        height=0.28,
        own=hexa("a8703f"),
        phases=12,
        rate=1.0,
        speed=0.11,
        motion=Motion.WALK,
    ),
    Figure.BEAR: Form(
        draw=animals.bear,
        half=0.95,
        top=1.0,
        height=0.28,
        own=hexa("5f4330"),
        phases=12,
        rate=0.8,
        speed=0.08,
        motion=Motion.WALK,
    ),
    Figure.FOX: Form(
        draw=wild.fox,
        half=1.1,
        foot=0.5,
        top=1.0,
        height=0.19,
        own=hexa("d9702b"),
        phases=12,
        rate=1.6,
        speed=0.12,
        motion=Motion.WALK,
    ),
    Figure.WOLF: Form(
        draw=wild.wolf,
        half=0.95,
        foot=0.55,
        top=1.2,
        height=0.23,
        own=hexa("7d8288"),
        phases=12,
        rate=1.5,
        speed=0.12,
        motion=Motion.WALK,
    ),
    Figure.LION: Form(
        draw=wild.lion,
        half=1.05,
        foot=0.6,
        top=1.15,
        height=0.27,
        own=hexa("c79a4f"),
        phases=12,
        rate=1.1,
        speed=0.09,
        motion=Motion.WALK,
    ),
    Figure.TIGER: Form(
        draw=wild.tiger,
        half=1.05,
        foot=0.6,
        top=1.15,
        height=0.27,
        own=hexa("d97b29"),
        phases=12,
        rate=1.1,
        speed=0.09,
        motion=Motion.WALK,
    ),
    Figure.RABBIT: Form(
        draw=wild.rabbit,
        half=0.65,
        foot=0.45,
        top=1.0,
        height=0.14,
        own=hexa("b8a998"),
        phases=12,
        rate=1.8,
        speed=0.1,
        motion=Motion.WALK,
    ),
    Figure.ELEPHANT: Form(
        draw=wild.elephant,
        half=1.0,
        foot=0.65,
        top=1.15,
        height=0.42,
        own=hexa("84888c"),
        phases=12,
        rate=0.7,
        speed=0.07,
        motion=Motion.WALK,
    ),
    Figure.CAMEL: Form(
        draw=wild.camel,
        half=1.05,
        foot=0.6,
        top=1.25,
        height=0.36,
        own=hexa("c39a64"),
        phases=12,
        rate=0.9,
        speed=0.09,
        motion=Motion.WALK,
    ),
    Figure.GIRAFFE: Form(
        draw=wild.giraffe,
        half=0.75,
        foot=0.45,
        top=1.65,
        height=0.38,
        own=hexa("d9a95c"),
        phases=12,
        rate=0.9,
        speed=0.1,
        motion=Motion.WALK,
    ),
    Figure.COW: Form(
        draw=wild.cow,
        half=0.95,
        foot=0.65,
        top=1.15,
        height=0.28,
        own=hexa("ece7df"),
        phases=12,
        rate=0.9,
        speed=0.07,
        motion=Motion.WALK,
    ),
    Figure.SHEEP: Form(
        draw=wild.sheep,
        half=0.7,
        foot=0.5,
        top=0.85,
        height=0.2,
        own=hexa("efeae0"),
        phases=12,
        rate=1.3,
        speed=0.06,
        motion=Motion.WALK,
    ),
    Figure.BUTTERFLY: Form(
        draw=winged.butterfly,
        half=0.65,
        top=1.1,
        low=0.05,
        height=0.13,
        own=hexa("f0843c"),
        phases=12,
        rate=1.6,
        speed=0.06,
        home="air",
        motion=Motion.FLY,
    ),
    Figure.CAR: Form(
        draw=vehicles.car,
        half=1.5,
        top=1.0,
        height=0.17,
        own=hexa("d9463c"),
        phases=10,
        rate=1.6,
        speed=0.2,
        motion=Motion.DRIVE,
    ),
    Figure.TRAIN: Form(
        draw=vehicles.train,
        half=3.3,
        foot=2.6,
        top=1.75,
        height=0.22,
        own=hexa("a8403a"),
        phases=12,
        rate=1.1,
        speed=0.14,
        motion=Motion.DRIVE,
    ),
    Figure.BICYCLE: Form(
        draw=vehicles.bicycle,
        half=0.85,
        top=1.5,
        height=0.24,
        own=hexa("d9573f"),
        phases=12,
        rate=1.2,
        speed=0.12,
        motion=Motion.DRIVE,
    ),
    Figure.BOAT: Form(
        draw=vehicles.boat,
        half=0.75,
        top=1.1,
        low=0.1,
        height=0.32,
        own=hexa("b5483c"),
        phases=12,
        rate=0.3,
        speed=0.03,
        home="water",
        motion=Motion.FLOAT,
    ),
    Figure.SHIP: Form(
        draw=vehicles.ship,
        half=1.3,
        top=1.35,
        low=0.1,
        height=0.3,
        own=hexa("2f3f55"),
        phases=12,
        rate=0.35,
        speed=0.025,
        home="water",
        motion=Motion.FLOAT,
    ),
    Figure.PLANE: Form(
        draw=vehicles.plane,
        half=1.2,
        top=1.0,
        low=0.1,
        height=0.26,
        own=hexa("eef0f2"),
        speed=0.13,
        home="air",
        motion=Motion.FLY,
    ),
    Figure.ROCKET: Form(
        draw=vehicles.rocket,
        half=0.55,
        top=1.2,
        low=0.6,
        height=0.34,
        own=hexa("d9463c"),
        phases=8,
        rate=2.0,
        speed=0.05,
        home="air",
        motion=Motion.FLY,
    ),
    Figure.BALLOON: Form(
        draw=vehicles.balloon,
        half=0.45,
        top=1.12,
        height=0.36,
        own=hexa("d9503c"),
        phases=10,
        rate=0.4,
        speed=0.02,
        home="air",
        motion=Motion.FLOAT,
    ),
    Figure.ROBOT: Form(
        draw=people.robot,
        half=0.35,
        foot=0.24,
        top=1.12,
        height=0.36,
        own=hexa("c3ccd6"),
        phases=12,
        rate=0.8,
        speed=0.06,
        motion=Motion.WALK,
    ),
    Figure.ASTRONAUT: Form(
        draw=people.astronaut,
        half=0.42,
        top=1.1,
        height=0.4,
        own=hexa("eef0f2"),
        phases=12,
        rate=0.3,
        speed=0.025,
        motion=Motion.FLOAT,
    ),
    Figure.TREE: Form(
        home="land",
        draw=things.tree,
        half=0.55,
        foot=0.36,
        top=1.12,
        height=0.5,
        own=hexa("4f8a4a"),
        phases=12,
        rate=0.2,
    ),
    Figure.PALM: Form(
        home="land",
        draw=things.palm,
        half=0.65,
        foot=0.36,
        top=1.15,
        height=0.56,
        own=hexa("3f8a50"),
        phases=12,
        rate=0.25,
    ),
    Figure.FLOWER: Form(
        draw=things.flower, half=0.4, foot=0.16, top=1.05, height=0.24, own=hexa("e0566f"), phases=12, rate=0.3
    ),
    Figure.HOUSE: Form(
        home="land", draw=things.house, half=0.65, top=1.5, height=0.36, own=hexa("e0c49a"), phases=12, rate=0.25
    ),
    Figure.TOWER: Form(
        home="land", draw=things.tower, half=0.4, top=1.2, height=0.62, own=hexa("7a6a5f"), phases=8, rate=0.5
    ),
    Figure.LIGHTHOUSE: Form(
        home="land",
        draw=things.lighthouse,
        half=1.6,
        foot=0.4,
        top=1.2,
        height=0.58,
        own=hexa("c8403c"),
        phases=24,
        rate=0.14,
    ),
    Figure.WINDMILL: Form(
        home="land",
        draw=things.windmill,
        half=0.62,
        foot=0.3,
        top=1.2,
        height=0.5,
        own=hexa("d9c4a0"),
        phases=24,
        rate=0.55,
    ),
    Figure.BRIDGE: Form(home="land", draw=things.bridge, half=1.8, top=1.05, low=0.1, height=0.42, own=hexa("b5503c")),
    Figure.CASTLE: Form(
        home="land", draw=things.castle, half=0.7, top=1.35, height=0.5, own=hexa("b8ab98"), phases=8, rate=0.8
    ),
    Figure.BOTTLE: Form(draw=things.bottle, half=0.3, top=1.08, height=0.42, own=hexa("2f6f5a")),
    Figure.CUP: Form(draw=things.cup, half=0.72, top=1.3, height=0.28, own=hexa("e8e0d2"), phases=12, rate=0.3),
    Figure.LANTERN: Form(
        draw=things.lantern,
        half=0.85,
        top=1.35,
        low=0.35,
        height=0.22,
        own=hexa("e0503c"),
        phases=8,
        rate=0.5,
        home="air",
        motion=Motion.FLOAT,
        speed=0.012,
        shines=True,
    ),
    Figure.CANDLE: Form(
        draw=things.candle,
        half=0.8,
        foot=0.28,
        top=1.55,
        height=0.32,
        own=hexa("f0e6d2"),
        phases=12,
        rate=1.2,
        shines=True,
    ),
    Figure.FIRE: Form(
        draw=things.fire,
        half=1.05,
        foot=0.4,
        top=1.4,
        low=0.65,
        height=0.26,
        own=hexa("ff8a2c"),
        phases=12,
        rate=1.1,
        shines=True,
    ),
    Figure.BALL: Form(draw=things.ball, half=0.55, top=1.05, height=0.18, own=hexa("d9463c"), phases=12, rate=0.4),
    Figure.CUBE: Form(draw=things.cube, half=0.65, top=1.1, height=0.26, own=hexa("4f8fc4"), phases=24, rate=0.16),
    Figure.BOOK: Form(draw=things.book, half=0.75, top=1.15, height=0.3, own=hexa("8a3f3a"), phases=24, rate=0.3),
    Figure.TABLE: Form(
        home="land", draw=furniture.table, half=1.05, top=0.8, low=0.06, height=0.36, own=hexa("96643c")
    ),
    Figure.SOFA: Form(home="land", draw=furniture.sofa, half=1.15, top=1.0, low=0.06, height=0.34, own=hexa("7f8fa6")),
    Figure.GUITAR: Form(draw=things.guitar, half=0.32, top=1.2, height=0.5, own=hexa("c07a3c")),
    Figure.MOON: Form(
        draw=things.moon, half=1.0, top=1.5, low=0.5, height=0.26, own=hexa("f4f0de"), home="sky", shines=True
    ),
    Figure.PLANET: Form(
        draw=things.planet, half=0.9, top=1.05, low=0.1, height=0.34, own=hexa("d99a5a"), home="sky", shines=True
    ),
}


def bounds_of(form: Form) -> Bounds:
    """Give what a figure covers in its own units."""
    return Bounds(left=-form.half, top=-form.top, right=form.half, bottom=form.low)


def foot_of(form: Form) -> float:
    """Give half the width of what stands on the ground, in own units."""
    return form.foot or form.half
