"""Which language a text is in."""

import pytest

from reelgate.engines.animatic.reading.tongue import find_tongue
from reelgate.engines.animatic.reading.words import split_words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A dog runs", "en"),
        ("sol", "es"),
        ("Un chat noir dort", "fr"),
        ("Eine Katze, cinematic, 4k, slow motion", "de"),
        ("Il gatto nero dorme", "it"),
        ("O gato preto dorme", "pt"),
        ("El gato negro duerme", "es"),
        ("黒い猫が眠る", "ja"),
        ("海辺", "ja"),
        ("一只黑猫在睡觉", "zh"),
        ("一隻黑貓在睡覺", "zh"),
        ("검은 고양이, cinematic 4k", "ko"),
        ("", "en"),
        ("12:00 !!", "en"),
    ],
)
def test_the_language_is_found(text: str, language: str) -> None:
    """The vocabulary that has the most of it, English where nothing speaks against it."""
    tongue = find_tongue(text, split_words(text))
    assert (tongue.lexicon.language, tongue.foreign) == (language, False)


@pytest.mark.parametrize("text", ["Собака бежит", "Pies biegnie po plaży o zachodzie", "สุนัขวิ่ง"])
def test_other_languages_are_foreign(text: str) -> None:
    """Neither the script nor the words are known."""
    assert find_tongue(text, split_words(text)).foreign
