"""Receivers of webhooks on this machine: real servers that answer as a test says, and remember what they were sent."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from standardwebhooks.webhooks import Webhook


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """One request."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Return the event's id."""
        return self.headers["webhook-id"]

    @property
    def facts(self) -> Any:
        """Return what is said."""
        return json.loads(self.body)

    def verify(self, secret: str) -> Any:
        """Return what is said, if its signature is good by the judgement of the official library."""
        return Webhook(secret).verify(self.body, dict(self.headers))


#: Writes an answer to a request; what it does not write, the receiver does not answer.
Behaviour = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


def answering(status: int, body: bytes = b"", **headers: str) -> Behaviour:
    """Return the behaviour of one that answers at once."""

    async def answer(_: Received, writer: asyncio.StreamWriter) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()

    return answer


async def hanging_up(_: Received, writer: asyncio.StreamWriter) -> None:
    """Hang up without a word."""
    writer.transport.abort()


async def silent(_: Received, _writer: asyncio.StreamWriter) -> None:
    """Answer nothing, and hold the connection as long as the receiver is there."""
    await asyncio.Event().wait()


@dataclass
class Receiver:
    """A server; use it as a context."""

    behave: Behaviour = field(default_factory=lambda: answering(204))
    received: list[Received] = field(default_factory=list)
    port: int = 0
    #: Requests that were not answered yet, now and at most.
    open_now: int = 0
    open_most: int = 0
    _server: asyncio.Server | None = None
    _serving: set[asyncio.Task[Any]] = field(default_factory=set)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        """Return where to send to."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """Return the ids of the events that came, in order."""
        return [one.id for one in self.received]

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Go away, and hang up on who is there."""
        assert self._server
        self._server.close()
        serving = tuple(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def wait_for(self, count: int, patience_s: float = 20) -> None:
        """Wait until so many requests have come in all."""
        async with asyncio.timeout(patience_s), self._came:
            await self._came.wait_for(lambda: len(self.received) >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._serving.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._answer(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()
            self._serving.discard(task)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Received(path=head[0].split()[1], headers=headers, body=body)
        async with self._came:
            self.received.append(request)
            self._came.notify_all()
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            await self.behave(request, writer)
        finally:
            self.open_now -= 1
