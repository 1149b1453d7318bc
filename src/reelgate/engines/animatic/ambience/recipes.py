"""Says which sounds belong to a shot and how loud they are: the taste of the soundtrack, as data.

Pure; it must not make a sample. `sound` calls it.
"""

from dataclasses import dataclass

from reelgate.engines.animatic.ambience.loops import Curve
from reelgate.engines.animatic.scene import Figure, Look, Motion, Place, Shot, TimeOfDay, Weather


@dataclass(frozen=True, slots=True)
class Bed:
    """A loop of noise and how it swells."""

    curve: Curve
    #: 0 is steady, 1 goes down to silence.
    swell: float = 0.0
    swell_hz: float = 0.1
    #: The higher, the shorter the crests.
    crest: float = 1.0
    #: Above 0, the loop is made of that many drops a second.
    drops_hz: float = 0.0


@dataclass(frozen=True, slots=True)
class Chirp:
    """A grain that comes again and again."""

    grain: str
    level_db: float
    every_s: float
    #: 0 comes like a clock, 1 at random.
    jitter: float = 1.0
    #: How many different ones.
    variants: int = 3


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is heard during a shot."""

    #: Bed and level in dB among the others.
    beds: tuple[tuple[str, float], ...]
    chirps: tuple[Chirp, ...]
    #: RMS of the whole in dBFS.
    level_db: float
    #: Level of the music in dB beside the beds.
    music_db: float


@dataclass(frozen=True, slots=True)
class Harmony:
    """Two chords that follow one another, as semitones above a root."""

    chords: tuple[tuple[int, ...], tuple[int, ...]]
    root_hz: float
    #: The more, the darker.
    brightness: float


BEDS: dict[str, Bed] = {
    "air": Bed(((60, -18), (160, -7), (450, 0), (1400, -4), (4000, -11), (10000, -24)), 0.3, 0.09),
    "wind": Bed(((50, -20), (140, -6), (330, 0), (750, -5), (2000, -20), (8000, -38)), 0.75, 0.13, 1.6),
    "leaves": Bed(((400, -30), (1500, -8), (4000, 0), (9000, -5), (16000, -22)), 0.8, 0.17, 1.8),
    "rain": Bed(((120, -22), (500, -9), (2000, -2), (6000, 0), (12000, -3), (18000, -12)), 0.12, 0.2),
    "drops": Bed(((600, -16), (1800, 0), (4500, 0), (9000, -9)), 0.0, drops_hz=170),
    "storm": Bed(((30, -2), (80, 0), (220, -4), (700, -10), (2500, -17), (8000, -26)), 0.6, 0.16, 1.4),
    "roar": Bed(((30, -10), (80, 0), (300, -2), (1200, -13), (6000, -30)), 0.6, 0.12, 1.5),
    "wash": Bed(((300, -24), (1000, -5), (3000, 0), (8000, -5), (15000, -18)), 0.95, 0.125, 3.0),
    "lapping": Bed(((150, -12), (400, 0), (900, -3), (2500, -14), (7000, -28)), 0.7, 0.35, 2.0),
    "stream": Bed(((200, -16), (600, -2), (1500, 0), (3500, -4), (8000, -14)), 0.3, 0.8, 1.2),
    "city": Bed(((35, -4), (70, 0), (160, -4), (500, -13), (2000, -22), (8000, -38)), 0.2, 0.08),
    "traffic": Bed(((90, -8), (350, 0), (1000, -6), (3500, -20), (9000, -34)), 0.85, 0.14, 2.2),
    "room": Bed(((40, -6), (80, 0), (160, -5), (600, -16), (3000, -26), (10000, -40)), 0.1, 0.1),
    "deep": Bed(((30, -2), (60, 0), (150, -5), (400, -18), (1500, -40)), 0.4, 0.1),
    "void": Bed(((30, 0), (60, -2), (140, -12), (500, -34)), 0.5, 0.07),
    "hush": Bed(((100, -14), (500, -2), (1500, -4), (5000, -18), (12000, -32)), 0.65, 0.11, 1.4),
    "crackle": Bed(((500, -12), (1500, 0), (5000, 0), (10000, -8)), 0.2, 0.5, drops_hz=14),
    "engine": Bed(((40, -4), (75, 2), (110, -6), (150, 0), (300, -12), (1500, -30)), 0.2, 0.4),
    "jet": Bed(((60, -4), (200, 0), (900, -4), (4000, -10), (10000, -22)), 0.4, 0.1),
    "crowd": Bed(((180, -10), (450, 0), (900, -3), (2200, -14), (6000, -30)), 0.35, 1.7, 1.2),
}

_PLACES: dict[Place, tuple[tuple[str, float], ...]] = {
    Place.STUDIO: (("room", 0.0),),
    Place.OPEN: (("air", 0.0), ("wind", -4.0)),
    Place.FOREST: (("air", 0.0), ("leaves", -5.0)),
    Place.MOUNTAINS: (("wind", 0.0), ("air", -6.0)),
    Place.DESERT: (("wind", 0.0), ("hush", -3.0)),
    Place.FIELD: (("air", 0.0), ("leaves", -4.0)),
    Place.GARDEN: (("air", 0.0), ("leaves", -7.0)),
    Place.BEACH: (("roar", 0.0), ("wash", 0.0)),
    Place.SEA: (("roar", 0.0), ("wash", -5.0), ("wind", -9.0)),
    Place.LAKE: (("air", 0.0), ("lapping", -2.0)),
    Place.RIVER: (("stream", 0.0), ("air", -5.0)),
    Place.UNDERWATER: (("deep", 0.0),),
    Place.CITY: (("city", 0.0), ("traffic", -8.0)),
    Place.STREET: (("city", 0.0), ("traffic", -4.0), ("crowd", -10.0)),
    Place.ROAD: (("air", 0.0), ("traffic", -6.0)),
    Place.VILLAGE: (("air", 0.0), ("crowd", -14.0)),
    Place.CASTLE: (("wind", 0.0), ("air", -3.0)),
    Place.GREENHOUSE: (("room", 0.0), ("leaves", -14.0)),
    Place.ROOM: (("room", 0.0),),
    Place.SKY: (("wind", 0.0), ("hush", -3.0)),
    Place.SPACE: (("void", 0.0),),
    Place.SNOWFIELD: (("hush", 0.0), ("wind", -4.0)),
}

_WEATHERS: dict[Weather, tuple[tuple[str, float], ...]] = {
    Weather.RAIN: (("rain", 4.0), ("drops", -3.0)),
    Weather.STORM: (("storm", 3.0), ("rain", 3.0), ("drops", -5.0)),
    Weather.SNOW: (("hush", -2.0),),
    Weather.FOG: (("hush", -6.0),),
    Weather.WIND: (("wind", 2.0), ("leaves", -3.0)),
}
_INDOORS = frozenset({Place.ROOM, Place.STUDIO, Place.GREENHOUSE})
# No weather is heard there.
_SILENT = frozenset({Place.UNDERWATER, Place.SPACE})
_WITH_BIRDS = frozenset(
    {
        Place.FOREST,
        Place.FIELD,
        Place.GARDEN,
        Place.OPEN,
        Place.LAKE,
        Place.RIVER,
        Place.VILLAGE,
        Place.GREENHOUSE,
        Place.CASTLE,
    }
)
_WITH_CRICKETS = frozenset(
    {Place.FOREST, Place.FIELD, Place.GARDEN, Place.OPEN, Place.LAKE, Place.VILLAGE, Place.ROAD, Place.RIVER}
)
_AT_SEA = frozenset({Place.BEACH, Place.SEA})
_BY_DAY = frozenset({TimeOfDay.DAWN, TimeOfDay.DAY, TimeOfDay.GOLDEN_HOUR, TimeOfDay.SUNSET})
_DRY = frozenset({Weather.CLEAR, Weather.CLOUDS, Weather.FOG, Weather.WIND})

_FIGURES: dict[Figure, tuple[str, float]] = {
    Figure.FIRE: ("crackle", -2.0),
    Figure.CANDLE: ("crackle", -14.0),
    Figure.CAR: ("engine", -2.0),
    Figure.PLANE: ("jet", -4.0),
    Figure.ROCKET: ("jet", 0.0),
    Figure.TRAIN: ("engine", 0.0),
    Figure.CROWD: ("crowd", -2.0),
}
_MOVING_ONLY = frozenset({Figure.CAR, Figure.PLANE, Figure.ROCKET, Figure.TRAIN})


def recipe_for(shot: Shot) -> Recipe:
    """Return what is heard during a shot."""
    beds = dict(_PLACES[shot.place])
    if shot.place not in _SILENT:
        # Through a wall or a pane, weather is farther away.
        muffled = -7.0 if shot.place in _INDOORS else 0.0
        for bed, level in _WEATHERS.get(shot.weather, ()):
            beds[bed] = max(beds.get(bed, -60.0), level + muffled)
    for subject in shot.subjects:
        heard = _FIGURES.get(subject.figure)
        moves = subject.motion is not Motion.STILL or subject.figure not in _MOVING_ONLY
        if heard and moves and shot.place not in _SILENT:
            beds[heard[0]] = max(beds.get(heard[0], -60.0), heard[1])
    quiet = shot.place in _INDOORS | _SILENT and shot.weather not in {Weather.RAIN, Weather.STORM}
    return Recipe(
        beds=tuple(beds.items()),
        chirps=_chirps(shot),
        level_db={Weather.STORM: -19.5, Weather.RAIN: -20.0}.get(shot.weather, -23.0 if quiet else -21.5),
        music_db=4.0 if quiet else -2.0,
    )


def _chirps(shot: Shot) -> tuple[Chirp, ...]:
    chirps: list[Chirp] = []
    if shot.place in _WITH_BIRDS and shot.time_of_day in _BY_DAY and shot.weather in _DRY:
        busy = 0.9 if shot.time_of_day is TimeOfDay.DAWN else 1.7
        chirps.append(Chirp("bird", -25.0, busy, variants=5))
    if shot.place in _WITH_CRICKETS and shot.time_of_day in {TimeOfDay.NIGHT, TimeOfDay.DUSK}:
        if shot.weather in {Weather.CLEAR, Weather.CLOUDS, Weather.FOG}:
            chirps.append(Chirp("cricket", -28.5, 0.37, jitter=0.25, variants=2))
        if shot.place is Place.FOREST:
            chirps.append(Chirp("owl", -27.0, 6.0, variants=1))
    if shot.place in _AT_SEA and shot.time_of_day in _BY_DAY and shot.weather is not Weather.STORM:
        chirps.append(Chirp("gull", -29.0, 4.5, variants=2))
    if shot.place is Place.UNDERWATER:
        chirps.append(Chirp("bubbles", -26.0, 1.6, variants=4))
    if shot.weather is Weather.STORM and shot.place not in _SILENT:
        chirps.append(Chirp("thunder", -11.0, 4.2, variants=2))
    return (*chirps, *_chirps_of_subjects(shot))


def _chirps_of_subjects(shot: Shot) -> list[Chirp]:
    if shot.place in _SILENT:
        return []
    chirps: list[Chirp] = []
    moving = {subject.figure: subject.motion for subject in reversed(shot.subjects)}
    if moving.get(Figure.HORSE, Motion.STILL) in {Motion.RUN, Motion.WALK}:
        pace_s = 0.52 if moving[Figure.HORSE] is Motion.RUN else 1.0
        chirps.append(Chirp("hooves", -21.0, pace_s, jitter=0.03))
    if moving.get(Figure.PERSON, Motion.STILL) in {Motion.RUN, Motion.WALK} and shot.place is not Place.SNOWFIELD:
        pace_s = 0.34 if moving[Figure.PERSON] is Motion.RUN else 0.56
        chirps.append(Chirp("steps", -24.0, pace_s, jitter=0.04))
    if moving.get(Figure.DRAGON) is Motion.FLY:
        chirps.append(Chirp("wings", -18.0, 1.25, jitter=0.08))
    if moving.get(Figure.TRAIN) is Motion.DRIVE:
        chirps.append(Chirp("rails", -24.0, 0.85, jitter=0.0))
    return chirps


_MAJOR = ((0, 7, 12, 16, 19, 26), (5, 9, 12, 17, 19, 24))
_SEVENTH = ((0, 7, 11, 16, 19, 23), (5, 12, 16, 19, 21, 24))
_MINOR = ((0, 7, 12, 15, 19, 26), (-4, 3, 8, 12, 15, 22))
_SUSPENDED = ((0, 7, 12, 14, 19, 24), (-2, 5, 10, 14, 17, 22))
_DARK = ((0, 7, 12, 15, 20), (-2, 5, 10, 13, 17))
_WIDE = ((-12, 0, 7, 14, 19, 23), (-14, -2, 5, 14, 17, 21))
_ROOTS_HZ = (98.0, 103.83, 110.0, 116.54, 123.47, 130.81)


def harmony_for(shot: Shot, seed: int) -> Harmony:
    """Return the music of a scene by the mood of its first shot."""
    root_hz = _ROOTS_HZ[seed % len(_ROOTS_HZ)]
    if shot.weather is Weather.STORM or shot.look is Look.NOIR:
        return Harmony(_DARK, root_hz * 0.75, 2.2)
    if shot.place in _SILENT:
        return Harmony(_WIDE, root_hz, 1.9)
    by_time = {
        TimeOfDay.DAWN: Harmony(_MAJOR, root_hz, 1.6),
        TimeOfDay.DAY: Harmony(_MAJOR, root_hz * 1.12, 1.5),
        TimeOfDay.GOLDEN_HOUR: Harmony(_SEVENTH, root_hz, 1.7),
        TimeOfDay.SUNSET: Harmony(_SEVENTH, root_hz, 1.9),
        TimeOfDay.DUSK: Harmony(_SUSPENDED, root_hz, 1.9),
        TimeOfDay.NIGHT: Harmony(_MINOR, root_hz, 2.0),
    }
    return by_time[shot.time_of_day]
