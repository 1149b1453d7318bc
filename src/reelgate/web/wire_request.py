"""A request that is read quickly: polls repeat their query and their body, and ask for few headers."""

from functools import lru_cache
from typing import Any, Final, TypeVar, overload

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request

#: Queries that are remembered; a poll's is below a hundred bytes.
QUERIES_MAX: Final = 2048
QUERY_MAX_BYTES: Final = 256

_Default = TypeVar("_Default")


class WireHeaders(Headers):
    """Starlette's headers, but looked up: Starlette goes through all of them for each that is asked for."""

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        super().__init__(raw=raw)
        # Of headers that stand twice the first counts, as with Starlette.
        self._first = dict(reversed(raw))

    @overload
    def get(self, key: str, /) -> str | None: ...

    @overload
    def get(self, key: str, /, default: str | _Default) -> str | _Default: ...

    def get(self, key: str, /, default: Any = None) -> Any:
        """Return the text of a header, or `default` where there is none."""
        found = self._first.get(key.lower().encode("latin-1"))
        return default if found is None else found.decode("latin-1")

    def __getitem__(self, key: str) -> str:
        """Return the text of a header.

        Raises:
            KeyError: there is none.

        """
        return self._first[key.lower().encode("latin-1")].decode("latin-1")

    def __contains__(self, key: Any) -> bool:
        """Return whether there is a header."""
        return key.lower().encode("latin-1") in self._first


class WireRequest(Request):
    """Starlette's request, but for the headers and the query."""

    _read_headers: WireHeaders | None = None

    @property
    def headers(self) -> Headers:
        """Return the headers."""
        if self._read_headers is None:
            self._read_headers = WireHeaders(self.scope["headers"])
        return self._read_headers

    @property
    def query_params(self) -> QueryParams:
        """Return the query, which never changes."""
        query: bytes = self.scope["query_string"]
        # A key may stand in the query: it is not kept.
        if len(query) > QUERY_MAX_BYTES or b"key" in query.lower() or b"%" in query:
            return super().query_params
        return _read(query)


@lru_cache(QUERIES_MAX)
def _read(query: bytes) -> QueryParams:
    return QueryParams(query)
