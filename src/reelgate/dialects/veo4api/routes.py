"""The paths of veo4api.net's Veo 4 API. Thin handlers: read the wire, call the use case, answer in the wire's shape.

Served by `web.dialect.route_of`; `app` names `DIALECT`. Nothing here knows another dialect.
"""

from typing import Final

from starlette.requests import Request

from reelgate.core.errors import TaskFinished, TaskUnknown
from reelgate.core.keys import Scope
from reelgate.core.task import ArtifactKind, State, Task
from reelgate.dialects.veo4api import wire as bodies
from reelgate.dialects.veo4api.errors import ERROR_BODIES, conflict_answer, error_answer
from reelgate.dialects.veo4api.translate import (
    NAME,
    from_accepted,
    from_id,
    from_task,
    no_source,
    source_id,
    to_event,
    to_id,
    to_submission,
)
from reelgate.dialects.veo4api.wire import (
    CancelQuery,
    CancelRequest,
    GenerateAnswer,
    GenerateRequest,
    StatusAnswer,
    StatusQuery,
)
from reelgate.service.cancel import cancel
from reelgate.service.gateway import Gateway
from reelgate.service.query import find_task, link_to
from reelgate.web.accept import accept
from reelgate.web.auth import bearer_token
from reelgate.web.body import read_json_object
from reelgate.web.dialect import Call, Dialect, Operation, WireAnswer, WireEvent, shown_task
from reelgate.web.fields import read_fields


def read_key(request: Request) -> str | None:
    """Return the token of `Authorization: Bearer`."""
    return bearer_token(request.headers.get("authorization"))


async def generate(call: Call) -> WireAnswer:
    """Accept a task."""
    wire = read_fields(GenerateRequest, await read_json_object(call.request))
    submission = to_submission(wire, call.gateway.catalogue, await _source(call, wire))
    accepted = await accept(call, submission)
    return WireAnswer(status=200, body=from_accepted(accepted.task, call.gateway.catalogue))


async def _source(call: Call, wire: GenerateRequest) -> Task | None:
    """Return the caller's task that a request extends; None where it extends none."""
    task_id = source_id(wire)
    if task_id is None:
        return None
    try:
        return await find_task(call.gateway, call.principal, task_id)
    except TaskUnknown as error:
        raise no_source() from error


async def status(call: Call) -> WireAnswer:
    """Answer where a task stands."""
    wire = read_fields(StatusQuery, call.request.query_params, strict=False)
    task = await find_task(call.gateway, call.principal, from_id(wire.task_id))
    return WireAnswer(status=200, body=shown_task(call, task, _shown))


async def cancel_task(call: Call) -> WireAnswer:
    """Cancel a task that is named in the query or in the body."""
    named = read_fields(CancelQuery, call.request.query_params, strict=False).task_id
    if named is None:
        named = read_fields(CancelRequest, await read_json_object(call.request)).task_id
    task_id = from_id(named)
    try:
        task = await cancel(call.gateway, call.principal, task_id)
    except TaskFinished as error:
        return conflict_answer(error, to_id(task_id))
    return WireAnswer(status=200, body=_shown(call.gateway, task))


def _shown(gateway: Gateway, task: Task) -> StatusAnswer:
    if task.state is not State.SUCCEEDED:
        return from_task(task, video_url=None, thumbnail_url=None)
    video, thumbnail = (
        next((link_to(gateway, artifact).url for artifact in task.files(kind)), None)
        for kind in (ArtifactKind.VIDEO, ArtifactKind.THUMBNAIL)
    )
    return from_task(task, video_url=video, thumbnail_url=thumbnail)


async def event_of(gateway: Gateway, task: Task) -> WireEvent:
    """Return what a receiver is told of a task that has ended."""
    video = next(iter(task.files(ArtifactKind.VIDEO)), None) if task.state is State.SUCCEEDED else None
    event = to_event(task, gateway.catalogue, video_url=link_to(gateway, video).url if video else None)
    return WireEvent(name=event.event, body=event)


DIALECT: Final = Dialect(
    name=NAME,
    title="Veo 4 API (veo4api.net)",
    replaces="https://veo4api.net",
    notes=bodies.__doc__ or "",
    prefixes=("/api/video/veo4",),
    operations=(
        Operation(
            method="POST",
            path="/api/video/veo4/generate",
            handler=generate,
            scope=Scope.CREATE,
            summary="Create a video task",
            status=200,
            answer=GenerateAnswer,
            body=GenerateRequest,
            errors=(402, 507),
        ),
        Operation(
            method="GET",
            path="/api/video/veo4/status",
            handler=status,
            summary="Poll a task",
            status=200,
            answer=StatusAnswer,
            query=StatusQuery,
            errors=(404,),
        ),
        Operation(
            method="POST",
            path="/api/video/veo4/cancel",
            handler=cancel_task,
            scope=Scope.DELETE,
            summary="Cancel a task",
            status=200,
            answer=StatusAnswer,
            body=CancelRequest,
            body_required=False,
            query=CancelQuery,
            errors=(404, 409),
        ),
    ),
    read_key=read_key,
    error_answer=error_answer,
    error_bodies=ERROR_BODIES,
    security={
        "apiKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "Authorization: Bearer YOUR_API_KEY",
        },
    },
    event_of=event_of,
)
