"""The scene: what the grammar read from the prompt and what the renderer draws. Pure values.

`grammar` makes a `Scene` from text, `render` draws it, `sound` makes it heard. None of them knows another; this file
is all they share. Words here are the renderer's vocabulary: the grammar maps every language onto them.
"""

import enum
from dataclasses import dataclass


class Place(enum.StrEnum):
    """Where it happens; each has its own layers, horizon and ground."""

    STUDIO = "studio"  # plain backdrop with a soft floor; the answer to "nothing said" for products
    OPEN = "open"  # rolling hills under a large sky; the answer to "nothing said" otherwise
    FOREST = "forest"
    MOUNTAINS = "mountains"
    DESERT = "desert"
    FIELD = "field"
    GARDEN = "garden"
    BEACH = "beach"
    SEA = "sea"
    LAKE = "lake"
    RIVER = "river"
    UNDERWATER = "underwater"
    CITY = "city"  # a skyline
    STREET = "street"
    ROAD = "road"
    VILLAGE = "village"
    CASTLE = "castle"
    GREENHOUSE = "greenhouse"
    ROOM = "room"
    SKY = "sky"  # above the clouds
    SPACE = "space"
    SNOWFIELD = "snowfield"


class TimeOfDay(enum.StrEnum):
    """Decides sun or moon, sky gradient, contrast and warmth."""

    DAWN = "dawn"
    DAY = "day"
    GOLDEN_HOUR = "golden_hour"
    SUNSET = "sunset"
    DUSK = "dusk"
    NIGHT = "night"


class Weather(enum.StrEnum):
    """What is in the air."""

    CLEAR = "clear"
    CLOUDS = "clouds"
    RAIN = "rain"
    STORM = "storm"  # rain, dark clouds and lightning
    SNOW = "snow"
    FOG = "fog"
    WIND = "wind"  # drifting leaves or dust


class Camera(enum.StrEnum):
    """How the camera moves. Directions are the camera's: PAN_LEFT makes the picture move right."""

    DRIFT = "drift"  # a slow, barely seen push; the answer to "nothing said"
    STATIC = "static"
    PUSH_IN = "push_in"
    PULL_OUT = "pull_out"
    PAN_LEFT = "pan_left"
    PAN_RIGHT = "pan_right"
    TILT_UP = "tilt_up"
    TILT_DOWN = "tilt_down"
    TRUCK_LEFT = "truck_left"  # sideways travel with parallax; "dolly left", "tracking"
    TRUCK_RIGHT = "truck_right"
    CRANE_UP = "crane_up"
    CRANE_DOWN = "crane_down"
    ORBIT = "orbit"
    HANDHELD = "handheld"
    ROLL = "roll"


class Pace(enum.StrEnum):
    """How much the camera moves over the shot."""

    SLOW = "slow"
    NORMAL = "normal"
    FAST = "fast"


class Motion(enum.StrEnum):
    """What a subject does."""

    STILL = "still"
    WALK = "walk"
    RUN = "run"
    FLY = "fly"
    SWIM = "swim"
    DRIVE = "drive"
    FLOAT = "float"
    DANCE = "dance"


class Figure(enum.StrEnum):
    """A silhouette that the renderer can draw. CARD is a labelled card for anything else."""

    CARD = "card"
    PERSON = "person"
    CHILD = "child"
    CROWD = "crowd"
    DOG = "dog"
    CAT = "cat"
    HORSE = "horse"
    BIRD = "bird"
    EAGLE = "eagle"
    FISH = "fish"
    WHALE = "whale"
    DRAGON = "dragon"
    DEER = "deer"
    BEAR = "bear"
    FOX = "fox"
    WOLF = "wolf"
    LION = "lion"
    TIGER = "tiger"
    RABBIT = "rabbit"
    ELEPHANT = "elephant"
    CAMEL = "camel"
    GIRAFFE = "giraffe"
    COW = "cow"
    SHEEP = "sheep"
    BUTTERFLY = "butterfly"
    CAR = "car"
    TRAIN = "train"
    BICYCLE = "bicycle"
    BOAT = "boat"
    SHIP = "ship"
    PLANE = "plane"
    ROCKET = "rocket"
    BALLOON = "balloon"  # hot-air
    ROBOT = "robot"
    ASTRONAUT = "astronaut"
    TREE = "tree"
    PALM = "palm"
    FLOWER = "flower"
    HOUSE = "house"
    TOWER = "tower"
    LIGHTHOUSE = "lighthouse"
    WINDMILL = "windmill"
    BRIDGE = "bridge"
    CASTLE = "castle"
    BOTTLE = "bottle"
    CUP = "cup"
    LANTERN = "lantern"
    CANDLE = "candle"
    FIRE = "fire"
    BALL = "ball"
    CUBE = "cube"
    BOOK = "book"
    TABLE = "table"
    SOFA = "sofa"
    GUITAR = "guitar"
    MOON = "moon"
    PLANET = "planet"


class Look(enum.StrEnum):
    """A grade over the whole picture."""

    NATURAL = "natural"
    CINEMATIC = "cinematic"  # letterbox, teal and orange
    NOIR = "noir"  # black and white, hard contrast
    VINTAGE = "vintage"  # faded, warm, grain
    NEON = "neon"  # magenta and cyan
    PASTEL = "pastel"
    WATERCOLOR = "watercolor"
    DREAMY = "dreamy"  # glow


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Somebody or something in the picture."""

    figure: Figure
    #: The word of the prompt, as written: what a card shows.
    label: str
    #: 1 to 12; more are drawn as 12.
    count: int = 1
    #: sRGB, 0 to 255 each, or None for the scene's own.
    colour: tuple[int, int, int] | None = None
    motion: Motion = Motion.STILL
    #: 1.0 is the figure's usual size; 0.5 to 2.0.
    size: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Shot:
    """One continuous piece of the video."""

    place: Place = Place.OPEN
    time_of_day: TimeOfDay = TimeOfDay.DAY
    weather: Weather = Weather.CLEAR
    camera: Camera = Camera.DRIFT
    pace: Pace = Pace.NORMAL
    #: The most important first; at most 6.
    subjects: tuple[Subject, ...] = ()
    #: sRGB colours named in the prompt without a subject, at most 4: they tint the scene.
    palette: tuple[tuple[int, int, int], ...] = ()
    #: Quoted texts, at most 2: shown as titles, in order.
    titles: tuple[str, ...] = ()
    look: Look = Look.NATURAL
    #: Share of the whole duration, above 0; the shares of a scene sum to 1.
    share: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A whole video: its shots in order, joined by hard cuts."""

    shots: tuple[Shot, ...]
    #: 0 to 2**32 - 1: decides every arrangement that the prompt leaves open.
    seed: int
