"""A cluster: the folder in which PostgreSQL keeps its databases, made whole or not at all. Called by `server`."""

import asyncio
import os
import pathlib
import secrets
import shutil
import signal
from collections.abc import Iterator

from reelgate.kit.postgres.account import Account, choose_named_account
from reelgate.kit.postgres.errors import FolderOfOtherVersion, FolderUnusable, StartFailed, to_start_error
from reelgate.kit.postgres.installation import MAJOR_VERSION, Installation
from reelgate.kit.postgres.launch import plan_launch
from reelgate.kit.postgres.settings import plan_environment

#: The user who may do everything in it; only the supervisor speaks as that one.
SUPERUSER = "postgres"
#: Half-made clusters are named so; none of them is ever started.
UNFINISHED_PREFIX = "unfinished-"
INITDB_TIMEOUT_S = 180.0

INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--encoding=UTF8",
    # The same order and case rules on every system, whatever languages it has.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    # Whoever can pass the private folders to the socket is the owner, or root.
    "--auth-local=trust",
    "--auth-host=reject",
    # We do it, after the change of owner.
    "--no-sync",
    "--no-instructions",
)


def check_cluster(cluster: pathlib.Path) -> bool:
    """Tell whether there is a cluster.

    Raises:
        FolderOfOtherVersion: another major version made it.
        FolderUnusable: something else is in its place.

    """
    if not cluster.exists():
        return False
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise FolderUnusable(
            f"{cluster} is not the folder of a PostgreSQL database. Move it away, or choose another folder."
        ) from None
    if version != str(MAJOR_VERSION):
        raise FolderOfOtherVersion(
            f"The database in {cluster} was made by PostgreSQL {version}, and this program brings {MAJOR_VERSION}. "
            "Use the version of this program that made it, dump the database there with pg_dump, "
            "and load it into an empty folder here."
        )
    return True


async def create_cluster(installation: Installation, cluster: pathlib.Path, account: Account) -> None:
    """Make the cluster; `cluster` must not exist, and exists whole and on disk afterwards, or not at all.

    Raises:
        EmbeddedPostgresError: initdb failed.
        OSError: the folder cannot be written.

    """
    _remove_unfinished(cluster.parent)
    maker = choose_named_account(account)
    unfinished = cluster.with_name(f"{UNFINISHED_PREFIX}{secrets.token_hex(4)}")
    unfinished.mkdir(mode=0o700)
    try:
        if maker.uid != os.geteuid():
            os.chown(unfinished, maker.uid, maker.gid)
        await _run_initdb(installation, unfinished, maker)
        await asyncio.to_thread(_settle, unfinished, account)
        unfinished.rename(cluster)
        _sync(cluster.parent)
    except BaseException:
        _remove_unfinished(cluster.parent)
        raise


async def _run_initdb(installation: Installation, folder: pathlib.Path, maker: Account) -> None:
    """Run initdb as `maker`, who owns the empty `folder`."""
    command = plan_launch(
        [str(installation.initdb), "-D", str(folder), *INITDB_OPTIONS],
        signal=signal.SIGKILL,
        uid=maker.uid,
        gid=maker.gid,
        folders=(*installation.read_folders, folder),
    )
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder.parent,
        env=plan_environment(),
        start_new_session=True,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), INITDB_TIMEOUT_S)
    except TimeoutError:
        raise StartFailed(
            f"Making the database in {folder.parent} took longer than {INITDB_TIMEOUT_S:.0f} s."
        ) from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise to_start_error(folder.parent, output.decode(errors="replace"))


def _settle(folder: pathlib.Path, account: Account) -> None:
    """Give every file to `account` and bring it to the disk, the owner included."""
    for path in _walk(folder):
        if path.lstat().st_uid != account.uid:
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    for path in _walk(folder):
        _sync(path)


def _walk(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield every file and folder inside, then the folder itself; a new cluster has no links."""
    for parent, _, files in os.walk(folder, topdown=False):
        yield from (pathlib.Path(parent, name) for name in files)
        yield pathlib.Path(parent)


def _sync(path: pathlib.Path) -> None:
    """Bring a file or folder to the disk."""
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _remove_unfinished(folder: pathlib.Path) -> None:
    """Remove what a killed initdb left; what cannot be removed stands in nobody's way."""
    for path in folder.glob(f"{UNFINISHED_PREFIX}*"):
        shutil.rmtree(path, ignore_errors=True)
