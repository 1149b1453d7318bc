"""The other languages: each has words for all that can be drawn, and its prompts make the scenes of English twins."""

import pathlib
import tomllib
from dataclasses import replace
from importlib import resources

import pytest

from reelgate.engines.animatic.grammar import read_prompt
from reelgate.engines.animatic.reading.glossary import LANGUAGES, load_language
from reelgate.engines.animatic.reading.lexicon import Kind
from reelgate.engines.animatic.scene import Camera, Figure, Look, Place, Scene, TimeOfDay, Weather

OTHERS = LANGUAGES[1:]
TWINS = tomllib.loads(pathlib.Path(__file__).with_name("twins.toml").read_text(encoding="utf-8"))["twin"]
PAIRS = [
    (language, twin[written], twin["en"])
    for twin in TWINS
    for written in twin
    if (language := written.partition("_")[0]) != "en"
]

#: What is asked for most, and every language has a word for.
SUBJECTS = """
person man woman child crowd baby dancer ballerina runner hiker climber surfer diver skier cyclist rider cowboy warrior
knight samurai ninja soldier viking pirate wizard witch king queen prince princess fairy angel mermaid ghost vampire
detective chef farmer fisherman gardener sailor shepherd doctor teacher student firefighter photographer musician
guitarist singer painter bride mother father grandmother grandfather friends family tourist alien statue robot
astronaut dog puppy wolf fox sheep lamb goat pig cat kitten lion tiger leopard cheetah panther rabbit squirrel mouse
hedgehog monkey horse unicorn zebra donkey camel cow bull giraffe bird seagull dove crow swan goose duck parrot flamingo
heron stork peacock penguin chicken rooster hummingbird bat kite eagle hawk owl fish goldfish shark dolphin seal turtle
jellyfish octopus crab whale dragon dinosaur crocodile snake monster deer reindeer bear panda elephant rhino hippo
gorilla koala kangaroo butterfly bee dragonfly firefly car taxi bus truck tractor sled train tram bicycle motorcycle
boat sailboat canoe kayak yacht ship submarine plane helicopter drone ufo rocket spaceship satellite balloon airship
bubble tree cactus flower rose tulip sunflower lotus lavender mushroom house cabin church temple tent tower skyscraper
pyramid volcano lighthouse windmill bridge bottle perfume vase cup coffee tea lantern lamp candle cake fire campfire
ball orange apple cube gift diamond table chair sofa bed piano bread book guitar violin moon planet
"""
COLOURS = """
red orange brown beige yellow gold green turquoise blue purple pink white silver gray black light dark
"""


def glossed(language: str) -> set[str]:
    """Return the English that a file has lines for."""
    source = resources.files("reelgate.engines.animatic") / "vocabulary" / f"{language}.toml"
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    lines = "".join(table[section] for section in ("words", "nouns", "adjectives", "verbs")).splitlines()
    return {line.partition(":")[0] for line in lines}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_words_for_all_that_can_be_drawn(language: str) -> None:
    """Places, hours, weathers, looks, camera moves, numbers, colours and the usual subjects."""
    lexicon = load_language(language)
    meant = {(entry.kind, entry.value) for entries in lexicon.phrases.values() for entry in entries}
    for kind, values in (
        (Kind.PLACE, Place),
        (Kind.TIME, TimeOfDay),
        (Kind.WEATHER, Weather),
        (Kind.LOOK, Look),
        (Kind.FIGURE, set(Figure) - {Figure.CARD, Figure.CASTLE}),
    ):
        assert {value.value for value in values} <= {value for kind_, value in meant if kind_ is kind}, kind
    numbers = {int(value) for kind, value in meant if kind is Kind.NUMBER}
    assert set(range(2, 21)) <= numbers
    moves = {
        move
        for kind, name in meant
        if kind is Kind.CAMERA
        for verb in [lexicon.camera_verbs[name]]
        for move in (*verb.alone, *verb.directed.values())
    }
    assert moves >= {camera.value for camera in set(Camera) - {Camera.DRIFT}}
    assert set((SUBJECTS + COLOURS).split()) - glossed(language) == set()


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_means_something(language: str) -> None:
    """A line whose English leaves no meaning is a mistake; loading raises for English that is in no list."""
    lexicon = load_language(language)
    assert [key for key, entries in lexicon.phrases.items() if not entries] == []
    assert set(lexicon.glosses) <= set(lexicon.phrases)


def facts(scene: Scene) -> Scene:
    """Return a scene without the words of its language."""
    return replace(
        scene,
        shots=tuple(
            replace(shot, subjects=tuple(replace(subject, label="") for subject in shot.subjects))
            for shot in scene.shots
        ),
    )


@pytest.mark.parametrize(("language", "prompt", "english"), PAIRS, ids=[f"{p[0]}-{p[2][:30]}" for p in PAIRS])
def test_a_prompt_makes_the_scene_of_its_english_twin(language: str, prompt: str, english: str) -> None:
    """Place, hour, weather, camera, look, subjects, counts, colours, motions, titles and cuts are equal."""
    reading = read_prompt(prompt, negative_prompt=None, seed=7)
    assert facts(reading.scene) == facts(read_prompt(english, negative_prompt=None, seed=7).scene)
    assert f"language: {load_language(language).name}" in reading.understanding.understood


@pytest.mark.parametrize(
    "prompt",
    [
        "Dos mujeres y un perro en la playa",
        "Zwei Frauen und ein Hund am Strand",
        "Deux femmes et un chien sur la plage",
        "Due donne e un cane sulla spiaggia",
        "Duas mulheres e um cachorro na praia",
        "海辺の二人の女性と犬",
        "海滩上的两个女人和一只狗",
        "해변의 여자 두 명과 개",
    ],
)
def test_people_can_be_disallowed_in_every_language(prompt: str) -> None:
    """Only the dog is left."""
    both = read_prompt(prompt, negative_prompt=None, seed=1).scene.shots[0].subjects
    assert [(subject.figure, subject.count) for subject in both] == [(Figure.PERSON, 2), (Figure.DOG, 1)]
    reading = read_prompt(prompt, negative_prompt=None, seed=1, people_allowed=False)
    assert [subject.figure for subject in reading.scene.shots[0].subjects] == [Figure.DOG]
    assert any("people are not allowed" in phrase for phrase in reading.understanding.approximated)


@pytest.mark.parametrize(
    ("prompt", "label"),
    [
        ("Un zorblax duerme en el jardín", "zorblax"),
        ("Ein Zorblax schläft im Garten", "Zorblax"),
        ("Un zorblax dort dans le jardin", "zorblax"),
        ("Uno zorblax dorme nel giardino", "zorblax"),
        ("Um zorblax dorme no jardim", "zorblax"),
        ("庭でゾルブラックスが眠っている", "ゾルブラックス"),
        ("花园里有一只嚯嚯兽", "嚯嚯兽"),
        ("정원에서 조르블락스가 잔다", "조르블락스"),
    ],
)
def test_unknown_things_are_cards_in_every_language(prompt: str, label: str) -> None:
    """A card says what the text says."""
    subjects = read_prompt(prompt, negative_prompt=None, seed=1).scene.shots[0].subjects
    assert [(subject.figure, subject.label) for subject in subjects] == [(Figure.CARD, label)]


def test_a_negative_prompt_has_its_own_language() -> None:
    """English removes what Spanish asks for, and the other way round."""
    for prompt, negative in (("Un lobo y un perro", "wolf"), ("A wolf and a dog", "lobo, gente, lluvia")):
        subjects = read_prompt(prompt, negative_prompt=negative, seed=1).scene.shots[0].subjects
        assert [subject.size for subject in subjects] == [1.0], prompt
