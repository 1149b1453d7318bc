"""A server behind a proxy that its operator trusts: limits, links and metrics are the client's, not the proxy's."""

import itertools
import pathlib
from collections.abc import Iterator

import httpx2
import pytest

from reelgate.web.limiter import FAILED_KEYS_MAX
from running import Server, serving, wait_for_task

CREATE = "/api/video/veo4/generate"


@pytest.fixture
def server(tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """One that trusts what the test says."""
    with serving(tmp_path / "data", variables=request.param) as running:
        yield running


def guesses_until_refused(client: httpx2.Client, addresses: Iterator[str]) -> int:
    """Return how many guesses were answered before one was refused; while they are made, some are forgiven."""
    for count in range(20 * FAILED_KEYS_MAX):
        headers = {"authorization": "Bearer rg_guess", "x-forwarded-for": next(addresses)}
        answer = client.get("/api/veo/history", headers=headers)
        if answer.status_code == 429:
            return count
        assert answer.status_code == 401
    raise AssertionError("guesses were never refused")


@pytest.mark.parametrize("server", [{"REELGATE_TRUSTED_PROXIES": "127.0.0.1"}], indirect=True)
def test_a_trusted_proxy_speaks_for_its_clients(server: Server) -> None:
    """Guesses of one client refuse no other's; links have the address that clients use; metrics stay at home."""
    with server.client("") as client:
        assert guesses_until_refused(client, itertools.repeat("203.0.113.7")) >= FAILED_KEYS_MAX
        # A client cannot choose its address: what it sends itself stands before what the proxy adds.
        chosen = (f"198.51.100.{n % 250}, 203.0.113.7" for n in itertools.count())
        assert guesses_until_refused(client, chosen) < FAILED_KEYS_MAX / 2
        assert guesses_until_refused(client, itertools.repeat("203.0.113.8")) >= FAILED_KEYS_MAX
    assert httpx2.get(f"{server.url}/metrics").status_code == 200
    assert httpx2.get(f"{server.url}/metrics", headers={"x-forwarded-for": "203.0.113.8"}).status_code == 403
    with server.client() as client:
        task_id = client.post(CREATE, json={"prompt": "a boat", "model": "animatic", "duration": 1}).json()["task_id"]
        wait_for_task(client, task_id)
        proxied = {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.7", "host": "video.example.com"}
        for headers, begins in ((proxied, "https://video.example.com/files/"), ({}, f"{server.url}/files/")):
            shown = client.get("/api/video/veo4/status", params={"task_id": task_id}, headers=headers).json()
            assert shown["video_url"].startswith(begins)


@pytest.mark.parametrize("server", [{}], indirect=True)
def test_by_default_nobody_is_believed(server: Server) -> None:
    """Whatever they write, all callers have the address that they come from."""
    with server.client("") as client:
        guesses_until_refused(client, (f"203.0.113.{n % 250}" for n in itertools.count()))
    with server.client() as client:
        headers = {"x-forwarded-proto": "https", "host": "evil.example"}
        answer = client.post(CREATE, json={"prompt": "a boat", "model": "animatic", "duration": 1}, headers=headers)
        task_id = answer.json()["task_id"]
        wait_for_task(client, task_id)
        shown = client.get("/api/video/veo4/status", params={"task_id": task_id}, headers=headers).json()
        assert shown["video_url"].startswith(server.url)
