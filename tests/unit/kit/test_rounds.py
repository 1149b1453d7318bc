"""Rounds: what goes wrong in one never keeps the next from coming."""

import asyncio

import pytest

from reelgate.kit.rounds import in_rounds


async def test_nothing_ends_the_rounds_but_cancelling() -> None:
    """Errors that are expected, errors that nobody foresaw, even a failed assertion."""
    planned: list[Exception | None] = [ValueError("no"), KeyError("what"), AssertionError(), None, RuntimeError("x")]
    seen = asyncio.Event()

    async def step() -> None:
        if not planned:
            seen.set()
        elif error := planned.pop(0):
            raise error

    running = asyncio.create_task(in_rounds("test", step, every_s=0, expected=ValueError))
    await asyncio.wait_for(seen.wait(), 10)
    assert not running.done()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
