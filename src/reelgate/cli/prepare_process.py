"""What `serve` has checked and made before its parts start: `python -m reelgate.cli.prepare_process`.

A process of its own, so that the memory it takes is free afterwards. It checks what an operator has set and says so on
standard output (`CHECKED`); reads the database's address, a line on standard input; brings the database up to date; and
says what `serve` shows people, a line of JSON. What goes wrong is one sentence on standard error, with exit status 1.
"""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Annotated, Any

import typer

from reelgate.app.database import prepare_database
from reelgate.app.tables import load_key_ring
from reelgate.cli.checks import check_settings
from reelgate.cli.dev_key import DEV_CREDITS, ensure_dev_key
from reelgate.cli.output import run
from reelgate.cli.preparing import CHECKED, Prepared
from reelgate.kit.logs import configure_logs
from reelgate.kit.sealing import write_key_ring
from reelgate.settings import Settings
from reelgate.store.database import wait_for_database


def main(*, dev: Annotated[bool, typer.Option("--dev")] = False) -> None:
    """Check, wait for the database's address, prepare it."""
    settings = Settings()
    configure_logs(settings.log_level, settings.log_format)
    run(_prepare(settings, dev=dev))


async def _prepare(settings: Settings, *, dev: bool) -> None:
    await check_settings(settings)
    _say(CHECKED)
    # Nothing comes where `serve` has found something wrong itself, or has ended.
    if dsn := (await asyncio.to_thread(sys.stdin.readline)).strip():
        _say(asdict(await _prepare_with(settings, dsn, dev=dev)))


async def _prepare_with(settings: Settings, dsn: str, *, dev: bool) -> Prepared:
    secret_keys = write_key_ring(load_key_ring(settings)) if settings.database_url is None else None
    database = await wait_for_database(dsn, connections_max=2)
    try:
        await prepare_database(settings, database)
        key = await ensure_dev_key(settings, database) if dev else None
    finally:
        await database.close()
    return Prepared(secret_keys=secret_keys, key=key, credits=DEV_CREDITS)


def _say(facts: dict[str, Any]) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    typer.run(main)
