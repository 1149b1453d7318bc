"""Store what an engine made: look at each video, hash it, keep it whole or not at all."""

import contextlib
import functools
import pathlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reelgate.core.errors import EngineFailed, OperatorError
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.media import FRAME_RATE, frame_size, length_s
from reelgate.core.ports import Rendered, RenderedSample
from reelgate.core.task import Artifact, ArtifactKind, Task, TaskSpec
from reelgate.media.inspect import VideoFacts, probe_video
from reelgate.store.files import drop_files, note_files
from reelgate.store.tasks import Taken, load_task
from reelgate.worker.copies import copy_video, remove_copies
from reelgate.worker.patience import patiently
from reelgate.worker.workshop import Workshop

#: Upstreams end on whole frames of rates of their own.
DURATION_SLACK_S: Final = 0.15


async def store_artifacts(
    workshop: Workshop,
    task: Task,
    taken: Taken,
    rendered: Rendered,
    *,
    known: Mapping[pathlib.Path, VideoFacts] | None = None,
) -> tuple[Artifact, ...]:
    """Store every sample with its thumbnail; on failure nothing of them stays.

    Videos of our own are looked at, and refused when they are not what was asked for. Those of others, which were
    looked at before (`known`), are kept whatever they are: `note_differences` says so.

    Raises:
        EngineFailed: there is no video, one is not what was asked for, or copies of them have no place any more.
        StorageFull, StorageUnavailable, DatabaseUnavailable: it cannot be stored.
        ServerBusy: it cannot be looked at.

    """
    if not rendered.samples:
        raise EngineFailed("The engine made no video.")
    stored: list[Artifact] = []
    async with contextlib.AsyncExitStack() as undo:
        for number, sample in enumerate(rendered.samples):
            if known is None:
                facts = await probe_video(sample.video, children=workshop.children)
                check_video(task.spec, facts)
            else:
                facts = known[sample.video]
            if not sample.thumbnail.is_file():
                raise EngineFailed("The engine made no thumbnail.")
            if task.spec.gif and (sample.gif is None or not sample.gif.is_file()):
                raise EngineFailed("The engine made no GIF.")
            files = plan_files(task, taken, sample, number)
            keys = [made.object_key for made in files]
            await patiently(functools.partial(note_files, workshop.database, keys))
            for made in files:
                undo.push_async_callback(_remove, workshop, [made.object_key])
                artifact = await _store(workshop, task, made, facts)
                stored.append(artifact)
                if made.kind is ArtifactKind.VIDEO:
                    undo.push_async_callback(remove_copies, workshop, task, [artifact])
                    await copy_video(workshop, task, artifact, made.path)
        undo.pop_all()
    return tuple(stored)


async def is_recorded(workshop: Workshop, task_id: uuid.UUID, artifacts: Sequence[Artifact]) -> bool:
    """Return whether a task ended with these files after all: the database's answer may have been lost on its way."""
    task = await patiently(lambda: load_task(workshop.database, task_id))
    return task is not None and {a.id for a in artifacts} <= {a.id for a in task.artifacts}


def note_differences(spec: TaskSpec, rendered: Rendered, artifacts: Sequence[Artifact]) -> Rendered:
    """Return what was made with a phrase for each way in which a video is not what was asked for. Pure."""
    width_px, height_px = frame_size(spec.resolution, spec.aspect_ratio)
    wanted_s = length_s(spec)
    found: list[str] = []
    for video in (a for a in artifacts if a.kind is ArtifactKind.VIDEO):
        if (video.width_px, video.height_px) != (width_px, height_px):
            found.append(f"size: {video.width_px}x{video.height_px} instead of {width_px}x{height_px}")
        if video.duration_s is not None and abs(video.duration_s - wanted_s) > DURATION_SLACK_S:
            found.append(f"length: {video.duration_s:.1f} s instead of {wanted_s:g} s")
        if video.has_audio != spec.audio:
            found.append("sound: it has some" if video.has_audio else "sound: it has none")
    understanding = rendered.understanding
    approximated = (*understanding.approximated, *dict.fromkeys(found))
    return replace(rendered, understanding=replace(understanding, approximated=approximated))


async def remove_artifacts(workshop: Workshop, task: Task, artifacts: Sequence[Artifact]) -> None:
    """Remove the files of artifacts that a task has not got in the end. May be repeated."""
    await remove_copies(workshop, task, artifacts)
    await _remove(workshop, [artifact.object_key for artifact in artifacts])


async def _remove(workshop: Workshop, object_keys: Sequence[str]) -> None:
    # What cannot be removed now is still noted, and left to the sweep; it hides nothing that went wrong before.
    with contextlib.suppress(OperatorError):
        for key in object_keys:
            await workshop.objects.delete(key)
        await drop_files(workshop.database, object_keys)


@dataclass(frozen=True, kw_only=True, slots=True)
class _MadeFile:
    kind: ArtifactKind
    sample: int
    path: pathlib.Path
    object_key: str
    media_type: str


def plan_files(task: Task, taken: Taken, sample: RenderedSample, number: int) -> tuple[_MadeFile, ...]:
    """Return where the files of one sample are stored. Pure.

    Keys name the attempt, so that a worker that lost the task never touches the files of the one that has it.
    """
    prefix = f"tasks/{task.id.hex}/{taken.version}"
    files = [
        _MadeFile(
            kind=ArtifactKind.VIDEO,
            sample=number,
            path=sample.video,
            object_key=f"{prefix}/video-{number}.mp4",
            media_type="video/mp4",
        ),
        _MadeFile(
            kind=ArtifactKind.THUMBNAIL,
            sample=number,
            path=sample.thumbnail,
            object_key=f"{prefix}/thumbnail-{number}.jpg",
            media_type="image/jpeg",
        ),
    ]
    if sample.gif is not None:
        files.append(
            _MadeFile(
                kind=ArtifactKind.GIF,
                sample=number,
                path=sample.gif,
                object_key=f"{prefix}/video-{number}.gif",
                media_type="image/gif",
            )
        )
    return tuple(files)


def check_video(spec: TaskSpec, facts: VideoFacts) -> None:
    """Refuse a video that is not what was asked for. Pure.

    Raises:
        EngineFailed: its size, length or sound is another.

    """
    size = frame_size(spec.resolution, spec.aspect_ratio)
    if (facts.width_px, facts.height_px) != size:
        raise EngineFailed(f"The engine's video is {facts.width_px}x{facts.height_px}, not {size[0]}x{size[1]}.")
    wanted_s = length_s(spec)
    if abs(facts.duration_s - wanted_s) > 1.01 / FRAME_RATE:
        raise EngineFailed(f"The engine's video lasts {facts.duration_s:.2f} s, not {wanted_s:g} s.")
    if facts.has_audio != spec.audio:
        raise EngineFailed(f"The engine's video has {'' if facts.has_audio else 'no '}sound.")


async def _store(workshop: Workshop, task: Task, made: _MadeFile, facts: VideoFacts) -> Artifact:
    stored = await workshop.objects.put_file(made.object_key, made.path, made.media_type)
    now = workshop.clock()
    is_video = made.kind is ArtifactKind.VIDEO
    return Artifact(
        id=new_id(now, workshop.random(RANDOM_BYTES)),
        task_id=task.id,
        kind=made.kind,
        sample=made.sample,
        object_key=made.object_key,
        media_type=made.media_type,
        size_bytes=stored.size_bytes,
        sha256=stored.sha256,
        width_px=facts.width_px,
        height_px=facts.height_px,
        duration_s=facts.duration_s if is_video else None,
        frames=facts.frames if is_video else None,
        has_audio=facts.has_audio if is_video else None,
        created_at=now,
    )
