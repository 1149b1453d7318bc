"""The paths of Ace Data Cloud's Veo API. Thin handlers: read the wire, call the use case, answer in the wire's shape.

A call that makes a video is held until the task has ended, unless it asks for its task alone: nothing of the request
is kept meanwhile, and a client that hangs up cancels nothing. Served by `web.dialect.route_of`; `app` names `DIALECT`.
Nothing here knows another dialect.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from reelgate.core.errors import FieldProblem, FieldsInvalid, ModeUnavailable, TaskUnknown
from reelgate.core.keys import Scope, check_scope
from reelgate.core.task import ArtifactKind, Task
from reelgate.dialects.acedata import wire as bodies
from reelgate.dialects.acedata.errors import ERROR_BODIES, TIMEOUT, error_answer, trace
from reelgate.dialects.acedata.translate import (
    NAME,
    TYPE,
    check_objects,
    failed,
    failure,
    find_video,
    from_task,
    from_video_id,
    is_upscale,
    made_between,
    named_task,
    named_tasks,
    no_video,
    outcome,
    refuse_extension,
    source_of,
    to_callback,
    to_extension,
    to_id,
    to_reshoot,
    to_submission,
    to_upscale,
    with_request,
)
from reelgate.dialects.acedata.wire import (
    AcceptedAnswer,
    BatchAnswer,
    DeletedAnswer,
    ExtendRequest,
    HeldRequest,
    ObjectsRequest,
    Outcome,
    ReshootRequest,
    TaskAnswer,
    TasksRequest,
    UpsampleRequest,
    VideosRequest,
)
from reelgate.service.delete import delete
from reelgate.service.gateway import Gateway
from reelgate.service.query import find_task, link_to, page_tasks_between
from reelgate.service.submit import Submission
from reelgate.service.wait import wait_for_end
from reelgate.web.accept import accept
from reelgate.web.auth import bearer_token
from reelgate.web.body import read_json_object
from reelgate.web.dialect import (
    Answer,
    Call,
    Dialect,
    Operation,
    ReadyAnswer,
    WireAnswer,
    WireEvent,
    add_notes,
    shown_task,
)
from reelgate.web.fields import read_fields
from reelgate.web.held import hold
from reelgate.web.poll_body import read_poll

#: How long a connection is held before it is told to ask later.
HELD_MAX_S: Final = 600.0

#: Tasks that one answer has room for.
TASKS_MAX: Final = 100

#: What proxies note for a client that went away; nobody reads it.
_CLIENT_GONE: Final = 499

_Wire = TypeVar("_Wire", bound=HeldRequest)


def read_key(request: Request) -> str | None:
    """Return the token of `Authorization: Bearer`."""
    return bearer_token(request.headers.get("authorization"))


async def videos(call: Call) -> Answer:
    """Make a video, or one in 1080p from one that was made."""
    return await _answer(call, await _accept(call, VideosRequest, _video))


async def upsample(call: Call) -> Answer:
    """Make a video that was made in another resolution, or as a GIF."""
    return await _answer(call, await _accept(call, UpsampleRequest, _upsampled))


async def extend(call: Call) -> Answer:
    """Continue a video."""
    return await _answer(call, await _accept(call, ExtendRequest, _extended))


async def reshoot(call: Call) -> Answer:
    """Make a video again with another camera move."""
    return await _answer(call, await _accept(call, ReshootRequest, _reshot))


async def objects(call: Call) -> Answer:
    """Refuse to change the objects of a video: no engine can."""
    wire = read_fields(ObjectsRequest, await read_json_object(call.request))
    check_objects(wire)
    source, _ = await _source(call, wire.video_id)
    refuse_extension(source)
    raise ModeUnavailable("action", "changing the objects of a video")


async def tasks(call: Call) -> Answer:
    """Show one task or several, or delete one."""
    wire = await read_poll(call.request, TasksRequest)
    if wire.action == "delete":
        check_scope(call.principal.scopes, Scope.DELETE)
        task_id = named_task(wire)
        await delete(call.gateway, call.principal, task_id)
        return WireAnswer(status=200, body=DeletedAnswer(id=to_id(task_id), deleted=True))
    if wire.action == "retrieve_batch":
        return WireAnswer(status=200, body=await _batch(call, wire))
    try:
        task = await find_task(call.gateway, call.principal, named_task(wire))
    except TaskUnknown:
        return WireAnswer(status=200, body=msgspec.Raw(b"null"))
    if source_of(task) is None:
        return WireAnswer(status=200, body=shown_task(call, task, _shown))
    add_notes(call, task)
    return WireAnswer(status=200, body=await _show(call, task))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Accepted:
    """All that is left of a request while it is held."""

    task: Task
    held: bool


async def _accept(call: Call, kind: type[_Wire], plan: Callable[[Call, _Wire], Awaitable[Submission]]) -> _Accepted:
    body = await read_json_object(call.request)
    wire = read_fields(kind, body)
    submission = with_request(await plan(call, wire), body)
    accepted = await accept(call, submission)
    return _Accepted(task=accepted.task, held=not (wire.asynchronous or wire.callback_url))


async def _video(call: Call, wire: VideosRequest) -> Submission:
    if is_upscale(wire):
        if not wire.video_id:
            raise FieldsInvalid([FieldProblem("video_id", f"is required for {wire.action}")])
        return await _in_another_form(call, "1080p", wire.video_id, wire.callback_url)
    return to_submission(wire, call.gateway.catalogue)


async def _upsampled(call: Call, wire: UpsampleRequest) -> Submission:
    return await _in_another_form(call, wire.action, wire.video_id, wire.callback_url)


async def _in_another_form(call: Call, target: str, video_id: str, callback_url: str | None) -> Submission:
    webhook_url = to_callback(callback_url)
    source, sample = await _source(call, video_id)
    return to_upscale(target, source, sample, webhook_url=webhook_url, catalogue=call.gateway.catalogue)


async def _extended(call: Call, wire: ExtendRequest) -> Submission:
    source, sample = await _source(call, wire.video_id)
    return to_extension(wire, source, sample, call.gateway.catalogue)


async def _reshot(call: Call, wire: ReshootRequest) -> Submission:
    source, sample = await _source(call, wire.video_id)
    return to_reshoot(wire, source, sample, call.gateway.catalogue)


async def _source(call: Call, video_id: str) -> tuple[Task, int]:
    """Return the caller's task that has a finished video, and the video's number in it."""
    task_id, sample = from_video_id(video_id)
    try:
        task = await find_task(call.gateway, call.principal, task_id)
    except TaskUnknown as error:
        raise no_video() from error
    find_video(task, sample)
    return task, sample


async def _answer(call: Call, accepted: _Accepted) -> Answer:
    """Answer with a task's id, or hold the connection until there is a result."""
    task_id = accepted.task.id
    if not accepted.held:
        return WireAnswer(status=200, body=AcceptedAnswer(task_id=to_id(task_id)))
    waiting = wait_for_end(call.gateway, call.principal, task_id, HELD_MAX_S)
    try:
        task = await hold(call.request, waiting)
    except asyncio.CancelledError:
        # The server ends. The task does not: its client is told where to find it.
        return _unfinished(accepted.task)
    if task is None:
        return ReadyAnswer(response=Response(status_code=_CLIENT_GONE))
    result = outcome(task, _urls(call.gateway, task), await _origin(call, task))
    if result is None:
        return _unfinished(task)
    return WireAnswer(status=200 if result.success else failure(task)[0], body=result)


def _unfinished(task: Task) -> WireAnswer:
    status, error = TIMEOUT
    return WireAnswer(status=status, body=failed(task, error))


async def _batch(call: Call, wire: TasksRequest) -> BatchAnswer:
    if wire.type not in (None, "", TYPE):
        return BatchAnswer(items=[], count=0)
    named = named_tasks(wire)
    if named is None:
        between = made_between(wire)
        limit = min(wire.limit, TASKS_MAX)
        page = await page_tasks_between(call.gateway, call.principal, between, limit=limit, offset=wire.offset)
        return BatchAnswer(items=[await _show(call, task) for task in page.tasks], count=page.total)
    items = []
    for task_id in named:
        with contextlib.suppress(TaskUnknown):
            items.append(await _show(call, await find_task(call.gateway, call.principal, task_id)))
    return BatchAnswer(items=items, count=len(items))


async def _show(call: Call, task: Task) -> TaskAnswer:
    response = outcome(task, _urls(call.gateway, task), await _origin(call, task))
    return from_task(task, call.gateway.catalogue, response)


def _shown(gateway: Gateway, task: Task) -> TaskAnswer:
    return from_task(task, gateway.catalogue, outcome(task, _urls(gateway, task)))


async def _origin(call: Call, task: Task) -> tuple[Task, int] | None:
    """Return the task and the number of the video that a task has in another form, where it is still there."""
    return await _origin_of(call.gateway, task, call.principal.account_id)


async def _origin_of(gateway: Gateway, task: Task, account_id: uuid.UUID) -> tuple[Task, int] | None:
    named = source_of(task)
    if named is None:
        return None
    task_id, sample = named
    source = await gateway.tasks.load(task_id)
    return None if source is None or source.account_id != account_id else (source, sample)


async def event_of(gateway: Gateway, task: Task) -> WireEvent:
    """Return what a receiver is told of a task that has ended: what a held connection would be answered."""
    body = outcome(task, _urls(gateway, task), await _origin_of(gateway, task, task.account_id))
    if body is None:
        raise ValueError("a task that has not ended has no event")
    return WireEvent(name="videos.succeeded" if body.success else "videos.failed", body=body)


def _urls(gateway: Gateway, task: Task) -> list[str]:
    files = (task.files(ArtifactKind.GIF) if task.spec.gif else ()) or task.files(ArtifactKind.VIDEO)
    return [link_to(gateway, artifact).url for artifact in files]


def _making(path: str, handler: Callable[[Call], Awaitable[Answer]], body: type[Struct], summary: str) -> Operation:
    """Return the operation of a path that makes videos."""
    return Operation(
        method="POST",
        path=path,
        handler=handler,
        scope=Scope.CREATE,
        summary=summary,
        status=200,
        answer=Outcome,
        other_answers=(AcceptedAnswer,),
        body=body,
        errors=(403, 404, 504),
    )


DIALECT: Final = Dialect(
    name=NAME,
    title="Veo API (Ace Data Cloud)",
    replaces="https://api.acedata.cloud",
    notes=bodies.__doc__ or "",
    prefixes=("/veo",),
    operations=(
        _making("/veo/videos", videos, VideosRequest, "Make a video"),
        _making("/veo/upsample", upsample, UpsampleRequest, "Make a video that was made in another resolution"),
        _making("/veo/extend", extend, ExtendRequest, "Continue a video"),
        _making("/veo/reshoot", reshoot, ReshootRequest, "Make a video again with another camera move"),
        _making("/veo/objects", objects, ObjectsRequest, "Insert or remove an object (no engine can)"),
        Operation(
            method="POST",
            path="/veo/tasks",
            handler=tasks,
            summary="Ask for tasks, or delete one",
            status=200,
            answer=TaskAnswer,
            other_answers=(BatchAnswer, DeletedAnswer, None),
            body=TasksRequest,
            errors=(404,),
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
    trace=trace,
    event_of=event_of,
)
