"""Why the embedded Postgres does not run, each with a sentence that says what to do.

EmbeddedPostgresError
├── BinariesMissing         the wheel with the server is not installed
├── FolderUnusable          not writable, somebody else's, or out of reach
├── FolderOfOtherVersion    made by another major version
├── DiskFull
└── StartFailed             anything else; holds the last lines that Postgres wrote

The folder being in use is `reelgate.kit.folder_lock.FolderInUse`. Raised by this package, read by `app` and `cli`.
"""

import errno
import os
import pathlib

from reelgate.kit.postgres.launch import LAUNCH_COMPLAINT

#: Enough of the log to see the reason, few enough lines for a terminal.
TAIL_LINES = 8


class EmbeddedPostgresError(Exception):
    """The embedded Postgres does not run; `str(error)` tells the operator why and what to do."""


class BinariesMissing(EmbeddedPostgresError):
    """The PostgreSQL programs are not installed."""


class FolderUnusable(EmbeddedPostgresError):
    """The folder cannot be used by this user, or by the user that Postgres runs as."""


class FolderOfOtherVersion(EmbeddedPostgresError):
    """The folder holds the data of another major version of PostgreSQL."""


class DiskFull(EmbeddedPostgresError):
    """There is no room left where the folder is."""


class StartFailed(EmbeddedPostgresError):
    """Postgres ended, or did not get ready in time."""


def to_folder_error(folder: pathlib.Path, error: OSError) -> EmbeddedPostgresError:
    """Return what an operating system's refusal means for the operator."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return _disk_full(folder)
    reason = f"{(error.strerror or str(error)).lower()} ({error.filename or folder})"
    advice = "Make it writable for the user that runs this program, or choose another folder."
    if isinstance(error, PermissionError) and os.geteuid() == 0:
        # Root may do anything, except where a container or a network file system takes that away.
        advice = "Root has too few rights here: run this program as an ordinary user, or choose another folder."
    return FolderUnusable(f"The database folder {folder} cannot be used: {reason}. {advice}")


def to_start_error(folder: pathlib.Path, output: str) -> EmbeddedPostgresError:
    """Return what the output of a program of Postgres that failed means; `output` is English."""
    lines = [line for line in output.splitlines() if line.strip()]
    for line in lines:
        lacks_room = "No space left on device" in line or "Disk quota exceeded" in line
        # Shared memory is a file system of its own, and freeing room on the disk would not help.
        if lacks_room and "shared memory" not in line:
            return _disk_full(folder)
    for line in lines:
        if line.startswith(LAUNCH_COMPLAINT):
            return FolderUnusable(line.removeprefix(LAUNCH_COMPLAINT))
    tail = "\n".join(lines[-TAIL_LINES:]) or "(it wrote nothing)"
    return StartFailed(f"The database in {folder} did not start. Its last words:\n{tail}")


def _disk_full(folder: pathlib.Path) -> DiskFull:
    """Return the one sentence for it."""
    return DiskFull(f"No room is left for the database in {folder}. Free some space there and start again.")
