"""Tests of veo3gen's translation where golden files are too coarse."""

import datetime as dt
import typing
import uuid
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core import ids
from reelgate.core.errors import InputMissing, TaskUnknown
from reelgate.core.task import (
    AspectRatio,
    InlineSource,
    Mode,
    PersonGeneration,
    Resolution,
    Role,
    State,
    TaskSpec,
)
from reelgate.dialects.veo3gen.translate import (
    FIRST_FRAME_FIELDS,
    STATUSES,
    cost,
    estimated_wait,
    from_id,
    model_name,
    to_file_name,
    to_id,
    to_input,
    to_timestamp,
    to_type,
)
from reelgate.dialects.veo3gen.wire import GenerationRequest, Status
from reelgate.web.body import Form, FormFile


@given(st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2250, 1, 1)), st.binary(min_size=10, max_size=10))  # noqa: DTZ001 - given its zone below
def test_ids_come_back(now: dt.datetime, random: bytes) -> None:
    """Every id is found again from its form on this wire."""
    task_id = ids.new_id(now.replace(tzinfo=dt.UTC), random)
    assert from_id(to_id(task_id)) == task_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "veo_",
        "veo_1703123456789_abc123def",
        "veo4_task_01krtf5z3vej6rnf04hmasw9nf",
        "1779004800123_0vi0hb02j1ouisv",
    ],
)
def test_what_is_no_id_names_no_task(text: str) -> None:
    """A malformed id is answered as a task that does not exist."""
    with pytest.raises(TaskUnknown, match=r"^There is no such task\.$"):
        from_id(text)


def file(content: bytes = b"x", name: str | None = "a.png") -> FormFile:
    return FormFile(content=content, file_name=name, media_type="image/png")


def test_the_first_spelling_that_has_a_file_counts() -> None:
    """An empty file under one spelling does not hide the picture under another."""
    form = Form(texts={}, files={"firstFrame": file(b""), "image": file(b"2"), "first_frame": file(b"1")})
    found = to_input(form, Role.FIRST_FRAME, FIRST_FRAME_FIELDS)
    assert found.field == "first_frame"
    assert isinstance(found.source, InlineSource)
    assert found.source.content == b"1"


def test_a_picture_that_came_as_text_is_told_apart() -> None:
    """Who sends a URL instead of a file is told so."""
    with pytest.raises(InputMissing, match="as a file, not as a text"):
        to_input(Form(texts={"first_frame": "https://a.example"}, files={}), Role.FIRST_FRAME, FIRST_FRAME_FIELDS)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (None, None),
        ("", None),
        ("a.png", "a.png"),
        ("/home/me/a.png", "a.png"),
        ("C:\\me\\a.png", "a.png"),
        ("a\x00\x1b.png", "a.png"),
        ("\x00", None),
        ("ü" * 300, "ü" * 255),
    ],
)
def test_file_names_are_made_fit_to_store(name: str | None, kept: str | None) -> None:
    """Folders, control characters and excess are dropped."""
    assert to_file_name(name) == kept


def spec(**changes: object) -> TaskSpec:
    fields: dict[str, typing.Any] = {"mode": Mode.TEXT_TO_VIDEO, "model": "veo-3.1", "prompt": "x", **changes}
    return TaskSpec(**fields)


def test_the_wait_grows_with_what_is_asked() -> None:
    """More seconds, more samples and more pixels take longer."""
    assert estimated_wait(spec()) == "5-10 seconds"
    assert estimated_wait(spec(resolution=Resolution.P1080)) == "7-14 seconds"
    assert estimated_wait(spec(duration_s=4, samples=4)) == "7-14 seconds"
    assert estimated_wait(spec(), (61.4, 95.0)) == "61-95 seconds"
    assert estimated_wait(spec(), (0.2, 0.4)) == "1-2 seconds"


def test_a_live_task_costs_what_is_reserved(world: SimpleNamespace) -> None:
    """Credits are shown as a cost until a failure returns them."""
    prices = {state: cost(world.task(state=state, price_microcredits=1)) for state in State}
    assert prices == {
        State.QUEUED: 1,
        State.PROCESSING: 1,
        State.SUCCEEDED: 1,
        State.FAILED: 0,
        State.CANCELED: 0,
    }


def test_models_without_a_name_here_keep_their_own(world: SimpleNamespace) -> None:
    """A task of another wire's model, or of one that is gone, is shown under the catalogue's id."""
    for model in ("veo-4", "gone"):
        assert model_name(world.task(spec=spec(model=model)), world.catalogue) == model


def test_every_choice_of_the_wire_is_one_of_the_core() -> None:
    """What the wire lets through can be translated, and every state and mode has a word."""
    hints = typing.get_type_hints(GenerationRequest)
    assert {AspectRatio(value) for value in typing.get_args(hints["aspect_ratio"])} == set(AspectRatio)
    assert {Resolution(value) for value in typing.get_args(hints["resolution"])} == {Resolution.P720, Resolution.P1080}
    persons = {PersonGeneration(value) for value in typing.get_args(hints["person_generation"])}
    assert persons == set(PersonGeneration)
    assert set(STATUSES) == set(State)
    assert set(STATUSES.values()) == set(typing.get_args(Status))
    assert [to_type(mode) for mode in Mode][:3] == ["text-to-video", "image-to-video", "first-last-frame"]


def test_ids_of_every_wire_differ() -> None:
    """An id of this wire is recognised by its milliseconds."""
    assert to_id(uuid.UUID("019e34f2-fc7b-748d-8abc-048d159e26af")) == "veo_1779004800123_0vi0hb02j1ouisv"


def test_times_are_utc_in_milliseconds() -> None:
    """A time of another zone is shown in UTC, with three digits even when they are zero."""
    zone = dt.timezone(dt.timedelta(hours=8))
    assert to_timestamp(dt.datetime(2026, 5, 17, 16, 0, 0, 999999, tzinfo=zone)) == "2026-05-17T08:00:00.999Z"
    assert to_timestamp(dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)) == "2026-05-17T08:00:00.000Z"
