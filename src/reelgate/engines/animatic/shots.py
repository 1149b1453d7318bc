"""From the scene's shots to stages: where each shot begins, and its place, figures, weather and letters put together.

Called by `render` for one shot at a time.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from itertools import pairwise

from reelgate.engines.animatic.camera import path_of
from reelgate.engines.animatic.cast import cast_jobs
from reelgate.engines.animatic.colour import grade_of
from reelgate.engines.animatic.encode import FPS
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.palette import palette_of
from reelgate.engines.animatic.places import SPOTS
from reelgate.engines.animatic.scene import Scene
from reelgate.engines.animatic.setting import Job, Setting
from reelgate.engines.animatic.stage import Element, Stage, Veneer
from reelgate.engines.animatic.titles import WATERMARK_MAX, corner, printable


def shot_spans(scene: Scene, frames: int) -> list[tuple[int, int]]:
    """Give each shot's first frame and the one after its last; together they cover the video without gaps.

    A share too small for a frame gets none, and such a shot is left out as an empty span.
    """
    total = sum(shot.share for shot in scene.shots)
    edges, passed = [0], 0.0
    for shot in scene.shots:
        passed += shot.share
        edges.append(round(frames * passed / total))
    edges[-1] = frames
    return list(pairwise(edges))


def setting_of(job: RenderJob, index: int, duration_s: float) -> Setting:
    """Give the setting in which a shot is painted."""
    shot = job.scene.shots[index]
    aspect = job.width / job.height
    return Setting(
        shot=shot,
        height=job.height,
        aspect=aspect,
        duration_s=duration_s,
        path=path_of(shot.camera, shot.pace, duration_s=duration_s, aspect=aspect, phase=job.scene.seed % 628 / 100),
        palette=palette_of(shot),
        grade=grade_of(shot.look),
        seed=(job.scene.seed, index),
        horizon=SPOTS[shot.place].horizon,
    )


def _marks(job: RenderJob) -> list[Job]:
    jobs: list[Job] = []
    if job.mark:
        jobs.append(lambda: Veneer(paint=corner("animatic", job.width, job.height, right=True)))
    text = printable(job.watermark or "", WATERMARK_MAX)
    if text:
        jobs.append(lambda: Veneer(paint=corner(text, job.width, job.height, right=False)))
    return jobs


def build_stage(job: RenderJob, index: int, frames: int, pool: Executor) -> Stage:
    """Paint all of a shot, in parallel, and give its stage."""
    setting = setting_of(job, index, frames / FPS)
    scenery = SPOTS[setting.shot.place].plan(setting)
    jobs: Sequence[Job] = [*scenery.back, *cast_jobs(setting), *scenery.front, *_marks(job)]
    elements = list(pool.map(_paint, jobs))
    stage = Stage(path=setting.path, elements=elements, frames=frames, fps=FPS)
    stage.settle(job.width, job.height)
    return stage


def _paint(job: Callable[[], Element]) -> Element:
    return job()
