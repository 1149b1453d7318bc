"""Continues a video: its own frames first, as they are where that is possible, then new ones that go on from the last.

Of a file of ours that was drawn, the scene is known (`continuity`), so it goes on: the same stage, past its planned
end, and where the new prompt asks for something else, a dissolve into that. Of any other video the last frame is known,
and moved over. One of the child's targets.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from reelgate.engines.animatic.continuity import Continuity, Span, from_tags
from reelgate.engines.animatic.drawing.frame import Frame
from reelgate.engines.animatic.drawing.stage import Element, Stage
from reelgate.engines.animatic.drawing.titles import without_corners
from reelgate.engines.animatic.encode import FPS, SAMPLE_RATE, Blocks, Lead, Reel, encode_reel
from reelgate.engines.animatic.footage import Facts, Footage, heard
from reelgate.engines.animatic.grammar import read_prompt
from reelgate.engines.animatic.job import RenderJob
from reelgate.engines.animatic.render import Report, Shots, tags_of, write_thumbnail
from reelgate.engines.animatic.scene import Camera, Figure, Motion, Scene, Shot, Subject
from reelgate.engines.animatic.shots import build_stage, letters_of, shot_spans
from reelgate.engines.animatic.sound import FADE_OUT_S, soundtrack
from reelgate.engines.animatic.splice import take_over

#: Where the prompt asks for something else, the old scene goes on for so many frames, and gives way in so many.
_LEAD, _DISSOLVE = 18, 24
#: A scene that is drawn in another size than before meets the old one in so many frames: rain falls otherwise in it.
_MEET = 12
_SUBJECTS_MAX = 6
#: What another sound than ours fades out in, so that its end is no click.
_SEAM = SAMPLE_RATE // 33


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The video to be continued."""

    path: Path
    facts: Facts
    #: None for a video that is not ours.
    known: Continuity | None

    @property
    def drawn(self) -> Continuity | None:
        """Its scene, where that was drawn and not laid over a picture."""
        return None if self.known is None or self.known.picture else self.known


@dataclass(frozen=True, kw_only=True, slots=True)
class _Take:
    """A shot as it is seen in the new part: from frame `first` up to `last`, its own frame `begin` being the first."""

    first: int
    last: int
    span: Span
    begin: int


def extend_video(source: Source, job: RenderJob, report: Report) -> None:
    """Write the source with `job.duration_s` seconds more, and a thumbnail of the new part.

    `job.scene` is what the new prompt asks for, read with the source's last shot as the one before.

    Raises OSError where a file cannot be written, and av.FFmpegError where the source cannot be decoded.
    """
    cv2.setNumThreads(1)
    report(0)
    added = job.duration_s * FPS
    takes = plan_takes(source.drawn, job.scene, added) if source.drawn else ()
    told = told_of(source, job, takes)
    footage = Footage(source.path, source.facts)
    with ThreadPoolExecutor(job.workers) as painters, ThreadPoolExecutor(job.workers) as pool:
        drawn: _Drawn | Shots
        if source.drawn:
            drawn = _Drawn(job, source.drawn.seed, takes, painters)
        else:
            drawn = Shots(replace(job, first_frame=_last_frame(source, footage, job)), painters)
        drawn.set_letters()
        lead = _lead(source, job)
        before = source.facts.frames
        held = _held(source, job)

        def draw(frame: Frame, index: int) -> None:
            if index < before:
                footage.draw(frame, index)
            else:
                drawn.draw(frame, index - before)
                if held is not None and index - before < _MEET:
                    share = (index - before + 1) / (_MEET + 1)
                    cv2.addWeighted(held.buffer, 1 - share, frame.buffer, share, 0, dst=frame.buffer)

        total = before + added
        to_do = added if lead else total
        reel = Reel(
            path=job.video_path,
            width=job.width,
            height=job.height,
            frames=total,
            tags=tags_of(job, told),
            lead=lead,
        )
        encode_reel(
            reel,
            draw,
            sound=_sound(source, job, told, lead) if job.soundtrack else None,
            pool=pool,
            workers=job.workers,
            report=lambda done: report(min(99, done * 100 // to_do)),
        )
    footage.close()
    report(100)


def known_of(facts: Facts) -> Continuity | None:
    """Return what a file says about its scene, where that is as long as the file itself."""
    found = from_tags(facts.tags)
    return found if found and found.frames == facts.frames else None


def plan_takes(known: Continuity, wanted: Scene, added: int) -> tuple[_Take, ...]:
    """Return which shots are seen in the new part, and when; two that overlap are dissolved into one another."""
    old = known.spans[-1]
    sway = 0.25 + 0.35 * (wanted.seed * 2654435761 % 2**32) / 2**32
    swaying = old if old.shown > old.planned else replace(old, sway=round(sway, 4))
    first = _with_those_known(wanted.shots[0], old.shot)
    if len(wanted.shots) == 1 and _goes_on(old.shot, first):
        told = replace(swaying.shot, titles=first.titles)
        return (_Take(first=0, last=added, span=replace(swaying, shot=told), begin=old.shown),)
    lead, dissolve = min(_LEAD, added // 4), min(_DISSOLVE, added // 3)
    gone = replace(swaying, shot=replace(swaying.shot, titles=()))
    takes = [_Take(first=0, last=lead + dissolve, span=gone, begin=old.shown)]
    number = old.number
    place = old.shot.place
    shots = (first, *wanted.shots[1:])
    for shot, (begin, end) in zip(shots, shot_spans(wanted, added - lead), strict=True):
        if end == begin:
            continue
        # The same place is the same place: its number decides where everything in it stands.
        number = number if shot.place is place else max(span.number for span in known.spans) + len(takes)
        place = shot.place
        span = Span(shot=shot, number=min(number, 63), planned=end - begin, shown=end - begin)
        takes.append(_Take(first=lead + begin, last=lead + end, span=span, begin=0))
    return tuple(takes)


def _with_those_known(new: Shot, old: Shot) -> Shot:
    """Give a shot with the subjects of the one before: named again they look as they did; in one place others stay."""
    met = [next((o for o in old.subjects if _is_seen_in(subject, o)), None) for subject in new.subjects]
    subjects = [found or subject for found, subject in zip(met, new.subjects, strict=True)]
    if new.place is old.place:
        named = {subject.figure for subject in new.subjects}
        subjects += [subject for subject in old.subjects if subject.figure not in named]
    return replace(new, subjects=tuple(dict.fromkeys(subjects))[:_SUBJECTS_MAX])


def _goes_on(old: Shot, new: Shot) -> bool:
    """Tell whether a shot asks for nothing that is not in the one before."""
    # Drifting is what the camera does when nothing is said about it.
    if new.camera not in {old.camera, Camera.DRIFT} or set(new.subjects) != set(old.subjects):
        return False
    kept = replace(old, titles=new.titles, share=new.share)
    return kept == replace(new, subjects=old.subjects, camera=old.camera, pace=old.pace)


def _is_seen_in(new: Subject, old: Subject) -> bool:
    """Tell whether a subject is one that was there: what is not said about it may be anything."""
    same = new.figure is old.figure and new.motion in {old.motion, Motion.STILL}
    named = new.figure is not Figure.CARD or new.label.casefold() == old.label.casefold()
    return same and named and new.count in {1, old.count} and new.colour in {None, old.colour, _usual_colour(new)}


def _usual_colour(subject: Subject) -> tuple[int, int, int] | None:
    """Give the colour that a subject has when none is said."""
    read = read_prompt(subject.label, negative_prompt=None, seed=0).scene.shots[0].subjects
    return read[0].colour if read else None


def told_of(source: Source, job: RenderJob, takes: tuple[_Take, ...]) -> Continuity:
    """Return what the new file says about its scene."""
    if source.drawn is None:
        # What is seen is a picture; what is heard goes on with the shots that were known.
        known = source.known
        spans = list(known.spans) if known else [_unknown(job, source.facts.frames)]
        first = max(span.number for span in spans) + 1
        for place, (shot, (begin, end)) in enumerate(
            zip(job.scene.shots, shot_spans(job.scene, job.duration_s * FPS), strict=True)
        ):
            if end > begin:
                number = min(63, first + place)
                spans.append(Span(shot=shot, number=number, planned=end - begin, shown=end - begin))
        seed = known.seed if known else job.scene.seed
        told = known or Continuity(seed=seed, spans=tuple(spans))
        return _signed(replace(told, picture=True), spans, job)
    spans = list(source.drawn.spans)
    first_take, *others = takes
    end = others[0].first if others else first_take.last
    spans[-1] = replace(first_take.span, shown=first_take.begin + end)
    spans += [replace(take.span, shown=take.last - take.first) for take in others]
    return _signed(source.drawn, spans, job)


def _signed(told: Continuity, spans: list[Span], job: RenderJob) -> Continuity:
    """Give what is told of a file with its shots, the size in which it is drawn now, and its marks."""
    return replace(
        told,
        spans=tuple(spans)[-64:],
        width=job.width,
        height=job.height,
        mark=job.mark,
        watermark=job.watermark,
    )


def _unknown(job: RenderJob, frames: int) -> Span:
    return Span(shot=replace(job.scene.shots[0], titles=()), number=0, planned=frames, shown=frames)


class _Drawn:
    """Draws the takes; each stage is painted when it is first needed, and let go after its last frame."""

    def __init__(self, job: RenderJob, seed: int, takes: tuple[_Take, ...], painters: ThreadPoolExecutor) -> None:
        self._job = job
        self._takes = takes
        self._painters = painters
        self._jobs = [_job_of(job, seed, take) for take in takes]
        self._letters: list[list[Element]] = []
        self._stages: dict[int, Stage] = {}
        self._left = [take.last - take.first for take in takes]
        self._lock = Lock()
        self._thumbnail = job.duration_s * FPS // 3

    def set_letters(self) -> None:
        """Set the letters of all takes in this thread."""
        for take, job in zip(self._takes, self._jobs, strict=True):
            letters = letters_of(job, take.span.number, take.last - take.first, since_s=take.begin / FPS)
            self._letters.append(letters)

    def draw(self, frame: Frame, index: int) -> None:
        """Draw frame `index` of the new part; each may be drawn once."""
        seen = [place for place, take in enumerate(self._takes) if take.first <= index < take.last]
        self._draw_take(frame, seen[0], index)
        if len(seen) > 1:
            before, after = (self._takes[place] for place in seen[:2])
            share = (index - after.first + 1) / (before.last - after.first + 1)
            other = Frame(frame.width, frame.height)
            self._draw_take(other, seen[1], index)
            cv2.addWeighted(frame.buffer, 1 - share, other.buffer, share, 0, dst=frame.buffer)
        if index == self._thumbnail:
            write_thumbnail(frame, self._job.thumbnail_path)

    def _draw_take(self, frame: Frame, place: int, index: int) -> None:
        take = self._takes[place]
        with self._lock:
            stage = self._stages.get(place)
            if stage is None:
                stage = self._stages[place] = self._build(place)
        stage.draw(frame, take.begin + index - take.first)
        with self._lock:
            self._left[place] -= 1
            if self._left[place] == 0:
                del self._stages[place]

    def _build(self, place: int) -> Stage:
        take, letters = self._takes[place], self._letters[place]
        shown = take.begin + take.last - take.first
        job = replace(self._jobs[place], shown_s=shown / FPS)
        stage = build_stage(job, take.span.number, take.span.planned, self._painters, None, lambda: letters)
        stage.sway = take.span.sway
        return stage


def _job_of(job: RenderJob, seed: int, take: _Take) -> RenderJob:
    """Give the job of one take: a scene in which its shot has its number."""
    return replace(job, scene=Scene(shots=(take.span.shot,) * (take.span.number + 1), seed=seed))


def _last_frame(source: Source, footage: Footage, job: RenderJob) -> Path:
    """Write the source's last frame as a picture, without the marks that are laid over it again."""
    picture = footage.picture(source.facts.frames - 1)
    known = source.known
    if known is not None:
        picture = without_corners(picture, ["animatic"] if known.mark else [], known.watermark)
    path = job.video_path.with_name(job.video_path.stem + "-last.png")
    _, encoded = cv2.imencode(".png", picture)
    path.write_bytes(encoded.tobytes())
    return path


def _held(source: Source, job: RenderJob) -> Frame | None:
    """Give the last frame of a scene that was drawn in another size; None where it was drawn in this one."""
    drawn = source.drawn
    if drawn is None or (drawn.width, drawn.height) == (job.width, job.height):
        return None
    frame = Frame(job.width, job.height)
    last = source.facts.frames - 1
    footage = Footage(source.path, source.facts)
    footage.draw(frame, last)
    footage.close()
    return frame


def _lead(source: Source, job: RenderJob) -> Lead | None:
    until = _sound_until(source) if job.soundtrack else None
    if job.soundtrack and source.known is None:
        return None
    return take_over(source.path, source.facts.frames, (job.width, job.height), sound_until=until)


def _sound_until(source: Source) -> float:
    """Give the second up to which the source sounds as its scene does, before it fades."""
    return max(0.0, source.facts.frames / FPS - FADE_OUT_S - 0.1)


def _sound(source: Source, job: RenderJob, told: Continuity, lead: Lead | None) -> Blocks:
    """Give the sound of the whole file; of one that is continued packet by packet, the part that is made anew."""
    total_s = source.facts.frames / FPS + job.duration_s
    if lead is not None:
        return soundtrack(told.scene, total_s, begin=lead.sound_begin)
    length = source.facts.frames * SAMPLE_RATE // FPS
    if source.known is not None and source.facts.has_audio:
        until = round(_sound_until(source) * SAMPLE_RATE)
        return _joined(heard(source.path, until), soundtrack(told.scene, total_s, begin=until))
    return _joined(_faded(heard(source.path, length), length), soundtrack(job.scene, job.duration_s))


def _joined(first: Blocks, second: Blocks) -> Blocks:
    yield from first
    yield from second


def _faded(blocks: Blocks, length: int) -> Iterator[NDArray[np.float32]]:
    """Fade the last moment of a sound out."""
    begin = 0
    for block in blocks:
        left = length - begin - np.arange(block.shape[1])
        yield (block * np.clip(left / _SEAM, 0, 1)).astype(np.float32) if left[-1] < _SEAM else block
        begin += block.shape[1]
