"""Requests that are read quickly."""

from typing import Any

import pytest
from starlette.datastructures import Headers

from reelgate.web.wire_request import QUERY_MAX_BYTES, WireRequest, _read


def request_with(query: bytes) -> WireRequest:
    scope: dict[str, Any] = {"type": "http", "query_string": query, "headers": []}
    return WireRequest(scope)


def test_equal_queries_are_read_once() -> None:
    """What is shared cannot be changed."""
    first, second = (request_with(b"task_id=a&x=1&x=2").query_params for _ in range(2))
    assert first is second
    assert (first["task_id"], first.getlist("x")) == ("a", ["1", "2"])


def test_keys_and_long_queries_are_not_kept() -> None:
    """They are read all the same."""
    before = _read.cache_info().currsize
    for query in (b"key=secret", b"KEY=secret", b"%6bey=secret", b"a=" + b"x" * QUERY_MAX_BYTES):
        assert len(request_with(query).query_params) == 1
    assert _read.cache_info().currsize == before


def test_headers_are_those_of_starlette() -> None:
    """In any case of letters; of those that stand twice the first."""
    raw = [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b"), (b"x-name", b"\xe9")]
    headers = WireRequest({"type": "http", "headers": raw}).headers
    assert (headers.get("Authorization"), headers["X-NAME"], headers.getlist("authorization")) == (
        "Bearer a",
        "é",
        ["Bearer a", "Bearer b"],
    )
    assert (headers.get("x-none"), headers.get("x-none", "0"), "X-Name" in headers, "x-none" in headers) == (
        None,
        "0",
        True,
        False,
    )
    with pytest.raises(KeyError):
        headers["x-none"]
    assert headers == Headers(raw=raw)
