"""The paths of OpenAI's Videos API. Thin handlers: read the wire, call the use case, answer in the wire's shape.

Served by `web.dialect.route_of`; `app` names `DIALECT`. Nothing here knows another dialect. `GET /v1/models` is asked
for by two wires and is answered by the other one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from reelgate.core.errors import ModeUnavailable, TaskUnknown
from reelgate.core.keys import Scope
from reelgate.core.media import VIDEO_TYPES
from reelgate.core.task import Task
from reelgate.dialects.openai import wire as bodies
from reelgate.dialects.openai.errors import ERROR_BODIES, RANGE_STATUS, error_answer, limit_headers, range_answer
from reelgate.dialects.openai.translate import (
    NAME,
    check_source,
    find_file,
    from_deleted,
    from_id,
    from_slice,
    from_task,
    only_file,
    to_event,
    to_extension,
    to_extension_of_file,
    to_remix,
    to_source_id,
    to_start,
    to_submission,
    with_extra,
)
from reelgate.dialects.openai.wire import (
    CharacterAnswer,
    CharacterRequest,
    ContentQuery,
    CreateRequest,
    DeletedVideo,
    EditRequest,
    ExtendRequest,
    ListQuery,
    RemixRequest,
    Video,
    VideoList,
)
from reelgate.service.delete import delete
from reelgate.service.gateway import Gateway
from reelgate.service.previews import find_preview
from reelgate.service.query import find_task, link_expiry, slice_tasks
from reelgate.service.rehearsal import rehearsed_download
from reelgate.service.submit import Submission
from reelgate.web.accept import accept
from reelgate.web.auth import bearer_token
from reelgate.web.body import BODY_MAX_BYTES, FormFile, read_form, read_json_object
from reelgate.web.brackets import read_brackets
from reelgate.web.dialect import Answer, Call, Dialect, Operation, ReadyAnswer, WireAnswer, WireEvent, shown_task
from reelgate.web.fields import read_fields
from reelgate.web.files import ServedFile, range_headers, serve_file
from reelgate.web.ranges import RangeUnsatisfiable

#: When a client should ask again; openai-python keeps to the first one that it sees.
POLL_AFTER_MS: Final = 500
_POLL_HEADERS: Final = {"openai-poll-after-ms": str(POLL_AFTER_MS)}
#: Whoever holds a copy asks whether the video is still there: it may have been deleted.
_CONTENT_HEADERS: Final = {"Cache-Control": "private, no-cache"}


def read_key(request: Request) -> str | None:
    """Return the token of `Authorization: Bearer`; OpenAI-Organization and OpenAI-Project mean nothing here."""
    return bearer_token(request.headers.get("authorization"))


async def create(call: Call) -> WireAnswer:
    """Accept a task."""
    body = await _read_body(call.request)
    wire = read_fields(CreateRequest, body.fields, strict=body.strict)
    return await _submit(call, to_submission(wire, call.gateway.catalogue, only_file(body.parts, "input_reference")))


async def list_videos(call: Call) -> WireAnswer:
    """Answer with a page of the account's tasks."""
    query = read_fields(ListQuery, call.request.query_params, strict=False)
    found = await slice_tasks(
        call.gateway,
        call.principal,
        start=to_start(query.after),
        oldest_first=query.order == "asc",
        limit=query.limit,
    )
    page = from_slice(found, call.gateway.catalogue, expires_at=link_expiry(call.gateway))
    return WireAnswer(status=200, body=page, headers=_POLL_HEADERS)


async def retrieve(call: Call) -> WireAnswer:
    """Answer where a task stands."""
    task = await _named_task(call)
    return WireAnswer(status=200, body=shown_task(call, task, _shown), headers=_POLL_HEADERS)


async def delete_video(call: Call) -> WireAnswer:
    """Delete a task; one that still runs is canceled."""
    task_id = from_id(call.request.path_params["videoId"])
    await delete(call.gateway, call.principal, task_id)
    return WireAnswer(status=200, body=from_deleted(task_id))


async def content(call: Call) -> Answer:
    """Answer with a file of a completed task."""
    query = read_fields(ContentQuery, call.request.query_params, strict=False)
    task = await _named_task(call)
    artifact = find_file(task, query.variant)
    if query.variant == "video":
        file = ServedFile(
            object_key=artifact.object_key,
            size_bytes=artifact.size_bytes,
            sha256=artifact.sha256,
            media_type=artifact.media_type,
            file_name=artifact.object_key.rpartition("/")[2],
            trouble=rehearsed_download(task.spec),
        )
    else:
        preview = await find_preview(call.gateway, artifact)
        file = ServedFile(
            object_key=preview.object_key,
            size_bytes=preview.size_bytes,
            sha256=preview.tag,
            media_type=preview.media_type,
            file_name=preview.file_name,
        )
    try:
        return ReadyAnswer(
            response=await serve_file(call.request, file, call.gateway.objects, headers=_CONTENT_HEADERS)
        )
    except RangeUnsatisfiable:
        return range_answer(range_headers(file))


async def remix(call: Call) -> WireAnswer:
    """Accept a task that repeats another one with a new prompt."""
    source = await _named_task(call)
    body = await _read_body(call.request)
    wire = read_fields(RemixRequest, body.fields, strict=body.strict)
    return await _submit(call, to_remix(source, wire.prompt, call.gateway.catalogue, mode_field="video_id"))


async def edit(call: Call) -> WireAnswer:
    """Accept a task that repeats another one, named in the body, with a new prompt."""
    body = await _read_body(call.request)
    wire = read_fields(EditRequest, body.fields, strict=body.strict)
    check_source(wire, only_file(body.parts, "video"))
    source = await find_task(call.gateway, call.principal, to_source_id(wire))
    return await _submit(call, to_remix(source, wire.prompt, call.gateway.catalogue, mode_field="video"))


async def extend(call: Call) -> WireAnswer:
    """Accept a task that continues another one, or a video that comes along."""
    body = await _read_body(call.request)
    wire = read_fields(ExtendRequest, body.fields, strict=body.strict)
    file = only_file(body.parts, "video")
    check_source(wire, file)
    if wire.video is None and file:
        return await _submit(call, to_extension_of_file(wire, file, call.gateway.catalogue))
    source = await find_task(call.gateway, call.principal, to_source_id(wire))
    return await _submit(call, to_extension(wire, source, call.gateway.catalogue))


async def create_character(call: Call) -> WireAnswer:
    """Refuse: no engine can hold on to a character yet."""
    body = await _read_body(call.request)
    read_fields(CharacterRequest, body.fields, strict=body.strict)
    raise ModeUnavailable("video", "learning a character")


async def retrieve_character(call: Call) -> WireAnswer:
    """Refuse: nobody has one."""
    raise TaskUnknown(f"There is no character {call.request.path_params['characterId'][:100]!r}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Body:
    """A request's body, whichever way it came."""

    fields: Mapping[str, Any]
    #: A form's texts and files as they came.
    parts: Sequence[tuple[str, str | FormFile]] = ()
    #: JSON has types of its own; in a form everything is a text.
    strict: bool


async def _read_body(request: Request) -> _Body:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return _Body(fields=with_extra(await read_json_object(request)), strict=True)
    # A picture may come as a data URL.
    form = await read_form(request, text_max_bytes=BODY_MAX_BYTES)
    texts = [(name, part) for name, part in form.parts if isinstance(part, str)]
    return _Body(fields=with_extra(read_brackets(texts)), parts=form.parts, strict=False)


async def _submit(call: Call, submission: Submission) -> WireAnswer:
    accepted = await accept(call, submission)
    return WireAnswer(status=200, body=_shown(call.gateway, accepted.task), headers=_POLL_HEADERS)


async def _named_task(call: Call) -> Task:
    return await find_task(call.gateway, call.principal, from_id(call.request.path_params["videoId"]))


def _shown(gateway: Gateway, task: Task) -> Video:
    return from_task(task, gateway.catalogue, expires_at=link_expiry(gateway))


_PICTURE: Final = {"input_reference": "A picture to start from: JPEG, PNG or WebP, at most 20 MB."}
_CLIP: Final = {"video": "A video of your own, at most 32 MiB with all of the form."}
_CLIP_TYPES: Final = tuple(VIDEO_TYPES)


async def event_of(_: Gateway, task: Task) -> WireEvent:
    """Return what a receiver is told of a task that has ended."""
    event = to_event(task)
    return WireEvent(name=event.type, body=event)


DIALECT: Final = Dialect(
    name=NAME,
    title="Videos API (OpenAI)",
    replaces="https://api.openai.com/v1",
    base_path="/v1",
    client_settings={"OPENAI_BASE_URL": "/v1"},
    notes=bodies.__doc__ or "",
    prefixes=("/v1/videos",),
    # The fixed paths stand before those with an id, which would take them for one.
    operations=(
        Operation(
            method="POST",
            path="/v1/videos",
            handler=create,
            scope=Scope.CREATE,
            summary="Create a video",
            operation_id="createVideo",
            status=200,
            answer=Video,
            body=CreateRequest,
            form=CreateRequest,
            files=_PICTURE,
            files_required=False,
        ),
        Operation(
            method="GET",
            path="/v1/videos",
            handler=list_videos,
            summary="List videos",
            operation_id="listVideos",
            status=200,
            answer=VideoList,
            query=ListQuery,
        ),
        Operation(
            method="POST",
            path="/v1/videos/edits",
            handler=edit,
            scope=Scope.CREATE,
            summary="Make a video once more, with another prompt",
            operation_id="editVideo",
            status=200,
            answer=Video,
            body=EditRequest,
            form=EditRequest,
            files=_CLIP,
            files_required=False,
            file_media_types=_CLIP_TYPES,
            errors=(404,),
        ),
        Operation(
            method="POST",
            path="/v1/videos/extensions",
            handler=extend,
            scope=Scope.CREATE,
            summary="Continue a video",
            operation_id="extendVideo",
            status=200,
            answer=Video,
            body=ExtendRequest,
            form=ExtendRequest,
            files=_CLIP,
            files_required=False,
            file_media_types=_CLIP_TYPES,
            errors=(404,),
        ),
        Operation(
            method="POST",
            path="/v1/videos/characters",
            handler=create_character,
            scope=Scope.CREATE,
            summary="Create a character (not available on any model's route yet)",
            operation_id="createCharacter",
            status=200,
            answer=CharacterAnswer,
            body=CharacterRequest,
            body_media_type="multipart/form-data",
            files=_CLIP,
            file_media_types=_CLIP_TYPES,
        ),
        Operation(
            method="GET",
            path="/v1/videos/characters/{characterId}",
            handler=retrieve_character,
            summary="Get a character (there are none yet)",
            operation_id="getCharacter",
            status=200,
            answer=CharacterAnswer,
            errors=(404,),
        ),
        Operation(
            method="GET",
            path="/v1/videos/{videoId}",
            handler=retrieve,
            summary="Get a video's state",
            operation_id="getVideo",
            status=200,
            answer=Video,
            errors=(404,),
        ),
        Operation(
            method="DELETE",
            path="/v1/videos/{videoId}",
            handler=delete_video,
            scope=Scope.DELETE,
            summary="Delete a video and its files",
            operation_id="deleteVideo",
            status=200,
            answer=DeletedVideo,
            errors=(404,),
        ),
        Operation(
            method="GET",
            path="/v1/videos/{videoId}/content",
            handler=content,
            summary="Download a video, its thumbnail or its spritesheet",
            operation_id="getVideoContent",
            status=200,
            answer=None,
            answer_media_types=("video/mp4", "image/webp", "image/jpeg"),
            query=ContentQuery,
            errors=(404, RANGE_STATUS),
        ),
        Operation(
            method="POST",
            path="/v1/videos/{videoId}/remix",
            handler=remix,
            scope=Scope.CREATE,
            summary="Make a video once more, with another prompt",
            operation_id="remixVideo",
            status=200,
            answer=Video,
            body=RemixRequest,
            errors=(404,),
        ),
    ),
    read_key=read_key,
    error_answer=error_answer,
    limit_headers=limit_headers,
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
