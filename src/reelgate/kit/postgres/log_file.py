"""The file that Postgres writes its messages to, kept small. Called by `server`.

Postgres appends to it directly: a busy or dead supervisor neither delays nor loses a message, and no extra process
rotates it.
"""

import asyncio
import os
import pathlib
import shutil

from reelgate.kit.rounds import in_rounds

#: One older file of about this size is kept beside the current one.
LOG_BYTES_MAX = 4 * 1024 * 1024
CHECK_EVERY_S = 60.0
#: What is read of it to explain a failed start.
TAIL_BYTES = 64 * 1024


class LogFile:
    """The log of one server."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def open(self) -> int:
        """Return a descriptor for Postgres to append to; the caller closes its own copy."""
        return os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def size_bytes(self) -> int:
        """Return how long it is now."""
        return self.path.stat().st_size if self.path.exists() else 0

    def read_from(self, offset: int) -> str:
        """Return what was written since it was `offset` bytes long, the end of it if that is much."""
        with self.path.open("rb") as file:
            file.seek(max(offset, self.size_bytes() - TAIL_BYTES))
            return file.read().decode(errors="replace")

    def rotate(self, bytes_max: int = LOG_BYTES_MAX) -> None:
        """Keep it as the older file and empty it, once it is larger than `bytes_max`.

        It is copied and cut, since Postgres has it open; what it writes in between is lost. On a full disk there is
        no room for the older file, and it is cut all the same.
        """
        if self.size_bytes() > bytes_max:
            try:
                shutil.copyfile(self.path, self.path.with_name(f"{self.path.name}.1"))
            finally:
                os.truncate(self.path, 0)

    async def keep_small(self) -> None:
        """Rotate now and then, until cancelled."""
        await in_rounds("postgres log", lambda: asyncio.to_thread(self.rotate), every_s=CHECK_EVERY_S, expected=OSError)
