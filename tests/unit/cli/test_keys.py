"""What `reelgate keys` reads from its options."""

import datetime as dt

import pytest

from fakes import load_catalogue
from reelgate.cli.keys import read_duration, read_models, read_scopes
from reelgate.core.keys import Scope


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("45s", 45), ("30m", 1800), ("24h", 86_400), ("90d", 7_776_000)]
)
def test_durations_are_read(text: str, seconds: int) -> None:
    """A whole number and its unit."""
    assert read_duration(text, "--expires") == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "d", "1", "1y", "-1d", "1.5h", "100000d", "²d", "1 d"])
def test_what_is_no_duration_is_named(text: str) -> None:
    """With the option that it stands for, and never as a traceback."""
    with pytest.raises(SystemExit, match="--expires: must be a number"):
        read_duration(text, "--expires")


def test_scopes_and_models_are_read() -> None:
    """Separated by commas; what is none ends the command with a sentence."""
    assert read_scopes("read, create") == {Scope.READ, Scope.CREATE}
    assert read_models("veo-4,animatic", load_catalogue()) == {"veo-4", "animatic"}
    for text in ("", "fly", "read,fly"):
        with pytest.raises(SystemExit, match="--scopes: must be some of read"):
            read_scopes(text)
    for text in ("", "sora-99"):
        with pytest.raises(SystemExit, match="--models: must be some of"):
            read_models(text, load_catalogue())
