"""Which engines behind HTTP the settings make, and which routes lead to them."""

import pathlib
from typing import Any

import pytest

from fakes import load_catalogue
from reelgate.core.errors import ServerMisconfigured
from reelgate.settings import Settings
from reelgate.upstreams import load_pools, masked, routed


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget what this machine sets."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REELGATE_{name.upper()}", raising=False)


def routes(settings: Settings) -> dict[str, tuple[str, ...]]:
    catalogue = routed(load_catalogue(), load_pools(settings), animatic_fallback=settings.animatic_fallback)
    return {name: model.route for name, model in catalogue.models.items()}


def test_without_settings_everything_is_built_in() -> None:
    """Nothing leads anywhere else."""
    assert load_pools(Settings()) == {}
    assert set(routes(Settings()).values()) == {("animatic",)}


def test_a_project_makes_all_veo_models() -> None:
    """Instead of the built-in engine, whose own model stays."""
    found = routes(Settings(vertex_project="p"))
    assert found["veo-3.1"] == found["veo-4"] == ("vertex",)
    assert found["animatic"] == found["sora-2"] == ("animatic",)
    (credential,) = load_pools(Settings(vertex_project="p", vertex_location="global"))["vertex"].credentials
    assert credential.place.base_url == "https://aiplatform.googleapis.com"
    assert credential.place.settings == {"project": "p", "location": "global"}


def test_several_stand_in_order_and_the_built_in_one_last_if_it_may() -> None:
    """Vertex before Omni before a server of one's own."""
    given: dict[str, Any] = {
        "vertex_project": "p",
        "gemini_api_key": "k",
        "openai_videos_url": "http://host/v1",
        "openai_videos_model": "wan",
        "animatic_fallback": True,
    }
    found = routes(Settings(**given))
    assert found["veo-3.1"] == ("vertex", "omni", "openai_videos", "animatic")
    assert found["sora-2"] == ("omni", "openai_videos", "animatic")
    assert found["animatic"] == ("animatic",)


FILE = """
[[engines]]
name = "gpu"
kind = "openai_videos"
url = "http://gpu:8000/v1/"
models = {{ "veo-3.1" = "wan" }}
extensions = ["seed"]
idempotent = true
run_max_s = 100
run_typical_s = 10

[[engines.credentials]]
name = "a"
key = "a-long-key-of-somebody"
submits_per_minute = 5
submits_per_day = 7

[[engines.credentials]]
name = "b"
url = "http://other:8000/v1"
{}
"""


def write(folder: pathlib.Path, text: str) -> Settings:
    path = folder / "engines.toml"
    path.write_text(text)
    return Settings(engines=path)


def test_the_file_of_engines(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every word of it counts."""
    monkeypatch.setenv("GPU_KEY", "secret")
    settings = write(tmp_path, FILE.format('key_env = "GPU_KEY"'))
    pool = load_pools(settings)["gpu"]
    assert [c.place.base_url for c in pool.credentials] == ["http://gpu:8000/v1", "http://other:8000/v1"]
    assert [(c.submits_per_minute, c.submits_per_day) for c in pool.credentials] == [(5, 7), (None, None)]
    capabilities = pool.engine.capabilities
    assert (capabilities.submits_repeatable, capabilities.run_max_s, capabilities.run_typical_s) == (True, 100, 10)
    assert not capabilities.negative_prompts
    found = routes(settings)
    assert (found["veo-3.1"], found["veo-3.0"]) == (("gpu",), ("animatic",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("engines = 3", "Expected"),
        ("[[engines]]\nname = 'x'\nkind = 'fax'", "Invalid enum value"),
        ("[[engines]]\nname = 'animatic'\nkind = 'vertex'", "stands twice"),
        ("[[engines]]\nname = 'A b'\nkind = 'vertex'", "matching regex"),
        ("[[engines]]\nname = 'x'\nkind = 'vertex'\ncolour = 'red'", "unknown field"),
        ("[[engines]]\nname = 'x'\nkind = 'openai_videos'\nurl = 'http://h'", "models"),
        ("[[engines]]\nname = 'x'\nkind = 'openai_videos'\nurl = 'h'\nmodels = {'*' = 'm'}", "must be an http"),
        (
            (
                "[[engines]]\nname = 'x'\nkind = 'openai_videos'\nurl = 'http://h'\nmodels = {'*' = 'm'}\n"
                "extensions = ['fps']"
            ),
            "not 'fps'",
        ),
        ("[[engines]]\nname = 'x'\nkind = 'vertex'", "project: is required"),
        ("[[engines]]\nname = 'x'\nkind = 'vertex'\n[[engines.credentials]]\nlocation = 'l'", "project: is required"),
        (FILE.format('key_env = "NOT_SET_ANYWHERE"'), "NOT_SET_ANYWHERE is not set"),
        (FILE.format("").replace('name = "b"', 'name = "a"'), "'a' stands twice"),
        ("engines = [", "cannot be read"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: pathlib.Path, text: str, said: str) -> None:
    """An operator reads one sentence."""
    with pytest.raises(ServerMisconfigured, match=said):
        load_pools(write(tmp_path, text))


def test_keys_are_never_shown_whole() -> None:
    """A few characters tell long ones apart; short ones are not shown at all."""
    assert masked("") == "none"
    assert masked("short") == "set"
    assert masked("a-long-key-of-somebody") == "…body"
