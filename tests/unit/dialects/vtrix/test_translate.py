"""Tests of Vtrix's translation where golden files are too coarse."""

import dataclasses
import datetime as dt
import typing
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.errors import FieldsInvalid, InputTooLarge, InputUnreachable, InputUnreadable, TaskUnknown
from reelgate.core.task import AspectRatio, Mode, PersonGeneration, Resolution, Role, State, StoredSource, TaskSpec
from reelgate.dialects.vtrix.translate import (
    STATUSES,
    flatten,
    from_id,
    from_model,
    from_task,
    model_name,
    source_ids,
    to_dollars,
    to_id,
    to_submission,
    to_unix,
)
from reelgate.dialects.vtrix.wire import GenerationParams, Status, TaskAnswer


@given(st.uuids(version=4))
def test_ids_come_back(task_id: uuid.UUID) -> None:
    """Every id is found again from its form on this wire, which has xid's alphabet alone."""
    text = to_id(task_id)
    assert from_id(text) == task_id
    assert len(text) == 26
    assert set(text) <= set("0123456789abcdefghijklmnopqrstuv")


@given(st.uuids(version=4), st.uuids(version=4))
def test_ids_are_ordered_as_tasks_are(one: uuid.UUID, other: uuid.UUID) -> None:
    """Who sorts ids by name sorts them by time."""
    assert (to_id(one) < to_id(other)) == (one < other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "d758n65e878c73cmdg20",
        "06F39SNSFDQ8R2LS0I6HB7H6LS",
        "06f39snsfdq8r2ls0i6hb7h6lt",
        "06f39snsfdq8r2ls0i6hb7h6l",
        "06f39snsfdq8r2ls0i6hb7h6lsa",
        "06f39snsfdq8r2ls0i6hb7h6ls ",
        "06f39snsfdq8r2ls0i6hb7======",
        "veo4_task_01krtf5z3vej6rnf04hmasw9nf",
        "zzzzzzzzzzzzzzzzzzzzzzzzzz",
        "🎬" * 26,
    ],
)
def test_what_is_no_id_names_no_task(text: str) -> None:
    """A malformed id, the other writing of an id, and the form of another wire name no task."""
    with pytest.raises(TaskUnknown, match=r"^There is no such task\.$"):
        from_id(text)


def test_wrapped_and_flat_are_the_same() -> None:
    """The clients wrap the parameters, the page does not; what stands beside them is then ignored."""
    flat = flatten({"model": "veo_31_fast", "prompt": "x", "durationSeconds": 4})
    wrapped = flatten(
        {"model": "veo_31_fast", "prompt": "y", "input": [{"params": {"prompt": "x", "durationSeconds": 4}}]}
    )
    assert flat == wrapped


def test_the_model_is_not_among_the_parameters() -> None:
    """A model inside of the wrapping does not name one."""
    with pytest.raises(FieldsInvalid, match="model: is required"):
        flatten({"input": [{"params": {"prompt": "x", "model": "veo_31_fast"}}]})


URL = {"url": "https://a.example/1.jpg"}


@pytest.mark.parametrize(
    ("given", "mode", "field"),
    [
        ({}, Mode.TEXT_TO_VIDEO, "resolution"),
        ({"image": URL}, Mode.IMAGE_TO_VIDEO, "image"),
        ({"image": URL, "lastFrame": URL}, Mode.FIRST_LAST_FRAME, "lastFrame"),
        ({"referenceImages": [{"image": URL}]}, Mode.REFERENCE_TO_VIDEO, "referenceImages"),
        ({"video": URL}, Mode.EXTEND, "video"),
    ],
)
def test_inputs_decide_the_mode(given: dict[str, Any], mode: Mode, field: str, world: SimpleNamespace) -> None:
    """What is sent asks for a mode, and the field that does is named where a route lacks it."""
    submission = to_submission(flatten({"model": "veo_31_fast", "prompt": "x", **given}), world.catalogue)
    assert (submission.spec.mode, submission.mode_field) == (mode, field)


FILE = "019e34f2fc7b748d8abc048d159e26af"
JOB = "06f39snsfdq8r2ls0i6hb7h6ls"
ID = uuid.UUID(FILE)


@pytest.mark.parametrize(
    ("video", "ids"),
    [
        (None, (None, None)),
        ({"url": f"https://gate.example/files/{FILE}/video-0.mp4?sig=a", "jobId": JOB}, (ID, ID)),
        ({"uri": f"https://gate.example/files/{FILE}/video-0.mp4?sig=a"}, (ID, None)),
        ({"jobId": JOB}, (None, ID)),
        ({"url": f"https://evil.example/files/{FILE}/video-0.mp4", "jobId": "d758n65e878c73cmdg20"}, (None, None)),
        ({"url": f"https://gate.example.evil.example/files/{FILE}/video-0.mp4"}, (None, None)),
        ({"url": "https://gate.example/files/x/video-0.mp4"}, (None, None)),
        ({"videoBytes": "aGVsbG8="}, (None, None)),
    ],
)
def test_results_of_this_server_are_known_again(video: dict[str, str] | None, ids: tuple[Any, Any]) -> None:
    """A link leads to its file, a jobId to its task; those of others to nothing."""
    wire = flatten({"model": "veo_31_fast", "prompt": "x", "video": video})
    assert source_ids(wire, "https://gate.example") == ids


def test_a_stored_video_is_not_fetched(world: SimpleNamespace) -> None:
    """What the caller's own task made is taken from the store."""
    wire = flatten({"model": "veo_31_fast", "prompt": "x", "video": {"jobId": JOB}})
    (video, *_) = world.task(state=State.SUCCEEDED).artifacts
    (item,) = to_submission(wire, world.catalogue, video).spec.inputs
    assert isinstance(item.source, StoredSource)
    assert (item.role, item.source.object_key) == (Role.SOURCE_VIDEO, video.object_key)
    with pytest.raises(InputUnreachable, match=r"^video\.jobId: there is no such task with a video\.$"):
        to_submission(wire, world.catalogue)


@pytest.mark.parametrize("field", ["imageBytes", "bytesBase64Encoded"])
def test_pictures_in_base64_have_a_limit(field: str, world: SimpleNamespace) -> None:
    """Too much is refused by name of the field, and so is what is no base64."""
    for text, kind in (("A" * 26_666_680, InputTooLarge), ("A", InputUnreadable), ("a b", InputUnreadable)):
        wire = flatten({"model": "veo_31_fast", "prompt": "x", "image": {field: text}})
        with pytest.raises(kind, match=rf"^image\.{field}: "):
            to_submission(wire, world.catalogue)


def test_every_choice_of_the_wire_is_one_of_the_core() -> None:
    """What the wire lets through can be translated, and every state has a word."""
    hints = typing.get_type_hints(GenerationParams)
    for name, kind in (
        ("aspect_ratio", AspectRatio),
        ("resolution", Resolution),
        ("person_generation", PersonGeneration),
    ):
        choices = next(part for part in typing.get_args(hints[name]) if part is not type(None))
        # 1024p is OpenAI's alone.
        assert {kind(value) for value in typing.get_args(choices)} == set(kind) - {Resolution.P1024}
    assert set(STATUSES) == set(State)
    assert set(STATUSES.values()) == set(typing.get_args(Status))


def test_a_silent_model_is_asked_for_no_sound(world: SimpleNamespace) -> None:
    """The wire cannot ask for sound: the model decides."""
    loud = world.catalogue.models["animatic"]
    silent = dataclasses.replace(world.catalogue, models={"animatic": dataclasses.replace(loud, audio=False)})
    wire = flatten({"model": "animatic", "prompt": "x"})
    assert to_submission(wire, world.catalogue).spec.audio is True
    assert to_submission(wire, silent).spec.audio is False


def test_times_of_a_task_are_in_its_metadata(world: SimpleNamespace) -> None:
    """An ended task says when it was made, begun and ended, each as far as known."""
    start = dt.datetime(2026, 5, 17, 8, 0, 1, 900_000, tzinfo=dt.UTC)
    task = dataclasses.replace(world.task(state=State.SUCCEEDED), started_at=start)
    metadata = from_task(task, ["https://a.example"], world.catalogue).metadata
    assert metadata
    assert (metadata.created_at, metadata.started_at, metadata.completed_at) == (1779004800, 1779004801, 1779004800)
    unknown = from_task(world.task(state=State.FAILED), [], world.catalogue)
    assert unknown.metadata
    assert (unknown.metadata.started_at, unknown.metadata.completed_at) == (unknown.usage, unknown.usage)


def test_numbers_have_the_types_of_strict_clients(world: SimpleNamespace) -> None:
    """A Go client reads the whole task or nothing."""
    answer: TaskAnswer = from_task(world.task(state=State.SUCCEEDED), ["https://a.example"], world.catalogue)
    assert type(answer.created_at) is int
    assert answer.usage
    assert (type(answer.usage.cost), type(answer.usage.quantity)) == (str, int)
    live = from_task(world.task(state=State.PROCESSING, progress=7), [], world.catalogue)
    assert (type(live.progress), live.progress) == (float, 0.07)


@pytest.mark.parametrize(
    ("microcredits", "dollars"),
    [
        (0, "0.00"),
        (1, "0.00000001"),
        (1_000_000, "0.01"),
        (10_000_000, "0.10"),
        (190_000_000, "1.90"),
        (190_500_000, "1.905"),
        (123_456_000_000, "1234.56"),
    ],
)
def test_a_credit_is_a_cent(microcredits: int, dollars: str) -> None:
    """Amounts are exact, and look like money."""
    assert to_dollars(microcredits) == dollars


def test_models_without_a_name_here_keep_their_own(world: SimpleNamespace) -> None:
    """A task of another wire's model, or of one that is gone, is shown under the catalogue's id."""
    for model in ("veo-4", "gone"):
        spec = TaskSpec(mode=Mode.TEXT_TO_VIDEO, model=model, prompt="x")
        assert model_name(world.task(spec=spec), world.catalogue) == model


def test_times_are_whole_seconds() -> None:
    """A time of another zone is the same second, its fraction cut off."""
    zone = dt.timezone(dt.timedelta(hours=8))
    assert to_unix(dt.datetime(2026, 5, 17, 16, 0, 0, 999999, tzinfo=zone)) == 1779004800


def parameters_of(world: SimpleNamespace, **changes: Any) -> dict[str, Any]:
    model = dataclasses.replace(world.catalogue.models["animatic"], **changes)
    return {parameter.name: parameter for parameter in from_model(model, "https://gate.example").data.parameters}


def test_a_specification_has_only_what_the_model_can(world: SimpleNamespace) -> None:
    """Modes decide which inputs stand there; a long run of lengths is a range."""
    modes = {
        Mode.IMAGE_TO_VIDEO: "image",
        Mode.FIRST_LAST_FRAME: "lastFrame",
        Mode.REFERENCE_TO_VIDEO: "referenceImages",
        Mode.EXTEND: "video",
    }
    for mode, field in modes.items():
        found = parameters_of(world, modes=frozenset({Mode.TEXT_TO_VIDEO, mode}))
        assert set(modes.values()) & set(found) == {field}
    lengths = parameters_of(world)["durationSeconds"].constraints
    assert (lengths.min, lengths.max, lengths.default) == (1, 60, 8)


def test_a_default_is_one_of_the_choices(world: SimpleNamespace) -> None:
    """A model that lacks the wire's default has none in its specification."""
    found = parameters_of(world, durations_s=(5, 7), resolutions=(Resolution.UHD,), aspect_ratios=(AspectRatio.TALL,))
    for field, choices in (("durationSeconds", ["5", "7"]), ("resolution", ["4k"]), ("aspectRatio", ["9:16"])):
        assert found[field].constraints.enum == choices
        assert not found[field].constraints.default
