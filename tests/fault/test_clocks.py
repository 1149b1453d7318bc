"""A machine whose clock jumps by days while the server works: nobody but its log notices."""

import pathlib
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from running import Server, command_facts, serving, wait_for_task

DAY_S = 86_400
JUMPING = pathlib.Path(__file__).parent / "jumping"


@pytest.fixture
def off(tmp_path: pathlib.Path) -> pathlib.Path:
    """The file that says by how many seconds clocks are off."""
    file = tmp_path / "off"
    file.write_text("0")
    return file


@pytest.fixture
def server(tmp_path: pathlib.Path, off: pathlib.Path) -> Iterator[Server]:
    """A server on such a machine."""
    variables = {"PYTHONPATH": str(JUMPING), "REELGATE_TEST_CLOCK_OFF": str(off), "REELGATE_RENDERS_MAX": "1"}
    with serving(tmp_path / "data", variables=variables) as running:
        yield running


def clock_of(off: pathlib.Path) -> float:
    """Return what a process there takes for the time."""
    code = "from reelgate.kit.clock import now; print(now().timestamp())"
    environment = {"PYTHONPATH": str(JUMPING), "REELGATE_TEST_CLOCK_OFF": str(off)}
    return float(subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True).stdout)


def test_clocks_that_jump_by_days_change_nothing(server: Server, off: pathlib.Path) -> None:
    """Tasks under way do not end early, nor files go, nor idempotency keys, links and keys end."""
    create, status = "/api/video/veo4/generate", "/api/video/veo4/status"
    body = {"prompt": "a boat", "model": "animatic", "duration": 2}
    with server.client() as client:
        tasks, links = [], []
        for round_, days in enumerate((0, 3, -3, 0)):
            key = {"idempotency-key": "the-same"}
            answer = client.post(create, json=body, headers=key)
            assert answer.status_code == 200, answer.text
            first = answer.json()["task_id"]
            waiting = [client.post(create, json=body | {"seed": round_ * 10 + n}).json()["task_id"] for n in range(3)]
            off.write_text(str(days * DAY_S))
            assert abs(clock_of(off) - time.time() - days * DAY_S) < 60
            waiting.append(client.post(create, json=body | {"seed": round_ * 10 + 5}).json()["task_id"])
            assert client.post(create, json=body, headers=key).json()["task_id"] == first
            for task_id in (first, *waiting):
                done = wait_for_task(client, task_id)
                assert done["status"] == "succeeded", done
                links.append(done["video_url"])
            tasks += [first, *waiting]
            assert len({first, *tasks}) == 1 + 4 * (round_ + 1)
            for link in links:
                assert client.get(link).status_code == 200
            assert client.get(status, params={"task_id": tasks[0]}).status_code == 200
    assert command_facts("ledger", "verify", "--data", str(server.data))["ok"]
