"""Turns drafts into shots: what is said wins over what is hinted at, that over the shot before, that over chance.

It must not read text. `grammar` calls it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reelgate.engines.animatic.reading.camera_words import describe_camera
from reelgate.engines.animatic.reading.chance import Chance
from reelgate.engines.animatic.reading.draft import Draft
from reelgate.engines.animatic.reading.notes import Notes, with_article
from reelgate.engines.animatic.reading.removal import Removal
from reelgate.engines.animatic.reading.setting_words import PlaceNamed
from reelgate.engines.animatic.reading.subjects import Mention, Rgb, to_rgb
from reelgate.engines.animatic.reading.traits import FAMILIES, TRAITS, Family
from reelgate.engines.animatic.scene import (
    Camera,
    Figure,
    Look,
    Motion,
    Pace,
    Place,
    Shot,
    Subject,
    TimeOfDay,
    Weather,
)

SHOTS_MAX = 6
_SUBJECTS_MAX = 6
_PALETTE_MAX = 4
_TITLES_MAX = 2
_CARDS_MAX = 3
_SIZE_MIN, _SIZE_MAX = 0.5, 2.0
_CLOSE_FACTOR, _WIDE_FACTOR = 1.5, 0.75

# Hours that flatter a place when the prompt leaves the hour open; the first is the likeliest.
_USUAL_HOURS: dict[Place, tuple[TimeOfDay, ...]] = {
    Place.STUDIO: (TimeOfDay.DAY,),
    Place.SPACE: (TimeOfDay.NIGHT,),
    Place.UNDERWATER: (TimeOfDay.DAY,),
    Place.CITY: (TimeOfDay.DUSK, TimeOfDay.GOLDEN_HOUR, TimeOfDay.DUSK, TimeOfDay.NIGHT, TimeOfDay.DAY),
    Place.STREET: (TimeOfDay.DUSK, TimeOfDay.GOLDEN_HOUR, TimeOfDay.NIGHT, TimeOfDay.DAY),
    Place.ROOM: (TimeOfDay.GOLDEN_HOUR, TimeOfDay.DAY, TimeOfDay.DUSK),
    Place.FOREST: (TimeOfDay.DAWN, TimeOfDay.DAY, TimeOfDay.GOLDEN_HOUR),
    Place.GREENHOUSE: (TimeOfDay.DAY, TimeOfDay.GOLDEN_HOUR, TimeOfDay.DAWN),
    Place.SNOWFIELD: (TimeOfDay.DAY, TimeOfDay.DAWN, TimeOfDay.DUSK),
}
_HOURS = (TimeOfDay.GOLDEN_HOUR, TimeOfDay.DAY, TimeOfDay.DAWN, TimeOfDay.SUNSET, TimeOfDay.DAY)
_HOURS_OF_WEATHER: dict[Weather, tuple[TimeOfDay, ...]] = {
    Weather.STORM: (TimeOfDay.DUSK, TimeOfDay.DAY),
    Weather.RAIN: (TimeOfDay.DUSK, TimeOfDay.DAY),
    Weather.FOG: (TimeOfDay.DAWN, TimeOfDay.DAY),
    Weather.SNOW: (TimeOfDay.DAY, TimeOfDay.DUSK, TimeOfDay.DAWN),
}
# Places under a roof or without weather.
_SHELTERED = frozenset({Place.STUDIO, Place.ROOM, Place.SPACE, Place.UNDERWATER, Place.GREENHOUSE})
_AIRLESS = frozenset({Place.SPACE, Place.UNDERWATER})
_WATER = frozenset({Place.LAKE, Place.RIVER, Place.SEA, Place.BEACH})
# Tints that go well with anything, for prompts that say nothing; each pair is shadows and lights.
_TINTS: tuple[tuple[Rgb, ...], ...] = (
    (),
    (),
    ((38, 70, 83), (233, 196, 106)),
    ((61, 52, 139), (241, 135, 1)),
    ((13, 92, 99), (255, 224, 178)),
    ((74, 48, 109), (255, 183, 197)),
)


@dataclass(slots=True)
class Open:
    """What the prompt as a whole leaves open or settles for every shot."""

    removal: Removal
    chance: Chance
    notes: Notes
    people_allowed: bool
    from_picture: bool
    #: The shot that the first one goes on from.
    before: Shot | None = None


def plan_shots(drafts: Sequence[Draft], whole: Open) -> tuple[Shot, ...]:
    """Return the shots, at most six, whose shares sum to 1."""
    notes = whole.notes
    kept = list(drafts[:SHOTS_MAX])
    if len(drafts) > SHOTS_MAX:
        notes.ignored(f"{len(drafts) - SHOTS_MAX} more shots ({SHOTS_MAX} at most)")
    if len(kept) > 1:
        notes.understood(f"{len(kept)} shots")
    durations = _durations(kept)
    look = _look(kept, whole)
    shots: list[Shot] = []
    for draft, duration in zip(kept, durations, strict=True):
        shots.append(_shot(draft, shots[-1] if shots else whole.before, look, duration / sum(durations), whole))
    return tuple(shots)


def changes_picture(draft: Draft, before: Draft) -> bool:
    """Tell whether a next step needs a shot of its own."""
    figures = {(m.figure, m.norm) for m in before.cast.mentions}
    return bool(
        (draft.camera.camera and draft.camera.camera is not before.camera.camera)
        or [named for named in draft.setting.places if named.rank < 2]
        or draft.setting.times
        or draft.setting.weathers
        or any((m.figure, m.norm) not in figures for m in draft.cast.mentions)
    )


def _durations(drafts: Sequence[Draft]) -> list[float]:
    """Return the weight of each shot; those without a time of their own get the average of the others."""
    given = [draft.duration_s for draft in drafts if draft.duration_s]
    usual = sum(given) / len(given) if given else 1.0
    return [float(draft.duration_s or usual) for draft in drafts]


def _shot(draft: Draft, before: Shot | None, look: Look, share: float, whole: Open) -> Shot:
    place = _place(draft, before, whole)
    weather = _weather(draft, before, place, whole)
    time = _time(draft, before, place, weather, look, whole)
    camera, pace = _camera(draft, whole)
    subjects = _subjects(draft, before, place, whole)
    titles = _titles(draft, whole)
    return Shot(
        place=place,
        time_of_day=time,
        weather=weather,
        camera=camera,
        pace=pace,
        subjects=subjects,
        palette=_palette(draft, before, place, whole),
        titles=titles,
        look=look,
        share=share,
    )


def _place(draft: Draft, before: Shot | None, whole: Open) -> Place:
    named = [place for place in draft.setting.places if place.place not in whole.removal.places]
    hinted = [Place(value) for value in draft.setting.hints.get("place", [])]
    usual = [place for m in draft.cast.mentions if (place := TRAITS[m.figure].place)]
    implied = [place for place in hinted + usual if place not in whole.removal.places]
    chosen = named[0] if named else None
    if chosen and chosen.place not in _WATER and any(TRAITS[m.figure].place in _WATER for m in draft.cast.mentions):
        # "Mountains and a lake, a boat": boats are on the lake.
        chosen = next((place for place in named if place.place in _WATER and place.rank < 2), chosen)
    # The sky is over everything; where its subjects usually are says more.
    above = chosen is not None and chosen.rank == 3
    if chosen and not (above and (implied or (before and draft.opening == "soft"))):
        _note_place(chosen, named, whole.notes)
        return chosen.place
    if before and (not implied or draft.opening == "soft" or draft.cast.refers_back):
        return before.place
    if implied:
        whole.notes.understood(f"place: {_plain(implied[0])} (implied)")
        return implied[0]
    default = Place.STUDIO if whole.from_picture else Place.OPEN
    return default if default not in whole.removal.places else Place.STUDIO


def _note_place(chosen: PlaceNamed, named: Sequence[PlaceNamed], notes: Notes) -> None:
    notes.understood(f"place: {_plain(chosen.place)}")
    if chosen.near:
        notes.approximated(f"'{chosen.text}' drawn as {_plain(chosen.place)}")
    for other in named:
        if other.place is not chosen.place and other.place is not Place.SKY and other.rank < 2:
            notes.ignored(f"place: {other.text} (one place a shot)")


def _weather(draft: Draft, before: Shot | None, place: Place, whole: Open) -> Weather:
    allowed = [weather for weather in draft.setting.weathers if weather not in whole.removal.weathers]
    if place in _AIRLESS:
        for weather in allowed[:1]:
            if weather is not Weather.CLEAR:
                whole.notes.ignored(f"weather: {weather} (place: {_plain(place)})")
        return Weather.CLEAR
    if allowed:
        whole.notes.understood(f"weather: {allowed[0]}")
        return allowed[0]
    if before and (before.place is place or draft.opening != "hard") and before.weather not in whole.removal.weathers:
        return before.weather
    for value in draft.setting.hints.get("weather", []):
        if Weather(value) not in whole.removal.weathers and place not in _SHELTERED:
            whole.notes.understood(f"weather: {value} (implied)")
            return Weather(value)
    if place in _SHELTERED or Weather.CLOUDS in whole.removal.weathers:
        return Weather.CLEAR
    return whole.chance.pick("weather", (Weather.CLEAR, Weather.CLEAR, Weather.CLOUDS))


def _time(draft: Draft, before: Shot | None, place: Place, weather: Weather, look: Look, whole: Open) -> TimeOfDay:
    said = [(time, text) for time, text in draft.setting.times if time not in whole.removal.times]
    if said:
        chosen, text = said[0]
        plain = _plain(chosen)
        whole.notes.understood(f"time: {plain}" if plain in text else f"time: {plain} ({text})")
        for other, other_text in said[1:]:
            if other is not chosen and other is not TimeOfDay.DAY:
                whole.notes.ignored(f"time: {other_text} (one time a shot)")
        return chosen
    if before and before.time_of_day not in whole.removal.times:
        return before.time_of_day
    for value in draft.setting.hints.get("time", []):
        if TimeOfDay(value) not in whole.removal.times and place not in {Place.STUDIO, Place.UNDERWATER}:
            whole.notes.understood(f"time: {_plain(TimeOfDay(value))} (implied)")
            return TimeOfDay(value)
    hours = _HOURS_OF_WEATHER.get(weather) or _USUAL_HOURS.get(place) or _HOURS
    if place not in _SHELTERED and look in {Look.NOIR, Look.NEON}:
        hours = (TimeOfDay.NIGHT,)
    open_hours = [hour for hour in hours if hour not in whole.removal.times]
    return whole.chance.pick(
        "time", open_hours or [t for t in TimeOfDay if t not in whole.removal.times] or [TimeOfDay.DAY]
    )


def _look(drafts: Sequence[Draft], whole: Open) -> Look:
    """Return the look of all shots: a film changes its place, not its stock."""
    said = [look for draft in drafts for look in draft.setting.looks if look not in whole.removal.looks]
    said.sort(key=lambda look: look is Look.NATURAL)
    if said:
        # "Cinematic" stands in most prompts; another word next to it says more.
        told = [look for look in said if look not in {Look.NATURAL, Look.CINEMATIC}]
        chosen = (told or said)[0]
        whole.notes.understood(f"look: {chosen}")
        return chosen
    if whole.removal.all_colours:
        return Look.NOIR
    for draft in drafts:
        for value in draft.setting.hints.get("look", []):
            if Look(value) not in whole.removal.looks:
                whole.notes.understood(f"look: {value} (implied)")
                return Look(value)
    return whole.before.look if whole.before else Look.NATURAL


def _camera(draft: Draft, whole: Open) -> tuple[Camera, Pace]:
    work, removal = draft.camera, whole.removal
    hinted = [Pace(value) for value in draft.setting.hints.get("pace", [])]
    pace = work.pace or (hinted[0] if hinted else None)
    camera = work.camera if work.camera not in removal.cameras else None
    if camera is None and draft.spins and Camera.ORBIT not in removal.cameras:
        camera = Camera.ORBIT
        whole.notes.approximated("turning shown as an orbit of the camera")
    if camera is None and removal.still_camera:
        camera = Camera.STATIC
    if camera is None:
        moves = [Camera(value) for value in draft.setting.hints.get("camera", [])]
        camera = moves[0] if moves and moves[0] not in removal.cameras else None
    if camera is None:
        if work.pace:
            whole.notes.understood(f"pace: {work.pace}")
        return Camera.DRIFT, pace or Pace.NORMAL
    whole.notes.understood(describe_camera(camera, pace))
    return camera, pace or Pace.NORMAL


def _titles(draft: Draft, whole: Open) -> tuple[str, ...]:
    if whole.removal.titles:
        for title in draft.titles:
            whole.notes.ignored(f"title: “{title}” (text is not wanted)")
        return ()
    for title in draft.titles[:_TITLES_MAX]:
        whole.notes.understood(f"title: “{title}”")
    for title in draft.titles[_TITLES_MAX:]:
        whole.notes.ignored(f"title: “{title}” (two titles a shot)")
    return tuple(draft.titles[:_TITLES_MAX])


def _palette(draft: Draft, before: Shot | None, place: Place, whole: Open) -> tuple[Rgb, ...]:
    removed = {to_rgb(code) for code in whole.removal.colours}
    named = [colour for colour in dict.fromkeys(draft.cast.palette) if colour not in removed]
    if whole.removal.all_colours:
        return ()
    if named:
        whole.notes.understood(f"colours: {len(named[:_PALETTE_MAX])} in the light")
        return tuple(named[:_PALETTE_MAX])
    if before:
        return before.palette
    silent = not draft.setting.places and not draft.setting.times and not whole.from_picture
    return whole.chance.pick("tint", _TINTS) if silent and place in {Place.OPEN, Place.STUDIO} else ()


def _subjects(draft: Draft, before: Shot | None, place: Place, whole: Open) -> tuple[Subject, ...]:
    if whole.from_picture:
        for mention in draft.cast.mentions[:3]:
            whole.notes.ignored(f"subject: {mention.label} (the picture is the scene)")
        return ()
    allowed = [mention for mention in draft.cast.mentions if _allowed(mention, place, whole)]
    chosen = _fit(allowed, whole.notes)
    if not chosen and before and (before.place is place or draft.cast.refers_back) and not allowed:
        return before.subjects
    factor = {"close": _CLOSE_FACTOR, "wide": _WIDE_FACTOR}.get(draft.camera.framing or "", 1.0)
    if draft.camera.framing and chosen:
        whole.notes.understood(f"framing: {draft.camera.framing}")
    return tuple(_subject(mention, place, factor if index == 0 else 1.0, whole) for index, mention in enumerate(chosen))


def _allowed(mention: Mention, place: Place, whole: Open) -> bool:
    if mention.figure is Figure.CASTLE and place is Place.CASTLE:
        return False
    if not whole.people_allowed and mention.figure in FAMILIES["people"]:
        whole.notes.approximated(f"'{mention.label}' left out: people are not allowed")
        return False
    return not whole.removal.drops(mention.figure, mention.norm)


def _fit(mentions: Sequence[Mention], notes: Notes) -> list[Mention]:
    """Return the subjects that have room: figures before cards, and fewer cards beside more figures."""
    figures = sum(mention.figure is not Figure.CARD for mention in mentions)
    cards_left = max(_CARDS_MAX - figures, 1)
    chosen: list[Mention] = []
    for mention in mentions:
        if mention.figure is Figure.CARD:
            if cards_left == 0:
                notes.ignored(mention.label)
                continue
            cards_left -= 1
        chosen.append(mention)
    for mention in chosen[_SUBJECTS_MAX:]:
        notes.ignored(f"subject: {mention.label} ({_SUBJECTS_MAX} at most)")
    return chosen[:_SUBJECTS_MAX]


def _subject(mention: Mention, place: Place, factor: float, whole: Open) -> Subject:
    colour = mention.colour if not whole.removal.all_colours else None
    if colour in {to_rgb(code) for code in whole.removal.colours}:
        colour = None
    motion = _motion(mention, place)
    if motion in whole.removal.motions:
        motion = Motion.STILL
    if mention.figure is Figure.CARD:
        whole.notes.approximated(f"'{mention.label}' shown as a card")
    elif mention.near:
        whole.notes.approximated(f"'{mention.label}' drawn as {with_article(_plain(mention.figure))}")
    counted = f"{mention.count} " if mention.count > 1 and not mention.counted else ""
    coloured = f"{mention.colour_name} " if mention.colour_name and colour else ""
    whole.notes.understood(f"subject: {counted}{coloured}{mention.label}" + (f", {motion}" if mention.motion else ""))
    return Subject(
        figure=mention.figure,
        label=mention.label,
        count=mention.count,
        colour=colour,
        motion=motion,
        size=round(min(max(mention.size * factor, _SIZE_MIN), _SIZE_MAX), 3),
    )


def _motion(mention: Mention, place: Place) -> Motion:
    usual = mention.usual_motion or TRAITS[mention.figure].motion
    motion = usual if mention.motion is None else mention.motion
    if motion is Motion.DRIVE and TRAITS[mention.figure].family is Family.ANIMALS:
        # Who is ridden runs.
        return Motion.RUN
    if mention.figure is Figure.ASTRONAUT and mention.motion is None and place is not Place.SPACE:
        return Motion.STILL
    if motion is Motion.FLOAT and usual is Motion.FLY:
        return Motion.FLY
    if motion is Motion.FLOAT and mention.motion is None and mention.figure is Figure.BIRD and place not in _WATER:
        # A duck on land does not swim.
        return Motion.WALK
    return motion


def _plain(value: Place | TimeOfDay | Figure) -> str:
    return value.value.replace("_", " ")
