"""The folder of the Unix socket: private, and short enough for a socket's name. Called by `server`.

Whoever can reach the socket is trusted, so it must let in its owner (and root) only.
"""

import os
import pathlib
import stat

from reelgate.kit.postgres.account import Account
from reelgate.kit.postgres.errors import FolderUnusable
from reelgate.kit.postgres.settings import PORT, short_hash

#: macOS takes 103 bytes and Linux 107; the socket's lock file is named five longer, but is no socket.
SOCKET_NAME_BYTES_MAX = 100
#: They separate or quote folders in the setting of Postgres, or hosts in a DSN.
FORBIDDEN = frozenset(",\"'\\")


def choose_socket_folder(folder: pathlib.Path, *, temporary: pathlib.Path, uid: int) -> pathlib.Path:
    """Return where the socket of the database in `folder` goes: inside it, else under `temporary`, always the same."""
    near = folder / "socket"
    name = str(near / f".s.PGSQL.{PORT}")
    plain = name.isascii() and name.isprintable() and not FORBIDDEN & set(name)
    if plain and len(name) <= SOCKET_NAME_BYTES_MAX:
        return near
    return temporary / f"reelgate-{uid}-{short_hash(folder)}"


def make_socket_folder(path: pathlib.Path, account: Account) -> None:
    """Make the folder `account`'s and private, or check that it is; it may be repeated.

    Raises:
        FolderUnusable: something of another user is in its place, as anyone may put in a shared temporary folder.
        OSError: it cannot be made.

    """
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), account.uid}:
        raise FolderUnusable(f"{path} is needed for the database's socket and belongs to another user. Remove it.")
    # Only what needs it: in a container with few capabilities root may not change another user's folder.
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    if found.st_uid != account.uid:
        os.chown(path, account.uid, account.gid)
