"""What Postgres says about itself, and when it is believed."""

import asyncio
import os
import pathlib
from dataclasses import dataclass, field
from types import SimpleNamespace

import psutil
import pytest

from reelgate.kit.postgres.processes import (
    PostmasterFile,
    end_processes,
    find_postmaster,
    find_processes,
    read_postmaster_file,
    remove_leftovers,
)
from reelgate.kit.postgres.settings import cluster_tag

LINES = ["{pid}", "/srv/cluster", "1790000000", "5432", "/srv/socket", "", "  4194306         7", "ready   "]


def write_file(cluster: pathlib.Path, *, pid: int, lines: int = 8, status: str = "ready   ") -> None:
    text = "\n".join([*LINES[:7], status][:lines]).replace("{pid}", str(pid))
    (cluster / "postmaster.pid").write_text(text + "\n")


@dataclass(frozen=True)
class FakeProcess:
    """A process that says what it is told to; no words stand for a command line that may not be read."""

    words: list[str]
    comm: str = "postgres"
    state: str = "sleeping"
    uid: int = field(default_factory=os.geteuid)

    def name(self) -> str:
        """Return the name of the program."""
        return self.comm

    def status(self) -> str:
        """Return psutil's word for its state."""
        return self.state

    def uids(self) -> SimpleNamespace:
        """Return who runs it."""
        return SimpleNamespace(real=self.uid)

    def cmdline(self) -> list[str]:
        """Return its command line, or the title in its place."""
        if not self.words:
            raise psutil.AccessDenied(4711)
        return self.words


def test_file_is_read(tmp_path: pathlib.Path) -> None:
    """Pid, socket and status are what we need."""
    write_file(tmp_path, pid=17)
    assert read_postmaster_file(tmp_path) == PostmasterFile(pid=17, socket_folder="/srv/socket", ready=True)
    write_file(tmp_path, pid=17, status="starting")
    assert read_postmaster_file(tmp_path) == PostmasterFile(pid=17, socket_folder="/srv/socket", ready=False)


def test_missing_or_half_written_file_says_nothing(tmp_path: pathlib.Path) -> None:
    """Postgres writes it in pieces."""
    assert read_postmaster_file(tmp_path) is None
    for lines in range(8):
        write_file(tmp_path, pid=17, lines=lines)
        assert read_postmaster_file(tmp_path) is None
    (tmp_path / "postmaster.pid").write_text("x\n" * 8)
    assert read_postmaster_file(tmp_path) is None


def test_reused_pid_is_no_server(tmp_path: pathlib.Path) -> None:
    """The process of the test itself is alive and is not Postgres."""
    write_file(tmp_path, pid=os.getpid())
    assert find_postmaster(tmp_path) is None


def test_only_own_live_processes_count(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name, owner, life and tag must all fit."""
    tag = cluster_tag(tmp_path)
    first = FakeProcess(["/opt/bin/postgres", "-D", "/x", f"-ccluster_name={tag}"])
    child = FakeProcess([f"postgres: {tag}: checkpointer "])
    others = [
        FakeProcess(["postgres", f"-ccluster_name={tag}0"]),
        FakeProcess([f"postgres: {tag}0: checkpointer "]),
        FakeProcess(["grep", f"postgres: {tag}: "]),
        FakeProcess([f"postgres: {tag}: checkpointer "], comm="python"),
        FakeProcess([f"postgres: {tag}: checkpointer "], state=psutil.STATUS_ZOMBIE),
        FakeProcess([f"postgres: {tag}: checkpointer "], uid=os.geteuid() + 1),
        FakeProcess([]),
    ]
    monkeypatch.setattr(psutil, "process_iter", lambda: [*others, first, child])
    assert find_processes(tmp_path) == [first, child]


async def test_nothing_left_is_nothing_to_end(tmp_path: pathlib.Path) -> None:
    """It returns without waiting."""
    async with asyncio.timeout(10):
        await end_processes(tmp_path)


def test_leftovers_go_and_the_rest_stays(tmp_path: pathlib.Path) -> None:
    """What makes a killed server seem to run, and nothing else."""
    for name in ("postmaster.pid", "PG_VERSION", ".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["PG_VERSION"]
    remove_leftovers(tmp_path, tmp_path)
