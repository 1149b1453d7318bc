"""What an API process does beside answering: tell others what was used of shared limits, note when keys were used.

Called by `app`. Nothing here is on the way of a request; what fails is tried again with the next round.
"""

import asyncio
import os
import uuid
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
import structlog

from reelgate.core.errors import ReelgateError
from reelgate.kit.rounds import in_rounds
from reelgate.store.accounts import announce_use, note_use
from reelgate.store.database import Database
from reelgate.web.auth import Authenticator
from reelgate.web.limiter import Limiter

ROUND_S: Final = 1.0
#: When keys were used is written every so many rounds.
NOTE_ROUNDS: Final = 30
#: So many entries fit into one announcement of Postgres.
_ENTRIES_MAX: Final = 150

_log = structlog.get_logger(__name__)


class Use(msgspec.Struct):
    """What one process has let through."""

    process: str
    counts: dict[uuid.UUID, int]


class Upkeep:
    """Runs until `close`."""

    def __init__(self, database: Database, limiter: Limiter, authenticator: Authenticator) -> None:
        self._database = database
        self._limiter = limiter
        self._authenticator = authenticator
        self._process = os.urandom(8).hex()
        self._task: asyncio.Task[None] | None = None
        self._rounds = 0

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(in_rounds("upkeep", self._round, every_s=ROUND_S, expected=ReelgateError))

    async def close(self) -> None:
        """Stop, after a last note of when keys were used."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            await self._note()

    def hear(self, payload: str) -> None:
        """Count what another process has announced; what cannot be read says nothing."""
        try:
            use = msgspec.json.decode(payload, type=Use)
        except msgspec.DecodeError:
            return
        if use.process != self._process:
            for subject, count in use.counts.items():
                self._limiter.hear(subject, count)

    async def announce(self) -> None:
        """Tell every other process what this one has let through since the last time."""
        for counts in _portions(self._limiter.drain_untold()):
            payload = msgspec.json.encode(Use(process=self._process, counts=counts)).decode()
            await announce_use(self._database, payload)

    async def _round(self) -> None:
        self._rounds += 1
        if self._rounds % NOTE_ROUNDS == 0:
            await self._note()
        await self.announce()

    async def _note(self) -> None:
        used = self._authenticator.drain_used()
        if not used:
            return
        try:
            await note_use(self._database, used)
        except ReelgateError as error:
            _log.info("upkeep.unnoted", code=error.code)


def _portions(counts: Mapping[uuid.UUID, int]) -> Iterator[dict[uuid.UUID, int]]:
    items = list(counts.items())
    for start in range(0, len(items), _ENTRIES_MAX):
        yield dict(items[start : start + _ENTRIES_MAX])
