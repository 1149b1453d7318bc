"""Which real path a wrong one comes nearest to."""

import pytest

from reelgate.web.nearest import known_paths, nearest_path

KNOWN = known_paths(
    [
        ("POST", "/v1/videos"),
        ("GET", "/v1/videos"),
        ("GET", "/v1/videos/{videoId}"),
        ("GET", "/v1/videos/{videoId}/content"),
        ("POST", "/v1/videos/{videoId}/remix"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "nearest"),
    [
        ("POST", "/v1/video", "POST /v1/videos"),
        ("GET", "/v1/VIDEOS", "GET /v1/videos"),
        ("GET", "/v1/videos/video_0123456789abcdef0123456789abcdef/contents", "GET /v1/videos/{videoId}/content"),
        ("POST", "/v1/videos/video_1/remixes", "POST /v1/videos/{videoId}/remix"),
        ("PUT", "/v1/videos/", "GET /v1/videos/{videoId}"),
        ("GET", "/", "GET /v1/videos/{videoId}"),
        ("GET", "", "GET /v1/videos"),
    ],
)
def test_the_likest_path_is_named(method: str, path: str, nearest: str) -> None:
    """A slip of the pen, an id of any length; among equals, the one that has the method."""
    assert str(nearest_path(method, path, KNOWN)) == nearest


def test_what_is_not_like_any_is_not_named() -> None:
    """Where that is asked for; and nothing is like nothing."""
    assert nearest_path("GET", "/favicon.ico", KNOWN, likeness_min=0.3) is None
    assert nearest_path("GET", "/v1/videos", []) is None


def test_a_long_path_is_read_at_its_beginning() -> None:
    """So that nobody makes the server compare for long."""
    near = nearest_path("GET", "/v1/videos/" + "x" * 100_000, KNOWN)
    assert near == nearest_path("GET", "/v1/videos/" + "x" * 189, KNOWN)
