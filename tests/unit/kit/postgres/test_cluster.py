"""Whether a folder is a database that this version can serve."""

import pathlib

import pytest

from reelgate.kit.postgres.cluster import check_cluster
from reelgate.kit.postgres.errors import FolderOfOtherVersion, FolderUnusable


def test_missing_cluster_is_to_be_made(tmp_path: pathlib.Path) -> None:
    """Nothing there is not an error."""
    assert not check_cluster(tmp_path / "cluster")


def test_own_version_is_a_cluster(tmp_path: pathlib.Path) -> None:
    """Postgres names its version in a file."""
    (tmp_path / "PG_VERSION").write_text("18\n")
    assert check_cluster(tmp_path)


def test_other_version_says_how_to_move_the_data(tmp_path: pathlib.Path) -> None:
    """Postgres 18 cannot read what 16 wrote."""
    (tmp_path / "PG_VERSION").write_text("16\n")
    with pytest.raises(FolderOfOtherVersion, match=r"PostgreSQL 16, .* brings 18\. .*pg_dump"):
        check_cluster(tmp_path)


def test_foreign_folder_is_left_alone(tmp_path: pathlib.Path) -> None:
    """Somebody's files in its place are never overwritten."""
    with pytest.raises(FolderUnusable, match="Move it away"):
        check_cluster(tmp_path)
