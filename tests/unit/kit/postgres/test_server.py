"""The names and URLs of the server; what it does is in tests/fault."""

import pathlib

import pytest

from reelgate.kit.postgres.server import EmbeddedPostgres, find_running, to_dsn


def test_dsn_names_everything() -> None:
    """No PG* variable can lead a client elsewhere, and no letter of the path is taken for something else."""
    assert to_dsn("/a b/c+d&e") == "postgresql:///reelgate?host=%2Fa%20b%2Fc%2Bd%26e&port=5432&user=reelgate"


async def test_nothing_is_known_before_the_start(tmp_path: pathlib.Path) -> None:
    """Asking too early is a mistake of the program, stopping too early is none."""
    server = EmbeddedPostgres(tmp_path / "postgres")
    assert not server.running
    assert server.pid is None
    with pytest.raises(RuntimeError):
        _ = server.dsn
    with pytest.raises(RuntimeError):
        await server.wait()
    await server.stop()


def test_nothing_runs_where_nothing_is(tmp_path: pathlib.Path) -> None:
    """A missing folder and one without a database are the same answer."""
    assert find_running(tmp_path / "missing") is None
    assert find_running(tmp_path) is None
