"""What a model and an engine allow, in the words of the wire that asks."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes import CAPABILITIES, load_catalogue, make_spec
from reelgate.core.catalogue import Model
from reelgate.core.errors import FieldsInvalid, ModeUnavailable, PromptInvalid
from reelgate.core.ports import Capabilities
from reelgate.core.task import AspectRatio, Mode, PersonGeneration, Resolution
from reelgate.service.submit import SEEDS, Submission, can_serve, plan_engine, with_seed

NAMES = {"duration_s": "durationSeconds", "samples": "sampleCount", "negative_prompt": "negativePrompt"}
MODEL = replace(
    load_catalogue().models["veo-3.1"],
    modes=frozenset({Mode.TEXT_TO_VIDEO, Mode.IMAGE_TO_VIDEO, Mode.FIRST_LAST_FRAME}),
    resolutions=(Resolution.P720, Resolution.P1080),
)


def plan(model: Model = MODEL, capabilities: dict[str, Capabilities] | None = None, **changes: Any) -> str:
    spec = make_spec(**({"model": model.id, "duration_s": 8} | changes))
    submission = Submission(dialect="a wire", spec=spec, field_names=NAMES, mode_field="endFrame")
    return plan_engine(model, spec, submission, capabilities or {"animatic": CAPABILITIES})


def test_the_first_engine_that_can_is_taken() -> None:
    """In the order of the route; engines that are not there, or cannot, are passed over."""
    model = replace(MODEL, route=("gone", "silent", "able", "late"))
    engines = {"silent": replace(CAPABILITIES, audio=False), "able": CAPABILITIES, "late": CAPABILITIES}
    assert plan(model, engines) == "able"
    assert plan(model, engines, audio=False) == "silent"


@pytest.mark.parametrize(
    "prompt", ["", " \n\t", "x" * 4001, "a\0b", "bell \a", "\x7f", "\x85", "half \ud83c a pair", "\x1b[31mred"]
)
def test_prompts_that_cannot_be_used(prompt: str) -> None:
    """Empty, too long, or not text."""
    with pytest.raises(PromptInvalid):
        plan(prompt=prompt)


@pytest.mark.parametrize(
    "prompt", ["x" * 4000, "two\nlines\tand\r\na tab", "🎬 für dich", "مرحبا", "👩‍👩‍👧", "a\u202eb"]
)
def test_prompts_that_can_be_used(prompt: str) -> None:
    """Any language, emoji and layout."""
    assert plan(prompt=prompt) == "animatic"


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"duration_s": 5}, "durationSeconds", "4, 6 or 8"),
        ({"duration_s": 0}, "durationSeconds", "not 0"),
        ({"samples": 0}, "sampleCount", "1 to 4"),
        ({"samples": 5}, "sampleCount", "1 to 4"),
        ({"seed": -1}, "seed", "not -1"),
        ({"seed": SEEDS}, "seed", "4294967295"),
        ({"aspect_ratio": AspectRatio.SQUARE}, "aspect_ratio", "16:9 or 9:16"),
        ({"resolution": Resolution.UHD}, "resolution", "720p or 1080p"),
        ({"negative_prompt": "x" * 501}, "negativePrompt", "500"),
        ({"negative_prompt": "a\0"}, "negativePrompt", "U+0000"),
        ({"watermark": "\ud800"}, "watermark", "U+D800"),
    ],
)
def test_what_a_model_does_not_allow_is_named(changes: dict[str, Any], field: str, said: str) -> None:
    """By the wire's own name of the field, where it has one."""
    with pytest.raises(FieldsInvalid) as caught:
        plan(**changes)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert said in problem.problem


def test_all_that_is_wrong_is_named_at_once() -> None:
    """One answer is enough to repair a request."""
    with pytest.raises(FieldsInvalid) as caught:
        plan(duration_s=5, samples=9, seed=-1, watermark="\0", negative_prompt="x" * 999)
    assert [problem.field for problem in caught.value.problems] == [
        "negativePrompt",
        "watermark",
        "seed",
        "durationSeconds",
        "sampleCount",
    ]


@pytest.mark.parametrize("seed", [None, 0, 1, SEEDS - 1])
def test_seeds_that_are_allowed(seed: int | None) -> None:
    """None leaves the choice."""
    assert plan(seed=seed) == "animatic"


@pytest.mark.parametrize("mode", [Mode.FIRST_LAST_FRAME, Mode.EXTEND, Mode.UPSCALE])
def test_a_mode_without_an_engine_is_not_available_yet(mode: Mode) -> None:
    """The wire's field that asks for it is named, whether the model lacks the mode or every engine does."""
    with pytest.raises(ModeUnavailable) as caught:
        plan(mode=mode)
    assert caught.value.field == "endFrame"
    assert str(caught.value).startswith("endFrame: ")


@pytest.mark.parametrize(
    "lacking",
    [
        {"modes": frozenset({Mode.UPSCALE})},
        {"aspect_ratios": frozenset({AspectRatio.TALL})},
        {"resolutions": frozenset({Resolution.P1080})},
        {"durations_s": (4, 6)},
        {"model_durations_s": {"veo-3.1": (4, 6), "veo-4": (4, 6)}},
        {"samples_max": 0},
        {"audio": False},
    ],
)
def test_an_engine_that_lacks_anything_cannot(lacking: dict[str, Any]) -> None:
    """Each capability counts."""
    spec = make_spec(duration_s=8)
    assert can_serve(CAPABILITIES, spec)
    assert not can_serve(replace(CAPABILITIES, **lacking), spec)
    with pytest.raises(ModeUnavailable):
        plan(capabilities={"animatic": replace(CAPABILITIES, **lacking)})


@given(st.binary(min_size=4, max_size=4))
def test_a_seed_is_chosen_in_its_range(random: bytes) -> None:
    """And only where there is none."""
    chosen = with_seed(make_spec(seed=None), random).seed
    assert chosen is not None
    assert 0 <= chosen < SEEDS
    assert with_seed(make_spec(seed=0), random).seed == 0


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"negative_prompt": "rain"}, "negativePrompt", "is not understood by any engine"),
        ({"watermark": "mine"}, "watermark", "is not understood by any engine"),
        ({"person_generation": PersonGeneration.DONT_ALLOW}, "person_generation", "is not understood"),
        ({"resolution": Resolution.P1080}, "resolution", "must be 720p on this model's route"),
        ({"aspect_ratio": AspectRatio.TALL}, "aspect_ratio", "must be 16:9 on this model's route"),
        ({"duration_s": 5}, "durationSeconds", "must be 4, 6 or 8 on this model's route"),
        ({"samples": 2}, "sampleCount", "must be 1 at most on this model's route"),
    ],
)
def test_what_the_engines_of_a_route_lack_is_named(changes: dict[str, Any], field: str, said: str) -> None:
    """Before any credit moves, in the wire's word; an engine that has it takes the request instead."""
    far = replace(
        CAPABILITIES, remote=True, negative_prompts=False, watermarks=False, person_rules=False, samples_max=1,
        resolutions=frozenset({Resolution.P720}), aspect_ratios=frozenset({AspectRatio.WIDE}), durations_s=(4, 6, 8),
    )  # fmt: skip
    model = replace(MODEL, route=("far",), durations_s=(4, 5, 6, 8))
    with pytest.raises(FieldsInvalid) as caught:
        plan(model, {"far": far}, **changes)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert said in problem.problem
    assert plan(replace(model, route=("far", "able")), {"far": far, "able": CAPABILITIES}, **changes) == "able"
    assert plan(model, {"far": far}) == "far"
