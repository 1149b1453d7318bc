"""The live processes of a cluster's server, whoever started them, and the file in which Postgres names its first.

A pid alone proves nothing: it may be another program's by now, or a zombie's. A process counts when it is named
postgres, runs as the cluster's owner, and shows the cluster's tag, which each one does in its command line or title.
That needs no privilege that root lacks in a container. Called by `server`.
"""

import asyncio
import contextlib
import pathlib
import signal
from dataclasses import dataclass

import psutil

from reelgate.kit.postgres.errors import StartFailed
from reelgate.kit.postgres.settings import PORT, cluster_tag

#: What to send, and for how long to wait: clients are cut off and all is written; nothing is written; nothing is asked.
STOP_STEPS: tuple[tuple[signal.Signals, float], ...] = (
    (signal.SIGINT, 20.0),
    (signal.SIGQUIT, 5.0),
    (signal.SIGKILL, 5.0),
)
#: All processes of the system are looked at each time.
SCAN_EVERY_S = 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class PostmasterFile:
    """What `postmaster.pid` says."""

    pid: int
    socket_folder: str
    ready: bool


def read_postmaster_file(cluster: pathlib.Path) -> PostmasterFile | None:
    """Return what the running, or killed, server wrote; None when there is no such file or it is not whole yet.

    Raises:
        OSError: the file is there and cannot be read.

    """
    try:
        lines = (cluster / "postmaster.pid").read_text(errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return None
    # pid, data folder, start time, port, socket folder, address, shared memory, status.
    if len(lines) < 8 or not lines[0].strip().isdigit():
        return None
    return PostmasterFile(pid=int(lines[0]), socket_folder=lines[4].strip(), ready=lines[7].strip() == "ready")


def find_processes(cluster: pathlib.Path) -> list[psutil.Process]:
    """Return the live processes of the cluster's server, in no order.

    Raises:
        OSError: the cluster is missing or out of reach.

    """
    tag, uid = cluster_tag(cluster), cluster.stat().st_uid
    return [process for process in psutil.process_iter() if _belongs(process, tag, uid)]


def find_postmaster(cluster: pathlib.Path) -> PostmasterFile | None:
    """Return what `postmaster.pid` says when that very server runs and takes connections.

    Raises:
        OSError: the cluster is out of reach.

    """
    found = read_postmaster_file(cluster)
    if found is None or not found.ready:
        return None
    with contextlib.suppress(psutil.NoSuchProcess):
        if _belongs(psutil.Process(found.pid), cluster_tag(cluster), cluster.stat().st_uid):
            return found
    return None


async def end_processes(cluster: pathlib.Path) -> None:
    """End what a killed owner left behind, as gently as possible; nothing there is fine.

    Raises:
        StartFailed: something outlived a SIGKILL.
        OSError: the cluster is out of reach, or a process may not be signalled.

    """
    for kind, patience_s in STOP_STEPS:
        processes = find_processes(cluster)
        pids = {process.pid for process in processes}
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                # The first one tells the others; only when it is gone are they asked themselves.
                if process.ppid() not in pids or kind is signal.SIGKILL:
                    process.send_signal(kind)
        deadline = asyncio.get_running_loop().time() + patience_s
        while find_processes(cluster):
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(SCAN_EVERY_S)
        else:
            return
    raise StartFailed(f"A server of the database in {cluster} still runs and cannot be ended.")


def remove_leftovers(cluster: pathlib.Path, socket_folder: pathlib.Path) -> None:
    """Remove the files by which a killed server would still seem to run; only after `end_processes`.

    Postgres believes in them when their pid is alive, and in a container it soon is: as another program's.
    """
    socket = socket_folder / f".s.PGSQL.{PORT}"
    for path in (cluster / "postmaster.pid", socket, socket.with_name(f"{socket.name}.lock")):
        path.unlink(missing_ok=True)


def _belongs(process: psutil.Process, tag: str, uid: int) -> bool:
    """Tell whether a process is a live one of the server with this tag."""
    try:
        if process.name() != "postgres" or process.status() == psutil.STATUS_ZOMBIE or process.uids().real != uid:
            return False
        words = process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
    return f"-ccluster_name={tag}" in words or any(word.startswith(f"postgres: {tag}: ") for word in words[:1])
