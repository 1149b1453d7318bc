"""What tells one request from another."""

from collections.abc import Iterable

import pytest
from starlette.requests import Request

from reelgate.core.errors import FieldsInvalid
from reelgate.core.once import Once
from reelgate.web.fingerprint import note_body, once_of


def request(path: str = "/a", query: str = "", method: str = "POST", key: str | None = "k") -> Request:
    headers = [] if key is None else [(b"idempotency-key", key.encode())]
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": headers}
    return Request(scope | {"server": ("gate.example", 80), "scheme": "http"})


def once(body: Iterable[bytes] = (b"x",), **rest: str) -> Once:
    made = request(**rest)
    note_body(made, body)
    found = once_of(made)
    assert found is not None
    return found


def test_equal_requests_are_equal() -> None:
    """The order of the query and whose key it holds say nothing."""
    assert once(query="a=1&b=2&key=mine") == once(query="b=2&a=1&key=yours")


def test_everything_else_counts() -> None:
    """Path, method, query, body, and where one part of it ends."""
    others = [once(path="/b"), once(method="PUT"), once(query="a=1"), once((b"y",)), once((b"x", b"")), once(())]
    assert len({other.fingerprint for other in [once(), *others]}) == len(others) + 1


def test_without_a_key_or_a_body_there_is_nothing_to_tell() -> None:
    """Neither is an error."""
    assert once_of(request()) is None
    without = request(key=None)
    note_body(without, [b"x"])
    assert once_of(without) is None


def test_a_key_that_cannot_be_one_is_named() -> None:
    """As the header that it is."""
    with pytest.raises(FieldsInvalid, match="Idempotency-Key"):
        once(key="")
