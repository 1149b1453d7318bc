"""The paths of Vertex AI's Veo wire. Thin handlers: read the wire, call the use case, answer in the wire's shape.

Served by `web.dialect.route_of` under both versions, below a project and, for keys, below the publisher; whose task it
is the key alone says, the project is only echoed. `app` names `DIALECT`. Nothing here knows another dialect.
"""

import uuid
from collections.abc import Iterator
from typing import Final

import msgspec
from starlette.requests import Request

from reelgate.core.errors import TaskUnknown
from reelgate.core.keys import Scope
from reelgate.core.task import Task
from reelgate.dialects.vertex import wire as bodies
from reelgate.dialects.vertex.errors import ERROR_BODIES, error_answer
from reelgate.dialects.vertex.translate import (
    NAME,
    Asking,
    from_accepted,
    from_name,
    from_task,
    inline_videos,
    read_request,
    source_task,
    to_submission,
)
from reelgate.dialects.vertex.wire import JSON, FetchRequest, OperationAnswer, PredictRequest
from reelgate.service.gateway import Gateway
from reelgate.service.query import find_task
from reelgate.web.accept import accept
from reelgate.web.auth import bearer_token
from reelgate.web.body import read_json_object
from reelgate.web.dialect import Answer, Call, Dialect, Operation, ReadyAnswer, WireAnswer, add_notes
from reelgate.web.embedded import serve_embedded
from reelgate.web.poll_body import read_poll

#: The wire's name of the field that carries a video.
_BYTES: Final = "bytesBase64Encoded"


def read_key(request: Request) -> str | None:
    """Return the token of `Authorization: Bearer`, or the key of `x-goog-api-key` or of the query's `key`."""
    return (
        bearer_token(request.headers.get("authorization"))
        or request.headers.get("x-goog-api-key")
        or request.query_params.get("key")
    )


async def predict_long_running(call: Call) -> WireAnswer:
    """Accept a task."""
    wire = read_request(await read_json_object(call.request))
    asking = Asking(
        account=call.principal.account, buckets=call.gateway.buckets, source=await _source(call, source_task(wire))
    )
    submission = to_submission(wire, call.request.path_params["model"], call.gateway.catalogue, asking)
    accepted = await accept(call, submission)
    return WireAnswer(status=200, body=from_accepted(accepted.task, _resource(call.request)), headers=JSON)


async def fetch_predict_operation(call: Call) -> Answer:
    """Answer where a task stands, with the videos themselves when it has succeeded."""
    name = (await read_poll(call.request, FetchRequest)).operation_name
    task_id = from_name(name)
    try:
        task = await find_task(call.gateway, call.principal, task_id)
    except TaskUnknown as error:
        raise TaskUnknown(f"Operation {name[:200]} was not found.") from error
    add_notes(call, task)
    resource = _resource(call.request)
    if videos := inline_videos(task):
        answer = from_task(task, resource)
        return ReadyAnswer(response=await serve_embedded(answer, _BYTES, videos, call.gateway.objects, JSON))
    return WireAnswer(status=200, body=_shown(call.gateway, task, resource), headers=JSON)


def _shown(gateway: Gateway, task: Task, resource: str) -> msgspec.Raw:
    """Return the JSON of a task without videos, which polls of one that has not changed share."""

    def make() -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(from_task(task, resource)))

    return gateway.tasks.view(task, _shown, resource, make)


async def _source(call: Call, task_id: uuid.UUID | None) -> Task | None:
    """Return a task of the caller's; somebody else's is none."""
    if task_id is None:
        return None
    try:
        return await find_task(call.gateway, call.principal, task_id)
    except TaskUnknown:
        return None


def _resource(request: Request) -> str:
    """Return the name of the model that a path is about, as the caller wrote it."""
    path = request.path_params
    place = f"projects/{path['project']}/locations/{path['location']}/" if "project" in path else ""
    return f"{place}publishers/google/models/{path['model']}"


def _operations(version: str, place: str, suffix: str) -> Iterator[Operation]:
    resource = f"/{version}/{place}publishers/google/models/{{model}}"
    yield Operation(
        method="POST",
        path=f"{resource}:predictLongRunning",
        handler=predict_long_running,
        scope=Scope.CREATE,
        operation_id=f"predictLongRunning{suffix}",
        summary="Create videos",
        status=200,
        answer=OperationAnswer,
        body=PredictRequest,
        errors=(404,),
    )
    yield Operation(
        method="POST",
        path=f"{resource}:fetchPredictOperation",
        handler=fetch_predict_operation,
        operation_id=f"fetchPredictOperation{suffix}",
        summary="Poll an operation, and fetch its videos",
        status=200,
        answer=OperationAnswer,
        body=FetchRequest,
        errors=(404,),
    )


_PROJECT: Final = "projects/{project}/locations/{location}/"

DIALECT: Final = Dialect(
    name=NAME,
    title="Vertex AI, Veo (Google)",
    replaces="https://us-central1-aiplatform.googleapis.com",
    client_settings={"GOOGLE_VERTEX_BASE_URL": ""},
    notes=bodies.__doc__ or "",
    prefixes=("/v1beta1", "/v1/projects", "/v1/publishers"),
    operations=(
        *_operations("v1", _PROJECT, ""),
        *_operations("v1", "", "_key"),
        *_operations("v1beta1", _PROJECT, "_v1beta1"),
        *_operations("v1beta1", "", "_key_v1beta1"),
    ),
    read_key=read_key,
    error_answer=error_answer,
    error_bodies=ERROR_BODIES,
    security={
        "bearer": {"type": "http", "scheme": "bearer"},
        "apiKey": {"type": "apiKey", "in": "header", "name": "x-goog-api-key"},
        "apiKeyInQuery": {"type": "apiKey", "in": "query", "name": "key"},
    },
)
