"""What watches over a queue's connection for notifications."""

import asyncio
import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.worker import job_queue


async def test_whatever_becomes_of_the_watch_the_queue_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A watch that ended without a word would leave a queue that nobody wakes."""
    monkeypatch.setattr(job_queue, "LISTENER_CHECK", dt.timedelta(0))
    for error in (ZeroDivisionError(), KeyError("odd"), OSError()):
        planned: list[Exception | None] = [None, error]

        async def healthy(*, outcomes: list[Exception | None] = planned, **_: object) -> None:
            if outcome := outcomes.pop(0):
                raise outcome

        manager: Any = SimpleNamespace(listener_healthy=healthy, shutdown=asyncio.Event())
        await asyncio.wait_for(job_queue.watch_listener(manager), 10)
        assert manager.shutdown.is_set()
