"""Finds the endpoint of a path among a wire's. Called by `web.dialect.routes_of`.

Starlette tries one regular expression after another, over all wires: whatever stands last would be polled at twice the
price of what stands first. Here a fixed path is looked up, and a pattern is tried where its beginning fits.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from starlette.routing import BaseRoute, Match, NoMatchFound, compile_path
from starlette.types import ASGIApp, Receive, Scope, Send


class WireRoute(BaseRoute):
    """All paths of a wire as one route; what is under its prefixes and none of them goes to `unknown`."""

    def __init__(self, endpoints: Mapping[str, ASGIApp], prefixes: Sequence[str], unknown: ASGIApp) -> None:
        self._fixed = {path: endpoint for path, endpoint in endpoints.items() if "{" not in path}
        self._patterns = [
            (path.partition("{")[0], *compile_path(path)[::2], endpoint)
            for path, endpoint in endpoints.items()
            if "{" in path
        ]
        self._prefixes = frozenset(prefixes)
        self._below = tuple(f"{prefix}/" for prefix in prefixes)
        self._unknown = unknown

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether the path is one of the wire's, with the endpoint and the path's parameters."""
        if scope["type"] != "http":
            return Match.NONE, {}
        path: str = scope["path"]
        endpoint = self._fixed.get(path)
        if endpoint is not None:
            return Match.FULL, {"endpoint": endpoint, "path_params": {}}
        for head, pattern, convertors, candidate in self._patterns:
            if path.startswith(head) and (found := pattern.match(path)):
                parameters = {name: convertors[name].convert(text) for name, text in found.groupdict().items()}
                return Match.FULL, {"endpoint": candidate, "path_params": parameters}
        if path in self._prefixes or path.startswith(self._below):
            return Match.FULL, {"endpoint": self._unknown, "path_params": {}}
        return Match.NONE, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the endpoint that was found."""
        await scope["endpoint"](scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> NoReturn:
        """Refuse: no path of a wire has a name."""
        raise NoMatchFound(name, path_params)
