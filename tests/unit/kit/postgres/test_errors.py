"""What a refusal of the system or the last words of Postgres mean."""

import errno
import pathlib

import pytest

from reelgate.kit.postgres.errors import DiskFull, FolderUnusable, StartFailed, to_folder_error, to_start_error
from reelgate.kit.postgres.launch import LAUNCH_COMPLAINT

FOLDER = pathlib.Path("/srv/reelgate/postgres")


@pytest.mark.parametrize(
    "line",
    [
        'FATAL:  could not write lock file "postmaster.pid": No space left on device',
        "PANIC:  could not write to file: Disk quota exceeded",
    ],
)
def test_full_disk_is_told_from_the_log(line: str) -> None:
    """The operator reads where to free space."""
    error = to_start_error(FOLDER, f"LOG:  starting\n{line}\nLOG:  shutting down\n")
    assert isinstance(error, DiskFull)
    assert str(FOLDER) in str(error)


def test_full_shared_memory_is_no_full_disk() -> None:
    """Freeing space on the disk would not help."""
    line = "FATAL:  could not resize shared memory segment: No space left on device"
    error = to_start_error(FOLDER, line)
    assert isinstance(error, StartFailed)
    assert line in str(error)


def test_launchers_complaint_is_the_whole_message() -> None:
    """It is a sentence for the operator already."""
    error = to_start_error(FOLDER, f"{LAUNCH_COMPLAINT}As root, Postgres cannot reach it.\n")
    assert isinstance(error, FolderUnusable)
    assert str(error) == "As root, Postgres cannot reach it."


def test_other_failure_shows_the_last_lines() -> None:
    """Few enough for a terminal."""
    error = to_start_error(FOLDER, "\n".join(f"line {number}" for number in range(100)))
    assert isinstance(error, StartFailed)
    assert "line 99" in str(error)
    assert "line 9\n" not in str(error)


def test_silent_failure_is_said_so() -> None:
    """An empty log is a fact too."""
    assert "wrote nothing" in str(to_start_error(FOLDER, "\n"))


def test_system_errors_become_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to do depends on who runs the program and on what is wrong."""
    denied = PermissionError(errno.EACCES, "Permission denied", "/srv/reelgate")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "Make it writable" in str(to_folder_error(FOLDER, denied))
    assert "/srv/reelgate)" in str(to_folder_error(FOLDER, denied))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert "ordinary user" in str(to_folder_error(FOLDER, denied))
    assert isinstance(to_folder_error(FOLDER, OSError(errno.ENOSPC, "No space left on device")), DiskFull)
