"""The settings of a small server that is always on, given on its command line. Called by `server`.

They are given at each start and not written into the folder, so a newer reelgate brings newer ones. Idle, all
processes together hold about 15 MB (proportional set size). What is accepted is durable: fsync and synchronous_commit
are Postgres's own defaults (on), and stay so unless a test says otherwise.
"""

import hashlib
import os
import pathlib
from collections.abc import Mapping

#: The socket's name holds it; there is no port, since nothing listens on a network.
PORT = 5432

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    # "try" would take huge pages that an operator has set aside for something else.
    "huge_pages": "off",
    "jit": "off",
    # Reads go through the page cache of a small database: helpers for them only cost memory.
    "io_method": "sync",
    # Queries are short, and without parallel ones a container's small /dev/shm is enough.
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "2",
    "max_logical_replication_workers": "0",
    "max_wal_senders": "2",
    "autovacuum_worker_slots": "3",
    "autovacuum_max_workers": "2",
    # Bounds both the disk that the log of changes takes and the time of recovery after a crash.
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
    # Statements may hold what customers wrote.
    "log_min_error_statement": "panic",
}


def cluster_tag(cluster: pathlib.Path) -> str:
    """Return the name that every process of the cluster's server shows, the same wherever the folder is moved.

    Raises:
        OSError: the folder is missing or out of reach.

    """
    found = cluster.stat()
    return f"reelgate-{found.st_dev:x}-{found.st_ino:x}"


def plan_postgres_arguments(
    cluster: pathlib.Path, socket_folder: pathlib.Path, *, settings: Mapping[str, str]
) -> list[str]:
    """Return the server's arguments; `settings` go before `SETTINGS`."""
    # A list of folders with quotes of its own; choose_socket_folder lets no quotes in.
    places = {"unix_socket_directories": f'"{socket_folder}"', "cluster_name": cluster_tag(cluster), "port": str(PORT)}
    chosen = {**SETTINGS, **settings, **places}
    return ["-D", str(cluster), *(f"-c{name}={value}" for name, value in chosen.items())]


def plan_environment() -> dict[str, str]:
    """Return what the programs of Postgres may see of this process's environment, which holds secrets.

    PG* variables would change what they do, and other languages would make their messages unreadable to us.
    """
    passed = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in passed if name in os.environ}}


def short_hash(path: pathlib.Path) -> str:
    """Return 16 hexadecimal digits that stand for a path."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
