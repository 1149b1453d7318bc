"""veoapi's golden files: requests are read as they say, answers are written byte for byte."""

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
from reelgate.core.task import Task, TaskSpec, UrlSource
from reelgate.dialects.veoapi import wire
from reelgate.dialects.veoapi.errors import error_answer, model_not_found
from reelgate.dialects.veoapi.routes import DIALECT
from reelgate.dialects.veoapi.translate import find_entry, from_accepted, from_catalogue, from_task, to_submission
from reelgate.web.dialect import WireAnswer
from reelgate.web.fields import read_fields
from reelgate.web.openapi import document

NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pathlib.Path(__file__).parent / "veoapi").glob("*.json"))
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
    inputs = []
    for item in spec.inputs:
        assert isinstance(item.source, UrlSource)
        inputs.append({"role": item.role, "url": item.source.url, "field": item.field})
    return {**said, "inputs": inputs} if inputs else said


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
    read = read_fields(wire.GenerationRequest, case["request"]["json"])
    submission = to_submission(read, catalogue)
    assert plain(submission.spec) == case["spec"]
    assert read_fields(wire.GenerationRequest, msgspec.to_builtins(read)) == read


@having("json", "answer", lacking="spec")
def test_refused_request_is_answered(case: dict[str, Any], catalogue: Catalogue) -> None:
    """A request that cannot be read is refused with the wire's own words."""
    with pytest.raises(ReelgateError) as caught:
        to_submission(read_fields(wire.GenerationRequest, case["request"]["json"]), catalogue)
    assert_written(error_answer(caught.value, NOW), case["answer"])


@having("task", "answer")
def test_task_is_shown(case: dict[str, Any], task_of: Callable[[dict[str, Any]], Task]) -> None:
    """A task is answered byte for byte."""
    task = task_of(case["task"])
    shown: msgspec.Struct = from_task(task, video_url=case.get("links", {}).get("video"))
    if case["request"]["method"] == "POST":
        shown = from_accepted(task)
    assert_written(WireAnswer(status=200, body=shown), case["answer"])


def test_models_are_shown(catalogue: Catalogue) -> None:
    """The catalogue gives the page's own table; other wires' models may join it."""
    ours = {
        model_id: dataclasses.replace(model, names={"veoapi": model.names["veoapi"]})
        for model_id, model in catalogue.models.items()
        if "veoapi" in model.names
    }
    catalogue = dataclasses.replace(catalogue, models=ours)
    assert_written(WireAnswer(status=200, body=from_catalogue(catalogue)), CASES["models"]["answer"])
    assert_written(WireAnswer(status=200, body=find_entry(catalogue, "veo-3")), CASES["model"]["answer"])
    with pytest.raises(ModelUnknown) as caught:
        find_entry(catalogue, "veo-9")
    assert_written(model_not_found(caught.value), CASES["model_unknown"]["answer"])


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
