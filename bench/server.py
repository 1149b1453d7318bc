"""Starts what is measured, each on a folder of its own under `results/`, and ends it again. Called by all parts."""

import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psutil

from report import RESULTS

REELGATE = (sys.executable, "-m", "reelgate.cli.main")
END_MAX_S = 40.0
READY_MAX_S = 60.0
TASK_MAX_S = 180.0
LOOK_EVERY_S = 0.02
GENERATE = "/api/video/veo4/generate"
STATUS = "/api/video/veo4/status"


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """A running server."""

    address: tuple[str, int]
    key: str
    process: psutil.Process

    def part(self, name: str) -> psutil.Process:
        """Return the process of a part: api or worker."""
        return next(
            process
            for process in self.process.children(recursive=True)
            if process.cmdline()[-1:] == [f"reelgate.cli.{name}_process"]
        )

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send one request and return the body of its answer, which must be a success."""
        answer = call(self.address, raw_request(self, method, path, body))
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body!r}")
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def wait_for(self, task_id: str) -> dict[str, Any]:
        """Poll a task until it has succeeded."""
        until = time.monotonic() + TASK_MAX_S
        while time.monotonic() < until:
            task = self.ask("GET", f"{STATUS}?task_id={task_id}")
            if task["status"] == "succeeded":
                return task
            if task["status"] in ("failed", "canceled"):
                raise RuntimeError(f"the task ended: {task}")
            pause(LOOK_EVERY_S)
        raise TimeoutError(f"task {task_id} has not ended")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes


def raw_request(server: Server, method: str, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> bytes:
    """Return the bytes of a request, with the headers that an ordinary client sends."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {server.address[0]}:{server.address[1]}",
        "Accept: */*",
        "User-Agent: bench",
        f"Authorization: Bearer {server.key}",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        *(["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + content


def call(address: tuple[str, int], request: bytes) -> Answer:
    """Send a request on a connection of its own."""
    with socket.create_connection(address, timeout=END_MAX_S) as connection:
        connection.sendall(request)
        response = http.client.HTTPResponse(connection)
        response.begin()
        return Answer(status=response.status, headers=dict(response.getheaders()), body=response.read())


def environment(**given: str) -> dict[str, str]:
    """Return this process's environment with the given settings of reelgate and no others."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REELGATE_")}
    return clean | {"REELGATE_LOG_LEVEL": "warning"} | given


@contextlib.contextmanager
def folder() -> Iterator[pathlib.Path]:
    """Lend an empty folder on the disk of the checkout."""
    RESULTS.mkdir(exist_ok=True)
    path = pathlib.Path(tempfile.mkdtemp(prefix="work-", dir=RESULTS))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def serving(data: pathlib.Path, *options: str, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run `reelgate serve` on a free port, with a key that has credits."""
    command = [*REELGATE, "serve", "--data", str(data), "--port", "0", "--dev", "--json", *options]
    with _running(command, environment(**(variables or {}))) as process:
        ready = json.loads(_first_line(process))
        yield Server(address=address_of(ready["url"]), key=ready["key"], process=psutil.Process(process.pid))


@contextlib.contextmanager
def serving_api(data: pathlib.Path, dsn: str) -> Iterator[Server]:
    """Run `reelgate api` alone, without a worker, on a free port; the caller brings keys."""
    command = [*REELGATE, "api", "--data", str(data), "--port", "0"]
    with _running(command, environment(REELGATE_DATABASE_URL=dsn)) as process:
        address = address_of(_first_line(process).rpartition(" ")[2].strip())
        wait_until_ready(address, process)
        yield Server(address=address, key="", process=psutil.Process(process.pid))


@contextlib.contextmanager
def _running(command: list[str], variables: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(variables)) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(END_MAX_S)


def _first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the server did not start; see above")
    return line


def wait_until_ready(address: tuple[str, int], process: "subprocess.Popen[str]") -> None:
    """Return as soon as `GET /readyz` answers 200."""
    until = time.monotonic() + READY_MAX_S
    request = f"GET /readyz HTTP/1.1\r\nHost: {address[0]}\r\nConnection: close\r\n\r\n".encode()
    while time.monotonic() < until:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if call(address, request).status == 200:
                return
        if process.poll() is not None:
            raise RuntimeError("the server ended; see above")
        pause(0.005)
    raise TimeoutError("the server is not ready")


def address_of(url: str) -> tuple[str, int]:
    """Return host and port of a URL that has both."""
    parts = urllib.parse.urlsplit(url)
    assert parts.hostname
    assert parts.port
    return parts.hostname, parts.port


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pause(seconds: float) -> None:
    """Wait."""
    time.sleep(seconds)  # noqa: TID251 - a script without a loop of events
