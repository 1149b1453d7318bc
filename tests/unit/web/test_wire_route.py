"""Which endpoint of a wire a path leads to."""

from typing import Any

import pytest
from starlette.routing import Match, NoMatchFound
from starlette.types import ASGIApp, Receive, Scope, Send

from reelgate.web.wire_route import WirePaths, WireRoute


def endpoint(name: str) -> ASGIApp:
    async def answer(scope: Scope, _receive: Receive, _send: Send) -> None:
        scope["said"] = name

    return answer


PATHS = [
    "/v1/videos",
    "/v1/videos/edits",
    "/v1/videos/{id}",
    "/v1/videos/{id}/content",
    "/v2/{model}:predict",
    "/v2/f/{p:path}",
]
OTHER_PATHS = ["/v2", "/v2/f/{p:path}", "/v2/g/{id}"]
ROUTE = WireRoute(
    [
        WirePaths(
            endpoints={path: endpoint(path) for path in PATHS},
            prefixes=["/v1/videos", "/v2"],
            unknown=endpoint("unknown"),
        ),
        WirePaths(
            endpoints={path: endpoint(f"other {path}") for path in OTHER_PATHS},
            prefixes=["/v2", "/v3"],
            unknown=endpoint("other unknown"),
        ),
    ]
)


@pytest.mark.parametrize(
    ("path", "said", "parameters"),
    [
        ("/v1/videos", "/v1/videos", {}),
        ("/v1/videos/edits", "/v1/videos/edits", {}),
        ("/v1/videos/video_1", "/v1/videos/{id}", {"id": "video_1"}),
        ("/v1/videos/video_1/content", "/v1/videos/{id}/content", {"id": "video_1"}),
        ("/v1/videos/video_1/contents", "unknown", {}),
        ("/v1/videos/", "unknown", {}),
        ("/v2/veo-3.1:predict", "/v2/{model}:predict", {"model": "veo-3.1"}),
        ("/v2/f/files/a/b", "/v2/f/{p:path}", {"p": "files/a/b"}),
        ("/v2/f", "unknown", {}),
        ("/v2", "other /v2", {}),
        ("/v2/g/a", "other /v2/g/{id}", {"id": "a"}),
        ("/v2/g/a:predict", "other /v2/g/{id}", {"id": "a:predict"}),
        ("/v2/h/a", "unknown", {}),
        ("/v3/f/a", "other unknown", {}),
        ("/v3", "other unknown", {}),
    ],
)
async def test_a_path_of_the_wire_finds_its_endpoint(path: str, said: str, parameters: dict[str, str]) -> None:
    """A fixed one before a pattern, one wire before another; what is under a prefix is a wire's in any case."""
    scope: dict[str, Any] = {"type": "http", "path": path, "root_path": ""}
    found, more = ROUTE.matches(scope)
    assert (found, more["path_params"]) == (Match.FULL, parameters)
    scope |= more
    await ROUTE.handle(scope, None, None)  # type: ignore[arg-type]
    assert scope["said"] == said


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/videosx", "/v22/x", "/V1/videos"])
def test_any_other_path_is_left_to_others(path: str) -> None:
    """As is what is no request."""
    assert ROUTE.matches({"type": "http", "path": path, "root_path": ""}) == (Match.NONE, {})
    assert ROUTE.matches({"type": "websocket", "path": "/v1/videos", "root_path": ""}) == (Match.NONE, {})


def test_paths_have_no_names() -> None:
    """Nobody asks for one."""
    with pytest.raises(NoMatchFound):
        ROUTE.url_path_for("x")
