"""`kill -9` of any part at any moment: no accepted task is lost and none is charged twice.

The seed of the moments is printed; REELGATE_TEST_SEED repeats a run.
"""

import contextlib
import json
import os
import pathlib
import random
import signal
from collections.abc import Mapping

import httpx2
import psutil
import pytest

from running import Server, command_facts, pause, serving, wait_for_task

GENERATE = "/api/video/veo4/generate"
PRICED = {"prompt": "a boat under the moon", "model": "veo-4"}
FREE = {"prompt": "three birds over a forest", "model": "animatic", "duration": 2}
SEED = int(os.environ.get("REELGATE_TEST_SEED", random.SystemRandom().randrange(10_000)))


def create(client: httpx2.Client, body: Mapping[str, object]) -> str | None:
    """Ask for a task; None when the answer says that it was not accepted or never came."""
    with contextlib.suppress(httpx2.TransportError):
        answer = client.post(GENERATE, json=body)
        if answer.status_code == 200:
            return str(answer.json()["task_id"])
        assert answer.status_code in (500, 503), answer.text
        assert set(answer.json()) == {"error"}
    return None


def kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def postmaster(server: Server) -> list[int]:
    children = psutil.Process(server.process.pid).children()
    return [child.pid for child in children if "postgres" in child.name()]


def assert_sound(data: pathlib.Path, tasks: int) -> None:
    """The ledger is sound, and exactly what was accepted was charged."""
    assert command_facts("ledger", "verify", "--data", str(data))["ok"] is True
    listed = command_facts("tasks", "list", "--limit", "1000", "--data", str(data))["tasks"]
    assert len(listed) >= tasks
    spent = sum(task["credits"] for task in listed if task["state"] == "succeeded")
    accounts = command_facts("credits", "list", "--data", str(data))["accounts"]
    (account,) = [account for account in accounts if account["account"] == "dev"]
    assert (account["available"], account["reserved"]) == (100_000 - spent, 0)


@pytest.mark.parametrize("part", ["worker", "api", "postgres"])
def test_a_killed_part_loses_nothing(tmp_path: pathlib.Path, part: str) -> None:
    """Tasks that were accepted before, and are asked for while a part is dead, end well."""
    print(f"seed {SEED}")  # noqa: T201 - so that a run can be repeated
    moments = random.Random(f"{SEED} {part}")  # noqa: S311 - not a secret
    with serving(tmp_path / "data") as server, server.client() as client:
        accepted = [create(client, PRICED)]
        for _ in range(2):
            pause(moments.uniform(0, 1.5))
            kill(postmaster(server) if part == "postgres" else server.part_pids(part))
            accepted += [create(client, FREE), create(client, FREE)]
        tasks = [task for task in accepted if task]
        assert tasks
        assert [wait_for_task(client, task)["status"] for task in tasks] == ["succeeded"] * len(tasks)
        assert_sound(server.data, len(tasks))


def test_everything_is_killed_at_once(tmp_path: pathlib.Path) -> None:
    """The parent and all it started die by SIGKILL; a new server on the folder finishes what was accepted."""
    with serving(tmp_path / "data") as server, server.client() as client:
        tasks = [task for task in (create(client, PRICED), create(client, FREE)) if task]
        pause(0.5)
        parts = psutil.Process(server.process.pid).children(recursive=True)
        kill([server.process.pid, *(part.pid for part in parts)])
        server.process.wait()
    with serving(tmp_path / "data") as server, server.client() as client:
        assert [wait_for_task(client, task)["status"] for task in tasks] == ["succeeded", "succeeded"]
        assert_sound(server.data, 2)


def test_nothing_outlives_a_killed_parent(tmp_path: pathlib.Path) -> None:
    """When only the parent is killed, its parts end by themselves."""
    with serving(tmp_path / "data") as server:
        parts = psutil.Process(server.process.pid).children(recursive=True)
        kill([server.process.pid])
        server.process.wait()
        _, alive = psutil.wait_procs(parts, timeout=30)
        assert not [part for part in alive if part.status() != psutil.STATUS_ZOMBIE]


def test_a_killed_render_fails_that_task_alone(tmp_path: pathlib.Path) -> None:
    """A child that dies costs its own task, which costs nothing; the next is made."""
    with serving(tmp_path / "data") as server, server.client() as client:
        long = create(client, {"prompt": "a long film", "model": "animatic", "duration": 60, "resolution": "1080p"})
        short = create(client, FREE)
        assert long
        assert short
        wait_for_task(client, long, until=("processing",))
        (worker,) = server.part_pids("worker")
        while not (renders := [p for z in psutil.Process(worker).children() for p in z.children()]):
            pause(0.02)
        kill([render.pid for render in renders])
        failed = wait_for_task(client, long)
        assert failed["status"] == "failed"
        assert "Traceback" not in json.dumps(failed)
        assert wait_for_task(client, short)["status"] == "succeeded"
        assert_sound(server.data, 2)


def test_a_full_disk_fails_the_task_and_not_the_server(tmp_path: pathlib.Path) -> None:
    """Where files cannot grow the task fails with its credits returned, and the server goes on."""
    with serving(tmp_path / "data") as server, server.client() as client:
        # No file of the worker or its children may be larger than this: writing more fails as on a full disk.
        (worker,) = server.part_pids("worker")
        psutil.Process(worker).rlimit(psutil.RLIMIT_FSIZE, (20_000, 20_000))
        for zygote in psutil.Process(worker).children():
            zygote.rlimit(psutil.RLIMIT_FSIZE, (20_000, 20_000))
        task = create(client, PRICED)
        assert task
        failed = wait_for_task(client, task)
        assert failed["status"] == "failed"
        assert str(server.data) not in json.dumps(failed)
        kill([worker])
        task = create(client, FREE)
        assert task
        assert wait_for_task(client, task)["status"] == "succeeded"
        assert_sound(server.data, 2)
