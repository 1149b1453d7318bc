"""A request whose query is read once for all that ask with the same: polls repeat theirs."""

from functools import lru_cache
from typing import Final

from starlette.datastructures import QueryParams
from starlette.requests import Request

#: Queries that are remembered; a poll's is below a hundred bytes.
QUERIES_MAX: Final = 2048
QUERY_MAX_BYTES: Final = 256


class WireRequest(Request):
    """Starlette's request, but for the query."""

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
