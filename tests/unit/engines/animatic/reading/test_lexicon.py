"""The vocabulary file: every value is one that the code knows, and phrases are found as they are written."""

import pytest

from reelgate.engines.animatic.reading.glossary import LANGUAGES, load_language
from reelgate.engines.animatic.reading.lexicon import Kind, Lexicon
from reelgate.engines.animatic.reading.words import split_words
from reelgate.engines.animatic.scene import Camera, Figure, Look, Motion, Pace, Place, TimeOfDay, Weather

HINTED = {"place": Place, "time": TimeOfDay, "weather": Weather, "look": Look, "pace": Pace, "camera": Camera}


@pytest.fixture(params=LANGUAGES)
def lexicon(request: pytest.FixtureRequest) -> Lexicon:
    return load_language(request.param)


def test_every_value_is_known_to_the_renderer(lexicon: Lexicon) -> None:
    """A typing error in a vocabulary is found here, not while a prompt is read."""
    for meanings in lexicon.phrases.values():
        for entry in meanings:
            if entry.kind is Kind.FIGURE:
                Figure(entry.value)
            elif entry.kind is Kind.PLACE:
                Place(entry.value)
            elif entry.kind is Kind.TIME:
                TimeOfDay(entry.value)
            elif entry.kind is Kind.WEATHER:
                Weather(entry.value)
            elif entry.kind is Kind.LOOK:
                Look(entry.value)
            elif entry.kind is Kind.MOTION:
                Motion(entry.value)
            elif entry.kind is Kind.HINT:
                fact, _, value = entry.value.partition(":")
                HINTED[fact](value)
            assert entry.motion is None or Motion(entry.motion)
            assert entry.colour is None or len(bytes.fromhex(entry.colour[1:])) == 3
            assert entry.size is None or 0.5 <= entry.size <= 2.0


def test_every_camera_verb_leads_to_camera_moves(lexicon: Lexicon) -> None:
    """Moves and certainties are those that the reader knows."""
    for verb in lexicon.camera_verbs.values():
        assert verb.certainty in {"sure", "likely", "directed", "guided", "shot"}
        assert verb.alone
        for move in (*verb.alone, *verb.directed.values()):
            Camera(move)


def test_every_figure_and_place_has_words(lexicon: Lexicon) -> None:
    """What the renderer can draw can be asked for."""
    named = {(entry.kind, entry.value) for meanings in lexicon.phrases.values() for entry in meanings}
    for figure in set(Figure) - {Figure.CARD}:
        assert (Kind.FIGURE, figure.value) in named
    for place in Place:
        assert (Kind.PLACE, place.value) in named


def test_a_hint_does_not_hide_a_figure(lexicon: Lexicon) -> None:
    """The words "Giant robot" as a mere hint would leave the robot out."""
    for words, meanings in lexicon.phrases.items():
        kinds = {entry.kind for entry in meanings}
        if len(words) > 1 and kinds == {Kind.HINT}:
            last = lexicon.phrases.get((words[-1],), ())
            assert Kind.FIGURE not in {entry.kind for entry in last}, words


@pytest.mark.parametrize(
    ("text", "figure", "plural"),
    [
        ("wolves", "wolf", True),
        ("butterflies", "butterfly", True),
        ("women", "person", True),
        ("people", "person", True),
        ("geese", "bird", True),
        ("foxes", "fox", True),
        ("horse", "horse", False),
        ("snowy owls", "eagle", True),
        ("Hot-Air Balloons", "balloon", True),
        ("CAFÉ", None, False),
    ],
)
def test_plurals_are_found(text: str, figure: str | None, plural: bool) -> None:  # noqa: FBT001 (a column of the table)
    """Regular and irregular plurals name the same figure, and say that they are plurals."""
    words = split_words(text)
    length, entries = load_language("en").match(words, 0)
    assert length == len(words)
    found = [entry for entry in entries if entry.kind is Kind.FIGURE]
    assert (found[0].value, found[0].plural) == (figure, plural) if figure else not found


def test_a_phrase_never_ends_inside_a_hyphened_word() -> None:
    """The words "Push-in" is not "push" and something."""
    lexicon = load_language("en")
    assert lexicon.match(split_words("push-in"), 0)[0] == 2
    assert lexicon.match(split_words("dog-like"), 0) == (0, ())
