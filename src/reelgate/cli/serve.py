"""`reelgate serve`: everything under one parent: the embedded Postgres, the API processes and a worker.

The parent only supervises: it answers no request; what an operator has set wrongly is found before anything is started.
Light on imports: it stays.
"""

import asyncio
import contextlib
import json as json_codec
import os
import pathlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final

import structlog
import typer

from reelgate.cli.folders import make_data_folder
from reelgate.cli.handover import BACKLOG, GUESSED_VARIABLE, SOCKET_VARIABLE
from reelgate.cli.options import Data, Json, settings_for
from reelgate.cli.output import run
from reelgate.cli.preparing import Prepared, preparation
from reelgate.core.errors import ServerMisconfigured
from reelgate.kit import lifeline
from reelgate.kit.logs import configure_logs
from reelgate.kit.postgres.errors import EmbeddedPostgresError
from reelgate.kit.postgres.server import EmbeddedPostgres
from reelgate.kit.rounds import in_rounds
from reelgate.kit.supervisor import Part, Supervisor
from reelgate.settings import Settings

#: Where a running server says who and where it is, for commands on the same data folder.
SERVER_FILE: Final = "server.json"
READY_WAIT_S: Final = 120.0
_WILDCARDS: Final = ("0.0.0.0", "::", "")  # noqa: S104 - compared with, not listened on

_log = structlog.get_logger(__name__)


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one. [default: 8080]")] = None,
    public_url: Annotated[str | None, typer.Option(help="What links to files start with.")] = None,
    api_processes: Annotated[int | None, typer.Option(help="Processes that answer HTTP. [default: 1]")] = None,
    dev: Annotated[bool, typer.Option("--dev", help="Show an API key with credits to try things with.")] = False,
    json: Json = False,
) -> None:
    """Run the whole server until Ctrl-C or SIGTERM."""
    settings = settings_for(data, host=host, port=port, public_url=public_url, api_processes=api_processes)
    configure_logs(settings.log_level, settings.log_format)
    run(_serve(settings, dev=dev, as_json=json))


async def _serve(settings: Settings, *, dev: bool, as_json: bool) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        async with preparation(settings, dev=dev) as preparing:
            await preparing.checked()
            listening = stack.enter_context(listen(settings.host, settings.port))
            dsn = await stack.enter_async_context(_postgres(settings))
            prepared = await preparing.prepare(dsn)
        address = address_of(listening)
        environment = {
            **settings.to_environment(),
            "REELGATE_DATA": str(settings.data.resolve()),
            "REELGATE_DATABASE_URL": dsn,
            "REELGATE_PUBLIC_URL": settings.public_url or address,
            SOCKET_VARIABLE: str(listening.fileno()),
        }
        if settings.public_url is None:
            environment[GUESSED_VARIABLE] = "1"
        if prepared.secret_keys:
            environment["REELGATE_SECRET_KEYS"] = prepared.secret_keys
        supervisor = await stack.enter_async_context(_supervisor())
        for part in plan_parts(settings, environment, listening.fileno()):
            supervisor.start(part)
        if await _until_ready(listening, stopped):
            with _server_file(settings.data, address):
                _announce(address, prepared, as_json=as_json)
                await stopped.wait()


def plan_parts(settings: Settings, environment: Mapping[str, str], descriptor: int) -> list[Part]:
    """Return the processes of a server. Pure."""
    program = (sys.executable, "-P", "-m")
    apis = [
        Part(
            name=f"api-{number}",
            arguments=(*program, "reelgate.cli.api_process"),
            environment=environment,
            descriptors=(descriptor,),
        )
        for number in range(settings.api_processes)
    ]
    return [*apis, Part(name="worker", arguments=(*program, "reelgate.cli.worker_process"), environment=environment)]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ServerMisconfigured: that is not possible; the message says why.

    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ServerMisconfigured(f"Cannot listen on {host} port {port}: {error.strerror or error}.") from error
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


def address_of(listening: socket.socket) -> str:
    """Return the URL that a listening socket is reached by from this machine."""
    host, port = listening.getsockname()[:2]
    if host in _WILDCARDS:
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextlib.asynccontextmanager
async def _postgres(settings: Settings) -> AsyncIterator[str]:
    if settings.database_url:
        yield settings.database_url
        return
    make_data_folder(settings)
    postgres = EmbeddedPostgres(settings.postgres_folder)
    await postgres.start()
    keeping = asyncio.create_task(
        in_rounds("postgres", lambda: _keep_postgres(postgres), every_s=1, expected=EmbeddedPostgresError)
    )
    try:
        yield postgres.dsn
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await postgres.stop()


async def _keep_postgres(postgres: EmbeddedPostgres) -> None:
    """Start it again whenever it ends."""
    while True:
        status = await postgres.wait()
        _log.warning("postgres.ended", status=status)
        await postgres.start()


@contextlib.asynccontextmanager
async def _supervisor() -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(lifeline.VARIABLE)
    try:
        yield supervisor
    finally:
        await supervisor.close()


async def _until_ready(listening: socket.socket, stopped: asyncio.Event) -> bool:
    """Wait until a part answers `GET /readyz`; return False when told to stop before."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - the address to reach a wildcard by
    loop = asyncio.get_running_loop()
    until = loop.time() + READY_WAIT_S
    while loop.time() < until:
        if await _is_ready(host, port):
            return True
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), 0.02)
            return False
    raise ServerMisconfigured(f"The server was not ready within {READY_WAIT_S:.0f} s; its log says why.")


async def _is_ready(host: str, port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: reelgate\r\nConnection: close\r\n\r\n")
            line = await asyncio.wait_for(reader.readline(), 5)
        finally:
            writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in line


@contextlib.contextmanager
def _server_file(data: pathlib.Path, address: str) -> Any:
    data.mkdir(parents=True, exist_ok=True)
    path = data / SERVER_FILE
    path.write_text(json_codec.dumps({"pid": os.getpid(), "url": address}), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _announce(address: str, prepared: Prepared, *, as_json: bool) -> None:
    dev_key = prepared.key
    if as_json:
        print(json_codec.dumps({"url": address, "key": dev_key, "pid": os.getpid()}), flush=True)
        return
    print(f"\nreelgate is ready at {address}\n", flush=True)
    if dev_key:
        body = '{"prompt": "A cinematic dolly shot of a glass greenhouse during sunrise"}'
        print(f"API key (account dev, {prepared.credits:,} credits at first): {dev_key}\n")
        print(f"curl -X POST {address}/api/video/veo4/generate \\")
        print(f"  -H 'Authorization: Bearer {dev_key}' -H 'Content-Type: application/json' \\")
        print(f"  -d '{body}'\n")
        print("Then ask for the result with the task_id of the answer:\n")
        print(f"curl '{address}/api/video/veo4/status?task_id=TASK_ID' -H 'Authorization: Bearer {dev_key}'\n")
    print("Ctrl-C ends it.", flush=True)
