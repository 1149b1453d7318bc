"""Between Vertex AI's bodies and reelgate's values. Pure; called by `routes`.

A task that another dialect accepted is shown here like any other, by its whole id as a UUID.
"""

import base64
import binascii
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec import UNSET

from reelgate.core.buckets import NO_BUCKETS, Buckets, copy_uri, task_of_copy
from reelgate.core.catalogue import Catalogue, check_spec, one_of
from reelgate.core.errors import FieldProblem, FieldsInvalid, InputUnreadable, TaskUnknown
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
)
from reelgate.dialects.vertex.errors import canceled_error, operation_error
from reelgate.dialects.vertex.wire import (
    GenerateVideoResponse,
    Instance,
    OperationAnswer,
    Parameters,
    Picture,
    PredictRequest,
    SourceVideo,
    Video,
)
from reelgate.service.submit import Submission

NAME: Final = "vertex"

#: The wire's names of spec fields, where they differ.
FIELD_NAMES: Final = {
    "aspect_ratio": "aspectRatio",
    "duration_s": "durationSeconds",
    "negative_prompt": "negativePrompt",
    "person_generation": "personGeneration",
    "samples": "sampleCount",
    "audio": "generateAudio",
    "references": "referenceImages",
    "enhance_prompt": "enhancePrompt",
}

#: Stands in where a picture or a video came without a word.
PROMPT_OF_PICTURES: Final = "The scene comes to life."

#: Newer pages spell it so.
_PERSON_WORDS: Final = {"disallow": "dont_allow"}
_OPERATION: Final = re.compile(r".*/operations/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.DOTALL)
_DEFAULTS: Final = Parameters()
_KINDS: Final = {
    "int": "an integer",
    "float": "a number",
    "str": "a string",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
}
_IN_THE_ANSWER: Final = "Leave it out, and the videos come in the answer"
_SEND_THE_BYTES: Final = "is not available: no bucket is read here. Send `bytesBase64Encoded`"
_NO_VIDEO: Final = "names no video that an operation of yours has put there. Send `bytesBase64Encoded`"


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
    """Put a message of msgspec into words for people."""
    what, _, place = message.partition(" - at `$")
    place = place.rstrip("`").lstrip(".")
    if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL):
        name = unknown[1][:100]
        return FieldProblem(name, f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
    if missing := re.fullmatch(r"Object missing required field `(.*)`", what):
        return FieldProblem(".".join(filter(None, (place, missing[1]))), "is required")
    if wanted := re.fullmatch(r"Expected `([^`]*)`, got `[^`]*`", what):
        kinds = wanted[1].replace("int | float", "float").split(" | ")
        return FieldProblem(place, f"must be {' or '.join(_KINDS[kind] for kind in kinds if kind in _KINDS)}")
    if length := re.fullmatch(r"Expected `array` of length ([<>])= (\d+)", what):
        return FieldProblem(place, f"takes at {'most' if length[1] == '<' else 'least'} {length[2]}")
    return FieldProblem(place, f"is not valid: {what}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """Who asks, and what they have."""

    account: str = ""
    buckets: Buckets = NO_BUCKETS
    #: The task of theirs whose video the request goes on from, where it names one in a bucket.
    source: Task | None = None


#: Of whom nothing is known, and who has nothing.
_SOMEBODY: Final = Asking()


def source_task(wire: PredictRequest) -> uuid.UUID | None:
    """Return the task whose video a request names in a bucket, if it can be one."""
    video = wire.instances[0].video
    return task_of_copy(video.gcs_uri) if video and video.gcs_uri else None


def to_submission(
    wire: PredictRequest, model_name: str, catalogue: Catalogue, asking: Asking = _SOMEBODY
) -> Submission:
    """Return what a request asks of the model that the path names.

    Raises:
        ModelUnknown: the wire has no such model.
        FieldsInvalid: fields have values that the model or the server does not allow; all are named.
        InputUnreadable: a picture or video is not base64.

    """
    model = catalogue.find(NAME, model_name)
    instance = wire.instances[0]
    parameters = wire.parameters or _DEFAULTS
    copied = _copied(instance, asking.source)
    problems = [*_mixed(instance), *_absent(instance, copied), *_unavailable(parameters, asking)]
    if problems:
        raise FieldsInvalid(problems)
    mode, inputs = _inputs(instance, copied)
    meant, wrong = _read_parameters(parameters)
    spec = TaskSpec(
        mode=mode,
        model=model.id,
        prompt=instance.prompt or (PROMPT_OF_PICTURES if inputs else ""),
        negative_prompt=parameters.negative_prompt or None,
        inputs=inputs,
        samples=1 if parameters.sample_count is None else parameters.sample_count,
        audio=model.audio if parameters.generate_audio is None else parameters.generate_audio,
        seed=parameters.seed,
        enhance_prompt=parameters.enhance_prompt,
        copies_uri=parameters.storage_uri or None,
        **meant,
    )
    if problems := wrong or list(check_spec(model, spec, FIELD_NAMES, NAME)):
        raise FieldsInvalid(problems)
    return Submission(
        dialect=NAME,
        spec=spec,
        field_names=FIELD_NAMES,
        mode_field=_MODE_FIELDS[mode],
        shape_open=parameters.aspect_ratio is None,
    )


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
    return problems


def _copied(instance: Instance, source: Task | None) -> Artifact | None:
    """Return the video that an instance names in a bucket, where it is the one that `source` has put there."""
    uri = instance.video.gcs_uri if instance.video else None
    if not uri or source is None or source.spec.copies_uri is None:
        return None
    copies = {
        copy_uri(source.spec.copies_uri, video.object_key, video.sample): video for video in stored_videos(source)
    }
    return copies.get(uri)


def _absent(instance: Instance, copied: Artifact | None) -> list[FieldProblem]:
    """Return what in an instance is in a bucket that is not read, or a style, or an edit, none of which is here."""
    files: list[tuple[str, Picture | SourceVideo | None]] = [
        ("image", instance.image),
        ("lastFrame", instance.last_frame),
        ("video", instance.video),
    ]
    problems = []
    for number, reference in enumerate(instance.reference_images or ()):
        files.append((f"referenceImages[{number}].image", reference.image))
        if reference.reference_type and reference.reference_type.lower() != "asset":
            field = f"referenceImages[{number}].referenceType"
            problems.append(FieldProblem(field, f"must be asset, not {reference.reference_type[:100]}"))
    for field, file in files:
        if file and file.gcs_uri:
            if field != "video":
                problems.append(FieldProblem(f"{field}.gcsUri", _SEND_THE_BYTES))
            elif copied is None:
                problems.append(FieldProblem(f"{field}.gcsUri", _NO_VIDEO))
        elif file and not file.bytes_base64_encoded:
            problems.append(FieldProblem(f"{field}.bytesBase64Encoded", "is required"))
    if instance.mask:
        problems.append(FieldProblem("mask", "is not available: no engine here edits a part of a video"))
    return problems


def _unavailable(parameters: Parameters, asking: Asking) -> list[FieldProblem]:
    """Return which parameters ask for what this server does not have."""
    problems = []
    uri = parameters.storage_uri
    if uri and (problem := asking.buckets.problem(uri, asking.account)):
        problems.append(FieldProblem("storageUri", f"{problem}. {_IN_THE_ANSWER}"))
    if parameters.pubsub_topic:
        problems.append(FieldProblem("pubsubTopic", "is not available: poll the operation"))
    if parameters.fps not in (None, 24):
        problems.append(FieldProblem("fps", f"must be 24, not {parameters.fps}"))
    for field, word, allowed in (
        ("compressionQuality", parameters.compression_quality, ("optimized",)),
        ("resizeMode", parameters.resize_mode, ("pad", "crop")),
    ):
        if word and word.lower() not in allowed:
            problems.append(FieldProblem(field, f"must be {one_of(allowed)}, not {word[:100]}"))
    return problems


def _inputs(instance: Instance, copied: Artifact | None) -> tuple[Mode, tuple[Input, ...]]:
    """Return what an instance asks for, and what it starts from."""
    if copied:
        return Mode.EXTEND, (Input(role=Role.SOURCE_VIDEO, source=copied.to_source(), field="video"),)
    if instance.video:
        return Mode.EXTEND, (_input(Role.SOURCE_VIDEO, "video", instance.video),)
    if instance.reference_images:
        pictures = [(f"referenceImages[{n}].image", each.image) for n, each in enumerate(instance.reference_images)]
        return Mode.REFERENCE_TO_VIDEO, tuple(_input(Role.REFERENCE, *picture) for picture in pictures)
    first = (_input(Role.FIRST_FRAME, "image", instance.image),) if instance.image else ()
    if instance.last_frame:
        return Mode.FIRST_LAST_FRAME, (*first, _input(Role.LAST_FRAME, "lastFrame", instance.last_frame))
    return (Mode.IMAGE_TO_VIDEO if first else Mode.TEXT_TO_VIDEO), first


def _input(role: Role, field: str, file: Picture | SourceVideo) -> Input:
    content = _bytes(f"{field}.bytesBase64Encoded", file.bytes_base64_encoded or "")
    return Input(role=role, source=InlineSource(content=content, media_type=file.mime_type), field=field)


def _bytes(field: str, text: str) -> bytes:
    if text[:5].lower() == "data:":
        raise InputUnreadable(field, "must be base64 alone, without data: and a media type in front of it.")
    try:
        return base64.b64decode(text.translate(_URL_SAFE) + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputUnreadable(field, "is not valid base64.") from error


_URL_SAFE: Final = str.maketrans("-_", "+/")


def _read_parameters(parameters: Parameters) -> tuple[dict[str, Any], list[FieldProblem]]:
    """Return what the parameters that are words or numbers mean, by field of a spec, and which of them mean nothing."""
    problems: list[FieldProblem] = []
    found: dict[str, Any] = {}
    for (field, meanings), word in zip(_WORDS.items(), _words(parameters), strict=True):
        if word is None:
            continue
        plain = _PERSON_WORDS.get(word.lower(), word.lower())
        if plain in meanings:
            found[field] = meanings[plain]
        else:
            problem = f"must be {one_of(list(meanings))}, not {word[:100]}"
            problems.append(FieldProblem(FIELD_NAMES.get(field, field), problem))
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


#: What is named when no engine of the model's route has the mode.
_MODE_FIELDS: Final = {
    Mode.TEXT_TO_VIDEO: "prompt",
    Mode.IMAGE_TO_VIDEO: "image",
    Mode.FIRST_LAST_FRAME: "lastFrame",
    Mode.REFERENCE_TO_VIDEO: "referenceImages",
    Mode.EXTEND: "video",
}


def from_accepted(task: Task, resource: str) -> OperationAnswer:
    """Return the answer to a request that was accepted under the name of a model, `resource`."""
    return OperationAnswer(name=to_name(task.id, resource))


def from_task(task: Task, resource: str) -> OperationAnswer:
    """Return a task as an operation of a model, `resource`; the bytes of its `inline_videos` are left empty."""
    name = to_name(task.id, resource)
    if task.state is State.CANCELED:
        return OperationAnswer(name=name, done=True, error=canceled_error())
    if task.state is State.FAILED:
        if task.failure and task.failure.code == "engine_refused":
            filtered = GenerateVideoResponse(
                rai_media_filtered_count=task.spec.samples,
                rai_media_filtered_reasons=list(task.filtered_reasons) or [task.failure.message],
            )
            return OperationAnswer(name=name, done=True, response=filtered)
        return OperationAnswer(name=name, done=True, error=operation_error(task.failure))
    if task.state is State.SUCCEEDED:
        return OperationAnswer(name=name, done=True, response=_response(task))
    return OperationAnswer(name=name)


def stored_videos(task: Task) -> tuple[Artifact, ...]:
    """Return the videos of a task that has succeeded, in the order of `from_task`; none of any other."""
    return task.files(ArtifactKind.VIDEO) if task.state is State.SUCCEEDED else ()


def inline_videos(task: Task) -> tuple[Artifact, ...]:
    """Return the videos whose bytes `from_task` leaves empty: none where they are in a bucket."""
    return () if task.spec.copies_uri else stored_videos(task)


def _response(task: Task) -> GenerateVideoResponse:
    uri = task.spec.copies_uri
    videos = [
        Video(gcs_uri=copy_uri(uri, video.object_key, video.sample), mime_type=video.media_type)
        if uri
        else Video(bytes_base64_encoded="", mime_type=video.media_type)
        for video in stored_videos(task)
    ]
    missing = max(0, task.spec.samples - len(videos))
    why = f"{missing} of the videos could not be made. You were not charged for them."
    return GenerateVideoResponse(
        rai_media_filtered_count=missing,
        rai_media_filtered_reasons=(list(task.filtered_reasons) or [why]) if missing else UNSET,
        videos=videos,
    )


def to_name(task_id: uuid.UUID, resource: str) -> str:
    """Return a task's name as an operation of a model."""
    return f"{resource}/operations/{task_id}"


# Polls name the same few operations again and again.
@lru_cache(4096)
def from_name(name: str) -> uuid.UUID:
    """Return the id in the name of an operation, whatever model it is under.

    Raises:
        TaskUnknown: it is not one of ours.

    """
    found = _OPERATION.fullmatch(name)
    if not found:
        raise TaskUnknown(f"Operation {name[:200]} was not found.")
    return uuid.UUID(found[1])
