"""Tests of the OpenAI wire's handlers: HTTP in, HTTP out, over a gateway of fakes."""

import json
import uuid
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.errors import StorageUnavailable
from reelgate.core.task import State
from reelgate.dialects.openai.routes import DIALECT
from reelgate.dialects.openai.translate import to_id
from reelgate.objects.store import Stored
from reelgate.store.statements import TASKS

KEY = {"Authorization": "Bearer good"}
JSON = KEY | {"Content-Type": "application/json"}
FORM = KEY | {"Content-Type": "multipart/form-data; boundary=xxx"}
VIDEOS = "/v1/videos"
JPEG = b"\xff\xd8\xff\xe0picture"


def form(*parts: tuple[str, str | bytes]) -> bytes:
    """Return a multipart body; bytes are files."""
    lines = []
    for name, value in parts:
        is_file = isinstance(value, bytes)
        head = f'--xxx\r\nContent-Disposition: form-data; name="{name}"' + ('; filename="a.jpg"' if is_file else "")
        kind = "\r\nContent-Type: image/jpeg" if is_file else ""
        lines.append((head + kind).encode() + b"\r\n\r\n" + (value if isinstance(value, bytes) else value.encode()))
    return b"\r\n".join([*lines, b"--xxx--\r\n"])


def error_of(answer: bytes) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(answer)["error"]
    assert list(error) == ["message", "type", "param", "code"]
    return error


class Files:
    """A store whose files have their key for content; what was put or deleted is noted."""

    def __init__(self) -> None:
        self.put: list[str] = []
        self.deleted: list[str] = []

    async def size_bytes(self, key: str) -> int | None:
        """Have every preview already."""
        return len(key)

    async def read(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Give the key, or what a larger file would have."""
        if key == "lost":
            raise StorageUnavailable("The file store does not answer as it should.")
        yield (key.encode() * 100)[start:end]

    async def put_bytes(self, key: str, content: bytes, media_type: str) -> Stored:
        """Note it."""
        self.put.append(key)
        return Stored(size_bytes=len(content), sha256="00")

    async def delete(self, key: str) -> None:
        """Note it."""
        self.deleted.append(key)


@pytest.fixture
def files(world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Give the world files, and a database that knows of deletions and cursors."""
    files, database = Files(), world.gateway.database
    object.__setattr__(world.gateway, "objects", files)
    fetchrow, fetch = database.fetchrow, database.fetch

    async def also_delete(sql: str, *arguments: Any) -> Any:
        if sql == TASKS["delete_task"]:
            return database.tasks.pop(arguments[0], None) and {"id": arguments[0]}
        return await fetchrow(sql, *arguments)

    async def also_list(sql: str, *arguments: Any) -> Any:
        if sql in (TASKS["list_tasks_before"], TASKS["list_tasks_after"]):
            database.listed.append((sql, *arguments))
            return []
        return [] if "unclaimed_files" in sql else await fetch(sql, *arguments)

    monkeypatch.setattr(database, "fetchrow", also_delete)
    monkeypatch.setattr(database, "fetch", also_list)
    return files


async def test_json_is_accepted(world: SimpleNamespace) -> None:
    """A JSON request is answered with a queued video and when to ask again."""
    body = json.dumps({"prompt": "a cat", "size": "1280x720", "seconds": "8"}).encode()
    status, headers, answer = await world.ask(DIALECT, "POST", VIDEOS, headers=JSON, body=body)
    assert (status, headers["openai-poll-after-ms"]) == (200, "500")
    video = json.loads(answer)
    assert (video["object"], video["status"], video["seconds"], video["size"]) == ("video", "queued", "8", "1280x720")
    assert world.accepted[0][2:4] == ("openai", "sora-2")


async def test_a_form_is_accepted(world: SimpleNamespace, files: Files) -> None:
    """Texts are numbers where numbers are meant, a file is the first frame."""
    body = form(("prompt", "a cat"), ("seconds", "4"), ("seed", "7"), ("input_reference", JPEG))
    headers = FORM | {"OpenAI-Organization": "org-1", "OpenAI-Project": "proj-1", "X-Stainless-Lang": "python"}
    status, _, _ = await world.ask(DIALECT, "POST", VIDEOS, headers=headers, body=body)
    spec = json.loads(world.accepted[0][4])
    assert (status, spec["mode"], spec["seed"], len(files.put)) == (200, "image_to_video", 7, 1)


async def test_a_long_data_url_fits_into_a_form(world: SimpleNamespace, files: Files) -> None:
    """A text of a form may be a whole picture."""
    url = "data:image/jpeg;base64," + "/9j/" + "A" * 2_000_000
    body = form(("prompt", "a cat"), ("input_reference[image_url]", url))
    status, _, answer = await world.ask(DIALECT, "POST", VIDEOS, headers=FORM, body=body)
    assert status == 200, answer[:200]


async def test_a_video_is_shown_while_it_is_made(world: SimpleNamespace) -> None:
    """A poll says how far it is and when to ask again."""
    task = world.hold(world.task(state=State.PROCESSING, progress=40))
    status, headers, answer = await world.ask(DIALECT, "GET", f"{VIDEOS}/{to_id(task.id)}", headers=KEY)
    video = json.loads(answer)
    assert (status, headers["openai-poll-after-ms"]) == (200, "500")
    assert (video["status"], video["progress"], video["expires_at"]) == ("in_progress", 40, None)


async def test_a_finished_video_says_until_when(world: SimpleNamespace) -> None:
    """A day from now, in steps of an hour."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    _, _, answer = await world.ask(DIALECT, "GET", f"{VIDEOS}/{to_id(task.id)}", headers=KEY)
    assert json.loads(answer)["expires_at"] == 1779091200


@pytest.mark.parametrize(("order", "statement"), [("asc", "list_tasks_after"), ("desc", "list_tasks_before")])
async def test_a_list_passes_its_cursor_on(order: str, statement: str, world: SimpleNamespace, files: Files) -> None:
    """One more than asked for is read, to know whether others follow."""
    after = uuid.UUID("019e34f2-fc7b-748d-8abc-048d159e26af")
    target = f"{VIDEOS}?after={to_id(after)}&limit=7&order={order}"
    status, _, answer = await world.ask(DIALECT, "GET", target, headers=KEY)
    assert (status, json.loads(answer)["data"]) == (200, [])
    sql, _, *asked = world.listed[0]
    assert (sql, asked) == (TASKS[statement], [after, 8])


async def test_a_video_is_deleted_with_its_files(world: SimpleNamespace, files: Files) -> None:
    """Its previews too; afterwards there is no such video."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    path = f"{VIDEOS}/{to_id(task.id)}"
    status, _, answer = await world.ask(DIALECT, "DELETE", path, headers=KEY)
    assert (status, json.loads(answer)) == (200, {"id": to_id(task.id), "deleted": True, "object": "video.deleted"})
    assert len(files.deleted) == 4
    assert {(await world.ask(DIALECT, method, path, headers=KEY))[0] for method in ("GET", "DELETE")} == {404}


async def test_a_live_video_is_canceled_and_deleted(world: SimpleNamespace, files: Files) -> None:
    """Nobody waits for it to end."""
    task = world.hold(world.task(state=State.PROCESSING))
    status, _, _ = await world.ask(DIALECT, "DELETE", f"{VIDEOS}/{to_id(task.id)}", headers=KEY)
    assert status == 200


@pytest.mark.parametrize(
    ("variant", "media_type"),
    [("", "video/mp4"), ("?variant=thumbnail", "image/webp"), ("?variant=spritesheet", "image/jpeg")],
)
async def test_content_is_served(variant: str, media_type: str, world: SimpleNamespace, files: Files) -> None:
    """Each variant is a file of its own type, for the owner alone, that a copy asks about."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    target = f"{VIDEOS}/{to_id(task.id)}/content{variant}"
    status, headers, answer = await world.ask(DIALECT, "GET", target, headers=KEY)
    assert (status, headers["content-type"], headers["cache-control"]) == (200, media_type, "private, no-cache")
    assert len(answer) == int(headers["content-length"])
    status, _, answer = await world.ask(DIALECT, "HEAD", target, headers=KEY)
    assert (status, answer) == (200, b"")
    again = KEY | {"If-None-Match": headers["etag"]}
    assert (await world.ask(DIALECT, "GET", target, headers=again))[0] == 304


async def test_content_has_ranges(world: SimpleNamespace, files: Files) -> None:
    """A part is served as such; one that is not there is refused in the wire's words."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    target = f"{VIDEOS}/{to_id(task.id)}/content?variant=thumbnail"
    status, headers, answer = await world.ask(DIALECT, "GET", target, headers=KEY | {"Range": "bytes=1-2"})
    assert (status, len(answer), headers["content-range"][:10]) == (206, 2, "bytes 1-2/")
    status, headers, answer = await world.ask(DIALECT, "GET", target, headers=KEY | {"Range": "bytes=900-"})
    assert (status, error_of(answer)["code"]) == (416, "range_not_satisfiable")
    assert headers["content-range"].startswith("bytes */")


async def test_content_that_cannot_be_read_is_an_error_of_the_wire(world: SimpleNamespace, files: Files) -> None:
    """Before the first byte there is still time to say so."""
    video = world.task(state=State.SUCCEEDED).artifacts[0]
    object.__setattr__(video, "object_key", "lost")
    task = world.hold(world.task(state=State.SUCCEEDED, artifacts=(video,)))
    status, _, answer = await world.ask(DIALECT, "GET", f"{VIDEOS}/{to_id(task.id)}/content", headers=KEY)
    assert (status, error_of(answer)["code"]) == (503, "service_unavailable")


@pytest.mark.parametrize("path", ["/{id}/remix", "/edits"])
async def test_a_video_is_made_once_more(path: str, world: SimpleNamespace) -> None:
    """By remix or edit: the same request with another prompt, and a name for where it came from."""
    task = world.hold(world.task(state=State.SUCCEEDED))
    body = json.dumps({"prompt": "a storm", "video": {"id": to_id(task.id)}}).encode()
    target = VIDEOS + path.format(id=to_id(task.id))
    status, _, answer = await world.ask(DIALECT, "POST", target, headers=JSON, body=body)
    video = json.loads(answer)
    assert (status, video["prompt"], video["remixed_from_video_id"]) == (200, "a storm", to_id(task.id))
    assert world.accepted[0][3] == task.spec.model


async def test_an_extension_is_refused_until_the_route_can(world: SimpleNamespace) -> None:
    """The mode is asked for wholly and says what is missing."""
    task = world.hold(world.task(state=State.SUCCEEDED, spec=sora(world)))
    engine = world.gateway.capabilities["animatic"]
    object.__setattr__(engine, "modes", engine.modes - {"extend"})
    body = form(("prompt", "on"), ("seconds", "4"), ("video[id]", to_id(task.id)))
    status, _, answer = await world.ask(DIALECT, "POST", f"{VIDEOS}/extensions", headers=FORM, body=body)
    assert (status, error_of(answer)) == (
        400,
        {
            "message": "video: extending a video is not available on this model's route yet.",
            "type": "invalid_request_error",
            "param": "video",
            "code": "not_available",
        },
    )


def sora(world: SimpleNamespace) -> Any:
    """Return the spec of a task of this wire's own model."""
    spec = world.task().spec
    object.__setattr__(spec, "model", "sora-2")
    return spec


async def test_foreign_unknown_and_malformed_ids_are_answered_alike(world: SimpleNamespace, files: Files) -> None:
    """Nobody learns from an answer that a task exists."""
    foreign = world.hold(world.task(id=uuid.UUID("019e34f2-fc7b-748d-8abc-000000000000"), account_id=uuid.UUID(int=8)))
    names = [to_id(foreign.id), "video_" + "0" * 32, "video_123", "%ff", "x" * 5000]
    asked = [("GET", ""), ("DELETE", ""), ("GET", "/content"), ("POST", "/remix")]
    answers = [
        await world.ask(DIALECT, method, f"{VIDEOS}/{name}{path}", headers=JSON, body=b'{"prompt":"x"}')
        for method, path in asked
        for name in names
    ]
    assert {(status, error_of(body)["message"]) for status, _, body in answers} == {(404, "There is no such task.")}
    assert world.gateway.database.tasks


BAD: list[tuple[str, str, dict[str, str], bytes, int, str]] = [
    ("POST", VIDEOS, {}, b"{}", 401, "invalid_api_key"),
    ("POST", VIDEOS, {"Authorization": "Bearer bad"}, b"{}", 401, "invalid_api_key"),
    ("POST", VIDEOS, {"Authorization": "Basic good"}, b"{}", 401, "invalid_api_key"),
    ("POST", VIDEOS, JSON, b"", 400, "invalid_value"),
    ("POST", VIDEOS, JSON, b"{", 400, "invalid_body"),
    ("POST", VIDEOS, JSON, b'{"prompt": " "}', 400, "invalid_value"),
    ("POST", VIDEOS, JSON, b'{"prompt": "x", "seconds": "5"}', 400, "invalid_value"),
    ("POST", VIDEOS, JSON, b'{"prompt": "x", "model": "veo-4"}', 400, "model_not_found"),
    ("POST", VIDEOS, JSON | {"Content-Length": "40000000"}, b"{}", 413, "body_too_large"),
    ("POST", VIDEOS, KEY | {"Content-Type": "text/plain"}, b"{}", 415, "unsupported_content_type"),
    ("POST", VIDEOS, FORM, b"nonsense", 400, "invalid_body"),
    ("POST", VIDEOS, FORM, form(("prompt", "x"), ("a[b][c][d][e][f]", "x")), 400, "invalid_value"),
    ("POST", VIDEOS, FORM, form(("prompt", "x"), ("input_reference", b"no picture")), 400, "invalid_image"),
    (
        "POST",
        VIDEOS,
        FORM,
        form(("prompt", "x"), ("input_reference", JPEG + bytes(20_000_001))),
        400,
        "image_too_large",
    ),
    ("POST", f"{VIDEOS}/edits", FORM, form(("prompt", "x"), ("video", b"clip")), 400, "not_available"),
    ("POST", f"{VIDEOS}/extensions", JSON, b'{"prompt":"x","seconds":"4"}', 400, "invalid_value"),
    ("POST", f"{VIDEOS}/characters", FORM, form(("name", "x"), ("video", b"clip")), 400, "not_available"),
    ("POST", f"{VIDEOS}/characters", FORM, form(("video", b"clip")), 400, "invalid_value"),
    ("GET", f"{VIDEOS}/characters/char_1", KEY, b"", 404, "not_found"),
    ("GET", f"{VIDEOS}?limit=0", KEY, b"", 400, "invalid_value"),
    ("GET", f"{VIDEOS}?after=x", KEY, b"", 400, "invalid_value"),
    ("GET", f"{VIDEOS}/edits", KEY, b"", 405, "method_not_supported"),
    ("PUT", VIDEOS, KEY, b"", 405, "method_not_supported"),
    ("GET", f"{VIDEOS}/a/b/c", KEY, b"", 404, "unknown_url"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda case: f"{case[0]} {case[1]} {case[5]}")
async def test_bad_requests_are_named(case: Any, world: SimpleNamespace) -> None:
    """Whatever is wrong with a request has its own code, and nothing is accepted."""
    method, target, headers, body, status, code = case
    answered, _, answer = await world.ask(DIALECT, method, target, headers=headers, body=body)
    assert (answered, error_of(answer)["code"]) == (status, code)
    assert not world.accepted


async def test_an_empty_account_is_refused(world: SimpleNamespace) -> None:
    """As OpenAI does it, and without a retry."""
    model = world.catalogue.models["sora-2-pro"]
    object.__setattr__(model.prices[-1], "microcredits", 10**12)
    body = b'{"prompt": "x", "model": "sora-2-pro"}'
    status, headers, answer = await world.ask(DIALECT, "POST", VIDEOS, headers=JSON, body=body)
    assert (status, error_of(answer)["code"], headers["x-should-retry"]) == (429, "insufficient_quota", "false")
