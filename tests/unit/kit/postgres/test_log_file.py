"""The log that never grows large."""

import os
import pathlib

from reelgate.kit.postgres.log_file import TAIL_BYTES, LogFile


def test_what_was_written_since_is_read(tmp_path: pathlib.Path) -> None:
    """A failed start is explained by its own lines only, and by the last ones when they are many."""
    log = LogFile(tmp_path / "postgres.log")
    assert log.size_bytes() == 0
    file = log.open()
    os.write(file, b"before\n")
    offset = log.size_bytes()
    os.write(file, b"after\n")
    assert log.read_from(offset) == "after\n"
    os.write(file, b"x" * TAIL_BYTES)
    assert log.read_from(offset) == "x" * TAIL_BYTES
    os.close(file)


def test_large_log_moves_aside_while_it_is_open(tmp_path: pathlib.Path) -> None:
    """Postgres goes on appending, at the start of the emptied file."""
    log = LogFile(tmp_path / "postgres.log")
    file = log.open()
    os.write(file, b"12345")
    log.rotate(bytes_max=5)
    assert log.size_bytes() == 5
    os.write(file, b"6")
    log.rotate(bytes_max=5)
    os.write(file, b"7")
    os.close(file)
    assert log.path.read_bytes() == b"7"
    assert (tmp_path / "postgres.log.1").read_bytes() == b"123456"


def test_missing_log_needs_no_rotation(tmp_path: pathlib.Path) -> None:
    """The first start has none."""
    LogFile(tmp_path / "postgres.log").rotate()
    assert list(tmp_path.iterdir()) == []
