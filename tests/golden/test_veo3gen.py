"""veo3gen's golden files: requests are read as they say, answers are written byte for byte."""

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
from reelgate.core.errors import ReelgateError
from reelgate.core.task import InlineSource, Mode, Role, Task, TaskSpec
from reelgate.dialects.veo3gen import wire
from reelgate.dialects.veo3gen.errors import error_answer
from reelgate.dialects.veo3gen.routes import DIALECT
from reelgate.dialects.veo3gen.translate import (
    FIRST_FRAME_FIELDS,
    LAST_FRAME_FIELDS,
    check_downloadable,
    from_accepted,
    from_accepted_picture,
    from_catalogue,
    from_links,
    from_page,
    from_task,
    to_input,
    to_states,
    to_submission,
)
from reelgate.service.query import Link, TaskPage
from reelgate.service.submit import Accepted, Submission
from reelgate.web.body import Form, FormFile
from reelgate.web.dialect import WireAnswer
from reelgate.web.fields import read_fields
from reelgate.web.openapi import document

NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)

CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pathlib.Path(__file__).parent / "veo3gen").glob("*.json"))
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
    """Return a spec as a case describes it."""
    fields = dataclasses.asdict(dataclasses.replace(spec, inputs=()))
    inputs = []
    for item in spec.inputs:
        assert isinstance(item.source, InlineSource)
        inputs.append({"role": item.role, "field": item.field, "file_name": item.source.file_name})
    # No wire asks for it: it comes from the catalogue.
    del fields["added_s"]
    return fields | {"inputs": inputs}


#: What a case need not say.
UNSAID = plain(TaskSpec(mode=Mode.TEXT_TO_VIDEO, model="", prompt=""))


def read_request(request: dict[str, Any], catalogue: Catalogue) -> Submission:
    """Read a request as its route does."""
    if "json" in request:
        return to_submission(read_fields(wire.GenerationRequest, request["json"]), catalogue, Mode.TEXT_TO_VIDEO)
    files = {
        name: FormFile(content=file["text"].encode(), file_name=file["file_name"], media_type=file["media_type"])
        for name, file in request["files"].items()
    }
    form = Form(texts=request["form"], files=files)
    read = read_fields(wire.GenerationRequest, form.texts, strict=False)
    if request["path"].endswith("/image-to-video"):
        picture = to_input(form, Role.FIRST_FRAME, ["image"])
        return to_submission(read, catalogue, Mode.IMAGE_TO_VIDEO, (picture,))
    pictures = (
        to_input(form, Role.FIRST_FRAME, FIRST_FRAME_FIELDS),
        to_input(form, Role.LAST_FRAME, LAST_FRAME_FIELDS),
    )
    return to_submission(read, catalogue, Mode.FIRST_LAST_FRAME, pictures)


def links_of(case: dict[str, Any]) -> list[Link]:
    expires_at = dt.datetime(2026, 5, 18, 8, tzinfo=dt.UTC)
    urls = [f"https://gate.example/files/{n}/video-{n}.mp4?sig=a" for n in range(case.get("links", 0))]
    return [Link(url=url, expires_at=expires_at) for url in urls]


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
    """A request asks for what the case says."""
    assert plain(read_request(case["request"], catalogue).spec) == UNSAID | case["spec"]


@having("json", "spec")
def test_request_is_written_as_it_was_read(case: dict[str, Any]) -> None:
    """A request survives being written and read again."""
    read = read_fields(wire.GenerationRequest, case["request"]["json"])
    assert read_fields(wire.GenerationRequest, msgspec.to_builtins(read)) == read


@pytest.mark.parametrize("kind", ["json", "form"])
def test_refused_request_is_answered(kind: str, catalogue: Catalogue) -> None:
    """A request that cannot be read is refused with the wire's own words."""
    refused = [case for case in CASES.values() if kind in case.get("request", {}) and "spec" not in case]
    assert refused
    for case in refused:
        with pytest.raises(ReelgateError) as caught:
            read_request(case["request"], catalogue)
        assert_written(error_answer(caught.value, NOW), case["answer"])


@having("available_microcredits")
def test_accepted_task_is_answered(
    case: dict[str, Any],
    task_of: Callable[[dict[str, Any]], Task],
) -> None:
    """A task that was accepted is answered byte for byte."""
    accepted = Accepted(task=task_of(case["task"]), available_microcredits=case["available_microcredits"])
    body = from_accepted_picture(accepted, case["size_bytes"]) if "size_bytes" in case else from_accepted(accepted)
    assert_written(WireAnswer(status=202, body=body), case["answer"])


@having("task", lacking="available_microcredits")
def test_task_is_shown(case: dict[str, Any], task_of: Callable[[dict[str, Any]], Task], catalogue: Catalogue) -> None:
    """A task is answered byte for byte, or the lack of its videos."""
    task, links = task_of(case["task"]), links_of(case)
    if "/status/" in case["request"]["path"]:
        written = WireAnswer(status=200, body=from_task(task, links, catalogue))
    else:
        try:
            check_downloadable(task)
            written = WireAnswer(status=200, body=from_links(task, links))
        except ReelgateError as error:
            written = error_answer(error, NOW)
    assert_written(written, case["answer"])


@having("tasks")
def test_history_is_shown(
    case: dict[str, Any],
    task_of: Callable[[dict[str, Any]], Task],
    catalogue: Catalogue,
) -> None:
    """A page of the history is asked for and answered as the case says."""
    query = read_fields(wire.HistoryQuery, case["request"]["query"], strict=False)
    assert to_states(query.status) == (None if case["states"] is None else tuple(case["states"]))
    page = TaskPage(tasks=tuple(task_of(task) for task in case["tasks"]), total=case["total"])
    assert_written(WireAnswer(status=200, body=from_page(page, query, catalogue)), case["answer"])


def test_wrong_query_is_answered() -> None:
    """A query that cannot be read is refused, every parameter named."""
    case = CASES["history_wrong_query"]
    with pytest.raises(ReelgateError) as caught:
        read_fields(wire.HistoryQuery, case["request"]["query"], strict=False)
    assert_written(error_answer(caught.value, NOW), case["answer"])


def test_models_are_shown(catalogue: Catalogue) -> None:
    """The catalogue gives the page's own list of models."""
    assert_written(WireAnswer(status=200, body=from_catalogue(catalogue)), CASES["models"]["answer"])


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
