"""acedata's golden files: requests are read as they say, answers are written byte for byte."""

import dataclasses
import datetime as dt
import json
import pathlib
import uuid
from collections.abc import Callable
from typing import Any

import jsonschema
import msgspec
import pytest

from reelgate.core.catalogue import Catalogue
from reelgate.core.errors import ReelgateError
from reelgate.core.task import Artifact, State, StoredSource, Task, TaskSpec, UrlSource
from reelgate.dialects.acedata import wire
from reelgate.dialects.acedata.errors import TIMEOUT, error_answer, trace
from reelgate.dialects.acedata.routes import DIALECT
from reelgate.dialects.acedata.translate import (
    check_objects,
    failed,
    failure,
    from_task,
    from_video_id,
    is_upscale,
    named_task,
    outcome,
    source_of,
    to_callback,
    to_extension,
    to_reshoot,
    to_submission,
    to_upscale,
)
from reelgate.service.submit import Submission
from reelgate.web.dialect import WireAnswer
from reelgate.web.fields import read_fields
from reelgate.web.openapi import document

NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
REQUEST_ID = "1b4e28ba2fa141d2883f0016d3cca427"
CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pathlib.Path(__file__).parent / "acedata").glob("*.json"))
}
DOCUMENT = document(DIALECT, server_url="https://gate.example")
BODIES: dict[str, type[msgspec.Struct]] = {
    "/veo/videos": wire.VideosRequest,
    "/veo/upsample": wire.UpsampleRequest,
    "/veo/extend": wire.ExtendRequest,
    "/veo/reshoot": wire.ReshootRequest,
    "/veo/objects": wire.ObjectsRequest,
    "/veo/tasks": wire.TasksRequest,
}
TaskOf = Callable[[dict[str, Any]], Task]


def having(*parts: str, prefix: str = "") -> pytest.MarkDecorator:
    """Run a test with every case that has these parts, and whose name begins so."""
    cases = [
        pytest.param(case, id=name)
        for name, case in CASES.items()
        if all(part in case for part in parts) and name.startswith(prefix)
    ]
    assert cases
    return pytest.mark.parametrize("case", cases)


def plain(spec: TaskSpec) -> dict[str, Any]:
    """Return a spec as a case describes it: without the fields that have their defaults."""
    fields = dataclasses.asdict(dataclasses.replace(spec, inputs=()))
    unsaid = dataclasses.asdict(TaskSpec(mode=spec.mode, model="", prompt=""))
    said = {field: value for field, value in fields.items() if field == "mode" or value != unsaid[field]}
    inputs = []
    for item in spec.inputs:
        if isinstance(item.source, UrlSource):
            inputs.append({"role": item.role, "url": item.source.url, "field": item.field})
        else:
            assert isinstance(item.source, StoredSource)
            inputs.append({"role": item.role, "object_key": item.source.object_key, "field": item.field})
    return {**said, "inputs": inputs} if inputs else said


def read(request: dict[str, Any], source: Task, catalogue: Catalogue) -> Submission | None:
    """Read a request as its route does; `source` is the only task that there is."""
    body = read_fields(BODIES[request["path"]], request["json"])
    if isinstance(body, wire.VideosRequest) and not is_upscale(body):
        return to_submission(body, catalogue)
    if isinstance(body, wire.VideosRequest | wire.UpsampleRequest):
        target = body.action if isinstance(body, wire.UpsampleRequest) else "1080p"
        webhook_url = to_callback(body.callback_url)
        _, sample = from_video_id(body.video_id or "")
        return to_upscale(target, source, sample, webhook_url=webhook_url, catalogue=catalogue)
    if isinstance(body, wire.ExtendRequest):
        _, sample = from_video_id(body.video_id)
        return to_extension(body, source, sample, catalogue)
    if isinstance(body, wire.ReshootRequest):
        _, sample = from_video_id(body.video_id)
        return to_reshoot(body, source, sample, catalogue)
    if isinstance(body, wire.ObjectsRequest):
        check_objects(body)
    if isinstance(body, wire.TasksRequest):
        named_task(body)
    return None


def whole(described: dict[str, Any], task_of: TaskOf) -> Task:
    """Return a task of a case's description, with what only this wire shows."""
    task = task_of(described)
    began = described.get("started_at")
    return dataclasses.replace(
        task,
        spec=dataclasses.replace(task.spec, webhook_url=described.get("webhook_url"), gif=described.get("gif", False)),
        wire_request=described.get("wire_request"),
        started_at=dt.datetime.fromisoformat(began) if began else None,
    )


@pytest.fixture
def source(task_of: TaskOf) -> Task:
    """A finished task with one video."""
    task = task_of({"state": "succeeded", "model": "veo3", "completed_at": "2026-05-17T08:01:00Z", "videos": 1})
    return dataclasses.replace(task, artifacts=tuple(sized(artifact) for artifact in task.artifacts))


def sized(artifact: Artifact) -> Artifact:
    return dataclasses.replace(artifact, width_px=1280, height_px=720)


def assert_written(written: WireAnswer, answer: dict[str, Any]) -> None:
    written = trace(written, REQUEST_ID)
    assert written.status == answer["status"]
    assert msgspec.json.encode(written.body) == msgspec.json.encode(answer["body"])
    assert written.headers == answer["headers"]


@having("source")
def test_case_names_its_source(case: dict[str, Any]) -> None:
    """Every case says where it comes from."""
    assert case["source"]


@having("spec")
def test_request_is_read(case: dict[str, Any], source: Task, catalogue: Catalogue) -> None:
    """A request asks for what the case says, and survives being written and read again."""
    submission = read(case["request"], source, catalogue)
    assert submission
    assert plain(submission.spec) == case["spec"]
    assert submission.mode_field == case.get("mode_field", submission.mode_field)
    assert submission.wanted == case.get("wanted", submission.wanted)
    kind = BODIES[case["request"]["path"]]
    parsed = read_fields(kind, case["request"]["json"])
    assert read_fields(kind, msgspec.to_builtins(parsed)) == parsed


@having("answer", prefix="refused_")
def test_refused_request_is_answered(case: dict[str, Any], source: Task, catalogue: Catalogue) -> None:
    """A request that cannot be read is refused with the wire's own words."""
    with pytest.raises(ReelgateError) as caught:
        read(case["request"], source, catalogue)
    assert_written(error_answer(caught.value, NOW), case["answer"])


@having("task", prefix="task_")
def test_task_is_shown(case: dict[str, Any], task_of: TaskOf, catalogue: Catalogue) -> None:
    """A task is answered byte for byte."""
    task = whole(case["task"], task_of)
    origin = None
    if "source_task" in case:
        named = source_of(task)
        assert named == (uuid.UUID(case["source_task"]["id"]), 0)
        times: dict[str, Any] = {
            name: dt.datetime.fromisoformat(case["source_task"][name]) for name in ("created_at", "completed_at")
        }
        origin = dataclasses.replace(task, id=named[0], **times), named[1]
    body = from_task(task, catalogue, outcome(task, case["urls"], origin))
    assert_written(WireAnswer(status=200, body=body), case["answer"])


@having("task", prefix="held_")
def test_held_connection_is_answered(case: dict[str, Any], task_of: TaskOf) -> None:
    """A connection that was held gets the result, the failure, or where to ask later."""
    task = whole(case["task"], task_of)
    result = outcome(task, case.get("urls", []))
    if result is None:
        status, error = TIMEOUT
        result = failed(task, error)
    else:
        status = 200 if task.state is State.SUCCEEDED else failure(task)[0]
    assert_written(WireAnswer(status=status, body=result), case["answer"])


@having("shape")
def test_vendors_example_has_our_shape(case: dict[str, Any]) -> None:
    """The vendor's own example is read whole and written as it was."""
    example = msgspec.json.encode(case["answer"]["body"])
    assert msgspec.json.encode(msgspec.json.decode(example, type=getattr(wire, case["shape"]))) == example


@having("error")
def test_error_is_answered(case: dict[str, Any], error_of: Callable[[dict[str, Any]], ReelgateError]) -> None:
    """An error is answered byte for byte, with a body that the document knows."""
    answer = error_answer(error_of(case["error"]), NOW)
    assert_written(answer, case["answer"])
    schema = {"$ref": f"#/components/schemas/{DIALECT.error_bodies[answer.status].__name__}"}
    validator = jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    validator.validate(case["answer"]["body"])


@having("request", "answer")
def test_answer_is_documented(
    case: dict[str, Any],
    check_documented: Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], None],
) -> None:
    """The OpenAPI document has the answer's status and shape."""
    check_documented(DOCUMENT, case["request"], case["answer"])


@having("request", "spec")
def test_request_is_documented(case: dict[str, Any]) -> None:
    """The OpenAPI document takes every request that is accepted."""
    schema = {"$ref": f"#/components/schemas/{BODIES[case['request']['path']].__name__}"}
    validator = jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    validator.validate(case["request"]["json"])
