"""`reelgate generate` with a worker beside it."""

import asyncio
import pathlib

import pytest

from fakes import make_spec
from reelgate.cli import generate
from reelgate.cli.inputs import Files
from reelgate.core.errors import EngineFailed
from reelgate.settings import Settings
from reelgate.worker.run import Worker


async def test_it_does_not_outwait_its_worker(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that ends by itself is told of, instead of waiting for a video that nobody makes."""

    async def end_at_once(_worker: Worker) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(Worker, "run", end_at_once)
    async with asyncio.timeout(60):
        with pytest.raises(EngineFailed, match="worker has ended"):
            await generate._generate(
                Settings(data=tmp_path), make_spec(model="animatic"), Files(), tmp_path / "clip.mp4", quiet=True
            )
