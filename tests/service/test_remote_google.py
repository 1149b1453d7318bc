"""Veo on Vertex and Gemini Omni through the worker, against stand-ins that speak Google's wires."""

import base64
import json
import pathlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from fakes import PRICE, make_spec, open_account
from faraway import ENGINE, assert_ended, drive, put, with_pools
from reelgate.core.task import ArtifactKind, Mode, Role, State
from reelgate.core.upstream import Access, Credential, Place, Pool, RemoteEngine, RemoteInput, RemoteOrder
from reelgate.engines.omni.engine import Omni
from reelgate.engines.vertex.access import GoogleAccess
from reelgate.engines.vertex.engine import MODELS, Vertex
from reelgate.store.accounts import Principal, load_balance
from reelgate.upstreams import KeyAccess
from reelgate.worker import patience, send
from reelgate.worker.send import Sender
from reelgate.worker.workshop import Workshop
from standin import Reply, Request, StandIn, says

OPERATION = "projects/p/locations/l/publishers/google/models/veo-3.1-generate-001/operations/1"
FILTERED = "Veo could not generate 1 videos. You will not be charged. Support codes: 58061214"
TYPE = {"@type": "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse"}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less than in earnest for what never comes."""
    monkeypatch.setattr(patience, "TRY_AGAIN_S", 0.02)
    monkeypatch.setattr(patience, "TRY_FOR_S", 0.1)
    monkeypatch.setattr(send, "READ_S", 0.3)


@pytest.fixture
async def principal(workshop: Workshop) -> Principal:
    """Somebody who can pay for four tasks."""
    return await open_account(workshop.database, 4 * PRICE)


@pytest.fixture
def content(video: pathlib.Path) -> bytes:
    """What the upstreams make."""
    return video.read_bytes()


def pool(engine: RemoteEngine, url: str, access: Access, **settings: str) -> Pool:
    place = Place(name="default", base_url=url, settings=settings)
    return Pool(engine=engine, credentials=(Credential(place=place, access=access, masked="…"),))


def google(ends: Callable[[Request], Reply], content: bytes) -> StandIn:
    """Return Vertex, its bucket and its token server in one; `ends` says what the second question is answered."""
    asked = 0

    def kind_of(request: Request) -> str:
        for kind, mark in (("submit", ":predictLongRunning"), ("poll", ":fetchPredictOperation"), ("token", "/token")):
            if request.path.endswith(mark):
                return kind
        return "content"

    def answer(request: Request) -> Reply:
        nonlocal asked
        match kind_of(request):
            case "token":
                return Reply.of({"access_token": "fresh-token", "expires_in": 3600, "token_type": "Bearer"})
            case "submit":
                return Reply.of({"name": OPERATION})
            case "poll":
                asked += 1
                return Reply.of({"name": OPERATION}) if asked == 1 else ends(request)
            case _:
                return Reply(body=content, media_type="video/mp4")

    return StandIn(answer=answer, kind_of=kind_of)


def done(**response: Any) -> Callable[[Request], Reply]:
    return lambda _: Reply.of({"name": OPERATION, "done": True, "response": TYPE | response})


def service_account(path: pathlib.Path, token_url: str) -> pathlib.Path:
    """Write a service account's file with a key that nobody knows."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    facts = {"type": "service_account", "project_id": "p", "private_key_id": "1", "private_key": pem}
    facts |= {"client_email": "a@p.iam.gserviceaccount.com", "token_uri": token_url}
    path.write_text(json.dumps(facts))
    return path


def far_vertex(url: str, access: Access) -> Pool:
    engine = Vertex(name=ENGINE, models={"veo-4": MODELS["veo-4"]})
    engine = replace(engine, capabilities=replace(engine.capabilities, durations_s=range(1, 9), model_durations_s={}))
    return pool(engine, url, access, project="p", location="l", storage_url=url)


async def test_vertex_with_a_service_account(
    workshop: Workshop, principal: Principal, content: bytes, tmp_path: pathlib.Path
) -> None:
    """The token is fetched once, base64 in the answer and a file in a bucket are both stored."""
    videos = [
        {"bytesBase64Encoded": base64.b64encode(content).decode(), "mimeType": "video/mp4"},
        {"gcsUri": "gs://bucket/a b/sample_1.mp4", "mimeType": "video/mp4"},
    ]
    async with google(done(videos=videos), content).serve() as standin, Sender() as sender:
        access = GoogleAccess(path=service_account(tmp_path / "account.json", f"{standin.url}/token"))
        far = with_pools(workshop, sender, far_vertex(standin.url, access))
        task = await drive(far, await put(far, principal, samples=2))
    assert task.state is State.SUCCEEDED
    assert len(task.files(ArtifactKind.VIDEO)) == 2
    assert await load_balance(far.database, principal.account_id) == (3 * PRICE, 0)
    assert len(standin.of_kind("token")) == 1
    assert b"urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer" in standin.of_kind("token")[0].body
    others = [request for request in standin.requests if not request.path.endswith("/token")]
    assert {request.headers["authorization"] for request in others} == {"Bearer fresh-token"}
    (fetched,) = standin.of_kind("content")
    assert fetched.path == "/storage/v1/b/bucket/o/a%20b%2Fsample_1.mp4?alt=media"
    await assert_ended(far, principal, task, tmp_path)


async def test_vertex_without_a_token(workshop: Workshop, principal: Principal, tmp_path: pathlib.Path) -> None:
    """A file that is not there rests the credential; nothing is sent."""
    async with google(done(), b"").serve() as standin, Sender() as sender:
        far = with_pools(workshop, sender, far_vertex(standin.url, GoogleAccess(path=tmp_path / "missing.json")))
        task_id = await put(far, principal)
        with pytest.raises(AssertionError, match="does not end"):
            await drive(far, task_id, steps_max=4)
    assert standin.requests == []
    assert await far.database.fetchval("SELECT trouble FROM upstream_credentials") == (
        "Google gives no token: FileNotFoundError."
    )


@pytest.mark.parametrize(
    ("ends", "state", "code", "said", "filtered"),
    [
        (done(raiMediaFilteredCount=1, raiMediaFilteredReasons=[FILTERED]), "failed", "engine_refused", "(child)", 1),
        (done(raiMediaFilteredCount=0), "failed", "engine_failed", "without a video", 0),
        (lambda _: Reply.of({"name": OPERATION, "done": True}), "failed", "engine_failed", "without a video", 0),
        (
            lambda _: Reply.of({"name": OPERATION, "done": True, "error": {"code": 13, "message": "Internal."}}),
            "failed", "engine_failed", "Internal.", 0,
        ),
        (
            lambda _: Reply.of({"name": OPERATION, "done": True, "error": {"code": 3, "message": "Bad image."}}),
            "failed", "engine_refused", "Bad image.", 0,
        ),
        (
            lambda _: Reply.of({"name": OPERATION, "done": True, "error": {"code": 4, "message": "Too slow."}}),
            "failed", "engine_timeout", "Too slow.", 0,
        ),
        (
            lambda _: Reply.of({"error": {"code": 404, "message": "gone", "status": "NOT_FOUND"}}, 404),
            "failed", "engine_lost", "does not know the job", 0,
        ),
        (done(videos=[{"mimeType": "video/mp4"}]), "failed", "engine_failed", "no carrier", 0),
    ],
    ids=["all filtered", "empty", "no response", "internal", "refused", "timeout", "gone", "no carrier"],
)  # fmt: skip
async def test_every_ending_of_a_veo_job(  # noqa: PLR0917 - one row of the table
    workshop: Workshop,
    principal: Principal,
    tmp_path: pathlib.Path,
    ends: Callable[[Request], Reply],
    state: str,
    code: str,
    said: str,
    filtered: int,
) -> None:
    """Each has its own outcome, and none of these is charged."""
    async with google(ends, b"").serve() as standin, Sender() as sender:
        far = with_pools(workshop, sender, far_vertex(standin.url, KeyAccess("token")))
        task = await drive(far, await put(far, principal))
    assert task.failure
    assert (task.state, task.failure.code, task.filtered_count) == (state, code, filtered)
    assert said in task.failure.message
    await assert_ended(far, principal, task, tmp_path)


async def test_some_samples_filtered(
    workshop: Workshop, principal: Principal, content: bytes, tmp_path: pathlib.Path
) -> None:
    """What was delivered is charged, and why the rest was not is kept."""
    videos = [{"bytesBase64Encoded": base64.b64encode(content).decode(), "mimeType": "video/mp4"}]
    ends = done(videos=videos, raiMediaFilteredCount=1, raiMediaFilteredReasons=[FILTERED])
    async with google(ends, content).serve() as standin, Sender() as sender:
        far = with_pools(workshop, sender, far_vertex(standin.url, KeyAccess("token")))
        task = await drive(far, await put(far, principal, samples=2))
    assert (task.state, task.filtered_count) == (State.SUCCEEDED, 1)
    assert task.filtered_reasons == (f"{FILTERED} (child)",)
    assert await load_balance(far.database, principal.account_id) == (3 * PRICE + PRICE // 2, 0)
    await assert_ended(far, principal, task, tmp_path)


async def test_a_quota_of_vertex_says_when(workshop: Workshop, principal: Principal, content: bytes) -> None:
    """RetryInfo stands in the body, not in a header."""
    videos = [{"bytesBase64Encoded": base64.b64encode(content).decode(), "mimeType": "video/mp4"}]
    error = {"code": 429, "message": "Quota", "details": [{"@type": "x/google.rpc.RetryInfo", "retryDelay": "33s"}]}
    async with google(done(videos=videos), content).serve() as standin, Sender() as sender:
        standin.mischief["submit"] = [says(Reply.of([{"error": error}], 429))]
        far = with_pools(workshop, sender, far_vertex(standin.url, KeyAccess("token")))
        begun = far.clock()
        task = await drive(far, await put(far, principal))
    assert task.state is State.SUCCEEDED
    assert (far.clock() - begun).total_seconds() > 33


class Interactions:
    """Omni and its files in one."""

    def __init__(self, content: bytes) -> None:
        """Begin with nothing asked."""
        self.content = content
        self.asked = 0
        #: What the second question is answered.
        self.ends: dict[str, Any] = {}

    def kind_of(self, request: Request) -> str:
        """Return what is asked."""
        if request.path.endswith("/cancel"):
            return "cancel"
        if request.method == "POST":
            return "submit"
        return "poll" if request.path.startswith("/v1beta/interactions/") else "content"

    def answer(self, request: Request) -> Reply:
        """Answer."""
        match self.kind_of(request):
            case "submit" | "cancel":
                return Reply.of({"id": "v1_abc", "status": "in_progress", "object": "interaction"})
            case "poll":
                self.asked += 1
                more = {"status": "in_progress"} if self.asked == 1 else self.ends
                return Reply.of({"id": "v1_abc", "object": "interaction", **more})
            case _:
                return Reply(body=self.content, media_type="video/mp4")


@pytest.fixture
async def omni(workshop: Workshop, content: bytes) -> AsyncIterator[tuple[Workshop, StandIn, Interactions]]:
    """A workshop whose only engine is Omni."""
    spoken = Interactions(content)
    async with StandIn(answer=spoken.answer, kind_of=spoken.kind_of).serve() as standin, Sender() as sender:
        engine = Omni(name=ENGINE, models={"*": "gemini-omni-1.2-flash"})
        engine = replace(
            engine, capabilities=replace(engine.capabilities, durations_s=range(1, 9), model_durations_s={})
        )
        access = KeyAccess("AIza", "x-goog-api-key", "")
        yield with_pools(workshop, sender, pool(engine, standin.url, access)), standin, spoken


def made(*content: dict[str, Any]) -> dict[str, Any]:
    steps = [{"type": "user_input", "content": [{"type": "text", "text": "a boat"}]}, {"type": "thought"}]
    return {"status": "completed", "steps": [*steps, {"type": "model_output", "content": list(content)}]}


async def test_omni_in_the_background(
    omni: tuple[Workshop, StandIn, Interactions], principal: Principal, tmp_path: pathlib.Path
) -> None:
    """Created, asked for twice, fetched by its uri with the key."""
    far, standin, spoken = omni
    spoken.ends = made({"type": "video", "mime_type": "video/mp4", "uri": f"{standin.url}/v1beta/files/x:download"})
    task = await drive(far, await put(far, principal, seed=7))
    assert task.state is State.SUCCEEDED
    (submit,) = standin.of_kind("submit")
    assert submit.json == {
        "model": "gemini-omni-1.2-flash",
        "input": "a boat",
        "response_format": {
            "type": "video", "aspect_ratio": "16:9", "resolution": "720p", "duration": "1s", "delivery": "uri",
        },
        "generation_config": {"video_config": {"task": "text_to_video"}, "seed": 7},
        "background": True,
        "store": True,
    }  # fmt: skip
    assert {request.headers["x-goog-api-key"] for request in standin.requests} == {"AIza"}
    await assert_ended(far, principal, task, tmp_path)


@pytest.mark.parametrize(("mode", "lasts"), [(Mode.EXTEND, {"duration": "7s"}), (Mode.UPSCALE, {})])
def test_omni_is_given_the_video_that_it_goes_on_from(mode: Mode, lasts: dict[str, str]) -> None:
    """Beside the prompt; how long an upscaled video lasts is its own affair."""
    source = RemoteInput(role=Role.SOURCE_VIDEO, content=b"a video", media_type="video/mp4")
    spec = make_spec(mode=mode, duration_s=8, added_s=7)
    order = RemoteOrder(spec=spec, inputs=(source,), model="gemini-omni-1.2-flash", reference="r")
    call = Omni(name=ENGINE, models={}).submit_call(order, Place(name="default", base_url="http://host"))
    sent = json.loads(call.body or b"")
    text, video = sent["input"]
    assert text == {"type": "text", "text": "a boat"}
    assert video == {"type": "video", "data": base64.b64encode(b"a video").decode(), "mime_type": "video/mp4"}
    assert sent["generation_config"]["video_config"] == {"task": mode.value}
    assert {name: value for name, value in sent["response_format"].items() if name == "duration"} == lasts


@pytest.mark.parametrize(
    ("ends", "code", "said"),
    [
        (made({"type": "text", "text": "I cannot make that."}), "engine_refused", "I cannot make that."),
        (made(), "engine_failed", "without a video"),
        ({"status": "failed", "error": {"code": "internal", "message": "Oh."}}, "engine_failed", "Oh."),
        ({"status": "failed", "error": {"code": "safety_blocked", "message": "No."}}, "engine_refused", "No."),
        ({"status": "budget_exceeded"}, "engine_failed", "budget"),
        ({"status": "incomplete"}, "engine_failed", "stopped before"),
        ({"status": "cancelled"}, "engine_failed", "canceled"),
        ({"status": "requires_action"}, "engine_failed", "unknown status 'requires_action'"),
        (made({"type": "video", "uri": "http://127.0.0.1:9/x"}), "engine_failed", "lies where nothing is fetched"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_every_ending_of_an_interaction(
    omni: tuple[Workshop, StandIn, Interactions],
    principal: Principal,
    tmp_path: pathlib.Path,
    ends: dict[str, Any],
    code: str,
    said: str,
) -> None:
    """A completion of nothing but words is a refusal; a uri elsewhere is fetched like a stranger's, without the key."""
    far, standin, spoken = omni
    spoken.ends = ends
    task = await drive(far, await put(far, principal))
    assert task.failure
    assert (task.state, task.failure.code) == (State.FAILED, code)
    assert said in task.failure.message
    assert len(standin.of_kind("cancel")) == 1
    await assert_ended(far, principal, task, tmp_path)


async def test_an_interaction_that_is_gone(
    omni: tuple[Workshop, StandIn, Interactions], principal: Principal, tmp_path: pathlib.Path
) -> None:
    """Its id is answered with 400, and a text for a code."""
    far, standin, _ = omni
    gone = Reply.of({"error": {"message": "Invalid interaction name", "code": "invalid_request"}}, 400)
    standin.mischief["poll"] = [says(gone)]
    task = await drive(far, await put(far, principal))
    assert task.failure
    assert task.failure.code == "engine_lost"
    await assert_ended(far, principal, task, tmp_path)
