"""One PostgreSQL server in a folder, a direct child of this process, reached by a Unix socket only.

It must not know what is stored in it. `app` starts it for `serve` and starts it again when `wait` returns; commands
that run beside `serve` ask `find_running`.

```
folder/
  lock             held by the owner as long as it lives
  cluster/         PostgreSQL's own folder
  socket/          or a short one under the temporary folder
  postgres.log     and postgres.log.1
```

What keeps it whole: the owner's lock; the kernel ends the server when its owner is killed (Linux), and `start` ends
what is left otherwise; a cluster appears by a rename, complete and on disk; the server's own log of changes does the
rest.
"""

import asyncio
import contextlib
import os
import pathlib
import signal
import tempfile
import urllib.parse
from collections.abc import Mapping
from types import MappingProxyType

import asyncpg

from reelgate.kit.folder_lock import FolderLock
from reelgate.kit.postgres.account import Account, choose_account
from reelgate.kit.postgres.cluster import SUPERUSER, check_cluster, create_cluster
from reelgate.kit.postgres.errors import StartFailed, to_folder_error, to_start_error
from reelgate.kit.postgres.installation import Installation, find_installation
from reelgate.kit.postgres.launch import plan_launch
from reelgate.kit.postgres.log_file import LogFile
from reelgate.kit.postgres.processes import (
    STOP_STEPS,
    end_processes,
    find_postmaster,
    read_postmaster_file,
    remove_leftovers,
)
from reelgate.kit.postgres.settings import PORT, plan_environment, plan_postgres_arguments
from reelgate.kit.postgres.socket_folder import choose_socket_folder, make_socket_folder

#: Owns the database, may make others and read statistics, and can neither read nor write files of the system.
USER = "reelgate"
DATABASE = "reelgate"
#: Recovery after a crash replays at most max_wal_size, which takes seconds; a slow disk gets more.
START_TIMEOUT_S = 180.0
CONNECT_TIMEOUT_S = 30.0
#: An existing database is ready within 50 ms.
POLL_S = 0.005

NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


class EmbeddedPostgres:
    """The server of one folder, which this process owns while it runs."""

    def __init__(
        self, folder: pathlib.Path, *, database: str = DATABASE, settings: Mapping[str, str] = NO_SETTINGS
    ) -> None:
        self.folder = folder.resolve()
        self.cluster = cluster_folder(folder)
        self.log = LogFile(self.folder / "postgres.log")
        self._database = database
        self._settings = settings
        self._lock = FolderLock(self.folder)
        self._process: asyncio.subprocess.Process | None = None
        self._log_task: asyncio.Task[None] | None = None
        self._socket_folder: pathlib.Path | None = None

    @property
    def dsn(self) -> str:
        """Return the URL for asyncpg and libpq; known after the first `start`, and the same after each."""
        if self._socket_folder is None:
            raise RuntimeError("start() comes first")
        return to_dsn(str(self._socket_folder), database=self._database)

    @property
    def running(self) -> bool:
        """Tell whether the server's process lives."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """Return the server's first process while it lives."""
        return self._process.pid if self._process is not None and self.running else None

    async def start(self) -> None:
        """Start the server, make its folder and database where missing, and return when it takes connections.

        It repairs what a killed owner, server or first start has left behind. Running already is fine. A start again
        that fails leaves the folder ours, so it may be tried once more. Call it from a thread that lives as long as the
        server should: the main one.

        Raises:
            FolderInUse: another process owns the folder.
            EmbeddedPostgresError: why it does not run, and what to do.

        """
        if self.running:
            return
        held = self._lock.held
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock.acquire()
            await self._start()
        except BaseException as error:
            await self._end()
            if not held:
                self._lock.release()
            if isinstance(error, OSError):
                raise to_folder_error(self.folder, error) from error
            raise

    async def stop(self) -> None:
        """End the server and give up the folder; not running is fine.

        Clients are cut off and everything is written, for 20 s; then Postgres quits at once, for 5 s; then it is
        killed.
        """
        await self._end()
        self._lock.release()

    async def wait(self) -> int:
        """Wait until the server ends by itself or by `stop`, and return its exit status, -9 after a SIGKILL.

        After a start that failed it returns at once.
        """
        if self._process is None:
            raise RuntimeError("start() comes first")
        return await self._process.wait()

    async def _start(self) -> None:
        """Do what `start` says, under the lock."""
        installation = find_installation()
        account = choose_account(self.cluster)
        if check_cluster(self.cluster):
            await end_processes(self.cluster)
        else:
            _open_to(account, self.folder)
            await create_cluster(installation, self.cluster, account)
        temporary = pathlib.Path(tempfile.gettempdir())
        self._socket_folder = choose_socket_folder(self.folder, temporary=temporary, uid=account.uid)
        make_socket_folder(self._socket_folder, account)
        remove_leftovers(self.cluster, self._socket_folder)
        self.log.rotate()
        await self._launch(installation, account, self._socket_folder)
        await self._make_database(self._socket_folder)
        self._stop_keeping_log()
        self._log_task = asyncio.create_task(self.log.keep_small(), name="postgres log")

    async def _launch(self, installation: Installation, account: Account, socket_folder: pathlib.Path) -> None:
        """Start the server's process and wait until it is ready."""
        arguments = plan_postgres_arguments(self.cluster, socket_folder, settings=self._settings)
        command = plan_launch(
            [str(installation.postgres), *arguments],
            # When its owner is killed it does what `stop` asks for first.
            signal=signal.SIGINT,
            uid=account.uid,
            gid=account.gid,
            folders=(*installation.read_folders, self.cluster, socket_folder),
        )
        offset, log = self.log.size_bytes(), self.log.open()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=plan_environment(),
                # A Ctrl-C in the terminal is for the owner, which lets its work end before it stops the server.
                start_new_session=True,
            )
        finally:
            os.close(log)
        deadline = asyncio.get_running_loop().time() + START_TIMEOUT_S
        while not self._is_ready(self._process.pid):
            if self._process.returncode is not None:
                raise to_start_error(self.folder, self.log.read_from(offset))
            if asyncio.get_running_loop().time() > deadline:
                raise StartFailed(f"The database in {self.folder} was not ready after {START_TIMEOUT_S:.0f} s.")
            await asyncio.sleep(POLL_S)

    def _is_ready(self, pid: int) -> bool:
        """Tell whether our server says that it takes connections."""
        found = read_postmaster_file(self.cluster)
        return found is not None and found.pid == pid and found.ready

    async def _make_database(self, socket_folder: pathlib.Path) -> None:
        """Make the user and the database if they are not there; this also proves that the server answers."""
        dsn = to_dsn(str(socket_folder), user=SUPERUSER, database="postgres")
        try:
            connection = await asyncpg.connect(dsn, timeout=CONNECT_TIMEOUT_S)
        except (asyncpg.PostgresError, OSError) as error:
            raise StartFailed(f"The database in {self.folder} runs and does not answer: {error}") from error
        try:
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", USER):
                await connection.execute(f"CREATE ROLE {USER} LOGIN CREATEDB IN ROLE pg_monitor")
            if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", self._database):
                await connection.execute(f'CREATE DATABASE "{self._database}" OWNER {USER}')
        except asyncpg.PostgresError as error:
            raise to_start_error(self.folder, str(error)) from error
        finally:
            await connection.close()

    def _stop_keeping_log(self) -> None:
        """Leave the log alone; there may be nothing to stop."""
        if self._log_task is not None:
            self._log_task.cancel()
            self._log_task = None

    async def _end(self) -> None:
        """End the server, the lock aside; it may have ended, or never started."""
        self._stop_keeping_log()
        if self._process is not None:
            await _end_process(self._process)
            self._remove_far_socket_folder()

    def _remove_far_socket_folder(self) -> None:
        """Leave nothing in the temporary folder."""
        if self._socket_folder is not None and self._socket_folder.parent != self.folder:
            # Not empty means that the server was killed; the next start cleans it.
            with contextlib.suppress(OSError):
                self._socket_folder.rmdir()


def find_running(folder: pathlib.Path, *, database: str = DATABASE) -> str | None:
    """Return the URL of the server that runs in `folder`, whichever process owns it; None when none does.

    Raises:
        FolderUnusable: the folder belongs to another user.

    """
    cluster = cluster_folder(folder)
    try:
        if not cluster.exists():
            return None
        found = find_postmaster(cluster)
    except OSError as error:
        raise to_folder_error(folder, error) from error
    return None if found is None else to_dsn(found.socket_folder, database=database)


def cluster_folder(folder: pathlib.Path) -> pathlib.Path:
    """Return where PostgreSQL's own folder is."""
    return folder.resolve() / "cluster"


def to_dsn(socket_folder: str, *, user: str = USER, database: str = DATABASE) -> str:
    """Return the URL of a database; everything is named, so that no PG* variable changes it."""
    query = {"host": socket_folder, "port": str(PORT), "user": user}
    return f"postgresql:///{urllib.parse.quote(database)}?{urllib.parse.urlencode(query, quote_via=urllib.parse.quote)}"


def _open_to(account: Account, folder: pathlib.Path) -> None:
    """Let the account, and no other program, pass our own folder.

    Raises:
        OSError: the folder is not ours to open.

    """
    if account.is_private:
        os.chown(folder, -1, account.gid)
        folder.chmod(0o710)


async def _end_process(process: asyncio.subprocess.Process) -> None:
    """End our own child, as gently as it lets us."""
    for kind, patience_s in STOP_STEPS:
        if process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(kind)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience_s)
