"""The paths of veoapi.io's Veo API. Thin handlers: read the wire, call the use case, answer in the wire's shape.

Served by `web.dialect.route_of`; `app` names `DIALECT`. Nothing here knows another dialect.
"""

from typing import Final

from starlette.requests import Request

from reelgate.core.errors import ModelUnknown
from reelgate.core.keys import Scope
from reelgate.core.task import ArtifactKind, State, Task
from reelgate.dialects.veoapi import wire as bodies
from reelgate.dialects.veoapi.errors import ERROR_BODIES, error_answer, model_not_found
from reelgate.dialects.veoapi.translate import (
    NAME,
    find_entry,
    from_accepted,
    from_catalogue,
    from_id,
    from_task,
    to_submission,
)
from reelgate.dialects.veoapi.wire import CreateAnswer, GenerationAnswer, GenerationRequest, ModelEntry, ModelsAnswer
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


async def create(call: Call) -> WireAnswer:
    """Accept a task."""
    wire = read_fields(GenerationRequest, await read_json_object(call.request))
    accepted = await accept(call, to_submission(wire, call.gateway.catalogue))
    return WireAnswer(status=200, body=from_accepted(accepted.task))


async def poll(call: Call) -> WireAnswer:
    """Answer where a task stands."""
    task = await find_task(call.gateway, call.principal, from_id(call.request.path_params["id"]))
    return WireAnswer(status=200, body=shown_task(call, task, _shown))


async def models(call: Call) -> WireAnswer:
    """Answer with the models."""
    return WireAnswer(status=200, body=from_catalogue(call.allowed_models))


async def model(call: Call) -> WireAnswer:
    """Answer with one model."""
    try:
        return WireAnswer(status=200, body=find_entry(call.allowed_models, call.request.path_params["model"]))
    except ModelUnknown as error:
        return model_not_found(error)


def _shown(gateway: Gateway, task: Task) -> GenerationAnswer:
    videos = task.files(ArtifactKind.VIDEO) if task.state is State.SUCCEEDED else ()
    return from_task(task, video_url=link_to(gateway, videos[0]).url if videos else None)


async def event_of(gateway: Gateway, task: Task) -> WireEvent:
    """Return what a receiver is told of a task that has ended: what a poll would say."""
    body = _shown(gateway, task)
    return WireEvent(name=f"video.{body.status}", body=body)


DIALECT: Final = Dialect(
    name=NAME,
    title="Veo API (veoapi.io)",
    replaces="https://api.veoapi.io/v1",
    base_path="/v1",
    notes=bodies.__doc__ or "",
    # "/v1" is shared: OpenAI's wire has its own paths below it.
    prefixes=("/v1/video", "/v1/models"),
    operations=(
        Operation(
            method="POST",
            path="/v1/video/generations",
            handler=create,
            scope=Scope.CREATE,
            summary="Create a video",
            status=200,
            answer=CreateAnswer,
            body=GenerationRequest,
            errors=(402,),
        ),
        Operation(
            method="GET",
            path="/v1/video/generations/{id}",
            handler=poll,
            summary="Poll the task",
            status=200,
            answer=GenerationAnswer,
            errors=(404,),
        ),
        Operation(
            method="GET",
            path="/v1/models",
            handler=models,
            summary="List models",
            status=200,
            answer=ModelsAnswer,
            operation_id="getModels",
        ),
        Operation(
            method="GET",
            path="/v1/models/{model}",
            handler=model,
            summary="Get a model",
            status=200,
            answer=ModelEntry,
            operation_id="getOneModel",
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
            "description": "Authorization: Bearer sk-veo-your-key",
        },
    },
    event_of=event_of,
)
