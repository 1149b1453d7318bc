"""Secrets of every kind through a running server of two API processes that logs all it can: none comes out anywhere."""

import asyncio
import base64
import contextlib
import json
import os
import pathlib
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx2
import pytest

from reelgate.kit.postgres.server import find_running
from reelgate.settings import Settings
from running import PROGRAM, Server, command_facts, environment, pause, serving

UPSTREAM_ENV, UPSTREAM_STORED = "sk-env-upstream-5f2c9d", "sk-stored-upstream-71ab3e"
PASSWORD = "hunter2-in-a-url"
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n not really a picture, but nobody else's business").decode()
#: Where secrets may be, because they sign: they never leave.
SIGNING_TABLES = ("webhook_secrets", "server_secrets")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose engine behind HTTP does not answer."""
    variables = {
        "REELGATE_API_PROCESSES": "2",
        "REELGATE_LOG_LEVEL": "debug",
        "REELGATE_OPENAI_VIDEOS_URL": "http://127.0.0.1:9/v1",
        "REELGATE_OPENAI_VIDEOS_KEY": UPSTREAM_ENV,
        "REELGATE_OPENAI_VIDEOS_MODEL": "wan",
    }
    with serving(tmp_path_factory.mktemp("secrets") / "data", variables=variables) as running:
        yield running


def make_key(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = command_facts("keys", "create", "--data", str(server.data), "--credits", "5000")
    return found


def test_a_revoked_key_ends_on_every_process_within_a_second(server: Server) -> None:
    """Both processes have it in memory, over connections that stay open."""
    key = make_key(server)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.client(key["key"])) for _ in range(16)]
        for client in clients:
            assert client.get("/api/veo/history").status_code == 200
        command_facts("keys", "revoke", key["key_id"], "--data", str(server.data))
        revoked = time.monotonic()
        while any(client.get("/api/veo/history").status_code == 200 for client in clients):
            assert time.monotonic() - revoked < 1
            pause(0.01)
        assert {client.get("/api/veo/history").status_code for client in clients} == {401}
        assert len(server.part_pids("api")) == 2


async def test_no_secret_comes_out(server: Server) -> None:
    """Neither in logs, nor in errors, nor in what commands show, nor in tables that need none."""
    key = make_key(server)["key"]
    keep_credential(server, UPSTREAM_STORED)
    ring = (server.data / "secret-keys").read_text().strip().partition(":")[2]
    said = []
    with server.client(key) as client:
        hook = client.post("/v1beta/webhooks", json={"name": "h", "uri": "https://example.com/h"})
        said += [text for text in ask_everything(client, key) if text]
        signing = hook.json().get("signingSecret") or hook.json().get("signing_secret") or ""
    await asyncio.sleep(1)
    for listing in ("keys", "secrets", "tasks"):
        said.append(json.dumps(command_facts(listing, "list", "--data", str(server.data))))
    said.append(server.log.read_text())
    said.append(await dump(server.data))
    secrets = [key, server.key, UPSTREAM_ENV, UPSTREAM_STORED, PASSWORD, PICTURE, ring, *([signing] if signing else [])]
    for secret in secrets:
        for form in (secret, secret.encode().hex()):
            assert not [text for text in said if form in text], form


def keep_credential(server: Server, secret: str) -> None:
    command = [*PROGRAM, "secrets", "set", "gpu", "--data", str(server.data)]
    subprocess.run(command, input=secret, text=True, check=True, env=environment(), capture_output=True)


def ask_everything(client: httpx2.Client, key: str) -> Iterator[str]:
    """Send requests that go well and wrong, with secrets where callers put them; yield what is answered."""
    with_password = f"http://user:{PASSWORD}@127.0.0.1:9/a.png"
    create = "/api/video/veo4/generate"
    for body in (
        {"prompt": "a boat"},
        {"prompt": "a boat", "model": "animatic", "duration": 1},
        {"prompt": "a boat", "image_urls": [with_password]},
        {"prompt": "a boat", "image_urls": [f"data:image/png;base64,{PICTURE}"]},
        {"prompt": "a boat", "webhook_url": with_password},
        {"prompt": "a boat", "callback_url": with_password},
        {"prompt": 5, "image_urls": with_password},
    ):
        yield client.post(create, json=body).text
    yield client.post("/veo/videos", json={"prompt": "a", "image_urls": [f"data:image/png;base64,{PICTURE}"]}).text
    yield client.post(create, content=f'{{"prompt": "{PASSWORD}').text
    yield client.get(f"/v1beta/models?key={key}").text
    yield client.get(f"/v1beta/nothing?key={key}").text
    yield client.get(f"/v1beta/models?key={key[:-1]}x", headers={"authorization": "", "x-api-key": ""}).text
    yield client.get("/v1/videos", headers={"authorization": f"Basic {key}", "x-api-key": key}).text
    yield client.get("/files/00000000000000000000000000000000/video-0.mp4?sig=nonsense").text


async def dump(data: pathlib.Path) -> str:
    """Return every row of every table that holds no signing secret."""
    dsn = find_running(Settings(data=data).postgres_folder)
    assert dsn
    connection = await asyncpg.connect(dsn)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [row["tablename"] for row in tables if row["tablename"] not in SIGNING_TABLES]
        assert {"api_keys", "tasks", "sealed_credentials", "webhook_deliveries"} <= set(names)
        rows = [await connection.fetch(f'SELECT t::text AS row FROM "{name}" t') for name in names]
    finally:
        await connection.close()
    return os.linesep.join(row["row"] for found in rows for row in found)
