"""How soon `reelgate serve` is ready, and how much memory its processes take, idle and while a long video is rendered.

Times run from the start of the process to the first 200 of `GET /readyz`; memory is the proportional set size, in
which what processes share is counted once (Linux only). Run it: python bench/startup.py [--quick] [--json PATH].
"""

import contextlib
import pathlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from report import Line, Report, finish, median, options
from server import (
    END_MAX_S,
    GENERATE,
    REELGATE,
    Server,
    environment,
    folder,
    free_port,
    pause,
    serving,
    wait_until_ready,
)

EXISTING_GOAL_S = 3.0
EMPTY_GOAL_S = 6.0
IDLE_GOAL_MB = 300
RENDER_GOAL_MB = 700
IDLE_S = 10.0
RENDER_S = 60
SAMPLE_EVERY_S = 0.1
MB = 1024 * 1024


def run(*, quick: bool) -> Report:
    """Measure starts, then memory."""
    starts = 2 if quick else 5
    with folder() as data:
        empty = [_start_s(data / f"empty-{number}") for number in range(starts)]
        existing = [_start_s(data / "empty-0") for _ in range(starts)]
        lines = [
            _start_line("ready on an existing data folder", existing, EXISTING_GOAL_S),
            _start_line("ready on an empty data folder", empty, EMPTY_GOAL_S),
        ]
        details: dict[str, object] = {"existing_s": existing, "empty_s": empty}
        if sys.platform == "linux":
            with serving(data / "empty-0") as server:
                memory_lines, details["memory"] = _memory(server, render_s=RENDER_S // 4 if quick else RENDER_S)
                lines += memory_lines
    return Report(lines=lines, details={"startup": details})


def _start_line(what: str, found: list[float], goal_s: float) -> Line:
    return Line(
        what=what,
        figure=f"{median(found):.2f} s",
        p50=f"{median(found):.2f} s",
        p99=f"{max(found):.2f} s",
        goal=f"<= {goal_s:.0f} s",
        met=median(found) <= goal_s,
    )


def _start_s(data: pathlib.Path) -> float:
    """Start a server as `make serve` does, and end it when it is ready."""
    port = free_port()
    began = time.monotonic()
    command = [*REELGATE, "serve", "--dev", "--json", "--data", str(data), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, text=True, env=environment()) as process:
        try:
            wait_until_ready(("127.0.0.1", port), process)
            return time.monotonic() - began
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(END_MAX_S)


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """One process and the memory that is its share."""

    what: str
    pss_mb: float


def _memory(server: Server, *, render_s: int) -> tuple[list[Line], dict[str, object]]:
    pause(IDLE_S if render_s == RENDER_S else IDLE_S / 4)
    idle = [
        Process(what=_name(process), pss_mb=process.memory_full_info().pss / MB)
        for process in [server.process, *server.process.children(recursive=True)]
    ]
    total_mb = sum(process.pss_mb for process in idle)
    peak = _render_peak(server, render_s)
    lines = [
        Line(
            what=f"memory of all {len(idle)} processes, idle",
            figure=f"{total_mb:.0f} MB",
            goal=f"<= {IDLE_GOAL_MB} MB",
            met=total_mb <= IDLE_GOAL_MB,
        ),
        *(Line(what=f"  {name}", figure=f"{pss_mb:.0f} MB") for name, pss_mb in _by_name(idle).items()),
        Line(
            what=f"memory that rendering {render_s} s of 720p adds in its child",
            figure=f"{peak.own_mb:.0f} MB",
            peer=f"with what it shares {peak.resident_mb:.0f} MB",
            goal=f"<= {RENDER_GOAL_MB} MB",
            met=peak.own_mb <= RENDER_GOAL_MB,
        ),
    ]
    details: dict[str, object] = {
        "idle_mb": round(total_mb, 1),
        "processes": [{"what": process.what, "pss_mb": round(process.pss_mb, 1)} for process in idle],
        "render": {"video_s": render_s, "own_mb": round(peak.own_mb, 1), "resident_mb": round(peak.resident_mb, 1)},
    }
    return lines, details


def _by_name(processes: list[Process]) -> dict[str, float]:
    found: dict[str, float] = {}
    for process in processes:
        found[process.what] = found.get(process.what, 0.0) + process.pss_mb
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _name(process: psutil.Process) -> str:
    command = " ".join(process.cmdline())
    for part, what in (
        ("reelgate.cli.api_process", "API"),
        ("reelgate.cli.worker_process", "worker"),
        ("child_main", "zygote"),
        ("postgres", "Postgres"),
        ("serve", "serve, the parent"),
    ):
        if part in command:
            return what
    return command[:30] or process.name()


@dataclass(slots=True)
class Peak:
    """The most memory that a render's child was seen with."""

    #: Its own pages: not shared with the process that it was forked from.
    own_mb: float = 0.0
    #: With those that it shares: the kernel's own mark of the highest.
    resident_mb: float = 0.0


def _render_peak(server: Server, render_s: int) -> Peak:
    """Render a long video and watch the child that does it."""
    worker = server.part("worker")
    with _watching(worker) as peak:
        body = {
            "prompt": "a red car drives through a city at night in the rain, neon, slow push-in",
            "model": "animatic",
            "duration": render_s,
        }
        server.wait_for(server.ask("POST", GENERATE, body)["task_id"])
    return peak


@contextlib.contextmanager
def _watching(worker: psutil.Process) -> Iterator[Peak]:
    peak, ended = Peak(), threading.Event()

    def watch() -> None:
        while not ended.wait(SAMPLE_EVERY_S):
            for zygote in worker.children():
                for child in zygote.children():
                    # It may end at any moment.
                    with contextlib.suppress(psutil.Error, OSError):
                        _note(peak, child)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _note(peak: Peak, child: psutil.Process) -> None:
    status = pathlib.Path(f"/proc/{child.pid}/status").read_text(encoding="utf-8")
    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    own_mb = child.memory_full_info().uss / MB
    peak.own_mb = max(peak.own_mb, own_mb)
    peak.resident_mb = max([peak.resident_mb, *(int(mark) / 1024 for mark in marks)])


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
