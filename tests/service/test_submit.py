"""Accepting, canceling and reading tasks: money, pictures, and what stays of a request that is refused."""

import asyncio
import datetime as dt
import os
import pathlib
import uuid
from dataclasses import replace
from typing import Any

import pytest

from fakes import (
    CAPABILITIES,
    FIRST,
    PRICE,
    VAULT,
    TroubledDatabase,
    age_files,
    files_in,
    load_catalogue,
    lose,
    make_spec,
    open_account,
    put_task,
    write_video,
)
from reelgate.core.errors import (
    CreditsInsufficient,
    DatabaseUnavailable,
    FieldsInvalid,
    InputTooLarge,
    InputUnreachable,
    InputUnreadable,
    ModeUnavailable,
    PromptInvalid,
    ReelgateError,
    StorageFull,
    TaskFinished,
    TaskUnknown,
)
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES
from reelgate.core.task import AspectRatio, Failure, InlineSource, Input, Mode, Role, State, StoredSource, UrlSource
from reelgate.kit.children import ChildPool
from reelgate.kit.fetch import FetchRules
from reelgate.objects.disk import DiskStore
from reelgate.objects.links import LinkKeys
from reelgate.objects.store import Stored
from reelgate.service import credit
from reelgate.service.cancel import cancel
from reelgate.service.gateway import Gateway
from reelgate.service.query import find_task, page_tasks
from reelgate.service.submit import Submission, submit
from reelgate.service.task_cache import TaskCache
from reelgate.store.accounts import Principal, find_key, load_balance
from reelgate.store.database import Database
from reelgate.store.statements import TASKS
from reelgate.store.tasks import Ending, finish_task, load_task
from reelgate.worker.sweep import sweep
from reelgate.worker.workshop import Workshop
from videos import picture


@pytest.fixture
async def principal(database: Database) -> Principal:
    """Somebody who can pay for two tasks."""
    return await open_account(database, 2 * PRICE)


@pytest.fixture
def gateway(database: Database, objects: DiskStore, real_children: ChildPool) -> Gateway:
    """A gateway over the real database; nothing may be fetched."""
    return Gateway(
        database=database,
        objects=objects,
        catalogue=load_catalogue(),
        capabilities={"animatic": CAPABILITIES},
        tasks=TaskCache(database),
        children=real_children,
        fetch_rules=FetchRules(),
        link_keys=LinkKeys.load([bytes(32)]),
        vault=VAULT,
        public_url="http://gate.example",
        clock=lambda: dt.datetime.now(dt.UTC),
        random=os.urandom,
    )


def ask(*inputs: Input, **changes: Any) -> Submission:
    mode = Mode.IMAGE_TO_VIDEO if inputs else Mode.TEXT_TO_VIDEO
    spec = make_spec(**({"mode": mode, "inputs": inputs, "duration_s": 8, "seed": None} | changes))
    return Submission(dialect="veo4api", spec=spec, field_names={}, mode_field="extend_task_id")


def inline(content: bytes, file_name: str | None = None, field: str = "image") -> Input:
    return Input(role=FIRST, source=InlineSource(content=content, file_name=file_name), field=field)


def at_url(url: str) -> Input:
    return Input(role=FIRST, source=UrlSource(url=url), field="image_urls[0]")


async def assert_nothing_stays(gateway: Gateway, principal: Principal, tmp_path: pathlib.Path) -> None:
    assert await gateway.database.fetchval("SELECT count(*) FROM tasks") == 0
    assert await gateway.database.fetchval("SELECT count(*) FROM pgqueuer") == 0
    assert await gateway.database.fetchval("SELECT count(*) FROM transfers WHERE kind <> 'grant'") == 0
    assert (await load_balance(gateway.database, principal.account_id))[1] == 0
    assert files_in(tmp_path / "objects") == {}


async def test_an_accepted_task_is_there(gateway: Gateway, principal: Principal) -> None:
    """With its price reserved, a seed and a wake-up."""
    accepted = await submit(gateway, principal, ask())
    assert accepted.available_microcredits == PRICE
    task = await find_task(gateway, principal, accepted.task.id)
    assert task == accepted.task
    assert task.spec.seed is not None
    assert await load_balance(gateway.database, principal.account_id) == (PRICE, PRICE)
    assert await gateway.database.fetchval("SELECT count(*) FROM pgqueuer") == 1


async def test_a_picture_is_stored_with_its_task(
    gateway: Gateway, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """Whatever its file is called, NUL and all; the sweep never takes it."""
    photo = picture(form="PNG")
    accepted = await submit(gateway, principal, ask(inline(photo, "a\0b\n.png")))
    (item,) = accepted.task.spec.inputs
    assert isinstance(item.source, StoredSource)
    assert (item.source.file_name, item.source.media_type) == ("ab.png", "image/png")
    assert files_in(tmp_path / "objects") == {item.source.object_key: photo}
    stored = await load_task(gateway.database, accepted.task.id)
    assert stored
    assert stored.spec == accepted.task.spec
    assert await gateway.database.fetchval("SELECT count(*) FROM unclaimed_files") == 0


@pytest.mark.parametrize(
    ("submission", "error"),
    [
        (ask(prompt=""), PromptInvalid),
        (ask(prompt="a\0"), PromptInvalid),
        (ask(duration_s=7), FieldsInvalid),
        (ask(mode=Mode.EXTEND), ModeUnavailable),
        (ask(inline(b"%PDF-1.7")), InputUnreadable),
        (ask(inline(b"")), InputUnreadable),
        (ask(inline(picture(form="PNG")[:-200])), InputUnreadable),
        (ask(inline(bytes(IMAGE_SIZE_MAX_BYTES + 1))), InputTooLarge),
        (ask(at_url("http://127.0.0.1:9/x.png")), InputUnreachable),
        (ask(at_url("http://localhost/x.png")), InputUnreachable),
        (ask(at_url("ftp://example.org/x.png")), InputUnreachable),
        (ask(at_url("data:image/png;base64,%%%")), InputUnreadable),
        (ask(at_url("DATA:image/png;base64,aGVsbG8=")), InputUnreadable),
        (ask(at_url("data:image/png;base64," + "A" * 27_000_000)), InputTooLarge),
        (ask(inline(picture(form="PNG")), inline(b"nonsense", field="image[1]")), InputUnreadable),
    ],
    ids=lambda value: "" if isinstance(value, Submission) else value.__name__,
)
async def test_a_refused_request_leaves_nothing(
    gateway: Gateway, principal: Principal, tmp_path: pathlib.Path, submission: Submission, error: type[ReelgateError]
) -> None:
    """No task, no charge, no file."""
    with pytest.raises(error):
        await submit(gateway, principal, submission)
    await assert_nothing_stays(gateway, principal, tmp_path)


async def test_the_field_that_is_wrong_is_named(gateway: Gateway, principal: Principal) -> None:
    """By its place, when there are several."""
    with pytest.raises(InputUnreadable) as caught:
        await submit(gateway, principal, ask(inline(picture(form="PNG")), inline(b"nonsense", field="image[1]")))
    assert caught.value.field == "image[1]"


async def test_without_credits_no_picture_is_looked_at(gateway: Gateway, tmp_path: pathlib.Path) -> None:
    """Nor fetched: a request that cannot be paid costs the server nothing."""
    poor = await open_account(gateway.database, PRICE - 1, "poor")
    for item in (inline(b"nonsense"), at_url("http://127.0.0.1:9/x.png")):
        with pytest.raises(CreditsInsufficient) as caught:
            await submit(gateway, poor, ask(item))
        assert (caught.value.required_microcredits, caught.value.available_microcredits) == (PRICE, PRICE - 1)
    with pytest.raises(CreditsInsufficient):
        await submit(gateway, poor, ask())
    await assert_nothing_stays(gateway, poor, tmp_path)


async def test_racing_requests_get_what_the_balance_holds(
    gateway: Gateway, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """Eight requests with a picture each race for two prices: the files of six are removed again."""
    photo = picture(64, 36, "PNG")
    answers = await asyncio.gather(
        *(submit(gateway, principal, ask(inline(photo))) for _ in range(8)), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, CreditsInsufficient)]
    assert len(refused) == 6
    assert {error.required_microcredits for error in refused} == {PRICE}
    assert await load_balance(gateway.database, principal.account_id) == (0, 2 * PRICE)
    assert len(files_in(tmp_path / "objects")) == 2
    assert await gateway.database.fetchval("SELECT count(*) FROM unclaimed_files") == 0


async def test_credits_that_come_back_in_between(
    gateway: Gateway, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """They were spent while the picture was looked at, and are there again when it is asked why."""
    database = TroubledDatabase(gateway.database)
    tasks: list[uuid.UUID] = []

    async def spend() -> None:
        tasks.extend([await put_task(gateway.database, principal) for _ in range(2)])

    async def give_back() -> None:
        for task_id in tasks:
            await cancel(gateway, principal, task_id)

    database.before[TASKS["accept_task"]] = [spend]
    database.after[TASKS["accept_task"]] = [give_back]
    with pytest.raises(CreditsInsufficient):
        await submit(replace(gateway, database=database), principal, ask(inline(picture(form="PNG"))))
    assert files_in(tmp_path / "objects") == {}
    assert await load_balance(gateway.database, principal.account_id) == (2 * PRICE, 0)


@pytest.mark.parametrize("written", [False, True])
async def test_an_answer_that_is_lost_keeps_the_files_of_an_accepted_task(
    gateway: Gateway, workshop: Workshop, principal: Principal, tmp_path: pathlib.Path, *, written: bool
) -> None:
    """Whether the task was accepted is not known; the sweep finds out a day later."""
    database = TroubledDatabase(gateway.database)
    (database.after if written else database.before)[TASKS["accept_task"]] = [lose]
    with pytest.raises(DatabaseUnavailable):
        await submit(replace(gateway, database=database), principal, ask(inline(picture(form="PNG"))))
    assert len(files_in(tmp_path / "objects")) == 1
    assert await gateway.database.fetchval("SELECT count(*) FROM tasks") == int(written)
    await age_files(workshop.database)
    await sweep(workshop)
    assert len(files_in(tmp_path / "objects")) == int(written)


class BrokenStore(DiskStore):
    """Takes one file and removes none."""

    room = 1

    async def put_bytes(self, key: str, content: bytes, media_type: str) -> Stored:
        """Take one."""
        self.room -= 1
        if self.room < 0:
            raise StorageFull("There is no room left to store files.")
        return await super().put_bytes(key, content, media_type)

    async def delete(self, key: str) -> None:
        """Fail."""
        raise StorageFull("There is no room left to store files.")


async def test_a_store_that_fails_is_tidied_up_later(
    gateway: Gateway, workshop: Workshop, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """The first picture was stored, the second not; the trouble of removing it hides nothing."""
    broken = BrokenStore(tmp_path / "objects")
    photo = picture(form="PNG")
    with pytest.raises(StorageFull):
        await submit(replace(gateway, objects=broken), principal, ask(inline(photo), inline(photo)))
    await broken.close()
    assert len(files_in(tmp_path / "objects")) == 1
    await age_files(workshop.database)
    await sweep(workshop)
    await assert_nothing_stays(gateway, principal, tmp_path)


async def test_a_request_that_is_cut_off_leaves_nothing(
    gateway: Gateway, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """The server stops while the second picture is looked at."""
    stored = asyncio.Event()

    class Watched(DiskStore):
        async def put_bytes(self, key: str, content: bytes, media_type: str) -> Stored:
            if stored.is_set():
                await asyncio.Event().wait()
            done = await super().put_bytes(key, content, media_type)
            stored.set()
            return done

    watched = Watched(tmp_path / "objects")
    photo = picture(form="PNG")
    asking = asyncio.create_task(
        submit(replace(gateway, objects=watched), principal, ask(inline(photo), inline(photo)))
    )
    await stored.wait()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await watched.close()
    await assert_nothing_stays(gateway, principal, tmp_path)


async def test_a_queued_task_is_canceled_at_once(gateway: Gateway, principal: Principal) -> None:
    """The call may be repeated; the credits return once."""
    accepted = await submit(gateway, principal, ask())
    for _ in range(2):
        assert (await cancel(gateway, principal, accepted.task.id)).state is State.CANCELED
    assert await load_balance(gateway.database, principal.account_id) == (2 * PRICE, 0)


async def test_an_ended_task_is_not_canceled(gateway: Gateway, principal: Principal) -> None:
    """Even when the caller's server remembers it as live."""
    task_id = await put_task(gateway.database, principal)
    gateway.tasks.set_hearing(hearing=True)
    assert not (await find_task(gateway, principal, task_id)).completed_at
    failure = Failure(code="engine_failed", message="It broke.")
    ending = Ending(state=State.FAILED, completed_at=gateway.clock(), failure=failure)
    assert await finish_task(gateway.database, task_id, None, ending)
    with pytest.raises(TaskFinished, match="failed"):
        await cancel(gateway, principal, task_id)


async def test_somebody_else_s_task_does_not_exist(gateway: Gateway, principal: Principal) -> None:
    """Reading, canceling and listing say the same as for an id that never was, cached or not."""
    gateway.tasks.set_hearing(hearing=True)
    task_id = await put_task(gateway.database, principal)
    await find_task(gateway, principal, task_id)
    stranger = await open_account(gateway.database, 0, "stranger")
    said = set()
    for wrong in (task_id, uuid.UUID(int=0)):
        for use in (find_task, cancel):
            with pytest.raises(TaskUnknown) as caught:
                await use(gateway, stranger, wrong)
            said.add(str(caught.value))
    assert len(said) == 1
    page = await page_tasks(gateway, stranger, states=None, limit=10, offset=0)
    assert (page.tasks, page.total) == ((), 0)
    assert (await find_task(gateway, principal, task_id)).state is State.QUEUED


async def test_a_key_is_issued_with_its_credits(database: Database) -> None:
    """Several that are made at the same time for a new account share it, and its balance."""
    now = dt.datetime.now(dt.UTC)
    issued = await asyncio.gather(
        *(credit.issue_key(database, "new", credits_granted=10, now=now, random=os.urandom) for _ in range(8))
    )
    assert len({key.key for key in issued}) == 8
    principals = [await find_key(database, credit.digest(key.key)) for key in issued]
    assert len({principal.account_id for principal in principals if principal}) == 1
    account_id = principals[0].account_id if principals[0] else uuid.UUID(int=0)
    assert await load_balance(database, account_id) == (80_000_000, 0)


@pytest.mark.parametrize(("account", "granted"), [("", 1), ("x" * 101, 1), ("a\0", 1), ("a", -1), ("a", 10**18)])
async def test_a_key_that_cannot_be_is_not_issued(database: Database, account: str, granted: int) -> None:
    """What the database would refuse is said in words, before anything is written."""
    with pytest.raises(FieldsInvalid):
        await credit.issue_key(
            database, account, credits_granted=granted, now=dt.datetime.now(dt.UTC), random=os.urandom
        )
    assert await database.fetchval("SELECT count(*) FROM accounts") == 0


def video_input(content: bytes) -> Input:
    return Input(role=Role.SOURCE_VIDEO, source=InlineSource(content=content, file_name="a.mp4"), field="video")


def extension(content: bytes, *, wire: str = "gemini", **changes: Any) -> Submission:
    spec = make_spec(
        **({"mode": Mode.EXTEND, "model": "veo-3.1", "inputs": (video_input(content),), "duration_s": 8} | changes)
    )
    return Submission(dialect=wire, spec=spec, field_names={}, mode_field="video", shape_open=True)


@pytest.fixture
def extender(gateway: Gateway) -> Gateway:
    """A gateway whose engine extends videos."""
    able = replace(CAPABILITIES, modes=CAPABILITIES.modes | {Mode.EXTEND})
    return replace(gateway, capabilities={"animatic": able})


async def test_a_video_is_stored_with_its_task(extender: Gateway, database: Database, tmp_path: pathlib.Path) -> None:
    """As it came, with its length; what is made of it has its shape, and the model's seconds are added."""
    rich = await open_account(database, 10**10)
    clip = write_video(tmp_path / "tall.mp4", width=180, height=320).read_bytes()
    task = (await submit(extender, rich, extension(clip))).task
    source = task.spec.source_video
    assert source
    assert (source.media_type, source.width_px, source.height_px, source.duration_s) == ("video/mp4", 180, 320, 1.0)
    assert files_in(tmp_path / "objects") == {source.object_key: clip}
    assert (task.spec.aspect_ratio, task.spec.extension_s) == (AspectRatio.TALL, 7)
    stored = await load_task(database, task.id)
    assert stored
    assert stored.spec == task.spec


async def test_a_video_of_a_wrong_length_is_not_kept(
    extender: Gateway, database: Database, tmp_path: pathlib.Path
) -> None:
    """Vertex extends 1 to 30 seconds; the answer says so, and nothing is charged or stays."""
    rich = await open_account(database, 10**10)
    clip = write_video(tmp_path / "long.mp4", width=32, height=18, duration_s=31, audio=False).read_bytes()
    with pytest.raises(FieldsInvalid, match="video: must last 1 to 30 s, as 7 s are added to it, not 31 s"):
        await submit(extender, rich, extension(clip, wire="vertex"))
    await assert_nothing_stays(extender, rich, tmp_path)


async def test_what_is_no_video_is_not_kept(extender: Gateway, database: Database, tmp_path: pathlib.Path) -> None:
    """A picture in its place is refused by its field."""
    rich = await open_account(database, 10**10)
    with pytest.raises(InputUnreadable, match="video: is a picture"):
        await submit(extender, rich, extension(picture(form="PNG")))
    await assert_nothing_stays(extender, rich, tmp_path)
