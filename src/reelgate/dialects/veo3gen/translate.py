"""Between Veo3Gen's bodies and reelgate's values. Pure; called by `routes`.

A task that another dialect accepted is shown here like any other, by this wire's form of its id.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from msgspec import UNSET, UnsetType

from reelgate.core import ids
from reelgate.core.catalogue import Catalogue, Model, WireName
from reelgate.core.errors import InputMissing, TaskNotReady, TaskUnknown, TaskWithoutVideos
from reelgate.core.ledger import to_credits, to_credits_down
from reelgate.core.lifecycle import is_terminal
from reelgate.core.pricing import price_charged, video_price
from reelgate.core.prompt import unfit_character
from reelgate.core.task import (
    ArtifactKind,
    AspectRatio,
    InlineSource,
    Input,
    Mode,
    PersonGeneration,
    Resolution,
    Role,
    State,
    StoredSource,
    Task,
    TaskSpec,
)
from reelgate.dialects.veo3gen.errors import failure_words
from reelgate.dialects.veo3gen.wire import (
    DownloadAnswer,
    GenerationAnswer,
    GenerationRequest,
    HistoryAnswer,
    HistoryEntry,
    HistoryQuery,
    ImageGenerationAnswer,
    ImageInfo,
    ModelEntry,
    ModelPricing,
    ModelsAnswer,
    Pagination,
    Status,
    StatusAnswer,
    Video,
)
from reelgate.service.query import Link, TaskPage
from reelgate.service.submit import Accepted, Submission
from reelgate.web.body import Form

NAME: Final = "veo3gen"

ID_PREFIX: Final = "veo_"

_TASK_UNKNOWN: Final = "There is no such task."

#: The wire's names of spec fields, where they differ.
FIELD_NAMES: Final = {
    "negative_prompt": "negativePrompt",
    "duration_s": "durationSeconds",
    "aspect_ratio": "aspectRatio",
    "samples": "sampleCount",
}

STATUSES: Final[dict[State, Status]] = {
    State.QUEUED: "pending",
    State.PROCESSING: "processing",
    State.SUCCEEDED: "completed",
    State.FAILED: "failed",
    State.CANCELED: "failed",
}

#: The file fields of first-last-frame: how a client may spell each, the documented spelling first.
FIRST_FRAME_FIELDS: Final = ("firstFrame", "first_frame", "firstFrameImage", "firstImage", "image")
LAST_FRAME_FIELDS: Final = ("lastFrame", "last_frame", "lastFrameImage", "lastImage", "endFrame")

#: What a model can do, in the order in which this wire lists it.
_CAPABILITIES: Final = (Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME)

_FILE_NAME_MAX_CHARS: Final = 255


def to_submission(
    wire: GenerationRequest,
    catalogue: Catalogue,
    mode: Mode,
    inputs: tuple[Input, ...] = (),
) -> Submission:
    """Return what a request asks for.

    Raises:
        ModelUnknown: the wire has no such model.

    """
    spec = TaskSpec(
        mode=mode,
        model=catalogue.find(NAME, wire.model).id,
        prompt=wire.prompt,
        negative_prompt=wire.negative_prompt or None,
        inputs=inputs,
        duration_s=wire.duration_seconds,
        resolution=Resolution(wire.resolution),
        aspect_ratio=AspectRatio(wire.aspect_ratio),
        samples=wire.sample_count,
        audio=wire.generate_audio,
        seed=wire.seed,
        enhance_prompt=wire.enhance_prompt,
        person_generation=PersonGeneration(wire.person_generation),
    )
    # The path asks for the mode, the model is what a caller can change about it.
    return Submission(dialect=NAME, spec=spec, field_names=FIELD_NAMES, mode_field="model")


def to_input(form: Form, role: Role, fields: Sequence[str]) -> Input:
    """Return the picture of a form: the first of `fields` that has one.

    Raises:
        InputMissing: there is none, or it came as a text.

    """
    for field in fields:
        file = form.files.get(field)
        # A browser sends a file field that was left empty as a file without a byte.
        if file and file.content:
            name = to_file_name(file.file_name)
            source = InlineSource(content=file.content, media_type=file.media_type, file_name=name)
            return Input(role=role, source=source, field=field)
    if any(field in form.texts for field in fields):
        raise InputMissing(fields[0], f"Send {fields[0]} as a file, not as a text.")
    raise InputMissing(fields[0], f"A picture is required: send it as the file field {fields[0]}.")


def to_file_name(text: str | None) -> str | None:
    """Return the last part of a file name, without what cannot be stored; None where nothing is left."""
    if text is None:
        return None
    last = text.replace("\\", "/").rpartition("/")[2]
    fit = "".join(character for character in last if not unfit_character(character))
    return fit[:_FILE_NAME_MAX_CHARS] or None


def from_accepted(accepted: Accepted, wait_s: tuple[float, float] | None = None) -> GenerationAnswer:
    """Return the answer to a request that was accepted; `wait_s` is the span in which it will be made, where known."""
    task = accepted.task
    task_id = to_id(task.id)
    return GenerationAnswer(
        success=True,
        message="Video generation started",
        task_id=task_id,
        status=STATUSES[task.state],
        estimated_wait_time=estimated_wait(task.spec, wait_s),
        credits_used=to_credits(task.price_microcredits),
        remaining_credits=to_credits_down(accepted.available_microcredits),
        status_url=f"/api/veo/status/{task_id}",
        download_url=f"/api/veo/download/{task_id}",
    )


def from_accepted_picture(
    accepted: Accepted, size_bytes: int, wait_s: tuple[float, float] | None = None
) -> ImageGenerationAnswer:
    """Return the answer to a request with a picture that had `size_bytes` bytes as it came."""
    started = from_accepted(accepted, wait_s)
    source = accepted.task.spec.inputs[0].source
    # An accepted task has only stored inputs.
    assert isinstance(source, StoredSource)
    return ImageGenerationAnswer(
        success=True,
        message=started.message,
        task_id=started.task_id,
        status=started.status,
        estimated_wait_time=started.estimated_wait_time,
        credits_used=started.credits_used,
        remaining_credits=started.remaining_credits,
        status_url=started.status_url,
        download_url=started.download_url,
        credits_cost=started.credits_used,
        image_info=ImageInfo(
            original_name=source.file_name or "image",
            size=size_bytes,
            mime_type=source.media_type,
        ),
    )


def estimated_wait(spec: TaskSpec, wait_s: tuple[float, float] | None = None) -> str:
    """Return a span for people: the known one, or a rough one by how much video there is to make."""
    if wait_s is not None:
        soonest, latest = (max(1, round(seconds)) for seconds in wait_s)
        return f"{soonest}-{max(latest, soonest + 1)} seconds"
    video_s = spec.duration_s * spec.samples * (1 if spec.resolution is Resolution.P720 else 2)
    soonest_s = 3 + video_s // 4
    return f"{soonest_s}-{2 * soonest_s} seconds"


def from_task(task: Task, links: Sequence[Link], catalogue: Catalogue) -> StatusAnswer:
    """Return a task as its status; `links` lead to its videos, in their order."""
    succeeded = task.state is State.SUCCEEDED
    words = _failure_words(task)
    return StatusAnswer(
        success=True,
        task_id=to_id(task.id),
        status=STATUSES[task.state],
        type=to_type(task.spec.mode),
        model=model_name(task, catalogue),
        prompt=task.spec.prompt,
        credits_cost=cost(task),
        created_at=to_timestamp(task.created_at),
        completed_at=_completed_at(task),
        processing_time=_processing_time_s(task),
        videos=_videos(links) if succeeded else UNSET,
        error=words[0] if words else UNSET,
        message=words[1] if words else UNSET,
    )


def check_downloadable(task: Task) -> None:
    """Refuse to give out videos that are not there.

    Raises:
        TaskNotReady: the task has not ended.
        TaskWithoutVideos: it has ended without a video.

    """
    if not is_terminal(task.state):
        raise TaskNotReady(f"The video is not ready yet: the task is {STATUSES[task.state]}.")
    if task.state is not State.SUCCEEDED or not task.files(ArtifactKind.VIDEO):
        raise TaskWithoutVideos("The task has no videos.")


def from_links(task: Task, links: Sequence[Link]) -> DownloadAnswer:
    """Return the videos of a task that has some."""
    return DownloadAnswer(success=True, task_id=to_id(task.id), videos=_videos(links), total_videos=len(links))


def to_states(status: Status | None) -> tuple[State, ...] | None:
    """Return the states that a filter means; None for all."""
    return None if status is None else tuple(state for state, word in STATUSES.items() if word == status)


def from_page(page: TaskPage, query: HistoryQuery, catalogue: Catalogue) -> HistoryAnswer:
    """Return a page of the history that `query` asked for."""
    return HistoryAnswer(
        success=True,
        videos=[_entry(task, catalogue) for task in page.tasks],
        pagination=Pagination(
            total=page.total,
            limit=query.limit,
            skip=query.skip,
            has_more=query.skip + len(page.tasks) < page.total,
        ),
    )


def from_catalogue(catalogue: Catalogue) -> ModelsAnswer:
    """Return the models that this wire lists; the default is one of them where there is any."""
    listed = catalogue.listed(NAME)
    default = catalogue.defaults[NAME]
    names = [name.name for name, _ in listed]
    return ModelsAnswer(
        success=True,
        models=[_model_entry(name, model) for name, model in listed],
        default_model=default if default in names or not names else names[0],
    )


def cost(task: Task) -> int:
    """Return the whole credits of a task: what is reserved, then what was charged, which is nothing if it failed."""
    if not is_terminal(task.state):
        return to_credits(task.price_microcredits)
    return to_credits(price_charged(task)) if task.state is State.SUCCEEDED else 0


def model_name(task: Task, catalogue: Catalogue) -> str:
    """Return how this wire calls a task's model; its id in the catalogue where it has no name here."""
    model = catalogue.models.get(task.spec.model)
    name = model.names.get(NAME) if model else None
    return name.name if name else task.spec.model


def to_type(mode: Mode) -> str:
    """Return this wire's word for a mode."""
    return mode.value.replace("_", "-")


def to_id(task_id: uuid.UUID) -> str:
    """Return this wire's form of an id."""
    return ID_PREFIX + ids.to_millis_base36(task_id)


# Polls name the same few tasks again and again.
@lru_cache(4096)
def from_id(text: str) -> uuid.UUID:
    """Read what `to_id` wrote.

    Raises:
        TaskUnknown: it did not write `text`, so there is no such task.

    """
    if not text.startswith(ID_PREFIX):
        raise TaskUnknown(_TASK_UNKNOWN)
    try:
        return ids.from_millis_base36(text.removeprefix(ID_PREFIX))
    except ValueError as error:
        raise TaskUnknown(_TASK_UNKNOWN) from error


def to_timestamp(time: dt.datetime) -> str:
    """Return a time as this wire writes it: UTC, in milliseconds."""
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _failure_words(task: Task) -> tuple[str, str] | None:
    if task.state is State.CANCELED:
        return "CANCELED", "The task was canceled."
    return failure_words(task.failure) if task.state is State.FAILED else None


def _entry(task: Task, catalogue: Catalogue) -> HistoryEntry:
    return HistoryEntry(
        task_id=to_id(task.id),
        type=to_type(task.spec.mode),
        model=model_name(task, catalogue),
        prompt=task.spec.prompt,
        status=STATUSES[task.state],
        credits_cost=cost(task),
        created_at=to_timestamp(task.created_at),
        completed_at=_completed_at(task),
        processing_time=_processing_time_s(task),
        video_count=len(task.files(ArtifactKind.VIDEO)),
    )


def _model_entry(name: WireName, model: Model) -> ModelEntry:
    capabilities = [to_type(mode) for mode in _CAPABILITIES if mode in model.modes_on(NAME)]
    resolution, seconds = model.resolutions[0], model.durations_s[-1]
    return ModelEntry(
        id=name.name,
        name=name.title or name.name,
        description=name.description,
        capabilities=[*capabilities, "audio-generation"],
        pricing=ModelPricing(
            credits_per_video=to_credits(
                video_price(model, NAME, audio=True, resolution=resolution, duration_s=seconds)
            ),
            credits_per_video_no_audio=to_credits(
                video_price(model, NAME, audio=False, resolution=resolution, duration_s=seconds)
            ),
        ),
    )


def _videos(links: Sequence[Link]) -> list[Video]:
    return [Video(url=link.url, mime_type="video/mp4", expires_at=to_timestamp(link.expires_at)) for link in links]


def _completed_at(task: Task) -> str | UnsetType:
    return UNSET if task.completed_at is None else to_timestamp(task.completed_at)


def _processing_time_s(task: Task) -> int | UnsetType:
    return UNSET if task.completed_at is None else int((task.completed_at - task.created_at).total_seconds())
