"""The port of an object store, and the rules of keys. `disk` and `cloud` are its adapters; `opening` chooses one.

Files are written once under a key and never changed. A file is either whole or not there.
"""

import pathlib
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final, Protocol

#: How much is read and written at a time.
PIECE_BYTES: Final = 256 * 1024

_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]*(?:[./][a-z0-9_-]+)*")
_KEY_MAX_CHARS: Final = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A file as it was stored."""

    size_bytes: int
    #: Lower-case hex.
    sha256: str


class ObjectStore(Protocol):
    """Keeps files under keys.

    Every method raises `StorageUnavailable` when the store does not do what it should, and `ValueError` for a key that
    `check_key` refuses.
    """

    async def put_file(self, key: str, path: pathlib.Path, media_type: str) -> Stored:
        """Copy a local file into the store, whole and durable when this returns; replaces what is there.

        Raises:
            StorageFull: there is no room.

        """

    async def put_bytes(self, key: str, content: bytes, media_type: str) -> Stored:
        """Store some bytes, whole and durable when this returns; replaces what is there.

        Raises:
            StorageFull: there is no room.

        """

    def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield the bytes from `start` up to, not including, `end`, piece by piece in constant memory.

        Close the generator when leaving early (`contextlib.aclosing`). A file that is missing or shorter raises
        `StorageUnavailable`, before the first piece where it is missing.
        """

    async def size_bytes(self, key: str) -> int | None:
        """Return how large a file is, or None when there is none."""

    async def delete(self, key: str) -> None:
        """Remove a file; nothing happens when there is none."""

    def free_bytes(self) -> int | None:
        """Return how much room is left, or None where there is no telling."""

    async def close(self) -> None:
        """Let go of threads and connections."""


def check_key(key: str) -> str:
    """Return a key that is safe: words of lower-case letters, digits, "_" and "-", joined by "/" or ".". Pure.

    Raises:
        ValueError: it is not.

    """
    if len(key) > _KEY_MAX_CHARS or not _KEY.fullmatch(key):
        raise ValueError(f"not a key: {key[:100]!r}")
    return key
