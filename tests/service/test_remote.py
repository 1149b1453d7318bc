"""Tasks whose engine is reached over HTTP, step by step against a stand-in that misbehaves on demand."""

import asyncio
import datetime as dt
import pathlib
from collections.abc import AsyncIterator
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from fakes import PRICE, files_in, open_account
from faraway import ENGINE, Clock, assert_ended, drive, loaded, make_pool, put, repeatable, step, with_pools
from reelgate.core.pricing import price_charged
from reelgate.core.task import ArtifactKind, Resolution, State
from reelgate.engines.openai_videos import engine
from reelgate.service.query import expected_wait_s
from reelgate.store.accounts import Principal, load_balance
from reelgate.store.tasks import Ending, finish_task
from reelgate.store.upstream import credential_states, finish_job, open_job
from reelgate.worker import patience, send
from reelgate.worker.remote import advance_remote
from reelgate.worker.send import Sender
from reelgate.worker.workshop import Workshop
from standin import Reply, StandIn, drip, flood, hang, lose, mislabel, openai_videos, reset, says, truncate

if TYPE_CHECKING:
    from reelgate.service.gateway import Gateway


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in earnest for what never comes."""
    monkeypatch.setattr(patience, "TRY_AGAIN_S", 0.02)
    monkeypatch.setattr(patience, "TRY_FOR_S", 0.1)
    monkeypatch.setattr(send, "READ_S", 0.3)
    monkeypatch.setattr(engine, "CONTENT_S", 1.0)
    monkeypatch.setattr(engine, "CONTENT_MAX_BYTES", 5_000_000)


@pytest.fixture
async def principal(workshop: Workshop) -> Principal:
    """Somebody who can pay for four tasks."""
    return await open_account(workshop.database, 4 * PRICE)


@pytest.fixture
def content(video: pathlib.Path) -> bytes:
    """What the upstream makes."""
    return video.read_bytes()


@pytest.fixture
async def upstream(content: bytes) -> AsyncIterator[StandIn]:
    """A server of the OpenAI Videos wire."""
    async with openai_videos(content).serve() as standin:
        yield standin


@pytest.fixture
async def far(workshop: Workshop, upstream: StandIn) -> AsyncIterator[Workshop]:
    """A workshop whose only engine is far away."""
    async with Sender() as sender:
        yield with_pools(workshop, sender, make_pool(upstream))


async def test_success(
    far: Workshop, upstream: StandIn, principal: Principal, content: bytes, tmp_path: pathlib.Path
) -> None:
    """Submit, look, look, fetch, store, charge; the credential goes along with every call."""
    task_id = await put(far, principal, seed=7)
    await step(far, task_id)
    task = await loaded(far, task_id)
    assert (task.state, task.phase, task.engine) == (State.PROCESSING, "running", ENGINE)
    task = await drive(far, task_id)
    assert (task.state, task.progress, task.failure) == (State.SUCCEEDED, 100, None)
    (made,) = task.files(ArtifactKind.VIDEO)
    assert files_in(tmp_path / "objects")[made.object_key] == content
    assert files_in(tmp_path / "objects")[task.files(ArtifactKind.THUMBNAIL)[0].object_key].startswith(b"\xff\xd8\xff")
    assert await load_balance(far.database, principal.account_id) == (3 * PRICE, 0)
    assert [len(upstream.of_kind(kind)) for kind in ("submit", "poll", "content", "cancel")] == [1, 2, 1, 0]
    assert {r.headers["authorization"] for r in upstream.requests} == {"Bearer secret-of-the-upstream"}
    (submit,) = upstream.of_kind("submit")
    for name, value in {"prompt": "a boat", "seconds": "1", "size": "1280x720", "model": "wan", "seed": "7"}.items():
        assert f'name="{name}"\r\n\r\n{value}\r\n'.encode() in submit.body
    assert (submit.headers["x-reelgate-hops"], len(submit.headers["idempotency-key"])) == ("1", 34)
    await assert_ended(far, principal, task, tmp_path)


async def test_what_is_not_as_asked_is_kept_and_said(far: Workshop, principal: Principal) -> None:
    """An upstream's video of another length is no loss, but no secret either."""
    task = await drive(far, await put(far, principal, duration_s=2, audio=False))
    assert task.state is State.SUCCEEDED
    assert task.understanding
    assert task.understanding.approximated == ("length: 1.0 s instead of 2 s", "sound: it has some")


@pytest.mark.parametrize(("asked_s", "due"), [(1, PRICE // 4), (2, PRICE // 4), (4, PRICE // 4)])
async def test_seconds_that_were_not_delivered_are_not_charged(
    far: Workshop, principal: Principal, asked_s: int, due: int
) -> None:
    """What counts is the stored file, which lasts one second whatever was asked for; the rest returns."""
    before, _ = await load_balance(far.database, principal.account_id)
    task = await drive(far, await put(far, principal, rates={Resolution.P720: PRICE // 4}, duration_s=asked_s))
    assert task.state is State.SUCCEEDED
    assert price_charged(task) == due
    assert await load_balance(far.database, principal.account_id) == (before - due, 0)


@pytest.mark.parametrize(
    "mischief",
    [
        says(Reply.of({"error": {"message": "slow down"}}, 429, retry_after="3")),
        says(Reply.of({"error": {"message": "slow down"}}, 429)),
        says(Reply.of({"error": {"message": "oh no"}}, 500)),
        says(Reply.of({}, 503)),
        says(Reply.of({"error": {"message": "wrong key"}}, 401)),
        says(Reply.of({"detail": "Not Found"}, 404)),
    ],
    ids=["429 with Retry-After", "429", "500", "503", "401", "404"],
)
async def test_a_submit_that_was_not_taken_in_is_made_again(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path, mischief: object
) -> None:
    """The task waits for its credential to rest, and the client hears nothing of it."""
    upstream.mischief["submit"] = [mischief, mischief]  # type: ignore[list-item] # a parameter
    task = await drive(far, await put(far, principal))
    assert task.state is State.SUCCEEDED
    assert len(upstream.of_kind("submit")) == 3
    (known,) = await credential_states(far.database)
    assert (known.troubles, known.resume_at) == (0, None)
    await assert_ended(far, principal, task, tmp_path)


async def test_retry_after_is_kept(far: Workshop, upstream: StandIn, principal: Principal) -> None:
    """No submit is made before the time that the upstream named."""
    upstream.mischief["submit"] = [says(Reply.of({}, 429, retry_after="40"))]
    clock = far.clock
    assert isinstance(clock, Clock)
    begun = clock.now
    task_id = await put(far, principal)
    while len(upstream.of_kind("submit")) < 2:
        await step(far, task_id)
    assert clock.now - begun >= dt.timedelta(seconds=40)


@pytest.mark.parametrize("mischief", [lose, hang, reset], ids=["lost", "hang", "reset"])
async def test_a_submit_whose_answer_was_lost_is_not_made_again(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path, mischief: object
) -> None:
    """Nobody knows whether a video is being made: the credits are held until it must have ended, then they return."""
    upstream.mischief["submit"] = [mischief]  # type: ignore[list-item] # a parameter
    task_id = await put(far, principal)
    await step(far, task_id)
    assert await load_balance(far.database, principal.account_id) == (3 * PRICE, PRICE)
    task = await drive(far, task_id, steps_max=200)
    assert task.failure
    assert (task.state, task.failure.code) == (State.FAILED, "engine_lost")
    assert len(upstream.of_kind("submit")) == 1
    await assert_ended(far, principal, task, tmp_path)


async def test_a_lost_answer_does_no_harm_where_creates_may_be_repeated(
    workshop: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """The same reference goes out again, so the server knows it for the same request."""
    upstream.mischief["submit"] = [lose]
    async with Sender() as sender:
        far = with_pools(workshop, sender, repeatable(make_pool(upstream)))
        task = await drive(far, await put(far, principal))
    assert task.state is State.SUCCEEDED
    keys = [request.headers["idempotency-key"] for request in upstream.of_kind("submit")]
    assert len(keys) == 2
    assert len(set(keys)) == 1
    await assert_ended(far, principal, task, tmp_path)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply.of({"error": {"code": "moderation_blocked", "message": "not that"}}, 400), "not that"),
        (Reply.of({"error": {"message": "bad size"}}, 400), "The engine refused: bad size"),
        (Reply.of({"detail": "seconds"}, 422), "The engine refused: seconds"),
        (Reply(status=413, body=b"<html>big"), "The engine refused: <html>big"),
    ],
)
async def test_what_an_upstream_refuses_for_good_fails(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path, reply: Reply, said: str
) -> None:
    """With the upstream's own words, and no second try."""
    upstream.mischief["submit"] = [says(reply)]
    task = await drive(far, await put(far, principal))
    assert task.failure
    assert (task.failure.code, task.failure.message) == ("engine_refused", said)
    assert len(upstream.of_kind("submit")) == 1
    await assert_ended(far, principal, task, tmp_path)


@pytest.mark.parametrize(
    "mischief",
    [
        says(Reply.of({}, 429, retry_after="2")),
        says(Reply.of({}, 500)),
        says(Reply(status=502, body=b"bad gateway")),
        says(Reply.of({"id": "video_1", "status": "dreaming"})),
        says(Reply(body=b"<html>", media_type="text/html")),
        lose,
        hang,
        reset,
        flood,
    ],
    ids=["429", "500", "502", "unknown status", "no JSON", "lost", "hang", "reset", "flood"],
)
async def test_a_question_without_an_answer_is_put_again(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path, mischief: object
) -> None:
    """A job is not given up because of one bad answer."""
    upstream.mischief["poll"] = [mischief, mischief]  # type: ignore[list-item] # a parameter
    task = await drive(far, await put(far, principal))
    assert task.state is State.SUCCEEDED
    assert len(upstream.of_kind("submit")) == 1
    await assert_ended(far, principal, task, tmp_path)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply.of({"id": "video_1", "status": "dreaming"}), "engine_failed"),
        (Reply.of({"error": {"message": "gone"}}, 404), "engine_lost"),
        (Reply.of({"id": "video_1", "status": "failed", "error": {"code": "x", "message": "no GPU"}}), "engine_failed"),
        (Reply.of({"id": "video_1", "status": "failed", "error": None}), "engine_failed"),
        (
            Reply.of({"id": "video_1", "status": "failed", "error": {"code": "content_filter", "message": "no"}}),
            "engine_refused",
        ),
        (Reply.of({"id": "video_1", "status": "in_progress"}), "engine_timeout"),
    ],
    ids=["unknown status", "handle gone", "failed", "failed without words", "filtered", "for ever"],
)
async def test_every_bad_ending_has_its_own_code(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path, reply: Reply, code: str
) -> None:
    """And costs nothing."""
    upstream.mischief["poll"] = [says(reply)] * 500
    task = await drive(far, await put(far, principal), steps_max=500)
    assert task.failure
    assert (task.state, task.failure.code) == (State.FAILED, code)
    assert len(upstream.of_kind("cancel")) == 1
    await assert_ended(far, principal, task, tmp_path)


@pytest.mark.parametrize(
    "mischief",
    [
        truncate,
        reset,
        lose,
        drip,
        mislabel,
        says(Reply(body=b"<html>not yet</html>", media_type="text/html")),
        says(Reply(body=b"no video at all", media_type="video/mp4")),
        says(Reply.of({}, 503)),
    ],
    ids=["truncated", "reset", "lost", "drip", "mislabeled", "a page", "no video", "503"],
)
async def test_a_video_that_does_not_come_whole_is_fetched_again(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path, mischief: object
) -> None:
    """What was stored of it does not stay."""
    upstream.mischief["content"] = [mischief]  # type: ignore[list-item] # a parameter
    task = await drive(far, await put(far, principal))
    assert task.state is State.SUCCEEDED
    assert len(upstream.of_kind("content")) == 2
    assert len(files_in(tmp_path / "objects")) == 2
    await assert_ended(far, principal, task, tmp_path)


@pytest.mark.parametrize(
    ("mischief", "code"),
    [
        (truncate, "engine_failed"),
        (flood, "engine_failed"),
        (says(Reply(status=302, headers={"location": "http://127.0.0.1:1/secret"})), "engine_failed"),
        (says(Reply(status=302, headers={"location": "http://169.254.169.254/latest"})), "engine_failed"),
        (says(Reply(status=302, headers={"location": "file:///etc/passwd"})), "engine_failed"),
    ],
    ids=["truncated", "flood", "this machine", "the cloud's metadata", "a file"],
)
async def test_a_video_that_never_comes_fails_the_task(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path, mischief: object, code: str
) -> None:
    """A redirect to a private address is not followed at all."""
    upstream.mischief["content"] = [mischief] * 20  # type: ignore[list-item] # a parameter
    task = await drive(far, await put(far, principal))
    assert task.failure
    assert (task.state, task.failure.code) == (State.FAILED, code)
    await assert_ended(far, principal, task, tmp_path)


async def test_a_canceled_task_is_ended_upstream(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """Once, and what the upstream makes of it does not matter."""
    task_id = await put(far, principal)
    await step(far, task_id)
    upstream.mischief["cancel"] = [lose]
    assert await finish_task(far.database, task_id, None, Ending(state=State.CANCELED, completed_at=far.clock()))
    task = await drive(far, task_id)
    assert task.state is State.CANCELED
    assert len(upstream.of_kind("cancel")) == 1
    await assert_ended(far, principal, task, tmp_path)


async def test_a_task_that_is_canceled_while_it_is_submitted(
    far: Workshop, upstream: StandIn, principal: Principal, tmp_path: pathlib.Path
) -> None:
    """The handle is kept all the same, so that the job can be ended."""
    task_id = await put(far, principal)
    proper = upstream.answer

    def answer(request: object) -> Reply:
        canceled.set()
        return proper(request)  # type: ignore[arg-type] # a request

    async def late(writer: asyncio.StreamWriter, reply: Reply) -> None:
        ending = Ending(state=State.CANCELED, completed_at=far.clock())
        assert await finish_task(far.database, task_id, None, ending)
        await says(reply)(writer, reply)

    canceled = asyncio.Event()
    upstream.answer = answer
    upstream.mischief["submit"] = [late]
    task = await drive(far, task_id)
    assert task.state is State.CANCELED
    assert len(upstream.of_kind("cancel")) == 1
    await assert_ended(far, principal, task, tmp_path)


async def test_the_next_engine_of_the_route_takes_over(
    workshop: Workshop, upstream: StandIn, principal: Principal, content: bytes, tmp_path: pathlib.Path
) -> None:
    """A quota at the first sends the task to the second at once."""
    upstream.mischief["submit"] = [says(Reply.of({}, 429, retry_after="600"))]
    async with openai_videos(content).serve() as second, Sender() as sender:
        far = with_pools(workshop, sender, make_pool(upstream), make_pool(second, engine="second"))
        task = await drive(far, await put(far, principal))
        assert (task.state, task.engine) == (State.SUCCEEDED, "second")
        assert [len(standin.of_kind("submit")) for standin in (upstream, second)] == [1, 1]
        await assert_ended(far, principal, task, tmp_path)


async def test_the_last_engine_may_be_one_of_this_machine(
    workshop: Workshop, upstream: StandIn, principal: Principal
) -> None:
    """The task and its wake-up are handed over together."""
    upstream.mischief["submit"] = [says(Reply.of({}, 503))]
    async with Sender() as sender:
        far = with_pools(workshop, sender, make_pool(upstream), local=True)
        task_id = await put(far, principal)
        await step(far, task_id)
        await step(far, task_id)
    task = await loaded(far, task_id)
    assert (task.engine, task.remote) == ("animatic", False)
    assert await far.database.fetchval("SELECT entrypoint FROM pgqueuer") == "advance"


async def test_credentials_share_the_work_and_keep_to_their_budgets(
    workshop: Workshop, upstream: StandIn, principal: Principal
) -> None:
    """One that has used up its day is not used, and a task stays with the one that made it."""
    async with Sender() as sender:
        far = with_pools(workshop, sender, make_pool(upstream, "first", "second", submits_per_day=1))
        tasks = [await put(far, principal) for _ in range(3)]
        for task_id in tasks:
            await step(far, task_id)
        rows = await far.database.fetch("SELECT credential FROM upstream_jobs")
        assert {row["credential"] for row in rows} == {"first", "second"}
        assert await far.database.fetchval("SELECT count(*) FROM upstream_lines") == 1
        clock = far.clock
        assert isinstance(clock, Clock)
        clock.now += dt.timedelta(days=1)
        for task_id in reversed(tasks):
            await step(far, task_id)
        assert await far.database.fetchval("SELECT count(*) FROM upstream_lines") == 0


async def test_the_line_is_fair(workshop: Workshop, upstream: StandIn, principal: Principal) -> None:
    """Somebody with one task does not wait behind somebody with many."""
    other = await open_account(workshop.database, 4 * PRICE, name="b")
    async with Sender() as sender:
        far = with_pools(workshop, sender, make_pool(upstream, submits_per_minute=1))
        many = [await put(far, principal) for _ in range(4)]
        for task_id in many:
            await step(far, task_id)
        one = await put(far, other)
        order = []
        for _ in range(60):
            for task_id in (*many[1:], one):
                if await open_job(far.database, task_id) is None:
                    await step(far, task_id)
                    if await open_job(far.database, task_id) is not None:
                        order.append(task_id)
            if len(order) == 4:
                break
    assert order[1] == one
    assert order[0] in many


async def test_a_circuit_opens_and_one_task_at_a_time_finds_out(
    far: Workshop, upstream: StandIn, principal: Principal
) -> None:
    """While a credential is in trouble it is tried rarely, by one task."""
    upstream.mischief["submit"] = [says(Reply.of({}, 500))] * 50
    tasks = [await put(far, principal) for _ in range(4)]
    clock = far.clock
    assert isinstance(clock, Clock)
    begun = clock.now
    while clock.now - begun < dt.timedelta(minutes=5):
        for task_id in tasks:
            await step(far, task_id)
    assert 5 <= len(upstream.of_kind("submit")) <= 15
    (known,) = await credential_states(far.database)
    assert known.troubles == len(upstream.of_kind("submit"))
    assert known.trouble == "status 500: "


async def test_a_worker_that_dies_between_intent_and_answer(
    far: Workshop, upstream: StandIn, principal: Principal
) -> None:
    """The next one does not submit again."""
    task_id = await put(far, principal)
    upstream.mischief["submit"] = [hang]
    dying = asyncio.create_task(advance_remote(far, task_id))
    while not upstream.of_kind("submit"):  # noqa: ASYNC110 - the stand-in tells nobody
        await asyncio.sleep(0.01)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    await step(far, task_id)
    assert len(upstream.of_kind("submit")) == 1


async def test_what_was_learned_decides_when_to_look(far: Workshop, upstream: StandIn, principal: Principal) -> None:
    """The first look comes no earlier than the fastest tenth of the known jobs."""
    await far.database.fetch(
        "INSERT INTO upstream_timings VALUES ($1, 'veo-4', $2)", ENGINE, [200.0 + n for n in range(20)]
    )
    wait = await step(far, await put(far, principal))
    assert wait is not None
    assert 200 <= wait.total_seconds() <= 202


async def test_an_engine_that_is_not_there_any_more(workshop: Workshop, principal: Principal) -> None:
    """Its tasks fail."""
    async with Sender() as sender:
        far = with_pools(workshop, sender)
        task = await drive(far, await put(far, principal))
    assert task.failure
    assert task.failure.code == "engine_failed"


async def test_people_are_told_how_long_it_takes(far: Workshop, upstream: StandIn, principal: Principal) -> None:
    """Where it is made elsewhere: what was learned, or the engine's own word."""
    task = await loaded(far, await put(far, principal))
    pool = far.remotes.pools[ENGINE]
    gateway = cast("Gateway", SimpleNamespace(database=far.database, capabilities={ENGINE: pool.engine.capabilities}))
    assert await expected_wait_s(gateway, task) == (30, 90)
    for seconds in range(100, 111):
        await finish_job(far.database, 0, far.clock(), (ENGINE, task.spec.model, seconds))
    assert await expected_wait_s(gateway, task) == (101, 109)
    assert await expected_wait_s(gateway, replace(task, engine="animatic")) is None
