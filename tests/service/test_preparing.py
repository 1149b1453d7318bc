"""What is checked and prepared by a process that ends before a server's parts start."""

import pathlib

import pytest

from reelgate.cli.dev_key import DEV_CREDITS
from reelgate.cli.preparing import Prepared, preparation
from reelgate.core.ledger import MICROCREDITS_PER_CREDIT
from reelgate.service.credit import digest
from reelgate.settings import Settings
from reelgate.store.accounts import find_key, load_balance
from reelgate.store.database import Database


async def test_a_database_is_prepared_and_a_key_made(tmp_path: pathlib.Path, dsn: str) -> None:
    """Without `--dev` there is none; the same one again where there is one."""
    settings = Settings(data=tmp_path)
    told = []
    for dev in (False, True, True):
        async with preparation(settings, dev=dev) as preparing:
            await preparing.checked()
            told.append(await preparing.prepare(dsn))
    assert told[0].key is None
    assert told[1] == told[2] == Prepared(secret_keys=told[0].secret_keys, key=told[1].key, credits=DEV_CREDITS)
    assert told[1].key
    assert told[0].secret_keys
    database = await Database.open(dsn)
    principal = await find_key(database, digest(told[1].key))
    assert principal
    assert await load_balance(database, principal.account_id) == (DEV_CREDITS * MICROCREDITS_PER_CREDIT, 0)
    await database.close()


async def test_a_wrong_setting_ends_it(tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With one sentence, and the exit status of errors."""
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text("[[models", encoding="utf-8")
    async with preparation(Settings(data=tmp_path, catalogue=catalogue), dev=False) as preparing:
        with pytest.raises(SystemExit) as caught:
            await preparing.checked()
    assert caught.value.code == 1
    said = capfd.readouterr().err
    assert said.startswith("reelgate: ")
    assert said.count("\n") == 1


async def test_a_database_that_cannot_be_prepared_ends_it(
    tmp_path: pathlib.Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An address that is none is found by the process, which has said so."""
    async with preparation(Settings(data=tmp_path), dev=False) as preparing:
        await preparing.checked()
        with pytest.raises(SystemExit) as caught:
            await preparing.prepare("nonsense://")
    assert caught.value.code == 1
    assert "reelgate: " in capfd.readouterr().err


async def test_one_that_was_killed_is_told(tmp_path: pathlib.Path) -> None:
    """Its silence is not taken for success."""
    async with preparation(Settings(data=tmp_path), dev=False) as preparing:
        preparing._process.kill()
        with pytest.raises(SystemExit, match="was ended"):
            await preparing.checked()
