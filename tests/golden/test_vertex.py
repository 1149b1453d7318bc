"""Vertex AI's golden files: requests are read as they say, answers are written byte for byte."""

import dataclasses
import datetime as dt
import json
import pathlib
from collections.abc import Callable
from typing import Any

import jsonschema
import msgspec
import pytest

from reelgate.core.buckets import read_buckets
from reelgate.core.catalogue import Catalogue
from reelgate.core.errors import ReelgateError
from reelgate.core.task import InlineSource, Task, TaskSpec
from reelgate.dialects.vertex import wire
from reelgate.dialects.vertex.errors import error_answer
from reelgate.dialects.vertex.routes import DIALECT
from reelgate.dialects.vertex.translate import (
    Asking,
    from_accepted,
    from_task,
    read_request,
    to_submission,
)
from reelgate.service.submit import Submission
from reelgate.web.dialect import WireAnswer
from reelgate.web.openapi import document

NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
RESOURCE = "projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001"
JSON = {"Content-Type": "application/json; charset=UTF-8"}
PLAIN = {field.name: field.default for field in dataclasses.fields(TaskSpec)}

CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pathlib.Path(__file__).parent / "vertex").glob("*.json"))
}
DOCUMENT = document(DIALECT, server_url="https://gate.example")


def having(*parts: str, lacking: str = "nothing") -> pytest.MarkDecorator:
    """Run a test with every case that has these parts, in the case or in its request."""
    cases = [
        pytest.param(case, id=name)
        for name, case in CASES.items()
        if all(part in case | case.get("request", {}) for part in parts) and lacking not in case
    ]
    assert cases
    return pytest.mark.parametrize("case", cases)


def plain(spec: TaskSpec) -> dict[str, Any]:
    """Return what a case says of a spec: everything that is not as in any other."""
    fields = dataclasses.asdict(dataclasses.replace(spec, inputs=()))
    inputs = []
    for item in spec.inputs:
        assert isinstance(item.source, InlineSource)
        inputs.append(
            {
                "role": item.role,
                "field": item.field,
                "media_type": item.source.media_type,
                "content": item.source.content.decode(),
            }
        )
    return {name: value for name, value in fields.items() if value != PLAIN[name]} | (
        {"inputs": inputs} if inputs else {}
    )


def read(case: dict[str, Any], catalogue: Catalogue) -> Submission:
    """Read a case's request as its route does."""
    request = case["request"]
    asking = Asking(account="team", buckets=read_buckets(case.get("buckets", "")))
    return to_submission(read_request(request["json"]), request["model"], catalogue, asking)


def assert_written(written: WireAnswer, answer: dict[str, Any]) -> None:
    assert written.status == answer["status"]
    assert msgspec.json.encode(written.body) == msgspec.json.encode(answer["body"])
    assert written.headers == JSON | answer.get("headers", {})


def shown(body: msgspec.Struct) -> WireAnswer:
    return WireAnswer(status=200, body=body, headers=JSON)


@having("source")
def test_case_names_its_source(case: dict[str, Any]) -> None:
    """Every case says where it comes from."""
    assert case["source"]


@having("spec")
def test_request_is_read(case: dict[str, Any], catalogue: Catalogue) -> None:
    """A request asks for what the case says."""
    assert plain(read(case, catalogue).spec) == case["spec"]


@having("json", "spec")
def test_request_is_written_as_it_was_read(case: dict[str, Any]) -> None:
    """A request survives being written and read again."""
    wanted = read_request(case["request"]["json"])
    assert read_request(msgspec.to_builtins(wanted)) == wanted


@having("json", "spec")
def test_request_is_documented(case: dict[str, Any]) -> None:
    """The OpenAPI document allows what clients send."""
    schema = {"$ref": "#/components/schemas/PredictRequest", "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(case["request"]["json"])


@having("json", lacking="spec")
def test_refused_request_is_answered(case: dict[str, Any], catalogue: Catalogue) -> None:
    """A request that cannot be read is refused with the wire's own words."""
    with pytest.raises(ReelgateError) as caught:
        read(case, catalogue)
    assert_written(error_answer(caught.value, NOW), case["answer"])


@having("task", "answer")
def test_task_is_shown(case: dict[str, Any], task_of: Callable[[dict[str, Any]], Task]) -> None:
    """A task is answered byte for byte."""
    task = task_of(case["task"])
    accepted = case["request"]["path"].endswith(":predictLongRunning")
    body = from_accepted(task, RESOURCE) if accepted else from_task(task, RESOURCE)
    assert_written(shown(body), case["answer"])


@having("shape")
def test_vendors_answer_has_our_shape(case: dict[str, Any]) -> None:
    """An answer that was recorded is read whole and written as it was."""
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
