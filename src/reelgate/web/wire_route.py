"""Finds the endpoint of a path among those of all wires. Called by `web.dialect.route_of`.

Starlette tries one regular expression after another, over all wires: whatever stands last would be polled at twice the
price of what stands first. Here a fixed path is looked up, and a pattern is tried only where its first two words stand.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from starlette.convertors import Convertor
from starlette.routing import BaseRoute, Match, NoMatchFound, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, kw_only=True, slots=True)
class WirePaths:
    """The paths of one wire."""

    endpoints: Mapping[str, ASGIApp]
    #: What is under them and no path of the wire goes to `unknown`.
    prefixes: Sequence[str]
    unknown: ASGIApp


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A path with parameters."""

    #: What it begins with, up to its first parameter.
    head: str
    expression: re.Pattern[str]
    convertors: Mapping[str, Convertor[Any]]
    endpoint: ASGIApp


class WireRoute(BaseRoute):
    """All paths of some wires as one route; of two that could answer, the wire that stands first does."""

    def __init__(self, wires: Sequence[WirePaths]) -> None:
        self._fixed: dict[str, tuple[Match, Scope]] = {}
        patterns: list[_Pattern] = []
        for wire in wires:
            for path, endpoint in wire.endpoints.items():
                if "{" in path:
                    expression, _, convertors = compile_path(path)
                    patterns.append(_Pattern(path.partition("{")[0], expression, convertors, endpoint))
                else:
                    self._fixed.setdefault(path, _found(endpoint))
        self._by_start = {
            start: _beginning(start, patterns) for start in {_start(pattern.head) for pattern in patterns}
        }
        #: Where a path has other words, the patterns that begin with fewer than two.
        self._short = [pattern for pattern in patterns if pattern.head.count("/") < _WORDS + 1]
        self._prefixes = [(frozenset(wire.prefixes), _below(wire.prefixes), _found(wire.unknown)) for wire in wires]

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether the path is one of the wires', with the endpoint and the path's parameters."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path: str = scope["path"]
        fixed = self._fixed.get(path)
        if fixed is not None:
            return fixed
        for pattern in self._by_start.get(_start(path), self._short):
            if path.startswith(pattern.head) and (found := pattern.expression.match(path)):
                convertors = pattern.convertors
                parameters = {name: convertors[name].convert(text) for name, text in found.groupdict().items()}
                return Match.FULL, {"endpoint": pattern.endpoint, "path_params": parameters}
        for exact, below, unknown in self._prefixes:
            if path in exact or path.startswith(below):
                return unknown
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the endpoint that was found."""
        await scope["endpoint"](scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> NoReturn:
        """Refuse: no path of a wire has a name."""
        raise NoMatchFound(name, path_params)


#: By so many of its first words a path finds the patterns that it may fit.
_WORDS = 2


def _start(path: str) -> str:
    return "/".join(path.split("/", _WORDS + 1)[: _WORDS + 1])


def _beginning(start: str, patterns: Sequence[_Pattern]) -> list[_Pattern]:
    """Return the patterns that a path with such a start may fit."""
    return [each for each in patterns if each.head.startswith(start) or start.startswith(each.head)]


def _below(prefixes: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{prefix}/" for prefix in prefixes)


def _found(endpoint: ASGIApp) -> tuple[Match, Scope]:
    return Match.FULL, {"endpoint": endpoint, "path_params": {}}
