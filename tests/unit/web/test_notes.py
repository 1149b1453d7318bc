"""How a header tells what was made of a prompt."""

import json

import pytest

from reelgate.core.task import Understanding
from reelgate.web.notes import NOTES_MAX_CHARS, notes_of


def told(**phrases: tuple[str, ...]) -> str | None:
    return notes_of(Understanding(**phrases))


def test_what_is_told_is_told_by_kind() -> None:
    """In ASCII, on one line, whatever the phrases hold."""
    notes = told(understood=("sky: \u5915\u713c\u3051 \U0001f305",), ignored=("prompt: not translated,\r\nX-Evil: 1",))
    assert notes
    assert notes.isascii()
    assert notes.isprintable()
    assert json.loads(notes) == {
        "understood": ["sky: \u5915\u713c\u3051 \U0001f305"], "ignored": ["prompt: not translated,\r\nX-Evil: 1"]
    }  # fmt: skip


@pytest.mark.parametrize("understanding", [None, Understanding()])
def test_nothing_is_told_of_nothing(understanding: Understanding | None) -> None:
    """There is no empty header."""
    assert notes_of(understanding) is None


def test_what_was_understood_is_left_out_first() -> None:
    """Headers have little room; what was ignored matters most."""
    much = tuple(f"word {number}" for number in range(300))
    notes = told(understood=much, ignored=("fog",), approximated=("rain as snow",))
    assert notes
    assert len(notes) <= NOTES_MAX_CHARS
    assert json.loads(notes) == {"ignored": ["fog"], "approximated": ["rain as snow"], "left_out": ["understood"]}
    assert json.loads(told(ignored=much) or "") == {"left_out": ["ignored"]}
