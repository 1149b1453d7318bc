"""Between the Gemini API's bodies and reelgate's values. Pure; called by `routes`.

A task that another dialect accepted is shown here like any other, by the 12 characters that this wire has room for.
"""

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import UNSET

from reelgate.core.catalogue import Catalogue, Model, WireName, check_spec
from reelgate.core.errors import FieldProblem, FieldsInvalid, InputUnreadable
from reelgate.core.tails import to_tail
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
    StoredSource,
    Task,
    TaskSpec,
    UrlSource,
)
from reelgate.dialects.gemini.errors import REFER, canceled_error, operation_error, unsupported
from reelgate.dialects.gemini.wire import (
    EventData,
    FileAnswer,
    GeneratedSample,
    GeneratedVideo,
    GenerateVideoResponse,
    Instance,
    ModelAnswer,
    ModelsAnswer,
    ModelsQuery,
    OperationAnswer,
    Parameters,
    Picture,
    PredictRequest,
    PredictResponse,
    SourceVideo,
    VideoMetadata,
    WebhookConfig,
    WebhookEvent,
)
from reelgate.service.submit import Submission
from reelgate.web.url_field import url_problem

NAME: Final = "gemini"

#: The wire's names of spec fields, where they differ.
FIELD_NAMES: Final = {
    "aspect_ratio": "aspectRatio",
    "duration_s": "durationSeconds",
    "negative_prompt": "negativePrompt",
    "person_generation": "personGeneration",
    "samples": "sampleCount",
    "references": "referenceImages",
    "enhance_prompt": "enhancePrompt",
    "webhook_url": "webhookConfig.uris",
}

#: Stands in where a picture or a video came without a word.
PROMPT_OF_PICTURES: Final = "The scene comes to life."

#: What every model of this kind says of itself.
INPUT_TOKENS_MAX: Final = 480
OUTPUT_TOKENS_MAX: Final = 8192
MODELS_PER_PAGE: Final = 50

#: Metadata that comes back with an event, as JSON.
METADATA_MAX_CHARS: Final = 4096

_FILE_ID: Final = re.compile(r"files/([a-z0-9]+)")
_VERSION: Final = re.compile(r"(\d+\.\d+)")
_DEFAULTS: Final = Parameters()
_KINDS: Final = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "a boolean",
    "array": "a list",
    "object": "an object",
}


def read_request(body: Mapping[str, Any]) -> PredictRequest:
    """Return a request that has the wire's shape.

    Raises:
        FieldsInvalid: it has not; like the wire itself, the answer names the first field that is wrong.

    """
    try:
        return msgspec.convert(body, PredictRequest)
    except msgspec.ValidationError as error:
        raise FieldsInvalid([_explain(str(error))]) from error


def _explain(message: str) -> FieldProblem:
    """Put a message of msgspec into the words of the wire."""
    what, _, place = message.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
        name = unknown[1][:100]
        if place:
            return FieldProblem(f"{place}.{name}", unsupported(name))
        return FieldProblem(name, f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
    if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
        return FieldProblem(".".join(filter(None, (place, missing[1]))), f"`{missing[1]}` is required.")
    leaf = place.rpartition(".")[2]
    if wanted := re.fullmatch(r"Expected `([^`]*)`, got `[^`]*`", what):
        kinds = wanted[1].replace("int | float", "float").split(" | ")
        kinds = [_KINDS[kind] for kind in kinds if kind in _KINDS]
        text = f"The value type for `{leaf}` needs to be {' or '.join(kinds)}. Please adjust your request accordingly."
        return FieldProblem(place, text)
    if length := re.fullmatch(r"Expected `array` of length ([<>])= (\d+)", what):
        return FieldProblem(place, f"`{leaf}` takes at {'most' if length[1] == '<' else 'least'} {length[2]}.")
    return FieldProblem(place, f"`{leaf}`: {what}.")


def to_submission(
    wire: PredictRequest,
    model_name: str,
    catalogue: Catalogue,
    source: Artifact | None = None,
) -> Submission:
    """Return what a request asks of the model that the path names.

    `source` is the video that `source_id` names, where it names one.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: fields have values that the model or the wire does not allow; all are named.
        InputUnreadable: a picture or video is not base64.

    """
    model = catalogue.find(NAME, model_name)
    instance = wire.instances[0]
    parameters = wire.parameters or _DEFAULTS
    webhooks, webhook_problems = _webhooks(wire.webhook_config)
    problems = [*_mixed(instance), *webhook_problems]
    mode, inputs = _inputs(instance, source)
    prompt = instance.prompt or (PROMPT_OF_PICTURES if inputs else "")
    meant, wrong = _read_parameters(parameters, model)
    spec = TaskSpec(
        mode=mode,
        model=model.id,
        prompt=prompt,
        negative_prompt=parameters.negative_prompt or None,
        inputs=inputs,
        samples=1 if parameters.sample_count is None else parameters.sample_count,
        audio=model.audio,
        seed=parameters.seed,
        enhance_prompt=parameters.enhance_prompt,
        **webhooks,
        **meant,
    )
    problems += wrong or [_in_words(problem, spec, model) for problem in check_spec(model, spec, {}, NAME)]
    if problems:
        raise FieldsInvalid(problems)
    return Submission(
        dialect=NAME,
        spec=spec,
        field_names=FIELD_NAMES,
        mode_field=_MODE_FIELDS[mode],
        shape_open=parameters.aspect_ratio is None,
    )


def source_id(wire: PredictRequest) -> str | None:
    """Return the id of the file that a request goes on from, or None where it names none."""
    video = wire.instances[0].video
    if video is None or not video.uri:
        return None
    return file_id(video.uri) or video.uri


def file_id(text: str) -> str | None:
    """Return the last id of a file in a path or uri: clients paste a whole http uri where an id belongs."""
    found = _FILE_ID.findall(text)
    return found[-1] if found else None


def _webhooks(wire: WebhookConfig | None) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Return who is told of the end and what besides, by field of a spec, and what is wrong with that."""
    if wire is None:
        return {}, []
    found = [url_problem(f"webhookConfig.uris[{place}]", uri) for place, uri in enumerate(wire.uris)]
    problems = [problem for problem in found if problem]
    first = next(iter(wire.uris), None)
    metadata = wire.user_metadata or wire.user_metadata_snake
    text = msgspec.json.encode(metadata).decode() if metadata and first else None
    if text and len(text) > METADATA_MAX_CHARS:
        problems.append(
            FieldProblem("webhookConfig.userMetadata", f"has {len(text)} characters; at most {METADATA_MAX_CHARS}")
        )
    return {"webhook_url": first, "webhook_copies": tuple(wire.uris[1:]), "webhook_metadata": text}, problems


def _mixed(instance: Instance) -> list[FieldProblem]:
    """Return which fields of an instance do not go together."""
    given = [
        name
        for name, value in (
            ("video", instance.video),
            ("referenceImages", instance.reference_images),
            ("image", instance.image),
        )
        if value
    ]
    problems = [FieldProblem(other, f"cannot be used together with `{given[0]}`") for other in given[1:]]
    if instance.last_frame and not instance.image:
        problems.append(FieldProblem("lastFrame", "needs `image`, the frame to start from"))
    for reference in instance.reference_images or ():
        kind = reference.reference_type
        if kind and kind.lower() != "asset":
            problems.append(_unsupported_value("referenceType", kind))
    return problems


def _inputs(instance: Instance, source: Artifact | None) -> tuple[Mode, tuple[Input, ...]]:
    """Return what an instance asks for, and what it starts from."""
    if instance.video:
        video = Input(role=Role.SOURCE_VIDEO, source=_video(instance.video, source), field="video")
        return Mode.EXTEND, (video,)
    if instance.reference_images:
        pictures = [(f"referenceImages[{n}].image", each.image) for n, each in enumerate(instance.reference_images)]
        return Mode.REFERENCE_TO_VIDEO, tuple(_picture(Role.REFERENCE, *picture) for picture in pictures)
    first = (_picture(Role.FIRST_FRAME, "image", instance.image),) if instance.image else ()
    if instance.last_frame:
        return Mode.FIRST_LAST_FRAME, (*first, _picture(Role.LAST_FRAME, "lastFrame", instance.last_frame))
    return (Mode.IMAGE_TO_VIDEO if first else Mode.TEXT_TO_VIDEO), first


def _picture(role: Role, field: str, picture: Picture) -> Input:
    content = _bytes(f"{field}.bytesBase64Encoded", picture.bytes_base64_encoded)
    return Input(role=role, source=InlineSource(content=content, media_type=picture.mime_type), field=field)


def _video(video: SourceVideo, source: Artifact | None) -> StoredSource | InlineSource | UrlSource:
    if source is not None:
        return source.to_source()
    encoded = video.encoded_video or video.bytes_base64_encoded
    if not encoded:
        raise FieldsInvalid([FieldProblem("video", "needs the `uri` of an earlier video")])
    field = "video.encodedVideo" if video.encoded_video else "video.bytesBase64Encoded"
    return InlineSource(content=_bytes(field, encoded), media_type=video.encoding or video.mime_type)


def _bytes(field: str, text: str) -> bytes:
    if text[:5].lower() == "data:":
        raise InputUnreadable(field, "must be base64 alone, without data: and a media type in front of it.")
    try:
        return base64.b64decode(text.translate(_URL_SAFE) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputUnreadable(field, "is not valid base64.") from error


_URL_SAFE: Final = str.maketrans("-_", "+/")


def _read_parameters(parameters: Parameters, model: Model) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Return what the parameters that are words or numbers mean, by field of a spec, and which of them mean nothing."""
    problems: list[FieldProblem] = []
    found: dict[str, Any] = {}
    for (field, meanings), word in zip(_WORDS.items(), _words(parameters), strict=True):
        if word is None:
            continue
        if word.lower() in meanings:
            found[field] = meanings[word.lower()]
        else:
            problems.append(_unsupported_value(FIELD_NAMES.get(field, field), word))
    if parameters.resolution is not None and model.resolutions == (Resolution.P720,):
        # A model with one size takes no word about it.
        problems.append(FieldProblem("resolution", unsupported("resolution")))
    duration = parameters.duration_seconds
    if duration is not None:
        found["duration_s"] = int(duration) if duration == duration // 1 else duration
    return found, problems


def _words(parameters: Parameters) -> tuple[str | None, str | None, str | None]:
    """Return the parameters that are words, in the order of `_WORDS`."""
    return parameters.aspect_ratio, parameters.resolution, parameters.person_generation


#: By field of a spec, what each word means.
_WORDS: Final[Mapping[str, Mapping[str, object]]] = {
    "aspect_ratio": {each.value: each for each in AspectRatio},
    "resolution": {each.value: each for each in Resolution},
    "person_generation": {each.value: each for each in PersonGeneration},
}


def _in_words(problem: FieldProblem, spec: TaskSpec, model: Model) -> FieldProblem:
    """Put what the catalogue does not allow into the words of the wire, where it has words of its own for it."""
    name = FIELD_NAMES.get(problem.field, problem.field)
    match problem.field:
        case "aspect_ratio":
            return _unsupported_value(name, spec.aspect_ratio)
        case "resolution" if spec.resolution not in model.resolutions:
            return _unsupported_value(name, spec.resolution)
        case "duration_s" if spec.duration_s not in model.durations_s:
            bounds = f"between {model.durations_s[0]} and {model.durations_s[-1]}, inclusive"
            text = f"The number value for `{name}` is out of bound. Please provide a value {bounds}."
            return FieldProblem(name, text)
        case "person_generation":
            return FieldProblem(name, f"{spec.person_generation} for personGeneration is currently not supported.")
        case _:
            return FieldProblem(name, problem.problem)


def _unsupported_value(name: str, value: str) -> FieldProblem:
    # Two spaces, as on the wire.
    return FieldProblem(name, f"`{name}` does not support `{value[:100]}` as a valid value.  Please {REFER}")


#: What is named when no engine of the model's route has the mode.
_MODE_FIELDS: Final = {
    Mode.TEXT_TO_VIDEO: "prompt",
    Mode.IMAGE_TO_VIDEO: "image",
    Mode.FIRST_LAST_FRAME: "lastFrame",
    Mode.REFERENCE_TO_VIDEO: "referenceImages",
    Mode.EXTEND: "video",
}


def from_accepted(task: Task, catalogue: Catalogue) -> OperationAnswer:
    """Return the answer to a request that was accepted."""
    return OperationAnswer(name=operation_name(task, catalogue))


def from_task(task: Task, catalogue: Catalogue, public_url: str) -> OperationAnswer:
    """Return a task as an operation; its videos are under `public_url`."""
    name = operation_name(task, catalogue)
    if task.state is State.CANCELED:
        return OperationAnswer(name=name, done=True, error=canceled_error())
    if task.state is State.FAILED:
        if task.failure and task.failure.code == "engine_refused":
            return _done(name, _response((), task.spec.samples, task.filtered_reasons or (task.failure.message,)))
        return OperationAnswer(name=name, done=True, error=operation_error(task.failure))
    if task.state is State.SUCCEEDED:
        uris = [download_uri(video, public_url) for video in task.files(ArtifactKind.VIDEO)]
        return _done(name, _response(uris, task.spec.samples - len(uris), task.filtered_reasons))
    return OperationAnswer(name=name)


def to_event(task: Task, catalogue: Catalogue, public_url: str) -> WebhookEvent:
    """Return what a webhook is told of a task that has ended; its video is under `public_url`."""
    data = EventData(id=operation_name(task, catalogue))
    video = next(iter(task.files(ArtifactKind.VIDEO)), None) if task.state is State.SUCCEEDED else None
    if video:
        data.output_file_uri = data.video_uri = download_uri(video, public_url)
        data.file_name = file_name(video)
    else:
        error = canceled_error() if task.state is State.CANCELED else operation_error(task.failure)
        data.error_code, data.error_message = error.code, error.message
    metadata = task.spec.webhook_metadata
    return WebhookEvent(
        type="video.generated" if video else "video.failed",
        version="v1",
        timestamp=to_timestamp(task.completed_at or task.created_at),
        data=data,
        user_metadata=msgspec.Raw(metadata.encode()) if metadata else UNSET,
    )


def _done(name: str, response: GenerateVideoResponse) -> OperationAnswer:
    return OperationAnswer(name=name, done=True, response=PredictResponse(generate_video_response=response))


def _response(uris: Sequence[str], filtered: int, reasons: Sequence[str]) -> GenerateVideoResponse:
    samples = [GeneratedSample(video=GeneratedVideo(uri=uri)) for uri in uris]
    if filtered <= 0:
        return GenerateVideoResponse(generated_samples=samples)
    why = f"{filtered} of the videos could not be made. You were not charged for them."
    return GenerateVideoResponse(
        generated_samples=samples or UNSET,
        rai_media_filtered_count=filtered,
        rai_media_filtered_reasons=list(reasons) or [why],
    )


def from_video(video: Artifact, public_url: str) -> FileAnswer:
    """Return what is known of a video's file."""
    created_at = to_timestamp(video.created_at)
    name = file_name(video)
    return FileAnswer(
        name=name,
        mime_type=video.media_type,
        size_bytes=str(video.size_bytes),
        create_time=created_at,
        update_time=created_at,
        sha256_hash=base64.b64encode(video.sha256.encode()).decode(),
        uri=f"{public_url}/v1beta/{name}",
        download_uri=download_uri(video, public_url),
        state="ACTIVE",
        source="GENERATED",
        video_metadata=UNSET if video.duration_s is None else VideoMetadata(video_duration=f"{video.duration_s:g}s"),
    )


def from_catalogue(catalogue: Catalogue, query: ModelsQuery) -> ModelsAnswer:
    """Return the page of the list of models that `query` asks for.

    Raises:
        FieldsInvalid: its token is of no page.

    """
    listed = catalogue.listed(NAME)
    token = query.page_token or "0"
    if not (token.isascii() and token.isdigit() and len(token) <= len(str(len(listed)))):
        raise FieldsInvalid([FieldProblem("pageToken", "is not valid")])
    start, size = int(token), query.page_size or MODELS_PER_PAGE
    return ModelsAnswer(
        models=[from_model(name) for name, _ in listed[start : start + size]],
        next_page_token=str(start + size) if start + size < len(listed) else UNSET,
    )


def from_model(name: WireName) -> ModelAnswer:
    """Return a model as this wire shows it."""
    version = _VERSION.search(name.name)
    return ModelAnswer(
        name=f"models/{name.name}",
        version=version[1] if version else "1.0",
        display_name=name.title or name.name,
        description=name.description or f"{name.title or name.name}.",
        input_token_limit=INPUT_TOKENS_MAX,
        output_token_limit=OUTPUT_TOKENS_MAX,
        supported_generation_methods=["predictLongRunning"],
    )


def operation_name(task: Task, catalogue: Catalogue) -> str:
    """Return a task's name as an operation, under this wire's name of its model or the catalogue's own."""
    model = catalogue.models.get(task.spec.model)
    name = model.names.get(NAME) if model else None
    return f"models/{name.name if name else task.spec.model}/operations/{to_tail(task.id)}"


def file_name(video: Artifact) -> str:
    """Return a video's name as a file."""
    return f"files/{to_tail(video.id)}"


def download_uri(video: Artifact, public_url: str) -> str:
    """Return where a video's bytes are."""
    return f"{public_url}/v1beta/{file_name(video)}:download?alt=media"


def to_timestamp(time: dt.datetime) -> str:
    """Return a time as this wire writes it: UTC, in microseconds."""
    return time.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
