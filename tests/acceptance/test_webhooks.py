"""Webhooks of a running server: each wire's words, signed; endpoints by the command line; sending again."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from standardwebhooks.webhooks import WebhookVerificationError
from typer.testing import CliRunner

from acceptance.client_environments import client_python, run_client
from receivers import Receiver, answering
from reelgate.cli.main import app
from running import Server

GENERATE = "/api/video/veo4/generate"
FREE = {"prompt": "a boat at dawn", "model": "animatic", "duration": 1}
UNSUPPORTED = "http://10.0.0.1/hook"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """One that answers 204."""
    async with Receiver() as opened:
        yield opened


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with the server's key in every wire's header."""
    headers = {"authorization": f"Bearer {server.key}", "x-api-key": server.key, "x-goog-api-key": server.key}
    async with httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def secret(server: Server) -> str:
    """What signs for the URLs of single requests."""
    return str(webhooks(server, "secret", "--account", "dev")["secret"])


def webhooks(server: Server, *arguments: str) -> Any:
    """Run a command in this process, which is quicker."""
    runner = CliRunner(env={"REELGATE_FETCH_ALLOW": "127.0.0.1"})
    done = runner.invoke(app, ["webhooks", *arguments, "--data", str(server.data), "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


#: By wire: where a task is asked for, and with what, given the URL to call.
REQUESTS: dict[str, Any] = {
    "veo4api": lambda url: (GENERATE, FREE | {"webhook_url": url}),
    "veoapi": lambda url: ("/v1/video/generations", FREE | {"webhook_url": url}),
    "acedata": lambda url: (
        "/veo/videos",
        {"action": "text2video", "model": "animatic", "prompt": "a boat", "duration": 1, "callback_url": url},
    ),
    "gemini": lambda url: (
        "/v1beta/models/animatic:predictLongRunning",
        {
            "instances": [{"prompt": "a boat"}],
            "parameters": {"durationSeconds": 1},
            "webhookConfig": {"uris": [url, url + "?copy"], "userMetadata": {"order": 7}},
        },
    ),
}


async def test_veo4api_hears_the_draft(client: httpx2.AsyncClient, receiver: Receiver, secret: str) -> None:
    """Field for field, with a link that works."""
    path, body = REQUESTS["veo4api"](receiver.url)
    accepted = (await client.post(path, json=body)).json()
    await receiver.wait_for(1)
    event = receiver.received[0].verify(secret)
    assert list(event) == [
        "event", "task_id", "status", "model", "video_url", "credits_charged", "created_at", "completed_at",
    ]  # fmt: skip
    assert (event["event"], event["task_id"], event["status"]) == (
        "video.succeeded", accepted["task_id"], "succeeded",
    )  # fmt: skip
    assert (event["credits_charged"], event["created_at"]) == (0, accepted["created_at"])
    assert (await client.get(event["video_url"])).status_code == 200


async def test_veoapi_hears_what_a_poll_says(client: httpx2.AsyncClient, receiver: Receiver, secret: str) -> None:
    """The page says nothing of what is sent."""
    path, body = REQUESTS["veoapi"](receiver.url)
    accepted = (await client.post(path, json=body)).json()
    await receiver.wait_for(1)
    event = receiver.received[0].verify(secret)
    assert event == (await client.get(f"{path}/{accepted['id']}")).json()
    assert event["status"] == "succeeded"


async def test_acedata_hears_what_a_held_connection_says(
    client: httpx2.AsyncClient, receiver: Receiver, secret: str
) -> None:
    """A callback makes the call asynchronous."""
    path, body = REQUESTS["acedata"](receiver.url)
    accepted = (await client.post(path, json=body)).json()
    await receiver.wait_for(1)
    event = receiver.received[0].verify(secret)
    shown = (await client.post("/veo/tasks", json={"id": accepted["task_id"]})).json()
    assert event == shown["response"]
    assert (event["success"], len(event["data"])) == (True, 1)


async def test_gemini_hears_its_envelope_at_every_address(
    client: httpx2.AsyncClient, receiver: Receiver, secret: str
) -> None:
    """With the caller's metadata and one event id."""
    path, body = REQUESTS["gemini"](receiver.url)
    accepted = (await client.post(path, json=body)).json()
    await receiver.wait_for(2)
    first, second = receiver.received
    assert (first.id, first.facts) == (second.id, second.facts)
    event = first.verify(secret)
    assert (event["type"], event["version"], event["user_metadata"]) == ("video.generated", "v1", {"order": 7})
    assert event["data"]["id"] == accepted["name"]
    video = await client.get(event["data"]["output_file_uri"])
    assert (video.status_code, video.content[4:8]) == (200, b"ftyp")
    assert event["data"]["output_file_uri"].endswith(f"{event['data']['file_name']}:download?alt=media")


async def test_a_canceled_task_is_told_too(client: httpx2.AsyncClient, receiver: Receiver, secret: str) -> None:
    """It has cost nothing and has no video."""
    body = FREE | {"webhook_url": receiver.url, "duration": 60}
    task_id = (await client.post(GENERATE, json=body)).json()["task_id"]
    assert (await client.post("/api/video/veo4/cancel", json={"task_id": task_id})).status_code == 200
    await receiver.wait_for(1)
    event = receiver.received[0].verify(secret)
    assert (event["event"], event["task_id"], event["credits_charged"]) == ("video.canceled", task_id, 0)
    assert "video_url" not in event


@pytest.mark.parametrize("wire", sorted(REQUESTS))
async def test_an_address_that_is_not_public_is_refused(client: httpx2.AsyncClient, wire: str) -> None:
    """Before anything is charged, in the wire's own envelope, naming its field."""
    path, body = REQUESTS[wire](UNSUPPORTED)
    answer = await client.post(path, json=body)
    assert answer.status_code == 400
    assert "not on the public internet" in answer.text
    assert {"veo4api": "webhook_url", "veoapi": "webhook_url", "acedata": "callback_url"}.get(
        wire, "webhookConfig"
    ) in answer.text


async def test_an_endpoint_from_its_first_to_its_last_day(
    server: Server, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    """Added, heard in OpenAI's words, read by OpenAI's package, rotated, failing, replayed, disabled, removed."""
    made = await asyncio.to_thread(webhooks, server, "add", receiver.url, "--account", "dev", "--events", "succeeded")
    task = (await client.post(GENERATE, json=FREE)).json()["task_id"]
    await receiver.wait_for(1)
    got = receiver.received[0]
    fresh = (await asyncio.to_thread(webhooks, server, "rotate", made["id"]))["secret"]
    facts = run_client(
        client_python("openai"), "openai_webhooks.py", made["secret"], json.dumps(dict(got.headers)),
        got.body.decode(), fresh,
    )  # fmt: skip
    assert (facts["id"], facts["type"], facts["refused"]) == (got.id, "video.completed", True)
    assert (await client.get(f"/v1/videos/{facts['video']}")).json()["status"] == "completed"

    receiver.behave = answering(410, b"gone away")
    await client.post(GENERATE, json=FREE)
    await receiver.wait_for(2)
    for each in (made["secret"], fresh):
        receiver.received[1].verify(each)

    async def disabled() -> bool:
        listed = await asyncio.to_thread(webhooks, server, "list", "--account", "dev")
        return bool([each for each in listed["endpoints"] if each["state"] == "disabled (gone)"])

    async with asyncio.timeout(20):
        while not await disabled():
            pass
    receiver.behave = answering(200)
    await asyncio.to_thread(webhooks, server, "enable", made["id"])
    found = (await asyncio.to_thread(webhooks, server, "deliveries", "--endpoint", made["id"]))["deliveries"]
    assert [(each["state"], each["attempts"][0]["status"]) for each in found] == [("failed", 410), ("delivered", 204)]
    assert found[0]["attempts"][0]["answer"] == "gone away"
    by_task = (await asyncio.to_thread(webhooks, server, "deliveries", "--task", task))["deliveries"]
    assert by_task == [found[1]]
    assert (await asyncio.to_thread(webhooks, server, "replay", "--endpoint", made["id"]))["replayed"] == 1
    await receiver.wait_for(3)
    assert receiver.ids[2] == receiver.ids[1] != receiver.ids[0]
    assert (await asyncio.to_thread(webhooks, server, "replay", found[1]["id"]))["replayed"] == 1
    await receiver.wait_for(4)
    assert receiver.ids[3] == receiver.ids[0]
    await asyncio.to_thread(webhooks, server, "ping", made["id"])
    await receiver.wait_for(5)
    with pytest.raises(WebhookVerificationError):
        receiver.received[4].verify("whsec_" + "A" * 43 + "=")
    assert (await asyncio.to_thread(webhooks, server, "remove", made["id"]))["state"] == "removed"
    assert (await asyncio.to_thread(webhooks, server, "list"))["endpoints"] == []


async def test_google_s_package_looks_after_webhooks(
    server: Server, client: httpx2.AsyncClient, receiver: Receiver
) -> None:
    """`client.webhooks`, unmodified: what it registers is pinged, rotated and told of videos."""
    facts = await asyncio.to_thread(
        run_client, client_python("google-genai-2"), "gemini_webhooks.py", server.url, server.key, receiver.url
    )
    made = facts["made"]
    assert (made["name"], made["state"], made["subscribed_events"]) == ("mine", "enabled", ["video.generated"])
    assert made["new_signing_secret"].startswith("whsec_")
    assert facts["got"].get("new_signing_secret") is None
    assert made["new_signing_secret"].startswith(facts["got"]["signing_secrets"][0]["truncated_secret"].rstrip("…"))
    assert (facts["changed"]["uri"], facts["changed"]["id"]) == (receiver.url, made["id"])
    (listed,) = facts["listed"]
    assert len(listed["signing_secrets"]) == 2
    assert facts["left"] == [made["id"]]
    for said, error in zip(
        ("permission", "public internet", "video.generated", "imagined"), facts["refused"], strict=True
    ):
        assert said in error
    path, body = REQUESTS["veo4api"](receiver.url)
    del body["webhook_url"]
    await client.post(path, json=body)
    await receiver.wait_for(2)
    for secret in (made["new_signing_secret"], facts["rotated"]["secret"]):
        kinds = {received.verify(secret)["type"] for received in receiver.received}
    assert kinds == {"webhook.ping", "video.generated"}
    headers = {"x-goog-api-key": server.key}
    assert (await client.delete(f"/v1beta/webhooks/{made['id']}", headers=headers)).json() == {}
