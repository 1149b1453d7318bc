"""A gateway without database, files or children, and a way to ask a dialect's routes over it.

`world` has `catalogue`, `gateway`, `task` (makes a task of the caller's), `hold` (puts one into the world), `accepted`
(the arguments of every accepted task) and `ask` (one request, answered with status, headers and body).
"""

import asyncio
import datetime as dt
import importlib.resources
import tomllib
import uuid
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from starlette.routing import Router
from starlette.types import Message

from reelgate.core.catalogue import catalogue_from
from reelgate.core.errors import KeyInvalid, KeyMissing, StorageUnavailable
from reelgate.core.ports import Capabilities
from reelgate.core.task import (
    Artifact,
    ArtifactKind,
    AspectRatio,
    Mode,
    Resolution,
    State,
    Task,
    TaskSpec,
)
from reelgate.objects.links import LinkKeys
from reelgate.objects.store import ObjectStore, Stored
from reelgate.service.gateway import Gateway
from reelgate.service.task_cache import TaskCache
from reelgate.store.accounts import Principal
from reelgate.store.database import Database, Shared
from reelgate.store.statements import ACCOUNTS, FILES, TAILS, TASKS
from reelgate.store.tasks import ACCEPT
from reelgate.store.vault import Vault
from reelgate.web.auth import Authenticator
from reelgate.web.dialect import Dialect, route_of

if TYPE_CHECKING:
    from reelgate.kit.children import ChildPool
    from reelgate.kit.fetch import FetchRules

NOW = dt.datetime(2026, 5, 17, 8, 0, 0, 123000, tzinfo=dt.UTC)
ACCOUNT = uuid.UUID(int=7)
AVAILABLE = 1_000_500_000


class FakeTasks(TaskCache):
    """Holds tasks in a dict; the database has the same."""

    def __init__(self, tasks: dict[uuid.UUID, Task]) -> None:
        self.held = tasks

    async def load(self, task_id: uuid.UUID) -> Task | None:
        """Return a held task."""
        return self.held.get(task_id)

    async def load_ended(self, task_id: uuid.UUID, timeout_s: float) -> Task | None:
        """Return a held task as it stands; whoever waits for another one waits for ever."""
        if task_id not in self.held:
            await asyncio.Event().wait()
        return self.held[task_id]

    def forget(self, task_id: uuid.UUID) -> None:
        """Nothing is remembered apart from the database."""

    def view(self, task: Task, name: Hashable, stamp: Hashable, make: Callable[[], Any]) -> Any:
        """Nothing that was made is remembered either."""
        return make()


class FakeDatabase(Database):
    """Answers the few statements of accepting, canceling and listing."""

    def __init__(self, tasks: dict[uuid.UUID, Task]) -> None:
        self.tasks = tasks
        self.accepted: list[tuple[object, ...]] = []
        self.listed: list[tuple[object, ...]] = []

    async def fetchrow(self, sql: str, *arguments: object) -> Any:
        """Answer the balance, or end or delete a task."""
        if sql == ACCOUNTS["load_balance"]:
            return {"available": AVAILABLE, "reserved": 0}
        if sql == TASKS["delete_task"]:
            return {"id": self.tasks.pop(cast("uuid.UUID", arguments[0])).id}
        assert sql == TASKS["finish_task"]
        task_id = cast("uuid.UUID", arguments[0])
        canceled = _changed(self.tasks[task_id], state=State(cast("str", arguments[2])))
        self.tasks[task_id] = canceled
        return {"id": task_id}

    async def fetch(self, sql: str, *arguments: object) -> Any:
        """Note what is listed; notes of files say nothing here."""
        if sql in FILES.values():
            return []
        assert sql in (TASKS["list_tasks"], TASKS["list_tasks_between"])
        self.listed.append(arguments)
        return []

    async def fetchval(self, sql: str, *arguments: object) -> Any:
        """Count, and find short names."""
        if sql in (TASKS["count_tasks"], TASKS["count_tasks_between"]):
            return 0
        if sql in TAILS.values():
            tail = cast("bytes", arguments[0])
            return next((task.id for task in self.tasks.values() if tail in _tails(task, sql)), None)
        raise AssertionError(sql)

    async def fetchrow_together(self, statement: Shared, lock: uuid.UUID, *arguments: object) -> Any:
        """Note what is accepted."""
        assert (statement, lock) == (ACCEPT, arguments[1])
        left = AVAILABLE - cast("int", arguments[7])
        refused = "credits" if left < 0 else None
        if not refused:
            self.accepted.append(arguments)
        available = AVAILABLE if refused else left
        return {"id": arguments[0], "refused": refused, "available": available, "bound": None, "spent": None}


def _tails(task: Task, sql: str) -> list[bytes]:
    """Return the ends of the ids that a statement looks at."""
    ids = [task.id] if sql == TAILS["find_task_id"] else [video.id for video in task.files(ArtifactKind.VIDEO)]
    return [each.bytes[8:] for each in ids]


class FakeObjects:
    """Takes every file, and gives out its key as often as it is long."""

    async def put_bytes(self, key: str, content: bytes, media_type: str) -> Stored:
        """Take it."""
        return Stored(size_bytes=len(content), sha256="00")

    async def delete(self, key: str) -> None:
        """Forget it."""

    async def read(self, key: str, start: int, end: int) -> AsyncIterator[bytes]:
        """Give it out byte by byte; a missing one is found at once."""
        if key == "missing":
            raise StorageUnavailable("The file is not there.")
        for place in range(start, end):
            yield key.encode()[place % len(key) :][:1]


class FakeChildren:
    """Finds every picture upright and good."""

    async def call(self, target: str, argument: Mapping[str, Any], **_: object) -> Any:
        """Believe the caller."""
        return {"upright": None, "media_type": argument["media_type"], "width_px": 64, "height_px": 36}


class FakeAuthenticator(Authenticator):
    """Knows one key."""

    def __init__(self) -> None:
        """Need no database."""

    async def authenticate(self, key: str | None) -> Principal:
        """Let the good key in."""
        if not key:
            raise KeyMissing("An API key is required.")
        if key != "good":
            raise KeyInvalid("The API key is not valid.")
        return Principal(key_id=uuid.UUID(int=1), account_id=ACCOUNT, account="me")


@pytest.fixture
def world() -> SimpleNamespace:
    """Return a fresh world."""
    tasks: dict[uuid.UUID, Task] = {}
    database = FakeDatabase(tasks)
    text = importlib.resources.files("reelgate").joinpath("catalogue.toml").read_text(encoding="utf-8")
    catalogue = catalogue_from(tomllib.loads(text))
    gateway = Gateway(
        database=database,
        objects=cast("ObjectStore", FakeObjects()),
        catalogue=catalogue,
        capabilities={"animatic": _capabilities()},
        tasks=FakeTasks(tasks),
        children=cast("ChildPool", FakeChildren()),
        fetch_rules=cast("FetchRules", None),
        link_keys=LinkKeys.load([bytes(32)]),
        vault=Vault(ring=None),
        public_url="https://gate.example",
        clock=lambda: NOW,
        random=bytes,
    )

    async def ask(dialect: Dialect, method: str, target: str, **rest: Any) -> tuple[int, dict[str, str], bytes]:
        return await _ask(Router([route_of([dialect], gateway, FakeAuthenticator())]), method, target, **rest)

    def hold(task: Task) -> Task:
        tasks[task.id] = task
        return task

    return SimpleNamespace(
        catalogue=catalogue,
        gateway=gateway,
        task=_task,
        hold=hold,
        accepted=database.accepted,
        listed=database.listed,
        ask=ask,
    )


def _capabilities() -> Capabilities:
    return Capabilities(
        modes=frozenset(Mode) - {Mode.EXTEND, Mode.UPSCALE},
        aspect_ratios=frozenset(AspectRatio),
        resolutions=frozenset({Resolution.P720, Resolution.P1080}),
        durations_s=range(1, 61),
        samples_max=4,
        audio=True,
        seeds_exact=True,
        submits_repeatable=True,
        progress_known=True,
        cancel_real=True,
    )


def _task(**changes: Any) -> Task:
    fields: dict[str, Any] = {
        "id": uuid.UUID("019e34f2-fc7b-748d-8abc-048d159e26af"),
        "account_id": ACCOUNT,
        "dialect": "veo4api",
        "spec": TaskSpec(mode=Mode.TEXT_TO_VIDEO, model="veo-4", prompt="a pier"),
        "state": State.QUEUED,
        "price_microcredits": 180_000_000,
        "created_at": NOW,
    }
    fields |= changes
    if fields["state"] is State.SUCCEEDED:
        fields.setdefault("completed_at", NOW)
        fields.setdefault("artifacts", (_artifact(ArtifactKind.VIDEO, 1), _artifact(ArtifactKind.THUMBNAIL, 2)))
    return Task(**fields)


def _changed(task: Task, *, state: State) -> Task:
    return _task(id=task.id, account_id=task.account_id, state=state, completed_at=NOW)


def _artifact(kind: ArtifactKind, number: int) -> Artifact:
    return Artifact(
        id=uuid.UUID(int=number),
        task_id=uuid.UUID(int=0),
        kind=kind,
        sample=0,
        object_key="x",
        media_type="video/mp4" if kind is ArtifactKind.VIDEO else "image/jpeg",
        size_bytes=1,
        sha256="00",
        created_at=NOW,
    )


async def _ask(
    router: Router,
    method: str,
    target: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    hangs_up: bool = False,
) -> tuple[int, dict[str, str], bytes]:
    """Send one request to an ASGI application and return status, headers and body."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "server": ("gate.example", 443),
        "scheme": "https",
        # As inside of an application: Starlette behaves otherwise there.
        "app": router,
        # As uvicorn says it: an answer in pieces need not listen for whether the client is still there.
        "asgi": {"version": "3.0", "spec_version": "2.4"},
    }
    sent: list[Message] = []
    said: list[Message] = [{"type": "http.disconnect"}] if hangs_up else []
    said.append({"type": "http.request", "body": body, "more_body": False})

    async def receive() -> Message:
        if not said:
            # A client that has sent its body says nothing more until it goes away.
            await asyncio.Event().wait()
        return said.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    await router(scope, receive, send)
    start, *rest = sent
    answered = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], answered, b"".join(message.get("body", b"") for message in rest)
