"""Renders a scene, or a scene over a picture, to an MP4 and a thumbnail. The renderer's only entry: `render_video`.

Pure computation for a child process: no network, no clock, no randomness but the scene's seed. The same job gives the
same bytes whatever the number of workers. The engine calls it.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import cv2

from reelgate.engines.animatic.continuity import TAG, Continuity, Span, to_tag
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.drawing.stage import Element, Stage
from reelgate.engines.animatic.encode import FPS, Reel, encode_reel
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.pictures import Pictures, read_pictures
from reelgate.engines.animatic.shots import build_stage, letters_of, shot_spans

COMMENT = "reelgate animatic: drawn by the built-in engine from the prompt's words, not made by a video model"
_THUMBNAIL_SHORT = 360


#: Gets the progress, 0 to 100.
Report = Callable[[int], None]


class Shots:
    """Builds each shot's stage when first needed and lets it go after its last frame. Safe for many threads."""

    def __init__(self, job: RenderJob, painters: ThreadPoolExecutor) -> None:
        self._job = job
        self._painters = painters
        self._pictures = painters.submit(read_pictures, job)
        self._spans = shot_spans(job.scene, job.duration_s * FPS)
        self._lock = Lock()
        self._stages: dict[int, Stage] = {}
        self._letters: dict[int, Future[list[Element]]] = {shot: Future() for shot in range(len(self._spans))}
        self._left = [last - first for first, last in self._spans]
        # A third in, the camera has moved and titles are up.
        self._thumbnail = job.duration_s * FPS // 3

    @property
    def pictures(self) -> Pictures:
        """Give, or wait for, what was made of the job's pictures."""
        return self._pictures.result()

    def set_letters(self) -> None:
        """Set the letters of all shots in this thread; whoever builds a stage waits for them."""
        for shot, (first, last) in enumerate(self._spans):
            self._letters[shot].set_result(letters_of(self._job, shot, last - first) if last > first else [])

    def open_first(self) -> None:
        """Build the first stage before its first frame is wanted."""
        self._stage(self._shot(0))

    def draw(self, frame: Frame, index: int) -> None:
        """Draw frame `index` of the video; each may be drawn once."""
        shot = self._shot(index)
        self._stage(shot).draw(frame, index - self._spans[shot][0])
        if index == self._thumbnail:
            write_thumbnail(frame, self._job.thumbnail_path)
        with self._lock:
            self._left[shot] -= 1
            if self._left[shot] == 0:
                del self._stages[shot]

    def _shot(self, index: int) -> int:
        return next(place for place, (_, last) in enumerate(self._spans) if index < last)

    def _stage(self, shot: int) -> Stage:
        with self._lock:
            stage = self._stages.get(shot)
            if stage is None:
                first, last = self._spans[shot]
                stage = self._stages[shot] = build_stage(
                    self._job, shot, last - first, self._painters, self._pictures.result, self._letters[shot].result
                )
            return stage


def write_thumbnail(frame: Frame, path: Path) -> None:
    """Write a frame as a JPEG whose short side is 360 pixels."""
    bgr = cv2.cvtColor(frame.buffer, cv2.COLOR_YUV2BGR_I420)
    scale = _THUMBNAIL_SHORT / min(frame.width, frame.height)
    small = cv2.resize(bgr, (round(frame.width * scale), round(frame.height * scale)), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 88])
    path.write_bytes(encoded.tobytes())


def continuity_of(job: RenderJob) -> Continuity:
    """Return what a file says about its scene."""
    spans = [
        Span(shot=shot, number=number, planned=last - first, shown=last - first)
        for number, (shot, (first, last)) in enumerate(
            zip(job.scene.shots, shot_spans(job.scene, job.duration_s * FPS), strict=True)
        )
        if last > first
    ]
    picture = job.first_frame is not None or bool(job.references)
    return Continuity(
        seed=job.scene.seed,
        spans=tuple(spans),
        width=job.width,
        height=job.height,
        picture=picture,
        mark=job.mark,
        watermark=job.watermark,
    )


def tags_of(job: RenderJob, continuity: Continuity) -> dict[str, str]:
    """Return the tags of a file."""
    return {"title": job.title, "comment": COMMENT, TAG: to_tag(continuity)}


def render_video(job: RenderJob, report: Report) -> Pictures:
    """Write the job's MP4 and thumbnail; `report` gets 0 to 100, never less than before, from the calling thread.

    Gives what the pictures of the job turned out to be.
    Raises OSError where a file cannot be written or the picture not read, and av.FFmpegError where encoding fails.
    """
    cv2.setNumThreads(1)
    frames = job.duration_s * FPS
    reel = Reel(
        path=job.video_path,
        width=job.width,
        height=job.height,
        frames=frames,
        tags=tags_of(job, continuity_of(job)),
    )
    report(0)
    with ThreadPoolExecutor(job.workers) as painters, ThreadPoolExecutor(job.workers) as pool:
        shots = Shots(job, painters)
        opened = pool.submit(shots.open_first)
        shots.set_letters()
        opened.result()
        encode_reel(
            reel,
            shots.draw,
            sound=None if job.soundtrack is None else job.soundtrack(),
            pool=pool,
            workers=job.workers,
            report=lambda drawn: report(min(99, drawn * 100 // frames)),
        )
    report(100)
    return shots.pictures
