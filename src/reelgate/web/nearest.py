"""Which real path a wrong one comes nearest to. Pure; called by `web.dialect` and `web.server_routes`.

Likeness is counted in runs of three characters that both have: cheap enough for anyone who asks without a key, and
blind to how long the ids are that stand where a path has a parameter.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

#: What is looked at of a path that a caller wrote.
_CHARS_MAX: Final = 200
_RUN: Final = 3
#: How much a method that fits makes up for a path that fits less.
_METHOD_WEIGHT: Final = 0.1


@dataclass(frozen=True, slots=True)
class KnownPath:
    """A method and a path that are served."""

    method: str
    #: With parameters in braces.
    path: str
    runs: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def known_paths(served: Iterable[tuple[str, str]]) -> tuple[KnownPath, ...]:
    """Return methods and paths, in the order in which the first of two that are as near is named."""
    return tuple(KnownPath(method, path, _runs(re.sub(r"\{[^}]*\}", "", path))) for method, path in served)


def nearest_path(method: str, path: str, known: Iterable[KnownPath], *, likeness_min: float = 0.0) -> KnownPath | None:
    """Return what is most like `method` and `path`; None where nothing is as like as `likeness_min`, from 0 to 1."""
    runs = _runs(path[:_CHARS_MAX])
    best, best_score = None, -1.0
    for one in known:
        likeness = 2 * len(runs & one.runs) / (len(runs) + len(one.runs))
        score = likeness + _METHOD_WEIGHT * (one.method == method)
        if likeness >= likeness_min and score > best_score:
            best, best_score = one, score
    return best


def _runs(path: str) -> frozenset[str]:
    # The end counts as much as the rest: "/veo/task" is nearer to "/veo/tasks" than to "/veo".
    text = f"{path.lower()}  "
    return frozenset(text[start : start + _RUN] for start in range(len(text) - _RUN + 1))
