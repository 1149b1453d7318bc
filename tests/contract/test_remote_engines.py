"""One suite for every engine behind HTTP: what holds for all of them, whatever their wire.

A new engine is one entry of `ENGINES`: itself, a place, what its submit answers, and how its jobs look alive and done.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from fakes import make_spec
from reelgate.core.task import Mode, Role
from reelgate.core.upstream import (
    Done,
    Failed,
    Gone,
    HttpCall,
    HttpReply,
    NotNow,
    Place,
    RemoteEngine,
    RemoteInput,
    RemoteOrder,
    Running,
    Unclear,
    Unknown,
    UpstreamJob,
)
from reelgate.engines.omni.engine import Omni
from reelgate.engines.openai_videos.engine import OpenAiVideos
from reelgate.engines.vertex.engine import Vertex

OPERATION = "projects/p/locations/l/publishers/google/models/veo-3.1-generate-001/operations/1"
INPUTS = {
    Mode.TEXT_TO_VIDEO: (),
    Mode.IMAGE_TO_VIDEO: (Role.FIRST_FRAME,),
    Mode.FIRST_LAST_FRAME: (Role.FIRST_FRAME, Role.LAST_FRAME),
    Mode.REFERENCE_TO_VIDEO: (Role.REFERENCE,) * 3,
    Mode.EXTEND: (Role.SOURCE_VIDEO,),
    Mode.UPSCALE: (Role.SOURCE_VIDEO,),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """An engine, and how its upstream talks."""

    engine: RemoteEngine
    model: str
    accepted: Any
    handle: str
    running: Any
    done: Any
    settings: dict[str, str]


ENGINES = {
    "openai_videos": Case(
        engine=OpenAiVideos(name="openai_videos", models={"*": "wan"}, extensions=frozenset({"seed", "audio"})),
        model="veo-4",
        accepted={"id": "video_1", "status": "queued"},
        handle="video_1",
        running={"id": "video_1", "status": "in_progress", "progress": 40},
        done={"id": "video_1", "status": "completed"},
        settings={},
    ),
    "vertex": Case(
        engine=Vertex(),
        model="veo-3.1",
        accepted={"name": OPERATION},
        handle=OPERATION,
        running={"name": OPERATION, "metadata": {}},
        done={"name": OPERATION, "done": True, "response": {"videos": [{"gcsUri": "gs://b/o.mp4"}]}},
        settings={"project": "p", "location": "l"},
    ),
    "omni": Case(
        engine=Omni(name="omni", models={"*": "gemini-omni-1.2-flash"}),
        model="veo-3.1",
        accepted={"id": "v1_x", "status": "in_progress"},
        handle="v1_x",
        running={"id": "v1_x", "status": "queued"},
        done={
            "id": "v1_x",
            "status": "completed",
            "steps": [{"type": "model_output", "content": [{"type": "video", "uri": "http://host/file"}]}],
        },
        settings={},
    ),
}


@pytest.fixture(params=ENGINES.values(), ids=list(ENGINES))
def case(request: pytest.FixtureRequest) -> Case:
    """Each engine."""
    found: Case = request.param
    return found


def place(case: Case) -> Place:
    return Place(name="default", base_url="http://host/base", settings=case.settings)


def reply(body: object, status: int = 200, **headers: str) -> HttpReply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpReply(status=status, headers={n.replace("_", "-"): v for n, v in headers.items()}, body=content)


def order(case: Case, mode: Mode) -> RemoteOrder:
    inputs = tuple(
        RemoteInput(
            role=role, content=b"\xff\xd8\xffx", media_type="video/mp4" if role is Role.SOURCE_VIDEO else "image/jpeg"
        )
        for role in INPUTS[mode]
    )
    model = case.engine.model_for(case.model)
    assert model
    return RemoteOrder(spec=make_spec(mode=mode, duration_s=8), inputs=inputs, model=model, reference="ref-1")


def job(case: Case) -> UpstreamJob:
    return UpstreamJob(handle=case.handle)


def assert_plain(call: HttpCall) -> None:
    """A call goes to the place and carries nothing that authorises it."""
    assert call.url.startswith("http://host/base/")
    assert not {"authorization", "x-goog-api-key", "cookie"} & {name.lower() for name in call.headers}
    assert 0 < call.total_s <= 600


def test_every_mode_that_it_claims_can_be_submitted(case: Case) -> None:
    """The call holds the prompt and every input, and the same order gives the same call."""
    assert case.engine.capabilities.remote
    for mode in case.engine.capabilities.modes:
        call = case.engine.submit_call(order(case, mode), place(case))
        assert_plain(call)
        assert call.method == "POST"
        assert b"a boat" in (call.body or b"")
        assert len(call.body or b"") > 40 * len(INPUTS[mode])
        assert call == case.engine.submit_call(order(case, mode), place(case))


def test_an_accepted_submit_has_a_handle(case: Case) -> None:
    """Which the calls about the job name."""
    assert case.engine.read_submit(reply(case.accepted)) == job(case)
    assert_plain(case.engine.poll_call(job(case), place(case)))
    cancel = case.engine.cancel_call(job(case), place(case))
    assert (cancel is not None) == case.engine.capabilities.cancel_real
    if cancel is not None:
        assert_plain(cancel)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b"null", b'{"id": 5}', b"\xff\xfe", b'"x"'])
def test_a_success_without_a_handle_is_unclear(case: Case, body: bytes) -> None:
    """It may have been taken in all the same."""
    assert isinstance(case.engine.read_submit(reply(body)), Unclear)


@pytest.mark.parametrize(
    "body", [b"", b"<html>no</html>", b"{}", b"[]", b'{"error": "text"}', b'{"error": {"code": 1}}']
)
def test_refusals_need_no_proper_body(case: Case, body: bytes) -> None:
    """Statuses decide; nothing crashes on what a proxy says."""
    read = case.engine.read_submit
    assert read(reply(body, 429, retry_after="9")) == NotNow(
        reason=read(reply(body, 429, retry_after="9")).reason,  # type: ignore[union-attr] # it has one
        retry_after_s=9,
    )
    for status in (500, 503):
        assert isinstance(read(reply(body, status)), NotNow)
    for status in (401, 403, 404):
        answer = read(reply(body, status))
        assert isinstance(answer, NotNow)
        assert answer.credential_bad
    for status in (502, 504):
        assert isinstance(read(reply(body, status)), Unclear)
    for status in (400, 413, 422):
        answer = read(reply(body, status))
        assert isinstance(answer, Failed)
        assert str(answer.error)


def test_a_job_is_alive_and_then_done(case: Case) -> None:
    """Progress is only what the upstream says."""
    running = case.engine.read_poll(reply(case.running), job(case), place(case))
    assert isinstance(running, Running)
    assert (running.progress is not None) == case.engine.capabilities.progress_known
    done = case.engine.read_poll(reply(case.done), job(case), place(case))
    assert isinstance(done, Done)
    assert len(done.outputs) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"[]", b"null", b'{"status": []}', b"\xff"])
def test_nonsense_is_unknown(case: Case, body: bytes) -> None:
    """And never an end."""
    assert isinstance(case.engine.read_poll(reply(body), job(case), place(case)), Unknown)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503, 504])
def test_a_question_that_fails_says_nothing_about_the_job(case: Case, status: int) -> None:
    """It is put again."""
    assert isinstance(case.engine.read_poll(reply(b"oops", status), job(case), place(case)), NotNow)


def test_a_job_that_is_not_known_is_gone(case: Case) -> None:
    """By the status of every wire."""
    assert case.engine.read_poll(reply({}, 404), job(case), place(case)) == Gone()


def test_models_that_it_does_not_serve_have_no_name(case: Case) -> None:
    """Unless it serves all."""
    assert case.engine.model_for(case.model)
    assert isinstance(case.engine.model_for("no such model"), str | None)
