"""One suite for every object store: on disk and in a bucket (in memory here)."""

import asyncio
import errno
import hashlib
import os
import pathlib
import time
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest

from reelgate.core.errors import ServerMisconfigured, StorageFull, StorageUnavailable
from reelgate.objects.disk import DiskStore
from reelgate.objects.opening import open_store
from reelgate.objects.store import PIECE_BYTES, ObjectStore

CONTENT = bytes(range(256)) * 4096


@pytest.fixture(params=["disk", "file", "memory"])
async def store(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> AsyncIterator[ObjectStore]:
    place = {"disk": str(tmp_path / "x" / "objects"), "file": f"file://{tmp_path}/a%20b", "memory": "memory:///"}
    store = open_store(place[request.param])
    yield store
    await store.close()


async def read(store: ObjectStore, key: str, start: int, end: int) -> list[bytes]:
    return [piece async for piece in store.read(key, start, end)]


async def test_bytes_come_back(store: ObjectStore) -> None:
    """With their size and hash."""
    stored = await store.put_bytes("inputs/a.png", CONTENT, "image/png")
    assert (stored.size_bytes, stored.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert b"".join(await read(store, "inputs/a.png", 0, len(CONTENT))) == CONTENT
    assert await store.size_bytes("inputs/a.png") == len(CONTENT)


async def test_a_file_comes_back(store: ObjectStore, tmp_path: pathlib.Path) -> None:
    """Larger than one piece and one part of an upload; the original stays."""
    path = tmp_path / "video.mp4"
    path.write_bytes(CONTENT * 12)
    stored = await store.put_file("tasks/1/video-0.mp4", path, "video/mp4")
    assert stored.sha256 == hashlib.sha256(CONTENT * 12).hexdigest()
    pieces = await read(store, "tasks/1/video-0.mp4", 0, stored.size_bytes)
    assert b"".join(pieces) == CONTENT * 12
    assert max(map(len, pieces)) <= PIECE_BYTES
    assert path.exists()


@pytest.mark.parametrize(("start", "end"), [(0, 1), (5, 700_000), (len(CONTENT) - 1, len(CONTENT)), (300, 300)])
async def test_a_part_comes_back(store: ObjectStore, start: int, end: int) -> None:
    """The end is not included."""
    await store.put_bytes("a", CONTENT, "video/mp4")
    assert b"".join(await read(store, "a", start, end)) == CONTENT[start:end]


async def test_nothing_is_a_file_too(store: ObjectStore, tmp_path: pathlib.Path) -> None:
    """Of no bytes."""
    (tmp_path / "empty").touch()
    assert (await store.put_file("a", tmp_path / "empty", "video/mp4")).size_bytes == 0
    assert await store.size_bytes("a") == 0
    assert await read(store, "a", 0, 0) == []


async def test_a_file_can_be_replaced_and_removed(store: ObjectStore) -> None:
    """Removing may be repeated."""
    await store.put_bytes("a/b", b"old", "image/png")
    await store.put_bytes("a/b", b"new!", "image/png")
    assert await read(store, "a/b", 0, 4) == [b"new!"]
    await store.delete("a/b")
    await store.delete("a/b")
    assert await store.size_bytes("a/b") is None


async def test_a_missing_or_short_file_is_the_stores_fault(store: ObjectStore, tmp_path: pathlib.Path) -> None:
    """Whoever asks knows that it was there."""
    await store.put_bytes("a", b"abc", "image/png")
    for key, end in (("missing", 3), ("a", 4)):
        with pytest.raises(StorageUnavailable):
            await read(store, key, 0, end)
    with pytest.raises(StorageUnavailable):
        await store.put_file("b", tmp_path / "missing", "image/png")
    assert await store.size_bytes("b") is None


async def test_bad_keys_are_refused(store: ObjectStore) -> None:
    """By every method."""
    key = "../outside"
    with pytest.raises(ValueError, match="not a key"):
        await store.put_bytes(key, b"", "image/png")
    with pytest.raises(ValueError, match="not a key"):
        await store.put_file(key, pathlib.Path(__file__), "image/png")
    with pytest.raises(ValueError, match="not a key"):
        await read(store, key, 0, 1)
    with pytest.raises(ValueError, match="not a key"):
        await store.size_bytes(key)
    with pytest.raises(ValueError, match="not a key"):
        await store.delete(key)


async def test_free_room_is_a_number_or_unknown(store: ObjectStore) -> None:
    """A disk knows, a bucket does not."""
    assert (free := store.free_bytes()) is None or free > 0


async def test_many_writers_of_one_key_leave_one_whole_file(store: ObjectStore) -> None:
    """The last one wins as a whole."""
    contents = [bytes([number]) * 100_000 for number in range(8)]
    await asyncio.gather(*(store.put_bytes("a", content, "image/png") for content in contents))
    assert b"".join(await read(store, "a", 0, 100_000)) in contents


@pytest.fixture
async def disk(tmp_path: pathlib.Path) -> AsyncIterator[DiskStore]:
    store = DiskStore(tmp_path / "objects")
    yield store
    await store.close()


def list_files(folder: pathlib.Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, StorageFull), (errno.EDQUOT, StorageFull), (errno.EIO, StorageUnavailable)]
)
async def test_a_disk_that_fails_leaves_nothing_half_written(
    disk: DiskStore, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    """Neither under the key nor elsewhere; what was there stays."""

    def fail(_descriptor: int) -> NoReturn:
        raise OSError(number, os.strerror(number))

    await disk.put_bytes("a", b"old", "image/png")
    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(kind):
        await disk.put_bytes("a", CONTENT, "image/png")
    assert list_files(tmp_path / "objects") == ["a"]
    assert await read(disk, "a", 0, 3) == [b"old"]


async def test_a_file_is_flushed_before_it_gets_its_name(
    disk: DiskStore, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """First the file, under another name, then every folder up to the store's own."""
    flushed: list[str] = []
    flush = os.fsync

    def note(descriptor: int) -> None:
        path = pathlib.Path(f"/proc/self/fd/{descriptor}").resolve()
        flushed.append("/".join(path.relative_to(tmp_path).parts))
        assert (tmp_path / "objects" / "a" / "b" / "c").exists() is path.is_dir()
        flush(descriptor)

    monkeypatch.setattr("os.fsync", note)
    await disk.put_bytes("a/b/c", b"x", "image/png")
    assert flushed[0].startswith("objects/.partial/")
    assert flushed[1:] == ["objects/a/b", "objects/a", "objects"]


async def test_a_file_that_is_deleted_while_it_is_read_is_read_whole(disk: DiskStore) -> None:
    """A download that has begun ends well."""
    await disk.put_bytes("a", CONTENT, "video/mp4")
    pieces = disk.read("a", 0, len(CONTENT))
    first = await anext(pieces)
    await disk.delete("a")
    assert first + b"".join([piece async for piece in pieces]) == CONTENT


async def test_leftovers_of_killed_writers_are_removed_when_they_are_old(tmp_path: pathlib.Path) -> None:
    """Young ones may belong to another process that still writes."""
    partial = tmp_path / ".partial"
    partial.mkdir()
    for name, age_s in (("old", 90_000), ("young", 60)):
        (partial / name).write_bytes(b"x")
        os.utime(partial / name, (time.time() - age_s,) * 2)
    await DiskStore(tmp_path).close()
    assert list_files(tmp_path) == [".partial/young"]


@pytest.mark.parametrize("place", ["https://example.com/x", "nonsense://x", "s3://", "file://elsewhere/x"])
def test_places_that_are_no_stores_are_refused(place: str) -> None:
    """With the setting's value in the message."""
    with pytest.raises(ServerMisconfigured, match="not a place"):
        open_store(place)


def test_a_folder_that_cannot_be_made_is_said_at_once(tmp_path: pathlib.Path) -> None:
    """Not at the first file."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageUnavailable):
        open_store(str(tmp_path / "file" / "objects"))
