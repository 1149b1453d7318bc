"""Tests of the OpenAI wire's translation where golden files are too coarse."""

import datetime as dt
import typing
import uuid
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.errors import FieldsInvalid, TaskUnknown, TaskWithoutVideos
from reelgate.core.task import ArtifactKind, AspectRatio, Mode, Resolution, State, StoredSource
from reelgate.dialects.openai.translate import (
    STATUSES,
    VARIANTS,
    find_file,
    from_id,
    only_file,
    to_duration,
    to_extension,
    to_frame,
    to_id,
    to_remix,
    to_size,
    to_start,
    to_unix_time,
    with_extra,
)
from reelgate.dialects.openai.wire import ExtendRequest, Status, Variant, VideoReference
from reelgate.web.body import FormFile


@given(st.uuids())
def test_ids_come_back(task_id: uuid.UUID) -> None:
    """Every id is found again from its form on this wire."""
    assert from_id(to_id(task_id)) == task_id


@pytest.mark.parametrize(
    "text",
    [
        "",
        "video_",
        "video_123",
        "video_gen_019e34f2fc7b748d8abc048d159e26af",
        "video_019E34F2FC7B748D8ABC048D159E26AF",
        "video_019e34f2fc7b748d8abc048d159e26af\n",
        "video_{019e34f2fc7b748d8abc048d159e26a}",
        "veo4_task_01krtf5z3vej6rnf04hmasw9nf",
        "019e34f2fc7b748d8abc048d159e26af",
    ],
)
def test_what_is_no_id_names_no_task(text: str) -> None:
    """A malformed id is answered as a task that does not exist, and as a cursor it is refused."""
    with pytest.raises(TaskUnknown, match=r"^There is no such task\.$"):
        from_id(text)
    with pytest.raises(FieldsInvalid, match="after"):
        to_start(text)


def test_without_a_cursor_a_page_begins_at_the_end() -> None:
    """No id is no place."""
    assert to_start(None) is None


def test_sizes_are_those_of_the_model(world: SimpleNamespace) -> None:
    """Each size of a model is read as what it is written from, and no other."""
    for model in world.catalogue.models.values():
        for resolution in model.resolutions:
            for aspect_ratio in model.aspect_ratios:
                assert to_frame(to_size(resolution, aspect_ratio), model) == (resolution, aspect_ratio)
    pro = world.catalogue.find("openai", "sora-2-pro")
    assert to_frame("1920x1080", pro) == (Resolution.P1080, AspectRatio.WIDE)
    assert to_frame("1024x1792", pro) == (Resolution.P1024, AspectRatio.TALL)
    made = "size: must be 720x1280, 1280x720, 1024x1792, 1792x1024, 1080x1920 or 1920x1080, not"
    for size in ("1024x1820", "1820x1024", "1280X720", "1280", "", "x" * 5000):
        with pytest.raises(FieldsInvalid, match=made) as caught:
            to_frame(size, pro)
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize("seconds", ["", "4.0", "-4", "٤", " 4", "12345", "4s", -4, 10**9])
def test_only_whole_seconds_are_seconds(seconds: str | int, world: SimpleNamespace) -> None:
    """Anything else is refused with what the model makes."""
    with pytest.raises(FieldsInvalid, match="seconds: must be 4, 8, 12, 16 or 20, not"):
        to_duration(seconds, world.catalogue.find("openai", None))


def test_seconds_may_be_text_or_number(world: SimpleNamespace) -> None:
    """A form has texts, JSON may have either."""
    model = world.catalogue.find("openai", None)
    assert [to_duration(seconds, model) for seconds in ("12", 12, "012")] == [12, 12, 12]


def test_what_stands_beside_extra_body_wins() -> None:
    """Its fields fill gaps; whatever else it is, it is a field that nobody knows."""
    assert with_extra({"a": 1, "extra_body": {"a": 2, "b": 3}}) == {"a": 1, "b": 3, "extra_body": {"a": 2, "b": 3}}
    for other in ({"a": 1}, {"a": 1, "extra_body": "b=3"}, {"a": 1, "extra_body": None}):
        assert with_extra(other) is other


def file(content: bytes = b"x", name: str | None = "a.png") -> FormFile:
    return FormFile(content=content, file_name=name, media_type="image/png")


def test_a_field_has_one_file() -> None:
    """Fields that were left empty do not count; a file without a byte does, for its name."""
    assert only_file([("a", "text"), ("b", file()), ("a", file(b"", ""))], "a") is None
    assert only_file([("a", file(b"", None)), ("a", file(b"1"))], "a") == file(b"1")
    assert only_file([("a", file(b"", "a.png"))], "a") == file(b"", "a.png")
    with pytest.raises(FieldsInvalid, match="a: stands twice"):
        only_file([("a", file(b"1")), ("a", file(b"2"))], "a")


def test_a_remix_is_the_same_request_with_another_prompt(world: SimpleNamespace) -> None:
    """Seed, model and pictures stay, and so does where it comes from."""
    source = world.task(state=State.SUCCEEDED)
    submission = to_remix(source, "a storm", world.catalogue, mode_field="video_id")
    assert (submission.spec.prompt, submission.spec.model) == ("a storm", source.spec.model)
    assert (submission.spec.seed, submission.remix_of) == (source.spec.seed, source.id)


def test_an_extension_starts_from_the_stored_video(world: SimpleNamespace) -> None:
    """It is no remix: its one input is the video itself."""
    source = world.task(state=State.SUCCEEDED)
    wire = ExtendRequest(prompt="on", seconds="8", video=VideoReference(id=to_id(source.id)))
    submission = to_extension(wire, source, world.catalogue)
    assert (submission.spec.mode, submission.spec.duration_s, submission.remix_of) == (Mode.EXTEND, 8, None)
    (only,) = submission.spec.inputs
    assert isinstance(only.source, StoredSource)
    assert only.source.object_key == source.files(ArtifactKind.VIDEO)[0].object_key


def test_every_choice_of_the_wire_is_one_of_the_core() -> None:
    """Every state has a word and every variant a file."""
    assert set(STATUSES) == set(State)
    assert set(STATUSES.values()) == set(typing.get_args(Status))
    assert set(VARIANTS) == set(typing.get_args(Variant))


def test_a_variant_without_its_file_is_not_there(world: SimpleNamespace) -> None:
    """A completed video without a thumbnail has no thumbnail, and still its video."""
    task = world.task(state=State.SUCCEEDED)
    assert find_file(task, "spritesheet").kind is ArtifactKind.VIDEO
    assert find_file(task, "thumbnail").kind is ArtifactKind.THUMBNAIL
    with pytest.raises(TaskWithoutVideos, match="no thumbnail"):
        find_file(world.task(state=State.SUCCEEDED, artifacts=()), "thumbnail")


def test_times_are_whole_seconds() -> None:
    """A fraction is cut off, whatever the zone."""
    zone = dt.timezone(dt.timedelta(hours=8))
    assert to_unix_time(dt.datetime(2026, 5, 17, 16, 0, 0, 999999, tzinfo=zone)) == 1779004800
