"""Previews of real videos and pictures, drawn in real children; and a real task's whole deletion."""

import asyncio
import datetime as dt
import io
import os
import pathlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import av
import numpy as np
import pytest
from PIL import Image

from fakes import VAULT
from reelgate.core.errors import ServerBusy, StorageUnavailable, TaskUnknown
from reelgate.core.task import (
    Artifact,
    ArtifactKind,
    Input,
    Mode,
    Role,
    State,
    StoredSource,
    TaskSpec,
)
from reelgate.kit.children import ChildPool
from reelgate.media.previews import draw_spritesheet, to_webp
from reelgate.objects.disk import DiskStore
from reelgate.objects.links import LinkKeys
from reelgate.service.delete import delete
from reelgate.service.gateway import Gateway
from reelgate.service.inputs import discard_inputs, store_inputs
from reelgate.service.previews import find_preview
from reelgate.service.query import find_task, page_tasks, slice_tasks
from reelgate.service.task_cache import TaskCache
from reelgate.store.accounts import Principal, create_account, load_balance
from reelgate.store.database import Database
from reelgate.store.files import unclaimed_files
from reelgate.store.tasks import (
    Ending,
    NewTask,
    accept_task,
    begin_task,
    delete_task,
    find_artifact,
    finish_task,
    load_task,
)
from videos import picture

if TYPE_CHECKING:
    from reelgate.core.catalogue import Catalogue
    from reelgate.kit.fetch import FetchRules

FRAMES = 96


@pytest.fixture(scope="module")
async def children() -> AsyncIterator[ChildPool]:
    pool = ChildPool()
    yield pool
    await pool.close()


def write_video(path: pathlib.Path, *, width: int = 128, height: int = 72) -> None:
    """Write four seconds that go from black to white, with a key frame each second."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=24, options={"g": "24", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(FRAMES):
            grey = np.full((height, width, 3), number * 255 // (FRAMES - 1), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(stream.encode())


async def test_a_sheet_shows_the_video_from_left_to_right_and_down(tmp_path: pathlib.Path, children: ChildPool) -> None:
    """Sixteen frames at even distances, each the one of its time."""
    write_video(tmp_path / "a.mp4")
    sheet = Image.open(io.BytesIO(await draw_spritesheet(tmp_path / "a.mp4", children=children)))
    assert (sheet.format, sheet.size) == ("JPEG", (1280, 720))
    grey = sheet.convert("L")
    shown = [grey.getpixel((number % 4 * 320 + 160, number // 4 * 180 + 90)) for number in range(16)]
    wanted = [number * FRAMES // 16 * 255 / (FRAMES - 1) for number in range(16)]
    assert shown == pytest.approx(wanted, abs=4)


async def test_a_tall_video_has_a_tall_sheet(tmp_path: pathlib.Path, children: ChildPool) -> None:
    """Tiles keep the video's shape."""
    write_video(tmp_path / "a.mp4", width=72, height=128)
    sheet = Image.open(io.BytesIO(await draw_spritesheet(tmp_path / "a.mp4", children=children)))
    assert sheet.size == (720, 1280)


async def test_a_thumbnail_becomes_webp(tmp_path: pathlib.Path, children: ChildPool) -> None:
    """Of the same size and look."""
    (tmp_path / "a.jpg").write_bytes(picture(640, 360))
    webp = Image.open(io.BytesIO(await to_webp(tmp_path / "a.jpg", children=children)))
    assert (webp.format, webp.size) == ("WEBP", (640, 360))
    difference = np.asarray(webp.convert("RGB"), float) - np.asarray(Image.open(tmp_path / "a.jpg"), float)
    assert np.abs(difference).mean() < 3


async def test_files_that_are_not_what_they_were_are_the_store_s_fault(
    tmp_path: pathlib.Path, children: ChildPool
) -> None:
    """A caller cannot mend them."""
    (tmp_path / "a").write_bytes(b"nothing that was stored")
    for draw in (to_webp, draw_spritesheet):
        with pytest.raises(StorageUnavailable):
            await draw(tmp_path / "a", children=children)


async def test_a_closed_pool_is_a_busy_server(tmp_path: pathlib.Path) -> None:
    """Nothing is said about the file."""
    pool = ChildPool()
    await pool.close()
    with pytest.raises(ServerBusy):
        await to_webp(tmp_path / "a", children=pool)


NO_AGE = dt.timedelta(0)


@pytest.fixture
async def gateway(database: Database, tmp_path: pathlib.Path, children: ChildPool) -> AsyncIterator[Gateway]:
    objects = DiskStore(tmp_path / "objects")
    yield Gateway(
        database=database,
        objects=objects,
        catalogue=cast("Catalogue", None),  # neither previews nor deletion ask it
        capabilities={},
        tasks=TaskCache(database),
        children=children,
        fetch_rules=cast("FetchRules", None),  # nothing is fetched
        link_keys=LinkKeys.load([bytes(32)]),
        vault=VAULT,
        public_url="https://gate.example",
        clock=lambda: dt.datetime.now(dt.UTC),
        random=os.urandom,
    )
    await objects.close()


async def owner(gateway: Gateway, name: str = "me") -> Principal:
    account_id = await create_account(gateway.database, uuid.uuid4(), name, gateway.clock())
    return Principal(key_id=uuid.uuid4(), account_id=account_id, account=name)


async def accepted(gateway: Gateway, principal: Principal) -> NewTask:
    """Accept a free task with an input."""
    stored = await gateway.objects.put_bytes("inputs/a.jpg", picture(), "image/jpeg")
    source = StoredSource(
        object_key="inputs/a.jpg",
        media_type="image/jpeg",
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        width_px=640,
        height_px=360,
    )
    spec = TaskSpec(
        mode=Mode.IMAGE_TO_VIDEO,
        model="animatic",
        prompt="a boat",
        seed=7,
        inputs=(Input(role=Role.FIRST_FRAME, source=source, field="image"),),
    )
    now = gateway.clock()
    new = NewTask(
        id=uuid.uuid4(),
        account_id=principal.account_id,
        dialect="openai",
        spec=spec,
        engine="animatic",
        price_microcredits=0,
        created_at=now,
        deadline_at=now + dt.timedelta(hours=1),
    )
    assert isinstance(await accept_task(gateway.database, new), int)
    return new


async def finished(gateway: Gateway, principal: Principal, folder: pathlib.Path) -> tuple[Artifact, Artifact]:
    """Make a task with a video and a thumbnail; return both."""
    new = await accepted(gateway, principal)
    write_video(folder / "video.mp4")
    (folder / "thumbnail.jpg").write_bytes(picture())
    made = []
    for kind, name, media_type in (
        (ArtifactKind.VIDEO, "video.mp4", "video/mp4"),
        (ArtifactKind.THUMBNAIL, "thumbnail.jpg", "image/jpeg"),
    ):
        key = f"tasks/{new.id.hex}/2/{name}"
        stored = await gateway.objects.put_file(key, folder / name, media_type)
        artifact = Artifact(
            id=uuid.uuid4(),
            task_id=new.id,
            kind=kind,
            sample=0,
            object_key=key,
            media_type=media_type,
            size_bytes=stored.size_bytes,
            sha256=stored.sha256,
            duration_s=4.0,
            created_at=gateway.clock(),
        )
        made.append(artifact)
    task = await load_task(gateway.database, new.id)
    assert task
    taken = await begin_task(gateway.database, task, gateway.clock())
    assert taken
    ending = Ending(state=State.SUCCEEDED, completed_at=gateway.clock(), artifacts=tuple(made))
    assert await finish_task(gateway.database, new.id, taken.version, ending)
    return made[0], made[1]


async def test_previews_are_drawn_once(gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """The second request is answered from the store, under the same tag."""
    video, thumbnail = await finished(gateway, await owner(gateway), tmp_path)
    first = [await find_preview(gateway, video), await find_preview(gateway, thumbnail)]
    assert [preview.media_type for preview in first] == ["image/jpeg", "image/webp"]
    closed = ChildPool()
    await closed.close()
    undrawn = replace(gateway, children=closed)
    assert [await find_preview(undrawn, video), await find_preview(undrawn, thumbnail)] == first
    for preview in first:
        assert await gateway.objects.size_bytes(preview.object_key) == preview.size_bytes


async def test_a_preview_of_a_lost_file_is_refused(gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """Nothing is stored for it."""
    video, _ = await finished(gateway, await owner(gateway), tmp_path)
    await gateway.objects.delete(video.object_key)
    with pytest.raises(StorageUnavailable):
        await find_preview(gateway, video)


async def test_a_deleted_task_is_gone_with_its_files(gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """No list, link or preview leads to it any more, and no file of it stays."""
    me = await owner(gateway)
    artifacts = await finished(gateway, me, tmp_path)
    task_id = artifacts[0].task_id
    for artifact in artifacts:
        await find_preview(gateway, artifact)
    await delete(gateway, me, task_id)
    with pytest.raises(TaskUnknown):
        await find_task(gateway, me, task_id)
    with pytest.raises(TaskUnknown):
        await delete(gateway, me, task_id)
    assert (await page_tasks(gateway, me, states=None, limit=9, offset=0)).total == 0
    assert (await slice_tasks(gateway, me, start=None, oldest_first=False, limit=9)).tasks == ()
    assert [await find_artifact(gateway.database, artifact.id) for artifact in artifacts] == [None, None]
    assert [path for path in (tmp_path / "objects").rglob("*") if path.is_file()] == []
    assert await unclaimed_files(gateway.database, NO_AGE) == ()


async def test_a_live_task_is_canceled_before_it_is_deleted(gateway: Gateway) -> None:
    """Its worker finds nothing left to do."""
    me = await owner(gateway)
    new = await accepted(gateway, me)
    await delete(gateway, me, new.id)
    state = await gateway.database.fetchval("SELECT state FROM tasks WHERE id = $1", new.id)
    assert state == "canceled"
    assert await load_balance(gateway.database, me.account_id) == (0, 0)
    assert await load_task(gateway.database, new.id) is None


async def test_somebody_else_s_task_cannot_be_deleted(gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """It is answered as one that does not exist, and stays."""
    me = await owner(gateway)
    video, _ = await finished(gateway, me, tmp_path)
    with pytest.raises(TaskUnknown):
        await delete(gateway, await owner(gateway, "stranger"), video.task_id)
    (kept,) = (await find_task(gateway, me, video.task_id)).files(ArtifactKind.VIDEO)
    assert kept.id == video.id


async def test_the_statement_itself_spares_live_and_foreign_tasks(gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """Whatever a caller has looked up before: the database decides."""
    me, stranger = await owner(gateway), await owner(gateway, "stranger")
    live = await accepted(gateway, me)
    video, _ = await finished(gateway, me, tmp_path)
    for task_id, account_id in ((live.id, me.account_id), (video.task_id, stranger.account_id)):
        assert not await delete_task(gateway.database, task_id, account_id, ["x"], gateway.clock())
    assert await unclaimed_files(gateway.database, NO_AGE) == ()


async def test_one_of_many_deletions_wins(gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """The others find no task."""
    me = await owner(gateway)
    video, _ = await finished(gateway, me, tmp_path)
    ends = await asyncio.gather(*(delete(gateway, me, video.task_id) for _ in range(5)), return_exceptions=True)
    assert sorted(type(end).__name__ for end in ends) == ["NoneType", *["TaskUnknown"] * 4]


async def test_a_task_that_takes_over_a_spec_has_its_own_pictures(gateway: Gateway) -> None:
    """Deleting one of the two leaves the other whole; another task's video is only pointed at, and never discarded."""
    spec = (await accepted(gateway, await owner(gateway))).spec
    (first,) = spec.inputs
    assert isinstance(first.source, StoredSource)
    pointed = replace(first, source=replace(first.source, object_key="tasks/a/1/video-0.mp4"))
    await gateway.objects.put_bytes("tasks/a/1/video-0.mp4", b"clip", "video/mp4")
    taken = await store_inputs(gateway, replace(spec, inputs=(first, pointed)))
    copy, same = taken.inputs
    assert isinstance(copy.source, StoredSource)
    assert copy.source.object_key != first.source.object_key
    assert replace(copy.source, object_key=first.source.object_key) == first.source
    assert same == pointed
    await discard_inputs(gateway, taken)
    sizes = [await gateway.objects.size_bytes(key) for key in (copy.source.object_key, "tasks/a/1/video-0.mp4")]
    assert sizes == [None, 4]
    assert await gateway.objects.size_bytes(first.source.object_key) == first.source.size_bytes


async def test_slices_follow_each_other_in_both_orders(gateway: Gateway) -> None:
    """Each task is met once, from either end, whatever was deleted in between."""
    me = await owner(gateway)
    await accepted(gateway, await owner(gateway, "stranger"))
    made = sorted([(await accepted(gateway, me)).id for _ in range(5)])
    for oldest_first in (True, False):
        met: list[uuid.UUID] = []
        more = True
        while more:
            part = await slice_tasks(gateway, me, start=met[-1] if met else None, oldest_first=oldest_first, limit=2)
            met += [task.id for task in part.tasks]
            more = part.has_more
        assert met == (made if oldest_first else made[::-1])
    await delete(gateway, me, made[2])
    rest = await slice_tasks(gateway, me, start=made[2], oldest_first=True, limit=2)
    assert ([task.id for task in rest.tasks], rest.has_more) == (made[3:], False)
