"""vtrix's golden files: requests are read as they say, answers are written byte for byte."""

import dataclasses
import datetime as dt
import json
import pathlib
from collections.abc import Callable
from typing import Any

import jsonschema
import msgspec
import pytest

from reelgate.core.catalogue import Catalogue
from reelgate.core.errors import ModelUnknown, ReelgateError
from reelgate.core.task import InlineSource, Input, Task, TaskSpec, UrlSource
from reelgate.dialects.vtrix import wire
from reelgate.dialects.vtrix.errors import error_answer, model_not_found
from reelgate.dialects.vtrix.routes import DIALECT
from reelgate.dialects.vtrix.translate import (
    flatten,
    from_accepted,
    from_catalogue,
    from_model,
    from_task,
    to_submission,
)
from reelgate.web.dialect import WireAnswer
from reelgate.web.fields import read_fields
from reelgate.web.openapi import document

NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pathlib.Path(__file__).parent / "vtrix").glob("*.json"))
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
    """Return a spec as a case describes it: without the fields that have their defaults."""
    fields = dataclasses.asdict(dataclasses.replace(spec, inputs=()))
    unsaid = dataclasses.asdict(TaskSpec(mode=spec.mode, model="", prompt=""))
    said = {field: value for field, value in fields.items() if field == "mode" or value != unsaid[field]}
    inputs = [{"role": item.role, "field": item.field, **source_of(item)} for item in spec.inputs]
    return {**said, "inputs": inputs} if inputs else said


def source_of(item: Input) -> dict[str, Any]:
    if isinstance(item.source, UrlSource):
        return {"url": item.source.url}
    assert isinstance(item.source, InlineSource)
    return {"content": item.source.content.decode(), "media_type": item.source.media_type}


def assert_written(written: WireAnswer, answer: dict[str, Any]) -> None:
    assert written.status == answer["status"]
    assert msgspec.json.encode(written.body) == msgspec.json.encode(answer["body"])
    assert written.headers == answer.get("headers", {})


@having("source")
def test_case_names_its_source(case: dict[str, Any]) -> None:
    """Every case says where it comes from."""
    assert case["source"]


@having("spec")
def test_request_is_read(case: dict[str, Any], catalogue: Catalogue) -> None:
    """A request asks for what the case says, and survives being written and read again."""
    read = flatten(case["request"]["json"])
    assert plain(to_submission(read, catalogue).spec) == case["spec"]
    assert flatten(msgspec.to_builtins(read)) == read


@having("spec")
def test_request_is_as_documented(case: dict[str, Any]) -> None:
    """The document allows every request that is taken, wrapped or flat."""
    schema = {"$ref": "#/components/schemas/GenerationRequest", "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(schema).validate(case["request"]["json"])


@having("json", "answer", lacking="spec")
def test_refused_request_is_answered(case: dict[str, Any], catalogue: Catalogue) -> None:
    """A request that cannot be read is refused with the wire's own words."""
    with pytest.raises(ReelgateError) as caught:
        to_submission(flatten(case["request"]["json"]), catalogue)
    assert_written(error_answer(caught.value, NOW), case["answer"])


@having("task", "answer")
def test_task_is_shown(case: dict[str, Any], task_of: Callable[[dict[str, Any]], Task], catalogue: Catalogue) -> None:
    """A task is answered byte for byte."""
    task = task_of(case["task"])
    accepted = case["request"]["method"] == "POST"
    shown = from_accepted(task, catalogue) if accepted else from_task(task, case.get("links", []), catalogue)
    assert_written(WireAnswer(status=200, body=shown), case["answer"])


@having("query")
def test_models_are_listed(case: dict[str, Any], catalogue: Catalogue) -> None:
    """The catalogue gives the pages that are asked for, or the query's fault is named."""
    try:
        query = read_fields(wire.ModelsQuery, case["request"]["query"], strict=False)
        written = WireAnswer(status=200, body=from_catalogue(catalogue, query))
    except ReelgateError as error:
        written = error_answer(error, NOW)
    assert_written(written, case["answer"])


@having("model")
def test_model_is_specified(case: dict[str, Any], catalogue: Catalogue) -> None:
    """A model of the catalogue is specified as the command-line client reads it; another one is not found."""
    try:
        model = catalogue.find("vtrix", case["model"])
        written = WireAnswer(status=200, body=from_model(model, "https://gate.example"))
    except ModelUnknown as error:
        written = model_not_found(error)
    assert_written(written, case["answer"])


@having("shape")
def test_vendors_example_has_our_shape(case: dict[str, Any]) -> None:
    """The page's own example is read whole and written as it was."""
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
