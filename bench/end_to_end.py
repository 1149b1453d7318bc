"""From the request for a video to its success, as a client sees it: veo4api's default, 8 s of 720p, on a warm server.

It has no goal of its own: `render` holds what most of it is.
Run it: python bench/end_to_end.py [--quick] [--json PATH].
"""

import time

from report import Line, Report, finish, median, options
from server import GENERATE, Server, folder, serving

PROMPT = "A cinematic dolly shot of a glass greenhouse during sunrise"


def run(*, quick: bool) -> Report:
    """Measure some requests, one after the other."""
    with folder() as data, serving(data / "data") as server:
        # The first one warms up.
        found = [_request_s(server) for _ in range(3 if quick else 6)][1:]
    line = Line(
        what="from request to success, 8 s of 720p",
        figure=f"{median(found):.2f} s",
        p50=f"{median(found):.2f} s",
        p99=f"{max(found):.2f} s",
    )
    return Report(lines=[line], details={"end_to_end_s": found})


def _request_s(server: Server) -> float:
    began = time.monotonic()
    server.wait_for(server.ask("POST", GENERATE, {"prompt": PROMPT})["task_id"])
    return time.monotonic() - began


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
