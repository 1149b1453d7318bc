"""Settings that lead nowhere, said in one sentence before anything is started."""

import pathlib

import pytest

from reelgate.cli.checks import check_settings
from reelgate.core.errors import ReelgateError
from reelgate.settings import Settings


async def test_good_settings_are_good(tmp_path: pathlib.Path) -> None:
    """The package's own, and an operator's catalogue."""
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text("")
    for chosen in (None, catalogue):
        await check_settings(Settings(data=tmp_path, catalogue=chosen, fetch_allow="10.0.0.0/8, intern.example"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"models = [", "catalogue"),
        (b"\xff", "catalogue"),
        (b"models = 5", "models"),
        (b"defaults = 5", "defaults"),
        (b"[models]\na = 5", "models.a"),
        (b"[models.a]\nroute = []", "models.a"),
        (b"[models.a]\nnames = 5", "models.a"),
        (b"[defaults]\nveo4api = 'nothing'", "nothing"),
    ],
)
async def test_a_broken_catalogue_is_found(tmp_path: pathlib.Path, text: bytes, said: str) -> None:
    """Not TOML, not UTF-8, or not what a catalogue has."""
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_bytes(text)
    with pytest.raises(ReelgateError, match=said):
        await check_settings(Settings(data=tmp_path, catalogue=catalogue))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"catalogue": "/nowhere/catalogue.toml"}, "nowhere"),
        ({"fetch_allow": "////"}, "REELGATE_FETCH_ALLOW"),
        ({"fetch_allow": "10.0.0.0/99"}, "REELGATE_FETCH_ALLOW"),
        ({"objects": "s9://bucket"}, "s9://bucket"),
        ({"objects": "/proc/nowhere/objects"}, "/proc/nowhere/objects"),
        ({"vertex_buckets": "film=/srv"}, "REELGATE_VERTEX_BUCKETS: 'film=/srv'"),
        ({"vertex_buckets": "gs://film=s9://film"}, "s9://film"),
        ({"vertex_buckets": "gs://film=/proc/nowhere/film"}, "/proc/nowhere/film"),
    ],
)
async def test_places_that_do_not_exist_are_found(tmp_path: pathlib.Path, wrong: dict[str, str], said: str) -> None:
    """The sentence names what was set."""
    with pytest.raises(ReelgateError, match=said):
        await check_settings(Settings(data=tmp_path, **wrong))  # type: ignore[arg-type] # pydantic reads texts
