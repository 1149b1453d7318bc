"""Between veo4api's bodies and reelgate's values. Pure; called by `routes`.

A task that another dialect accepted is shown here like any other, by this wire's form of its id; of several samples,
this wire has room for the first.
"""

import datetime as dt
import uuid
from dataclasses import replace
from typing import Final, Literal

from msgspec import UNSET

from reelgate.core import ids
from reelgate.core.catalogue import Catalogue
from reelgate.core.errors import FieldProblem, FieldsInvalid, TaskUnknown
from reelgate.core.ledger import to_credits
from reelgate.core.pricing import price_charged
from reelgate.core.task import (
    ArtifactKind,
    AspectRatio,
    Input,
    Mode,
    Resolution,
    Role,
    State,
    Task,
    TaskSpec,
    UrlSource,
)
from reelgate.dialects.veo4api.errors import task_error
from reelgate.dialects.veo4api.wire import (
    ID_PREFIX,
    GenerateAnswer,
    GenerateRequest,
    Status,
    StatusAnswer,
    WebhookEvent,
)
from reelgate.service.submit import Submission
from reelgate.web.url_field import url_problem

NAME: Final = "veo4api"

_TASK_UNKNOWN: Final = "There is no such task."

#: The wire's names of spec fields, where they differ.
FIELD_NAMES: Final = {"duration_s": "duration", "seed": "seeds"}

STATUSES: Final[dict[State, Status]] = {
    State.QUEUED: "queued",
    State.PROCESSING: "processing",
    State.SUCCEEDED: "succeeded",
    State.FAILED: "failed",
    State.CANCELED: "canceled",
}

#: What the end of a task is called to receivers.
EVENTS: Final[dict[State, Literal["video.succeeded", "video.failed", "video.canceled"]]] = {
    State.SUCCEEDED: "video.succeeded",
    State.FAILED: "video.failed",
    State.CANCELED: "video.canceled",
}

#: By number of pictures: what they ask for, and what each is for.
_MODES: Final[tuple[tuple[Mode, tuple[Role, ...]], ...]] = (
    (Mode.TEXT_TO_VIDEO, ()),
    (Mode.IMAGE_TO_VIDEO, (Role.FIRST_FRAME,)),
    (Mode.FIRST_LAST_FRAME, (Role.FIRST_FRAME, Role.LAST_FRAME)),
)


def to_submission(wire: GenerateRequest, catalogue: Catalogue, source: Task | None = None) -> Submission:
    """Return what a request asks for; `source` is the task that it extends.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: the pictures stand in several fields, are empty or too many, the task has no video, or the
            webhook's URL is none.

    """
    model = catalogue.find(NAME, wire.model)
    webhook_url = wire.webhook_url or None
    if bad_url := url_problem("webhook_url", webhook_url):
        raise FieldsInvalid([bad_url])
    image_field, urls = _images(wire)
    if len(urls) >= len(_MODES):
        problem = f"must be 1 picture to start from, or 2, the first and the last frame, not {len(urls)}"
        raise FieldsInvalid([FieldProblem(image_field, problem)])
    if source and urls:
        raise FieldsInvalid([FieldProblem(image_field, "cannot be used together with extend_task_id")])
    mode, roles = _MODES[len(urls)]
    spec = TaskSpec(
        mode=mode,
        model=model.id,
        prompt=wire.prompt,
        negative_prompt=wire.negative_prompt or None,
        inputs=tuple(
            Input(role=role, source=UrlSource(url=url), field=field)
            for role, (field, url) in zip(roles, urls, strict=True)
        ),
        duration_s=wire.duration,
        resolution=Resolution(wire.resolution),
        aspect_ratio=AspectRatio(wire.aspect_ratio),
        audio=wire.audio,
        seed=wire.seeds,
        watermark=wire.watermark or None,
        translate_prompt=wire.enable_translation,
        public=wire.public,
        webhook_url=webhook_url,
    )
    if source:
        extension = _continued(spec, source)
        return Submission(dialect=NAME, spec=extension, field_names=FIELD_NAMES, mode_field="extend_task_id")
    return Submission(dialect=NAME, spec=spec, field_names=FIELD_NAMES, mode_field=image_field)


def source_id(wire: GenerateRequest) -> uuid.UUID | None:
    """Return the id of the task that a request extends, or None.

    Raises:
        FieldsInvalid: it names none of this wire's.

    """
    if not wire.extend_task_id:
        return None
    try:
        return from_id(wire.extend_task_id)
    except TaskUnknown as error:
        raise no_source() from error


def no_source() -> FieldsInvalid:
    """Return the error of an `extend_task_id` that names no video of the caller's."""
    return FieldsInvalid([FieldProblem("extend_task_id", "must be the id of a completed task of yours")])


def _continued(spec: TaskSpec, source: Task) -> TaskSpec:
    """Return a spec that continues a task's video, in its shape and size."""
    video = next(iter(source.files(ArtifactKind.VIDEO)), None)
    if source.state is not State.SUCCEEDED or video is None:
        raise no_source()
    return replace(
        spec,
        mode=Mode.EXTEND,
        inputs=(Input(role=Role.SOURCE_VIDEO, source=video.to_source(), field="extend_task_id"),),
        resolution=source.spec.resolution,
        aspect_ratio=source.spec.aspect_ratio,
    )


def _images(wire: GenerateRequest) -> tuple[str, list[tuple[str, str]]]:
    """Return the field that has the pictures, and each with its place and URL."""
    lists: dict[str, str | list[str]] = {
        "image_urls": wire.image_urls,
        "imageUrls": wire.image_urls_camel,
        "images": wire.images,
        "image_url": wire.image_url,
        "imageUrl": wire.image_url_camel,
        "image": wire.image,
    }
    used = {field: value for field, value in lists.items() if value}
    if len(used) > 1:
        first, *others = used
        problem = f"stands for the same as {first}; send the pictures in one of them"
        raise FieldsInvalid([FieldProblem(other, problem) for other in others])
    for field, value in used.items():
        if isinstance(value, str):
            return field, [(field, value)]
        urls = [(f"{field}[{place}]", url) for place, url in enumerate(value)]
        if empty := [FieldProblem(place, "must not be empty") for place, url in urls if not url]:
            raise FieldsInvalid(empty)
        return field, urls
    return "image_urls", []


def from_accepted(task: Task, catalogue: Catalogue) -> GenerateAnswer:
    """Return the answer to a request that was accepted."""
    return GenerateAnswer(
        task_id=to_id(task.id),
        status=STATUSES[task.state],
        model=model_name(task, catalogue),
        credits_estimated=to_credits(task.price_microcredits),
        created_at=to_timestamp(task.created_at),
    )


def from_task(task: Task, *, video_url: str | None, thumbnail_url: str | None) -> StatusAnswer:
    """Return a task as its status; only one that has succeeded has links."""
    succeeded = task.state is State.SUCCEEDED
    return StatusAnswer(
        task_id=to_id(task.id),
        status=STATUSES[task.state],
        progress=100 if succeeded else task.progress or 0,
        video_url=video_url or UNSET,
        thumbnail_url=thumbnail_url or UNSET,
        completed_at=to_timestamp(task.completed_at) if succeeded and task.completed_at else UNSET,
        error=task_error(task.failure) if task.state is State.FAILED else UNSET,
    )


def to_event(task: Task, catalogue: Catalogue, *, video_url: str | None) -> WebhookEvent:
    """Return what is told of a task that has ended; only one that has succeeded has a link and has cost something."""
    succeeded = task.state is State.SUCCEEDED
    return WebhookEvent(
        event=EVENTS[task.state],
        task_id=to_id(task.id),
        status=STATUSES[task.state],
        model=model_name(task, catalogue),
        video_url=video_url or UNSET,
        credits_charged=to_credits(price_charged(task)) if succeeded else 0,
        created_at=to_timestamp(task.created_at),
        completed_at=to_timestamp(task.completed_at or task.created_at),
        error=task_error(task.failure) if task.state is State.FAILED else UNSET,
    )


def model_name(task: Task, catalogue: Catalogue) -> str:
    """Return how this wire calls a task's model; its id in the catalogue where it has no name here."""
    model = catalogue.models.get(task.spec.model)
    name = model.names.get(NAME) if model else None
    return name.name if name else task.spec.model


def to_id(task_id: uuid.UUID) -> str:
    """Return this wire's form of an id."""
    return ID_PREFIX + ids.to_base32(task_id)


def from_id(text: str) -> uuid.UUID:
    """Read what `to_id` wrote.

    Raises:
        TaskUnknown: it did not write `text`, so there is no such task.

    """
    if not text.startswith(ID_PREFIX):
        raise TaskUnknown(_TASK_UNKNOWN)
    try:
        return ids.from_base32(text.removeprefix(ID_PREFIX))
    except ValueError as error:
        raise TaskUnknown(_TASK_UNKNOWN) from error


def to_timestamp(time: dt.datetime) -> str:
    """Return a time as this wire writes it: UTC, in seconds."""
    return time.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
