"""What the grammar makes of prompts: realistic ones by a table, hostile ones by their promise to be read at all."""

import math
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reelgate.core.task import Understanding
from reelgate.engines.animatic.grammar import Reading, read_prompt
from reelgate.engines.animatic.scene import (
    Camera,
    Figure,
    Look,
    Motion,
    Pace,
    Place,
    Scene,
    Shot,
    TimeOfDay,
    Weather,
)


def read(prompt: str, *, negative: str | None = None, seed: int = 7, **flags: Any) -> Reading:
    return read_prompt(prompt, negative_prompt=negative, seed=seed, **flags)


def first_shot(prompt: str, *, negative: str | None = None, **flags: bool) -> Shot:
    return read(prompt, negative=negative, **flags).scene.shots[0]


def figures(shot: Shot) -> list[Figure]:
    return [subject.figure for subject in shot.subjects]


# A prompt, and what its first shot must be. "subjects" lists figures in order, the other keys are fields of the shot
# or, with a dot, of its first subject.
PROMPTS: list[tuple[str, dict[str, Any]]] = [
    (
        "A cinematic dolly shot of a glass greenhouse during sunrise",
        {
            "place": Place.GREENHOUSE,
            "time_of_day": TimeOfDay.DAWN,
            "camera": Camera.PUSH_IN,
            "look": Look.CINEMATIC,
            "subjects": [],
        },
    ),
    (
        "Animate this product photo into a smooth studio orbit shot",
        {"place": Place.STUDIO, "camera": Camera.ORBIT, "pace": Pace.SLOW, "subjects": []},
    ),
    (
        "A majestic dragon soaring through clouds above a fantasy castle",
        {"place": Place.CASTLE, "weather": Weather.CLOUDS, "subjects": [Figure.DRAGON], ".motion": Motion.FLY},
    ),
    (
        "Camera slowly pushes in while leaves drift in the wind",
        {"camera": Camera.PUSH_IN, "pace": Pace.SLOW, "weather": Weather.WIND, "subjects": []},
    ),
    ("ocean waves at golden hour", {"place": Place.SEA, "time_of_day": TimeOfDay.GOLDEN_HOUR, "subjects": []}),
    (
        "a drone shot over a misty forest at sunrise",
        {
            "place": Place.FOREST,
            "weather": Weather.FOG,
            "camera": Camera.CRANE_UP,
            "time_of_day": TimeOfDay.DAWN,
            "subjects": [],
        },
    ),
    (
        "Three red balloons float over a green valley, slow push-in",
        {
            "subjects": [Figure.BALLOON],
            ".count": 3,
            ".colour": (210, 43, 43),
            "camera": Camera.PUSH_IN,
            "pace": Pace.SLOW,
            "place": Place.OPEN,
        },
    ),
    (
        "A red vintage car driving down a coastal road at sunset, tracking shot, 35mm film grain",
        {
            "place": Place.ROAD,
            "time_of_day": TimeOfDay.SUNSET,
            "look": Look.VINTAGE,
            "subjects": [Figure.CAR],
            ".colour": (210, 43, 43),
            ".motion": Motion.DRIVE,
        },
    ),
    (
        "A close-up of a quokka eating a leaf in a garden",
        {"place": Place.GARDEN, ".figure": Figure.CARD, ".label": "quokka", ".size": 1.5},
    ),
    (
        "An astronaut riding a horse on Mars, cinematic, 8k",
        {"place": Place.DESERT, "subjects": [Figure.ASTRONAUT, Figure.HORSE]},
    ),
    (
        "A wolf howling at the full moon on a snowy mountain",
        {"place": Place.MOUNTAINS, "time_of_day": TimeOfDay.NIGHT, "subjects": [Figure.WOLF, Figure.MOON]},
    ),
    (
        "A golden retriever puppy runs through a field of sunflowers, slow motion",
        {
            "place": Place.FIELD,
            "subjects": [Figure.DOG, Figure.FLOWER],
            ".motion": Motion.RUN,
            ".label": "golden retriever puppy",
            "pace": Pace.SLOW,
        },
    ),
    (
        "A flock of birds flies over a calm lake at dawn, camera pans left",
        {"place": Place.LAKE, "subjects": [Figure.BIRD], ".count": 8, "camera": Camera.PAN_LEFT},
    ),
    (
        "A steaming cup of coffee on a wooden table by a rainy window, cozy, static shot",
        {"place": Place.ROOM, "weather": Weather.RAIN, ".figure": Figure.CUP, "camera": Camera.STATIC},
    ),
    (
        "Underwater shot of a humpback whale swimming with her calf, sun rays",
        {"place": Place.UNDERWATER, "subjects": [Figure.WHALE, Figure.WHALE], ".motion": Motion.SWIM},
    ),
    (
        "A couple dancing in the rain",
        {"weather": Weather.RAIN, "subjects": [Figure.PERSON], ".count": 2, ".motion": Motion.DANCE},
    ),
    (
        "Two children chase a dog on the beach, handheld camera",
        {
            "place": Place.BEACH,
            "subjects": [Figure.CHILD, Figure.DOG],
            ".count": 2,
            ".motion": Motion.RUN,
            "camera": Camera.HANDHELD,
        },
    ),
    (
        "A majestic white eagle soars above snow-capped mountains at golden hour, cinematic aerial shot",
        {"place": Place.MOUNTAINS, "weather": Weather.CLEAR, ".figure": Figure.EAGLE, ".colour": (246, 246, 243)},
    ),
    (
        "A cozy cabin in a snowy forest at night, warm light glowing from the windows, gentle snowfall",
        {
            "place": Place.FOREST,
            "time_of_day": TimeOfDay.NIGHT,
            "weather": Weather.SNOW,
            "subjects": [Figure.HOUSE],
        },
    ),
    (
        "A futuristic cyberpunk city at night in the rain, neon signs reflecting on wet streets, camera pans right",
        {"place": Place.CITY, "weather": Weather.RAIN, "look": Look.NEON, "camera": Camera.PAN_RIGHT},
    ),
    (
        "A woman with red hair and blue eyes looks out of a window",
        {"place": Place.ROOM, "subjects": [Figure.PERSON], ".colour": None},
    ),
    (
        "A woman in a red dress walks down a Tokyo street at night",
        {"place": Place.STREET, ".colour": (210, 43, 43), ".motion": Motion.WALK},
    ),
    (
        "A luxury perfume bottle rotating on a marble pedestal with soft pink background, studio lighting",
        {"place": Place.STUDIO, "subjects": [Figure.BOTTLE], "camera": Camera.ORBIT},
    ),
    (
        "A red fox running through a snowy forest, tracking shot",
        {".figure": Figure.FOX, ".label": "fox", ".colour": (210, 43, 43), "weather": Weather.SNOW},
    ),
    ("A giant robot walks through Tokyo", {"place": Place.CITY, ".figure": Figure.ROBOT, ".size": 2.0}),
    (
        "A school of colorful fish swims around a coral reef",
        {"place": Place.UNDERWATER, "subjects": [Figure.FISH], ".count": 9},
    ),
    (
        "The camera orbits around a black sports car in a dark studio",
        {"camera": Camera.ORBIT, "subjects": [Figure.CAR], ".colour": (23, 23, 26), "place": Place.STUDIO},
    ),
    (
        "A little girl in a yellow raincoat jumps in puddles on a rainy street",
        {"place": Place.STREET, "weather": Weather.RAIN, ".figure": Figure.CHILD, ".colour": (245, 209, 40)},
    ),
    (
        "A steam train crosses a stone bridge over a river",
        {"place": Place.RIVER, "subjects": [Figure.TRAIN, Figure.BRIDGE]},
    ),
    (
        "First-person view riding a mountain bike down a forest trail, fast-paced",
        {"place": Place.FOREST, "camera": Camera.PUSH_IN, "pace": Pace.FAST, "subjects": [Figure.BICYCLE]},
    ),
    (
        "Kids flying kites on a hill at sunset",
        {"subjects": [Figure.CHILD, Figure.BIRD], ".motion": Motion.STILL, "time_of_day": TimeOfDay.SUNSET},
    ),
    (
        'The title "The Last Summer" appears over a beach at dusk',
        {"place": Place.BEACH, "titles": ("The Last Summer",), "time_of_day": TimeOfDay.DUSK, "subjects": []},
    ),
    (
        "A vintage photo of a farmer with a tractor in a wheat field, sepia",
        {"place": Place.FIELD, "look": Look.VINTAGE, "subjects": [Figure.PERSON, Figure.CAR]},
    ),
    (
        "A pirate ship sails through a stormy sea at night, lightning strikes",
        {"place": Place.SEA, "weather": Weather.STORM, "subjects": [Figure.SHIP], "time_of_day": TimeOfDay.NIGHT},
    ),
    (
        "Tilt up from the street to the top of a skyscraper",
        {"camera": Camera.TILT_UP, "place": Place.STREET, "subjects": [Figure.TOWER]},
    ),
    (
        "An elephant and her calf walk across the savanna at sunset",
        {"place": Place.FIELD, "subjects": [Figure.ELEPHANT, Figure.ELEPHANT], ".motion": Motion.WALK},
    ),
    (
        "A cat wearing a tiny top hat sits on a stack of old books by candlelight",
        {
            "subjects": [Figure.CAT, Figure.BOOK],
            ".motion": Motion.STILL,
            ".size": 1.0,
            "time_of_day": TimeOfDay.NIGHT,
        },
    ),
    (
        "Zoom out from a single tree to reveal a vast forest",
        {"camera": Camera.PULL_OUT, "place": Place.FOREST, "subjects": [Figure.TREE], ".count": 1},
    ),
    ("Camera pans from left to right across a mountain lake", {"camera": Camera.PAN_RIGHT, "place": Place.LAKE}),
    (
        "Seven white swans gliding on a pond, pan left",
        {".count": 7, ".motion": Motion.FLOAT, "place": Place.LAKE, "camera": Camera.PAN_LEFT},
    ),
    ("Whale breaching at sunset", {"place": Place.SEA, "subjects": [Figure.WHALE], ".motion": Motion.SWIM}),
    ("Surfers at dawn", {"place": Place.SEA, "subjects": [Figure.PERSON]}),
    ("An astronaut waves", {"place": Place.SPACE, "time_of_day": TimeOfDay.NIGHT, ".figure": Figure.ASTRONAUT}),
    ("Snow is falling", {"place": Place.SNOWFIELD, "weather": Weather.SNOW}),
    (
        "A tiny green house on a giant turtle",
        {"subjects": [Figure.HOUSE, Figure.FISH], ".colour": (58, 154, 70), ".size": 0.5},
    ),
    ("A truck drives to the left", {"subjects": [Figure.CAR], "camera": Camera.DRIFT, ".motion": Motion.DRIVE}),
    ("Truck left past an old barn", {"camera": Camera.TRUCK_LEFT, "subjects": [Figure.HOUSE]}),
    ("A frying pan on a stove", {"camera": Camera.DRIFT}),
    ("Product shot of a bottle, orbit", {"camera": Camera.ORBIT, "subjects": [Figure.BOTTLE]}),
    ("A satellite in orbit", {"camera": Camera.DRIFT}),
    ("A lamppost on a street at night", {"subjects": [Figure.LANTERN], "place": Place.STREET}),
    ("A glass of red wine on a table, 360 orbit", {".figure": Figure.CUP, ".colour": (210, 43, 43)}),
    ("An orange on a wooden table", {"subjects": [Figure.BALL, Figure.TABLE], ".label": "orange"}),
    ("Red and blue balloons over the hills", {"subjects": [Figure.BALLOON], ".colour": (210, 43, 43)}),
    ("Dark knight standing on a rooftop in Gotham, noir, rain", {"look": Look.NOIR, "place": Place.CITY}),
    ("Slow pan right across a mountain range at blue hour", {"camera": Camera.PAN_RIGHT, "pace": Pace.SLOW}),
    ("The camera rises above the village", {"camera": Camera.CRANE_UP, "place": Place.VILLAGE}),
    ("Locked-off shot of a windmill in a watercolor style", {"camera": Camera.STATIC, "look": Look.WATERCOLOR}),
    ("The camera stays still. A bear sleeps.", {"subjects": [Figure.BEAR], ".motion": Motion.STILL}),
    (
        "A rocket launches into space, camera tilts up",
        {"place": Place.SPACE, "camera": Camera.TILT_UP, ".motion": Motion.FLY},
    ),
    ("🐉🏰", {"place": Place.CASTLE, "subjects": [Figure.DRAGON]}),
]


@pytest.mark.parametrize(("prompt", "facts"), PROMPTS, ids=[prompt[:50] for prompt, _ in PROMPTS])
def test_prompts_are_read_as_people_mean_them(prompt: str, facts: dict[str, Any]) -> None:
    """Each row of the table holds."""
    shot = first_shot(prompt)
    for name, expected in facts.items():
        if name == "subjects":
            found: Any = figures(shot)
        elif name.startswith("."):
            found = getattr(shot.subjects[0], name[1:])
        else:
            found = getattr(shot, name)
        assert found == expected, name


def test_the_same_text_and_seed_give_the_same_scene() -> None:
    """Reading has no hidden state, and the seed varies only what is left open."""
    assert read("birds over the hills", seed=1) == read("birds over the hills", seed=1)
    readings = [read("a story", seed=seed).scene.shots[0] for seed in range(30)]
    assert len({(shot.time_of_day, shot.weather, shot.palette) for shot in readings}) > 4
    assert all(shot.place is Place.OPEN and shot.camera is Camera.DRIFT for shot in readings)
    said = [read("a castle at night in the rain", seed=seed).scene.shots[0] for seed in range(30)]
    assert {(shot.place, shot.time_of_day, shot.weather) for shot in said} == {
        (Place.CASTLE, TimeOfDay.NIGHT, Weather.RAIN)
    }


def test_cuts_and_numbered_shots_become_shots() -> None:
    """Each shot has its own place and subjects, and the look is of all."""
    scene = read(
        "Film noir. Shot 1: A knight walks through a forest. Shot 2: a castle on a hill in a storm. "
        "Shot 3: a dragon flies over the castle, camera tilts up."
    ).scene
    places = [shot.place for shot in scene.shots if shot.subjects or shot.place is not Place.OPEN]
    assert places[-3:] == [Place.FOREST, Place.CASTLE, Place.CASTLE]
    assert scene.shots[-1].camera is Camera.TILT_UP
    assert scene.shots[-1].weather is Weather.STORM
    assert {shot.look for shot in scene.shots} == {Look.NOIR}
    scene = read("A dog runs on the beach. Cut to a cat sleeping on a sofa, then cut to the moon over the sea").scene
    assert [figures(shot) for shot in scene.shots] == [[Figure.DOG], [Figure.CAT, Figure.SOFA], [Figure.MOON]]
    assert [shot.place for shot in scene.shots] == [Place.BEACH, Place.ROOM, Place.SEA]


def test_times_of_shots_become_shares() -> None:
    """Stamps such as [00:02-00:06] say how long each shot is."""
    scene = read("[00:00-00:02] A desert. [00:02-00:06] A camel walks. [00:06-00:08] A city at night.").scene
    assert [shot.share for shot in scene.shots] == [0.25, 0.5, 0.25]
    assert [shot.place for shot in scene.shots] == [Place.DESERT, Place.DESERT, Place.CITY]


def test_a_next_step_is_a_shot_only_if_it_changes_the_picture() -> None:
    """The word "then" alone does not cut."""
    assert len(read("A dog runs, then jumps, then sleeps").scene.shots) == 1
    scene = read("A woman walks down a street, then the camera pans up to the sky").scene
    assert [shot.camera for shot in scene.shots] == [Camera.DRIFT, Camera.TILT_UP]
    assert [figures(shot) for shot in scene.shots] == [[Figure.PERSON], [Figure.PERSON]]


def test_no_more_than_six_shots_are_made() -> None:
    """The rest is told as ignored."""
    reading = read(". ".join(f"Shot {number}: a dog in a forest" for number in range(1, 10)))
    assert len(reading.scene.shots) == 6
    assert "3 more shots (6 at most)" in reading.understanding.ignored


def test_denied_words_are_left_out() -> None:
    """Denial reaches to the end of its phrase or list, and not beyond."""
    shot = first_shot("A beach with a dog, no people, cars or clouds, not at night. A bird flies.")
    assert figures(shot) == [Figure.DOG, Figure.BIRD]
    assert shot.time_of_day is not TimeOfDay.NIGHT
    assert figures(first_shot("without people a red car drives")) == []
    assert figures(first_shot("no people, a red car drives")) == [Figure.CAR]
    assert first_shot("A forest without rain, at dusk").weather is not Weather.RAIN
    assert figures(first_shot("A street without cars and the people walk")) == [Figure.PERSON]
    assert first_shot("A lake, no camera movement").camera is Camera.STATIC


def test_the_negative_prompt_removes_what_it_names() -> None:
    """Subjects, weather, colours and titles go; what makes no difference is told."""
    prompt = 'A man and a red dog in the rain, text "HELLO"'
    reading = read(prompt, negative="people, rain, red, text, blurry, low quality")
    shot = reading.scene.shots[0]
    assert figures(shot) == [Figure.DOG]
    assert shot.subjects[0].colour is None
    assert shot.weather is not Weather.RAIN
    assert shot.titles == ()
    assert "without: blurry" in reading.understanding.ignored
    assert "without: people" in reading.understanding.understood


def test_denying_a_stand_in_leaves_the_figure_to_others() -> None:
    """No wolves still allows a dog."""
    assert [subject.label for subject in first_shot("a wolf and a dog", negative="wolf").subjects] == ["dog"]


@pytest.mark.parametrize("seed", range(20))
def test_a_denied_hour_is_not_chosen_by_chance(seed: int) -> None:
    """Defaults keep to what is denied too."""
    shot = read("a story", negative="night, dawn, golden hour", seed=seed).scene.shots[0]
    assert shot.time_of_day not in {TimeOfDay.NIGHT, TimeOfDay.DAWN, TimeOfDay.GOLDEN_HOUR}


def test_people_can_be_disallowed() -> None:
    """Nobody is drawn, and the result says so."""
    reading = read("A girl, two knights and a horse", people_allowed=False)
    assert figures(reading.scene.shots[0]) == [Figure.HORSE]
    assert "'knights' left out: people are not allowed" in reading.understanding.approximated


def test_a_picture_is_the_scene_itself() -> None:
    """Camera, weather, look and titles apply; subjects are not drawn."""
    shot = first_shot('A dog in the snow, noir, zoom out, "END"', from_picture=True)
    assert shot.subjects == ()
    assert (shot.weather, shot.look, shot.camera, shot.titles) == (
        Weather.SNOW,
        Look.NOIR,
        Camera.PULL_OUT,
        ("END",),
    )


def test_quoted_texts_are_titles_and_apostrophes_are_not_quotes() -> None:
    """All usual quotes work; inches and genitives do not."""
    for opening, closing in ('""', "“”", "«»", "「」"):
        assert first_shot(f"A city. {opening}HELLO 你好{closing} appears").titles == ("HELLO 你好",)
    assert first_shot("the dogs' owner's cat isn't on a 24\" screen or a 32\" one").titles == ()
    assert len(first_shot('"one" "two" "three"').titles) == 2


def test_speech_is_shown_and_told() -> None:
    """What somebody says becomes a title, with a note."""
    reading = read('A man says "I will be back"')
    assert reading.scene.shots[0].titles == ("I will be back",)
    assert reading.understanding.approximated == ("speech “I will be back” shown as a title",)


def test_what_is_only_heard_is_not_drawn() -> None:
    """The line of sound makes no subjects and no weather."""
    shot = first_shot("Audio: a dog barking in the rain. A man walks in the park.")
    assert figures(shot) == [Figure.PERSON]
    assert shot.weather is not Weather.RAIN


def test_unknown_things_are_cards_and_few() -> None:
    """Adjectives, verbs, film words and places of the map are no things."""
    reading = read("A zorblax, a quixel, a vrombat, a flurgle and a dog beside a beautifully lit whatsit")
    cards = [subject.label for subject in reading.scene.shots[0].subjects if subject.figure is Figure.CARD]
    assert 1 <= len(cards) <= 3
    assert "zorblax" in cards
    for prompt in (
        "A stunning, breathtaking and mesmerizing composition with amazing depth",
        "Ultra-detailed volumetric lighting, masterpiece, trending",
        "She walks slowly and gracefully, smiling happily",
        "A journey across California in Patagonia",
    ):
        assert Figure.CARD not in figures(first_shot(prompt)), prompt


def test_a_text_in_an_unknown_language_still_makes_a_scene() -> None:
    """It is told, cards are not guessed, and quoted titles hold."""
    for prompt in (
        "Pies biegnie po plaży o zachodzie słońca «HOLA»",
        "หมาวิ่งบนชายหาด «HOLA»",
        "Собака бежит по пляжу «HOLA»",
    ):
        reading = read(prompt)
        shot = reading.scene.shots[0]
        assert (shot.place, shot.camera, shot.subjects) == (Place.OPEN, Camera.DRIFT, ())
        assert shot.titles == ("HOLA",)
        assert any("language" in phrase for phrase in reading.understanding.ignored)


def test_a_prompt_in_json_is_read_by_its_values() -> None:
    """Its keys and quotes are no titles, and its negative prompt is one."""
    reading = read(
        '{"camera": "slow dolly in", "scene": {"subject": "a red fox and a man"}, "negative_prompt": "people"}'
    )
    shot = reading.scene.shots[0]
    assert (shot.camera, shot.pace, figures(shot), shot.titles) == (Camera.PUSH_IN, Pace.SLOW, [Figure.FOX], ())


def test_the_understanding_is_in_plain_phrases() -> None:
    """It names what was read, what stands in, and what had no effect."""
    told = read(
        'Three red balloons and a puma in a greenhouse at sunrise, slow dolly in, "HELLO", a quokka, 8k, bokeh'
    ).understanding
    assert told == Understanding(
        understood=(
            "place: greenhouse",
            "time: dawn (sunrise)",
            "camera: push in, slow",
            "subject: 3 red balloons",
            "subject: puma",
            "subject: quokka",
            "title: “HELLO”",
        ),
        ignored=("8k", "bokeh"),
        approximated=("'puma' drawn as a cat", "'quokka' shown as a card"),
    )


def check_valid(scene: Scene) -> None:
    assert 1 <= len(scene.shots) <= 6
    assert math.isclose(sum(shot.share for shot in scene.shots), 1.0)
    assert 0 <= scene.seed < 2**32
    for shot in scene.shots:
        assert shot.share > 0
        assert len(shot.subjects) <= 6
        assert len(shot.titles) <= 2
        assert len(shot.palette) <= 4
        assert all(0 <= part <= 255 for colour in shot.palette for part in colour)
        assert all(title and title.isprintable() and len(title) <= 60 for title in shot.titles)
        for subject in shot.subjects:
            assert 1 <= subject.count <= 12
            assert 0.5 <= subject.size <= 2.0
            assert 1 <= len(subject.label) <= 24
            assert subject.colour is None or all(0 <= part <= 255 for part in subject.colour)


def check_told(told: Understanding) -> None:
    for phrases in (told.understood, told.ignored, told.approximated):
        assert len(phrases) < 12
        assert all(phrase and len(phrase) < 80 and phrase.isprintable() for phrase in phrases)


@settings(max_examples=150, deadline=None)
@given(prompt=st.text(max_size=400), negative=st.none() | st.text(max_size=100), seed=st.integers())
def test_any_text_gives_a_valid_scene(prompt: str, negative: str | None, seed: int) -> None:
    """No text raises, and every scene keeps the limits."""
    reading = read_prompt(prompt, negative_prompt=negative, seed=seed)
    check_valid(reading.scene)
    check_told(reading.understanding)


_VOCABULARY = """
a the two tiny red dark dog wolves house castle forest beach camera pans left zoom in slow then cut to shot 1 : . ,
no without of and with "TEXT" at night sunset rain snow runs flying wave orange couple flock quokka zorbs close-up
snow-covered 12:00-12:04 8k glass made wearing dress drone she
"""
_WORDS = st.sampled_from(_VOCABULARY.split())


@settings(max_examples=300, deadline=None)
@given(words=st.lists(_WORDS, max_size=60), seed=st.integers(0, 2**32 - 1), picture=st.sampled_from((False, True)))
def test_any_mix_of_known_words_gives_a_valid_scene(words: list[str], seed: int, *, picture: bool) -> None:
    """Words that have effects keep the limits in every order."""
    reading = read_prompt(" ".join(words), negative_prompt=None, seed=seed, from_picture=picture)
    check_valid(reading.scene)
    check_told(reading.understanding)
    if picture:
        assert all(shot.subjects == () for shot in reading.scene.shots)


@pytest.mark.parametrize(
    "piece",
    [
        "then ",
        "no a, or ",
        "no ",
        "dog cat ",
        "the zorb ",
        'a" "',
        "“",
        "a-",
        ".",
        " ",
        "1:00-",
        "1 - ",
        "sound of ",
        "[",
        '{"a":',
        "x",
        "猫",
        "三只的",
        "走っ",
        "개가 ",
        "l'",
        "a\u0301",
        "\ud800",
        "\x00",
        "🐉",
        "camera pan left ",
        "red and ",
        "cut to a dog ",
        "pile of ",
        "not only no ",
    ],
)
def test_hostile_repetition_is_read_in_linear_work(piece: str) -> None:
    """Twice the text takes at most about twice the calls."""
    calls_of("warm")
    once = calls_of(piece * (4000 // len(piece)))
    twice = calls_of(piece * (8000 // len(piece)))
    assert twice <= 2.4 * once + 2000


def calls_of(prompt: str) -> int:
    """Return how many Python calls a reading makes."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        read_prompt(prompt, negative_prompt=None, seed=1)
    finally:
        sys.setprofile(None)
    return calls
