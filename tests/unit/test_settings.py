"""What an operator sets, and what happens when nothing is set."""

import pathlib

import pytest
from pydantic import ValidationError

from reelgate.settings import Settings


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what this machine sets."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REELGATE_{name.upper()}", raising=False)


def test_nothing_has_to_be_set() -> None:
    """Everything lives in the data folder, on this machine alone."""
    settings = Settings()
    assert (settings.host, settings.port, settings.database_url) == ("127.0.0.1", 8080, None)
    assert settings.objects_place == str(pathlib.Path("data/objects"))
    assert settings.scratch_folder == pathlib.Path("data/scratch")
    assert settings.postgres_folder == pathlib.Path("data/postgres")


def test_the_environment_counts_and_options_win(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable for each setting; others that start alike are none of ours."""
    monkeypatch.setenv("REELGATE_PORT", "9000")
    monkeypatch.setenv("REELGATE_OBJECTS", "s3://bucket/videos")
    monkeypatch.setenv("REELGATE_SOMETHING", "else")
    assert Settings().port == 9000
    assert Settings(port=1).port == 1
    assert Settings().objects_place == "s3://bucket/videos"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "x"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("API_PROCESSES", "0"),
        ("RENDERS_MAX", "-1"),
        ("LOG_LEVEL", "loud"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A typing error is not a default."""
    monkeypatch.setenv(f"REELGATE_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_another_process_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Options of the command line reach the parts, over whatever their environment says."""
    monkeypatch.setenv("REELGATE_PORT", "x")
    given = Settings(
        port=0, data=pathlib.Path("/srv/data"), catalogue=pathlib.Path("c.toml"), log_format="json", api_processes=3
    )
    for name, value in given.to_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == given
