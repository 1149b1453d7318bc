"""What the golden tests of every dialect share: values made from a case's plain description.

A case is a JSON file with `source` and some of: `request` (method, path, json or form and files, query), `spec` (what
it asks for, by field), `task` (a task to show), `error` (a class of core.errors and its arguments), `shape` (the struct
that a vendor's own example has) and `answer` (status and body, its fields in the wire's order).
"""

import datetime as dt
import importlib.resources
import tomllib
import uuid
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from reelgate.core import errors
from reelgate.core.catalogue import Catalogue, catalogue_from
from reelgate.core.errors import FieldProblem, FieldsInvalid, ReelgateError
from reelgate.core.task import (
    Artifact,
    ArtifactKind,
    Failure,
    Input,
    Mode,
    Role,
    State,
    StoredSource,
    Task,
    TaskSpec,
)

#: The task of every case: made at 2026-05-17T08:00:00.123Z.
TASK_ID = uuid.UUID("019e34f2-fc7b-748d-8abc-048d159e26af")


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """Return the catalogue that comes with the package."""
    text = importlib.resources.files("reelgate").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return catalogue_from(tomllib.loads(text))


@pytest.fixture(scope="session")
def task_of() -> Callable[[dict[str, Any]], Task]:
    """Return what makes a task of a case's description."""
    return _task


@pytest.fixture(scope="session")
def error_of() -> Callable[[dict[str, Any]], ReelgateError]:
    """Return what makes an error of a case's description."""
    return _error


@pytest.fixture(scope="session")
def check_documented() -> Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], None]:
    """Return what compares a case's answer with the OpenAPI document."""
    return _check_documented


def _task(described: dict[str, Any]) -> Task:
    created_at = dt.datetime.fromisoformat(described.get("created_at", "2026-05-17T08:00:00.123Z"))
    ended = described.get("completed_at")
    picture = described.get("picture")
    folder = f"tasks/{TASK_ID.hex}/1" if "copies_uri" in described else "videos"
    return Task(
        id=TASK_ID,
        account_id=uuid.UUID(int=7),
        dialect=described.get("dialect", "veo4api"),
        spec=TaskSpec(
            mode=Mode(described.get("mode", "text_to_video")),
            model=described["model"],
            prompt=described.get("prompt", "A majestic dragon soaring..."),
            samples=described.get("samples", 1),
            inputs=(_input(picture),) if picture else (),
            copies_uri=described.get("copies_uri"),
        ),
        state=State(described["state"]),
        progress=described.get("progress"),
        price_microcredits=described.get("price_credits", 0) * 1_000_000,
        failure=Failure(**described["failure"]) if "failure" in described else None,
        artifacts=tuple(_video(sample, created_at, folder) for sample in range(described.get("videos", 0))),
        created_at=created_at,
        completed_at=dt.datetime.fromisoformat(ended) if ended else None,
    )


def _input(picture: dict[str, Any]) -> Input:
    source = StoredSource(
        object_key="inputs/x.jpg",
        media_type=picture["media_type"],
        size_bytes=4321,
        sha256="00",
        width_px=640,
        height_px=360,
        file_name=picture["file_name"],
    )
    return Input(role=Role.FIRST_FRAME, source=source, field="image")


def _video(sample: int, created_at: dt.datetime, folder: str) -> Artifact:
    return Artifact(
        id=uuid.UUID(int=sample),
        task_id=TASK_ID,
        kind=ArtifactKind.VIDEO,
        sample=sample,
        object_key=f"{folder}/{sample}.mp4",
        media_type="video/mp4",
        size_bytes=1,
        sha256="00",
        created_at=created_at,
    )


def _error(described: dict[str, Any]) -> ReelgateError:
    kind: type[ReelgateError] = getattr(errors, described["class"])
    arguments = described["arguments"]
    if kind is FieldsInvalid:
        return FieldsInvalid([FieldProblem(**problem) for problem in arguments["problems"]])
    if kind is errors.OnceKeyReused:
        return errors.OnceKeyReused(uuid.UUID(arguments["task_id"]))
    return kind(**arguments) if "__init__" in vars(kind) else kind(arguments["message"])


def _check_documented(document: dict[str, Any], request: dict[str, Any], answer: dict[str, Any]) -> None:
    operation = document["paths"][request["path"]][request["method"].lower()]
    schema = operation["responses"][str(answer["status"])]["content"]["application/json"]["schema"]
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(answer["body"])
