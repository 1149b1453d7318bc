"""The pool of child processes, with real children."""

import asyncio
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import psutil
import pytest

from reelgate.kit.children import (
    ChildCrashed,
    ChildFailed,
    ChildPool,
    ChildTimeout,
    ChildTraceback,
    ChildUnavailable,
    Limits,
)

HERE = pathlib.Path(__file__).parent
ENVIRONMENT = {"PYTHONPATH": str(HERE)}


def make_limits(**changes: Any) -> Limits:
    return Limits(**{"memory_bytes": 300_000_000, "cpu_s": 20, "wall_s": 30, "file_bytes": None} | changes)


@pytest.fixture(scope="module")
async def pool() -> AsyncIterator[ChildPool]:
    pool = ChildPool(preload=["child_targets"], environment=ENVIRONMENT)
    yield pool
    await pool.close()


async def run(pool: ChildPool, name: str, argument: object = None, **changes: Any) -> Any:
    return await pool.call(f"child_targets:{name}", argument, limits=make_limits(**changes))


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def wait_until_gone(*pids: int) -> None:
    """Return once none of the processes runs."""
    async with asyncio.timeout(10):
        while any(map(is_running, pids)):  # noqa: ASYNC110 -- strangers' processes set no event
            await asyncio.sleep(0.01)


async def begin(pool: ChildPool, name: str) -> tuple[asyncio.Task[Any], Any]:
    """Start a call and return it with its first event."""
    said = asyncio.get_running_loop().create_future()
    call = asyncio.create_task(pool.call(f"child_targets:{name}", None, limits=make_limits(), on_event=said.set_result))
    return call, await said


async def test_a_call_returns_what_the_function_returns(pool: ChildPool) -> None:
    """Bytes, text and nested values travel both ways."""
    value = {"bytes": bytes(range(256)) * 5000, "list": [1, None, 2.5, "x"]}
    assert await run(pool, "echo", value, answer_bytes=1 << 21) == value


async def test_events_arrive_in_order_before_the_result(pool: ChildPool) -> None:
    """Progress is heard while the function runs."""
    heard: list[Any] = []
    assert await pool.call("child_targets:count", 500, limits=make_limits(), on_event=heard.append) == "counted"
    assert heard == [{"done": number} for number in range(500)]


async def test_many_calls_run_at_the_same_time(pool: ChildPool) -> None:
    """Each call gets its own answer."""
    assert await asyncio.gather(*(run(pool, "echo", number) for number in range(30))) == list(range(30))


async def test_the_number_of_calls_at_once_is_limited() -> None:
    """The third of two waits, and its wait does not count as its time."""
    pool = ChildPool(environment=ENVIRONMENT, at_once_max=2)
    try:
        first, _ = await begin(pool, "wait")
        second, _ = await begin(pool, "wait")
        third = asyncio.create_task(run(pool, "echo", 5, wall_s=1))
        assert await asyncio.wait([third], timeout=1.2) == (set(), {third})
        first.cancel()
        assert await third == 5
        second.cancel()
        await asyncio.wait([first, second])
    finally:
        await pool.close()


async def test_a_declared_error_passes_its_code_and_message_on(pool: ChildPool) -> None:
    """The function says why."""
    with pytest.raises(ChildFailed, match=r"Come back tomorrow\.") as caught:
        await run(pool, "refuse")
    assert caught.value.code == "not_today"


async def test_another_exception_is_a_crash_whose_text_stays_in_the_cause(pool: ChildPool) -> None:
    """A message for callers holds nothing from inside."""
    with pytest.raises(ChildCrashed) as caught:
        await run(pool, "stumble")
    assert "secret" not in str(caught.value)
    assert isinstance(caught.value.__cause__, ChildTraceback)
    assert "a secret of /srv/private" in str(caught.value.__cause__)


@pytest.mark.parametrize("target", ["child_targets:nothing", "no_such_module:nothing", "child_targets"])
async def test_an_unknown_function_is_a_crash(pool: ChildPool, target: str) -> None:
    """A wrong name fails its call alone."""
    with pytest.raises(ChildCrashed):
        await pool.call(target, None, limits=make_limits())


async def test_a_signal_is_a_crash(pool: ChildPool) -> None:
    """A segmentation fault fails its call alone."""
    with pytest.raises(ChildCrashed, match="signal 11"):
        await run(pool, "die", signal.SIGSEGV)
    assert await run(pool, "echo", 1) == 1


@pytest.mark.parametrize("code", [0, 3])
async def test_an_exit_without_a_result_is_a_crash(pool: ChildPool, code: int) -> None:
    """Silence is no answer."""
    with pytest.raises(ChildCrashed, match=f"exit code {code}"):
        await run(pool, "leave", code)


async def test_unreadable_frames_are_a_crash(pool: ChildPool) -> None:
    """A child taken over by its input cannot confuse its owner."""
    with pytest.raises(ChildCrashed, match="unreadable"):
        await run(pool, "mumble")


async def test_too_large_an_answer_is_a_crash(pool: ChildPool) -> None:
    """The owner reads no more than it said it would."""
    with pytest.raises(ChildCrashed, match="more than it may"):
        await run(pool, "echo", bytes(5000), answer_bytes=4000)


async def test_memory_is_limited(pool: ChildPool) -> None:
    """An allocation over the limit ends the call, one below does not."""
    assert await run(pool, "allocate", 50_000_000, memory_bytes=100_000_000) == 50_000_000
    with pytest.raises(ChildCrashed, match="memory") as caught:
        await run(pool, "allocate", 150_000_000, memory_bytes=100_000_000)
    assert caught.value.out_of_memory


async def test_processor_time_is_limited(pool: ChildPool) -> None:
    """An endless loop ends by its own limit, long before the clock's."""
    with pytest.raises(ChildTimeout, match="processor"):
        await run(pool, "spin", cpu_s=1)


async def test_time_is_limited(pool: ChildPool) -> None:
    """A call that sleeps is ended by the clock."""
    with pytest.raises(ChildTimeout, match=r"longer than 0\.2 s"):
        await run(pool, "wait", wall_s=0.2)


async def test_the_size_of_files_is_limited(pool: ChildPool, tmp_path: pathlib.Path) -> None:
    """A child cannot fill the disk with one file."""
    path = tmp_path / "file"
    assert await run(pool, "write_file", [str(path), 1000], file_bytes=1000) == 1000
    with pytest.raises(ChildCrashed) as caught:
        await run(pool, "write_file", [str(path), 100_000], file_bytes=50_000)
    assert "File too large" in str(caught.value.__cause__)


async def test_a_child_sees_nothing_of_its_owner(pool: ChildPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither secrets in the environment nor open files, and it leads its own process group."""
    monkeypatch.setenv("REELGATE_SECRET", "x")
    fresh = ChildPool(environment=ENVIRONMENT)
    try:
        seen = await run(fresh, "look_around")
    finally:
        await fresh.close()
    assert "REELGATE_SECRET" not in seen["environment"]
    assert "PYTHONPATH" in seen["environment"]
    # Three times /dev/null, and the socket of the call, whatever its number.
    assert seen["descriptors"][:3] == [0, 1, 2]
    assert len(seen["descriptors"]) == 4
    assert seen["interrupt"]
    assert seen["leads_group"]
    assert seen["threads"] == 1
    assert not {"asyncio", "numpy", "PIL", "reelgate.kit.children"} & set(seen["modules"])


async def test_a_cancelled_call_kills_its_child_and_grandchild(pool: ChildPool) -> None:
    """Nothing of a cancelled render remains."""
    call, pids = await begin(pool, "wait_with_grandchild")
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert not psutil.pid_exists(pids[0])
    await wait_until_gone(*pids)


async def test_a_grandchild_that_was_left_behind_is_killed(pool: ChildPool) -> None:
    """Even one that keeps the call's socket open does not hold the answer back."""
    await wait_until_gone(await run(pool, "abandon_grandchild"))


@pytest.mark.parametrize("fork", ["fork", "spawn"])
async def test_a_killed_zygote_fails_its_calls_and_is_replaced(fork: str) -> None:
    """Its children end with it, and the next call works."""
    pool = ChildPool(environment=ENVIRONMENT, fork=fork == "fork")
    try:
        call, child = await begin(pool, "wait")
        zygote = pool.zygote_pid
        assert zygote is not None
        os.kill(zygote, signal.SIGKILL)
        with pytest.raises(ChildUnavailable, match="parent"):
            await call
        await wait_until_gone(child)
        assert await run(pool, "echo", 2) == 2
        assert pool.zygote_pid != zygote
    finally:
        await pool.close()


async def test_a_stopped_zygote_is_replaced(pool: ChildPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A zygote that does not answer cannot hold a cancelled call for ever."""
    monkeypatch.setattr("reelgate.kit.children._END_MAX_S", 0.1)
    call, child = await begin(pool, "wait")
    assert pool.zygote_pid
    os.kill(pool.zygote_pid, signal.SIGSTOP)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await wait_until_gone(child)
    assert await run(pool, "echo", 3) == 3


def test_nothing_outlives_a_killed_owner() -> None:
    """The zygote, the child and the grandchild's parent end when the owner is gone; also proves the pool on uvloop."""
    owner = subprocess.Popen([sys.executable, HERE / "child_owner.py", HERE], stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout
        pids = [int(word) for word in owner.stdout.readline().split()]
        assert len(pids) == 3
        owner.kill()
    asyncio.run(wait_until_gone(*pids))


async def test_a_closed_pool_ends_its_calls_and_takes_no_more() -> None:
    """Closing leaves no process."""
    pool = ChildPool(environment=ENVIRONMENT)
    call, child = await begin(pool, "wait")
    zygote = pool.zygote_pid
    assert zygote
    await pool.close()
    await pool.close()
    with pytest.raises(ChildCrashed):
        await call
    await wait_until_gone(child, zygote)
    with pytest.raises(ChildUnavailable, match="closed"):
        await run(pool, "echo")


async def test_a_pool_without_fork_works_the_same() -> None:
    """Where forking is not safe each call is a fresh interpreter, under the same limits."""
    pool = ChildPool(preload=["child_targets"], environment=ENVIRONMENT, fork=False)
    try:
        assert await run(pool, "echo", 4) == 4
        with pytest.raises(ChildFailed):
            await run(pool, "refuse")
        with pytest.raises(ChildTimeout):
            await run(pool, "wait", wall_s=1)
        call, pids = await begin(pool, "wait_with_grandchild")
        call.cancel()
        await asyncio.wait([call])
        await wait_until_gone(*pids)
    finally:
        await pool.close()


@pytest.mark.parametrize("preload", ["no_such_module", "child_thread"])
async def test_a_zygote_that_cannot_be_trusted_does_not_start(preload: str, capfd: pytest.CaptureFixture[str]) -> None:
    """A missing module or a thread, which a fork would lose, is said at once."""
    pool = ChildPool(preload=[preload], environment=ENVIRONMENT)
    with pytest.raises(ChildUnavailable, match="did not start"):
        await pool.start()
    await pool.close()
    assert "No module named" in (said := capfd.readouterr().err) or "started a thread" in said
