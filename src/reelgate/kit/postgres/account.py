"""Which user of the system the programs of Postgres run as, since they refuse to run as root. Called by `server`.

Root gives them a uid and gid that nothing else has, so that neither the data nor the socket is open to the other
programs that run as `nobody`. The number is the same on every machine: a data folder can move between containers.
It must not make users, nor touch the folders above the database's own.
"""

import os
import pathlib
import pwd
from dataclasses import dataclass

from reelgate.kit.postgres.errors import FolderUnusable

#: Between the ranges that systemd and Debian hand out, and below 65536, so that user namespaces map it.
PRIVATE_ID = 60911


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A user that programs run as."""

    uid: int
    gid: int

    @property
    def is_private(self) -> bool:
        """Tell whether it is the one that root uses for new folders."""
        return self.uid == PRIVATE_ID


def choose_account(cluster: pathlib.Path) -> Account:
    """Return who runs the server of `cluster`, which need not exist yet.

    Raises:
        FolderUnusable: the cluster belongs to a user that this process cannot become.

    """
    try:
        found = cluster.stat()
    except FileNotFoundError:
        found = None
    if os.geteuid() != 0:
        if found is not None and found.st_uid != os.geteuid():
            raise FolderUnusable(
                f"The database in {cluster} belongs to user {found.st_uid}, and this is user {os.geteuid()}. "
                "Run this program as that user or as root, or choose another folder."
            )
        return Account(uid=os.geteuid(), gid=os.getegid())
    if found is not None and found.st_uid != 0:
        # An ordinary user's database stays that user's when root runs it once.
        return Account(uid=found.st_uid, gid=found.st_gid)
    return Account(uid=PRIVATE_ID, gid=PRIVATE_ID)


def choose_named_account(account: Account) -> Account:
    """Return `account`, or one with a name when it has none: initdb looks its own name up.

    Raises:
        FolderUnusable: the system has no user but root.

    """
    names = {entry.pw_uid: entry.pw_name for entry in pwd.getpwall()}
    if account.uid in names:
        return account
    nobody = next((uid for uid, name in names.items() if name == "nobody"), None)
    uid = nobody or next((uid for uid in names if uid != 0), None)
    if uid is None:
        raise FolderUnusable("This system has no user but root, and Postgres refuses to run as root. Add a user.")
    # The gid is what lets it into the private folder.
    return Account(uid=uid, gid=account.gid)
