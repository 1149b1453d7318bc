"""Answers with JSON that has stored files inside of it as base64, piece by piece: memory does not grow with the files.

Holds no state and knows no wire: a dialect gives the JSON with an empty text where each file belongs.
"""

import base64
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Final

import msgspec
from starlette.responses import Response

from reelgate.core.task import Artifact
from reelgate.objects.store import ObjectStore
from reelgate.web.files import Streamed

_GROUP: Final = 3
"""Base64 writes three bytes at a time."""


async def serve_embedded(
    body: msgspec.Struct,
    field: str,
    files: Sequence[Artifact],
    objects: ObjectStore,
    headers: Mapping[str, str],
) -> Response:
    """Answer 200 with `body`, its empty fields `field` filled with the files, in their order.

    Raises:
        StorageUnavailable: the first file cannot be read; a later one that cannot cuts the answer off.
        ValueError: the body has another number of empty fields.

    """
    # No text of the body can hold this: its quotes would be escaped.
    mark = f'"{field}":"'.encode()
    parts = msgspec.json.encode(body).split(mark + b'"')
    if len(parts) != len(files) + 1:
        raise ValueError(f"{len(parts) - 1} places for {len(files)} files")
    rest = [b'"' + part for part in parts[1:]]
    size = len(parts[0]) + sum(map(len, rest)) + sum(len(mark) + _encoded_bytes(file.size_bytes) for file in files)
    pieces = _pieces(parts[0], mark, rest, files, objects)
    # The first file is opened before the status is sent, so that a missing one can still be told.
    first = await anext(pieces)
    return Streamed(first, pieces, 200, {"Content-Length": str(size)} | dict(headers))


def _encoded_bytes(size_bytes: int) -> int:
    return -(-size_bytes // _GROUP) * 4


async def _pieces(
    start: bytes,
    mark: bytes,
    rest: Sequence[bytes],
    files: Sequence[Artifact],
    objects: ObjectStore,
) -> AsyncGenerator[bytes, None]:
    before = start
    for file, after in zip(files, rest, strict=True):
        before += mark
        held = b""
        async with contextlib.aclosing(objects.read(file.object_key, 0, file.size_bytes)) as reading:
            async for piece in reading:
                held += piece
                whole = len(held) - len(held) % _GROUP
                yield before + base64.b64encode(held[:whole])
                before, held = b"", held[whole:]
        before += base64.b64encode(held) + after
    yield before
