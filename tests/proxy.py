"""A proxy in front of Postgres's Unix socket, on a TCP port, that cuts and holds connections as a test says."""

import asyncio
import contextlib
import pathlib
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Proxy:
    """Carries bytes; use it as a context."""

    socket: pathlib.Path
    port: int = 0
    #: Answers of the server that are thrown away, each with its connection, before anything else happens.
    losing: int = 0
    cuts: int = 0
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        self._flowing.set()
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Cut everything."""
        assert self._server
        self._server.close()
        self._flowing.set()
        self.cut()

    @property
    def dsn(self) -> str:
        """Return the address of the database behind it."""
        return f"postgresql://reelgate@127.0.0.1:{self.port}/reelgate?sslmode=disable"

    def cut(self) -> None:
        """Cut every connection."""
        for writer in tuple(self._writers):
            self.cuts += 1
            writer.transport.abort()

    def hold(self) -> None:
        """Let nothing through until `release`."""
        self._flowing.clear()

    def release(self) -> None:
        """Let it flow again."""
        self._flowing.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(str(self.socket))
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, far_writer, answers=False))
                group.create_task(self._pump(far_reader, writer, answers=True))
        except* (OSError, EOFError):
            pass
        finally:
            for each in (writer, far_writer):
                self._writers.discard(each)
                each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            if answers and self.losing:
                # The statement was carried out, and nobody hears of it.
                self.losing -= 1
                self.cuts += 1
                break
            writer.write(data)
            with contextlib.suppress(ConnectionError):
                await writer.drain()
        raise EOFError
