"""A poll through every wire in one run, and what a wire's own work takes: reading a request, showing a task.

No worker runs: one task waits and one has succeeded. Polls take turns, wire by wire; the ratio is to the cheapest.
Vertex's answer to a finished task is the video itself, so only a waiting one is asked for there. Run it:
python bench/per_wire.py [--quick] [--json PATH].
"""

import asyncio
import datetime as dt
import importlib.resources
import os
import pathlib
import time
import timeit
import tomllib
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from load import Round, measure
from reelgate.core.catalogue import Catalogue, catalogue_from
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.tails import to_tail
from reelgate.core.task import Artifact, ArtifactKind, Mode, State, Task, TaskSpec
from reelgate.dialects.acedata import translate as acedata
from reelgate.dialects.acedata.wire import VideosRequest
from reelgate.dialects.gemini import translate as gemini
from reelgate.dialects.openai import translate as openai
from reelgate.dialects.openai.wire import CreateRequest
from reelgate.dialects.veo3gen import translate as veo3gen
from reelgate.dialects.veo3gen.wire import GenerationRequest as Veo3genRequest
from reelgate.dialects.veo4api import translate as veo4api
from reelgate.dialects.veo4api.wire import GenerateRequest
from reelgate.dialects.veoapi import translate as veoapi
from reelgate.dialects.veoapi.wire import GenerationRequest as VeoapiRequest
from reelgate.dialects.vertex import translate as vertex
from reelgate.dialects.vtrix import translate as vtrix
from reelgate.kit.clock import now
from reelgate.kit.postgres.server import EmbeddedPostgres
from reelgate.service.credit import issue_key
from reelgate.service.query import Link
from reelgate.store.accounts import find_account
from reelgate.store.database import wait_for_database
from reelgate.store.migrate import migrate
from reelgate.store.tasks import Ending, NewTask, accept_task, begin_task, finish_task, load_task
from reelgate.web.fields import read_fields
from report import Line, Report, finish, median, options
from server import Server, folder, raw_request, serving_api

CLIENTS = 16
#: What a poll may cost, as a multiple of the cheapest.
GOAL = 1.2
TRANSLATE_MAX_US = 50.0
PUBLISHER = "publishers/google/models/animatic"
#: By wire, how a task is asked for: method, path, JSON.
POLLS: Mapping[str, Callable[[uuid.UUID], tuple[str, str, dict[str, Any] | None]]] = {
    "veo4api": lambda task_id: ("GET", f"/api/video/veo4/status?task_id={veo4api.to_id(task_id)}", None),
    "veo3gen": lambda task_id: ("GET", f"/api/veo/status/{veo3gen.to_id(task_id)}", None),
    "veoapi": lambda task_id: ("GET", f"/v1/video/generations/{veoapi.to_id(task_id)}", None),
    "acedata": lambda task_id: ("POST", "/veo/tasks", {"id": acedata.to_id(task_id)}),
    "vtrix": lambda task_id: ("GET", f"/model/v1/generation/task/{vtrix.to_id(task_id)}", None),
    "gemini": lambda task_id: ("GET", f"/v1beta/models/animatic/operations/{to_tail(task_id)}", None),
    "vertex": lambda task_id: (
        "POST",
        f"/v1/{PUBLISHER}:fetchPredictOperation",
        {"operationName": f"{PUBLISHER}/operations/{task_id}"},
    ),
    "openai": lambda task_id: ("GET", f"/v1/videos/{openai.to_id(task_id)}", None),
}
PROMPT = "A cinematic dolly shot of a glass greenhouse during sunrise"


def run(*, quick: bool) -> Report:
    """Measure polls of a waiting and of a finished task, then the translations."""
    rounds, seconds = (5, 0.4) if quick else (12, 0.6)
    lines: list[Line] = []
    details: dict[str, Any] = {"clients": CLIENTS}
    with folder() as data, database(data) as (dsn, key, tasks), serving_api(data, dsn) as server:
        asked = replace(server, key=key)
        for state, task in tasks.items():
            wires = [wire for wire in POLLS if (wire, state) != ("vertex", "finished")]
            found = _polls(asked, task.id, wires, rounds, seconds)
            lines += _poll_lines(state, found)
            details[state] = {wire: [asdict(each) for each in measured] for wire, measured in found.items()}
        translated = _translations(tasks["finished"], repeats=2_000 if quick else 10_000)
    lines += _translation_lines(translated)
    return Report(lines=lines, details={"wires": details | {"translations_us": translated}})


def _polls(server: Server, task_id: uuid.UUID, wires: list[str], rounds: int, seconds: float) -> dict[str, list[Round]]:
    requests = {wire: raw_request(server, *POLLS[wire](task_id)) for wire in wires}
    found: dict[str, list[Round]] = {wire: [] for wire in wires}
    for number in range(rounds + 1):
        for wire, request in requests.items():
            measured = measure(
                server.address,
                [request],
                pid=server.process.pid,
                clients=CLIENTS,
                # The first round warms up.
                seconds=seconds if number else 0.3,
            )
            if number:
                found[wire].append(measured)
    return found


def _poll_lines(state: str, found: Mapping[str, list[Round]]) -> list[Line]:
    """Return a line for each wire: the least processor time decides, as whatever else the machine does adds to it."""
    cost_us = {wire: min(each.cpu_us for each in rounds) for wire, rounds in found.items()}
    cheapest = min(cost_us, key=lambda wire: cost_us[wire])
    return [
        Line(
            what=f"processor time of a poll of a {state} task through {wire}",
            figure=f"{cost_us[wire]:.0f} us",
            peer=f"{cheapest} {cost_us[cheapest]:.0f} us",
            ratio=cost_us[wire] / cost_us[cheapest],
            p50=f"{median([each.p50_ms for each in rounds]):.1f} ms",
            p99=f"{median([each.p99_ms for each in rounds]):.1f} ms",
            goal=f"<= {GOAL:.2f}",
            met=cost_us[wire] / cost_us[cheapest] <= GOAL,
        )
        for wire, rounds in found.items()
    ]


def _translations(task: Task, repeats: int) -> dict[str, dict[str, float]]:
    """Return, by wire, the microseconds of reading a parsed request into a spec, and of showing a finished task."""
    text = importlib.resources.files("reelgate").joinpath("catalogue.toml").read_text(encoding="utf-8")
    catalogue = catalogue_from(tomllib.loads(text))
    reading, showing = _reading(catalogue), _showing(task, catalogue)
    return {
        wire: {"read": _time_us(reading[wire], repeats), "show": _time_us(showing[wire], repeats)} for wire in POLLS
    }


def _time_us(call: Callable[[], object], repeats: int) -> float:
    # Processor time, for the same reason; the best of five, as everything else only adds to it.
    best_s = min(timeit.repeat(call, timer=time.process_time, number=repeats // 5, repeat=5))
    return best_s / (repeats // 5) * 1e6


def _reading(catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    google = {
        "instances": [{"prompt": PROMPT}],
        "parameters": {"aspectRatio": "16:9", "durationSeconds": 8, "resolution": "720p", "sampleCount": 1},
    }
    flat = {"prompt": PROMPT, "aspect_ratio": "16:9"}
    camel = {"prompt": PROMPT, "aspectRatio": "16:9", "durationSeconds": 8}
    wrapped = {"model": "veo_31_fast", "input": [{"params": camel}]}
    created = {"prompt": PROMPT, "size": "1280x720", "seconds": "8"}
    return {
        "veo4api": lambda: veo4api.to_submission(read_fields(GenerateRequest, flat), catalogue),
        "veo3gen": lambda: veo3gen.to_submission(read_fields(Veo3genRequest, camel), catalogue, Mode.TEXT_TO_VIDEO),
        "veoapi": lambda: veoapi.to_submission(read_fields(VeoapiRequest, flat | {"model": "veo-3"}), catalogue),
        "acedata": lambda: acedata.to_submission(
            read_fields(VideosRequest, flat | {"action": "text2video", "model": "veo3-fast"}), catalogue
        ),
        "vtrix": lambda: vtrix.to_submission(vtrix.flatten(wrapped), catalogue),
        "gemini": lambda: gemini.to_submission(gemini.read_request(google), "veo-3.1-generate-preview", catalogue),
        "vertex": lambda: vertex.to_submission(vertex.read_request(google), "veo-3.1-generate-001", catalogue),
        "openai": lambda: openai.to_submission(read_fields(CreateRequest, created), catalogue, None),
    }


def _showing(task: Task, catalogue: Catalogue) -> dict[str, Callable[[], object]]:
    url, until = "http://127.0.0.1:8080/files/x/video-0.mp4?e=1&k=2&s=3", now()
    links = [Link(url=url, expires_at=until)]
    resource = "projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001"
    return {
        "veo4api": lambda: veo4api.from_task(task, video_url=url, thumbnail_url=url),
        "veo3gen": lambda: veo3gen.from_task(task, links, catalogue),
        "veoapi": lambda: veoapi.from_task(task, video_url=url),
        "acedata": lambda: acedata.from_task(task, catalogue, acedata.outcome(task, [url])),
        "vtrix": lambda: vtrix.from_task(task, [url], catalogue),
        "gemini": lambda: gemini.from_task(task, catalogue, "http://127.0.0.1:8080"),
        "vertex": lambda: vertex.from_task(task, resource),
        "openai": lambda: openai.from_task(task, catalogue, expires_at=until),
    }


def _translation_lines(found: Mapping[str, Mapping[str, float]]) -> list[Line]:
    words = {"read": "a request read into a spec, through", "show": "a finished task shown, through"}
    return [
        Line(
            what=f"{words[way]} {wire}",
            figure=f"{taken_us:.1f} us",
            goal=f"< {TRANSLATE_MAX_US:.0f} us",
            met=taken_us < TRANSLATE_MAX_US,
        )
        for way in words
        for wire, taken_us in ((wire, ways[way]) for wire, ways in found.items())
    ]


@contextmanager
def database(data: pathlib.Path) -> Iterator[tuple[str, str, dict[str, Task]]]:
    """Lend a Postgres with an account, its key, a task that waits and one that has succeeded."""
    postgres = EmbeddedPostgres(data / "postgres")
    with asyncio.Runner() as runner:
        runner.run(postgres.start())
        try:
            yield postgres.dsn, *runner.run(_fill(postgres.dsn))
        finally:
            runner.run(postgres.stop())


async def _fill(dsn: str) -> tuple[str, dict[str, Task]]:
    opened = await wait_for_database(dsn)
    try:
        await migrate(opened)
        issued = await issue_key(opened, "bench", credits_granted=1_000, now=now(), random=os.urandom)
        account = await find_account(opened, "bench")
        assert account
        tasks: dict[str, Task] = {}
        for state in ("waiting", "finished"):
            spec = TaskSpec(mode=Mode.TEXT_TO_VIDEO, model="animatic", prompt=PROMPT, seed=7)
            new = NewTask(
                id=new_id(now(), os.urandom(RANDOM_BYTES)),
                account_id=account.id,
                dialect="veo4api",
                spec=spec,
                engine="animatic",
                price_microcredits=0,
                created_at=now(),
                deadline_at=now() + dt.timedelta(hours=1),
            )
            await accept_task(opened, new)
            task = await load_task(opened, new.id)
            assert task
            if state == "finished":
                taken = await begin_task(opened, task, now())
                assert taken
                ending = Ending(state=State.SUCCEEDED, completed_at=now(), artifacts=_artifacts(task.id))
                assert await finish_task(opened, task.id, taken.version, ending)
                task = await load_task(opened, new.id)
                assert task
            tasks[state] = task
        return issued.key, tasks
    finally:
        await opened.close()


def _artifacts(task_id: uuid.UUID) -> tuple[Artifact, ...]:
    """Return a video and a thumbnail that nobody fetches."""
    return tuple(
        Artifact(
            id=new_id(now(), os.urandom(RANDOM_BYTES)),
            task_id=task_id,
            kind=kind,
            sample=0,
            object_key=f"tasks/{task_id}/{kind.value}-0",
            media_type=media_type,
            size_bytes=1_000_000,
            sha256="00" * 32,
            width_px=1280,
            height_px=720,
            duration_s=8.0,
            frames=192,
            has_audio=True,
            created_at=now(),
        )
        for kind, media_type in ((ArtifactKind.VIDEO, "video/mp4"), (ArtifactKind.THUMBNAIL, "image/jpeg"))
    )


def main() -> None:
    """Measure and report."""
    chosen = options(__doc__)
    finish(run(quick=chosen.quick), chosen.json)


if __name__ == "__main__":
    main()
