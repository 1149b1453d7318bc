"""The environment's own credentials (ADC) for Vertex AI, as a process finds them: a file, or the machine's identity."""

import asyncio
import base64
import json
import pathlib
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from running import run_command
from standin import Reply, Request, StandIn

TOKEN = {"access_token": "fresh-token", "expires_in": 3600, "token_type": "Bearer"}
ACCOUNT = "/computeMetadata/v1/instance/service-accounts/default/"
OPERATION = "projects/p/locations/us-central1/publishers/google/models/veo-3.1-generate-001/operations/1"

ENGINES = """
[[engines]]
name = "vertex"
kind = "vertex"
url = "{url}"

[[engines.credentials]]
project = "p"
"""


def google(request: Request) -> Reply:
    """Answer as Vertex, as the token server, and as a machine's metadata server in one."""
    path = request.path.partition("?")[0]
    if path.endswith(":predictLongRunning"):
        return Reply.of({"name": OPERATION})
    if path.endswith(":fetchPredictOperation"):
        videos = [{"bytesBase64Encoded": base64.b64encode(b"a video").decode(), "mimeType": "video/mp4"}]
        return Reply.of({"name": OPERATION, "done": True, "response": {"videos": videos}})
    flavor: dict[str, Any] = {"Metadata_Flavor": "Google"}
    metadata: dict[str, Any] = {
        f"{ACCOUNT}token": TOKEN,
        ACCOUNT: {"email": "machine@p.iam.gserviceaccount.com", "scopes": [], "aliases": ["default"]},
    }
    if path == "/token":
        return Reply.of(TOKEN)
    if path == "/computeMetadata/v1/project/project-id":
        return Reply(body=b"p", headers={"Metadata-Flavor": "Google"}, media_type="application/text")
    if path == "/":
        return Reply(body=b"computeMetadata/\n", headers={"Metadata-Flavor": "Google"}, media_type="application/text")
    return Reply.of(metadata[path], **flavor) if path in metadata else Reply.of({}, 404, **flavor)


def write_account(path: pathlib.Path, token_url: str) -> None:
    """Write a service account's file with a key that nobody knows."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    facts = {"type": "service_account", "project_id": "p", "private_key_id": "1", "private_key": pem}
    path.write_text(json.dumps(facts | {"client_email": "a@p.iam.gserviceaccount.com", "token_uri": token_url}))


@pytest.mark.parametrize("found_in", ["a file", "the machine"])
async def test_the_environment_s_credentials_open_vertex(found_in: str, tmp_path: pathlib.Path) -> None:
    """Of a process that is told nothing but the project."""
    async with StandIn(answer=google, kind_of=lambda request: request.path).serve() as standin:
        engines, account = tmp_path / "engines.toml", tmp_path / "account.json"
        engines.write_text(ENGINES.format(url=standin.url))
        variables: dict[str, Any] = {
            "REELGATE_ENGINES": str(engines),
            # Nothing of whoever runs the tests.
            "HOME": str(tmp_path),
            "CLOUDSDK_CONFIG": str(tmp_path),
        }
        if found_in == "a file":
            write_account(account, f"{standin.url}/token")
            variables |= {"GOOGLE_APPLICATION_CREDENTIALS": str(account), "NO_GCE_CHECK": "true"}
        else:
            host = standin.url.removeprefix("http://")
            variables |= {"GCE_METADATA_HOST": host, "GCE_METADATA_IP": host}
        command = ("engines", "try", "vertex", "--data", str(tmp_path / "data"), "--json")
        tried = await asyncio.to_thread(run_command, *command, check=False, **variables)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    (answer,) = json.loads(tried.stdout)["tried"]
    assert answer["ok"], answer
    calls = [request for request in standin.requests if ":" in request.path]
    assert [request.headers["authorization"] for request in calls] == ["Bearer fresh-token"] * 2
    asked = [request for request in standin.requests if request.path.startswith((ACCOUNT, "/token"))]
    assert asked
    if found_in == "the machine":
        assert {request.headers["metadata-flavor"] for request in asked} == {"Google"}
