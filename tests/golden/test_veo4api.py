"""veo4api's golden files: requests are read as they say, answers are written byte for byte."""

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
from reelgate.core.errors import ReelgateError, TaskFinished
from reelgate.core.task import Mode, StoredSource, Task, TaskSpec, UrlSource
from reelgate.dialects.veo4api import wire
from reelgate.dialects.veo4api.errors import conflict_answer, error_answer
from reelgate.dialects.veo4api.routes import DIALECT
from reelgate.dialects.veo4api.translate import from_accepted, from_task, source_id, to_submission
from reelgate.service.submit import Submission
from reelgate.web.dialect import WireAnswer
from reelgate.web.fields import read_fields
from reelgate.web.openapi import document

NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pathlib.Path(__file__).parent / "veo4api").glob("*.json"))
}
DOCUMENT = document(DIALECT, server_url="https://gate.example")


TaskOf = Callable[[dict[str, Any]], Task]


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
    """Return a spec as a case describes it."""
    fields = dataclasses.asdict(dataclasses.replace(spec, inputs=()))
    inputs = []
    for item in spec.inputs:
        shown = {"role": item.role, "field": item.field}
        if isinstance(item.source, StoredSource):
            inputs.append(shown | {"object_key": item.source.object_key})
        else:
            assert isinstance(item.source, UrlSource)
            inputs.append(shown | {"url": item.source.url})
    # No wire asks for it: it comes from the catalogue.
    del fields["added_s"]
    return fields | {"inputs": inputs}


#: What a case need not say.
UNSAID = plain(TaskSpec(mode=Mode.TEXT_TO_VIDEO, model="", prompt=""))


def read_submission(
    case: dict[str, Any], catalogue: Catalogue, task_of: TaskOf
) -> tuple[wire.GenerateRequest, Submission]:
    """Read a request as its route does; the only task that there is, is the one that the case extends."""
    read = read_fields(wire.GenerateRequest, case["request"]["json"])
    source = task_of(case["extends"]) if "extends" in case else None
    assert source_id(read) == (source and source.id)
    return read, to_submission(read, catalogue, source)


def assert_written(written: WireAnswer, answer: dict[str, Any]) -> None:
    assert written.status == answer["status"]
    assert msgspec.json.encode(written.body) == msgspec.json.encode(answer["body"])
    assert written.headers == answer.get("headers", {})


@having("source")
def test_case_names_its_source(case: dict[str, Any]) -> None:
    """Every case says where it comes from."""
    assert case["source"]


@having("spec")
def test_request_is_read(case: dict[str, Any], catalogue: Catalogue, task_of: TaskOf) -> None:
    """A request asks for what the case says, and survives being written and read again."""
    read, submission = read_submission(case, catalogue, task_of)
    assert plain(submission.spec) == UNSAID | case["spec"]
    assert read_fields(wire.GenerateRequest, msgspec.to_builtins(read)) == read


@having("json", "answer", lacking="spec")
def test_refused_request_is_answered(case: dict[str, Any], catalogue: Catalogue, task_of: TaskOf) -> None:
    """A request that cannot be read is refused with the wire's own words."""
    with pytest.raises(ReelgateError) as caught:
        read_submission(case, catalogue, task_of)
    assert_written(error_answer(caught.value, NOW), case["answer"])


@having("task", "answer")
def test_task_is_shown(case: dict[str, Any], task_of: Callable[[dict[str, Any]], Task], catalogue: Catalogue) -> None:
    """A task is answered byte for byte."""
    task = task_of(case["task"])
    links = case.get("links", {})
    shown: msgspec.Struct = from_task(task, video_url=links.get("video"), thumbnail_url=links.get("thumbnail"))
    if case["request"]["path"].endswith("/generate"):
        shown = from_accepted(task, catalogue)
    assert_written(WireAnswer(status=200, body=shown), case["answer"])


@having("shape")
def test_vendors_example_has_our_shape(case: dict[str, Any]) -> None:
    """The page's own example is read whole and written as it was."""
    example = msgspec.json.encode(case["answer"]["body"])
    assert msgspec.json.encode(msgspec.json.decode(example, type=getattr(wire, case["shape"]))) == example


@having("error")
def test_error_is_answered(case: dict[str, Any], error_of: Callable[[dict[str, Any]], ReelgateError]) -> None:
    """An error is answered byte for byte, with a body that the document knows."""
    error = error_of(case["error"])
    if "conflict" in case:
        assert isinstance(error, TaskFinished)
        answer = conflict_answer(error, case["conflict"])
    else:
        answer = error_answer(error, NOW)
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
