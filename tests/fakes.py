"""Stand-ins and factories that several kinds of tests share: an engine on command, a database that loses answers."""

import asyncio
import contextlib
import datetime as dt
import importlib.resources
import json
import os
import pathlib
import shutil
import tomllib
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import numpy as np

from reelgate.core.catalogue import Catalogue, catalogue_from
from reelgate.core.errors import DatabaseUnavailable
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.ports import Capabilities, InputFile, Rendered, RenderedSample, RenderOrder
from reelgate.core.task import AspectRatio, Mode, Resolution, Role, Task, TaskSpec, Understanding
from reelgate.kit.addresses import read_allowed
from reelgate.kit.fetch import FetchRules
from reelgate.kit.sealing import KeyRing
from reelgate.store.accounts import Principal, create_account
from reelgate.store.credits import Grant, grant_credits
from reelgate.store.database import Database
from reelgate.store.tasks import NewTask, accept_task
from reelgate.store.vault import Vault
from reelgate.webhooks.send import send_rules
from reelgate.worker.deliver import PostOffice

PRICE = 180_000_000

#: Seals what tests keep.
VAULT = Vault(ring=KeyRing(keys={"test": b"t" * 32}))

CAPABILITIES = Capabilities(
    modes=frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO}),
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

Script = Callable[[RenderOrder, Callable[[int], None]], Awaitable[Rendered]]


@dataclass
class FakeEngine:
    """Does what its script says, and remembers the orders."""

    script: Script
    name: str = "animatic"
    capabilities: Capabilities = CAPABILITIES
    orders: list[RenderOrder] = field(default_factory=list)

    @property
    def inputs(self) -> list[InputFile]:
        """Return the inputs of all orders."""
        return [item for order in self.orders for item in order.inputs]

    async def render(self, order: RenderOrder, report: Callable[[int], None]) -> Rendered:
        """Follow the script."""
        self.orders.append(order)
        return await self.script(order, report)


def deliver(folder: pathlib.Path, video: pathlib.Path, samples: int = 1) -> Rendered:
    """Put copies of a finished video into an order's folder, as an engine does."""
    made = []
    for number in range(samples):
        sample = RenderedSample(video=folder / f"video-{number}.mp4", thumbnail=folder / f"thumbnail-{number}.jpg")
        shutil.copy(video, sample.video)
        sample.thumbnail.write_bytes(b"\xff\xd8\xff a thumbnail")
        made.append(sample)
    return Rendered(samples=tuple(made), understanding=Understanding(understood=("place: sea",)))


def delivering(video: pathlib.Path, samples: int = 1) -> Script:
    """Return the script of an engine that succeeds at once."""

    async def script(order: RenderOrder, report: Callable[[int], None]) -> Rendered:
        report(50)
        return deliver(order.folder, video, samples)

    return script


def raising(error: Exception) -> Script:
    """Return the script of an engine that fails, leaving half a file behind."""

    async def script(order: RenderOrder, _report: Callable[[int], None]) -> Rendered:
        (order.folder / "video-0.mp4").write_bytes(b"half of it")
        raise error

    return script


@dataclass
class Hanging:
    """The script of an engine that never ends by itself."""

    #: It works.
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    #: It was told to stop.
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    running: int = 0
    running_most: int = 0

    async def __call__(self, order: RenderOrder, report: Callable[[int], None]) -> Rendered:
        """Hang until cancelled."""
        (order.folder / "video-0.mp4").write_bytes(b"half of it")
        self.running += 1
        self.running_most = max(self.running_most, self.running)
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.running -= 1
            self.stopped.set()
        raise AssertionError


def write_video(
    path: pathlib.Path, *, width: int = 1280, height: int = 720, duration_s: int = 1, audio: bool = True
) -> pathlib.Path:
    """Write a small real MP4: grey, silent."""
    with av.open(str(path), "w") as container:
        video = container.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = width, height, "yuv420p"
        sound = container.add_stream("aac", rate=48_000) if audio else None
        pixels = np.full((height * 3 // 2, width), 128, np.uint8)
        for number in range(24 * duration_s):
            frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            container.mux(video.encode(frame))
        if sound:
            for start in range(0, 48_000 * duration_s, 1024):
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                silence.rate, silence.pts = 48_000, start
                container.mux(sound.encode(silence))
            container.mux(sound.encode(None))
        container.mux(video.encode(None))
    return path


class TroubledDatabase(Database):
    """A real database whose answers to some statements get lost, before they are carried out or after."""

    def __init__(self, real: Database) -> None:
        """Share the connections of a real one."""
        super().__init__(real.pool, real.dsn)
        #: By statement, what happens to its next runs.
        self.before: dict[str, list[Callable[[], Awaitable[None]]]] = {}
        self.after: dict[str, list[Callable[[], Awaitable[None]]]] = {}
        self._runs: Counter[str] = Counter()
        self._ran = asyncio.Condition()

    async def fetchrow(self, sql: str, *arguments: object) -> Any:
        """Run a statement, with its trouble."""
        async with self._trouble(sql):
            return await super().fetchrow(sql, *arguments)

    async def fetch(self, sql: str, *arguments: object) -> Any:
        """Run a statement, with its trouble."""
        async with self._trouble(sql):
            return await super().fetch(sql, *arguments)

    async def fetchval(self, sql: str, *arguments: object) -> Any:
        """Run a statement, with its trouble."""
        async with self._trouble(sql):
            return await super().fetchval(sql, *arguments)

    async def run_again(self, sql: str, times: int) -> None:
        """Wait until a statement was begun so many times more."""
        wanted = self._runs[sql] + times
        async with self._ran:
            await self._ran.wait_for(lambda: self._runs[sql] >= wanted)

    @contextlib.asynccontextmanager
    async def _trouble(self, sql: str) -> AsyncIterator[None]:
        async with self._ran:
            self._runs[sql] += 1
            self._ran.notify_all()
        for moment in (self.before, self.after):
            if moment is self.after:
                yield
            if planned := moment.get(sql):
                await planned.pop(0)()


async def lose() -> None:
    """Lose an answer."""
    raise DatabaseUnavailable("The database does not answer.")


async def tell_state(task: Task) -> bytes:
    """Say how a task ended, in no wire's words."""
    return json.dumps({"task": str(task.id), "state": task.state}).encode()


def make_office(database: Database, **changes: Any) -> PostOffice:
    """Return what deliveries are sent with, to this machine."""
    fields: dict[str, Any] = {
        "database": database,
        "vault": VAULT,
        "tells": dict.fromkeys(("veo4api", "veoapi", "openai"), tell_state),
        "rules": send_rules(FetchRules(allowed=read_allowed("127.0.0.1"))),
        "clock": lambda: dt.datetime.now(dt.UTC),
        "random": os.urandom,
        "chance": lambda: 0.0,
    }
    return PostOffice(**(fields | changes))


def load_catalogue() -> Catalogue:
    """Return the package's own catalogue."""
    text = importlib.resources.files("reelgate").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return catalogue_from(tomllib.loads(text))


async def open_account(database: Database, microcredits: int, name: str = "a") -> Principal:
    """Make an account with some credits."""
    now = dt.datetime.now(dt.UTC)
    account_id = await create_account(database, new_id(now, os.urandom(RANDOM_BYTES)), name, now)
    if microcredits:
        grant = Grant(
            account_id=account_id,
            microcredits=microcredits,
            actor="test",
            reason="to spend",
            created_at=now,
        )
        await grant_credits(database, grant)
    return Principal(key_id=account_id, account_id=account_id, account=name)


def make_spec(**changes: Any) -> TaskSpec:
    """Return a spec for one second."""
    fields: dict[str, Any] = {
        "mode": Mode.TEXT_TO_VIDEO, "model": "veo-4", "prompt": "a boat", "seed": 7, "duration_s": 1,
    }  # fmt: skip
    return TaskSpec(**(fields | changes))


async def put_task(database: Database, principal: Principal, spec: TaskSpec | None = None, **changes: Any) -> uuid.UUID:
    """Accept a task of one second."""
    now = changes.get("created_at", dt.datetime.now(dt.UTC))
    fields: dict[str, Any] = {
        "id": new_id(now, os.urandom(RANDOM_BYTES)),
        "account_id": principal.account_id,
        "dialect": "veo4api",
        "spec": spec or make_spec(),
        "engine": "animatic",
        "price_microcredits": PRICE,
        "created_at": now,
        "deadline_at": now + dt.timedelta(hours=1),
    }
    new = NewTask(**(fields | changes))
    assert isinstance(await accept_task(database, new), int)
    return new.id


async def age_files(database: Database) -> None:
    """Have every file that no task has been noted a day and an hour earlier."""
    await database.fetch("UPDATE unclaimed_files SET created_at = created_at - interval '25 hours'")


def files_in(folder: pathlib.Path) -> Mapping[str, bytes]:
    """Return every file below a folder, hidden ones included, by path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


#: The role of a first picture, for short.
FIRST = Role.FIRST_FRAME
