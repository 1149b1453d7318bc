"""What a text may hold."""

import pytest

from reelgate.core.errors import FieldProblem, PromptInvalid
from reelgate.core.prompt import check_prompt, text_problem, unfit_character


@pytest.mark.parametrize("prompt", ["a boat", "Ein Boot\nbei Nacht", "船と月 🌙", "x" * 100, "tab\there"])
def test_texts_of_people_pass(prompt: str) -> None:
    """Any script, line breaks and tabs are text."""
    check_prompt(prompt, 100)


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("x" * 101, "at most 100"),
        ("a\x00b", "U\\+0000"),
        ("a\x1b[31m", "U\\+001B"),
        ("a\x7f", "U\\+007F"),
        ("a\ud800", "U\\+D800"),
        ("é\x85", "U\\+0085"),
    ],
)
def test_other_prompts_are_refused(prompt: str, said: str) -> None:
    """The message says what is wrong, the limit included."""
    with pytest.raises(PromptInvalid, match=said):
        check_prompt(prompt, 100)


def test_optional_texts_are_held_to_the_same() -> None:
    """Nothing is fine; too much and control characters are not."""
    assert text_problem("watermark", None, 5) is None
    assert text_problem("watermark", "hello", 5) is None
    assert text_problem("watermark", "hello!", 5) == FieldProblem(
        "watermark", "has 6 characters; at most 5 are allowed"
    )
    assert text_problem("watermark", "\x00", 5) == FieldProblem("watermark", "holds a control character (U+0000)")


def test_layout_is_no_control_character() -> None:
    """Tabs and line breaks are left alone."""
    assert unfit_character("a\tb\r\n") is None
