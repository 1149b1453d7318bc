"""Between Vtrix's generation bodies and reelgate's values. Pure; called by `routes`.

A task that another dialect accepted is shown here like any other, by this wire's form of its id. The list of models and
their specifications are drawn from the catalogue.
"""

import base64
import binascii
import datetime as dt
import re
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec import UNSET

from reelgate.core.catalogue import Catalogue, Model, WireName
from reelgate.core.errors import FieldProblem, FieldsInvalid, InputUnreachable, TaskUnknown
from reelgate.core.media import IMAGE_SIZE_MAX_BYTES
from reelgate.core.pricing import price_delivered, price_made
from reelgate.core.prompt import SHORT_TEXT_MAX_CHARS
from reelgate.core.task import (
    Artifact,
    ArtifactKind,
    AspectRatio,
    InlineSource,
    Input,
    Mode,
    PersonGeneration,
    Resolution,
    Role,
    State,
    Task,
    TaskSpec,
    UrlSource,
)
from reelgate.dialects.vtrix.errors import canceled_error, task_error
from reelgate.dialects.vtrix.wire import (
    Api,
    Constraints,
    Content,
    Envelope,
    FlatRequest,
    ImageObject,
    Metadata,
    ModelEntry,
    ModelsAnswer,
    ModelsPage,
    ModelSpec,
    ModelSpecAnswer,
    ModelsQuery,
    OkStatus,
    Output,
    Parameter,
    Status,
    TaskAnswer,
    Usage,
    VideoObject,
)
from reelgate.service.submit import Submission
from reelgate.web.base64_field import read_base64
from reelgate.web.body import BODY_MAX_BYTES
from reelgate.web.fields import read_fields

NAME: Final = "vtrix"

GENERATION_PATH: Final = "/model/v1/generation"

_TASK_UNKNOWN: Final = "There is no such task."

#: The wire's names of spec fields, where they differ.
FIELD_NAMES: Final = {
    "negative_prompt": "negativePrompt",
    "duration_s": "durationSeconds",
    "aspect_ratio": "aspectRatio",
    "person_generation": "personGeneration",
    "references": "referenceImages",
}

STATUSES: Final[dict[State, Status]] = {
    State.QUEUED: "in_progress",
    State.PROCESSING: "in_progress",
    State.SUCCEEDED: "completed",
    State.FAILED: "failed",
    State.CANCELED: "failed",
}

_SIZES: Final = {
    "1280x720": (AspectRatio.WIDE, Resolution.P720),
    "720x1280": (AspectRatio.TALL, Resolution.P720),
}
_DURATION_S: Final = 8

_OK: Final = OkStatus(code=200, message="ok")
#: Veo is Google's, whoever sells it.
_PROVIDER: Final = "google"


def flatten(body: Mapping[str, Any]) -> FlatRequest:
    """Read a request whose parameters are wrapped, or are not.

    Raises:
        FieldsInvalid: fields are missing, have a wrong type or break a limit; all are named.

    """
    blocks = read_fields(Envelope, body).input
    params = body if blocks is None else blocks[0].params
    return read_fields(FlatRequest, {**params, "model": body.get("model")})


def source_ids(wire: FlatRequest, server_url: str) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """Return the ids of the file and of the task that a request extends, each where it names one of this server's.

    A result's url leads to the file, as served at `server_url` (scheme, host and port); its jobId names the task.
    """
    video = wire.video or VideoObject()
    url = video.url or video.uri or ""
    linked = _LINKED.match(url.removeprefix(server_url)) if url.startswith(server_url) else None
    try:
        task_id = from_id(video.job_id or "")
    except TaskUnknown:
        task_id = None
    return uuid.UUID(linked[1]) if linked else None, task_id


_LINKED: Final = re.compile(r"/files/([0-9a-f]{32})/")


def to_submission(wire: FlatRequest, catalogue: Catalogue, source: Artifact | None = None) -> Submission:
    """Return what a request asks for.

    `source` is the video that `source_ids` name, where it is one of the caller's.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: fields say the same twice, or cannot be combined.
        InputUnreadable, InputTooLarge, InputUnreachable: an input cannot be read.

    """
    model = catalogue.find(NAME, wire.model)
    if problems := [*_repetitions(wire), *_strangers(wire)]:
        raise FieldsInvalid(problems)
    mode, mode_field, inputs = _mode(wire, source)
    aspect_ratio, resolution = _SIZES[wire.size] if wire.size else (AspectRatio.WIDE, Resolution.P720)
    spec = TaskSpec(
        mode=mode,
        model=model.id,
        prompt=wire.prompt,
        negative_prompt=wire.negative_prompt or None,
        inputs=inputs,
        duration_s=wire.duration_seconds or int(wire.seconds or _DURATION_S),
        resolution=Resolution(wire.resolution) if wire.resolution else resolution,
        aspect_ratio=AspectRatio(wire.aspect_ratio) if wire.aspect_ratio else aspect_ratio,
        # The wire cannot ask for sound: a model that can, makes it.
        audio=model.audio,
        person_generation=PersonGeneration(wire.person_generation) if wire.person_generation else None,
    )
    shape_open = wire.size is None and wire.aspect_ratio is None
    return Submission(dialect=NAME, spec=spec, field_names=FIELD_NAMES, mode_field=mode_field, shape_open=shape_open)


def _repetitions(wire: FlatRequest) -> list[FieldProblem]:
    """Return the fields of the sibling page that stand beside those of this one."""
    pairs = (
        ("seconds", wire.seconds, "durationSeconds", wire.duration_seconds),
        ("size", wire.size, "aspectRatio", wire.aspect_ratio),
        ("size", wire.size, "resolution", wire.resolution),
    )
    return [
        FieldProblem(field, f"stands for the same as {other}; send one of them")
        for field, value, other, other_value in pairs
        if value is not None and other_value is not None
    ]


def _strangers(wire: FlatRequest) -> list[FieldProblem]:
    """Return the inputs that cannot stand beside others, or not alone."""
    sent = {
        "video": wire.video is not None,
        "referenceImages": bool(wire.reference_images),
        "image": wire.image is not None,
        "lastFrame": wire.last_frame is not None,
    }
    modes = [field for field in ("video", "referenceImages", "image") if sent[field]]
    problems = [FieldProblem(field, f"cannot be used together with {modes[0]}") for field in modes[1:]]
    if sent["lastFrame"] and not sent["image"]:
        problems.append(FieldProblem("lastFrame", "must be used together with image"))
    return problems


def _mode(wire: FlatRequest, source: Artifact | None) -> tuple[Mode, str, tuple[Input, ...]]:
    """Return the mode, the field that asks for it, and its inputs."""
    if wire.video:
        return Mode.EXTEND, "video", (_video("video", wire.video, source),)
    if wire.reference_images:
        references = [
            _picture(Role.REFERENCE, f"referenceImages[{place}].image", reference.image)
            for place, reference in enumerate(wire.reference_images)
        ]
        return Mode.REFERENCE_TO_VIDEO, "referenceImages", tuple(references)
    if wire.image is None:
        # A text alone lacks nothing: only its resolution can be beyond a route.
        return Mode.TEXT_TO_VIDEO, "resolution", ()
    first = _picture(Role.FIRST_FRAME, "image", wire.image)
    if wire.last_frame is None:
        return Mode.IMAGE_TO_VIDEO, "image", (first,)
    return Mode.FIRST_LAST_FRAME, "lastFrame", (first, _picture(Role.LAST_FRAME, "lastFrame", wire.last_frame))


def _picture(role: Role, field: str, wire: ImageObject) -> Input:
    carriers = {
        "imageBytes": wire.image_bytes,
        "bytesBase64Encoded": wire.bytes_base64_encoded,
        "url": wire.url,
        "uri": wire.uri,
        "gcsUri": wire.gcs_uri,
    }
    return Input(role=role, source=_source(field, carriers, wire.mime_type, IMAGE_SIZE_MAX_BYTES), field=field)


def _video(field: str, wire: VideoObject, stored: Artifact | None) -> Input:
    if stored is not None:
        return Input(role=Role.SOURCE_VIDEO, source=stored.to_source(), field=field)
    carriers = {
        "videoBytes": wire.video_bytes,
        "bytesBase64Encoded": wire.bytes_base64_encoded,
        "url": wire.url,
        "uri": wire.uri,
        "gcsUri": wire.gcs_uri,
    }
    if wire.job_id and not any(carriers.values()):
        raise InputUnreachable(f"{field}.jobId", "there is no such task with a video.")
    return Input(role=Role.SOURCE_VIDEO, source=_source(field, carriers, wire.mime_type, BODY_MAX_BYTES), field=field)


def _source(
    field: str,
    carriers: Mapping[str, str | None],
    media_type: str | None,
    max_bytes: int,
) -> UrlSource | InlineSource:
    """Return what the one carrier that is used holds."""
    used = [(name, value) for name, value in carriers.items() if value]
    if not used:
        raise FieldsInvalid([FieldProblem(field, f"must have {' or '.join(tuple(carriers)[:-1])}")])
    (first, value), *others = used
    if others:
        problem = f"stands for the same as {field}.{first}; send one of them"
        raise FieldsInvalid([FieldProblem(f"{field}.{name}", problem) for name, _ in others])
    place = f"{field}.{first}"
    if first == "gcsUri" or value[:5].lower() == "gs://":
        raise InputUnreachable(place, "this server cannot read Google Cloud Storage; send the bytes or a URL.")
    if first in ("url", "uri"):
        return UrlSource(url=value)
    return InlineSource(content=read_base64(place, value, max_bytes), media_type=media_type)


def from_accepted(task: Task, catalogue: Catalogue) -> TaskAnswer:
    """Return the answer to a request that was accepted."""
    return TaskAnswer(
        id=to_id(task.id),
        created_at=to_unix(task.created_at),
        status=STATUSES[task.state],
        model=model_name(task, catalogue),
    )


def from_task(task: Task, video_urls: Sequence[str], catalogue: Catalogue) -> TaskAnswer:
    """Return a task as a poll shows it; `video_urls` lead to its videos, in their order."""
    answer = from_accepted(task, catalogue)
    if answer.status == "in_progress":
        answer.progress = (task.progress or 0) / 100
        return answer
    answer.metadata = _metadata(task)
    if task.state is State.SUCCEEDED:
        answer.output = [Output(content=[Content(type="video", url=url, job_id=answer.id)]) for url in video_urls]
        answer.usage = _usage(task, len(video_urls))
    else:
        answer.error = canceled_error() if task.state is State.CANCELED else task_error(task.failure)
    return answer


def _metadata(task: Task) -> Metadata:
    return Metadata(
        created_at=to_unix(task.created_at),
        started_at=to_unix(task.started_at) if task.started_at else UNSET,
        completed_at=to_unix(task.completed_at) if task.completed_at else UNSET,
    )


def _usage(task: Task, videos: int) -> Usage:
    return Usage(
        cost=to_dollars(price_made(task, videos, task.files(ArtifactKind.VIDEO))),
        discount=0.0,
        input_tokens=0,
        output_tokens=0,
        total_tokens=0,
        quantity=videos,
        unit_price=to_dollars(price_delivered(task.price_microcredits, task.spec.samples, 1)),
    )


def from_catalogue(catalogue: Catalogue, query: ModelsQuery) -> ModelsAnswer:
    """Return the page of models that `query` asks for; every word of its keywords must be found."""
    entries = [_model_entry(name, model) for name, model in catalogue.listed(NAME)]
    words = (query.keywords or "").lower().split()
    found = [
        entry
        for entry in entries
        if (query.type or "video").lower() == entry.type.lower()
        and (query.provider or _PROVIDER).lower() == entry.provider
        and all(word in f"{entry.id} {entry.name} {entry.description}".lower() for word in words)
    ]
    start = (query.page - 1) * query.page_size
    page = ModelsPage(
        models=found[start : start + query.page_size],
        total=len(found),
        page=query.page,
        page_size=query.page_size,
        total_pages=-(-len(found) // query.page_size),
    )
    return ModelsAnswer(status=_OK, data=page)


def _model_entry(name: WireName, model: Model) -> ModelEntry:
    inputs = {"Text": {Mode.TEXT_TO_VIDEO}, "Image": _PICTURE_MODES, "Video": {Mode.EXTEND}}
    return ModelEntry(
        id=name.name,
        model_id=name.name,
        name=name.title or name.name,
        type="Video",
        provider=_PROVIDER,
        description=name.description,
        input_modalities=[word for word, modes in inputs.items() if modes & model.modes_on(NAME)],
        output_modalities=["Video"],
    )


def from_model(model: Model, server_url: str) -> ModelSpecAnswer:
    """Return the specification of a model of this wire, as served at `server_url` (scheme, host and port)."""
    name = model.names[NAME]
    endpoint = server_url + GENERATION_PATH
    parameters = _parameters(model)
    spec = ModelSpec(
        model_id=name.name,
        name=name.title or name.name,
        vendor=_PROVIDER,
        type="video",
        api=Api(
            endpoint=endpoint,
            method="POST",
            headers={"Authorization": "Bearer {{API_KEY}}", "Content-Type": "application/json"},
        ),
        parameters=parameters,
        agent_prompt=_agent_prompt(name.name, endpoint, parameters),
    )
    return ModelSpecAnswer(status=_OK, data=spec)


_PICTURE_MODES: Final = {Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME, Mode.REFERENCE_TO_VIDEO}


def _parameters(model: Model) -> list[Parameter]:
    """Return the parameters of a model, only those that its modes know."""
    texts = Constraints(max_length=model.prompt_max_chars), Constraints(max_length=SHORT_TEXT_MAX_CHARS)
    people = Constraints(enum=[word.value for word in PersonGeneration])
    found = [
        _parameter("prompt", "string", "What the video shows and sounds like.", texts[0], required=True),
        _parameter("negativePrompt", "string", "What the video must not show.", texts[1]),
        _parameter("aspectRatio", "string", "Width to height.", _choice(model.aspect_ratios, AspectRatio.WIDE)),
        _parameter(
            "resolution", "string", "Veo makes 1080p and 4k only at 8 s.", _choice(model.resolutions, Resolution.P720)
        ),
        _parameter("durationSeconds", "integer", "Whole seconds.", _durations(model)),
        _parameter("personGeneration", "string", "Veo takes allow_all from a text, allow_adult from pictures.", people),
    ]
    if Mode.IMAGE_TO_VIDEO in model.modes_on(NAME):
        found.append(_object("image", "The picture to start from.", "imageBytes"))
    if Mode.FIRST_LAST_FRAME in model.modes_on(NAME):
        found.append(_object("lastFrame", "The picture to end with; only with image.", "imageBytes"))
    if Mode.REFERENCE_TO_VIDEO in model.modes_on(NAME):
        text = 'Pictures of what the video shows: [{"image": {"url": "..."}, "referenceType": "asset"}]. Only at 8 s.'
        found.append(_parameter("referenceImages", "array", text, Constraints(max_items=3)))
    if Mode.EXTEND in model.modes_on(NAME):
        found.append(_object("video", "An earlier video to extend; only at 8 s and 720p.", "videoBytes"))
    return found


def _parameter(
    name: str,
    kind: str,
    description: str,
    constraints: Constraints | None = None,
    *,
    path: str = "",
    required: bool = False,
) -> Parameter:
    return Parameter(
        name=name,
        path=path or name,
        type=kind,
        required=required,
        description=description,
        constraints=constraints or UNSET,
    )


def _object(name: str, description: str, bytes_name: str) -> Parameter:
    children = (
        (bytes_name, "Its bytes in base64."),
        ("url", "Where it is: http, https or data."),
        ("mimeType", "What it is; its bytes decide."),
    )
    return Parameter(
        name=name,
        path=name,
        type="object",
        required=False,
        description=description,
        children=[_parameter(child, "string", text, path=f"{name}.{child}") for child, text in children],
    )


def _choice(values: Sequence[AspectRatio | Resolution], usual: AspectRatio | Resolution) -> Constraints:
    return Constraints(enum=[value.value for value in values], default=usual.value if usual in values else UNSET)


def _durations(model: Model) -> Constraints:
    durations = model.durations_s
    default = _DURATION_S if _DURATION_S in durations else UNSET
    if len(durations) == durations[-1] - durations[0] + 1:
        return Constraints(min=durations[0], max=durations[-1], default=default)
    return Constraints(enum=[str(duration) for duration in durations], default=default)


def _agent_prompt(model: str, endpoint: str, parameters: Sequence[Parameter]) -> str:
    lines = [
        f"POST {endpoint}",
        "Authorization: Bearer {{API_KEY}}",
        f'Body: {{"model": "{model}", "input": [{{"params": {{"prompt": "..."}}}}]}}',
        "",
        "Parameters:",
    ]
    for parameter in parameters:
        need = "required" if parameter.required else "optional"
        allowed = parameter.constraints.enum if parameter.constraints else UNSET
        choices = f" One of: {', '.join(allowed)}." if allowed else ""
        lines.append(f"- {parameter.name} ({parameter.type}, {need}): {parameter.description}{choices}")
    lines += [
        "",
        f"Then GET {endpoint}/task/{{{{id}}}} until status is completed or failed;",
        "the video's address is output[0].content[0].url.",
    ]
    return "\n".join(lines)


def model_name(task: Task, catalogue: Catalogue) -> str:
    """Return how this wire calls a task's model; its id in the catalogue where it has no name here."""
    model = catalogue.models.get(task.spec.model)
    name = model.names.get(NAME) if model else None
    return name.name if name else task.spec.model


def to_id(task_id: uuid.UUID) -> str:
    """Return this wire's form of an id: 26 characters of xid's alphabet, 0 to 9 and a to v, ordered by time."""
    return base64.b32hexencode(task_id.bytes).decode().rstrip("=").lower()


# Polls name the same few tasks again and again.
@lru_cache(4096)
def from_id(text: str) -> uuid.UUID:
    """Read what `to_id` wrote.

    Raises:
        TaskUnknown: it did not write `text`, so there is no such task.

    """
    try:
        task_id = uuid.UUID(bytes=base64.b32hexdecode(text.upper() + "======"))
    except (ValueError, binascii.Error) as error:
        raise TaskUnknown(_TASK_UNKNOWN) from error
    # The last character has room for two more bits, and the reader does not mind its case.
    if to_id(task_id) != text:
        raise TaskUnknown(_TASK_UNKNOWN)
    return task_id


def to_unix(time: dt.datetime) -> int:
    """Return a time as this wire writes it: whole seconds."""
    return int(time.timestamp())


def to_dollars(microcredits: int) -> str:
    """Return an amount as US dollars, a credit being a cent: exact, with at least two decimals."""
    dollars, rest = divmod(microcredits, 100_000_000)
    decimals = f"{rest:08d}".rstrip("0")
    return f"{dollars}.{decimals:0<2}"
