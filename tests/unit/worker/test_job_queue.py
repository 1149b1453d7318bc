"""How a worker notices that it cannot hear."""

import asyncio
import datetime as dt
from typing import TYPE_CHECKING, cast

import asyncpg
import pytest
from pgqueuer.domain.errors import FailingListenerError

from reelgate.worker import job_queue
from reelgate.worker.job_queue import _watch_listener

if TYPE_CHECKING:
    from pgqueuer.core.qm import QueueManager


class FakeManager:
    """Hears a few times, and then what a test says."""

    def __init__(self, error: Exception) -> None:
        """Fail the third time."""
        self.answers: list[Exception | None] = [None, None, error]
        self.shutdown = asyncio.Event()

    async def listener_healthy(self, timeout: dt.timedelta) -> None:  # noqa: ASYNC109 - the library's signature
        """Answer a probe."""
        assert not self.shutdown.is_set()
        if error := self.answers.pop(0):
            raise error


@pytest.mark.parametrize(
    "error",
    [
        FailingListenerError(),
        asyncpg.ConnectionDoesNotExistError("gone"),
        asyncpg.InterfaceError("closed"),
        asyncpg.InternalClientError("in disorder"),
        ConnectionResetError(),
    ],
)
async def test_a_deaf_queue_is_ended(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """So that it is begun again, on new connections; as long as it hears it is left alone."""
    monkeypatch.setattr(job_queue, "LISTENER_CHECK", dt.timedelta(0))
    manager = FakeManager(error)
    await _watch_listener(cast("QueueManager", manager))
    assert manager.shutdown.is_set()
    assert manager.answers == []
