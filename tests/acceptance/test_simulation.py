"""What real services do, rehearsed: every directive of docs/reference/simulation.md, through two wires each."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from running import Server, pause, serving

PATIENCE = 600


@dataclass(frozen=True, kw_only=True)
class Wire:
    """How one wire is asked and answers."""

    path: str
    body: Callable[[str, int], dict[str, Any]]
    #: Given what a create was answered, where to poll.
    poll: Callable[[Any], str]
    ended: Callable[[Any], bool]
    headers: Callable[[str], dict[str, str]]
    #: What is sent to poll, where that is a POST.
    poll_body: Callable[[Any], dict[str, Any]] | None = None
    accepted: int = 200


VERTEX = "/v1/projects/p/locations/l/publishers/google/models/animatic"

WIRES = {
    "veo4api": Wire(
        path="/api/video/veo4/generate",
        body=lambda prompt, _: {"prompt": prompt, "model": "animatic", "duration": 1},
        poll=lambda made: f"/api/video/veo4/status?task_id={made['task_id']}",
        ended=lambda shown: shown["status"] in ("succeeded", "failed", "canceled"),
        headers=lambda key: {"authorization": f"Bearer {key}"},
    ),
    "veoapi": Wire(
        path="/v1/video/generations",
        body=lambda prompt, _: {"prompt": prompt, "model": "animatic", "duration": 1},
        poll=lambda made: f"/v1/video/generations/{made['id']}",
        ended=lambda shown: shown["status"] in ("succeeded", "failed"),
        headers=lambda key: {"authorization": f"Bearer {key}"},
    ),
    "gemini": Wire(
        path="/v1beta/models/animatic:predictLongRunning",
        body=lambda prompt, samples: {
            "instances": [{"prompt": prompt}],
            "parameters": {"durationSeconds": 1, "sampleCount": samples},
        },
        poll=lambda made: f"/v1beta/{made['name']}",
        ended=lambda shown: bool(shown.get("done")),
        headers=lambda key: {"x-goog-api-key": key},
    ),
    "vertex": Wire(
        path=f"{VERTEX}:predictLongRunning",
        body=lambda prompt, samples: {
            "instances": [{"prompt": prompt}],
            "parameters": {"durationSeconds": 1, "sampleCount": samples},
        },
        poll=lambda _: f"{VERTEX}:fetchPredictOperation",
        poll_body=lambda made: {"operationName": made["name"]},
        ended=lambda shown: bool(shown.get("done")),
        headers=lambda key: {"authorization": f"Bearer {key}"},
    ),
    "veo3gen": Wire(
        path="/api/veo/text-to-video",
        body=lambda prompt, samples: {
            "prompt": prompt,
            "model": "animatic",
            "durationSeconds": 1,
            "sampleCount": samples,
        },
        poll=lambda made: f"/api/veo/status/{made['taskId']}",
        ended=lambda shown: shown["status"] in ("completed", "failed"),
        headers=lambda key: {"authorization": f"Bearer {key}", "x-api-key": key},
        accepted=202,
    ),
    "openai": Wire(
        path="/v1/videos",
        body=lambda prompt, _: {"prompt": prompt, "model": "animatic", "seconds": "1"},
        poll=lambda made: f"/v1/videos/{made['id']}",
        ended=lambda shown: shown["status"] in ("completed", "failed"),
        headers=lambda key: {"authorization": f"Bearer {key}"},
    ),
}
TWO = ("veo4api", "gemini")


@dataclass(frozen=True)
class Caller:
    """Somebody who uses one wire."""

    client: httpx2.Client
    wire: Wire

    def create(self, directive: str, samples: int = 1) -> httpx2.Response:
        """Ask for a video."""
        return self.client.post(self.wire.path, json=self.wire.body(f"a boat [[sim: {directive}]]", samples))

    def show(self, made: Any) -> Any:
        """Poll once."""
        if self.wire.poll_body:
            return self.client.post(self.wire.poll(made), json=self.wire.poll_body(made)).json()
        return self.client.get(self.wire.poll(made)).json()

    def finish(self, directive: str, samples: int = 1) -> Any:
        """Ask for a video and wait for its end."""
        answer = self.create(directive, samples)
        assert answer.status_code == self.wire.accepted, answer.text
        for _ in range(PATIENCE):
            if self.wire.ended(shown := self.show(answer.json())):
                return shown
            pause(0.1)
        raise AssertionError("it did not end")


@pytest.fixture
def caller(server: Server, request: pytest.FixtureRequest) -> Any:
    """One on the wire that a test names."""
    wire = WIRES[request.param]
    with httpx2.Client(base_url=server.url, headers=wire.headers(server.key), timeout=60) as client:
        yield Caller(client, wire)


on = pytest.mark.parametrize


@on("caller", TWO, indirect=True)
@on(("status", "more"), [(402, ""), (409, ""), (429, ", retry_after=30"), (500, ""), (503, "")])
def test_a_request_is_refused(caller: Caller, status: int, more: str) -> None:
    """In the wire's own envelope; where the wire has another status for it, that is the one."""
    answer = caller.create(f"submit={status}{more}")
    theirs = {402: {402, 429}, 409: {409, 400}}.get(status, {status})
    assert answer.status_code in theirs, answer.text
    assert "error" in answer.json()
    if status == 429:
        assert answer.headers["retry-after"] == "30"


@on("caller", TWO, indirect=True)
@on(
    ("directive", "said"),
    [
        ("fail=error", "failed, as rehearsed"),
        ("fail=timeout", "took too long, as rehearsed"),
        ("fail=lost", "was lost, as rehearsed"),
        ("duration=wrong", "2.00 s, not 1 s"),
    ],
)
def test_a_task_fails(caller: Caller, directive: str, said: str) -> None:
    """After it was accepted, with the cause that a real one would have."""
    assert said in str(caller.finish(directive)["error"])


@on("caller", TWO, indirect=True)
@on("directive", ["fail=refused", 'filter=all, reason="too much fog"'])
def test_everything_is_filtered(caller: Caller, directive: str) -> None:
    """Each wire says so in its own way."""
    shown = caller.finish(directive)
    reason = "too much fog" if "fog" in directive else "content policy"
    if "response" in shown:
        response = shown["response"]["generateVideoResponse"]
        assert response["raiMediaFilteredCount"] == 1
        assert reason in response["raiMediaFilteredReasons"][0]
    else:
        assert shown["error"]["code"] == "content_policy_violation"
        assert reason in shown["error"]["message"]


def delivered(shown: Any) -> tuple[int, int]:
    """Return how many videos an ended task shows, and how many were filtered, of which "fog" is said to be the cause.

    A wire without a word for filtered samples shows those that are left.
    """
    if "videos" in shown:
        return len(shown["videos"]), 0
    response = shown["response"]
    response = response.get("generateVideoResponse", response)
    assert response["raiMediaFilteredReasons"][0] == "fog"
    videos = response.get("generatedSamples", response.get("videos"))
    return len(videos), response["raiMediaFilteredCount"]


@on(("caller", "told"), [("gemini", True), ("vertex", True), ("veo3gen", False)], indirect=["caller"])
def test_some_samples_are_filtered(caller: Caller, told: bool, server: Server) -> None:  # noqa: FBT001 - a column of the table
    """The rest arrives, as many as are left; another wire shows the task as done."""
    shown = caller.finish("filter=2, reason=fog", samples=3)
    assert delivered(shown) == (1, 2 if told else 0)
    with httpx2.Client(base_url=server.url, headers={"authorization": f"Bearer {server.key}"}) as client:
        newest = client.get("/v1/videos", params={"limit": 1}).json()["data"][0]
    assert newest["status"] == "completed"


@on("caller", ["veo4api", "veoapi"], indirect=True)
def test_a_task_waits_and_takes_its_time(caller: Caller) -> None:
    """It is queued, then it is made slowly, and its progress stops where it is told to."""
    began = dt.datetime.now(dt.UTC)
    made = caller.create("queue=1.5s, run=2s, progress=40").json()
    seen = []
    while not caller.wire.ended(shown := caller.show(made)):
        seen.append((shown["status"], shown.get("progress")))
        pause(0.1)
    assert shown["status"] == "succeeded"
    assert dt.datetime.now(dt.UTC) - began >= dt.timedelta(seconds=3.5)
    assert [status for status, _ in dict.fromkeys((status, None) for status, _ in seen)] == ["queued", "processing"]
    assert {progress for _, progress in seen if progress} <= {*range(41), 99}


def address(caller: Caller, shown: Any) -> str:
    """Return where the video of a finished task is fetched: by a signed link, or at an endpoint of the wire's own."""
    if caller.wire is WIRES["openai"]:
        return f"/v1/videos/{shown['id']}/content"
    if caller.wire is WIRES["gemini"]:
        uri: str = shown["response"]["generateVideoResponse"]["generatedSamples"][0]["video"]["uri"]
        return uri
    if caller.wire is WIRES["veo3gen"]:
        link: str = caller.client.get(f"/api/veo/download/{shown['taskId']}").json()["videos"][0]["url"]
        return link
    url: str = shown["video_url"]
    return url


@on("caller", ["veo4api", "veo3gen", "gemini", "openai"], indirect=True)
def test_a_download_drips_or_breaks(caller: Caller) -> None:
    """The file itself is whole: only this way of fetching it is in trouble, by a link or from the wire itself."""
    slow = address(caller, caller.finish("download=slow"))
    began = dt.datetime.now(dt.UTC)
    whole = caller.client.get(slow)
    assert whole.status_code == 200
    assert len(whole.content) == int(whole.headers["content-length"])
    assert dt.datetime.now(dt.UTC) - began >= dt.timedelta(seconds=0.2)
    broken = address(caller, caller.finish("download=broken"))
    with pytest.raises(httpx2.RemoteProtocolError):
        caller.client.get(broken)


@on("caller", TWO, indirect=True)
def test_a_directive_that_cannot_be_read_is_refused(caller: Caller) -> None:
    """With what is wrong with it."""
    answer = caller.create("fail=badly")
    assert answer.status_code == 400
    assert "fail must be error, timeout, refused or lost" in answer.text


def test_an_operator_turns_it_off(tmp_path: Any) -> None:
    """Then a directive is a part of the prompt like any other."""
    with serving(tmp_path / "data", variables={"REELGATE_SIMULATION": "off"}) as server:
        wire = WIRES["veo4api"]
        with httpx2.Client(base_url=server.url, headers=wire.headers(server.key), timeout=60) as client:
            assert Caller(client, wire).finish("submit=500, fail=error")["status"] == "succeeded"
