"""Real small processes: kept running, ended in order, and never left behind."""

import asyncio
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator

import psutil
import pytest

from reelgate.kit import lifeline, supervisor
from reelgate.kit.supervisor import Part, Supervisor

#: Writes its process id into the file PIDS, one line each start.
NOTE = "import os; open(os.environ['PIDS'], 'a').write(f'{os.getpid()}\\n')\n"
WAIT = NOTE + "import threading; threading.Event().wait(600)\n"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAIT
#: Holds a lifeline, and ends by SIGTERM alone.
HOLDING = "from reelgate.kit.lifeline import hold_lifeline; hold_lifeline()\n" + WAIT
HANGING = (
    "import signal; from reelgate.kit.lifeline import hold_lifeline\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN); hold_lifeline(0.2)\n"
) + WAIT


def part(program: str, pids: pathlib.Path, name: str = "part", **environment: str) -> Part:
    return Part(name=name, arguments=(sys.executable, "-c", program), environment={"PIDS": str(pids), **environment})


@contextlib.asynccontextmanager
async def supervising(**waits: float) -> AsyncIterator[Supervisor]:
    keeper = Supervisor(lifeline.VARIABLE, **({"restart_min_s": 0.01} | waits))
    try:
        yield keeper
    finally:
        await keeper.close()


async def started(pids: pathlib.Path, times: int = 1) -> list[int]:
    """Wait until so many processes have begun; return their ids."""
    async with asyncio.timeout(60):
        while len(found := read_pids(pids)) < times:  # noqa: ASYNC110 - other processes write the file
            await asyncio.sleep(0.01)
    return found


def read_pids(pids: pathlib.Path) -> list[int]:
    return [int(line) for line in pids.read_text().splitlines()] if pids.exists() else []


async def gone(pid: int) -> None:
    """Wait until a process is no more."""
    async with asyncio.timeout(60):
        while is_alive(pid):  # noqa: ASYNC110 - it is not our child
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.fixture
def pids(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where processes write their ids."""
    return tmp_path / "pids"


async def test_a_part_that_dies_is_started_again(pids: pathlib.Path) -> None:
    """However it died."""
    async with supervising() as keeper:
        keeper.start(part(WAIT, pids))
        for number, how in enumerate((signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV), start=1):
            os.kill((await started(pids, number))[-1], how)
        (*_, last) = await started(pids, 4)
        assert keeper.pids == {"part": last}
    assert not is_alive(last)
    assert keeper.pids == {}


async def test_a_part_that_cannot_run_is_tried_less_and_less_often(
    pids: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up to a bound; one that ran well for a while starts from the beginning."""
    real, pauses = asyncio.sleep, []

    async def sleep(pause_s: float) -> None:
        pauses.append(pause_s)
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(supervisor, "RESTART_MAX_S", 0.05)
    async with supervising() as keeper:
        keeper.start(part(NOTE, pids))
        while len(read_pids(pids)) < 5:
            await real(0.01)
    assert pauses[:4] == [0.01, 0.02, 0.04, 0.05]
    pauses.clear()
    async with supervising(healthy_s=0) as keeper:
        keeper.start(part(NOTE, pids))
        while len(read_pids(pids)) < 9:
            await real(0.01)
    assert set(pauses) == {0.01}


async def test_a_program_that_is_missing_is_waited_for(pids: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """As an upgrade in place makes it go and come back; the other parts go on."""
    program = tmp_path / "program"
    async with supervising() as keeper:
        keeper.start(Part(name="missing", arguments=(str(program),), environment={"PIDS": str(pids)}))
        keeper.start(part(WAIT, pids))
        await started(pids)
        assert keeper.pids.keys() == {"part"}
        program.write_text(f"#!{sys.executable}\n{WAIT}")
        program.chmod(0o700)
        await started(pids, 2)


async def test_parts_get_what_they_are_given(pids: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """Variables and descriptors, and nothing to read; Ctrl-C in the terminal is not for them."""
    told = tmp_path / "told"
    program = (
        "import os, sys\n"
        "facts = [os.environ['WORD'], os.read(int(os.environ['FD']), 9), sys.stdin.read()]\n"
        "facts += [os.getsid(0) == os.getpid()]\n"
        "open(os.environ['TOLD'], 'w').write(repr(facts))\n"
    ) + WAIT
    reading, writing = os.pipe()
    os.write(writing, b"hello")
    given = part(program, pids, WORD="word", FD=str(reading), TOLD=str(told))
    async with supervising() as keeper:
        keeper.start(
            Part(name="part", arguments=given.arguments, environment=given.environment, descriptors=(reading,))
        )
        await started(pids)
    os.close(reading)
    os.close(writing)
    assert told.read_text() == "['word', b'hello', '', True]"


async def test_closing_ends_all_in_order(pids: pathlib.Path) -> None:
    """By SIGTERM, and by SIGKILL where that is ignored."""
    async with supervising(term_grace_s=0.2) as keeper:
        for number in range(2):
            keeper.start(part(WAIT, pids, f"polite-{number}"))
        keeper.start(part(STUBBORN, pids, "stubborn"))
        found = await started(pids, 3)
    assert not [pid for pid in found if is_alive(pid)]
    assert len(read_pids(pids)) == 3


async def test_closing_at_any_moment_leaves_nothing(pids: pathlib.Path) -> None:
    """Before a part runs, while it starts, and between two starts."""
    before = {child.pid for child in psutil.Process().children()}
    for turns in (0, 1, 2, 5, 50):
        async with supervising() as keeper:
            keeper.start(part(NOTE, pids))
            for _ in range(turns):
                await asyncio.sleep(0.002)
    left = [child for child in psutil.Process().children() if child.pid not in before]
    assert not [child for child in left if child.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("program", [HOLDING, HANGING])
async def test_parts_end_with_their_parent(pids: pathlib.Path, program: str) -> None:
    """A parent that is killed cannot tell them; one that hangs is killed by its own lifeline."""
    parent = (
        "import asyncio, sys\n"
        "from reelgate.kit import lifeline\n"
        "from reelgate.kit.supervisor import Part, Supervisor\n"
        "async def main():\n"
        "    keeper = Supervisor(lifeline.VARIABLE)\n"
        "    keeper.start(Part(name='part', arguments=(sys.executable, '-c', sys.argv[1]), environment={}))\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(  # noqa: ASYNC220 - it is killed below
        [sys.executable, "-c", parent, program], env={**os.environ, "PIDS": str(pids)}
    ) as process:
        (pid,) = await started(pids)
        process.kill()
    await gone(pid)


def test_without_a_parent_nothing_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that a person starts by hand runs."""
    for value in ("", "nonsense"):
        monkeypatch.setenv(lifeline.VARIABLE, value)
        lifeline.hold_lifeline()
        assert lifeline.VARIABLE not in os.environ
