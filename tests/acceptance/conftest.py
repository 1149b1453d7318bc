"""The running servers that acceptance tests speak to."""

import os
import pathlib
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from fakes import make_spec, put_task, write_video
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.task import Artifact, ArtifactKind, Failure, Phase, State, Understanding
from reelgate.kit.clock import now
from reelgate.kit.postgres.server import EmbeddedPostgres
from reelgate.objects.disk import DiskStore
from reelgate.service.credit import issue_key
from reelgate.store.accounts import Principal, find_account, load_balance
from reelgate.store.database import Database
from reelgate.store.tasks import Ending, begin_task, finish_task, load_task, report_progress
from reelgate.store.verify import find_breaches
from running import Server, answering, serving
from videos import picture


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests; the bucket gs://film/veo is the folder `film` beside its data."""
    folder = tmp_path_factory.mktemp("server")
    variables = {"REELGATE_VERTEX_BUCKETS": f"gs://film/veo={folder / 'film'}"}
    with serving(folder / "data", variables=variables) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """A client with the server's key in both wires' headers."""
    with server.client() as opened:
        yield opened


@pytest.fixture
def clip(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where a test saves a video."""
    return tmp_path / "clip.mp4"


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """An account of a gate, with a key."""

    principal: Principal
    key: str

    def headers(self) -> Mapping[str, str]:
        """Return the headers that every wire finds its key in."""
        return {"authorization": f"Bearer {self.key}", "x-api-key": self.key, "x-goog-api-key": self.key}


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A running server without a worker, and its database: a task stays as a test puts it."""

    url: str
    database: Database
    objects: DiskStore
    #: One second of 720p.
    video: bytes
    #: Sends no key by itself.
    client: httpx2.AsyncClient

    async def open_account(self, name: str, credits_granted: int = 0) -> Tenant:
        """Make an account with a key."""
        issued = await issue_key(self.database, name, credits_granted=credits_granted, now=now(), random=os.urandom)
        account = await find_account(self.database, name)
        assert account
        return Tenant(principal=Principal(key_id=issued.id, account_id=account.id, account=name), key=issued.key)

    async def balance(self, tenant: Tenant) -> tuple[int, int]:
        """Return what an account has available and reserved, in microcredits."""
        return await load_balance(self.database, tenant.principal.account_id)

    async def put(
        self, tenant: Tenant, state: State, *, model: str = "animatic", dialect: str = "veo4api", **changes: Any
    ) -> uuid.UUID:
        """Put a task of no price in a state; one that has succeeded has its files, and what is `told` of it."""
        told: Understanding | None = changes.pop("told", None)
        spec = make_spec(model=model, **changes)
        task_id = await put_task(self.database, tenant.principal, spec, price_microcredits=0, dialect=dialect)
        if state is State.QUEUED:
            return task_id
        task = await load_task(self.database, task_id)
        assert task
        taken = await begin_task(self.database, task, now())
        assert taken
        if state is State.PROCESSING:
            await report_progress(self.database, task_id, taken.version, 40, Phase.RUNNING)
            return task_id
        failure = Failure(code="engine_failed", message="It broke.") if state is State.FAILED else None
        artifacts = await self._store(task_id) if state is State.SUCCEEDED else ()
        ending = Ending(state=state, completed_at=now(), failure=failure, artifacts=artifacts, understanding=told)
        assert await finish_task(self.database, task_id, taken.version, ending)
        return task_id

    async def _store(self, task_id: uuid.UUID) -> tuple[Artifact, ...]:
        """Store a video of one second, and a thumbnail."""
        made = []
        for kind, suffix, media_type, content in (
            (ArtifactKind.VIDEO, "mp4", "video/mp4", self.video),
            (ArtifactKind.THUMBNAIL, "jpg", "image/jpeg", picture(1280, 720)),
        ):
            key = f"tasks/{task_id}/{kind.value}-0.{suffix}"
            stored = await self.objects.put_bytes(key, content, media_type)
            artifact = Artifact(
                id=new_id(now(), os.urandom(RANDOM_BYTES)),
                task_id=task_id,
                kind=kind,
                sample=0,
                object_key=key,
                media_type=media_type,
                size_bytes=stored.size_bytes,
                sha256=stored.sha256,
                width_px=1280,
                height_px=720,
                duration_s=1.0 if kind is ArtifactKind.VIDEO else None,
                frames=24 if kind is ArtifactKind.VIDEO else None,
                created_at=now(),
            )
            made.append(artifact)
        return tuple(made)


@pytest.fixture(scope="session")
async def gate(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gate]:
    """One for all tests; whatever they did to it, the ledger must be sound afterwards."""
    admin = await Database.open(postgres.dsn.replace("/reelgate?", "/postgres?"), connections_max=1)
    await admin.fetch("CREATE DATABASE gate TEMPLATE reelgate")
    await admin.close()
    dsn = postgres.dsn.replace("/reelgate?", "/gate?")
    database = await Database.open(dsn)
    folder = tmp_path_factory.mktemp("gate")
    objects = DiskStore(folder / "data" / "objects")
    video = write_video(folder / "video.mp4").read_bytes()
    with answering(folder / "data", dsn) as url:
        async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
            yield Gate(url=url, database=database, objects=objects, video=video, client=client)
    await objects.close()
    breaches = await find_breaches(database)
    await database.close()
    assert not breaches
