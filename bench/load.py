"""A lean HTTP load generator: plain sockets, kept alive, each sending its next request when its answer is complete.

`measure` runs it as a process of its own, so that it shares no interpreter with anything that is measured. It reads
the head of an answer only as far as its status and length. Called by `polls`, `creates` and others.
"""

import base64
import contextlib
import itertools
import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psutil

from report import percentile

READ_BYTES = 1 << 16
STALL_MAX_S = 20.0
#: Stands in a request where each time that it is sent has another text of this length.
UNIQUE = b"@" * 32
_LENGTH = b"content-length: "


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What one round of load found; the latencies are in milliseconds."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    #: Processor time of the measured process for each request, in microseconds.
    cpu_us: float
    #: The same of the database, where it was watched, and of what sends the requests.
    database_us: float = 0.0
    generator_us: float = 0.0


@dataclass(slots=True)
class Client:
    """One connection."""

    connection: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    length: int = 0


def measure(
    address: tuple[str, int],
    requests: Sequence[bytes],
    *,
    pid: int,
    clients: int,
    seconds: float,
    database_pid: int | None = None,
) -> Round:
    """Send requests in turn over `clients` connections for some seconds, while process `pid` answers.

    Raises:
        subprocess.CalledProcessError: an answer was not a 200, or none came.

    """
    plan = {
        "host": address[0],
        "port": address[1],
        "clients": clients,
        "seconds": seconds,
        "requests": [base64.b64encode(request).decode() for request in requests],
    }
    server = psutil.Process(pid)
    database = psutil.Process(database_pid) if database_pid else None
    before, database_before = cpu_s(server), cpu_s(database)
    done = subprocess.run(
        [sys.executable, __file__], input=json.dumps(plan), stdout=subprocess.PIPE, check=True, text=True
    )
    after, database_after = cpu_s(server), cpu_s(database)
    found = json.loads(done.stdout)
    return Round(
        requests_per_s=found["requests"] / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        cpu_us=(after - before) / found["requests"] * 1e6,
        database_us=(database_after - database_before) / found["requests"] * 1e6,
        generator_us=found["cpu_us"],
    )


def cpu_s(process: psutil.Process | None) -> float:
    """Return the seconds that a process and those below it have computed for."""
    total = 0.0
    for each in [process, *process.children(recursive=True)] if process else ():
        with contextlib.suppress(psutil.NoSuchProcess):
            times = each.cpu_times()
            total += times.user + times.system
    return total


def drive(clients: Sequence[Client], requests: Sequence[bytes], seconds: float) -> tuple[list[float], float]:
    """Keep every client busy for some seconds; return the latencies, in seconds, and how long it took."""
    sender = _sender(requests)
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.connection, selectors.EVENT_READ, client)
        client.connection.sendall(next(sender))
        client.sent_at = time.perf_counter()
    latencies: list[float] = []
    began = now = time.perf_counter()
    while now - began < seconds:
        ready = selector.select(STALL_MAX_S)
        if not ready:
            sys.exit("no answer came")
        for key, _ in ready:
            client = key.data
            if not receive(client):
                continue
            now = time.perf_counter()
            latencies.append(now - client.sent_at)
            client.connection.send(next(sender))
            client.sent_at = now
    return latencies, now - began


def _sender(requests: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the requests in turn, each with another text where one stands for it."""
    own = os.urandom(8).hex()
    parts = [request.partition(UNIQUE) for request in requests]
    for number, (head, mark, tail) in enumerate(itertools.cycle(parts)):
        yield b"%s%s%016x%s" % (head, own.encode(), number, tail) if mark else head


def receive(client: Client) -> bool:
    """Read what is there; return whether the answer is complete, which must be a 200."""
    received = client.received
    received += client.connection.recv(READ_BYTES)
    if not client.length:
        head = received.find(b"\r\n\r\n")
        if head < 0:
            if not received:
                sys.exit("the server closed the connection")
            return False
        if not received.startswith(b"HTTP/1.1 200"):
            sys.exit(bytes(received[:500]).decode(errors="replace"))
        at = received.find(_LENGTH) + len(_LENGTH)
        client.length = head + 4 + int(received[at : received.find(b"\r", at)])
    if len(received) < client.length:
        return False
    received.clear()
    client.length = 0
    return True


def connect(host: str, port: int) -> Client:
    """Open one connection."""
    connection = socket.create_connection((host, port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Client(connection=connection)


def main() -> None:
    """Read a plan from standard input, carry it out, print what was found."""
    plan = json.load(sys.stdin)
    requests = [base64.b64decode(text) for text in plan["requests"]]
    clients = [connect(plan["host"], plan["port"]) for _ in range(plan["clients"])]
    before_s = time.process_time()
    latencies, seconds = drive(clients, requests, plan["seconds"])
    facts = {
        "requests": len(latencies),
        "seconds": seconds,
        "p50_ms": percentile(latencies, 50) * 1000,
        "p99_ms": percentile(latencies, 99) * 1000,
        "cpu_us": (time.process_time() - before_s) / len(latencies) * 1e6,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
