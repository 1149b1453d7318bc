"""The lock of a folder."""

import os
import pathlib

import pytest

from reelgate.kit.folder_lock import LOCK_NAME, FolderInUse, FolderLock


def test_second_lock_is_refused_and_names_the_owner(tmp_path: pathlib.Path) -> None:
    """One folder, one owner, and the error says which and where."""
    with FolderLock(tmp_path), pytest.raises(FolderInUse) as caught:
        FolderLock(tmp_path).acquire()
    assert caught.value.pid == os.getpid()
    assert caught.value.folder == tmp_path
    assert str(os.getpid()) in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_released_lock_can_be_taken(tmp_path: pathlib.Path) -> None:
    """Release gives the folder free and leaves no pid behind."""
    first = FolderLock(tmp_path)
    with first:
        first.acquire()
        assert first.held
    first.release()
    assert (tmp_path / LOCK_NAME).read_bytes() == b""
    with FolderLock(tmp_path) as second:
        assert second.held
        assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"


def test_file_of_a_dead_owner_does_not_lock(tmp_path: pathlib.Path) -> None:
    """The kernel's lock counts, not the file."""
    (tmp_path / LOCK_NAME).write_text("1\n")
    with FolderLock(tmp_path) as lock:
        assert lock.held


def test_owner_that_wrote_no_pid_is_another_process(tmp_path: pathlib.Path) -> None:
    """Between the lock and the pid there is a moment; it is said without a number."""
    with FolderLock(tmp_path):
        (tmp_path / LOCK_NAME).write_text("")
        with pytest.raises(FolderInUse, match="in use by another process") as caught:
            FolderLock(tmp_path).acquire()
    assert caught.value.pid is None


def test_missing_folder_is_an_os_error(tmp_path: pathlib.Path) -> None:
    """A folder is never made by locking it."""
    lock = FolderLock(tmp_path / "missing")
    with pytest.raises(FileNotFoundError):
        lock.acquire()
    assert not lock.held
