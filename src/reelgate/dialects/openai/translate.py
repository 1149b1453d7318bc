"""Between OpenAI's bodies and reelgate's values. Pure; called by `routes`.

A task that another dialect accepted is shown here like any other, by this wire's form of its id; of several samples,
this wire has room for the first.
"""

import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from reelgate.core.catalogue import Catalogue, Model, one_of
from reelgate.core.errors import (
    FieldProblem,
    FieldsInvalid,
    ModelUnknown,
    ModeUnavailable,
    TaskNotReady,
    TaskUnknown,
    TaskWithoutVideos,
)
from reelgate.core.ids import to_event_id
from reelgate.core.lifecycle import is_terminal
from reelgate.core.media import frame_size
from reelgate.core.task import (
    Artifact,
    ArtifactKind,
    AspectRatio,
    InlineSource,
    Input,
    Mode,
    Resolution,
    Role,
    State,
    Task,
    TaskSpec,
    UrlSource,
)
from reelgate.dialects.openai.errors import video_error
from reelgate.dialects.openai.wire import (
    CreateRequest,
    DeletedVideo,
    EditRequest,
    EventData,
    ExtendRequest,
    InputReference,
    Status,
    Variant,
    Video,
    VideoError,
    VideoList,
    WebhookEvent,
)
from reelgate.service.query import TaskSlice
from reelgate.service.submit import Submission
from reelgate.web.body import FormFile

NAME: Final = "openai"

ID_PREFIX: Final = "video_"

_TASK_UNKNOWN: Final = "There is no such task."
_ID: Final = re.compile(ID_PREFIX + "([0-9a-f]{32})")
_WHOLE: Final = re.compile("[0-9]{1,4}")

#: The wire's names of spec fields, where they differ. What a size can break is said before.
FIELD_NAMES: Final = {"duration_s": "seconds", "resolution": "size", "aspect_ratio": "size"}

STATUSES: Final[dict[State, Status]] = {
    State.QUEUED: "queued",
    State.PROCESSING: "in_progress",
    State.SUCCEEDED: "completed",
    State.FAILED: "failed",
    State.CANCELED: "failed",
}

#: What each file that can be fetched is made from.
VARIANTS: Final[dict[Variant, ArtifactKind]] = {
    "video": ArtifactKind.VIDEO,
    "thumbnail": ArtifactKind.THUMBNAIL,
    "spritesheet": ArtifactKind.VIDEO,
}


def to_size(resolution: Resolution, aspect_ratio: AspectRatio) -> str:
    """Return a size as this wire writes it."""
    width, height = frame_size(resolution, aspect_ratio)
    return f"{width}x{height}"


_FRAMES: Final = {
    to_size(resolution, aspect_ratio): (resolution, aspect_ratio)
    for resolution in Resolution
    for aspect_ratio in AspectRatio
}


def with_extra(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a body, with those inside of `extra_body` that stand nowhere else."""
    extra = fields.get("extra_body")
    return {**extra, **fields} if isinstance(extra, dict) else fields


def to_submission(wire: CreateRequest, catalogue: Catalogue, file: FormFile | None) -> Submission:
    """Return what a request asks for; `file` is the picture that came as one.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: the model has no such size or length, or the picture is unclear.
        ModeUnavailable: it names characters.

    """
    model = catalogue.find(NAME, wire.model)
    if wire.characters:
        raise ModeUnavailable("characters", "a character")
    resolution, aspect_ratio = to_frame(wire.size, model)
    source = _source(wire.input_reference, file)
    spec = TaskSpec(
        mode=Mode.IMAGE_TO_VIDEO if source else Mode.TEXT_TO_VIDEO,
        model=model.id,
        prompt=wire.prompt,
        negative_prompt=wire.negative_prompt or None,
        inputs=(source,) if source else (),
        duration_s=to_duration(wire.seconds, model),
        resolution=resolution,
        aspect_ratio=aspect_ratio,
        audio=wire.audio,
        seed=wire.seed,
    )
    return Submission(dialect=NAME, spec=spec, field_names=FIELD_NAMES, mode_field="input_reference")


def to_frame(size: str, model: Model) -> tuple[Resolution, AspectRatio]:
    """Return the resolution and the aspect ratio of a size.

    Raises:
        FieldsInvalid: the model does not make it; the message names those that it makes.

    """
    frame = _FRAMES.get(size)
    if frame and frame[0] in model.resolutions and frame[1] in model.aspect_ratios:
        return frame
    made = [
        to_size(resolution, aspect_ratio) for resolution in model.resolutions for aspect_ratio in model.aspect_ratios
    ]
    raise FieldsInvalid([FieldProblem("size", f"must be {one_of(made)}, not {size[:40]}")])


def to_duration(seconds: str | int, model: Model) -> int:
    """Return whole seconds; that the model makes videos of that length is checked with the rest.

    Raises:
        FieldsInvalid: it is no number.

    """
    text = str(seconds)
    if not _WHOLE.fullmatch(text):
        raise FieldsInvalid([FieldProblem("seconds", f"must be {one_of(model.durations_s)}, not {text[:40]}")])
    return int(text)


def only_file(parts: Sequence[tuple[str, str | FormFile]], field: str) -> FormFile | None:
    """Return the file of a form's field; None where none was chosen.

    Raises:
        FieldsInvalid: there are several.

    """
    # A browser sends a file field that was left empty as a file without name and bytes.
    files = [part for name, part in parts if name == field and isinstance(part, FormFile)]
    chosen = [file for file in files if file.content or file.file_name]
    if len(chosen) > 1:
        raise FieldsInvalid([FieldProblem(field, "stands twice; send one file")])
    return chosen[0] if chosen else None


def _source(reference: InputReference | None, file: FormFile | None) -> Input | None:
    field = "input_reference"
    named = reference and (reference.image_url or reference.file_id)
    if file and named:
        raise FieldsInvalid([FieldProblem(field, "is a file and a reference; send one of them")])
    if file:
        source = InlineSource(content=file.content, media_type=file.media_type, file_name=file.file_name)
        return Input(role=Role.FIRST_FRAME, source=source, field=field)
    if reference is None:
        return None
    if reference.file_id:
        problem = "is not known here: send the picture as a file or as image_url"
        raise FieldsInvalid([FieldProblem(f"{field}.file_id", problem)])
    if not reference.image_url:
        raise FieldsInvalid([FieldProblem(f"{field}.image_url", "is required")])
    return Input(role=Role.FIRST_FRAME, source=UrlSource(url=reference.image_url), field=f"{field}.image_url")


def check_source(wire: EditRequest | ExtendRequest, file: FormFile | None) -> None:
    """Refuse a request that names a video and brings another one, or does neither.

    Raises:
        FieldsInvalid: it does.
        ModeUnavailable: it brings a video to edit.

    """
    if file and wire.video:
        raise FieldsInvalid([FieldProblem("video", "is a file and a reference; send one of them")])
    if file and isinstance(wire, EditRequest):
        raise ModeUnavailable("video", "editing an uploaded video")
    if not file and not wire.video:
        raise FieldsInvalid([FieldProblem("video", "is required")])


def to_source_id(wire: EditRequest | ExtendRequest) -> uuid.UUID:
    """Return which video a request starts from.

    Raises:
        FieldsInvalid: it names none.
        TaskUnknown: the id is none of this wire's.

    """
    if wire.video is None:
        raise FieldsInvalid([FieldProblem("video", "is required")])
    return from_id(wire.video.id)


def to_remix(source: Task, prompt: str, catalogue: Catalogue, *, mode_field: str) -> Submission:
    """Return what `source` asked for, with another prompt.

    Raises:
        TaskNotReady, TaskWithoutVideos: there is no video to start from.
        ModelUnknown: its model is gone from the catalogue.

    """
    find_file(source, "video")
    _check_model(source.spec.model, catalogue)
    return Submission(
        dialect=NAME,
        spec=replace(source.spec.unaddressed(), prompt=prompt),
        field_names=FIELD_NAMES,
        mode_field=mode_field,
        remix_of=source.id,
    )


def to_extension(wire: ExtendRequest, source: Task, catalogue: Catalogue) -> Submission:
    """Return what continues `source` for some seconds.

    Raises:
        TaskNotReady, TaskWithoutVideos: there is no video to continue.
        ModelUnknown: its model is gone from the catalogue.
        FieldsInvalid: the length is no number.

    """
    video = find_file(source, "video")
    model = _check_model(source.spec.model, catalogue)
    spec = replace(
        source.spec.unaddressed(),
        mode=Mode.EXTEND,
        prompt=wire.prompt,
        inputs=(Input(role=Role.SOURCE_VIDEO, source=video.to_source(), field="video"),),
        duration_s=to_duration(wire.seconds, model),
        samples=1,
    )
    return Submission(dialect=NAME, spec=spec, field_names=FIELD_NAMES, mode_field="video")


def to_extension_of_file(wire: ExtendRequest, file: FormFile, catalogue: Catalogue) -> Submission:
    """Return what continues an uploaded video for some seconds, in the shape of the model's that is nearest to its own.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: the length is no number.

    """
    model = catalogue.find(NAME, wire.model)
    source = InlineSource(content=file.content, media_type=file.media_type, file_name=file.file_name)
    spec = TaskSpec(
        mode=Mode.EXTEND,
        model=model.id,
        prompt=wire.prompt,
        inputs=(Input(role=Role.SOURCE_VIDEO, source=source, field="video"),),
        duration_s=to_duration(wire.seconds, model),
        aspect_ratio=model.aspect_ratios[0],
        audio=model.audio,
    )
    return Submission(dialect=NAME, spec=spec, field_names=FIELD_NAMES, mode_field="video", shape_open=True)


def _check_model(model_id: str, catalogue: Catalogue) -> Model:
    if model_id not in catalogue.models:
        raise ModelUnknown(model_id, [name.name for name, _ in catalogue.listed(NAME)])
    return catalogue.models[model_id]


def find_file(task: Task, variant: Variant) -> Artifact:
    """Return the file that a variant of a video is made from.

    Raises:
        TaskNotReady: the task has not ended.
        TaskWithoutVideos: it has ended without such a file.

    """
    if not is_terminal(task.state):
        raise TaskNotReady(f"The video is not ready yet: it is {STATUSES[task.state]}.")
    files = task.files(VARIANTS[variant])
    if not files:
        raise TaskWithoutVideos(f"There is no {variant}: the video is {STATUSES[task.state]}.")
    return files[0]


def from_task(task: Task, catalogue: Catalogue, *, expires_at: dt.datetime) -> Video:
    """Return a task as a video; `expires_at` counts where there is a file to fetch."""
    succeeded = task.state is State.SUCCEEDED
    return Video(
        id=to_id(task.id),
        completed_at=to_unix_time(task.completed_at) if task.completed_at else None,
        created_at=to_unix_time(task.created_at),
        error=_error(task),
        expires_at=to_unix_time(expires_at) if succeeded else None,
        model=model_name(task, catalogue),
        object="video",
        progress=100 if succeeded else task.progress or 0,
        prompt=task.spec.prompt,
        remixed_from_video_id=to_id(task.remix_of) if task.remix_of else None,
        seconds=to_seconds(task),
        size=to_size(task.spec.resolution, task.spec.aspect_ratio),
        status=STATUSES[task.state],
    )


def to_event(task: Task) -> WebhookEvent:
    """Return what is told of a task that has ended."""
    return WebhookEvent(
        id=to_event_id(task.id),
        object="event",
        created_at=to_unix_time(task.completed_at or task.created_at),
        type="video.completed" if task.state is State.SUCCEEDED else "video.failed",
        data=EventData(id=to_id(task.id)),
    )


def from_slice(found: TaskSlice, catalogue: Catalogue, *, expires_at: dt.datetime) -> VideoList:
    """Return a page of videos."""
    videos = [from_task(task, catalogue, expires_at=expires_at) for task in found.tasks]
    return VideoList(
        data=videos,
        first_id=videos[0].id if videos else None,
        has_more=found.has_more,
        last_id=videos[-1].id if videos else None,
        object="list",
    )


def from_deleted(task_id: uuid.UUID) -> DeletedVideo:
    """Return the answer to a deletion."""
    return DeletedVideo(id=to_id(task_id), deleted=True, object="video.deleted")


def model_name(task: Task, catalogue: Catalogue) -> str:
    """Return how this wire calls a task's model; its id in the catalogue where it has no name here."""
    model = catalogue.models.get(task.spec.model)
    name = model.names.get(NAME) if model else None
    return name.name if name else task.spec.model


def to_seconds(task: Task) -> str:
    """Return how long a video is, or is to be: the whole of it, where it continues another one."""
    lengths = [video.duration_s for video in task.files(ArtifactKind.VIDEO) if video.duration_s]
    return str(round(lengths[0]) if lengths else task.spec.duration_s)


def to_id(task_id: uuid.UUID) -> str:
    """Return this wire's form of an id."""
    return ID_PREFIX + task_id.hex


def from_id(text: str) -> uuid.UUID:
    """Read what `to_id` wrote.

    Raises:
        TaskUnknown: it did not write `text`, so there is no such task.

    """
    match = _ID.fullmatch(text)
    if match is None:
        raise TaskUnknown(_TASK_UNKNOWN)
    return uuid.UUID(hex=match[1])


def to_start(after: str | None) -> uuid.UUID | None:
    """Return behind which id a page begins.

    Raises:
        FieldsInvalid: `after` is no id of this wire.

    """
    if after is None:
        return None
    try:
        return from_id(after)
    except TaskUnknown as error:
        raise FieldsInvalid([FieldProblem("after", "must be the id of a video")]) from error


def to_unix_time(time: dt.datetime) -> int:
    """Return a time as this wire writes it: Unix seconds, cut."""
    return int(time.timestamp())


def _error(task: Task) -> VideoError | None:
    if task.state is State.CANCELED:
        return VideoError(code="canceled", message="The video was canceled.")
    return video_error(task.failure) if task.state is State.FAILED else None
