"""The catalogue of models."""

import importlib.resources
import tomllib
from typing import Any

import pytest

from reelgate.core.catalogue import catalogue_from, check_spec, one_of
from reelgate.core.errors import FieldProblem, ModelUnknown, ServerMisconfigured
from reelgate.core.task import AspectRatio, Mode, Resolution, TaskSpec

CATALOGUE = catalogue_from(tomllib.loads(importlib.resources.files("reelgate").joinpath("catalogue.toml").read_text()))


def spec_of(**given: Any) -> TaskSpec:
    return TaskSpec(**{"mode": Mode.TEXT_TO_VIDEO, "model": "veo-4", "prompt": "a boat", **given})


def test_names_and_aliases_find_a_model() -> None:
    """A wire's name, its older alias and nothing at all each lead to a model."""
    assert CATALOGUE.find("veo3gen", "veo-3.0-generate-001").id == "veo-3.0"
    assert CATALOGUE.find("veo3gen", "veo-3.0-generate-preview").id == "veo-3.0"
    assert CATALOGUE.find("veo3gen", None).id == "veo-3.1-fast"
    assert CATALOGUE.find("veo4api", None).id == "veo-4"


def test_an_unknown_model_names_the_known_ones() -> None:
    """The error says what could have been meant, and not what is hidden."""
    with pytest.raises(ModelUnknown) as raised:
        CATALOGUE.find("veo3gen", "sora-2")
    assert "veo-3.1-lite-generate-001" in raised.value.known
    assert "animatic" not in raised.value.known


def test_a_model_of_another_wire_is_unknown() -> None:
    """Names belong to wires."""
    with pytest.raises(ModelUnknown):
        CATALOGUE.find("veo4api", "veo-3.0-generate-001")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"aspect_ratio": AspectRatio.STANDARD}, FieldProblem("ratio", "must be 16:9, 9:16 or 1:1, not 4:3")),
        ({"resolution": Resolution.UHD}, FieldProblem("resolution", "must be 720p or 1080p, not 4k")),
        ({"duration_s": 5}, FieldProblem("duration_s", "must be 8, not 5")),
        ({"samples": 2}, FieldProblem("samples", "must be 1 to 1, not 2")),
        ({"samples": 0}, FieldProblem("samples", "must be 1 to 1, not 0")),
    ],
)
def test_what_a_model_does_not_allow_is_named(given: dict[str, Any], problem: FieldProblem) -> None:
    """Each field is named as the wire names it, or as the spec does."""
    assert check_spec(CATALOGUE.models["veo-4"], spec_of(**given), {"aspect_ratio": "ratio"}) == (problem,)


def test_all_problems_are_named_at_once() -> None:
    """A caller need not find them one by one."""
    wrong = spec_of(aspect_ratio=AspectRatio.STANDARD, duration_s=5, samples=9)
    assert len(check_spec(CATALOGUE.models["veo-4"], wrong, {})) == 3


def test_what_a_model_allows_passes() -> None:
    """The default request has no problem."""
    assert check_spec(CATALOGUE.models["veo-4"], spec_of(), {}) == ()


def test_lists_are_said_for_people() -> None:
    """Long runs of numbers are shortened, short ones are not."""
    assert one_of([4, 6, 8]) == "4, 6 or 8"
    assert one_of(list(range(1, 61))) == "1 to 60"
    assert one_of(["8"]) == "8"


ENTRY: dict[str, Any] = {
    "route": ["animatic"],
    "modes": ["text_to_video"],
    "aspect_ratios": ["16:9"],
    "resolutions": ["720p"],
    "durations_s": [8],
    "samples_max": 1,
    "prompt_max_chars": 100,
    "prices": [{"microcredits": 1}],
    "names": {"veo4api": {"name": "m"}},
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"modes": ["dance"]},
        {"aspect_ratios": ["17:9"]},
        {"prices": []},
        {"prices": [{"microcredits": 1, "audio": True}]},
        {"prices": [{"microcredits": 1, "resolution": "720p"}]},
        {"durations_s": None},
        {"samples_max": "many"},
    ],
)
def test_a_wrong_entry_is_named(wrong: dict[str, Any]) -> None:
    """An operator is told which model is wrong."""
    with pytest.raises(ServerMisconfigured, match=r"models\.m"):
        catalogue_from({"models": {"m": {**ENTRY, **wrong}}})


def test_a_missing_entry_is_named() -> None:
    """A key that is left out is an error of the operator's."""
    with pytest.raises(ServerMisconfigured, match="route"):
        catalogue_from({"models": {"m": {key: value for key, value in ENTRY.items() if key != "route"}}})


def test_a_default_must_exist() -> None:
    """A wire's default model is one of its models."""
    with pytest.raises(ModelUnknown):
        catalogue_from({"models": {"m": ENTRY}, "defaults": {"veo4api": "n"}})
