"""The embedded Postgres, started, killed and cut for real."""

import asyncio
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator

import asyncpg
import psutil
import pytest

from reelgate.kit.folder_lock import FolderInUse
from reelgate.kit.postgres.account import PRIVATE_ID
from reelgate.kit.postgres.errors import StartFailed
from reelgate.kit.postgres.launch import plan_launch
from reelgate.kit.postgres.processes import end_processes, find_processes
from reelgate.kit.postgres.server import EmbeddedPostgres, find_running

OWNER = pathlib.Path(__file__).with_name("postgres_owner.py")
#: Far more than anything here takes; only a hang meets it.
PATIENCE_S = 30.0
IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module")
async def template(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """Make one database to copy, since making one takes longer than the tests' own work."""
    path = tmp_path_factory.mktemp("template") / "postgres"
    async with running(path):
        pass
    return path


@pytest.fixture
def folder(template: pathlib.Path, new_folder: pathlib.Path) -> pathlib.Path:
    """Give the folder of a database that was used and stopped before."""
    subprocess.run(["cp", "-a", template, new_folder], check=True)
    return new_folder


@pytest.fixture
def new_folder(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Give a folder for a new database, and leave no process behind."""
    path = tmp_path / "postgres"
    yield path
    for process in find_processes(path / "cluster") if (path / "cluster").exists() else []:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@contextlib.asynccontextmanager
async def running(folder: pathlib.Path) -> AsyncIterator[EmbeddedPostgres]:
    """Run a server of this process."""
    server = EmbeddedPostgres(folder)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await server.start()
        yield server
    finally:
        await server.stop()


@contextlib.asynccontextmanager
async def spawned(*command: str, home: pathlib.Path | None = None) -> AsyncIterator[Process]:
    """Run a program that is killed at the end."""
    environment = os.environ if home is None else {**os.environ, "HOME": str(home)}
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, env=environment)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def finish(process: Process) -> int:
    """End the program's input, which it takes as its end, and return its status."""
    assert process.stdin is not None
    process.stdin.close()
    return await asyncio.wait_for(process.wait(), PATIENCE_S)


async def first_words(process: Process) -> list[str]:
    assert process.stdout is not None
    return (await asyncio.wait_for(process.stdout.readline(), PATIENCE_S)).decode().split()


def unfinished(folder: pathlib.Path) -> bool:
    """Tell whether a half-made database is there, its first files in it."""
    return any(folder.glob("unfinished-*/base"))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - it looks at other processes, which set no event of ours
            await asyncio.sleep(0.005)


async def ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn, timeout=PATIENCE_S)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def write(dsn: str, value: int) -> None:
    connection = await asyncpg.connect(dsn, timeout=PATIENCE_S)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (value integer)")
        await connection.execute("INSERT INTO kept VALUES ($1)", value)
    finally:
        await connection.close()


async def kept(dsn: str) -> object:
    return await ask(dsn, "SELECT array_agg(value ORDER BY value) FROM kept")


async def test_rows_survive_a_restart(folder: pathlib.Path) -> None:
    """A stopped server leaves the folder free and its rows in it; the URL stays the same."""
    async with running(folder) as server:
        dsn = server.dsn
        await write(dsn, 1)
        assert find_running(folder) == dsn
    assert not server.running
    assert find_running(folder) is None
    assert find_processes(folder / "cluster") == []
    async with running(folder) as server:
        assert server.dsn == dsn
        assert await kept(dsn) == [1]


async def test_server_is_durable_closed_and_small(folder: pathlib.Path) -> None:
    """What it promises is what it is set to, and only the owner of the folder can reach it."""
    async with running(folder) as server:
        connection = await asyncpg.connect(server.dsn)
        settings = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses")
        }
        encoding = await connection.fetchrow("SELECT encoding, datlocprovider, datlocale FROM pg_database LIMIT 1")
        superuser = await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("COPY (SELECT 1) TO PROGRAM 'true'")
        await connection.close()
        paths = (
            folder / "cluster",
            pathlib.Path(server.dsn.partition("host=")[2].partition("&")[0].replace("%2F", "/")),
        )
        assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o700, 0o700]
        assert server.pid is not None
        assert os.getsid(server.pid) == server.pid
        assert psutil.Process(server.pid).uids().real == (PRIVATE_ID if IS_ROOT else os.geteuid())
        assert len(find_processes(folder / "cluster")) <= 7
    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "listen_addresses": "",
    }
    assert tuple(encoding or ()) == (6, b"b", "C.UTF-8")
    assert superuser is False


async def test_killed_server_starts_again(folder: pathlib.Path) -> None:
    """The owner hears of its end and starts it again, under the same lock."""
    async with running(folder) as server:
        for value in range(3):
            await write(server.dsn, value)
            assert server.pid is not None
            os.kill(server.pid, signal.SIGKILL)
            assert await asyncio.wait_for(server.wait(), PATIENCE_S) == -signal.SIGKILL
            assert not server.running
            with pytest.raises(FolderInUse):
                await EmbeddedPostgres(folder).start()
            await server.start()
            await server.start()
        assert await kept(server.dsn) == [0, 1, 2]


async def test_restart_that_fails_may_be_tried_again(folder: pathlib.Path) -> None:
    """The folder stays the owner's meanwhile, and waiting does not hang."""
    async with running(folder) as server:
        await write(server.dsn, 1)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        await server.wait()
        # As good as a full disk: the server ends while it starts.
        (folder / "cluster" / "global" / "pg_control").rename(folder / "pg_control")
        with pytest.raises(StartFailed, match="pg_control"):
            await server.start()
        assert await asyncio.wait_for(server.wait(), PATIENCE_S) != 0
        with pytest.raises(FolderInUse):
            await EmbeddedPostgres(folder).start()
        (folder / "pg_control").rename(folder / "cluster" / "global" / "pg_control")
        await server.start()
        assert await kept(server.dsn) == [1]


async def test_server_outlives_no_killed_owner(folder: pathlib.Path) -> None:
    """The next owner finds every row, whether the kernel has ended the server yet or not."""
    for value in range(2):
        async with spawned(sys.executable, str(OWNER), str(folder)) as owner:
            _, dsn = await first_words(owner)
            await write(dsn, value)
            owner.kill()
            await owner.wait()
        if sys.platform == "linux" and value == 0:
            await until(lambda: find_processes(folder / "cluster") == [])
    async with running(folder) as server:
        assert await kept(server.dsn) == [0, 1]


async def test_orphan_is_ended_before_the_next_start(folder: pathlib.Path) -> None:
    """A server whose owner was killed is found, though no one is left to tell of it, and stopped gently."""
    async with spawned(sys.executable, str(OWNER), str(folder), "--outlived") as owner:
        pid, dsn = await first_words(owner)
        await write(dsn, 1)
        owner.kill()
        await owner.wait()
    assert await kept(dsn) == [1]
    assert find_running(folder) == dsn
    async with running(folder) as server:
        assert server.pid != int(pid)
        assert await kept(server.dsn) == [1]
    assert "received fast shutdown request" in (folder / "postgres.log").read_text()


async def test_everything_killed_at_once_is_recovered(folder: pathlib.Path) -> None:
    """Owner, server and its children die in one moment, and the pid in the file they leave is alive by then."""
    async with spawned(sys.executable, str(OWNER), str(folder)) as owner:
        pid, dsn = await first_words(owner)
        await write(dsn, 1)
        processes = find_processes(folder / "cluster")
        assert int(pid) in {process.pid for process in processes}
        # Stopped first, so that none sees another's end.
        for process in processes:
            process.suspend()
        owner.kill()
        for process in processes:
            process.kill()
        await owner.wait()
        await until(lambda: find_processes(folder / "cluster") == [])
    leftover = folder / "cluster" / "postmaster.pid"
    text = leftover.read_text()
    leftover.write_text(text.replace(pid, str(os.getpid()), 1))
    assert find_running(folder) is None
    async with running(folder) as server:
        assert await kept(server.dsn) == [1]


async def test_orphaned_child_of_a_killed_server_is_ended(folder: pathlib.Path) -> None:
    """A child that hangs on would keep the shared memory, and Postgres would refuse to start."""
    async with spawned(sys.executable, str(OWNER), str(folder)) as owner:
        pid, dsn = await first_words(owner)
        await write(dsn, 1)
        child = next(process for process in find_processes(folder / "cluster") if process.pid != int(pid))
        child.suspend()
        owner.kill()
        os.kill(int(pid), signal.SIGKILL)
        await owner.wait()
    await until(lambda: [process.pid for process in find_processes(folder / "cluster")] == [child.pid])
    asyncio.get_running_loop().call_later(0.2, child.resume)
    async with running(folder) as server:
        assert await kept(server.dsn) == [1]


async def test_second_owner_is_refused(folder: pathlib.Path) -> None:
    """Another process is told who has the folder, and disturbs nothing."""
    async with running(folder) as server:
        async with spawned(sys.executable, str(OWNER), str(folder)) as other:
            assert await first_words(other) == ["refused", str(os.getpid())]
        assert await ask(server.dsn, "SELECT 1") == 1


async def test_other_process_finds_the_server(folder: pathlib.Path) -> None:
    """A command beside `serve` asks the folder, and a clean end of the owner is seen too."""
    async with spawned(sys.executable, str(OWNER), str(folder)) as owner:
        _, dsn = await first_words(owner)
        assert find_running(folder) == dsn
        await write(dsn, 1)
        assert await finish(owner) == 0
    assert find_running(folder) is None


async def test_killed_first_start_is_repaired(new_folder: pathlib.Path) -> None:
    """A half-made database is thrown away, never used."""
    async with spawned(sys.executable, str(OWNER), str(new_folder)) as owner:
        await until(lambda: unfinished(new_folder))
        owner.kill()
        await owner.wait()
    assert not (new_folder / "cluster").exists()
    assert unfinished(new_folder)
    async with running(new_folder) as server:
        assert await ask(server.dsn, "SELECT 1") == 1
    assert not unfinished(new_folder)


async def test_cancelled_start_leaves_nothing_running(new_folder: pathlib.Path) -> None:
    """A Ctrl-C in the first seconds is followed by a normal start."""
    server = EmbeddedPostgres(new_folder)
    start = asyncio.create_task(server.start())
    await until(lambda: unfinished(new_folder))
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not server.running
    assert not unfinished(new_folder)
    async with running(new_folder) as server:
        assert await ask(server.dsn, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["x" * 100, "a,b 'c' \"d\" é %41+&"])
async def test_any_path_will_do(template: pathlib.Path, tmp_path: pathlib.Path, name: str) -> None:
    """The socket moves to a private short place, where others find it, and nothing of it stays."""
    folder = tmp_path / name
    subprocess.run(["cp", "-a", template, folder], check=True)  # noqa: ASYNC221 - it takes a tenth of a second
    async with running(folder) as server:
        socket_folder = server._socket_folder
        assert socket_folder is not None
        assert socket_folder.parent == pathlib.Path(tempfile.gettempdir())
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
        assert find_running(folder) == server.dsn
        assert await ask(server.dsn, "SELECT 1") == 1
    assert not socket_folder.exists()


async def test_folder_behind_closed_doors_will_do(tmp_path: pathlib.Path) -> None:
    """As root, Postgres is another user, who could not pass this folder; its mode stays as it is."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    async with running(closed / "data" / "postgres") as server:
        await write(server.dsn, 1)
    async with running(closed / "data" / "postgres") as server:
        assert await kept(server.dsn) == [1]
    found = closed.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_uid) == (0o700, os.geteuid())


async def test_ordinary_user_runs_it_and_root_may_follow() -> None:
    """The database stays its user's; not as root, this is one ordinary user all along."""
    home = pathlib.Path(tempfile.mkdtemp())
    try:
        command = [sys.executable, str(OWNER), str(home / "postgres")]
        account = pwd.getpwnam("nobody") if IS_ROOT else pwd.getpwuid(os.geteuid())
        if IS_ROOT:
            os.chown(home, account.pw_uid, account.pw_gid)
            # The checkout may be in a folder of root's: this lets the ordinary user read it.
            folders = [OWNER.parent, pathlib.Path(sys.prefix), home]
            command = plan_launch(
                command, signal=signal.SIGKILL, uid=account.pw_uid, gid=account.pw_gid, folders=folders
            )
        for value in range(2):
            async with spawned(*command, home=home) as owner:
                pid, dsn = await first_words(owner)
                assert psutil.Process(int(pid)).uids().real == account.pw_uid
                await write(dsn, value)
                assert find_running(home / "postgres") == dsn
                assert await finish(owner) == 0
        async with running(home / "postgres") as server:
            assert psutil.Process(server.pid).uids().real == account.pw_uid
            assert await kept(server.dsn) == [0, 1]
    finally:
        shutil.rmtree(home)


async def test_broken_setting_is_reported_and_frees_the_folder(folder: pathlib.Path) -> None:
    """The last words of Postgres are in the error, and the next start is a normal one."""
    with pytest.raises(StartFailed, match="shared_buffers"):
        await EmbeddedPostgres(folder, settings={"shared_buffers": "a lot"}).start()
    async with running(folder) as server:
        assert await ask(server.dsn, "SHOW shared_buffers") == "32MB"


async def test_hanging_server_is_killed(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping always ends, and loses nothing that was committed."""
    steps = ((signal.SIGINT, 0.1), (signal.SIGQUIT, 0.1), (signal.SIGKILL, PATIENCE_S))
    monkeypatch.setattr("reelgate.kit.postgres.server.STOP_STEPS", steps)
    async with running(folder) as server:
        await write(server.dsn, 1)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGSTOP)
        await server.stop()
        assert not server.running
    await end_processes(folder / "cluster")
    async with running(folder) as server:
        assert await kept(server.dsn) == [1]
