"""An exclusive lock on a folder, held for as long as a process lives: two servers never share one folder.

It is advisory (`flock`), so the kernel lets go of it however the process ends, `kill -9` included. It must not be
inherited by forks that outlive their parent: a program started by `exec` never gets it. Called by `serve` for the whole
data folder and by the embedded Postgres for its own.
"""

import contextlib
import fcntl
import os
import pathlib
from types import TracebackType
from typing import Self

LOCK_NAME = "lock"


class FolderInUse(Exception):
    """Another process has locked the folder."""

    def __init__(self, folder: pathlib.Path, pid: int | None) -> None:
        self.folder = folder
        #: None when the owner has locked the folder but not yet said who it is.
        self.pid = pid
        owner = "another process" if pid is None else f"process {pid}"
        super().__init__(f"The folder {folder} is in use by {owner}. Stop that process or choose another folder.")


class FolderLock:
    """The lock of one folder: a file in it that names the owner's pid."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._file: int | None = None

    @property
    def held(self) -> bool:
        """Tell whether this object holds the lock."""
        return self._file is not None

    def acquire(self) -> None:
        """Take the lock at once or not at all; holding it already is fine.

        Raises:
            FolderInUse: another process, or another object of this one, holds it.
            OSError: the folder is missing or cannot be written.

        """
        if self._file is not None:
            return
        file = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The file stays when the lock goes: unlinking it would let two owners lock two different files.
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        except BlockingIOError:
            pid = _read_pid(file)
            os.close(file)
            raise FolderInUse(self._folder, pid) from None
        except OSError:
            os.close(file)
            raise
        self._file = file

    def release(self) -> None:
        """Let go; not holding it is fine."""
        if self._file is None:
            return
        file, self._file = self._file, None
        # A pid left behind would mislead whoever reads it between the next owner's lock and its write.
        with contextlib.suppress(OSError):
            os.ftruncate(file, 0)
        os.close(file)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _read_pid(file: int) -> int | None:
    """Return the pid that the lock's owner wrote."""
    text = os.pread(file, 32, 0).strip()
    return int(text) if text.isdigit() else None
