"""Every OpenAPI document against the running server, as schemathesis reads it: no 5xx, no undocumented status or shape.

The same requests each time; REELGATE_TEST_EXAMPLES makes that many for each operation instead of the few that suit a
test run, from a seed of its own, which a failure names.
"""

import os
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from acceptance.asks import DATA_URL, ENCODED
from acceptance.conftest import Gate, Tenant
from fakes import load_catalogue
from reelgate.app.wires import DIALECTS
from reelgate.core.tails import to_tail
from reelgate.core.task import ArtifactKind, State, Task
from reelgate.dialects.acedata.translate import to_id as to_acedata_id
from reelgate.dialects.acedata.translate import to_trace_id, to_video_id
from reelgate.dialects.openai.translate import to_id as to_openai_id
from reelgate.dialects.veo3gen.translate import to_id as to_veo3gen_id
from reelgate.dialects.veo4api.translate import to_id as to_veo4api_id
from reelgate.dialects.veoapi.translate import to_id as to_veoapi_id
from reelgate.dialects.vtrix.translate import to_id as to_vtrix_id
from reelgate.store.tasks import load_task
from reelgate.web.openapi import document

EXAMPLES = int(os.environ.get("REELGATE_TEST_EXAMPLES", "0"))
SEED = int(os.environ.get("REELGATE_TEST_SEED", "0")) or int.from_bytes(os.urandom(4), "big")
CATALOGUE = load_catalogue()
DOCUMENTS = {dialect.name: document(dialect, server_url="http://gate.example") for dialect in DIALECTS}


@dataclass(frozen=True)
class Told:
    """An operation of a document, and whether it is asked as it says or otherwise."""

    wire: str
    path: str
    method: str
    mode: GenerationMode

    def __str__(self) -> str:
        return f"{self.wire} {self.method} {self.path} {self.mode.value}"


def can_be_wrong(operation: Mapping[str, Any]) -> bool:
    """Return whether anything but a path can have another shape than the document says."""
    return "requestBody" in operation or any(parameter["in"] == "query" for parameter in operation["parameters"])


OPERATIONS = [
    Told(wire, path, method, mode)
    for wire, described in DOCUMENTS.items()
    for path, methods in described["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or can_be_wrong(operation)
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
PUBLISHER = "projects/p/locations/l/publishers/google/models/m/operations/"

#: By name of a field or parameter, what it may hold beside anything.
Known = Mapping[str, Sequence[Any]]


@pytest.fixture(scope="module")
async def owner(gate: Gate) -> Tenant:
    """An account that can pay for what is asked."""
    return await gate.open_account("documents", credits_granted=1_000_000_000)


@pytest.fixture(scope="module")
async def tasks(gate: Gate, owner: Tenant) -> list[Task]:
    """A task in every state, and one of somebody else."""
    stranger = await gate.open_account("documents-stranger")
    ids = [await gate.put(owner, state) for state in State] + [await gate.put(stranger, State.SUCCEEDED)]
    found = [await load_task(gate.database, task_id) for task_id in ids]
    return [task for task in found if task]


def known_values(wire: str, tasks: Sequence[Task], url: str) -> Known:
    """Return what a wire calls some tasks, their files and its models."""
    ids: dict[str, Any] = {
        "veo4api": to_veo4api_id,
        "veo3gen": to_veo3gen_id,
        "veoapi": to_veoapi_id,
        "acedata": to_acedata_id,
        "vtrix": to_vtrix_id,
        "gemini": to_tail,
        "vertex": str,
        "openai": to_openai_id,
    }
    named = [ids[wire](task.id) for task in tasks] + ["x"]
    files = [to_tail(artifact.id) for task in tasks for artifact in task.files(ArtifactKind.VIDEO)]
    models = [known.name for known, _ in CATALOGUE.listed(wire)] + ["animatic", "x"]
    return {
        **dict.fromkeys(("task_id", "taskId", "videoId", "operation", "after", "extend_task_id", "jobId"), named),
        "id": named,
        "ids": [named[:3]],
        "trace_id": [to_trace_id(task.id) for task in tasks],
        "video_id": [to_video_id(task.id, 0) for task in tasks],
        "operationName": [f"{PUBLISHER}{task.id}" for task in tasks],
        "file": files,
        "uri": [f"{url}/v1beta/files/{file}:download?alt=media" for file in files],
        "model": models,
        "model_id": models,
        "prompt": ["a boat"],
        "callback_url": ["https://hooks.example/veo"],
        "webhook_url": ["https://hooks.example/veo"],
        "uris": [["https://hooks.example/veo"]],
        "image": [DATA_URL] if wire in ("veo4api", "veoapi") else [],
        "image_url": [DATA_URL],
        "image_urls": [[DATA_URL], [DATA_URL] * 2],
        "imageBytes": [ENCODED],
        "bytesBase64Encoded": [ENCODED],
        "duration": [8, 1],
        "durationSeconds": [8, 4],
        "seconds": ["4", "8"],
        "size": ["1280x720", "720x1280"],
        "aspect_ratio": ["16:9", "9:16"],
        "aspectRatio": ["16:9", "9:16"],
        "resolution": ["720p", "1080p"],
        "sampleCount": [1, 2],
        "instances": [[{"prompt": "a boat"}]],
        "negativePrompt": ["dogs"],
        "negative_prompt": ["dogs"],
        "watermark": ["dogs"],
        "personGeneration": ["allow_adult", "allow_all"],
    }


def aimed(value: Any, known: Known, draw: Any) -> Any:
    """Return a body with what is known in most of its places, and often without what is not."""
    if isinstance(value, list):
        return [aimed(part, known, draw) for part in value]
    if not isinstance(value, dict):
        return value
    found = {}
    for name, part in value.items():
        if isinstance(name, str) and known.get(name):
            found[name] = draw(st.sampled_from(known[name])) if draw(st.integers(0, 7)) else aimed(part, known, draw)
        elif name in _WHOLE or draw(st.booleans()):
            found[name] = aimed(part, known, draw)
    return found


#: Fields that hold others, or that nothing goes without.
_WHOLE = {"action", "image", "input", "motion_type", "params", "parameters", "video"}


@pytest.fixture(scope="module")
def session(owner: Tenant) -> Iterator[requests.Session]:
    """Connections that stay open, with the owner's key."""
    with requests.Session() as opened:
        opened.headers.update(owner.headers())
        yield opened


@pytest.mark.parametrize("told", OPERATIONS, ids=str)
def test_an_operation_keeps_to_its_document(
    gate: Gate, tasks: list[Task], session: requests.Session, told: Told
) -> None:
    """Whether a request has the documented shape or not, its answer has."""
    operation = schemathesis.openapi.from_dict(DOCUMENTS[told.wire])[told.path][told.method]
    known = known_values(told.wire, tasks, gate.url)
    quick = 8 if told.mode is GenerationMode.POSITIVE else 3
    if re.search(r"_(key|v1|v1beta1)$", DOCUMENTS[told.wire]["paths"][told.path][told.method]["operationId"]):
        # Another version of a path that has its own turn.
        quick = 2

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES or quick,
        derandomize=not EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=told.mode), data=st.data())
    def ask(case: Any, data: st.DataObject) -> None:
        note(f"REELGATE_TEST_SEED={SEED}")
        for name in case.path_parameters:
            case.path_parameters |= aimed({name: case.path_parameters[name]}, known, data.draw)
        case.query = aimed(case.query, known, data.draw)
        # What was sent before under the same key would be answered again.
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
        case.body = aimed(case.body, known, data.draw)
        if told.wire == "acedata" and isinstance(case.body, dict):
            # Nobody here makes what a connection would be held for.
            case.body["async"] = True
        answer = case.call(base_url=gate.url, session=session, headers={"x-request-id": str(uuid.uuid4())}, timeout=30)
        case.validate_response(answer, checks=CHECKS)

    ask()
