"""Between acedata's bodies and reelgate's values. Pure; called by `routes`.

A task that another dialect accepted is shown here like any other: with a request that would ask for the same, and one
entry in `data` for each of its videos. All ids are the task's own in other dress: the digit of a UUID that names its
version is 7 in a task's id, 4 in its trace id, and 8 and more in the ids of its videos.
"""

import contextlib
import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import UNSET

from reelgate.core import ids
from reelgate.core.catalogue import Catalogue, Model
from reelgate.core.errors import FieldProblem, FieldsInvalid, InputMissing, TaskUnknown
from reelgate.core.lifecycle import is_terminal
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
from reelgate.dialects.acedata.errors import CANCELED, task_error
from reelgate.dialects.acedata.wire import (
    ErrorDetail,
    ExtendRequest,
    ObjectsRequest,
    Outcome,
    ReshootRequest,
    TaskAnswer,
    TasksRequest,
    Video,
    VideosRequest,
)
from reelgate.service.submit import SEEDS, Submission
from reelgate.web.url_field import url_problem

NAME: Final = "acedata"

#: How the catalogue's hidden entries are called on this wire.
BUILT_IN: Final = "animatic"
INGREDIENTS: Final = "veo31-fast-ingredients"
UPSAMPLE: Final = "veo-upsample"
RESHOOT: Final = "veo-reshoot"

#: Models whose videos the wire does not extend.
OLD_LINE: Final = frozenset({"veo2", "veo2-fast"})

#: What each motion is called in a prompt. The moves that hold the subject's size by the lens are near to a plain dolly.
MOVES: Final[dict[str, str]] = {
    "STATIONARY": "static camera",
    "STATIONARY_UP": "tilt up",
    "STATIONARY_DOWN": "tilt down",
    "STATIONARY_LEFT": "pan left",
    "STATIONARY_RIGHT": "pan right",
    "STATIONARY_DOLLY_IN_ZOOM_OUT": "push in",
    "STATIONARY_DOLLY_OUT_ZOOM_IN": "pull out",
    "UP": "crane up",
    "DOWN": "crane down",
    "LEFT_TO_RIGHT": "truck right",
    "RIGHT_TO_LEFT": "truck left",
    "FORWARD": "push in",
    "BACKWARD": "pull out",
    "DOLLY_IN_ZOOM_OUT": "push in",
    "DOLLY_OUT_ZOOM_IN": "pull out",
}

#: What every task is.
TYPE: Final = "videos"
#: The vendor's own number of POST /veo/videos.
API_ID: Final = "52a0fa83-3c78-4793-b45a-c1a5c869ae46"

#: The wire's names of spec fields, where they differ.
FIELD_NAMES: Final = {"duration_s": "duration", "webhook_url": "callback_url"}

#: A request is kept with its task up to this size, and each text in it up to this length.
REQUEST_MAX_BYTES: Final = 8192
REQUEST_TEXT_MAX_CHARS: Final = 4000

_CUT_TO_CHARS: Final = 100
_PICTURES_MAX: Final = 3
_TASK_VERSION: Final = 7
_TRACE_VERSION: Final = 4
_VIDEO_VERSION: Final = 8
_VERSION_BIT: Final = 76
_UTC_8: Final = dt.timezone(dt.timedelta(hours=8))
_UUID: Final = re.compile(r"[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}", re.IGNORECASE)
_TASK_UNKNOWN: Final = "There is no such task."

_FRAMES: Final[tuple[tuple[Mode, tuple[Role, ...]], ...]] = (
    (Mode.TEXT_TO_VIDEO, ()),
    (Mode.IMAGE_TO_VIDEO, (Role.FIRST_FRAME,)),
    (Mode.FIRST_LAST_FRAME, (Role.FIRST_FRAME, Role.LAST_FRAME)),
)

#: What asks for a mode on this wire.
ACTIONS: Final[dict[Mode, str]] = {
    Mode.TEXT_TO_VIDEO: "text2video",
    Mode.IMAGE_TO_VIDEO: "image2video",
    Mode.FIRST_LAST_FRAME: "image2video",
    Mode.REFERENCE_TO_VIDEO: "ingredients2video",
    Mode.EXTEND: "extend",
    Mode.UPSCALE: "upsample",
}


def is_upscale(wire: VideosRequest) -> bool:
    """Return whether a request wants a video that was made in 1080p, and none that is new."""
    return wire.action in ("get1080p", "get_1080p")


def to_submission(wire: VideosRequest, catalogue: Catalogue) -> Submission:
    """Return what a request for a new video asks for.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: the prompt is missing, pictures are empty or too many, or the callback's URL is none.
        InputMissing: the action or the model needs pictures.

    """
    model = _model(wire, catalogue)
    if wire.prompt is None:
        raise FieldsInvalid([FieldProblem("prompt", "is required")])
    mode, inputs = _pictures(wire, model)
    gif = wire.resolution == "gif"
    spec = TaskSpec(
        mode=mode,
        model=model.id,
        prompt=wire.prompt,
        inputs=inputs,
        duration_s=wire.duration,
        resolution=Resolution.P720 if gif else Resolution(wire.resolution),
        aspect_ratio=AspectRatio(wire.aspect_ratio),
        translate_prompt=wire.translation,
        webhook_url=to_callback(wire.callback_url),
        gif=gif,
    )
    if wire.resolution in ("gif", "4k"):
        return _submission(spec, mode_field="resolution", wanted=_wanted(wire.resolution))
    return _submission(spec, mode_field="image_urls" if inputs else "action")


def _model(wire: VideosRequest, catalogue: Catalogue) -> Model:
    forced = wire.action == "ingredients2video" and wire.model != BUILT_IN
    return catalogue.find(NAME, INGREDIENTS if forced else wire.model)


def _pictures(wire: VideosRequest, model: Model) -> tuple[Mode, tuple[Input, ...]]:
    """Return what the pictures ask for, and what each is for."""
    places = [(f"image_urls[{number}]", url) for number, url in enumerate(wire.image_urls)]
    if empty := [FieldProblem(place, "must not be empty") for place, url in places if not url]:
        raise FieldsInvalid(empty)
    if len(places) > _PICTURES_MAX:
        raise FieldsInvalid([FieldProblem("image_urls", f"must be at most {_PICTURES_MAX}, not {len(places)}")])
    # A model that makes nothing from a text alone fuses whatever it is given.
    fuses = wire.action == "ingredients2video" or Mode.TEXT_TO_VIDEO not in model.modes
    if not places and (fuses or wire.action == "image2video"):
        message = f"image_urls: pictures are needed for image2video, ingredients2video and {INGREDIENTS}."
        raise InputMissing("image_urls", message)
    if fuses:
        mode, roles = Mode.REFERENCE_TO_VIDEO, (Role.REFERENCE,) * len(places)
    else:
        # Of three, the one in the middle has no meaning.
        places = places[:1] + places[1:][-1:]
        mode, roles = _FRAMES[len(places)]
    inputs = tuple(
        Input(role=role, source=UrlSource(url=url), field=place)
        for role, (place, url) in zip(roles, places, strict=True)
    )
    return mode, inputs


def to_upscale(target: str, source: Task, sample: int, *, webhook_url: str | None, catalogue: Catalogue) -> Submission:
    """Return what makes a finished video anew: `target` is 1080p, 4k or gif.

    Raises:
        FieldsInvalid: there is no such video.
        ModelUnknown: the catalogue has no entry for it.

    """
    video = find_video(source, sample)
    gif = target == "gif"
    spec = TaskSpec(
        mode=Mode.UPSCALE,
        model=catalogue.find(NAME, UPSAMPLE).id,
        prompt=source.spec.prompt,
        inputs=(video,),
        duration_s=source.spec.duration_s,
        resolution=source.spec.resolution if gif else Resolution(target),
        aspect_ratio=source.spec.aspect_ratio,
        audio=source.spec.audio,
        webhook_url=webhook_url,
        gif=gif,
    )
    return _submission(spec, mode_field="action", wanted=_wanted(target))


def to_extension(wire: ExtendRequest, source: Task, sample: int, catalogue: Catalogue) -> Submission:
    """Return what continues a finished video.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: there is no such video, it is of the old line, or the callback's URL is none.

    """
    if source.spec.model in OLD_LINE:
        named = model_name(source, catalogue)
        raise FieldsInvalid([FieldProblem("video_id", f"names a video of {named}, which cannot be extended")])
    ratio = wire.aspect_ratio
    spec = TaskSpec(
        mode=Mode.EXTEND,
        model=catalogue.find(NAME, wire.model).id,
        prompt=source.spec.prompt if wire.prompt is None else wire.prompt,
        inputs=(find_video(source, sample),),
        duration_s=wire.duration,
        resolution=Resolution(wire.resolution),
        aspect_ratio=AspectRatio(ratio) if ratio else source.spec.aspect_ratio,
        audio=source.spec.audio,
        webhook_url=to_callback(wire.callback_url),
    )
    return _submission(spec, mode_field="model")


def to_reshoot(wire: ReshootRequest, source: Task, sample: int, catalogue: Catalogue) -> Submission:
    """Return what makes a finished video again, from the same seed, with another camera move.

    Raises:
        FieldsInvalid: there is no such video, it is an extension, or the callback's URL is none.
        ModelUnknown: the catalogue has no entry for it.

    """
    find_video(source, sample)
    refuse_extension(source)
    spec = replace(
        source.spec.unaddressed(),
        model=catalogue.find(NAME, RESHOOT).id,
        camera=MOVES[wire.motion_type],
        samples=1,
        seed=None if source.spec.seed is None else (source.spec.seed + sample) % SEEDS,
        webhook_url=to_callback(wire.callback_url),
        gif=False,
    )
    return _submission(spec, mode_field="motion_type", wanted="making a video again with another camera move")


def check_objects(wire: ObjectsRequest) -> None:
    """Refuse to change objects without what that takes.

    Raises:
        FieldsInvalid: the prompt of what to insert, or the mask of what to remove, is missing.

    """
    needed, value = ("prompt", wire.prompt) if wire.action == "insert" else ("image_mask", wire.image_mask)
    if not value:
        raise FieldsInvalid([FieldProblem(needed, f"is required to {wire.action}")])


def refuse_extension(source: Task) -> None:
    """Refuse to make an extension again, or to edit it.

    Raises:
        FieldsInvalid: it is one.

    """
    if source.spec.mode is Mode.EXTEND:
        raise FieldsInvalid([FieldProblem("video_id", "names an extension; those are not made again or edited")])


def find_video(source: Task, sample: int) -> Input:
    """Return a finished video as what another one is made from.

    Raises:
        FieldsInvalid: the task has no such video, or none yet.

    """
    videos = source.files(ArtifactKind.VIDEO) if source.state is State.SUCCEEDED else ()
    found = next((video for video in videos if video.sample == sample), None)
    if found is None:
        raise no_video()
    return Input(role=Role.SOURCE_VIDEO, source=found.to_source(), field="video_id")


def no_video() -> FieldsInvalid:
    """Return the error of a `video_id` that names no video of the caller's."""
    return FieldsInvalid([FieldProblem("video_id", "names no video; it is data[].id of a finished task")])


def to_callback(callback_url: str | None) -> str | None:
    """Return where to send the result, or None.

    Raises:
        FieldsInvalid: it is not an http or https URL.

    """
    # Clients with a form send an empty text for what was left out.
    if problem := url_problem("callback_url", callback_url or None):
        raise FieldsInvalid([problem])
    return callback_url or None


def with_request(submission: Submission, body: Mapping[str, Any]) -> Submission:
    """Return a submission with the request to show later: as it came, long texts cut off; none when it is too large."""
    try:
        text = msgspec.json.encode({name: _cut(value) for name, value in body.items()})
    except RecursionError:
        return submission
    return replace(submission, wire_request=text.decode()) if len(text) <= REQUEST_MAX_BYTES else submission


def _cut(value: Any) -> Any:
    if isinstance(value, list):
        return [_cut(item) if isinstance(item, str) else item for item in value]
    if isinstance(value, str) and len(value) > REQUEST_TEXT_MAX_CHARS:
        return value[:_CUT_TO_CHARS] + "…"
    return value


def _submission(spec: TaskSpec, *, mode_field: str, wanted: str | None = None) -> Submission:
    return Submission(dialect=NAME, spec=spec, field_names=FIELD_NAMES, mode_field=mode_field, wanted=wanted)


def _wanted(resolution: str) -> str:
    return "a GIF" if resolution == "gif" else resolution


def outcome(task: Task, video_urls: Sequence[str], source: tuple[Task, int] | None = None) -> Outcome | None:
    """Return how a task ended, or None while it has not.

    `video_urls` lead to its videos, in their order. What was made of another video has that one's id and times:
    `source` is its task and number, where that still exists.
    """
    if not is_terminal(task.state):
        return None
    if task.state is not State.SUCCEEDED:
        return failed(task, failure(task)[1])
    origin, first = source or (task, 0)
    videos = [
        Video(
            id=to_video_id(origin.id, first + number),
            video_url=url,
            created_at=to_local_time(origin.created_at),
            complete_at=to_local_time(origin.completed_at or origin.created_at),
            state="succeeded",
        )
        for number, url in enumerate(video_urls)
    ]
    return Outcome(success=True, task_id=to_id(task.id), trace_id=to_trace_id(task.id), data=videos)


def failure(task: Task) -> tuple[int, ErrorDetail]:
    """Return the status and the words of a task that ended without a video."""
    return CANCELED if task.state is State.CANCELED else task_error(task.failure)


def failed(task: Task, error: ErrorDetail) -> Outcome:
    """Return that a task has no result, and why."""
    return Outcome(success=False, task_id=to_id(task.id), trace_id=to_trace_id(task.id), error=error)


def source_of(task: Task) -> tuple[uuid.UUID, int] | None:
    """Return the task and the number of the video that a task of this wire has in another resolution, or None."""
    if task.spec.mode is not Mode.UPSCALE or task.dialect != NAME or task.wire_request is None:
        return None
    named = msgspec.json.decode(task.wire_request, type=_Named).video_id
    return from_video_id(named)


class _Named(msgspec.Struct):
    """A kept request that was accepted because of its video."""

    video_id: str


def from_task(task: Task, catalogue: Catalogue, response: Outcome | None) -> TaskAnswer:
    """Return a task as /veo/tasks shows it; `response` is how it ended."""
    account = str(task.account_id)
    began, ended = task.started_at, task.completed_at
    return TaskAnswer(
        # As a MongoDB id: seconds first.
        record_id=f"{int(task.created_at.timestamp()):08x}{task.id.hex[-16:]}",
        id=to_id(task.id),
        api_id=API_ID,
        application_id=account,
        credential_id=account,
        user_id=account,
        trace_id=to_trace_id(task.id),
        type="videos",
        created_at=to_unix_time(task.created_at),
        request=msgspec.Raw((task.wire_request or _request_of(task, catalogue)).encode()),
        started_at=to_unix_time(began) if began else UNSET,
        finished_at=to_unix_time(ended) if ended else UNSET,
        elapsed=round((ended - (began or task.created_at)).total_seconds(), 3) if ended else UNSET,
        response=response or UNSET,
    )


def _request_of(task: Task, catalogue: Catalogue) -> str:
    """Return a request that asks for what a task is, as JSON text: pictures and source are not the wire's to show."""
    spec = task.spec
    request = {
        "action": ACTIONS[spec.mode],
        "model": model_name(task, catalogue),
        "prompt": spec.prompt,
        "aspect_ratio": spec.aspect_ratio,
        "resolution": "gif" if spec.gif else spec.resolution,
    }
    if spec.webhook_url:
        request["callback_url"] = spec.webhook_url
    return msgspec.json.encode(request).decode()


def model_name(task: Task, catalogue: Catalogue) -> str:
    """Return how this wire calls a task's model; its id in the catalogue where it has no name here."""
    model = catalogue.models.get(task.spec.model)
    name = model.names.get(NAME) if model else None
    return name.name if name else task.spec.model


def named_task(wire: TasksRequest) -> uuid.UUID:
    """Return the one task that a request names.

    Raises:
        FieldsInvalid: it names none.
        TaskUnknown: it names something that is no task.

    """
    if named := wire.id or wire.task_id:
        return from_id(named)
    if wire.trace_id:
        return from_trace_id(wire.trace_id)
    raise FieldsInvalid([FieldProblem("id", "is required")])


def named_tasks(wire: TasksRequest) -> list[uuid.UUID] | None:
    """Return the tasks that a batch names, as often as it does; None when it names none and so means all."""
    texts = [(from_id, text) for text in wire.ids or [text for text in (wire.id, wire.task_id) if text]]
    texts += [(from_trace_id, text) for text in wire.trace_ids or [text for text in (wire.trace_id,) if text]]
    if not texts:
        return None
    found = []
    for read, text in texts:
        with contextlib.suppress(TaskUnknown):
            found.append(read(text))
    return found


def made_between(wire: TasksRequest) -> tuple[uuid.UUID, uuid.UUID]:
    """Return the first and the last id that a task of the request's span of time can have."""
    since, until = wire.created_at_min, wire.created_at_max
    return ids.ids_between(
        None if since is None else round(since * 1000),
        None if until is None else round(until * 1000),
    )


def to_id(task_id: uuid.UUID) -> str:
    """Return this wire's form of an id."""
    return str(task_id)


def from_id(text: str) -> uuid.UUID:
    """Read what `to_id` wrote, with or without dashes.

    Raises:
        TaskUnknown: it did not write `text`, so there is no such task.

    """
    found = _read_uuid(text)
    if found is None:
        raise TaskUnknown(_TASK_UNKNOWN)
    return found


def to_trace_id(task_id: uuid.UUID) -> str:
    """Return the trace id of a task."""
    return str(_versioned(task_id, _TRACE_VERSION))


def from_trace_id(text: str) -> uuid.UUID:
    """Read what `to_trace_id` wrote.

    Raises:
        TaskUnknown: it did not write `text`.

    """
    found = _read_uuid(text)
    if found is None or _version(found) != _TRACE_VERSION:
        raise TaskUnknown(_TASK_UNKNOWN)
    return _versioned(found, _TASK_VERSION)


def to_video_id(task_id: uuid.UUID, sample: int) -> str:
    """Return the id of a task's video, numbered from 0 to 7."""
    return _versioned(task_id, _VIDEO_VERSION + sample).hex


def from_video_id(text: str) -> tuple[uuid.UUID, int]:
    """Read what `to_video_id` wrote, with or without dashes.

    Raises:
        FieldsInvalid: it did not write `text`, so there is no such video.

    """
    found = _read_uuid(text)
    if found is None or _version(found) < _VIDEO_VERSION:
        raise no_video()
    return _versioned(found, _TASK_VERSION), _version(found) - _VIDEO_VERSION


# Polls name the same few tasks again and again.
@lru_cache(4096)
def _read_uuid(text: str) -> uuid.UUID | None:
    return uuid.UUID(text) if _UUID.fullmatch(text) else None


def _version(whole: uuid.UUID) -> int:
    return whole.int >> _VERSION_BIT & 0xF


def _versioned(whole: uuid.UUID, version: int) -> uuid.UUID:
    return uuid.UUID(int=whole.int & ~(0xF << _VERSION_BIT) | version << _VERSION_BIT)


def to_local_time(time: dt.datetime) -> str:
    """Return a time as this wire writes it for people: UTC+8, in seconds, without saying so."""
    return time.astimezone(_UTC_8).strftime("%Y-%m-%d %H:%M:%S")


def to_unix_time(time: dt.datetime) -> float:
    """Return a time as this wire writes it for programs: Unix seconds, cut to milliseconds as ids are."""
    return int(time.timestamp() * 1000) / 1000
