"""`reelgate api` and `reelgate worker`: the parts of a server on machines of their own, against one Postgres."""

from typing import Annotated

import typer

from reelgate.app.database import prepare_database
from reelgate.cli.api_process import run_api
from reelgate.cli.checks import check_settings
from reelgate.cli.options import Data, settings_for
from reelgate.cli.output import plainly, run
from reelgate.cli.serve import address_of, listen
from reelgate.cli.worker_process import run_worker
from reelgate.core.errors import ServerMisconfigured
from reelgate.kit.logs import configure_logs
from reelgate.settings import Settings
from reelgate.store.database import wait_for_database


def api(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on. [default: 8080]")] = None,
    public_url: Annotated[str | None, typer.Option(help="What links to files start with.")] = None,
) -> None:
    """Answer HTTP with this process alone; REELGATE_DATABASE_URL names the database."""
    settings = settings_for(data, host=host, port=port, public_url=public_url)
    dsn = _prepare(settings)
    with plainly(), listen(settings.host, settings.port) as listening:
        address = address_of(listening)
        print(f"reelgate api at {address}", flush=True)
        run_api(settings, dsn, listening, settings.public_url or address, guessed=settings.public_url is None)


def worker(data: Data = None) -> None:
    """Work off tasks with this process alone; REELGATE_DATABASE_URL names the database."""
    settings = settings_for(data)
    dsn = _prepare(settings)
    print("reelgate worker is ready", flush=True)
    with plainly():
        run_worker(settings, dsn)


def _prepare(settings: Settings) -> str:
    configure_logs(settings.log_level, settings.log_format)
    return run(_migrated(settings))


async def _migrated(settings: Settings) -> str:
    if settings.database_url is None:
        raise ServerMisconfigured("Set REELGATE_DATABASE_URL, or run everything at once with `reelgate serve`.")
    await check_settings(settings)
    database = await wait_for_database(settings.database_url, connections_max=2)
    try:
        await prepare_database(settings, database)
    finally:
        await database.close()
    return settings.database_url
