"""A real server for tests: `reelgate serve` as a process of its own, on a folder of its own, on a free port."""

import asyncio
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

PROGRAM = (sys.executable, "-m", "reelgate.cli.main")
START_MAX_S = 60.0
END_MAX_S = 40.0
TASK_MAX_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server."""

    url: str
    key: str
    data: pathlib.Path
    process: "subprocess.Popen[str]"
    log: pathlib.Path

    def client(self, key: str | None = None) -> httpx2.Client:
        """Return a client that sends a key in both wires' headers; an empty one is not sent."""
        key = self.key if key is None else key
        headers = {"authorization": f"Bearer {key}", "x-api-key": key} if key else {}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60)

    def part_pids(self, part: str) -> list[int]:
        """Return the process ids of the parts of a kind: api or worker."""
        return [pid for pid, command in descendants(self.process.pid) if f"reelgate.cli.{part}_process" in command]


def environment(**given: str) -> dict[str, str]:
    """Return this process's environment without any setting of reelgate, with the given variables."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("REELGATE_")}
    return clean | {"REELGATE_FETCH_ALLOW": "127.0.0.1"} | given


@contextlib.contextmanager
def serving(data: pathlib.Path, *options: str, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Run a server; it is ended with SIGTERM and must leave nothing behind."""
    log = data.with_suffix(".log")
    command = [*PROGRAM, "serve", "--data", str(data), "--port", "0", "--dev", "--json", *options]
    with (
        log.open("a") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment(**(variables or {}))
        ) as process,
    ):
        assert process.stdout
        line = process.stdout.readline()
        assert line, log.read_text()
        ready = json.loads(line)
        try:
            yield Server(url=ready["url"], key=ready["key"], data=data, process=process, log=log)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(END_MAX_S)


@contextlib.contextmanager
def answering(data: pathlib.Path, dsn: str) -> Iterator[str]:
    """Run a server without a worker, on a database that is there; yield its URL. Tasks stay as they are put."""
    log = data.with_suffix(".log")
    command = [*PROGRAM, "api", "--data", str(data), "--port", "0"]
    variables = environment(REELGATE_DATABASE_URL=dsn)
    with (
        log.open("a") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=variables) as process,
    ):
        assert process.stdout
        url = process.stdout.readline().rpartition(" ")[2].strip()
        try:
            assert url, log.read_text()
            for _ in range(600):
                with contextlib.suppress(httpx2.TransportError):
                    if httpx2.get(f"{url}/readyz").status_code == 200:
                        break
                pause(0.02)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(END_MAX_S)


def run_command(*arguments: str, check: bool = True, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run `reelgate` to its end."""
    return subprocess.run(
        [*PROGRAM, *arguments], check=check, capture_output=True, text=True, timeout=120, env=environment(**variables)
    )


def command_facts(*arguments: str) -> Any:
    """Run `reelgate ... --json` and return what it printed."""
    return json.loads(run_command(*arguments, "--json").stdout)


def wait_for_task(client: httpx2.Client, task_id: str, *, until: tuple[str, ...] = ()) -> dict[str, Any]:
    """Poll veo4api's status until the task has ended, or has one of some states."""
    wanted = until or ("succeeded", "failed", "canceled")
    deadline = time.monotonic() + TASK_MAX_S
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx2.TransportError):
            answer = client.get("/api/video/veo4/status", params={"task_id": task_id})
            if answer.status_code == 200:
                body: dict[str, Any] = answer.json()
                if body["status"] in wanted:
                    return body
        pause(0.05)
    raise AssertionError(f"task {task_id} did not end")


def pause(seconds: float) -> None:
    """Wait for a real process; nothing is asserted on how long it takes."""
    asyncio.run(asyncio.sleep(seconds))


def descendants(pid: int) -> list[tuple[int, str]]:
    """Return (pid, command line) of all processes below one."""
    found = []
    for child in children_of(pid):
        with contextlib.suppress(OSError):
            command = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            found += [(child, command), *descendants(child)]
    return found


def children_of(pid: int) -> list[int]:
    """Return the children of a process."""
    try:
        return [
            int(child)
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []
