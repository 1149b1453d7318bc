"""Which user Postgres runs as."""

import os
import pathlib
import pwd
from types import SimpleNamespace

import pytest

from reelgate.kit.postgres.account import PRIVATE_ID, Account, choose_account, choose_named_account
from reelgate.kit.postgres.errors import FolderUnusable


def owned_by(monkeypatch: pytest.MonkeyPatch, uid: int) -> None:
    monkeypatch.setattr(pathlib.Path, "stat", lambda _: SimpleNamespace(st_uid=uid, st_gid=uid))


def test_ordinary_user_runs_it_as_itself(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """New or its own, nothing changes hands."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getegid", lambda: 100)
    assert choose_account(tmp_path / "new") == Account(uid=1000, gid=100)
    owned_by(monkeypatch, 1000)
    assert choose_account(tmp_path) == Account(uid=1000, gid=100)


def test_another_users_database_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """The error names both users."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    owned_by(monkeypatch, 1001)
    with pytest.raises(FolderUnusable, match=r"belongs to user 1001, and this is user 1000"):
        choose_account(tmp_path)


def test_root_uses_a_private_user_or_the_owner(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """A database never changes its owner."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert choose_account(tmp_path / "new") == Account(uid=PRIVATE_ID, gid=PRIVATE_ID)
    assert choose_account(tmp_path / "new").is_private
    owned_by(monkeypatch, 1000)
    assert choose_account(tmp_path) == Account(uid=1000, gid=1000)


def test_initdb_runs_as_a_user_with_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks its name up; the private group stays."""
    entries = [SimpleNamespace(pw_uid=0, pw_name="root"), SimpleNamespace(pw_uid=2, pw_name="bin")]
    monkeypatch.setattr(pwd, "getpwall", lambda: entries)
    private = Account(uid=PRIVATE_ID, gid=PRIVATE_ID)
    assert choose_named_account(private) == Account(uid=2, gid=PRIVATE_ID)
    entries.append(SimpleNamespace(pw_uid=65534, pw_name="nobody"))
    assert choose_named_account(private) == Account(uid=65534, gid=PRIVATE_ID)
    assert choose_named_account(Account(uid=2, gid=2)) == Account(uid=2, gid=2)
    del entries[1:]
    with pytest.raises(FolderUnusable, match="no user but root"):
        choose_named_account(private)
