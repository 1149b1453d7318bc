"""Polls of a finished task through the real server, against a bare Starlette route that returns the same bytes.

Both run as one process under the same uvicorn settings and are asked by the same generator, in turn; the ratio is of
medians. Run it: python bench/polls.py [--quick] [--json PATH].
"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict

import psutil

from bare import BACKLOG
from load import Round, measure
from report import ROOT, Line, Report, finish, median, options
from server import END_MAX_S, GENERATE, STATUS, Answer, call, folder, raw_request, serving

CLIENTS = 32
GOAL = 0.40
#: Made by the server for each answer, or by uvicorn for both.
_OWN_HEADERS = ("date", "content-length", "content-type")


def run(*, quick: bool) -> Report:
    """Measure rounds of both in turn."""
    rounds, seconds = (3, 0.5) if quick else (5, 2.0)
    with folder() as data, serving(data) as server:
        task = server.ask("POST", GENERATE, {"prompt": "a lighthouse at dusk", "model": "animatic", "duration": 1})
        server.wait_for(task["task_id"])
        poll = raw_request(server, "GET", f"{STATUS}?task_id={task['task_id']}")
        with bare_route(call(server.address, poll)) as (address, process):
            ours, bare = [], []
            for number in range(rounds + 1):
                # The first round of each warms up.
                length = seconds if number else 0.5
                ours.append(_round(server.address, poll, server.part("api"), length))
                bare.append(_round(address, poll, process, length))
    return _report(ours[1:], bare[1:])


def _round(address: tuple[str, int], poll: bytes, process: psutil.Process, seconds: float) -> Round:
    return measure(address, [poll], pid=process.pid, clients=CLIENTS, seconds=seconds)


def _report(ours: list[Round], bare: list[Round]) -> Report:
    ours_s, bare_s = (median([found.requests_per_s for found in rounds]) for rounds in (ours, bare))
    ours_us, bare_us = (median([found.cpu_us for found in rounds]) for rounds in (ours, bare))
    ratio = ours_s / bare_s
    lines = [
        Line(
            what="polls of a finished task, one process",
            figure=f"{ours_s:,.0f}/s",
            peer=f"bare Starlette {bare_s:,.0f}/s",
            ratio=ratio,
            p50=f"{median([found.p50_ms for found in ours]):.1f} ms",
            p99=f"{median([found.p99_ms for found in ours]):.1f} ms",
            goal=f">= {GOAL:.2f}",
            met=ratio >= GOAL,
        ),
        Line(
            what="processor time of a poll",
            figure=f"{ours_us:.0f} us",
            peer=f"bare Starlette {bare_us:.0f} us",
            ratio=bare_us / ours_us,
        ),
    ]
    details = {"server": [asdict(found) for found in ours], "bare": [asdict(found) for found in bare]}
    return Report(lines=lines, details={"polls": details | {"clients": CLIENTS}})


@contextlib.contextmanager
def bare_route(answer: Answer) -> Iterator[tuple[tuple[str, int], psutil.Process]]:
    """Serve an answer's bytes and headers from a bare route, in a process of its own."""
    headers = {name: value for name, value in answer.headers.items() if name.lower() not in _OWN_HEADERS}
    told = json.dumps({"path": STATUS, "body": answer.body.decode(), "headers": headers})
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listening:
        address: tuple[str, int] = listening.getsockname()
        command = [sys.executable, str(ROOT / "bench" / "bare.py"), str(listening.fileno())]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, pass_fds=[listening.fileno()]) as process:
            assert process.stdin
            process.stdin.write(told)
            process.stdin.close()
            try:
                yield address, psutil.Process(process.pid)
            finally:
                process.send_signal(signal.SIGTERM)
                process.wait(END_MAX_S)


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
