"""An object store in a bucket of S3, Google Cloud Storage or Azure, or in memory for tests, through obstore.

The services themselves make an upload visible only when it is whole, and durable by then. A writer that is killed can
leave parts of an upload, which cost money but are never served: give the bucket a rule that removes them.
"""

import contextlib
import hashlib
import pathlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator

import anyio
import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore, MemoryStore, S3Store

from reelgate.core.errors import StorageUnavailable
from reelgate.objects.store import PIECE_BYTES, Stored, check_key

Bucket = AzureStore | GCSStore | MemoryStore | S3Store

#: The smallest part of an upload that all services take.
_PART_BYTES = 8 * 1024 * 1024
#: Parts on their way at the same time, which bounds the memory of an upload.
_PARTS_AT_ONCE = 4


class CloudStore:
    """An object store in a bucket."""

    def __init__(self, bucket: Bucket, check: Callable[[str], str] = check_key) -> None:
        self._check = check
        self._bucket = bucket

    async def put_file(self, key: str, path: pathlib.Path, media_type: str) -> Stored:
        """Upload a local file; see `ObjectStore`."""
        upload = _Upload(path)
        with _our_errors():
            await obstore.put_async(
                self._bucket,
                self._check(key),
                upload.pieces(),
                attributes={"Content-Type": media_type},
                chunk_size=_PART_BYTES,
                max_concurrency=_PARTS_AT_ONCE,
            )
        return upload.stored()

    async def put_bytes(self, key: str, content: bytes, media_type: str) -> Stored:
        """Upload some bytes; see `ObjectStore`."""
        with _our_errors():
            await obstore.put_async(self._bucket, self._check(key), content, attributes={"Content-Type": media_type})
        return Stored(size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())

    async def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield a part of a file; see `ObjectStore`."""
        if start >= end:
            return
        with _our_errors():
            found = await obstore.get_async(self._bucket, self._check(key), options={"range": (start, end)})
            if found.range != (start, end):
                raise StorageUnavailable("A stored file is shorter than it was.")
            async for piece in found.stream(min_chunk_size=PIECE_BYTES):
                # A service may hand over more at once than anybody downstream should hold.
                for offset in range(0, len(piece), PIECE_BYTES):
                    yield piece[offset : offset + PIECE_BYTES]

    async def size_bytes(self, key: str) -> int | None:
        """Return how large a file is, or None when there is none."""
        with _our_errors():
            try:
                return (await obstore.head_async(self._bucket, self._check(key)))["size"]
            except FileNotFoundError:
                return None

    async def delete(self, key: str) -> None:
        """Remove a file; nothing happens when there is none."""
        with _our_errors(), contextlib.suppress(FileNotFoundError):
            await obstore.delete_async(self._bucket, self._check(key))

    def free_bytes(self) -> int | None:
        """Return None: buckets do not fill up."""
        return None

    async def close(self) -> None:
        """Do nothing: obstore lets go of its connections by itself."""


class _Upload:
    """A local file that is hashed while it is sent."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self._size = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        async with await anyio.open_file(self._path, "rb") as file:
            while piece := await file.read(PIECE_BYTES):
                self._digest.update(piece)
                self._size += len(piece)
                yield piece

    def stored(self) -> Stored:
        return Stored(size_bytes=self._size, sha256=self._digest.hexdigest())


@contextlib.contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise StorageUnavailable("The file store does not answer as it should.") from error
