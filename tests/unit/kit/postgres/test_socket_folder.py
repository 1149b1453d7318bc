"""Where the socket goes."""

import os
import pathlib

import pytest

from reelgate.kit.postgres.account import Account
from reelgate.kit.postgres.errors import FolderUnusable
from reelgate.kit.postgres.socket_folder import SOCKET_NAME_BYTES_MAX, choose_socket_folder, make_socket_folder

TEMPORARY = pathlib.Path("/tmp")  # noqa: S108 - never written to
ME = Account(uid=os.geteuid(), gid=os.getegid())


def test_short_plain_folder_holds_its_own_socket() -> None:
    """The usual case needs no other place."""
    folder = pathlib.Path("/srv/my reelgate/postgres")
    assert choose_socket_folder(folder, temporary=TEMPORARY, uid=7) == folder / "socket"


@pytest.mark.parametrize("name", ["x" * 90, "a,b", 'a"b', "a'b", "a\\b", "vidéo", "a\nb", "a\udcffb"])
def test_folder_that_no_socket_may_be_in_uses_the_temporary_one(name: str) -> None:
    """Too long for the kernel, or with letters that a setting or a URL takes for something else."""
    folder = pathlib.Path("/srv", name)
    chosen = choose_socket_folder(folder, temporary=TEMPORARY, uid=7)
    assert chosen.parent == TEMPORARY
    assert chosen == choose_socket_folder(folder, temporary=TEMPORARY, uid=7)
    assert chosen != choose_socket_folder(folder, temporary=TEMPORARY, uid=8)
    assert chosen != choose_socket_folder(folder / "x", temporary=TEMPORARY, uid=7)


def test_longest_name_is_the_limit() -> None:
    """One byte more moves it."""
    room = SOCKET_NAME_BYTES_MAX - len("//socket/.s.PGSQL.5432")
    fits, does_not = pathlib.Path("/", "x" * room), pathlib.Path("/", "x" * (room + 1))
    assert choose_socket_folder(fits, temporary=TEMPORARY, uid=7).parent == fits
    assert choose_socket_folder(does_not, temporary=TEMPORARY, uid=7).parent == TEMPORARY


def test_folder_is_private_and_may_be_there(tmp_path: pathlib.Path) -> None:
    """It is closed again when somebody opened it."""
    path = tmp_path / "socket"
    make_socket_folder(path, ME)
    assert path.stat().st_mode & 0o777 == 0o700
    path.chmod(0o755)
    make_socket_folder(path, ME)
    assert path.stat().st_mode & 0o777 == 0o700


def test_anything_else_in_its_place_is_refused(tmp_path: pathlib.Path) -> None:
    """A link in a shared temporary folder would lead the socket to where others can reach it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(FolderUnusable, match="Remove it"):
        make_socket_folder(tmp_path / "link", ME)


def test_folder_of_another_user_is_refused(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner could put a socket of its own there."""
    monkeypatch.setattr(os, "geteuid", lambda: ME.uid + 1)
    with pytest.raises(FolderUnusable, match="belongs to another user"):
        make_socket_folder(tmp_path, Account(uid=ME.uid + 1, gid=ME.gid))
