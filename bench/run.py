"""Runs every part of the bench, prints one table, and writes everything to results/latest.json.

Each part runs as a process of its own and can be run alone. Run it: make bench, or python bench/run.py [--quick].
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from typing import Any

from report import RESULTS, ROOT, Line, machine, print_table

#: In this order; each prints what it finds as it goes.
PARTS = (
    "render",
    "polls",
    "per_wire",
    "held",
    "creates",
    "doors",
    "deliveries",
    "startup",
    "end_to_end",
    "in_flight",
    "large",
)
#: Of these a quick run measures nothing, unless it is told to: they fill a disk.
THOROUGH_PARTS = ("large",)
PART_MAX_S = 2000
#: What the renderer may take, as multiples of x264 alone.
RENDER_GOALS = {"text": 1.3, "image": 1.5, "morph": 2.6, "references": 1.5}


def main() -> None:
    """Run the parts that are asked for, by default all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"which to run: {', '.join(PARTS)}; by default all")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", type=pathlib.Path, default=RESULTS / "latest.json", help="where to write the figures")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    began = time.monotonic()
    facts, lines, details, failed = machine(), [], {}, []
    for part in chosen.parts or [part for part in PARTS if not (chosen.quick and part in THOROUGH_PARTS)]:
        print(f"\n== {part}", flush=True)
        found = run_part(part, quick=chosen.quick)
        if found is None:
            failed.append(part)
        elif part == "render":
            lines += render_lines(found)
            details[part] = found
        else:
            lines += [Line(**line) for line in found["lines"]]
            details |= found["details"]
    facts |= {"quick": chosen.quick, "took_s": round(time.monotonic() - began), "failed": failed}
    _write(chosen.json, {"machine": facts, "lines": [asdict(line) for line in lines], "details": details})
    print(f"\n== all, on {facts['cpu']}, {facts['cores']} cores, Python {facts['python']}, {facts['date']}")
    print_table(lines)
    print(f"\n{facts['took_s']} s; all figures: {chosen.json}")
    if failed:
        sys.exit(f"could not be measured: {', '.join(failed)}")


def run_part(part: str, *, quick: bool) -> dict[str, Any] | None:
    """Run one part; return its JSON, or None when it failed, which it has then said."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "figures.json"
        command = [sys.executable, str(ROOT / "bench" / f"{part}.py"), "--json", str(path)]
        try:
            subprocess.run([*command, *(["--quick"] if quick else [])], check=True, timeout=PART_MAX_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            print(error, file=sys.stderr)
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found


def render_lines(found: dict[str, Any]) -> list[Line]:
    """Return the renderer's ratios as lines; its own table has them by processor time too."""
    return [
        Line(
            what=f"8 s of 720p from {kind}, against x264 alone",
            figure=f"{_median_s(found, kind, 'render_s'):.2f} s",
            peer=f"x264 alone {_median_s(found, kind, 'x264_s'):.2f} s",
            ratio=found[f"ratio_{kind}_720p"],
            goal=f"<= {goal:.2f}",
            met=found[f"ratio_{kind}_720p"] <= goal,
        )
        for kind, goal in RENDER_GOALS.items()
    ]


def _median_s(found: dict[str, Any], kind: str, field: str) -> float:
    times = sorted(row[field] for row in found["rows"] if row["kind"] == kind and row["size"] == "1280x720")
    middle: float = times[len(times) // 2]
    return middle


def _write(path: pathlib.Path, figures: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
