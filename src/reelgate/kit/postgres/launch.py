"""Become the right user, make sure to end with the parent, then become a program of Postgres.

A script of its own, `python -I -S launch.py PARENT_PID SIGNAL UID GID FOLDER... -- PROGRAM ARGUMENT...`, because none
of this is safe between fork and exec in a process with threads. Standard library only: it must not import reelgate. It
takes about 20 ms. `server` and `cluster` write its command line with `plan_launch`.

Root's part. Postgres refuses to run as root, and another user often cannot pass the folders that lead to the programs
or to the data, such as /root. Their modes are not ours to change. Instead the one capability that is needed, if any, is
kept over the change of user: to read and search anything, or to override permissions where the programs themselves
may only be run by root. Postgres asks access(2) before it runs a program, which ignores the capabilities of a user
other than root, unless the secure bit NO_SETUID_FIXUP is set.

The kernel sends the signal when the parent *thread* ends: start Postgres from a thread that lives as long as it should.
"""

import contextlib
import ctypes
import os
import pathlib
import sys
from collections.abc import Sequence

#: What this script's own messages start with.
LAUNCH_COMPLAINT = "reelgate: "
#: The exit status after such a message.
EXIT_REFUSED = 77

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
SECBIT_NO_SETUID_FIXUP = 1 << 2
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2
CAPABILITY_VERSION_3 = 0x20080522


class LaunchRefused(Exception):
    """The program cannot be started; the message says why."""


def plan_launch(
    command: Sequence[str], *, signal: int, uid: int, gid: int, folders: Sequence[pathlib.Path]
) -> list[str]:
    """Return the command line that runs `command`, an absolute path and its arguments, through this script.

    `signal` is what the program gets when this process ends (Linux only); `folders` are those it must be able to read.
    """
    numbers = (os.getpid(), signal, uid, gid)
    return [sys.executable, "-I", "-S", __file__, *map(str, numbers), *map(str, folders), "--", *command]


def launch(arguments: Sequence[str]) -> None:
    """Replace this process by the program; return only if that failed.

    Raises:
        LaunchRefused: the user cannot be changed to, or cannot read what it must.
        OSError: the program cannot be run.

    """
    split = arguments.index("--")
    parent_pid, signal, uid, gid = map(int, arguments[:4])
    folders, command = arguments[4:split], list(arguments[split + 1 :])
    if uid != os.geteuid():
        _become(uid, gid, program=command[0], folders=folders)
    if sys.platform == "linux":
        # After the change of user, which clears it. The first exec below keeps it.
        _prctl(PR_SET_PDEATHSIG, signal)
    if os.getppid() != parent_pid:
        raise LaunchRefused("the parent has ended")
    os.execv(command[0], command)  # noqa: S606 - the point of this script


def _become(uid: int, gid: int, *, program: str, folders: Sequence[str]) -> None:
    """Become the user for good, with no more privilege than reading `folders` and running `program` need."""
    if sys.platform == "linux":
        # Without CAP_SETPCAP nothing can be kept over the change; open paths work all the same.
        with contextlib.suppress(OSError):
            _prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP)
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:
        raise LaunchRefused(
            f"Postgres cannot run as root, and here root may not become user {uid} ({error.strerror}). "
            "Run this program as an ordinary user."
        ) from error
    held = _read_permitted()
    for mask in (0, 1 << CAP_DAC_READ_SEARCH, 1 << CAP_DAC_OVERRIDE):
        if mask & ~held:
            continue
        _hold(effective=mask, permitted=held)
        closed = [folder for folder in folders if not os.access(folder, os.R_OK | os.X_OK)]
        closed += [] if os.access(program, os.X_OK) else [program]
        if not closed:
            _keep_over_exec(mask)
            return
    raise LaunchRefused(
        f"As root, Postgres runs as user {uid}, which cannot reach {closed[0]}. "
        "Choose a place outside private folders for it, or run this program as an ordinary user."
    )


def _read_permitted() -> int:
    """Return the first 32 capabilities that this process may make effective, as bits."""
    if sys.platform != "linux":
        return 0
    header, sets = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    _check(ctypes.CDLL(None, use_errno=True).capget(header, sets))
    return sets[1]


def _hold(*, effective: int, permitted: int) -> None:
    """Make `effective` count now; `permitted` may be chosen from later, and nothing else ever again."""
    if sys.platform == "linux":
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(effective, permitted, effective, 0, 0, 0)
        _check(ctypes.CDLL(None, use_errno=True).capset(header, sets))


def _keep_over_exec(mask: int) -> None:
    """Give up all capabilities but `mask`, and let the program have that one."""
    if sys.platform == "linux":
        _hold(effective=mask, permitted=mask)
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        if mask:
            _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, mask.bit_length() - 1)


def _prctl(option: int, value: int, more: int = 0) -> None:
    """Call prctl(2).

    Raises:
        OSError: the kernel refused.

    """
    words = (ctypes.c_ulong(word) for word in (value, more, 0, 0))
    _check(ctypes.CDLL(None, use_errno=True).prctl(ctypes.c_int(option), *words))


def _check(result: int) -> None:
    """Turn -1 and errno into an OSError."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


if __name__ == "__main__":
    try:
        launch(sys.argv[1:])
    except (LaunchRefused, OSError) as refusal:
        print(f"{LAUNCH_COMPLAINT}{refusal}", file=sys.stderr)  # noqa: T201 - the supervisor reads it
        sys.exit(EXIT_REFUSED)
