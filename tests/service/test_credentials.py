"""Credentials of engines in the real database: sealed, bound to their row, sealed anew under another key."""

import datetime as dt
import os

import pytest

from reelgate.core.errors import ServerMisconfigured
from reelgate.kit.sealing import NONCE_BYTES, KeyRing
from reelgate.settings import Settings
from reelgate.store.credentials import (
    delete_credential,
    list_credentials,
    load_credentials,
    reseal_credentials,
    save_credential,
)
from reelgate.store.database import Database

OLD, NEW = KeyRing(keys={"old": b"o" * 32}), KeyRing(keys={"new": b"n" * 32, "old": b"o" * 32})
SECRET = "sk-upstream-0123456789-tail"
NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)


async def save(database: Database, ring: KeyRing, name: str, secret: str = SECRET) -> None:
    await save_credential(database, ring, ("gpu", name), secret, now=NOW, nonce=os.urandom(NONCE_BYTES))


async def test_a_credential_is_kept_sealed(database: Database) -> None:
    """The row holds nothing of it but its end; the last one of a name counts."""
    await save(database, OLD, "first", "another")
    await save(database, OLD, "first")
    assert await load_credentials(database, OLD) == {("gpu", "first"): SECRET}
    (shown,) = await list_credentials(database)
    assert (shown.masked, shown.sealed_with) == ("…tail", "old")
    row = await database.fetchval("SELECT c::text || encode(sealed, 'escape') FROM sealed_credentials c")
    assert SECRET not in row
    assert await delete_credential(database, "gpu", "first")
    assert not await delete_credential(database, "gpu", "first")
    assert await load_credentials(database, OLD) == {}


async def test_a_sealed_credential_belongs_to_its_row(database: Database) -> None:
    """Whoever can write to the database cannot have one used in another's place."""
    await save(database, OLD, "mine", "my own secret key")
    await save(database, OLD, "theirs")
    await database.fetch(
        "UPDATE sealed_credentials SET sealed = (SELECT sealed FROM sealed_credentials WHERE name = 'theirs') "
        "WHERE name = 'mine'"
    )
    with pytest.raises(ServerMisconfigured, match="'mine' of 'gpu' cannot be opened"):
        await load_credentials(database, OLD)


async def test_credentials_are_sealed_anew(database: Database) -> None:
    """Each once; afterwards the old key can go."""
    for name in ("a", "b"):
        await save(database, OLD, name)
    await save(database, NEW, "c")
    assert await reseal_credentials(database, NEW, os.urandom) == 2
    assert await reseal_credentials(database, NEW, os.urandom) == 0
    without_old = KeyRing(keys={"new": b"n" * 32})
    assert set((await load_credentials(database, without_old)).values()) == {SECRET}
    with pytest.raises(ServerMisconfigured):
        await load_credentials(database, OLD)


def test_settings_do_not_show_their_secrets() -> None:
    """As where a library prints them in an error."""
    settings = Settings(secret_keys="k:c2VjcmV0", openai_videos_key="sk-secret")
    assert "c2VjcmV0" not in repr(settings)
    assert "sk-secret" not in repr(settings)
