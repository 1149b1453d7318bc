"""Tests of the Gemini API's handlers: HTTP in, HTTP out, over a gateway of fakes."""

import base64
import json
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.tails import to_tail
from reelgate.core.task import Mode, Resolution, State, Task
from reelgate.dialects.gemini.errors import unsupported
from reelgate.dialects.gemini.routes import DIALECT

KEY = {"x-goog-api-key": "good"}
JSON = KEY | {"Content-Type": "application/json"}
PREDICT = "/v1beta/models/veo-3.1-generate-preview:predictLongRunning"
JPEG = base64.b64encode(b"\xff\xd8\xff\xe0picture").decode()
UNKNOWN = "zzz0zzz0zzz0"
VIDEO = uuid.UUID("019e34f2-fc7b-748d-8abc-000000000000")
FILE = to_tail(VIDEO)


def instance(**fields: Any) -> bytes:
    return json.dumps({"instances": [{"prompt": "a pier", **fields}]}).encode()


def parameters(**fields: Any) -> bytes:
    return json.dumps({"instances": [{"prompt": "a pier"}], "parameters": fields}).encode()


def words(answer: bytes) -> tuple[int, str, str]:
    error = json.loads(answer)["error"]
    return error["code"], error["status"], error["message"]


def finished(world: SimpleNamespace, **changes: Any) -> Task:
    """Hold a task whose only video reads "reelgate"."""
    task = world.task(state=State.SUCCEEDED, **changes)
    video = replace(
        task.artifacts[0],
        id=VIDEO, object_key="reelgate", size_bytes=8,
    )  # fmt: skip
    held: Task = world.hold(replace(task, artifacts=(video, *task.artifacts[1:])))
    return held


@pytest.mark.parametrize("version", ["v1beta", "v1"])
async def test_predict_accepts_a_task(version: str, world: SimpleNamespace) -> None:
    """A request is answered with the name of an operation and nothing else."""
    path = PREDICT.replace("v1beta", version)
    status, headers, answer = await world.ask(DIALECT, "POST", path, headers=JSON, body=instance())
    assert (status, headers["content-type"]) == (200, "application/json; charset=UTF-8")
    assert json.loads(answer) == {"name": "models/veo-3.1-generate-preview/operations/000000000000"}
    assert world.accepted[0][2:4] == ("gemini", "veo-3.1")


@pytest.mark.parametrize(
    ("headers", "query"),
    [(KEY, ""), ({}, "?key=good"), ({"Authorization": "Bearer good"}, ""), (KEY, "?key=bad")],
)
async def test_the_key_may_stand_anywhere(headers: dict[str, str], query: str, world: SimpleNamespace) -> None:
    """Header, query and bearer are all read; the header counts."""
    status, _, _ = await world.ask(DIALECT, "GET", f"/v1beta/models{query}", headers=headers)
    assert status == 200


@pytest.mark.parametrize(
    ("headers", "status", "start"),
    [({}, "PERMISSION_DENIED", "Method doesn't allow"), ({"x-goog-api-key": "bad"}, "INVALID_ARGUMENT", "API key not")],
)
@pytest.mark.parametrize("path", ["models", "models/x", "operations/x", "models/x/operations/y", "files/x"])
async def test_a_key_is_needed_everywhere(
    path: str,
    headers: dict[str, str],
    status: str,
    start: str,
    world: SimpleNamespace,
) -> None:
    """No path answers without a key that is known."""
    answered, _, answer = await world.ask(DIALECT, "GET", f"/v1beta/{path}", headers=headers)
    code, name, message = words(answer)
    assert (answered, name) == (code, status)
    assert message.startswith(start)


async def test_an_image_is_decoded_and_stored(world: SimpleNamespace) -> None:
    """What came inline is an input of the task."""
    body = instance(image={"bytesBase64Encoded": JPEG, "mimeType": "image/jpeg"})
    status, _, _ = await world.ask(DIALECT, "POST", PREDICT, headers=JSON, body=body)
    spec = json.loads(world.accepted[0][4])
    assert (status, spec["mode"], len(spec["inputs"])) == (200, "image_to_video", 1)


@pytest.mark.parametrize("path", ["models/veo-3.1-generate-preview/operations", "models/x/operations", "operations"])
async def test_an_operation_is_polled_under_its_name(path: str, world: SimpleNamespace) -> None:
    """A pending one has a name, a finished one has uris that lead to its videos."""
    live = world.hold(world.task(id=uuid.UUID("019e34f2-fc7b-748d-8abc-111111111111"), state=State.PROCESSING))
    status, _, answer = await world.ask(DIALECT, "GET", f"/v1beta/{path}/{to_tail(live.id)}", headers=KEY)
    assert (status, json.loads(answer)) == (200, {"name": f"models/veo-4/operations/{to_tail(live.id)}"})
    done = finished(world)
    _, _, answer = await world.ask(DIALECT, "GET", f"/v1beta/{path}/{to_tail(done.id)}", headers=KEY)
    operation = json.loads(answer)
    assert operation["done"] is True
    (sample,) = operation["response"]["generateVideoResponse"]["generatedSamples"]
    assert sample["video"]["uri"] == f"https://gate.example/v1beta/files/{FILE}:download?alt=media"


DOWNLOADS = [
    "/v1beta/files/{}:download?alt=media",
    "/v1/files/{}:download?alt=media&key=good",
    "/v1beta/files/{}:download",
    # As the SDKs paste a uri that does not start with https.
    "/v1beta/files/http://gate.example/v1beta/files/{}:download?alt=media:download?alt=media",
    "/v1beta/files/http://gate.example:80/files/v1beta/files/{}:download%3Falt=media&alt=media",
]


@pytest.mark.parametrize("path", DOWNLOADS)
async def test_a_video_is_downloaded_with_the_key(path: str, world: SimpleNamespace) -> None:
    """The bytes come whole, or the part that is asked for, and say what they are."""
    finished(world)
    target = path.format(FILE)
    status, headers, content = await world.ask(DIALECT, "GET", target, headers=KEY)
    assert (status, content, headers["content-type"]) == (200, b"reelgate", "video/mp4")
    assert (headers["content-length"], headers["etag"]) == ("8", '"00"')
    assert headers["cache-control"].startswith("private")
    assert headers["content-disposition"] == f'inline; filename="{FILE}.mp4"'
    status, headers, content = await world.ask(DIALECT, "GET", target, headers=KEY | {"Range": "bytes=4-"})
    assert (status, content, headers["content-range"]) == (206, b"gate", "bytes 4-7/8")
    status, headers, content = await world.ask(DIALECT, "HEAD", target, headers=KEY)
    assert (status, content, headers["content-length"]) == (200, b"", "8")


async def test_a_range_that_is_not_there_is_refused(world: SimpleNamespace) -> None:
    """A range behind the end has the wire's own error, and says how long the file is."""
    finished(world)
    target = DOWNLOADS[0].format(FILE)
    status, headers, answer = await world.ask(DIALECT, "GET", target, headers=KEY | {"Range": "bytes=8-"})
    assert (status, headers["content-range"], words(answer)[1]) == (416, "bytes */8", "OUT_OF_RANGE")


async def test_a_file_that_cannot_be_read_is_unavailable(world: SimpleNamespace) -> None:
    """The status is not sent before the first byte is at hand."""
    task = finished(world)
    world.hold(replace(task, artifacts=(replace(task.artifacts[0], object_key="missing"),)))
    status, _, answer = await world.ask(DIALECT, "GET", DOWNLOADS[0].format(FILE), headers=KEY)
    assert (status, words(answer)[1]) == (503, "UNAVAILABLE")


async def test_what_is_known_of_a_file(world: SimpleNamespace) -> None:
    """The metadata leads to the download."""
    finished(world)
    _, _, answer = await world.ask(DIALECT, "GET", f"/v1beta/files/{FILE}", headers=KEY)
    file = json.loads(answer)
    assert (file["name"], file["sizeBytes"], file["state"]) == (f"files/{FILE}", "8", "ACTIVE")
    assert file["downloadUri"] == f"https://gate.example/v1beta/files/{FILE}:download?alt=media"


async def test_foreign_unknown_and_malformed_names_are_answered_alike(world: SimpleNamespace) -> None:
    """Nobody learns from an answer that a task or a file exists."""
    foreign = finished(world, account_id=uuid.UUID(int=8))
    for name in (to_tail(foreign.id), UNKNOWN, "x", "X" * 500, "%ff", "veo4_task_01jz9k5x3qf8v7m2n4p6r8s0tw"):
        status, _, answer = await world.ask(DIALECT, "GET", f"/v1beta/models/m/operations/{name}", headers=KEY)
        said = f"You do not have permission to access the Operation with ID {name[:100]} or it may not exist."
        assert (status, words(answer)) == (403, (403, "PERMISSION_DENIED", said))
    for name in (to_tail(foreign.artifacts[0].id), UNKNOWN, "x"):
        for suffix in ("", ":download"):
            status, _, answer = await world.ask(DIALECT, "GET", f"/v1beta/files/{name}{suffix}", headers=KEY)
            said = f"You do not have permission to access the File {name} or it may not exist."
            assert (status, words(answer)) == (403, (403, "PERMISSION_DENIED", said))


async def test_an_extension_names_a_video_of_one_s_own(world: SimpleNamespace) -> None:
    """A uri of the caller's is found and then up to the route; one of somebody else's is not."""
    finished(world)
    uri = f"https://gate.example/v1beta/files/{FILE}:download?alt=media"
    body = instance(video={"uri": uri, "encoding": "video/mp4"})
    status, _, answer = await world.ask(DIALECT, "POST", PREDICT, headers=JSON, body=body)
    said = "video: extending a video is not available on this model's route yet."
    assert (status, words(answer)[2]) == (400, f"{unsupported('video')} {said}")
    body = instance(video={"uri": uri.replace(FILE, UNKNOWN)})
    status, _, answer = await world.ask(DIALECT, "POST", PREDICT, headers=JSON, body=body)
    assert (status, words(answer)[1]) == (403, "PERMISSION_DENIED")


async def test_modes_are_accepted_once_the_route_can(world: SimpleNamespace) -> None:
    """An engine that has the modes is all that is missing."""
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "modes", frozenset(Mode))
    object.__setattr__(engine, "resolutions", frozenset(Resolution))
    picture = {"bytesBase64Encoded": JPEG, "mimeType": "image/jpeg"}
    for body in (instance(image=picture, lastFrame=picture), instance(referenceImages=[{"image": picture}])):
        status, _, answer = await world.ask(DIALECT, "POST", PREDICT, headers=JSON, body=body)
        assert status == 200, answer
    assert [json.loads(each[4])["mode"] for each in world.accepted] == ["first_last_frame", "reference_to_video"]


async def test_models_are_listed_and_shown(world: SimpleNamespace) -> None:
    """The list has no hidden model, which is found by its name all the same."""
    _, _, answer = await world.ask(DIALECT, "GET", "/v1beta/models?pageSize=1000", headers=KEY)
    names = [model["name"] for model in json.loads(answer)["models"]]
    assert len(names) == 6
    assert "models/animatic" not in names
    _, _, answer = await world.ask(DIALECT, "GET", "/v1beta/models/animatic", headers=KEY)
    assert json.loads(answer)["name"] == "models/animatic"


BAD: list[tuple[str, str, dict[str, str], bytes, int, str]] = [
    ("POST", PREDICT, JSON, b"", 400, "`instances` is required."),
    ("POST", PREDICT, JSON, b"[]", 400, "Invalid JSON payload received."),
    ("POST", PREDICT, JSON, b"{", 400, "Invalid JSON payload received."),
    ("POST", PREDICT, JSON, b"{" * 100_000, 400, "Invalid JSON payload received."),
    ("POST", PREDICT, KEY | {"Content-Type": "text/plain"}, b"{}", 400, "Send the body as application/json"),
    ("POST", PREDICT, JSON | {"Content-Length": "99999999"}, b"{}", 400, "Request payload size exceeds the limit"),
    ("POST", PREDICT, JSON, instance(prompt=""), 400, "The prompt must not be empty."),
    ("POST", PREDICT, JSON, instance(prompt=None), 400, "The prompt must not be empty."),
    ("POST", PREDICT, JSON, instance(prompt="\x00"), 400, "The prompt holds a control character"),
    ("POST", PREDICT, JSON, instance(image={"bytesBase64Encoded": "AAAA"}), 400, "image: is not a picture"),
    ("POST", PREDICT, JSON, parameters(generateAudio=True), 400, "`generateAudio` isn't supported by this model."),
    ("POST", PREDICT, JSON, parameters(seed=-1), 400, "`seed` must be 0 to 4294967295, not -1."),
    ("POST", PREDICT, JSON, parameters(negativePrompt="x" * 501), 400, "`negativePrompt` has 501 characters"),
    ("POST", "/v1beta/models/veo-9:predictLongRunning", JSON, instance(), 404, "models/veo-9 is not found"),
    ("GET", "/v1beta/models/veo-9", KEY, b"", 404, "models/veo-9 is not found"),
    ("GET", "/v1beta/models?pageSize=x", KEY, b"", 400, "`pageSize` must be an integer"),
    ("POST", "/v1beta/models/veo-3.1-generate-preview:generateContent", JSON, b"{}", 405, "Method not allowed."),
    ("DELETE", "/v1beta/files/x", KEY, b"", 405, "Method not allowed."),
    ("GET", "/v1beta", KEY, b"", 404, "There is no GET /v1beta."),
    ("GET", "/v1beta/cachedContents", KEY, b"", 404, "There is no GET /v1beta/cachedContents."),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[5]}")
async def test_bad_requests_are_named(case: Any, world: SimpleNamespace) -> None:
    """Whatever is wrong with a request is said in the wire's words, and nothing is accepted."""
    method, target, headers, body, status, start = case
    answered, _, answer = await world.ask(DIALECT, method, target, headers=headers, body=body)
    code, _, message = words(answer)
    assert (answered, code) == (status, status)
    assert message.startswith(start)
    assert not world.accepted
