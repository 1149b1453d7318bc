"""How wrong settings are said."""

import pathlib

import pytest

from reelgate.cli.options import settings_for


def test_options_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were not given leave it alone."""
    monkeypatch.setenv("REELGATE_PORT", "9000")
    monkeypatch.setenv("REELGATE_DATA", "/srv")
    settings = settings_for(None, port=0, host=None)
    assert (settings.port, settings.data, settings.host) == (0, pathlib.Path("/srv"), "127.0.0.1")


def test_a_wrong_setting_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables and options are named as they were given, all at once."""
    monkeypatch.setenv("REELGATE_LOG_LEVEL", "loud")
    with pytest.raises(SystemExit) as caught:
        settings_for(None, api_processes=0)
    said = str(caught.value)
    assert said.startswith("reelgate: --api-processes: input should be greater than 0; REELGATE_LOG_LEVEL: ")
    assert "\n" not in said
