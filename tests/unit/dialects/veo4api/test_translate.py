"""Tests of veo4api's translation where golden files are too coarse."""

import datetime as dt
import typing
import uuid
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.errors import FieldsInvalid, TaskUnknown
from reelgate.core.task import AspectRatio, Mode, Resolution, State, TaskSpec, UrlSource
from reelgate.dialects.veo4api.translate import (
    STATUSES,
    from_id,
    from_task,
    model_name,
    to_id,
    to_submission,
    to_timestamp,
)
from reelgate.dialects.veo4api.wire import GenerateRequest, Status
from reelgate.web.fields import read_fields

PLURAL = ("image_urls", "imageUrls", "images")
SINGULAR = ("image_url", "imageUrl", "image")


@given(st.uuids(version=4))
def test_ids_come_back(task_id: uuid.UUID) -> None:
    """Every id is found again from its form on this wire."""
    assert from_id(to_id(task_id)) == task_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "veo4_task_",
        "veo4_task_01j9example",
        "veo_1703123456789_abc123def",
        "01krtf5z3vej6rnf04hmasw9nf",
        "veo4_task_01KRTF5Z3VEJ6RNF04HMASW9NF",
        "veo4_task_01krtf5z3vej6rnf04hmasw9nf ",
        "veo4_task_zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "veo4_task_" + "🎬" * 26,
    ],
)
def test_what_is_no_id_names_no_task(text: str) -> None:
    """A malformed id is answered as a task that does not exist."""
    with pytest.raises(TaskUnknown, match=r"^There is no such task\.$"):
        from_id(text)


@pytest.mark.parametrize("field", PLURAL + SINGULAR)
def test_every_alias_takes_a_list(field: str, world: SimpleNamespace) -> None:
    """A picture in any of the fields is the first frame, named as the caller named it."""
    wire = read_fields(GenerateRequest, {"prompt": "x", field: ["https://a.example"]})
    submission = to_submission(wire, world.catalogue)
    assert submission.spec.mode is Mode.IMAGE_TO_VIDEO
    assert submission.spec.inputs[0].field == f"{field}[0]"
    assert submission.mode_field == field


@pytest.mark.parametrize("field", SINGULAR)
def test_singular_aliases_take_a_string(field: str, world: SimpleNamespace) -> None:
    """A single picture needs no list where the name is singular."""
    wire = read_fields(GenerateRequest, {"prompt": "x", field: "https://a.example"})
    submission = to_submission(wire, world.catalogue)
    assert submission.spec.inputs[0].field == field
    assert submission.spec.inputs[0].source == UrlSource(url="https://a.example")


def test_every_field_that_repeats_the_pictures_is_named(world: SimpleNamespace) -> None:
    """Pictures in three fields: the second and the third are one too many each."""
    wire = GenerateRequest(prompt="x", image_urls=["a"], images=["b"], image="c")
    with pytest.raises(FieldsInvalid) as caught:
        to_submission(wire, world.catalogue)
    assert [problem.field for problem in caught.value.problems] == ["images", "image"]


def test_empty_fields_are_no_pictures(world: SimpleNamespace) -> None:
    """An empty list beside a full one is what clients with defaults send."""
    wire = GenerateRequest(prompt="x", image_urls=[], image_url="", image=["https://a.example"])
    assert to_submission(wire, world.catalogue).spec.inputs[0].field == "image[0]"


def test_every_choice_of_the_wire_is_one_of_the_core() -> None:
    """What the wire lets through can be translated, and every state has a word."""
    hints = typing.get_type_hints(GenerateRequest)
    assert {AspectRatio(value) for value in typing.get_args(hints["aspect_ratio"])} == set(AspectRatio)
    assert {Resolution(value) for value in typing.get_args(hints["resolution"])} == {Resolution.P720, Resolution.P1080}
    assert set(STATUSES) == set(State)
    assert set(STATUSES.values()) == set(typing.get_args(Status))


def test_a_succeeded_task_without_links_still_has_its_state(world: SimpleNamespace) -> None:
    """A link that is missing is left out and not null."""
    answer = from_task(world.task(state=State.SUCCEEDED), video_url=None, thumbnail_url=None)
    assert (answer.status, answer.progress) == ("succeeded", 100)
    assert not answer.video_url


def test_models_without_a_name_here_keep_their_own(world: SimpleNamespace) -> None:
    """A task of another wire's model, or of one that is gone, is shown under the catalogue's id."""
    for model in ("veo-3.1", "gone"):
        spec = TaskSpec(mode=Mode.TEXT_TO_VIDEO, model=model, prompt="x")
        assert model_name(world.task(spec=spec), world.catalogue) == model


def test_times_are_utc_in_whole_seconds() -> None:
    """A time of another zone is shown in UTC, its fraction cut off."""
    zone = dt.timezone(dt.timedelta(hours=8))
    assert to_timestamp(dt.datetime(2026, 5, 17, 16, 0, 0, 999999, tzinfo=zone)) == "2026-05-17T08:00:00Z"
