"""The paths of Veo3Gen's VEO3 API. Thin handlers: read the wire, call the use case, answer in the wire's shape.

Served by `web.dialect.route_of`; `app` names `DIALECT`. Nothing here knows another dialect.
"""

from typing import Final

from starlette.requests import Request

from reelgate.core.keys import Scope
from reelgate.core.task import ArtifactKind, Mode, Role, State, Task
from reelgate.dialects.veo3gen import wire as bodies
from reelgate.dialects.veo3gen.errors import ERROR_BODIES, error_answer, limit_headers
from reelgate.dialects.veo3gen.translate import (
    FIRST_FRAME_FIELDS,
    LAST_FRAME_FIELDS,
    NAME,
    check_downloadable,
    from_accepted,
    from_accepted_picture,
    from_catalogue,
    from_id,
    from_links,
    from_page,
    from_task,
    to_input,
    to_states,
    to_submission,
)
from reelgate.dialects.veo3gen.wire import (
    DownloadAnswer,
    GenerationAnswer,
    GenerationRequest,
    HistoryAnswer,
    HistoryQuery,
    ImageGenerationAnswer,
    ModelsAnswer,
    StatusAnswer,
)
from reelgate.service.gateway import Gateway
from reelgate.service.query import Link, expected_wait_s, find_task, link_to, page_tasks
from reelgate.web.accept import accept
from reelgate.web.auth import bearer_token
from reelgate.web.body import read_form, read_json_object
from reelgate.web.dialect import Call, Dialect, Operation, WireAnswer, shown_task
from reelgate.web.fields import read_fields


def read_key(request: Request) -> str | None:
    """Return the key of `X-API-Key`, or of `Authorization: Bearer`, which the page neither offers nor forbids."""
    return request.headers.get("x-api-key") or bearer_token(request.headers.get("authorization"))


async def text_to_video(call: Call) -> WireAnswer:
    """Accept a task from a text."""
    wire = read_fields(GenerationRequest, await read_json_object(call.request))
    submission = to_submission(wire, call.gateway.catalogue, Mode.TEXT_TO_VIDEO)
    accepted = await accept(call, submission)
    wait_s = await expected_wait_s(call.gateway, accepted.task)
    return WireAnswer(status=202, body=from_accepted(accepted, wait_s))


async def image_to_video(call: Call) -> WireAnswer:
    """Accept a task from a text and the picture to start from."""
    form = await read_form(call.request)
    wire = read_fields(GenerationRequest, form.texts, strict=False)
    picture = to_input(form, Role.FIRST_FRAME, ["image"])
    submission = to_submission(wire, call.gateway.catalogue, Mode.IMAGE_TO_VIDEO, (picture,))
    accepted = await accept(call, submission)
    wait_s = await expected_wait_s(call.gateway, accepted.task)
    return WireAnswer(status=202, body=from_accepted_picture(accepted, len(form.files["image"].content), wait_s))


async def first_last_frame(call: Call) -> WireAnswer:
    """Accept a task from a text and the pictures to start and end with."""
    form = await read_form(call.request)
    wire = read_fields(GenerationRequest, form.texts, strict=False)
    pictures = (
        to_input(form, Role.FIRST_FRAME, FIRST_FRAME_FIELDS),
        to_input(form, Role.LAST_FRAME, LAST_FRAME_FIELDS),
    )
    submission = to_submission(wire, call.gateway.catalogue, Mode.FIRST_LAST_FRAME, pictures)
    accepted = await accept(call, submission)
    wait_s = await expected_wait_s(call.gateway, accepted.task)
    return WireAnswer(status=202, body=from_accepted(accepted, wait_s))


async def status(call: Call) -> WireAnswer:
    """Answer where a task stands."""
    task = await _named_task(call)
    return WireAnswer(status=200, body=shown_task(call, task, _shown))


async def download(call: Call) -> WireAnswer:
    """Answer where the videos of a completed task can be fetched."""
    task = await _named_task(call)
    check_downloadable(task)
    return WireAnswer(status=200, body=from_links(task, _video_links(call.gateway, task)))


async def history(call: Call) -> WireAnswer:
    """Answer with a page of the account's tasks."""
    query = read_fields(HistoryQuery, call.request.query_params, strict=False)
    page = await page_tasks(
        call.gateway,
        call.principal,
        states=to_states(query.status),
        limit=query.limit,
        offset=query.skip,
    )
    return WireAnswer(status=200, body=from_page(page, query, call.gateway.catalogue))


async def models(call: Call) -> WireAnswer:
    """Answer with the models."""
    return WireAnswer(status=200, body=from_catalogue(call.allowed_models))


async def _named_task(call: Call) -> Task:
    return await find_task(call.gateway, call.principal, from_id(call.request.path_params["taskId"]))


def _shown(gateway: Gateway, task: Task) -> StatusAnswer:
    links = _video_links(gateway, task) if task.state is State.SUCCEEDED else []
    return from_task(task, links, gateway.catalogue)


def _video_links(gateway: Gateway, task: Task) -> list[Link]:
    return [link_to(gateway, artifact) for artifact in task.files(ArtifactKind.VIDEO)]


_PICTURE: Final = "JPEG, PNG or WebP, at most 20 MB."

DIALECT: Final = Dialect(
    name=NAME,
    title="VEO3 API (Veo3Gen)",
    replaces="https://api.veo3gen.co",
    notes=bodies.__doc__ or "",
    prefixes=("/api/veo",),
    operations=(
        Operation(
            method="POST",
            path="/api/veo/text-to-video",
            handler=text_to_video,
            scope=Scope.CREATE,
            summary="Generate videos from a text",
            status=202,
            answer=GenerationAnswer,
            body=GenerationRequest,
            errors=(402,),
        ),
        Operation(
            method="POST",
            path="/api/veo/image-to-video",
            handler=image_to_video,
            scope=Scope.CREATE,
            summary="Generate videos from a picture and a text",
            status=202,
            answer=ImageGenerationAnswer,
            body=GenerationRequest,
            body_media_type="multipart/form-data",
            files={"image": f"The picture to start from. {_PICTURE}"},
            errors=(402,),
        ),
        Operation(
            method="POST",
            path="/api/veo/first-last-frame",
            handler=first_last_frame,
            scope=Scope.CREATE,
            summary="Generate videos between two pictures",
            status=202,
            answer=GenerationAnswer,
            body=GenerationRequest,
            body_media_type="multipart/form-data",
            files={
                "firstFrame": f"The picture to start from. {_PICTURE} Also: {', '.join(FIRST_FRAME_FIELDS[1:])}.",
                "lastFrame": f"The picture to end with. {_PICTURE} Also: {', '.join(LAST_FRAME_FIELDS[1:])}.",
            },
            errors=(402,),
        ),
        Operation(
            method="GET",
            path="/api/veo/status/{taskId}",
            handler=status,
            summary="Check a generation",
            status=200,
            answer=StatusAnswer,
            errors=(404,),
        ),
        Operation(
            method="GET",
            path="/api/veo/download/{taskId}",
            handler=download,
            summary="Get links to the videos of a completed generation",
            status=200,
            answer=DownloadAnswer,
            errors=(400, 404),
        ),
        Operation(
            method="GET",
            path="/api/veo/history",
            handler=history,
            summary="List generations, newest first",
            status=200,
            answer=HistoryAnswer,
            query=HistoryQuery,
        ),
        Operation(
            method="GET",
            path="/api/veo/models",
            handler=models,
            summary="List models",
            status=200,
            answer=ModelsAnswer,
        ),
    ),
    read_key=read_key,
    error_answer=error_answer,
    limit_headers=limit_headers,
    error_bodies=ERROR_BODIES,
    security={
        "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "bearer": {"type": "http", "scheme": "bearer"},
    },
)
