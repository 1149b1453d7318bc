"""Copies of videos in buckets that the operator has mapped: written with the task, named in its answer, its owner's."""

import contextlib
import pathlib
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest

from fakes import (
    PRICE,
    FakeEngine,
    TroubledDatabase,
    delivering,
    files_in,
    make_spec,
    open_account,
    put_task,
)
from reelgate.core.buckets import NO_BUCKETS, check_bucket_key, copy_name, read_buckets
from reelgate.core.errors import StorageUnavailable
from reelgate.core.task import ArtifactKind, Mode, State, Task
from reelgate.engines.animatic.engine import CAPABILITIES
from reelgate.kit.children import ChildPool
from reelgate.objects.disk import DiskStore
from reelgate.objects.opening import open_store
from reelgate.store.accounts import Principal, load_balance
from reelgate.store.database import Database
from reelgate.store.statements import TASKS
from reelgate.store.tasks import load_task
from reelgate.web.auth import Authenticator
from reelgate.worker import patience
from reelgate.worker.advance import advance
from reelgate.worker.workshop import Workshop
from wires import give_key, make_gateway, open_client

MODEL = "publishers/google/models/animatic"
PREDICT = f"/v1/{MODEL}:predictLongRunning"
FETCH = f"/v1/{MODEL}:fetchPredictOperation"
URI = "gs://film/veo/Team_A/"


@dataclass(frozen=True, kw_only=True)
class Studio:
    """A wire and a worker over the same mapped buckets, and two accounts."""

    workshop: Workshop
    client: httpx2.AsyncClient
    keys: dict[str, str]
    folder: pathlib.Path
    #: What the engine makes.
    content: bytes

    async def ask(self, path: str, body: Any, who: str = "me") -> httpx2.Response:
        """Send a request."""
        return await self.client.post(path, json=body, headers={"Authorization": f"Bearer {self.keys[who]}"})

    async def make(self, uri: str = URI, who: str = "me") -> tuple[str, Task]:
        """Have a video made and copied; return its operation's name and its task."""
        answer = await self.ask(PREDICT, predict(uri), who)
        assert answer.status_code == 200, answer.text
        name: str = answer.json()["name"]
        task_id = uuid.UUID(name.rpartition("/")[2])
        await advance(self.workshop, task_id)
        return name, await self.load(task_id)

    async def load(self, task_id: uuid.UUID) -> Task:
        """Return a task."""
        task = await load_task(self.workshop.database, task_id)
        assert task
        return task

    async def poll(self, name: str, who: str = "me") -> Any:
        """Return the answer's body."""
        return (await self.ask(FETCH, {"operationName": name}, who)).json()


def read(path: pathlib.Path) -> bytes:
    return path.read_bytes()


def predict(uri: str | None = None, **instance: Any) -> dict[str, Any]:
    parameters = {"durationSeconds": 1, "generateAudio": True} | ({"storageUri": uri} if uri else {})
    return {"instances": [{"prompt": "a boat", **instance}], "parameters": parameters}


@pytest.fixture
async def studio(
    workshop: Workshop, database: Database, objects: DiskStore, real_children: ChildPool, video: pathlib.Path,
    tmp_path: pathlib.Path,
) -> AsyncIterator[Studio]:  # fmt: skip
    """One whose bucket is a folder."""
    buckets = read_buckets(f"gs://film/veo={tmp_path}/film, gs://own/{{account}}={tmp_path}/own")
    places = {mapping.place: open_store(mapping.place, check_bucket_key) for mapping in buckets.mappings}
    owners = {name: await open_account(database, 0, name) for name in ("me", "you")}
    keys = {name: await give_key(database, owner) for name, owner in owners.items()}
    gateway = make_gateway(database, objects, real_children, buckets=buckets, capabilities={"animatic": CAPABILITIES})
    engines = {"animatic": FakeEngine(delivering(video))}
    async with open_client(gateway, Authenticator(database)) as client, contextlib.AsyncExitStack() as stack:
        for place in places.values():
            stack.push_async_callback(place.close)
        yield Studio(
            workshop=replace(workshop, engines=engines, buckets=buckets, places=places),
            client=client,
            keys=keys,
            folder=tmp_path / "film",
            content=read(video),
        )


async def test_videos_are_put_where_the_request_says(studio: Studio) -> None:
    """The answer names them as Vertex does, and has no bytes; reelgate keeps its own file too."""
    name, task = await studio.make()
    (made,) = task.files(ArtifactKind.VIDEO)
    path = copy_name(made.object_key, 0)
    assert files_in(studio.folder) == {f"Team_A/{path}": studio.content}
    assert await studio.poll(name) == {
        "name": name,
        "done": True,
        "response": {
            "@type": "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse",
            "raiMediaFilteredCount": 0,
            "videos": [{"gcsUri": f"gs://film/veo/Team_A/{path}", "mimeType": "video/mp4"}],
        },
    }


async def test_a_video_in_a_bucket_is_extended_by_its_owner_alone(studio: Studio) -> None:
    """Its URI names it; to others, and with any other URI, it is not there, and nobody learns more."""
    name, task = await studio.make()
    uri = (await studio.poll(name))["response"]["videos"][0]["gcsUri"]
    extension = predict(video={"gcsUri": uri, "mimeType": "video/mp4"})
    answer = await studio.ask(PREDICT, extension)
    assert answer.status_code == 200, answer.text
    made = await studio.load(uuid.UUID(answer.json()["name"].rpartition("/")[2]))
    assert (made.spec.mode, made.spec.copies_uri) == (Mode.EXTEND, None)
    assert made.spec.source_video == task.files(ArtifactKind.VIDEO)[0].to_source()
    foreign = await studio.ask(PREDICT, extension, "you")
    for other in (uri.replace("Team_A", "Team_B"), uri.replace("sample_0", "sample_1"), "gs://film/veo/x.mp4"):
        answer = await studio.ask(PREDICT, predict(video={"gcsUri": other}))
        assert (answer.status_code, answer.json()) == (400, foreign.json())
    message = "`video.gcsUri` names no video that an operation of yours has put there. Send `bytesBase64Encoded`."
    assert foreign.json()["error"]["message"] == message
    assert (await studio.poll(name, "you"))["error"]["status"] == "NOT_FOUND"


async def test_an_account_s_folder_is_its_own(studio: Studio) -> None:
    """Where a mapping says so."""
    await studio.make("gs://own/me/out", "me")
    assert [path.split("/")[:2] for path in files_in(studio.folder.parent / "own")] == [["me", "out"]]
    answer = await studio.ask(PREDICT, predict("gs://own/me/out"), "you")
    assert (answer.status_code, "is not this account's" in answer.text) == (400, True)


@pytest.mark.parametrize("uri", ["gs://film/veo/../x", "gs://film/veo/%2e%2e/x", "gs://film/x", "/etc", "gs://film"])
async def test_nothing_is_written_outside_of_a_mapping(studio: Studio, uri: str) -> None:
    """It is refused before a task is made."""
    answer = await studio.ask(PREDICT, predict(uri))
    assert (answer.status_code, answer.json()["error"]["details"][0]["fieldViolations"][0]["field"]) == (
        400,
        "storageUri",
    )
    assert await studio.workshop.database.fetchval("SELECT count(*) FROM tasks") == 0


async def test_a_worker_that_is_overtaken_removes_its_own_copies_alone(studio: Studio, principal: Principal) -> None:
    """Two workers made the same task: the copies of the one that ended it stay."""
    database = TroubledDatabase(studio.workshop.database)
    task_id = await put_task(database, principal, make_spec(copies_uri=URI))

    async def overtake() -> None:
        await advance(studio.workshop, task_id)

    database.before[TASKS["finish_task"]] = [overtake]
    await advance(replace(studio.workshop, database=database), task_id)
    (made,) = (await studio.load(task_id)).files(ArtifactKind.VIDEO)
    assert files_in(studio.folder) == {f"Team_A/{copy_name(made.object_key, 0)}": studio.content}


async def test_a_bucket_that_cannot_be_written_is_waited_for(
    studio: Studio, principal: Principal, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    """The task stays live, and no half of it stays."""
    monkeypatch.setattr(patience, "TRY_AGAIN_S", 0.01)
    task_id = await put_task(studio.workshop.database, principal, make_spec(copies_uri=URI))
    (studio.folder / "Team_A").write_bytes(b"in the way")
    with pytest.raises(StorageUnavailable):
        await advance(studio.workshop, task_id)
    assert (await studio.load(task_id)).state is State.PROCESSING
    assert files_in(tmp_path / "objects") == {}
    (studio.folder / "Team_A").unlink()
    await advance(studio.workshop, task_id)
    assert (await studio.load(task_id)).state is State.SUCCEEDED


async def test_a_mapping_that_was_taken_out_fails_its_tasks(studio: Studio, principal: Principal) -> None:
    """Their credits return."""
    task_id = await put_task(studio.workshop.database, principal, make_spec(copies_uri=URI))
    await advance(replace(studio.workshop, buckets=NO_BUCKETS), task_id)
    task = await studio.load(task_id)
    assert (task.state, task.failure and task.failure.code) == (State.FAILED, "engine_failed")
    assert await load_balance(studio.workshop.database, principal.account_id) == (2 * PRICE, 0)


@pytest.fixture
async def principal(database: Database) -> Principal:
    """Somebody who can pay."""
    return await open_account(database, 2 * PRICE, "payer")
