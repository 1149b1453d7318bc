"""The catalogue of models."""

import importlib.resources
import tomllib
from typing import Any

import pytest

from reelgate.core.catalogue import catalogue_from, check_source, check_spec, one_of
from reelgate.core.errors import FieldProblem, ModelUnknown, ServerMisconfigured
from reelgate.core.task import (
    AspectRatio,
    InlineSource,
    Input,
    Mode,
    PersonGeneration,
    Resolution,
    Role,
    StoredSource,
    TaskSpec,
)

CATALOGUE = catalogue_from(tomllib.loads(importlib.resources.files("reelgate").joinpath("catalogue.toml").read_text()))


def spec_of(**given: Any) -> TaskSpec:
    return TaskSpec(**{"mode": Mode.TEXT_TO_VIDEO, "model": "veo-4", "prompt": "a boat", **given})


def test_a_part_of_the_catalogue_has_its_models_alone() -> None:
    """None is no limit, and what is not in the catalogue adds nothing."""
    part = CATALOGUE.limited_to({"veo-3.1", "gone"})
    assert (list(part.models), part.defaults) == (["veo-3.1"], CATALOGUE.defaults)
    assert [model.id for _, model in part.listed("gemini")] == ["veo-3.1"]
    with pytest.raises(ModelUnknown):
        part.find("gemini", "veo-3.1-fast-generate-preview")
    assert CATALOGUE.limited_to(None) is CATALOGUE


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
    """Names belong to wires; the error says where this one belongs."""
    with pytest.raises(ModelUnknown, match=r"It is on another wire: .*veo3gen") as raised:
        CATALOGUE.find("veo4api", "veo-3.0-generate-001")
    assert "veo3gen" in raised.value.elsewhere
    with pytest.raises(ModelUnknown) as raised:
        CATALOGUE.find("veo4api", "sora-2" * 1000)
    assert raised.value.elsewhere == ()
    assert len(str(raised.value)) < 200


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


T2V, I2V, FLF, REF, EXT = list(Mode)[:5]
ALL, ADULT, NONE = PersonGeneration
HD, UHD = Resolution.P1080, Resolution.UHD
#: The names of the fields on the wires that have these rules.
NAMES = {
    "duration_s": "durationSeconds",
    "person_generation": "personGeneration",
    "references": "referenceImages",
}


def of_mode(mode: Mode, references: int = 1, **given: Any) -> TaskSpec:
    roles = {I2V: [Role.FIRST_FRAME], FLF: [Role.FIRST_FRAME, Role.LAST_FRAME], REF: [Role.REFERENCE] * references}
    inputs = tuple(Input(role=role, source=InlineSource(content=b""), field="x") for role in roles.get(mode, []))
    return spec_of(model="veo-3.1-fast", mode=mode, inputs=inputs, **given)


#: Every combination rule of Veo 3.1: dialect, spec, and what is wrong by field.
COMBINATIONS: list[tuple[str, TaskSpec, dict[str, str]]] = [
    ("vtrix", of_mode(T2V), {}),
    ("vtrix", of_mode(T2V, duration_s=4), {}),
    ("vtrix", of_mode(T2V, resolution=HD), {}),
    ("vtrix", of_mode(T2V, resolution=UHD), {}),
    ("vtrix", of_mode(T2V, resolution=HD, duration_s=4), {"durationSeconds": "8 when resolution is 1080p, not 4"}),
    ("vtrix", of_mode(T2V, resolution=HD, duration_s=5), {"durationSeconds": "8 when resolution is 1080p, not 5"}),
    ("vtrix", of_mode(I2V, resolution=UHD, duration_s=6), {"durationSeconds": "8 when resolution is 4k, not 6"}),
    ("vtrix", of_mode(I2V, duration_s=6), {}),
    ("vtrix", of_mode(FLF, duration_s=4), {}),
    ("vtrix", of_mode(REF), {}),
    ("vtrix", of_mode(REF, 3), {}),
    ("vtrix", of_mode(REF, 4), {"referenceImages": "1, 2 or 3 for reference to video, not 4"}),
    ("vtrix", of_mode(REF, duration_s=6), {"durationSeconds": "8 for reference to video, not 6"}),
    ("vtrix", of_mode(EXT), {}),
    ("vtrix", of_mode(EXT, duration_s=4), {"durationSeconds": "8 for extension, not 4"}),
    ("vtrix", of_mode(EXT, resolution=HD), {"resolution": "720p for extension, not 1080p"}),
    ("vtrix", of_mode(T2V, person_generation=ALL), {}),
    ("vtrix", of_mode(EXT, person_generation=ALL), {}),
    *(
        ("vtrix", of_mode(mode, person_generation=who), {"personGeneration": f"{need} for {words}, not {who}"})
        for mode, words, need in (
            (T2V, "text to video", ALL),
            (I2V, "image to video", ADULT),
            (FLF, "first and last frame", ADULT),
            (REF, "reference to video", ADULT),
            (EXT, "extension", ALL),
        )
        for who in (ALL, ADULT, NONE)
        if who is not need
    ),
    # A wire without rules of its own has the model's.
    ("veo3gen", of_mode(T2V, resolution=HD, duration_s=4, person_generation=ADULT), {}),
    ("veo3gen", of_mode(REF, duration_s=4), {"durationSeconds": "8 for reference to video, not 4"}),
]


@pytest.mark.parametrize(("dialect", "spec", "wrong"), COMBINATIONS)
def test_combinations_are_checked(dialect: str, spec: TaskSpec, wrong: dict[str, str]) -> None:
    """What a field may be depends on others; the wire's own names say which."""
    found = check_spec(CATALOGUE.models[spec.model], spec, NAMES, dialect)
    assert {problem.field: problem.problem for problem in found} == {
        field: f"must be {words}" for field, words in wrong.items()
    }


def test_rules_of_a_wire_hold_on_that_wire_alone() -> None:
    """Without a dialect, or on one that does not offer the model, only the model's own rules count."""
    spec = of_mode(T2V, resolution=HD, duration_s=4)
    assert check_spec(CATALOGUE.models["veo-3.1-fast"], spec, NAMES) == ()
    assert check_spec(CATALOGUE.models["veo-3.1-fast"], spec, NAMES, "veo4api") == ()


def test_a_silent_model_makes_no_sound() -> None:
    """Who asks for sound is told so."""
    silent = CATALOGUE.models["veo-2"]
    assert check_spec(silent, spec_of(audio=False), {}) == ()
    (problem,) = check_spec(silent, spec_of(), {"audio": "generateAudio"})
    assert problem == FieldProblem("generateAudio", "must be false: the model makes no sound")


def test_all_conditions_of_a_rule_must_hold() -> None:
    """Two conditions are both said, and one alone does not count."""
    rules = {"r": {"when": {"mode": ["extend"], "samples": [2]}, "require": {"aspect_ratio": ["16:9"]}}}
    model = catalogue_from({"rules": rules, "models": {"m": {**ENTRY, "samples_max": 2, "rules": ["r"]}}}).models["m"]
    tall = AspectRatio.TALL
    (problem,) = check_spec(model, spec_of(mode=EXT, samples=2, aspect_ratio=tall), {"samples": "sampleCount"})
    assert problem.problem == "must be 16:9 for extension and when sampleCount is 2, not 9:16"
    (problem,) = check_spec(model, spec_of(mode=T2V, samples=2, aspect_ratio=tall), {})
    assert problem.problem == "must be 16:9, not 9:16"


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": {"mode": ["dance"]}, "require": {}},
        {"when": {"colour": ["red"]}, "require": {}},
        {"when": {"resolution": "1080p"}, "require": {}},
        {"when": {"mode": ["extend"]}, "require": {"duration_s": [None]}},
        {"when": {"mode": ["extend"]}},
        {"when": [], "require": {}},
    ],
)
def test_a_wrong_rule_is_named(wrong: dict[str, Any]) -> None:
    """An operator is told which rule is wrong."""
    with pytest.raises(ServerMisconfigured, match=r"rules\.r"):
        catalogue_from({"rules": {"r": wrong}})


@pytest.mark.parametrize("place", [{"rules": ["r"]}, {"names": {"veo4api": {"name": "m", "rules": ["r"]}}}])
def test_a_rule_that_is_not_there_is_named(place: dict[str, Any]) -> None:
    """A model cannot follow a rule that nobody wrote."""
    with pytest.raises(ServerMisconfigured, match=r"models\.m: KeyError\('r'\)"):
        catalogue_from({"models": {"m": {**ENTRY, **place}}})


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


def test_a_wire_may_leave_modes_of_a_model_out() -> None:
    """What Vertex has of Veo 2 the Gemini API has not; a wire without a name for a model leaves nothing out."""
    veo_2 = CATALOGUE.models["veo-2.0"]
    assert veo_2.modes_on("vertex") - veo_2.modes_on("gemini") == {Mode.FIRST_LAST_FRAME, Mode.EXTEND}
    assert veo_2.modes_on("openai") == veo_2.modes


def test_a_rule_says_true_and_false_as_json_does() -> None:
    """Not as Python does."""
    wrong = spec_of(enhance_prompt=False)
    (problem,) = check_spec(CATALOGUE.models["veo-3.1"], wrong, {"enhance_prompt": "enhancePrompt"}, "vertex")
    assert problem == FieldProblem("enhancePrompt", "must be true, not false")


@pytest.mark.parametrize(
    ("dialect", "model", "source_s", "added_s", "problem"),
    [
        ("gemini", "veo-3.1", 141.02, 7, None),
        ("gemini", "veo-3.1", 0.99, 7, None),
        ("gemini", "veo-3.1", 142.0, 7, "must last 1 to 141 s, as 7 s are added to it, not 142 s"),
        ("gemini", "veo-3.1", 0.5, 7, "must last 1 to 141 s, as 7 s are added to it, not 0.5 s"),
        ("vertex", "veo-3.1", 30.0, 7, None),
        ("vertex", "veo-3.1", 31.0, 7, "must last 1 to 30 s, as 7 s are added to it, not 31 s"),
        ("openai", "sora-2", 100.0, None, None),
        ("openai", "sora-2", 104.0, None, "must last 1 to 100 s, as 20 s are added to it, not 104 s"),
        ("veo4api", "veo-4", 160.0, None, None),
        ("gemini", "veo-3.1", None, 7, None),
    ],
)
def test_an_extension_s_source_may_be_so_long(
    dialect: str, model: str, source_s: float | None, added_s: int | None, problem: str | None
) -> None:
    """As long as leaves room for what is added, on that wire; what is not known yet is not judged."""
    stored = StoredSource(
        object_key="x", media_type="video/mp4", size_bytes=1, sha256="", width_px=1, height_px=1, duration_s=source_s
    )
    inputs = (Input(role=Role.SOURCE_VIDEO, source=stored, field="video"),)
    spec = TaskSpec(mode=Mode.EXTEND, model=model, prompt="x", inputs=inputs, duration_s=20, added_s=added_s)
    found = check_source(CATALOGUE.models[model], spec, dialect)
    assert found == (problem and FieldProblem("video", problem))
    anew = TaskSpec(mode=Mode.UPSCALE, model=model, prompt="x", inputs=inputs)
    assert check_source(CATALOGUE.models[model], anew, dialect) is None
