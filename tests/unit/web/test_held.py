"""Tests of holding a request open."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.types import Message

from reelgate.core.errors import TaskUnknown
from reelgate.web.held import hold


class Client:
    """Has sent its whole body, and stays until it hangs up."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        #: Its body has been passed on, and the server waits for what else it says.
        self.silent = asyncio.Event()
        self.received = 0

    async def receive(self) -> Message:
        """Return what a server says: the rest of a body at most, then that the client is gone."""
        self.received += 1
        if self.received == 1:
            return {"type": "http.request", "body": b"", "more_body": False}
        self.silent.set()
        await self.gone.wait()
        return {"type": "http.disconnect"}

    def request(self) -> Request:
        """Return the request."""
        return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, self.receive)


async def test_a_result_is_returned() -> None:
    """Whoever stays gets the result; nothing goes on waiting."""
    client = Client()

    async def work() -> int:
        await client.silent.wait()
        return 7

    before = asyncio.all_tasks()
    assert await hold(client.request(), work()) == 7
    assert asyncio.all_tasks() == before


async def test_a_failure_is_raised() -> None:
    """What goes wrong while waiting is the handler's to answer."""

    async def work() -> int:
        raise TaskUnknown("gone")

    with pytest.raises(TaskUnknown):
        await hold(Client().request(), work())


async def test_a_client_that_hangs_up_ends_the_waiting() -> None:
    """Nobody is waited for in vain, and the request's messages are awaited and not polled."""
    client = Client()
    stopped = asyncio.Event()

    async def work() -> int:
        client.gone.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        raise AssertionError

    assert await hold(client.request(), work()) is None
    assert stopped.is_set()
    assert client.received == 2


async def test_a_server_that_ends_ends_the_waiting() -> None:
    """A handler that is cancelled leaves nothing behind."""
    client = Client()
    before = asyncio.all_tasks()
    holding = asyncio.create_task(hold(client.request(), asyncio.Event().wait()))
    await client.silent.wait()
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)
    assert asyncio.all_tasks() == before
