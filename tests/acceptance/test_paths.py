"""Paths and methods that are nearly right, through every wire: that wire's own error, and what was meant."""

from typing import Any

import httpx2
import pytest

#: By wire, how to find in its error body the sentence for people.
SENTENCES = {
    "veo4api": lambda body: body["error"]["message"],
    "veo3gen": lambda body: body["message"],
    "veoapi": lambda body: body["error"]["message"],
    "acedata": lambda body: body["error"]["message"],
    "vtrix": lambda body: body["message"],
    "gemini": lambda body: body["error"]["message"],
    "vertex": lambda body: body["error"]["message"],
    "openai": lambda body: body["error"]["message"],
    "none": lambda body: body["error"]["message"],
}
#: By wire, a whole error body for a path that is not there, without the sentence.
BODIES: dict[str, dict[str, Any]] = {
    "veo4api": {"error": {"code": "not_found", "message": ""}},
    "veo3gen": {"success": False, "error": "NOT_FOUND", "message": ""},
    "veoapi": {"error": {"message": "", "type": "invalid_request_error", "code": "unknown_url"}},
    "acedata": {"error": {"code": "no_api", "message": ""}, "trace_id": ""},
    "vtrix": {
        "status": {"code": 404, "message": "", "error_code": 40403},
        "data": None,
        "message": "",
        "error_code": 40403,
    },
    "gemini": {"error": {"code": 404, "message": "", "status": "NOT_FOUND"}},
    "vertex": {"error": {"code": 404, "message": "", "status": "NOT_FOUND"}},
    "openai": {"error": {"message": "", "type": "invalid_request_error", "param": None, "code": "unknown_url"}},
    "none": {"error": {"code": "route_unknown", "message": ""}},
}
PUBLISHER = "/v1/projects/p/locations/us-central1/publishers/google/models"

UNKNOWN = [
    ("veo4api", "POST", "/api/video/veo4/generat", "POST /api/video/veo4/generate"),
    ("veo4api", "GET", "/api/video/veo4/statuses/1", "GET /api/video/veo4/status"),
    ("veo3gen", "POST", "/api/veo/text2video", "POST /api/veo/text-to-video"),
    ("veo3gen", "GET", "/api/veo/status", "GET /api/veo/status/{taskId}"),
    ("veo3gen", "GET", "/api/veo/task/veo_1703123456789_abc123def", "GET /api/veo/"),
    ("veoapi", "POST", "/v1/video/generation", "POST /v1/video/generations"),
    ("veoapi", "GET", "/v1/models/veo-3/x", "GET /v1/models/{model}"),
    ("acedata", "POST", "/veo/video", "POST /veo/videos"),
    ("acedata", "POST", "/veo", "POST /veo/"),
    ("vtrix", "POST", "/model/v1/generations", "POST /model/v1/generation"),
    ("vtrix", "GET", "/api/v1/skill/models/veo_31_fast", "GET /api/v1/skill/models"),
    ("gemini", "GET", "/v1beta/operation/abc", "GET /v1beta/operations/{operation}"),
    ("gemini", "POST", "/v1beta/interactions", "/v1beta/"),
    ("vertex", "POST", f"{PUBLISHER}/veo:predict/x", ":predictLongRunning"),
    ("openai", "GET", "/v1/videos/video_1/contents", "GET /v1/videos/{videoId}/content"),
    ("none", "POST", "/v1/v1/videos", "POST /v1/videos"),
    ("none", "POST", "/video/generations", "POST /v1/video/generations"),
]

WRONG_METHODS = [
    ("veo4api", "GET", "/api/video/veo4/generate", "POST"),
    ("veo3gen", "POST", "/api/veo/models", "GET"),
    ("veoapi", "PUT", "/v1/video/generations", "POST"),
    ("acedata", "GET", "/veo/tasks", "POST"),
    ("vtrix", "DELETE", "/model/v1/generation", "POST"),
    ("gemini", "POST", "/v1beta/models/veo-3.1-generate-preview:generateContent", "GET"),
    ("vertex", "GET", f"{PUBLISHER}/veo-3.1-generate-001:fetchPredictOperation", "POST"),
    ("openai", "PATCH", "/v1/videos", "GET, POST"),
]


def without_words(found: Any, sentence: str) -> Any:
    """Return a body with its sentence and its trace id taken out."""
    if isinstance(found, dict):
        return {name: "" if name == "trace_id" else without_words(value, sentence) for name, value in found.items()}
    return "" if found == sentence else found


@pytest.mark.parametrize(("wire", "method", "path", "nearest"), UNKNOWN)
def test_an_unknown_path_names_the_nearest(
    client: httpx2.Client, wire: str, method: str, path: str, nearest: str
) -> None:
    """In the error body of the wire whose prefix it has, whether or not a key came with it."""
    for headers in ({}, {"authorization": "", "x-api-key": ""}):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code == 404
        sentence = SENTENCES[wire](answer.json())
        assert without_words(answer.json(), sentence) == BODIES[wire]
        assert nearest in sentence.partition("The nearest is ")[2]


@pytest.mark.parametrize(("wire", "method", "path", "allowed"), WRONG_METHODS)
def test_a_wrong_method_names_the_right_one(
    client: httpx2.Client, wire: str, method: str, path: str, allowed: str
) -> None:
    """In the sentence and in HTTP's own header."""
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert f"Use {allowed.replace(', ', ' or ')}." in SENTENCES[wire](answer.json())


def test_a_method_of_a_model_that_is_not_there_names_the_one_that_is(client: httpx2.Client) -> None:
    """Google's wires put the method behind a colon."""
    answer = client.post("/v1beta/models/veo-3.1-generate-preview:generateVideos", json={})
    assert "POST /v1beta/models/{model}:predictLongRunning" in answer.json()["error"]["message"]
