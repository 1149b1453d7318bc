"""`kill -9` of a worker whose tasks are made elsewhere: no job is submitted twice, no task lost or charged twice."""

import asyncio
import pathlib

from fakes import write_video
from fault.test_kill import PRICED, assert_sound, create, kill
from running import pause, serving, wait_for_task
from standin import StandIn, hang, openai_videos

ENGINES = """
[[engines]]
name = "far"
kind = "openai_videos"
url = "{}/v1"
models = {{ "*" = "wan" }}
run_typical_s = 2
"""


def wait_for_submits(standin: StandIn, count: int) -> None:
    while len(standin.of_kind("submit")) < count:
        pause(0.05)


def scenario(standin: StandIn, folder: pathlib.Path) -> None:
    engines = folder / "engines.toml"
    engines.write_text(ENGINES.format(standin.url))
    with (
        serving(folder / "data", variables={"REELGATE_ENGINES": str(engines)}) as server,
        server.client() as client,
    ):
        tasks = [create(client, PRICED) for _ in range(3)]
        wait_for_submits(standin, 3)
        standin.mischief["submit"].append(hang)
        unclear = create(client, PRICED)
        wait_for_submits(standin, 4)
        for _ in range(2):
            kill(server.part_pids("worker"))
            pause(1)
        for task in tasks:
            assert task
            assert wait_for_task(client, task)["status"] == "succeeded"
        # Nobody knows whether the fourth is being made; it is not sent again, and its owner may give it up.
        assert unclear
        assert wait_for_task(client, unclear, until=("processing",))
        assert client.post("/api/video/veo4/cancel", json={"task_id": unclear}).status_code == 200
        assert len(standin.of_kind("submit")) == 4
        assert_sound(server.data, 4)


async def test_a_killed_worker_submits_nothing_twice(tmp_path: pathlib.Path) -> None:
    """Jobs go on upstream while nobody looks, and are found again by their handles."""
    video = await asyncio.to_thread(write_video, tmp_path / "clip.mp4")
    content = await asyncio.to_thread(video.read_bytes)
    async with openai_videos(content, looks=3).serve() as standin:
        await asyncio.to_thread(scenario, standin, tmp_path)
