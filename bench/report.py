"""What every part of the bench reports: lines of one table, the same as JSON, and the machine they were measured on.

A line has a figure, its peer or limit of the same run where it has one, and the goal. Called by all scripts here.
"""

import argparse
import datetime as dt
import json
import os
import pathlib
import platform
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

ROOT = pathlib.Path(__file__).parents[1]
#: Not in git; on the disk of the checkout, as the server's own data folder is by default.
RESULTS = ROOT / "bench" / "results"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of the table."""

    what: str
    #: The median, with its unit.
    figure: str
    #: What it is compared with, measured in the same run.
    peer: str = ""
    ratio: float | None = None
    p50: str = ""
    p99: str = ""
    goal: str = ""
    met: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What one part of the bench found."""

    lines: list[Line]
    #: Everything behind the lines, round by round.
    details: dict[str, Any] = field(default_factory=dict)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that `percent` of the values, at least one, do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def median(values: Sequence[float]) -> float:
    """Return the median of at least one value."""
    return statistics.median(values)


def options(description: str | None) -> argparse.Namespace:
    """Return the options that all parts have: `quick` and `json`."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", type=pathlib.Path, help="where to write the figures")
    return parser.parse_args()


def finish(report: Report, path: pathlib.Path | None) -> None:
    """Print the table of a part; write its JSON where asked."""
    print_table(report.lines)
    if path is not None:
        path.write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")


def print_table(lines: Sequence[Line]) -> None:
    """Print lines in columns."""
    head = ("what", "median", "peer", "ratio", "p50", "p99", "goal", "")
    rows = [head, *(_cells(line) for line in lines)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(line: Line) -> tuple[str, ...]:
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    met = {None: "", True: "met", False: "MISSED"}[line.met]
    return (line.what, line.figure, line.peer, ratio, line.p50, line.p99, line.goal, met)


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
        "date": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
    }


def _cpu_model() -> str:
    if sys.platform == "linux":
        for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
