"""A stand-in for an upstream: a small HTTP server that answers as a test says, and misbehaves on demand.

Written on bare sockets, because a proper server would not reset, drip or cut its answers off.
"""

import asyncio
import contextlib
import json
import re
import socket
import struct
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Request:
    """What came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What goes out."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"

    @classmethod
    def of(cls, body: object, status: int = 200, **headers: str) -> "Reply":
        """Return some JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status=status, body=json.dumps(body).encode(), headers=named)


#: What happens instead of a proper answer; takes the proper one.
Mischief = Callable[[asyncio.StreamWriter, Reply], Awaitable[None]]


async def write(writer: asyncio.StreamWriter, reply: Reply, *, claimed: int | None = None) -> None:
    """Write a proper answer, with another length where one is claimed."""
    length = len(reply.body) if claimed is None else claimed
    head = {"content-type": reply.media_type, "content-length": str(length), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} Whatever", *(f"{name}: {value}" for name, value in head.items())]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + reply.body)
    await writer.drain()


def says(reply: Reply) -> Mischief:
    """Answer with something else."""

    async def mischief(writer: asyncio.StreamWriter, _: Reply) -> None:
        await write(writer, reply)

    return mischief


async def hang(_writer: asyncio.StreamWriter, _: Reply) -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def lose(writer: asyncio.StreamWriter, _: Reply) -> None:
    """Take the request in, and hang up without a word."""
    writer.close()


async def reset(writer: asyncio.StreamWriter, reply: Reply) -> None:
    """Break the connection in the middle of the body."""
    half = Reply(status=reply.status, body=reply.body[: len(reply.body) // 2], media_type=reply.media_type)
    await write(writer, half, claimed=len(reply.body))
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def truncate(writer: asyncio.StreamWriter, reply: Reply) -> None:
    """Send half of the body as if it were all."""
    await write(
        writer, Reply(status=reply.status, body=reply.body[: len(reply.body) // 2], media_type=reply.media_type)
    )


async def mislabel(writer: asyncio.StreamWriter, reply: Reply) -> None:
    """Call a video a page."""
    await write(writer, Reply(status=reply.status, body=reply.body, media_type="text/html"))


async def drip(writer: asyncio.StreamWriter, reply: Reply) -> None:
    """Send the body byte by byte, for ever."""
    await write(writer, Reply(status=reply.status, media_type=reply.media_type), claimed=len(reply.body))
    for byte in reply.body:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def flood(writer: asyncio.StreamWriter, reply: Reply) -> None:
    """Send a body without an end."""
    await write(writer, Reply(status=reply.status, media_type=reply.media_type), claimed=1 << 40)
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


@dataclass
class StandIn:
    """The server; `answer` says what it properly answers, `mischief` what happens instead, by kind of request."""

    answer: Callable[[Request], Reply]
    #: By kind, what happens to the next requests of it, in order.
    mischief: dict[str, list[Mischief]] = field(default_factory=lambda: defaultdict(list))
    requests: list[Request] = field(default_factory=list)
    kind_of: Callable[[Request], str] = lambda request: request.method
    url: str = ""

    def of_kind(self, kind: str) -> list[Request]:
        """Return the requests of a kind."""
        return [request for request in self.requests if self.kind_of(request) == kind]

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator["StandIn"]:
        """Listen on a free port of this machine."""
        clients: set[asyncio.Task[None]] = set()

        async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task
            clients.add(task)
            try:
                await self._talk(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                clients.discard(task)
                writer.close()

        server = await asyncio.start_server(client, "127.0.0.1", 0, limit=1 << 24)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for task in list(clients):
                task.cancel()
            await asyncio.gather(*clients, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            method, path, _ = line.decode().split(" ", 2)
            headers = {}
            while (text := (await reader.readline()).decode().strip()) != "":
                name, _, value = text.partition(":")
                headers[name.lower()] = value.strip()
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            request = Request(method=method, path=path, headers=headers, body=body)
            self.requests.append(request)
            planned = self.mischief[self.kind_of(request)]
            reply = self.answer(request)
            if planned:
                await planned.pop(0)(writer, reply)
            else:
                await write(writer, reply)
            if writer.is_closing():
                return


def openai_videos(video: bytes, *, looks: int = 1) -> StandIn:
    """Return a server of the OpenAI Videos wire that makes a video within some looks at it."""
    seen: dict[str, int] = {}

    def kind_of(request: Request) -> str:
        if request.method == "POST":
            return "submit"
        if request.method == "DELETE":
            return "cancel"
        return "content" if request.path.endswith("/content") else "poll"

    def answer(request: Request) -> Reply:
        kind = kind_of(request)
        if kind == "submit":
            name = f"video_{len(seen) + 1}"
            seen[name] = 0
            return Reply.of({"id": name, "object": "video", "status": "queued", "progress": 0})
        found = re.fullmatch(r"/v1/videos/([^/]+)(/content)?", request.path)
        name = found.group(1) if found else ""
        if name not in seen:
            return Reply.of({"error": {"code": "not_found", "message": "no such video"}}, 404)
        if kind == "content":
            return Reply(body=video, media_type="video/mp4")
        if kind == "cancel":
            del seen[name]
            return Reply.of({"id": name, "deleted": True})
        seen[name] += 1
        status = "completed" if seen[name] > looks else "in_progress"
        return Reply.of({"id": name, "object": "video", "status": status, "progress": min(99, 40 * seen[name])})

    return StandIn(answer=answer, kind_of=kind_of)
