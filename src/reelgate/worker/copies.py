"""Copies of a task's videos in the folder of a mapped bucket that its caller named (`core.buckets`).

They are written before a task ends well, and are the operator's from then on: deleting the task leaves them.
"""

import contextlib
import pathlib
from collections.abc import Sequence

from reelgate.core.buckets import copy_name
from reelgate.core.errors import EngineFailed, OperatorError
from reelgate.core.task import Artifact, ArtifactKind, Task
from reelgate.objects.store import ObjectStore
from reelgate.worker.workshop import Workshop


async def copy_video(workshop: Workshop, task: Task, video: Artifact, path: pathlib.Path) -> None:
    """Copy a video, which is at `path`, to where the task's caller wants it, if they do. May be repeated.

    Raises:
        EngineFailed: the bucket is not mapped any more.
        StorageFull, StorageUnavailable: it cannot be written now.

    """
    if task.spec.copies_uri is None:
        return
    found = _find(workshop, task.spec.copies_uri, video)
    if found is None:
        raise EngineFailed("The bucket that the videos belong in is not mapped any more.")
    place, key = found
    await place.put_file(key, path, video.media_type)


async def remove_copies(workshop: Workshop, task: Task, artifacts: Sequence[Artifact]) -> None:
    """Remove the copies of what no task has; what cannot be removed now stays. May be repeated."""
    if task.spec.copies_uri is None:
        return
    for artifact in artifacts:
        found = _find(workshop, task.spec.copies_uri, artifact) if artifact.kind is ArtifactKind.VIDEO else None
        if found is not None:
            with contextlib.suppress(OperatorError):
                place, key = found
                await place.delete(key)


def _find(workshop: Workshop, uri: str, video: Artifact) -> tuple[ObjectStore, str] | None:
    folder = workshop.buckets.find(uri)
    place = workshop.places.get(folder.place) if folder else None
    if folder is None or place is None:
        return None
    return place, folder.key(copy_name(video.object_key, video.sample))
