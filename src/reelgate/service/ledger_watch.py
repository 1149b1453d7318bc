"""Prove the ledger again and again for whoever watches the server. One per API process; called by `web.metrics`."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from reelgate.core.errors import ReelgateError
from reelgate.core.ports import Clock
from reelgate.store.database import Database
from reelgate.store.verify import find_breaches, invariants

#: A proof reads the whole ledger: it is made at most so often, and only while somebody watches.
PROVE_EVERY: Final = dt.timedelta(minutes=10)
#: Whoever asks waits so long for a proof, and then gets the last one.
WAIT_S: Final = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """How many rows broke each invariant, and when that was found."""

    breaches: Mapping[str, int]
    proved_at: dt.datetime


class LedgerWatch:
    """Remembers the last proof and makes the next one when it is due."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._last: Proof | None = None
        self._proving: asyncio.Task[None] | None = None

    async def look(self) -> Proof | None:
        """Return the last proof, or None before the first; one that is due is waited for, but not for ever."""
        due = self._last is None or self._clock() - self._last.proved_at >= PROVE_EVERY
        if due and self._proving is None:
            self._proving = asyncio.create_task(self._prove())
        if self._proving:
            await asyncio.wait({self._proving}, timeout=WAIT_S)
        return self._last

    async def close(self) -> None:
        """Give up a proof that is under way."""
        if self._proving:
            self._proving.cancel()
            await asyncio.gather(self._proving, return_exceptions=True)

    async def _prove(self) -> None:
        try:
            moment = self._clock()
            found = await find_breaches(self._database)
        except ReelgateError as error:
            _log.info("ledger.unproved", code=error.code)
        else:
            counts = Counter(breach.invariant for breach in found)
            self._last = Proof(breaches={name: counts[name] for name in invariants()}, proved_at=moment)
            for breach in found[:10]:
                _log.error("ledger.broken", invariant=breach.invariant, subject=breach.subject, detail=breach.detail)
        finally:
            self._proving = None
