"""What the vertex engine sends is, field for field, what Google's own SDK sends for the same request."""

import asyncio
from typing import Any

from acceptance.client_environments import client_python, run_client
from fakes import make_spec
from reelgate.core.task import AspectRatio, Mode, PersonGeneration, Resolution, Role
from reelgate.core.upstream import HttpCall, Place, RemoteInput, RemoteOrder, UpstreamJob
from reelgate.engines.vertex.engine import Vertex
from standin import Reply, Request, StandIn

NAME = "projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001/operations/o"
FIRST = RemoteInput(role=Role.FIRST_FRAME, content=b"first", media_type="image/jpeg")
LAST = RemoteInput(role=Role.LAST_FRAME, content=b"last", media_type="image/png")
REFERENCE = RemoteInput(role=Role.REFERENCE, content=b"first", media_type="image/jpeg")
CLIP = RemoteInput(role=Role.SOURCE_VIDEO, content=b"clip", media_type="video/mp4")


def call(mode: Mode, *inputs: RemoteInput, model: str = "veo-3.1-generate-001", **changes: Any) -> HttpCall:
    settings = {"project": "p", "location": "us-central1"} | changes.pop("settings", {})
    spec = make_spec(mode=mode, duration_s=8, **changes)
    order = RemoteOrder(spec=spec, inputs=inputs, model=model, reference="ref")
    return Vertex().submit_call(order, Place(name="default", base_url="http://host", settings=settings))


async def test_every_mode_is_sent_as_the_sdk_sends_it() -> None:
    """Instances, parameters and paths; the SDK says v1beta1 where Google's pages say v1."""

    def answer(request: Request) -> Reply:
        return Reply.of({"name": NAME})

    async with StandIn(answer=answer).serve() as standin:
        python = await asyncio.to_thread(client_python, "google-genai-3")
        facts = await asyncio.to_thread(run_client, python, "vertex_bodies.py", standin.url)
    assert facts["version"].startswith("3.")
    everything: dict[str, Any] = {
        "samples": 2,
        "aspect_ratio": AspectRatio.TALL,
        "resolution": Resolution.P1080,
        "person_generation": PersonGeneration.ALLOW_ADULT,
        "negative_prompt": "rain",
        "enhance_prompt": True,
        "audio": False,
        "settings": {"storage_uri": "gs://bucket/prefix"},
    }
    ours = [
        call(Mode.TEXT_TO_VIDEO, **everything),
        call(Mode.IMAGE_TO_VIDEO, FIRST),
        call(Mode.FIRST_LAST_FRAME, FIRST, LAST),
        call(Mode.REFERENCE_TO_VIDEO, REFERENCE, REFERENCE),
        call(Mode.EXTEND, CLIP),
        call(Mode.TEXT_TO_VIDEO, model="veo-2.0-generate-001", audio=False),
    ]
    theirs = [request for request in standin.requests if request.path.endswith(":predictLongRunning")]
    assert [request.json for request in theirs] == [_body(made) for made in ours]
    assert [request.path for request in theirs] == [_path(made) for made in ours]
    question = next(request for request in standin.requests if request.path.endswith(":fetchPredictOperation"))
    asked = Vertex().poll_call(UpstreamJob(handle=NAME), Place(name="default", base_url="http://host"))
    assert (question.method, question.json, question.path) == (asked.method, _body(asked), _path(asked))


def _body(made: HttpCall) -> Any:
    return Request(method=made.method, path="", headers={}, body=made.body or b"").json


def _path(made: HttpCall) -> str:
    return made.url.removeprefix("http://host").replace("/v1/", "/v1beta1/")
