"""Tests of files inside of JSON."""

import base64
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, cast

import msgspec
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message

from reelgate.core.task import Artifact, ArtifactKind
from reelgate.web.embedded import serve_embedded

if TYPE_CHECKING:
    from reelgate.objects.store import ObjectStore


class Body(msgspec.Struct):
    """JSON with places for files, and a text of the caller's."""

    text: str
    files: list[dict[str, str]]


class Pieces:
    """Gives a file out in pieces of given lengths, and knows whether it was closed."""

    def __init__(self, lengths: Sequence[int]) -> None:
        self.lengths = lengths
        self.closed = 0

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Give it out."""
        try:
            for length in self.lengths:
                yield key.encode() * length
        finally:
            self.closed += 1


def file(key: str, size_bytes: int) -> Artifact:
    return Artifact(
        id=uuid.UUID(int=1), task_id=uuid.UUID(int=2), kind=ArtifactKind.VIDEO, sample=0, object_key=key,
        media_type="video/mp4", size_bytes=size_bytes, sha256="00", created_at=dt.datetime(2026, 5, 17, tzinfo=dt.UTC),
    )  # fmt: skip


async def answered(body: Body, files: Sequence[Artifact], pieces: Pieces, *, stop_after: int = 10_000) -> list[bytes]:
    """Return what is sent; the client goes away after some messages."""
    response = await serve_embedded(body, "bytes", files, cast("ObjectStore", pieces), {"X-Kind": "test"})
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > stop_after:
            raise OSError("the client is gone")

    async def receive() -> Message:
        raise AssertionError("nothing is received")

    scope = {"type": "http", "asgi": {"spec_version": "2.4"}}
    try:
        await response(scope, receive, send)
    finally:
        assert dict(sent[0]["headers"])[b"x-kind"] == b"test"
    content = [message["body"] for message in sent[1:]]
    assert int(dict(sent[0]["headers"])[b"content-length"]) == sum(map(len, content))
    return content


@pytest.mark.parametrize("lengths", [[1], [2], [3], [4, 1], [1, 1, 1, 1], [5, 7, 100], [0, 6]])
async def test_files_are_whole_whatever_their_pieces(lengths: list[int]) -> None:
    """Base64 goes on over the ends of pieces, and the length is known before."""
    pieces = Pieces(lengths)
    body = Body(text='"bytes":""', files=[{"bytes": "", "n": "1"}, {"n": "2", "bytes": ""}])
    content = await answered(body, [file("a", sum(lengths)), file("b", sum(lengths))], pieces)
    assert json.loads(b"".join(content)) == {
        "text": '"bytes":""',
        "files": [
            {"bytes": base64.b64encode(b"a" * sum(lengths)).decode(), "n": "1"},
            {"n": "2", "bytes": base64.b64encode(b"b" * sum(lengths)).decode()},
        ],
    }
    assert pieces.closed == 2


async def test_no_piece_is_much_larger_than_what_was_read() -> None:
    """A file is never held whole."""
    content = await answered(Body(text="", files=[{"bytes": ""}]), [file("a", 3_000_000)], Pieces([3000] * 1000))
    assert len(content) >= 1000
    assert max(map(len, content)) < 4100


async def test_a_client_that_goes_away_leaves_no_file_open() -> None:
    """The store is told at once."""
    pieces = Pieces([3] * 1000)
    with pytest.raises(ClientDisconnect):
        await answered(Body(text="", files=[{"bytes": ""}]), [file("a", 3000)], pieces, stop_after=3)
    assert pieces.closed == 1


async def test_every_file_has_its_place() -> None:
    """Another number of places than files is a mistake of ours."""
    with pytest.raises(ValueError, match="1 places for 0 files"):
        await answered(Body(text="", files=[{"bytes": ""}]), [], Pieces([]))
