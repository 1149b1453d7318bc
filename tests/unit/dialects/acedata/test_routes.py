"""Tests of acedata's handlers: HTTP in, HTTP out, over a gateway of fakes."""

import asyncio
import dataclasses
import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.task import ArtifactKind, Failure, Mode, Resolution, State, Task, TaskSpec
from reelgate.dialects.acedata.routes import DIALECT
from reelgate.dialects.acedata.translate import to_id, to_trace_id, to_video_id

KEY = {"Authorization": "Bearer good", "Content-Type": "application/json"}
VIDEOS = "/veo/videos"
TASKS = "/veo/tasks"
#: The id of the next task that the fakes accept.
NEXT = uuid.UUID("019e34f2-fc7b-7000-8000-000000000000")
OTHER = uuid.UUID("019e34f2-fc7b-748d-8abc-000000000000")
PNG = "data:image/png;base64,iVBORw0KGgoA"


async def ask(world: SimpleNamespace, path: str, body: Any, **rest: Any) -> tuple[int, dict[str, str], Any]:
    """POST a body and return status, headers and what was answered."""
    status, headers, answer = await world.ask(
        DIALECT, "POST", path, headers=KEY, body=json.dumps(body).encode(), **rest
    )
    return status, headers, json.loads(answer) if answer else None


def finished(world: SimpleNamespace, **changes: Any) -> Task:
    """Put a finished task with one video of a known size into the world."""
    task = world.task(state=State.SUCCEEDED, **changes)
    files = (dataclasses.replace(file, width_px=1280, height_px=720) for file in task.artifacts)
    held: Task = world.hold(dataclasses.replace(task, artifacts=tuple(files)))
    return held


@pytest.mark.parametrize("how", [{"async": True}, {"callback_url": "https://webhook.site/x"}])
async def test_a_call_in_the_background_answers_with_its_task(how: dict[str, Any], world: SimpleNamespace) -> None:
    """Nothing is waited for; the request is kept as it came."""
    body = {"action": "text2video", "model": "veo3", "prompt": "A mug", **how}
    status, headers, answer = await ask(world, VIDEOS, body)
    assert (status, answer) == (200, {"task_id": to_id(NEXT)})
    assert "x-trace-id" in headers
    accepted = world.accepted[0]
    assert accepted[2:4] == ("acedata", "veo3")
    assert json.loads(accepted[10]) == body


async def test_a_held_connection_gets_the_result(world: SimpleNamespace) -> None:
    """Without either the answer is the whole result."""
    finished(world, id=NEXT)
    status, headers, answer = await ask(world, VIDEOS, {"prompt": "A mug"})
    assert status == 200
    assert list(answer) == ["success", "task_id", "trace_id", "data"]
    assert (answer["success"], answer["task_id"]) == (True, to_id(NEXT))
    assert headers["x-trace-id"] == answer["trace_id"] == to_trace_id(NEXT)
    (video,) = answer["data"]
    assert list(video) == ["id", "video_url", "created_at", "complete_at", "state"]
    assert (video["id"], video["created_at"]) == (to_video_id(NEXT, 0), "2026-05-17 16:00:00")
    assert video["video_url"].startswith("https://gate.example/files/")


async def test_a_held_connection_gets_the_failure(world: SimpleNamespace) -> None:
    """Moderation is 403, in the envelope that names the task."""
    world.hold(world.task(id=NEXT, state=State.FAILED, failure=Failure(code="engine_refused", message="No.")))
    status, _, answer = await ask(world, VIDEOS, {"prompt": "A mug"})
    assert (status, answer["error"]) == (403, {"code": "forbidden", "message": "No."})
    assert (answer["success"], answer["task_id"]) == (False, to_id(NEXT))


async def test_a_held_connection_is_told_to_ask_later(world: SimpleNamespace) -> None:
    """When it takes too long, the answer names the task that goes on."""
    world.hold(world.task(id=NEXT, state=State.PROCESSING))
    status, _, answer = await ask(world, VIDEOS, {"prompt": "A mug"})
    assert (status, answer["error"]["code"], answer["task_id"]) == (504, "timeout", to_id(NEXT))


async def test_a_client_that_hangs_up_cancels_nothing(world: SimpleNamespace) -> None:
    """The handler ends; the task was accepted and stays."""
    status, _, _ = await ask(world, VIDEOS, {"prompt": "A mug"}, hangs_up=True)
    assert status == 499
    assert len(world.accepted) == 1


async def test_a_server_that_ends_says_where_to_ask(world: SimpleNamespace) -> None:
    """Who is held while the server ends gets the task's id rather than nothing."""
    asking = asyncio.create_task(ask(world, VIDEOS, {"prompt": "A mug"}))
    while not world.accepted:  # noqa: ASYNC110 - the fakes have no event for it
        await asyncio.sleep(0)
    for _ in range(5):
        await asyncio.sleep(0)
    asking.cancel()
    status, _, answer = await asking
    assert (status, answer["error"]["code"], answer["task_id"]) == (504, "timeout", to_id(NEXT))


async def test_pictures_are_stored_and_not_kept_with_the_request(world: SimpleNamespace) -> None:
    """A picture in the request is the first frame; the request is shown with its beginning."""
    url = PNG + "A" * 8000
    status, _, _ = await ask(world, VIDEOS, {"prompt": "A mug", "image_urls": [url], "async": True})
    assert status == 200
    accepted = world.accepted[0]
    assert json.loads(accepted[4])["inputs"][0]["role"] == "first_frame"
    assert json.loads(accepted[10])["image_urls"] == [url[:100] + "…"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (VIDEOS, {"action": "get1080p", "model": "veo3"}),
        ("/veo/upsample", {"action": "4k"}),
        ("/veo/upsample", {"action": "gif"}),
        ("/veo/extend", {"model": "veo31-fast"}),
    ],
)
async def test_what_the_engine_lacks_is_said(path: str, body: dict[str, Any], world: SimpleNamespace) -> None:
    """A mode that no engine has is refused clearly, once it is clear that the video is there."""
    task = finished(world)
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "modes", engine.modes - {Mode.UPSCALE, Mode.EXTEND})
    status, _, answer = await ask(world, path, body | {"video_id": to_video_id(task.id, 0)})
    assert (status, answer["success"], answer["error"]["code"]) == (400, False, "api_not_implemented")
    assert not world.accepted


async def test_what_the_engine_has_is_accepted(world: SimpleNamespace) -> None:
    """An engine that has the modes is all that is missing."""
    task = finished(world)
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "modes", engine.modes | {Mode.UPSCALE, Mode.EXTEND})
    object.__setattr__(engine, "resolutions", frozenset(Resolution))
    object.__setattr__(engine, "gifs", True)
    video = {"video_id": to_video_id(task.id, 0), "async": True}
    for path, body, price in (
        (VIDEOS, {"action": "get1080p"}, 160_000),
        ("/veo/upsample", {"action": "1080p"}, 160_000),
        ("/veo/upsample", {"action": "4k"}, 500_000),
        ("/veo/upsample", {"action": "gif"}, 130_000),
        ("/veo/extend", {"model": "veo31-fast"}, 1_680_000),
        ("/veo/extend", {"model": "veo31"}, 12_000_000),
        ("/veo/reshoot", {"motion_type": "STATIONARY_UP"}, 1_200_000),
    ):
        status, _, answer = await ask(world, path, body | video)
        assert (status, answer, world.accepted[-1][7]) == (200, {"task_id": to_id(NEXT)}, price)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/veo/objects", {"action": "insert", "prompt": "a cup"}),
        ("/veo/objects", {"action": "remove", "image_mask": "https://a.example/mask.jpg"}),
    ],
)
async def test_what_no_engine_has_is_checked_and_refused(path: str, body: Any, world: SimpleNamespace) -> None:
    """A wrong video is told apart from what is not there at all."""
    task = finished(world)
    status, _, answer = await ask(world, path, body | {"video_id": to_video_id(task.id, 0)})
    assert (status, answer["error"]["code"]) == (400, "api_not_implemented")
    extended = finished(world, id=NEXT, spec=TaskSpec(mode=Mode.EXTEND, model="veo31", prompt="x"))
    for wrong, words in ((OTHER, "names no video"), (extended.id, "names an extension")):
        status, _, answer = await ask(world, path, body | {"video_id": to_video_id(wrong, 0)})
        assert (status, answer["error"]["code"]) == (400, "bad_request")
        assert answer["error"]["message"].startswith(f"video_id: {words}")


async def test_foreign_unknown_and_malformed_videos_are_answered_alike(world: SimpleNamespace) -> None:
    """Nobody learns from an answer that a video exists."""
    foreign = finished(world, id=OTHER, account_id=uuid.UUID(int=8))
    names = [to_video_id(foreign.id, 0), to_video_id(NEXT, 0), to_id(NEXT), "x", "9" * 5000]
    answers = [await ask(world, "/veo/upsample", {"action": "4k", "video_id": name}) for name in names]
    assert {(status, answer["error"]["message"]) for status, _, answer in answers} == {
        (400, "video_id: names no video; it is data[].id of a finished task")
    }


async def test_foreign_unknown_and_malformed_tasks_are_null(world: SimpleNamespace) -> None:
    """Nobody learns from an answer that a task exists; the vendor's clients read null as unknown."""
    foreign = world.hold(world.task(id=OTHER, account_id=uuid.UUID(int=8)))
    for name in (to_id(foreign.id), to_id(NEXT), "00000000-0000-0000-0000-000000000000", "veo_1_x", "x" * 5000):
        assert (await ask(world, TASKS, {"action": "retrieve", "id": name}))[::2] == (200, None)
        status, _, answer = await ask(world, TASKS, {"action": "delete", "id": name})
        assert (status, answer["error"]["code"]) == (404, "not_found")


async def test_a_task_is_retrieved_in_every_way(world: SimpleNamespace) -> None:
    """By id, task_id or trace_id; a live one has no response."""
    task = world.hold(world.task())
    for named in ({"id": to_id(task.id)}, {"task_id": to_id(task.id)}, {"trace_id": to_trace_id(task.id)}):
        status, _, answer = await ask(world, TASKS, named)
        assert (status, answer["id"]) == (200, to_id(task.id))
        assert "response" not in answer
        assert "finished_at" not in answer


async def test_a_video_in_1080p_keeps_the_id_and_times_of_its_source(world: SimpleNamespace) -> None:
    """Retrieved alone or in a batch; on its own feet once the source is gone."""
    source = finished(world)
    spec = TaskSpec(mode=Mode.UPSCALE, model="veo-upsample", prompt="x")
    named = json.dumps({"action": "get1080p", "video_id": to_video_id(source.id, 0)})
    made = finished(world, id=OTHER, spec=spec, dialect="acedata", wire_request=named)
    _, _, answer = await ask(world, TASKS, {"id": to_id(made.id)})
    assert answer["request"] == json.loads(named)
    assert answer["response"]["data"][0]["id"] == to_video_id(source.id, 0)
    _, _, batch = await ask(world, TASKS, {"action": "retrieve_batch", "ids": [to_id(made.id)]})
    assert batch == {"items": [answer], "count": 1}
    await ask(world, TASKS, {"action": "delete", "id": to_id(source.id)})
    _, _, answer = await ask(world, TASKS, {"id": to_id(made.id)})
    assert answer["response"]["data"][0]["id"] == to_video_id(made.id, 0)


async def test_a_gif_is_what_is_linked(world: SimpleNamespace) -> None:
    """A task that made a GIF shows that, and its video where there is none."""
    spec = TaskSpec(mode=Mode.TEXT_TO_VIDEO, model="veo3", prompt="x", gif=True)
    task = finished(world, spec=spec)
    assert "video-0.mp4" in (await ask(world, TASKS, {"id": to_id(task.id)}))[2]["response"]["data"][0]["video_url"]
    gif = dataclasses.replace(task.artifacts[0], kind=ArtifactKind.GIF, media_type="image/gif")
    world.hold(dataclasses.replace(task, artifacts=(*task.artifacts, gif)))
    (video,) = (await ask(world, TASKS, {"id": to_id(task.id)}))[2]["response"]["data"]
    assert "gif-0.gif" in video["video_url"]


async def test_a_batch_has_what_was_named(world: SimpleNamespace) -> None:
    """As often as it was named; what is unknown is left out."""
    task = world.hold(world.task())
    body = {"action": "retrieve_batch", "ids": [to_id(task.id), to_id(OTHER), to_id(task.id), "x"]}
    _, _, answer = await ask(world, TASKS, body)
    assert [item["id"] for item in answer["items"]] == [to_id(task.id)] * 2
    assert answer["count"] == 2


async def test_a_batch_without_names_is_a_page_of_all(world: SimpleNamespace) -> None:
    """Offset, limit and times reach the database; other types of tasks there are none."""
    _, _, answer = await ask(world, TASKS, {"action": "retrieve_batch", "offset": 3, "limit": 1000, "type": "videos"})
    assert answer == {"items": [], "count": 0}
    assert world.listed[0][3:] == (100, 3)
    await ask(world, TASKS, {"action": "retrieve_batch", "created_at_min": 1753435158.509})
    assert world.listed[1][1].hex.startswith(f"{1753435158509:012x}7")
    assert world.listed[1][3:] == (12, 0)
    _, _, answer = await ask(world, TASKS, {"action": "retrieve_batch", "type": "images"})
    assert (answer, len(world.listed)) == ({"items": [], "count": 0}, 2)


async def test_a_deleted_task_is_gone(world: SimpleNamespace) -> None:
    """It is answered once, and null from then on."""
    task = finished(world)
    body = {"action": "delete", "id": to_id(task.id), "user_id": "x"}
    assert (await ask(world, TASKS, body))[::2] == (200, {"id": to_id(task.id), "deleted": True})
    assert (await ask(world, TASKS, {"id": to_id(task.id)}))[2] is None


BAD: list[tuple[str, str, dict[str, str], bytes, int, str]] = [
    ("POST", VIDEOS, {}, b"{}", 400, "no_token"),
    ("POST", VIDEOS, {"Authorization": "Bearer bad"}, b"{}", 401, "invalid_token"),
    ("POST", VIDEOS, KEY, b"", 400, "bad_request"),
    ("POST", VIDEOS, KEY, b"{", 400, "bad_request"),
    ("POST", VIDEOS, KEY, b'{"prompt": " "}', 400, "bad_request"),
    ("POST", VIDEOS, KEY, b'{"prompt": "x", "action": "dance"}', 400, "bad_request"),
    ("POST", VIDEOS, KEY, b'{"prompt": "x", "action": "get1080p"}', 400, "bad_request"),
    ("POST", VIDEOS, KEY, b'{"prompt": "x", "model": "veo31-fast", "resolution": "4k"}', 400, "bad_request"),
    ("POST", VIDEOS, KEY, b'{"prompt": "x", "model": "veo31", "resolution": "4k"}', 400, "api_not_implemented"),
    ("POST", VIDEOS, KEY | {"Content-Type": "text/plain"}, b"{}", 415, "bad_request"),
    ("POST", VIDEOS, KEY | {"Content-Length": "99999999"}, b"{}", 413, "bad_request"),
    ("POST", TASKS, KEY, b"{}", 400, "bad_request"),
    ("GET", TASKS, KEY, b"", 405, "no_api"),
    ("POST", "/veo/nothing", KEY, b"{}", 404, "no_api"),
    ("POST", "/veo", KEY, b"{}", 404, "no_api"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[1]} {case[4]} {case[5]}")
async def test_bad_requests_are_named(case: Any, world: SimpleNamespace) -> None:
    """Whatever is wrong with a request has its own code, and nothing is accepted."""
    method, target, headers, body, status, code = case
    answered, heads, answer = await world.ask(DIALECT, method, target, headers=headers, body=body)
    said = json.loads(answer)
    assert (answered, said["error"]["code"]) == (status, code)
    assert said["trace_id"] == heads["x-trace-id"]
    assert not world.accepted
