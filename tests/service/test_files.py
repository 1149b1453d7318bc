"""Serving files behind signed links, in process and through a real server."""

import asyncio
import contextlib
import datetime as dt
import hashlib
import pathlib
import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from typing import Any

import httpx2
import psutil
import pytest
import uvicorn
from starlette.applications import Starlette

from reelgate.core.errors import StorageUnavailable
from reelgate.objects.disk import DiskStore
from reelgate.objects.links import LinkKeys, sign_link
from reelgate.objects.store import ObjectStore
from reelgate.web.files import ServedFile, make_files_route

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
NOW_S = int(NOW.timestamp())
KEYS = LinkKeys.load([b"k" * 32])
CONTENT = bytes(range(256)) * 4000
ARTIFACT = uuid.UUID(int=1)
FILE = ServedFile(
    object_key="tasks/1/video-0.mp4",
    size_bytes=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    media_type="video/mp4",
    file_name="video-0.mp4",
)
PATH = f"/files/{ARTIFACT.hex}/video-0.mp4"


class WatchedStore(DiskStore):
    """A store that counts what is read, and which reads have ended."""

    read_bytes = 0
    open_reads = 0

    async def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Yield a part of a file, watched."""
        self.open_reads += 1
        try:
            async with contextlib.aclosing(super().read(key, start, end)) as pieces:
                async for piece in pieces:
                    self.read_bytes += len(piece)
                    yield piece
        finally:
            self.open_reads -= 1


@pytest.fixture
async def objects(tmp_path: pathlib.Path) -> AsyncIterator[WatchedStore]:
    store = WatchedStore(tmp_path / "objects")
    await store.put_bytes(FILE.object_key, CONTENT, FILE.media_type)
    yield store
    await store.close()


def make_app(objects: ObjectStore, file: ServedFile = FILE) -> Starlette:
    async def find(artifact_id: uuid.UUID) -> ServedFile | None:
        return file if artifact_id == ARTIFACT else None

    return Starlette(routes=[make_files_route(find=find, objects=objects, keys=KEYS, clock=lambda: NOW)])


def make_link(path: str = PATH, lifetime_s: int = 3600) -> str:
    return f"{path}?{sign_link(path, expires_s=NOW_S + lifetime_s, keys=KEYS)}"


@pytest.fixture
async def client(objects: WatchedStore) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=make_app(objects))
    async with httpx2.AsyncClient(transport=transport, base_url="http://files.test") as client:
        yield client


async def test_a_file_is_served_whole(client: httpx2.AsyncClient, objects: WatchedStore) -> None:
    """With everything that players, browsers and caches want to know."""
    answer = await client.get(make_link())
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["etag"] == f'"{FILE.sha256}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, max-age=3600, immutable"
    assert answer.headers["content-disposition"] == 'inline; filename="video-0.mp4"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-range" not in answer.headers
    assert objects.open_reads == 0


async def test_head_says_the_same_without_the_file(client: httpx2.AsyncClient, objects: WatchedStore) -> None:
    """Nothing is read; a Range header has no meaning."""
    whole = await client.get(make_link())
    objects.read_bytes = 0
    head = await client.head(make_link(), headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == whole.headers
    assert objects.read_bytes == 0


async def test_a_download_is_an_attachment(client: httpx2.AsyncClient) -> None:
    """By a field that the signature does not cover."""
    answer = await client.get(make_link() + "&download=1")
    assert answer.headers["content-disposition"] == 'attachment; filename="video-0.mp4"'


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=100-299999", 100, 300_000),
        ("bytes=-5", 1_023_995, 1_024_000),
        ("bytes=1023999-", 1_023_999, 1_024_000),
    ],
)
async def test_a_range_is_served(
    client: httpx2.AsyncClient, objects: WatchedStore, header: str, start: int, end: int
) -> None:
    """And no more is read than it needs."""
    answer = await client.get(make_link(), headers={"Range": header})
    assert answer.status_code == 206
    assert answer.content == CONTENT[start:end]
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert answer.headers["content-length"] == str(end - start)
    assert objects.read_bytes == end - start


@pytest.mark.parametrize("header", ["bytes=5-4", "bytes=0-1,5-6", "lines=1-2", "nonsense"])
async def test_ranges_that_are_not_served_give_the_whole(client: httpx2.AsyncClient, header: str) -> None:
    """Several ranges too, as the RFC allows."""
    answer = await client.get(make_link(), headers={"Range": header})
    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_a_range_behind_the_end_is_told_the_size(client: httpx2.AsyncClient) -> None:
    """So that the client can ask again."""
    answer = await client.get(make_link(), headers={"Range": f"bytes={len(CONTENT)}-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(CONTENT)}"


async def test_if_range_guards_against_another_version(client: httpx2.AsyncClient) -> None:
    """Only the same strong tag gets a part."""
    etag = f'"{FILE.sha256}"'
    for guard, status in ((etag, 206), ('"other"', 200), (f"W/{etag}", 200), ("Fri, 20 Nov 2026 12:00:00 GMT", 200)):
        answer = await client.get(make_link(), headers={"Range": "bytes=0-9", "If-Range": guard})
        assert answer.status_code == status


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_file_that_the_client_has_is_not_sent(
    client: httpx2.AsyncClient, objects: WatchedStore, method: str
) -> None:
    """Even where it asks for a range."""
    tag = f'"x", W/"{FILE.sha256}"'
    answer = await client.request(method, make_link(), headers={"If-None-Match": tag, "Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == f'"{FILE.sha256}"'
    assert "content-length" not in answer.headers
    assert objects.read_bytes == 0


def tamper() -> list[str]:
    other = PATH.replace("0001/", "0002/")
    return [
        PATH,
        make_link().replace(PATH, other),
        make_link().replace("video-0", "video-1"),
        make_link() + "x",
        make_link().replace("e=", "e=9"),
        make_link("/files/not-an-id/video-0.mp4"),
    ]


@pytest.mark.parametrize("link", tamper())
async def test_a_changed_link_is_refused(client: httpx2.AsyncClient, objects: WatchedStore, link: str) -> None:
    """Whatever was changed, the answer is the same."""
    answer = await client.get(link)
    assert answer.status_code == 403
    assert answer.json() == {"error": {"code": "link_invalid", "message": "This link is not valid."}}
    assert answer.headers["cache-control"] == "no-store"
    assert objects.read_bytes == 0


async def test_an_expired_link_is_gone(client: httpx2.AsyncClient) -> None:
    """The client learns to ask for a new one."""
    answer = await client.get(make_link(lifetime_s=0))
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "link_expired")


async def test_a_file_that_is_no_more_is_unknown(client: httpx2.AsyncClient) -> None:
    """Its link was good once."""
    answer = await client.get(make_link(f"/files/{uuid.UUID(int=2).hex}/video-0.mp4"))
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "file_unknown")


async def test_a_store_that_fails_is_told_before_the_file_begins(
    client: httpx2.AsyncClient, objects: WatchedStore
) -> None:
    """Not with a broken 200, and without saying where."""
    await objects.delete(FILE.object_key)
    answer = await client.get(make_link())
    assert answer.status_code == 503
    assert answer.json() == {"error": {"code": "storage_unavailable", "message": "The file cannot be read right now."}}


async def test_a_file_that_ends_early_breaks_the_connection(objects: WatchedStore) -> None:
    """A client must not take half a file for a whole one."""
    longer = replace(FILE, size_bytes=len(CONTENT) + 1)
    with pytest.raises(StorageUnavailable):
        await httpx2.AsyncClient(transport=httpx2.ASGITransport(app=make_app(objects, longer))).get(
            "http://files.test" + make_link()
        )


async def test_other_methods_are_not_allowed(client: httpx2.AsyncClient) -> None:
    """Files are only read."""
    assert (await client.post(make_link())).status_code == 405


@contextlib.asynccontextmanager
async def run_server(app: Any) -> AsyncIterator[int]:
    """Serve an app on a free port of the loopback interface with uvicorn, as `reelgate api` does."""
    config = uvicorn.Config(app, port=0, lifespan="off", ws="none", log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 -- uvicorn sets no event
            await asyncio.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


async def begin_download(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send the request and read the head of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {make_link()} HTTP/1.1\r\nHost: files.test\r\nConnection: close\r\n\r\n".encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
    return reader, writer


async def put_large(objects: WatchedStore, tmp_path: pathlib.Path) -> ServedFile:
    """Store 300 MB of nothing, which takes no room, and return the file."""
    size = 300_000_000
    with (tmp_path / "objects" / FILE.object_key).open("wb") as file:
        file.truncate(size)
    return replace(FILE, size_bytes=size)


async def test_a_large_file_is_served_in_constant_memory(objects: WatchedStore, tmp_path: pathlib.Path) -> None:
    """300 MB through a real server to a client that reads slower than the disk delivers."""
    file = await put_large(objects, tmp_path)
    process = psutil.Process()
    async with run_server(make_app(objects, file)) as port:
        reader, writer = await begin_download(port)
        before = most = process.memory_info().rss
        got = 0
        while piece := await reader.read(65536):
            got += len(piece)
            most = max(most, process.memory_info().rss)
            await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()
    assert got == file.size_bytes
    assert most - before < 30_000_000


async def test_a_client_that_hangs_up_stops_the_reading(objects: WatchedStore, tmp_path: pathlib.Path) -> None:
    """The rest of the file is not read for nobody."""
    file = await put_large(objects, tmp_path)
    async with run_server(make_app(objects, file)) as port:
        reader, writer = await begin_download(port)
        await reader.readexactly(1_000_000)
        assert objects.open_reads == 1
        writer.transport.abort()
        async with asyncio.timeout(5):
            while objects.open_reads:  # noqa: ASYNC110 -- what is watched is that nobody is told
                await asyncio.sleep(0.01)
    assert objects.read_bytes < 30_000_000
