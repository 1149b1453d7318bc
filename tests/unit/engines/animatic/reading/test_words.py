"""Cutting text: words, what stands between them, quoted texts and times."""

import pytest

from reelgate.engines.animatic.reading.words import Gap, clean_title, split_words, take_marks


def test_words_keep_their_signs_apart() -> None:
    """Commas, ends of sentences and hyphens are told apart; decimals and line ends are no sentences."""
    words = split_words("A dog, f/1.8 on a push-in. Then:\nend")
    assert [word.norm for word in words] == ["a", "dog", "f", "1", "8", "on", "a", "push", "in", "then", "end"]
    gaps = {word.norm: word.gap for word in words}
    assert (gaps["f"], gaps["8"], gaps["then"], gaps["end"]) == (Gap.COMMA, Gap.NONE, Gap.STOP, Gap.COLON)
    assert [word.norm for word in words if word.glued] == ["in"]


def test_case_accents_and_genitives_do_not_matter() -> None:
    """What is compared is plain; what is shown is as written."""
    word = split_words("CAFÉ’s")[0]
    assert (word.norm, word.text, word.possessive) == ("cafe", "CAFÉ’s", True)
    assert not split_words("isn't")[0].possessive


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ('say "HELLO" now', ["HELLO"]),
        ("“one” «two» 「three」", ["one", "two", "three"]),
        ("a 24\" and a 32\" screen, the dog's 'bone'", []),
        ('"  "', []),
        ('"never closed', []),
        ('"a\nb"', []),
    ],
)
def test_quotes_are_taken_out(text: str, quotes: list[str]) -> None:
    """Quoted texts leave spaces of their own length."""
    marked = take_marks(text)
    assert [quote.text for quote in marked.quotes] == quotes
    assert len(marked.text) == len(text)


def test_times_are_taken_out() -> None:
    """Clock spans and spans of seconds give durations; what runs backwards is no span."""
    marked = take_marks("[00:00-00:03] a, 3-8s b, (0:10 – 0:12) c, 9-4 seconds")
    assert [span.duration_s for span in marked.spans] == [3, 5, 2]
    assert "a" in marked.text
    assert "9-4 seconds" in marked.text


def test_titles_are_one_printable_line() -> None:
    """Control signs and line ends become spaces, and long ones are cut."""
    assert clean_title(" a\tb\x00c ") == "a b c"
    assert clean_title("x" * 99) == "x" * 59 + "…"
