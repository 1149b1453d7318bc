"""Directives in prompts."""

import pathlib
import re

import pytest

from reelgate.core.errors import PromptInvalid
from reelgate.core.rehearsal import _READERS, ALL, Rehearsal, read_rehearsal, without_directives


@pytest.mark.parametrize(
    ("text", "rehearsal"),
    [
        ("queue=5s, run=2.5", Rehearsal(queue_s=5, run_s=2.5)),
        ("progress=40%", Rehearsal(progress=40)),
        ("filter=all", Rehearsal(filtered=ALL)),
        ('filter=2, reason="fog, too much of it"', Rehearsal(filtered=2, reason="fog, too much of it")),
        ("reason=fog", Rehearsal(reason="fog")),
        ("fail=timeout", Rehearsal(fail="timeout")),
        ("submit=429,retry_after=30", Rehearsal(submit=429, retry_after_s=30)),
        ("duration=wrong", Rehearsal(wrong_duration=True)),
        ("download=broken", Rehearsal(download="broken")),
    ],
)
def test_a_directive_is_read(text: str, rehearsal: Rehearsal) -> None:
    """Wherever it stands."""
    assert read_rehearsal(f"[[sim: {text}]] a boat") == rehearsal
    assert read_rehearsal(f"a boat [[SIM:{text}]]") == rehearsal


def test_several_directives_add_up() -> None:
    """As if they stood in one."""
    assert read_rehearsal("[[sim: run=1s]] a boat [[sim: fail=error]]") == Rehearsal(run_s=1, fail="error")


@pytest.mark.parametrize("prompt", ["a boat", "[[simple]]", "[sim: fail=error]", "[[sim fail=error]]", ""])
def test_other_prompts_have_nothing_rehearsed(prompt: str) -> None:
    """However much they look like it."""
    assert read_rehearsal(prompt) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "fail", "fail=", "fail=badly", "submit=418", "queue=-1", "queue=601", "queue=soon", "progress=100",
        "filter=0", "filter=some", "colour=red", "run=1s fail=error", "duration=8", "download=fast", "run=nan", ",",
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused(text: str) -> None:
    """With a sentence that says what is wrong."""
    with pytest.raises(PromptInvalid, match=re.escape("[[sim: ...]]")):
        read_rehearsal(f"a boat [[sim: {text}]]")


def test_directives_are_not_drawn() -> None:
    """And nothing but a directive is something to draw."""
    assert without_directives("a [[sim: run=1s]] boat\n[[sim: fail=error]]") == "a boat"
    assert without_directives("[[sim: run=1s]]") == "nothing"


def test_the_table_has_every_directive(repository: pathlib.Path) -> None:
    """No more and no fewer."""
    text = (repository / "docs" / "reference" / "simulation.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)=", text, re.MULTILINE) == list(_READERS)
