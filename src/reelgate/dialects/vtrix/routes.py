"""The paths of Vtrix's generation API and of its model list. Thin handlers: read the wire, call the use case, answer.

The vendor's command-line client finds them with VTRIX_GENERATION_URL and VTRIX_MODELS_URL. Served by
`web.dialect.route_of`; `app` names `DIALECT`. Nothing here knows another dialect.
"""

import contextlib
from typing import Final

from starlette.requests import Request

from reelgate.core.errors import ModelUnknown, TaskUnknown
from reelgate.core.keys import Scope
from reelgate.core.tails import to_tail
from reelgate.core.task import Artifact, ArtifactKind, State, Task
from reelgate.dialects.vtrix import wire as bodies
from reelgate.dialects.vtrix.errors import ERROR_BODIES, error_answer, model_not_found
from reelgate.dialects.vtrix.translate import (
    GENERATION_PATH,
    NAME,
    flatten,
    from_accepted,
    from_catalogue,
    from_id,
    from_model,
    from_task,
    source_ids,
    to_submission,
)
from reelgate.dialects.vtrix.wire import (
    FlatRequest,
    GenerationRequest,
    ModelsAnswer,
    ModelSpecAnswer,
    ModelsQuery,
    TaskAnswer,
)
from reelgate.service.gateway import Gateway
from reelgate.service.query import find_task, link_to
from reelgate.service.tails import find_video_by_tail
from reelgate.web.accept import accept
from reelgate.web.auth import bearer_token
from reelgate.web.body import read_json_object
from reelgate.web.dialect import Call, Dialect, Operation, WireAnswer, shown_task
from reelgate.web.fields import read_fields


def read_key(request: Request) -> str | None:
    """Return the token of `Authorization: Bearer`."""
    return bearer_token(request.headers.get("authorization"))


async def create(call: Call) -> WireAnswer:
    """Accept a task."""
    catalogue = call.gateway.catalogue
    wire = flatten(await read_json_object(call.request))
    submission = to_submission(wire, catalogue, await _source(call, wire))
    accepted = await accept(call, submission)
    return WireAnswer(status=200, body=from_accepted(accepted.task, catalogue))


async def poll(call: Call) -> WireAnswer:
    """Answer where a task stands."""
    task = await find_task(call.gateway, call.principal, from_id(call.request.path_params["id"]))
    return WireAnswer(status=200, body=shown_task(call, task, _shown))


async def models(call: Call) -> WireAnswer:
    """Answer with a page of the models."""
    query = read_fields(ModelsQuery, call.request.query_params, strict=False)
    return WireAnswer(status=200, body=from_catalogue(call.allowed_models, query))


async def model_spec(call: Call) -> WireAnswer:
    """Answer with the specification of a model."""
    try:
        model = call.allowed_models.find(NAME, call.request.path_params["model_id"])
    except ModelUnknown as error:
        return model_not_found(error)
    return WireAnswer(status=200, body=from_model(model, call.gateway.public_url))


def _shown(gateway: Gateway, task: Task) -> TaskAnswer:
    videos = task.files(ArtifactKind.VIDEO) if task.state is State.SUCCEEDED else ()
    return from_task(task, [link_to(gateway, video).url for video in videos], gateway.catalogue)


async def _source(call: Call, wire: FlatRequest) -> Artifact | None:
    """Return the video of the caller's that a request extends; None where it names none."""
    file_id, task_id = source_ids(wire, call.gateway.public_url)
    with contextlib.suppress(TaskUnknown):
        if file_id:
            _, video = await find_video_by_tail(call.gateway, call.principal, to_tail(file_id))
            return video
        if task_id:
            task = await find_task(call.gateway, call.principal, task_id)
            return next(iter(task.files(ArtifactKind.VIDEO)), None)
    return None


DIALECT: Final = Dialect(
    name=NAME,
    title="Generation API (Vtrix)",
    replaces="https://cloud.vtrix.ai",
    client_settings={"VTRIX_GENERATION_URL": "/model/v1/generation", "VTRIX_MODELS_URL": ""},
    notes=bodies.__doc__ or "",
    prefixes=("/model/v1", "/api/v1/skill"),
    operations=(
        Operation(
            method="POST",
            path=GENERATION_PATH,
            handler=create,
            scope=Scope.CREATE,
            summary="Create a task",
            status=200,
            answer=TaskAnswer,
            body=GenerationRequest,
            errors=(402,),
        ),
        Operation(
            method="GET",
            path=f"{GENERATION_PATH}/task/{{id}}",
            handler=poll,
            summary="Poll a task",
            status=200,
            answer=TaskAnswer,
            errors=(404,),
        ),
        Operation(
            method="GET",
            path="/api/v1/skill/models",
            handler=models,
            summary="List models",
            status=200,
            answer=ModelsAnswer,
            query=ModelsQuery,
            public=True,
        ),
        Operation(
            method="GET",
            path="/api/v1/skill/models/{model_id}/spec",
            handler=model_spec,
            summary="Get the specification of a model",
            status=200,
            answer=ModelSpecAnswer,
            errors=(404,),
            public=True,
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
)
