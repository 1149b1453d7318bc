"""Tests of Vertex AI's translation where golden files are too coarse."""

import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.errors import FieldsInvalid, InputUnreadable, TaskUnknown
from reelgate.core.task import Failure, InlineSource, State
from reelgate.dialects.vertex.translate import (
    _explain,
    from_name,
    from_task,
    read_request,
    stored_videos,
    to_name,
    to_submission,
)

MODEL = "veo-3.1-generate-001"
TASK_ID = uuid.UUID("019e34f2-fc7b-748d-8abc-048d159e26af")


def instance(**fields: Any) -> dict[str, Any]:
    return {"instances": [{"prompt": "x", **fields}]}


@pytest.mark.parametrize(
    "resource",
    ["projects/p/locations/l/publishers/google/models/m", "publishers/google/models/m", "a/operations/b"],
)
def test_ids_come_back(resource: str) -> None:
    """A name is read whatever model it is under."""
    assert from_name(to_name(TASK_ID, resource)) == TASK_ID


@pytest.mark.parametrize(
    "name",
    [
        "",
        str(TASK_ID),
        f"operations/{TASK_ID}",
        f"x/operations/{TASK_ID.hex}",
        f"x/operations/{str(TASK_ID).upper()}",
        f"x/operations/{TASK_ID}\n",
        f"x/operations/{TASK_ID}/",
        "x/operations/" + "0" * 5000,
    ],
)
def test_what_is_no_name_names_no_task(name: str) -> None:
    """A malformed name is answered as an operation that does not exist."""
    with pytest.raises(TaskUnknown, match="was not found"):
        from_name(name)


def test_only_a_task_that_has_succeeded_has_videos(world: SimpleNamespace) -> None:
    """What a failed task may have left behind is not shown."""
    assert [len(stored_videos(world.task(state=state))) for state in (State.SUCCEEDED, State.FAILED)] == [1, 0]


def test_sound_is_the_model_s_own_unless_it_is_named(world: SimpleNamespace) -> None:
    """A model without sound makes none, one with sound makes it unless told not to."""
    cases = [(MODEL, {}), (MODEL, {"generateAudio": False}), ("veo-2.0-generate-001", {}),
             ("veo-2.0-generate-001", {"generateAudio": False})]  # fmt: skip
    heard = [
        to_submission(read_request(instance() | {"parameters": parameters}), model, world.catalogue).spec.audio
        for model, parameters in cases
    ]
    assert heard == [True, False, False, False]


@pytest.mark.parametrize("text", ["aGk=", "aGk"])
def test_padding_may_be_left_out(text: str, world: SimpleNamespace) -> None:
    """Encoders differ about it."""
    wire = read_request(instance(image={"bytesBase64Encoded": text}))
    source = to_submission(wire, MODEL, world.catalogue).spec.inputs[0].source
    assert source == InlineSource(content=b"hi")


@pytest.mark.parametrize("text", ["a", "a b=", "é", "aGk=aGk="])
def test_what_is_no_base64_is_named(text: str, world: SimpleNamespace) -> None:
    """The field that is not base64 is told."""
    wire = read_request(instance(video={"bytesBase64Encoded": text}))
    with pytest.raises(InputUnreadable, match=r"^video\.bytesBase64Encoded: "):
        to_submission(wire, MODEL, world.catalogue)


@pytest.mark.parametrize("duration", [1e400, -1e400, 0, -8, 1e30, 4.5, True])
def test_no_number_of_seconds_breaks_the_wire(duration: float, world: SimpleNamespace) -> None:
    """Numbers beyond every bound are refused, and true is no number."""
    with pytest.raises(FieldsInvalid, match="durationSeconds"):
        to_submission(read_request(instance() | {"parameters": {"durationSeconds": duration}}), MODEL, world.catalogue)


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"instances": []}, "instances", "takes at least 1"),
        ({"instances": [{"prompt": 7}]}, "instances[0].prompt", "must be a string"),
        (instance() | {"parameters": []}, "parameters", "must be an object"),
        (instance() | {"parameters": {"seed": 1.5}}, "parameters.seed", "must be an integer"),
        (instance() | {"parameters": {"fps": "24"}}, "parameters.fps", "must be an integer"),
        (instance(referenceImages=[{}]), "instances[0].referenceImages[0].image", "is required"),
        (instance() | {"labels": {"a": 1}}, "labels[...]", "must be a string"),
        (instance() | {"x" * 500: 1}, "x" * 100, "Cannot find field."),
    ],
)
def test_the_first_field_of_a_wrong_shape_is_named(body: dict[str, Any], field: str, words: str) -> None:
    """The answer says where it is and what it should be."""
    with pytest.raises(FieldsInvalid) as caught:
        read_request(body)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert words in problem.problem


def test_a_shape_that_is_wrong_in_a_new_way_is_still_told() -> None:
    """What the parser says stands in where there are no words."""
    assert _explain("Expected something new - at `$.parameters`").problem == "is not valid: Expected something new"


def test_an_engine_s_own_reasons_are_shown(world: SimpleNamespace) -> None:
    """Whether some of the videos were held back or all of them."""
    task = replace(
        world.task(state=State.FAILED, failure=Failure(code="engine_refused", message="All of it.")),
        filtered_reasons=("Why.",),
    )
    answer = from_task(task, "a/operations/b").response
    assert answer
    assert answer.rai_media_filtered_reasons == ["Why."]
    some = replace(world.task(state=State.SUCCEEDED), spec=replace(task.spec, samples=2), filtered_reasons=("Why.",))
    answer = from_task(some, "a/operations/b").response
    assert answer
    assert answer.rai_media_filtered_reasons == ["Why."]
