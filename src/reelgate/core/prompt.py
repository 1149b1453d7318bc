"""What a text from a caller may hold. Pure; used for every field that people write."""

import unicodedata
from typing import Final

from reelgate.core.errors import FieldProblem, PromptInvalid

#: Further texts than the prompt are held to this many characters.
SHORT_TEXT_MAX_CHARS: Final = 500

_LAYOUT: Final = frozenset("\t\n\r")


def check_prompt(prompt: str, max_chars: int) -> None:
    """Refuse a prompt that says nothing, too much, or is not text.

    Raises:
        PromptInvalid: it is empty, longer than `max_chars` characters, or holds control characters.

    """
    if not prompt.strip():
        raise PromptInvalid("The prompt must not be empty.")
    if len(prompt) > max_chars:
        raise PromptInvalid(f"The prompt has {len(prompt)} characters; at most {max_chars} are allowed.")
    if unfit := unfit_character(prompt):
        raise PromptInvalid(f"The prompt holds a control character ({unfit}).")


def text_problem(field: str, text: str | None, max_chars: int) -> FieldProblem | None:
    """Return what is wrong with an optional text, or None."""
    if text is None:
        return None
    if len(text) > max_chars:
        return FieldProblem(field, f"has {len(text)} characters; at most {max_chars} are allowed")
    if unfit := unfit_character(text):
        return FieldProblem(field, f"holds a control character ({unfit})")
    return None


def unfit_character(text: str) -> str | None:
    """Return the first control character or half of a surrogate pair, as U+0000; None when there is none."""
    # Most texts are plain ASCII without any: this test is all that they cost.
    if text.isascii() and text.isprintable():
        return None
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in _LAYOUT:
            return f"U+{ord(character):04X}"
    return None
