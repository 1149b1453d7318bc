"""From the scene's shots to stages: where each shot begins, and its place, figures, weather and letters put together.

Called by `render` for one shot at a time.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from itertools import pairwise

from reelgate.engines.animatic.cast import cast_jobs
from reelgate.engines.animatic.drawing.camera import path_of
from reelgate.engines.animatic.drawing.colour import Plane, grade_of
from reelgate.engines.animatic.drawing.cutout import Cutout
from reelgate.engines.animatic.drawing.finish import finish_jobs, letterbox_rows
from reelgate.engines.animatic.drawing.frame import Shown
from reelgate.engines.animatic.drawing.morph import Morph, MorphLayer, faded_both
from reelgate.engines.animatic.drawing.palette import palette_of
from reelgate.engines.animatic.drawing.picture import PicturePath, faded_in, picture_jobs
from reelgate.engines.animatic.drawing.setting import Job, Setting
from reelgate.engines.animatic.drawing.stage import Element, Stage, Track, Veneer
from reelgate.engines.animatic.drawing.titles import WATERMARK_MAX, corner, printable, title
from reelgate.engines.animatic.drawing.weather import weather_jobs
from reelgate.engines.animatic.encode import FPS
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.pictures import Pictures
from reelgate.engines.animatic.places.spots import SPOTS
from reelgate.engines.animatic.references import Part, cast_pictures, reference_jobs
from reelgate.engines.animatic.scene import Camera, Look, Scene

#: Characters of a title that are shown.
TITLE_MAX = 80
#: Scenes of up to so many pixels a frame are painted by one thread: in steps so short, two wait for each other.
_ALONE_MAX = 2_100_000


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
        shown_s=job.shown_s,
    )


def _marks(job: RenderJob, lift: int) -> list[Job]:
    jobs: list[Job] = []
    size = (job.width, job.height)
    if job.mark:
        jobs.append(partial(_fixed, corner("animatic", *size, right=True, lift=lift)))
    text = printable(job.watermark or "", WATERMARK_MAX)
    if text:
        jobs.append(partial(_fixed, corner(text, *size, right=False, lift=lift)))
    return jobs


def _fixed(shown: Sequence[Shown]) -> Element:
    return Veneer(seen=lambda _: shown)


def _titles(job: RenderJob, setting: Setting, since_s: float) -> list[Job]:
    """Give the shot's titles one after the other: in the sky of a drawn place, lower on a picture."""
    texts = [text for text in (printable(title, TITLE_MAX) for title in setting.shot.titles[:2]) if text]
    jobs: list[Job] = []
    for place, text in enumerate(texts):
        share = setting.duration_s / len(texts)
        lead = min(0.35, share * 0.08)
        span = (since_s + place * share + lead, since_s + (place + 1) * share - lead)
        jobs.append(partial(_title, job, text, span))
    return jobs


def _morph_stage(setting: Setting, morph: Morph, span: tuple[int, int], total: int) -> tuple[Track, list[Job]]:
    """Give the path and jobs of a shot between two pictures; `span` is where it lies in the video."""
    start, end = span
    layer = MorphLayer(morph=morph, path=setting.path, start=start, total=total)
    weather = [
        partial(faded_both, part, (0, end - start), end - start, FPS) for part in weather_jobs(setting, outdoors=True)
    ]
    return PicturePath(path=replace(setting.path, camera=Camera.STATIC)), [lambda: layer, *weather]


def _title(job: RenderJob, text: str, span: tuple[float, float]) -> Element:
    return Veneer(seen=title(text, job.width, job.height, span=span, low=job.first_frame is not None))


def _picture_stage(setting: Setting, picture: Plane) -> tuple[Track, list[Job]]:
    """Give the path and jobs of a shot over a picture."""
    weather = [partial(faded_in, part) for part in weather_jobs(setting, outdoors=True)]
    finish = finish_jobs(setting) if setting.shot.look is not Look.NATURAL else []
    return PicturePath(path=setting.path), [*picture_jobs(setting, picture), *weather, *finish]


def _drawn_stage(
    setting: Setting, count: int, cutouts: Callable[[], Sequence[Cutout]], pool: Executor
) -> tuple[Track, list[Job]]:
    """Give the path and jobs of a drawn shot, in which reference pictures take the place of some subjects.

    `cutouts` gives, or waits for, as many as are counted. They are painted in the pool while the place is painted.
    """
    parts, left = cast_pictures(setting.shot.subjects, count)
    setting = replace(setting, shot=replace(setting.shot, subjects=left))
    spot = SPOTS[setting.shot.place]
    scenery = spot.plan(setting)
    weather = weather_jobs(setting, outdoors=spot.outdoors)
    shown: list[Job] = [pool.submit(_reference, setting, cutouts, parts, place).result for place in range(count)]
    seen = [*cast_jobs(setting), *shown]
    return setting.path, [*scenery.back, *seen, *scenery.front, *weather, *finish_jobs(setting)]


def _reference(setting: Setting, cutouts: Callable[[], Sequence[Cutout]], parts: Sequence[Part], place: int) -> Element:
    """Paint one of the reference pictures: the first is the farthest."""
    return reference_jobs(setting, cutouts(), parts)[place]()


def letters_of(job: RenderJob, index: int, frames: int, *, since_s: float = 0.0) -> list[Element]:
    """Set a shot's titles, to be read in `frames` from `since_s` on, and the marks.

    OpenCV loads its font once for each thread, so one thread should do it all.
    """
    setting = setting_of(job, index, frames / FPS)
    if job.last_frame is None:
        return [part() for part in (*_titles(job, setting, since_s), *_marks(job, letterbox_rows(setting)))]
    # The first and the last picture are shown as they are, without a mark.
    total = job.duration_s * FPS
    span = shot_spans(job.scene, total)[index]
    marks: list[Job] = [partial(faded_both, part, span, total, FPS // 2) for part in _marks(job, 0)]
    jobs: list[Job] = [*_titles(job, setting, since_s), *marks]
    return [part() for part in jobs]


def build_stage(
    job: RenderJob,
    index: int,
    frames: int,
    pool: Executor,
    pictures: Callable[[], Pictures] | None = None,
    letters: Callable[[], list[Element]] | None = None,
) -> Stage:
    """Paint all of a shot, in parallel where that is faster, and give its stage.

    `pictures` gives, or waits for, what `read_pictures` made of the job's; `letters` does so with what `letters_of`
    makes.
    """
    setting = setting_of(job, index, frames / FPS)
    drawn = pictures is None or job.first_frame is None
    if pictures is None:
        track, jobs = _drawn_stage(setting, 0, tuple, pool)
    elif drawn:
        track, jobs = _drawn_stage(setting, len(job.references), lambda: pictures().references, pool)
    else:
        track, jobs = _shown_stage(job, index, setting, pictures())
    elements = list((map if drawn and job.width * job.height <= _ALONE_MAX else pool.map)(_paint, jobs))
    elements += letters_of(job, index, frames) if letters is None else letters()
    stage = Stage(path=track, elements=elements, frames=frames, fps=FPS)
    stage.settle(job.width, job.height)
    return stage


def _shown_stage(job: RenderJob, index: int, setting: Setting, known: Pictures) -> tuple[Track, list[Job]]:
    """Give the path and jobs of a shot over a picture, or between two."""
    if known.picture is not None:
        return _picture_stage(setting, known.picture)
    assert known.morph is not None
    total = job.duration_s * FPS
    return _morph_stage(setting, known.morph, shot_spans(job.scene, total)[index], total)


def _paint(job: Job) -> Element:
    return job()
