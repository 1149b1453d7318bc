"""OpenAI's golden files: requests are read as they say, answers are written byte for byte.

A form is a list of [name, text]; `spec` has the fields that are not the core's defaults; `source_task` is the video
that a request starts from; `parts` are changes to a task that the shared description has no words for.
"""

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
from reelgate.core.task import (
    AspectRatio,
    InlineSource,
    Resolution,
    StoredSource,
    Task,
    TaskSpec,
    UrlSource,
)
from reelgate.dialects.openai import wire
from reelgate.dialects.openai.errors import error_answer, range_answer
from reelgate.dialects.openai.routes import DIALECT
from reelgate.dialects.openai.translate import (
    check_source,
    find_file,
    from_deleted,
    from_slice,
    from_task,
    only_file,
    to_extension,
    to_extension_of_file,
    to_remix,
    to_source_id,
    to_start,
    to_submission,
    with_extra,
)
from reelgate.service.query import TaskSlice
from reelgate.service.submit import Submission
from reelgate.web.body import FormFile
from reelgate.web.brackets import read_brackets
from reelgate.web.dialect import WireAnswer
from reelgate.web.fields import read_fields
from reelgate.web.openapi import document

NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
EXPIRES_AT = dt.datetime(2026, 5, 18, 9, tzinfo=dt.UTC)

CASES = {
    path.stem: json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((pathlib.Path(__file__).parent / "openai").glob("*.json"))
}
DOCUMENT = document(DIALECT, server_url="https://gate.example")
BODIES: dict[str, type[msgspec.Struct]] = {
    "/v1/videos": wire.CreateRequest,
    "/v1/videos/edits": wire.EditRequest,
    "/v1/videos/extensions": wire.ExtendRequest,
    "/v1/videos/characters": wire.CharacterRequest,
    "/v1/videos/{videoId}/remix": wire.RemixRequest,
}
DEFAULTS = {
    field.name: field.default for field in dataclasses.fields(TaskSpec) if field.default is not dataclasses.MISSING
}


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
        shown: dict[str, Any] = {"role": item.role, "field": item.field}
        match item.source:
            case UrlSource(url=url):
                shown["url"] = url
            case InlineSource() as inline:
                shown |= {"file_name": inline.file_name, "text": inline.content.decode()}
            case StoredSource(object_key=key):
                shown["object_key"] = key
        inputs.append(shown)
    fields["inputs"] = tuple(inputs)
    return {name: value for name, value in fields.items() if name not in DEFAULTS or value != DEFAULTS[name]}


def parts_of(request: dict[str, Any]) -> list[tuple[str, str | FormFile]]:
    texts: list[tuple[str, str | FormFile]] = [(name, text) for name, text in request["form"]]
    return texts + [
        (name, FormFile(content=file["text"].encode(), file_name=file["file_name"], media_type=file["media_type"]))
        for name, file in request.get("files", [])
    ]


def read_body(request: dict[str, Any]) -> Any:
    """Read a request's body as its route does."""
    kind = BODIES[request["path"]]
    if "json" in request:
        return read_fields(kind, with_extra(request["json"]))
    texts = [(name, part) for name, part in parts_of(request) if isinstance(part, str)]
    return read_fields(kind, with_extra(read_brackets(texts)), strict=False)


def read_request(request: dict[str, Any], source: Task | None, catalogue: Catalogue) -> Submission:
    """Read a request as its route does, given the task that it starts from."""
    body = read_body(request)
    parts = parts_of(request) if "form" in request else []
    if isinstance(body, wire.CreateRequest):
        return to_submission(body, catalogue, only_file(parts, "input_reference"))
    if isinstance(body, wire.EditRequest | wire.ExtendRequest):
        file = only_file(parts, "video")
        check_source(body, file)
        if file and isinstance(body, wire.ExtendRequest):
            return to_extension_of_file(body, file, catalogue)
        named = to_source_id(body)
        assert source
        assert named == source.id
        if isinstance(body, wire.ExtendRequest):
            return to_extension(body, source, catalogue)
    assert source
    return to_remix(source, body.prompt, catalogue, mode_field="video")


def task_from(described: dict[str, Any], task_of: Callable[[dict[str, Any]], Task]) -> Task:
    task = task_of(described)
    parts = described.get("parts", {})
    spec = dataclasses.replace(
        task.spec,
        duration_s=parts.get("duration_s", 4),
        resolution=Resolution(parts.get("resolution", "720p")),
        aspect_ratio=AspectRatio(parts.get("aspect_ratio", "9:16")),
        seed=7,
    )
    artifacts = tuple(
        dataclasses.replace(artifact, duration_s=parts.get("video_duration_s")) for artifact in task.artifacts
    )
    return dataclasses.replace(
        task,
        id=uuid.UUID(parts.get("id", str(task.id))),
        spec=spec,
        artifacts=artifacts,
        remix_of=uuid.UUID(parts["remix_of"]) if "remix_of" in parts else None,
    )


def assert_written(written: WireAnswer, answer: dict[str, Any]) -> None:
    assert written.status == answer["status"]
    assert msgspec.json.encode(written.body) == msgspec.json.encode(answer["body"])
    assert written.headers == answer.get("headers", {})


@having("source")
def test_case_names_its_source(case: dict[str, Any]) -> None:
    """Every case says where it comes from."""
    assert case["source"]


@having("spec")
def test_request_is_read(case: dict[str, Any], catalogue: Catalogue, task_of: Callable[[dict[str, Any]], Task]) -> None:
    """A request asks for what the case says."""
    source = task_from(case["source_task"], task_of) if "source_task" in case else None
    submission = read_request(case["request"], source, catalogue)
    assert json.loads(json.dumps(plain(submission.spec))) == case["spec"]
    assert submission.remix_of == (source.id if source and case.get("remix", True) else None)


@having("json", "spec")
def test_request_is_written_as_it_was_read(case: dict[str, Any]) -> None:
    """A request survives being written and read again."""
    read = read_body(case["request"])
    assert read_fields(type(read), msgspec.to_builtins(read)) == read


@having("refused")
def test_refused_request_is_answered(
    case: dict[str, Any], catalogue: Catalogue, task_of: Callable[[dict[str, Any]], Task]
) -> None:
    """A request that cannot be read is refused with the wire's own words."""
    source = task_from(case["source_task"], task_of) if "source_task" in case else None
    with pytest.raises(ReelgateError) as caught:
        read_request(case["request"], source, catalogue)
    assert_written(error_answer(caught.value, NOW), case["answer"])


@having("task", "answer")
def test_task_is_shown(case: dict[str, Any], task_of: Callable[[dict[str, Any]], Task], catalogue: Catalogue) -> None:
    """A task is answered byte for byte."""
    shown = from_task(task_from(case["task"], task_of), catalogue, expires_at=EXPIRES_AT)
    assert_written(WireAnswer(status=200, body=shown), case["answer"])


@having("tasks")
def test_page_is_shown(case: dict[str, Any], task_of: Callable[[dict[str, Any]], Task], catalogue: Catalogue) -> None:
    """A page is asked for and answered as the case says."""
    query = read_fields(wire.ListQuery, case["request"]["query"], strict=False)
    start = to_start(query.after)
    assert [start and str(start), query.limit, query.order] == case["asked"]
    tasks = tuple(task_from(task, task_of) for task in case["tasks"])
    page = from_slice(TaskSlice(tasks=tasks, has_more=case["has_more"]), catalogue, expires_at=EXPIRES_AT)
    assert_written(WireAnswer(status=200, body=page), case["answer"])


@having("wrong_query")
def test_wrong_query_is_answered(case: dict[str, Any]) -> None:
    """A query that cannot be read is refused, every parameter named."""
    kind = wire.ContentQuery if case["request"]["path"].endswith("/content") else wire.ListQuery
    with pytest.raises(ReelgateError) as caught:
        to_start(getattr(read_fields(kind, case["request"]["query"], strict=False), "after", None))
    assert_written(error_answer(caught.value, NOW), case["answer"])


@having("lacking_file")
def test_lacking_file_is_answered(case: dict[str, Any], task_of: Callable[[dict[str, Any]], Task]) -> None:
    """A file that is not there yet, or never will be, has its own error."""
    with pytest.raises(ReelgateError) as caught:
        find_file(task_from(case["lacking_file"], task_of), case["request"]["query"]["variant"])
    assert_written(error_answer(caught.value, NOW), case["answer"])


def test_a_range_that_is_not_there_is_answered() -> None:
    """In the wire's own envelope, with the file's size."""
    case = CASES["content_wrong_range"]
    assert_written(range_answer(case["answer"]["headers"]), case["answer"])


def test_deletion_is_answered() -> None:
    """The id, and that it is gone."""
    case = CASES["delete"]
    assert_written(WireAnswer(status=200, body=from_deleted(uuid.UUID(case["deleted"]))), case["answer"])


@having("shape")
def test_vendors_example_has_our_shape(case: dict[str, Any]) -> None:
    """The reference's own example is read whole and written as it was."""
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


@having("json", "spec")
def test_request_is_documented(case: dict[str, Any]) -> None:
    """The OpenAPI document lets a JSON request through that the wire takes."""
    operation = DOCUMENT["paths"][case["request"]["path"]]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    validator = jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    validator.validate(with_extra(case["request"]["json"]))
