"""The command line and environment of the server."""

import pathlib

import pytest

from reelgate.kit.postgres.settings import cluster_tag, plan_environment, plan_postgres_arguments


def test_arguments_close_the_network_and_name_the_cluster(tmp_path: pathlib.Path) -> None:
    """Nothing listens but the socket, and every process can be told from another cluster's."""
    arguments = plan_postgres_arguments(tmp_path, tmp_path / "a b", settings={})
    assert arguments[:2] == ["-D", str(tmp_path)]
    assert "-clisten_addresses=" in arguments
    assert f'-cunix_socket_directories="{tmp_path}/a b"' in arguments
    assert f"-ccluster_name={cluster_tag(tmp_path)}" in arguments


def test_own_settings_win_but_not_over_places(tmp_path: pathlib.Path) -> None:
    """An operator may tune, and may not open the server to others by accident."""
    settings = {"shared_buffers": "1GB", "work_mem": "8MB", "port": "1"}
    arguments = plan_postgres_arguments(tmp_path, tmp_path, settings=settings)
    assert "-cshared_buffers=1GB" in arguments
    assert "-cwork_mem=8MB" in arguments
    assert "-cport=5432" in arguments
    assert not any("=32MB" in argument and "shared" in argument for argument in arguments)


def test_durability_is_never_switched_off(tmp_path: pathlib.Path) -> None:
    """An accepted task survives a power cut."""
    text = " ".join(plan_postgres_arguments(tmp_path, tmp_path, settings={}))
    assert not any(word in text for word in ("fsync", "synchronous_commit", "full_page_writes"))


def test_tag_follows_the_folder(tmp_path: pathlib.Path) -> None:
    """A moved folder is the same cluster; another folder is another."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    tag = cluster_tag(tmp_path / "one")
    assert tag != cluster_tag(tmp_path / "two")
    (tmp_path / "one").rename(tmp_path / "three")
    assert cluster_tag(tmp_path / "three") == tag


def test_environment_holds_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Postgres sees what it needs to load its libraries, in English."""
    monkeypatch.setenv("REELGATE_SECRET", "x")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/lib/z")
    environment = plan_environment()
    assert environment["LC_ALL"] == "C"
    assert environment["LD_LIBRARY_PATH"] == "/lib/z"
    assert environment.keys() <= {
        "LC_ALL",
        "PATH",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
    }
