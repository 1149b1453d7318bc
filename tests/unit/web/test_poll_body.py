"""Bodies of polls that are read once."""

import msgspec
import pytest
from starlette.requests import Request
from starlette.types import Message

from reelgate.core.errors import BodyMalformed, ContentTypeUnsupported, FieldsInvalid
from reelgate.web.poll_body import BODY_KEPT_MAX_BYTES, _read_once, read_poll


class Poll(msgspec.Struct, frozen=True):
    """What a client asks for."""

    id: str


class Other(msgspec.Struct, frozen=True):
    """What a client of another wire asks for."""

    id: str


def request(content: bytes, content_type: str = "application/json") -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": content}

    return Request({"type": "http", "headers": [(b"content-type", content_type.encode())]}, receive)


async def test_equal_bodies_are_read_once() -> None:
    """By what they are read as."""
    first, second = [await read_poll(request(b'{"id": "a"}'), Poll) for _ in range(2)]
    assert (first, first is second) == (Poll("a"), True)
    assert await read_poll(request(b'{"id": "a"}'), Other) == Other("a")
    assert await read_poll(request(b'{"id": "b"}'), Poll) == Poll("b")


async def test_large_bodies_are_not_kept() -> None:
    """They are read all the same."""
    before = _read_once.cache_info().currsize
    body = b'{"id": "a"}' + b" " * BODY_KEPT_MAX_BYTES
    assert await read_poll(request(body), Poll) == Poll("a")
    assert _read_once.cache_info().currsize == before


async def test_what_cannot_be_read_is_refused_each_time() -> None:
    """As any body is."""
    for _ in range(2):
        with pytest.raises(FieldsInvalid):
            await read_poll(request(b"{}"), Poll)
        with pytest.raises(BodyMalformed):
            await read_poll(request(b"["), Poll)
        with pytest.raises(ContentTypeUnsupported):
            await read_poll(request(b'{"id": "a"}', "text/plain"), Poll)
