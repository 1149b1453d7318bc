"""A lean HTTP load generator: plain sockets, kept alive, each sending its next request when its answer is complete.

`measure` runs it as a process of its own, so that it shares no interpreter with anything that is measured. It reads
the head of an answer only as far as its status and length. Called by `polls` and `creates`.
"""

import base64
import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import psutil

from report import percentile

READ_BYTES = 1 << 16
STALL_MAX_S = 20.0
_LENGTH = b"content-length: "


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """What one round of load found; the latencies are in milliseconds."""

    requests_per_s: float
    p50_ms: float
    p99_ms: float
    #: Processor time of the measured process for each request, in microseconds.
    cpu_us: float


@dataclass(slots=True)
class Client:
    """One connection."""

    connection: socket.socket
    sent_at: float = 0.0
    received: bytearray = field(default_factory=bytearray)
    length: int = 0


def measure(address: tuple[str, int], requests: Sequence[bytes], *, pid: int, clients: int, seconds: float) -> Round:
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
    before = server.cpu_times()
    done = subprocess.run(
        [sys.executable, __file__], input=json.dumps(plan), stdout=subprocess.PIPE, check=True, text=True
    )
    after = server.cpu_times()
    found = json.loads(done.stdout)
    cpu_s = after.user + after.system - before.user - before.system
    return Round(
        requests_per_s=found["requests"] / found["seconds"],
        p50_ms=found["p50_ms"],
        p99_ms=found["p99_ms"],
        cpu_us=cpu_s / found["requests"] * 1e6,
    )


def drive(clients: Sequence[Client], requests: Sequence[bytes], seconds: float) -> tuple[list[float], float]:
    """Keep every client busy for some seconds; return the latencies, in seconds, and how long it took."""
    selector = selectors.DefaultSelector()
    for number, client in enumerate(clients):
        selector.register(client.connection, selectors.EVENT_READ, client)
        client.connection.sendall(requests[number % len(requests)])
        client.sent_at = time.perf_counter()
    latencies: list[float] = []
    began = now = time.perf_counter()
    number = len(clients)
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
            client.connection.send(requests[number % len(requests)])
            client.sent_at = now
            number += 1
    return latencies, now - began


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
    latencies, seconds = drive(clients, requests, plan["seconds"])
    facts = {
        "requests": len(latencies),
        "seconds": seconds,
        "p50_ms": percentile(latencies, 50) * 1000,
        "p99_ms": percentile(latencies, 99) * 1000,
    }
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
