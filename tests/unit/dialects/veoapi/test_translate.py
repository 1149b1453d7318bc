"""Tests of veoapi's translation where golden files are too coarse."""

import dataclasses
import typing
import uuid
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.catalogue import WireName
from reelgate.core.errors import TaskUnknown
from reelgate.core.task import AspectRatio, State
from reelgate.dialects.veoapi.translate import STATUSES, from_catalogue, from_id, from_task, to_id, to_submission
from reelgate.dialects.veoapi.wire import GenerationRequest, Status


@given(st.uuids(version=4))
def test_ids_come_back(task_id: uuid.UUID) -> None:
    """Every id is found again from its form on this wire."""
    assert from_id(to_id(task_id)) == task_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gen_",
        "gen_abc123",
        "veo4_task_01krtf5z3vej6rnf04hmasw9nf",
        "01krtf5z3vej6rnf04hmasw9nf",
        "gen_01KRTF5Z3VEJ6RNF04HMASW9NF",
        "gen_01krtf5z3vej6rnf04hmasw9nf ",
        "gen_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "gen_" + "🎬" * 26,
    ],
)
def test_what_is_no_id_names_no_task(text: str) -> None:
    """A malformed id is answered as a task that does not exist."""
    with pytest.raises(TaskUnknown, match=r"^There is no such generation\.$"):
        from_id(text)


def test_every_choice_of_the_wire_is_one_of_the_core() -> None:
    """What the wire lets through can be translated, and every state has a word."""
    hints = typing.get_type_hints(GenerationRequest)
    assert {AspectRatio(value) for value in typing.get_args(hints["aspect_ratio"])} == set(AspectRatio)
    assert set(STATUSES) == set(State)
    assert set(STATUSES.values()) == set(typing.get_args(Status))


def test_the_field_that_asks_for_the_mode_is_named(world: SimpleNamespace) -> None:
    """A picture asks for its mode; without one only another model helps."""
    for image, field in (("https://a.example/1.jpg", "image"), ("", "model")):
        wire = GenerationRequest(model="veo-3", prompt="x", image=image)
        assert to_submission(wire, world.catalogue).mode_field == field


def test_a_succeeded_task_without_link_still_has_its_state(world: SimpleNamespace) -> None:
    """A link that is missing is left out and not null."""
    answer = from_task(world.task(state=State.SUCCEEDED), video_url=None)
    assert (answer.status, bool(answer.video_url)) == ("succeeded", False)


def test_models_of_the_other_wire_join_the_list(world: SimpleNamespace) -> None:
    """Both wires' models stand in one list, ours first, each name once, hidden ones not at all."""
    ours = world.catalogue.models["veo-3"]
    names = [
        {"openai": WireName(name="sora-2"), "veoapi": WireName(name="veo-9", title="Veo 9")},
        {"openai": WireName(name="veo-9", title="Ours")},
        {"openai": WireName(name="hidden", listed=False), "veo3gen": WireName(name="elsewhere")},
    ]
    models = {str(place): dataclasses.replace(ours, names=mapping) for place, mapping in enumerate(names)}
    listed = from_catalogue(dataclasses.replace(world.catalogue, models=models)).data
    assert [(entry.id, entry.name) for entry in listed] == [("veo-9", "Veo 9"), ("sora-2", "sora-2")]
