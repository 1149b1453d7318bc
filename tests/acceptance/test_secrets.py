"""Secrets of every kind through a running server of two API processes that logs all it can: none comes out anywhere."""

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import json
import pathlib
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from reelgate.kit.postgres.installation import find_installation
from reelgate.kit.postgres.server import find_running
from reelgate.kit.sealing import read_key_ring
from reelgate.settings import Settings
from reelgate.store.database import wait_for_database
from reelgate.store.secrets import ensure_secret
from reelgate.store.vault import Vault
from running import PROGRAM, Server, command_facts, environment, pause, serving

UPSTREAM_ENV, UPSTREAM_STORED = "sk-env-upstream-5f2c9d", "sk-stored-upstream-71ab3e"
PASSWORD = "hunter2-in-a-url"
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n not really a picture, but nobody else's business").decode()
EVENT = "video.generated"
PROMPT_KEY, METRICS_TOKEN = "sk-prompt-service-0c3d7a", "metrics-token-88fe21"
STRIPE_KEY, STRIPE_SECRET = "sk_test_4eC39HqLyjWDarjtT1zdp7dc", "whsec_stripe_2b9d11"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose engine behind HTTP does not answer."""
    variables = {
        "REELGATE_API_PROCESSES": "2",
        "REELGATE_LOG_LEVEL": "debug",
        "REELGATE_OPENAI_VIDEOS_URL": "http://127.0.0.1:9/v1",
        "REELGATE_OPENAI_VIDEOS_KEY": UPSTREAM_ENV,
        "REELGATE_OPENAI_VIDEOS_MODEL": "wan",
        "REELGATE_PROMPT_URL": "http://127.0.0.1:9/v1",
        "REELGATE_PROMPT_KEY": PROMPT_KEY,
        "REELGATE_PROMPT_MODEL": "chat",
        "REELGATE_METRICS_TOKEN": METRICS_TOKEN,
        "REELGATE_STRIPE_KEY": STRIPE_KEY,
        "REELGATE_STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
        "REELGATE_STRIPE_PACKAGES": "small=1000:999usd",
        "REELGATE_STRIPE_API_URL": "http://127.0.0.1:9",
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
    """Neither in logs, nor in errors, nor in what commands show, nor anywhere in a dump of the database."""
    key, data = make_key(server)["key"], ("--data", str(server.data))
    keep_credential(server, UPSTREAM_STORED)
    ring = (server.data / "secret-keys").read_text().strip()
    said, signing = [], make_signing_secrets(data)
    voucher = command_facts("credits", "voucher", "create", "5", *data)["code"]
    with server.client(key) as client:
        hook = client.post("/v1beta/webhooks", json={"uri": "https://example.com/h", "subscribed_events": [EVENT]})
        signing.append(hook.json()["new_signing_secret"])
        said += [text for text in ask_everything(client, key) if text]
    await asyncio.sleep(1)
    for command in (
        "keys list",
        "secrets list",
        "tasks list",
        "webhooks list",
        "credits list",
        "credits usage --account default --format json",
    ):
        said.append(json.dumps(command_facts(*command.split(), *data)))
    said += [server.log.read_text(), pg_dump(server.data)]
    links = await link_secret(server.data, ring)
    secrets = [key, server.key, voucher, ring.partition(":")[2], UPSTREAM_ENV, UPSTREAM_STORED, PASSWORD, PICTURE]
    secrets += [PROMPT_KEY, METRICS_TOKEN, STRIPE_KEY, STRIPE_SECRET, *signing]
    raw = [*(secret.encode() for secret in secrets), *(to_bytes(secret) for secret in signing), links]
    for secret in raw:
        for form in forms(secret):
            assert not [text for text in said if form in text], form
    # What looks for secrets finds what is there: the ends of stored keys, and their digests.
    assert [text for text in said if UPSTREAM_STORED[-4:] in text]
    assert hashlib.sha256(key.encode()).hexdigest() in said[-1]


def make_signing_secrets(data: tuple[str, ...]) -> list[str]:
    """Have secrets of an account and of an endpoint, both replaced once; return all four."""
    account = command_facts("webhooks", "secret", *data)["secret"]
    made = command_facts("webhooks", "add", "https://example.com/a", *data)
    replaced = [command_facts("webhooks", "rotate", *what, *data)["secret"] for what in ((), (made["id"],))]
    return [account, made["secret"], *replaced]


def to_bytes(signing: str) -> bytes:
    return base64.b64decode(signing.removeprefix("whsec_"))


def forms(secret: bytes) -> set[str]:
    """Return a secret as texts and dumps may hold it."""
    return {secret.hex(), base64.b64encode(secret).decode(), *([secret.decode()] if secret.isascii() else [])}


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
    yield client.post("/reelgate/credits/checkout", json={"package": "small"}).text
    yield client.post("/reelgate/stripe/webhook", content=b"{}", headers={"stripe-signature": STRIPE_SECRET}).text
    yield client.get("/metrics", headers={"authorization": f"Bearer {METRICS_TOKEN}"}).text
    yield client.get("/v1beta/webhooks").text
    yield client.get("/files/00000000000000000000000000000000/video-0.mp4?sig=nonsense").text


def pg_dump(data: pathlib.Path) -> str:
    """Return all that a copy of the database holds, as an operator's backup would."""
    dsn = find_running(Settings(data=data).postgres_folder)
    assert dsn
    program = find_installation().postgres.with_name("pg_dump")
    found = subprocess.run([program, "--dbname", dsn], check=True, capture_output=True, text=True).stdout
    assert all(f"COPY public.{table} " in found for table in ("api_keys", "webhook_secrets", "server_secrets", "tasks"))
    return found


async def link_secret(data: pathlib.Path, ring: str) -> bytes:
    """Return what signs links, opened as the server does."""
    dsn = find_running(Settings(data=data).postgres_folder)
    assert dsn
    database = await wait_for_database(dsn, connections_max=1)
    try:
        vault = Vault(ring=read_key_ring(ring))
        return await ensure_secret(database, vault, "links", b"", dt.datetime.now(dt.UTC))
    finally:
        await database.close()
