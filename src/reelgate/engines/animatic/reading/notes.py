"""Collects what is told about a reading: plain phrases for people, few and short.

It must not decide anything. Every reader writes to it.
"""

from dataclasses import dataclass, field

from reelgate.core.task import Understanding

_PHRASE_LENGTH_MAX = 79
_PHRASES_MAX = 11


@dataclass(slots=True)
class Notes:
    """What was understood, ignored and approximated so far, without repetition, in order."""

    _understood: dict[str, None] = field(default_factory=dict)
    _ignored: dict[str, None] = field(default_factory=dict)
    _approximated: dict[str, None] = field(default_factory=dict)

    def understood(self, phrase: str) -> None:
        """Add a phrase about something that has its effect."""
        self._understood.setdefault(_short(phrase))

    def ignored(self, phrase: str) -> None:
        """Add a phrase about something that has none."""
        self._ignored.setdefault(_short(phrase))

    def approximated(self, phrase: str) -> None:
        """Add a phrase about something that another thing stands in for."""
        self._approximated.setdefault(_short(phrase))

    def to_understanding(self) -> Understanding:
        """Return the notes as the task keeps them."""
        return Understanding(
            understood=tuple(self._understood)[:_PHRASES_MAX],
            ignored=tuple(self._ignored)[:_PHRASES_MAX],
            approximated=tuple(self._approximated)[:_PHRASES_MAX],
        )


def _short(phrase: str) -> str:
    phrase = " ".join("".join(sign if sign.isprintable() else " " for sign in phrase).split())
    return phrase if len(phrase) <= _PHRASE_LENGTH_MAX else phrase[: _PHRASE_LENGTH_MAX - 1].rstrip() + "…"


def with_article(noun: str) -> str:
    """Return "a dog", "an eagle", or "fire" for what is not counted."""
    if noun == "fire":
        return noun
    return ("an " if noun[:1] in "aeiou" else "a ") + noun
