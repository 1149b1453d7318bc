"""Directives in a prompt that have what real services do rehearsed: waiting, failing, filtering, refusing. Pure.

`[[sim: key=value, key=value]]` anywhere in a prompt; `docs/reference/simulation.md` has the table. `service.rehearsal`
reads them where the operator allows it, `engines.rehearsed` and the worker act on them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from reelgate.core.errors import PromptInvalid

Fail = Literal["error", "timeout", "refused", "lost"]
Submit = Literal[402, 409, 429, 500, 503]
Download = Literal["slow", "broken"]

SECONDS_MAX: Final = 600.0
RETRY_AFTER_S: Final = 7
REASON: Final = "The video was held back by a rehearsed safety filter."

_DIRECTIVE: Final = re.compile(r"\[\[\s*sim\s*:(.*?)\]\]", re.IGNORECASE | re.DOTALL)
_PART: Final = re.compile(r"""\s*([a-z_]+)\s*=\s*("[^"]*"|[^,"]*)\s*(?:,|$)""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """What is rehearsed."""

    #: The task waits for so long before it is begun.
    queue_s: float = 0.0
    #: It is made for so long at least.
    run_s: float = 0.0
    #: Progress goes no further than this percentage until the end.
    progress: int | None = None
    #: How many samples the filter holds back.
    filtered: int = 0
    reason: str = REASON
    #: How the task fails.
    fail: Fail | None = None
    #: The status of the refusal at submit.
    submit: Submit | None = None
    retry_after_s: int = RETRY_AFTER_S
    #: The engine makes a video of another length.
    wrong_duration: bool = False
    #: What happens to whoever fetches the video by its link.
    download: Download | None = None


#: More samples than any request has: the filter holds back all.
ALL: Final = 1_000


def read_rehearsal(prompt: str) -> Rehearsal | None:
    """Return what a prompt has rehearsed, or None where it holds no directive.

    Raises:
        PromptInvalid: a directive cannot be read; the message says what is wrong.

    """
    found = _DIRECTIVE.findall(prompt)
    if not found:
        return None
    fields: dict[str, Any] = {}
    for key, value in _parts(",".join(found)):
        if key not in _READERS:
            raise _bad(f"there is no {key!r}; known are {', '.join(_READERS)}")
        name, read, wanted = _READERS[key]
        try:
            fields[name] = read(value)
        except ValueError as error:
            raise _bad(f"{key} must be {wanted}, not {value[:40]!r}") from error
    return Rehearsal(**fields)


def without_directives(prompt: str) -> str:
    """Return what there is to draw."""
    return " ".join(_DIRECTIVE.sub(" ", prompt).split()) or "nothing"


def _parts(text: str) -> list[tuple[str, str]]:
    parts, place = [], 0
    while place < len(text.rstrip()):
        match = _PART.match(text, place)
        if match is None or match.end() == place:
            raise _bad(f"write key=value, with commas between, not {text[place : place + 40].strip()!r}")
        parts.append((match[1], match[2].strip().strip('"')))
        place = match.end()
    if not parts:
        raise _bad("it says nothing")
    return parts


def _seconds(text: str) -> float:
    seconds = float(text.removesuffix("s"))
    if not 0 <= seconds <= SECONDS_MAX:
        raise ValueError(text)
    return seconds


def _percent(text: str) -> int:
    percent = int(text.removesuffix("%"))
    if not 0 <= percent <= 99:
        raise ValueError(text)
    return percent


def _count(text: str) -> int:
    count = ALL if text == "all" else int(text)
    if count < 1:
        raise ValueError(text)
    return count


def _chosen(choices: tuple[object, ...], text: str) -> object:
    known = {str(choice): choice for choice in choices}
    if text not in known:
        raise ValueError(text)
    return known[text]


def _bad(problem: str) -> PromptInvalid:
    return PromptInvalid(f"The prompt's [[sim: ...]] cannot be read: {problem}.")


#: By key: the field, how its value is read, and what it must be.
_READERS: Final[dict[str, tuple[str, Callable[[str], object], str]]] = {
    "queue": ("queue_s", _seconds, f"seconds, 0 to {SECONDS_MAX:g}"),
    "run": ("run_s", _seconds, f"seconds, 0 to {SECONDS_MAX:g}"),
    "progress": ("progress", _percent, "a percentage, 0 to 99"),
    "filter": ("filtered", _count, "all, or how many samples"),
    "reason": ("reason", str, "a text"),
    "fail": ("fail", lambda text: _chosen(get_args(Fail), text), "error, timeout, refused or lost"),
    "submit": ("submit", lambda text: _chosen(get_args(Submit), text), "402, 409, 429, 500 or 503"),
    "retry_after": ("retry_after_s", lambda text: int(_seconds(text)), f"seconds, 0 to {SECONDS_MAX:g}"),
    "duration": ("wrong_duration", lambda text: bool(_chosen(("wrong",), text)), "wrong"),
    "download": ("download", lambda text: _chosen(get_args(Download), text), "slow or broken"),
}
