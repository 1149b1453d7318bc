"""The running server that acceptance tests speak to."""

import pathlib
from collections.abc import Iterator

import httpx2
import pytest

from running import Server, serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests."""
    with serving(tmp_path_factory.mktemp("server") / "data") as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    """A client with the server's key in both wires' headers."""
    with server.client() as opened:
        yield opened


@pytest.fixture
def clip(tmp_path: pathlib.Path) -> pathlib.Path:
    """Where a test saves a video."""
    return tmp_path / "clip.mp4"
