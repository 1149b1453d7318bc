"""The paths of the Gemini Developer API's Veo wire. Thin handlers: read the wire, call the use case, answer.

Served by `web.dialect.route_of` under both versions, v1beta and v1; `app` names `DIALECT`. The lists of models are
under v1beta alone, as OpenAI's has the path under v1. Nothing here knows another dialect.
"""

from collections.abc import Iterator
from typing import Final

from starlette.requests import Request

from reelgate.core.errors import TaskUnknown
from reelgate.core.keys import Scope
from reelgate.core.tails import to_tail
from reelgate.core.task import Artifact, Task
from reelgate.dialects.gemini import wire as bodies
from reelgate.dialects.gemini.errors import ERROR_BODIES, error_answer, range_answer
from reelgate.dialects.gemini.translate import (
    NAME,
    file_id,
    from_accepted,
    from_catalogue,
    from_model,
    from_task,
    from_video,
    read_request,
    source_id,
    to_event,
    to_submission,
)
from reelgate.dialects.gemini.webhooks import webhook_operations
from reelgate.dialects.gemini.wire import (
    JSON,
    FileAnswer,
    FileQuery,
    ModelAnswer,
    ModelsAnswer,
    ModelsQuery,
    OperationAnswer,
    PredictRequest,
)
from reelgate.service.gateway import Gateway
from reelgate.service.rehearsal import rehearsed_download
from reelgate.service.tails import find_task_by_tail, find_video_by_tail
from reelgate.web.accept import accept
from reelgate.web.auth import bearer_token
from reelgate.web.body import read_json_object
from reelgate.web.dialect import Answer, Call, Dialect, Operation, ReadyAnswer, WireAnswer, WireEvent, shown_task
from reelgate.web.fields import read_fields
from reelgate.web.files import ServedFile, range_headers, serve_file
from reelgate.web.ranges import RangeUnsatisfiable

#: Files never change; only their owner may keep them.
_CACHING: Final = {"Cache-Control": "private, max-age=86400, immutable"}


def read_key(request: Request) -> str | None:
    """Return the key of `x-goog-api-key`, of the query's `key`, or of `Authorization: Bearer`."""
    return (
        request.headers.get("x-goog-api-key")
        or request.query_params.get("key")
        or bearer_token(request.headers.get("authorization"))
    )


async def predict_long_running(call: Call) -> WireAnswer:
    """Accept a task."""
    catalogue = call.gateway.catalogue
    wire = read_request(await read_json_object(call.request))
    named = source_id(wire)
    source = (await _video(call, named))[1] if named else None
    submission = to_submission(wire, call.request.path_params["model"], catalogue, source)
    accepted = await accept(call, submission)
    return WireAnswer(status=200, body=from_accepted(accepted.task, catalogue), headers=JSON)


async def get_operation(call: Call) -> WireAnswer:
    """Answer where a task stands."""
    name = call.request.path_params["operation"]
    try:
        task = await find_task_by_tail(call.gateway, call.principal, name)
    except TaskUnknown as error:
        raise _denied("Operation with ID", name) from error
    return WireAnswer(status=200, body=shown_task(call, task, _shown), headers=JSON)


async def get_file(call: Call) -> WireAnswer:
    """Answer what is known of a video's file."""
    _, video = await _video(call, call.request.path_params["file"])
    return WireAnswer(status=200, body=from_video(video, call.gateway.public_url), headers=JSON)


async def download(call: Call) -> Answer:
    """Answer with a video's bytes, or those of a range."""
    return await _serve(call, call.request.path_params["file"])


async def download_pasted(call: Call) -> Answer:
    """Answer with the bytes of the file at the end of the path: SDKs paste an http uri where its id belongs."""
    path = call.request.path_params["pasted"]
    return await _serve(call, file_id(path) or path)


async def list_models(call: Call) -> WireAnswer:
    """Answer with the models."""
    query = read_fields(ModelsQuery, call.request.query_params, strict=False)
    return WireAnswer(status=200, body=from_catalogue(call.allowed_models, query), headers=JSON)


async def get_model(call: Call) -> WireAnswer:
    """Answer with one model."""
    model = call.allowed_models.find(NAME, call.request.path_params["model"])
    return WireAnswer(status=200, body=from_model(model.names[NAME]), headers=JSON)


def _shown(gateway: Gateway, task: Task) -> OperationAnswer:
    return from_task(task, gateway.catalogue, gateway.public_url)


async def event_of(gateway: Gateway, task: Task) -> WireEvent:
    """Return what a webhook is told of a task that has ended."""
    event = to_event(task, gateway.catalogue, gateway.public_url)
    return WireEvent(name=event.type, body=event)


async def _serve(call: Call, name: str) -> Answer:
    task, video = await _video(call, name)
    file = ServedFile(
        object_key=video.object_key,
        size_bytes=video.size_bytes,
        sha256=video.sha256,
        media_type=video.media_type,
        file_name=f"{to_tail(video.id)}.mp4",
        trouble=rehearsed_download(task.spec),
    )
    try:
        served = await serve_file(call.request, file, call.gateway.objects, headers=_CACHING, download=False)
    except RangeUnsatisfiable:
        return range_answer(range_headers(file))
    return ReadyAnswer(response=served)


async def _video(call: Call, name: str) -> tuple[Task, Artifact]:
    try:
        return await find_video_by_tail(call.gateway, call.principal, name)
    except TaskUnknown as error:
        raise _denied("File", name) from error


def _denied(what: str, name: str) -> TaskUnknown:
    return TaskUnknown(f"You do not have permission to access the {what} {name[:100]} or it may not exist.")


def _operations(version: str) -> Iterator[Operation]:
    suffix = "" if version == "v1beta" else f"_{version}"
    yield Operation(
        method="POST",
        path=f"/{version}/models/{{model}}:predictLongRunning",
        handler=predict_long_running,
        scope=Scope.CREATE,
        operation_id=f"predictLongRunning{suffix}",
        summary="Create a video",
        status=200,
        answer=OperationAnswer,
        body=PredictRequest,
        errors=(400, 403, 404),
    )
    for path, operation_id in (("models/{model}/operations", "getOperation"), ("operations", "getPlainOperation")):
        yield Operation(
            method="GET",
            path=f"/{version}/{path}/{{operation}}",
            handler=get_operation,
            operation_id=f"{operation_id}{suffix}",
            summary="Poll an operation",
            status=200,
            answer=OperationAnswer,
            errors=(
                400,
                403,
            ),
        )
    yield Operation(
        method="GET",
        path=f"/{version}/files/{{file}}:download",
        handler=download,
        operation_id=f"downloadFile{suffix}",
        summary="Download a video",
        status=200,
        answer=None,
        answer_media_types=("video/mp4",),
        query=FileQuery,
        errors=(400, 403, 416),
    )
    yield Operation(
        method="GET",
        path=f"/{version}/files/{{file}}",
        handler=get_file,
        operation_id=f"getFile{suffix}",
        summary="Get what is known of a video's file",
        status=200,
        answer=FileAnswer,
        errors=(
            400,
            403,
        ),
    )
    yield Operation(
        method="GET",
        path=f"/{version}/files/{{pasted:path}}",
        handler=download_pasted,
        summary="Download a video by its pasted uri",
        status=200,
        answer=None,
        documented=False,
    )


DIALECT: Final = Dialect(
    name=NAME,
    title="Gemini API, Veo (Google)",
    replaces="https://generativelanguage.googleapis.com",
    client_settings={"GOOGLE_GEMINI_BASE_URL": ""},
    notes=bodies.__doc__ or "",
    prefixes=("/v1beta",),
    operations=(
        *webhook_operations("v1beta", ""),
        *webhook_operations("v1", "_v1"),
        *_operations("v1beta"),
        *_operations("v1"),
        Operation(
            method="GET",
            path="/v1beta/models",
            handler=list_models,
            operation_id="listModels",
            summary="List models",
            status=200,
            answer=ModelsAnswer,
            query=ModelsQuery,
            errors=(
                400,
                403,
            ),
        ),
        Operation(
            method="GET",
            path="/v1beta/models/{model}",
            handler=get_model,
            operation_id="getModel",
            summary="Get a model",
            status=200,
            answer=ModelAnswer,
            errors=(400, 403, 404),
        ),
    ),
    read_key=read_key,
    error_answer=error_answer,
    error_bodies=ERROR_BODIES,
    security={
        "apiKey": {"type": "apiKey", "in": "header", "name": "x-goog-api-key"},
        "apiKeyInQuery": {"type": "apiKey", "in": "query", "name": "key"},
        "bearer": {"type": "http", "scheme": "bearer"},
    },
    event_of=event_of,
)
