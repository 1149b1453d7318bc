"""Measures the built-in engine's renderer against x264 alone on the very same frames.

For each scene: the whole render, without sound and marks as a client would get it; and the same frames, drawn before
and held in memory, through the same segments, threads and settings. The two are measured in turn, several rounds, by
the clock and by the processor's time of all threads; each ratio is of the best round of either, so that others on the
machine disturb it least. Run it: python bench/render.py [--quick] [--json PATH].
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.encode import FPS, SEGMENT, encode_segment, frames_in_turn
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.render import Shots, render_video
from reelgate.engines.animatic.scene import (
    Camera,
    Figure,
    Motion,
    Place,
    Scene,
    Shot,
    Subject,
    TimeOfDay,
    Weather,
)

WORKERS = 2
DURATION_S = 8


def _subject(figure: Figure, motion: Motion = Motion.STILL) -> Subject:
    return Subject(figure=figure, label=figure.value, motion=motion)


SHOTS: dict[str, Shot] = {
    "hills, day": Shot(),
    "dragon over a castle, sunset, push in": Shot(
        place=Place.CASTLE,
        time_of_day=TimeOfDay.SUNSET,
        camera=Camera.PUSH_IN,
        subjects=(_subject(Figure.DRAGON, Motion.FLY),),
    ),
    "car in a city, night, rain, truck": Shot(
        place=Place.CITY,
        time_of_day=TimeOfDay.NIGHT,
        weather=Weather.RAIN,
        camera=Camera.TRUCK_RIGHT,
        subjects=(_subject(Figure.CAR, Motion.DRIVE),),
    ),
    "boat on a lake, golden hour": Shot(
        place=Place.LAKE, time_of_day=TimeOfDay.GOLDEN_HOUR, subjects=(_subject(Figure.BOAT),)
    ),
    "person and dog on a beach, pan": Shot(
        place=Place.BEACH,
        time_of_day=TimeOfDay.SUNSET,
        camera=Camera.PAN_RIGHT,
        subjects=(_subject(Figure.PERSON, Motion.WALK), _subject(Figure.DOG, Motion.RUN)),
    ),
    "deer in a forest, dawn": Shot(place=Place.FOREST, time_of_day=TimeOfDay.DAWN, subjects=(_subject(Figure.DEER),)),
    "horse in snow, mountains": Shot(
        place=Place.MOUNTAINS,
        weather=Weather.SNOW,
        camera=Camera.TRUCK_LEFT,
        subjects=(_subject(Figure.HORSE, Motion.RUN),),
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One measured scene."""

    name: str
    kind: str
    size: str
    #: By the clock, and the processor's time of all threads.
    render_s: float
    x264_s: float
    render_cpu_s: float
    x264_cpu_s: float

    @property
    def ratio(self) -> float:
        """How much longer the whole takes than x264 alone, by the clock."""
        return self.render_s / self.x264_s

    @property
    def ratio_cpu(self) -> float:
        """The same by the processor's time."""
        return self.render_cpu_s / self.x264_cpu_s


def _held(job: RenderJob) -> list[NDArray[np.uint8]]:
    """Draw all frames of a job into memory."""
    frames = []
    with ThreadPoolExecutor(WORKERS) as painters:
        shots = Shots(job, painters)
        shots.set_letters()
        frame = Frame(job.width, job.height)
        for index in range(job.duration_s * FPS):
            shots.draw(frame, index)
            frames.append(frame.buffer.copy())
    return frames


def _encode_held(job: RenderJob, frames: list[NDArray[np.uint8]]) -> None:
    """Encode held frames as the renderer does, without drawing or muxing."""

    def place(frame: Frame, index: int) -> None:
        np.copyto(frame.buffer, frames[index])

    def segment(first: int) -> int:
        count = min(SEGMENT, len(frames) - first)
        return len(encode_segment(place, first, count, frames_in_turn(job.width, job.height), lambda: None))

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(segment, range(0, len(frames), SEGMENT)))


def _timed(action: Callable[[], object]) -> tuple[float, float]:
    clock, cpu = time.perf_counter(), time.process_time()
    action()
    return time.perf_counter() - clock, time.process_time() - cpu


def measure(name: str, kind: str, job: RenderJob, rounds: int) -> Row:
    """Measure one job both ways in turn."""
    frames = _held(job)
    whole, alone = [], []
    for _ in range(rounds):
        whole.append(_timed(lambda: render_video(job, lambda _: None)))
        alone.append(_timed(lambda: _encode_held(job, frames)))
    render_s, render_cpu_s = (min(times) for times in zip(*whole, strict=True))
    x264_s, x264_cpu_s = (min(times) for times in zip(*alone, strict=True))
    return Row(
        name=name,
        kind=kind,
        size=f"{job.width}x{job.height}",
        render_s=render_s,
        x264_s=x264_s,
        render_cpu_s=render_cpu_s,
        x264_cpu_s=x264_cpu_s,
    )


def _picture(folder: Path) -> Path:
    """Make a photograph-like picture: soft colours with fine texture."""
    rng = np.random.default_rng(7)
    coarse = cv2.resize(rng.random((9, 12, 3), dtype=np.float32), (1600, 1200), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.standard_normal((1200, 1600, 3), dtype=np.float32), (0, 0), 1.6) * 0.16
    path = folder / "picture.jpg"
    cv2.imwrite(str(path), np.clip((coarse + fine) * 255, 0, 255).astype(np.uint8))
    return path


def _pair(folder: Path) -> tuple[Path, Path]:
    """Make two photograph-like pictures of the same things, seen from a little nearer and from the side."""
    first = cv2.imread(str(_picture(folder)))
    assert first is not None
    for x, y, shade in ((420, 500, 40), (900, 620, 220), (1180, 380, 120)):
        cv2.circle(first, (x, y), 110, (shade, 255 - shade, 90), -1, cv2.LINE_AA)
    matrix = np.array([[1.12, 0, -170], [0, 1.12, -70]], np.float32)
    last = cv2.warpAffine(first, matrix, (1600, 1200), borderMode=cv2.BORDER_REFLECT_101)
    paths = folder / "first.jpg", folder / "last.jpg"
    for path, picture in zip(paths, (first, last), strict=True):
        cv2.imwrite(str(path), picture)
    return paths


def _product(folder: Path) -> Path:
    """Make a thing before a white background, which is cut out."""
    picture = np.full((900, 700, 3), 252, np.uint8)
    cv2.rectangle(picture, (240, 200), (460, 820), (60, 120, 40), -1)
    cv2.rectangle(picture, (300, 80), (400, 200), (70, 140, 60), -1)
    path = folder / "product.png"
    cv2.imwrite(str(path), picture)
    return path


def _picture_jobs(folder: Path, size: tuple[int, int]) -> list[tuple[str, str, RenderJob]]:
    """Give the jobs between two pictures, with much and with nothing in common, and with references in a scene."""
    picture, (first, last), product = _picture(folder), _pair(folder), _product(folder)
    alike = replace(_job(folder, Shot(), size, first), last_frame=last)
    strangers = replace(_job(folder, Shot(camera=Camera.PUSH_IN), size, first), last_frame=product)
    scene = _job(folder, Shot(place=Place.BEACH, time_of_day=TimeOfDay.SUNSET), size, None)
    return [
        ("two pictures that have much in common", "morph", alike),
        ("two pictures that have nothing in common", "morph", strangers),
        ("two references, one cut out, on a beach", "references", replace(scene, references=(product, picture))),
    ]


def _jobs(folder: Path, *, quick: bool) -> list[tuple[str, str, RenderJob]]:
    sizes = [(1280, 720)] if quick else [(1280, 720), (1920, 1080)]
    names = list(SHOTS)[:4] if quick else list(SHOTS)
    picture = _picture(folder)
    out = []
    for width, height in sizes:
        size = (width, height)
        out += [
            (name, "text", _job(folder, SHOTS[name], size, None)) for name in (names if height == 720 else names[:2])
        ]
        out += [
            (name, "image", _job(folder, Shot(camera=camera), size, picture))
            for name, camera in (("picture, drift", Camera.DRIFT), ("picture, pan", Camera.PAN_RIGHT))
        ]
        if height == 720:
            out += _picture_jobs(folder, size)
    return out


def _job(folder: Path, shot: Shot, size: tuple[int, int], picture: Path | None) -> RenderJob:
    return RenderJob(
        scene=Scene(shots=(shot,), seed=1),
        width=size[0],
        height=size[1],
        duration_s=DURATION_S,
        video_path=folder / "video.mp4",
        thumbnail_path=folder / "thumbnail.jpg",
        first_frame=picture,
        workers=WORKERS,
    )


def main() -> None:
    """Measure, print a table, and write JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="four scenes at 720p, five rounds")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    rows = []
    heads = f"{'clock':>8} {'x264':>8} {'ratio':>6} {'cpu':>8} {'x264':>8} {'ratio':>6}"
    print(f"{'scene':40} {'kind':10} {'size':10} {heads}")
    with tempfile.TemporaryDirectory() as folder:
        for name, kind, job in _jobs(Path(folder), quick=options.quick):
            row = measure(name, kind, job, 5 if options.quick else 7)
            rows.append(row)
            print(
                f"{name:40} {kind:10} {row.size:10} {row.render_s:7.2f}s {row.x264_s:7.2f}s {row.ratio:6.2f}"
                f" {row.render_cpu_s:7.2f}s {row.x264_cpu_s:7.2f}s {row.ratio_cpu:6.2f}",
                flush=True,
            )
    figures: dict[str, object] = {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    for kind in ("text", "image", "morph", "references"):
        measured = [row for row in rows if row.kind == kind and row.size == "1280x720"]
        clock = statistics.median(row.ratio for row in measured)
        cpu = statistics.median(row.ratio_cpu for row in measured)
        figures[f"ratio_{kind}_720p"], figures[f"ratio_cpu_{kind}_720p"] = round(clock, 3), round(cpu, 3)
        print(f"median ratio, {kind}, 720p: {clock:.2f} by the clock, {cpu:.2f} by the processor")
    figures["rows"] = [
        {
            "name": row.name,
            "kind": row.kind,
            "size": row.size,
            "render_s": round(row.render_s, 4),
            "x264_s": round(row.x264_s, 4),
            "ratio": round(row.ratio, 3),
            "render_cpu_s": round(row.render_cpu_s, 4),
            "x264_cpu_s": round(row.x264_cpu_s, 4),
            "ratio_cpu": round(row.ratio_cpu, 3),
        }
        for row in rows
    ]
    if options.json is not None:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
