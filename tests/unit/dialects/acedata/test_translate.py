"""Tests of acedata's translation where golden files are too coarse."""

import dataclasses
import datetime as dt
import json
import typing
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core import ids
from reelgate.core.errors import FieldsInvalid, ModelUnknown, TaskUnknown
from reelgate.core.ids import RANDOM_BYTES, new_id
from reelgate.core.task import ArtifactKind, AspectRatio, Mode, Resolution, State, TaskSpec
from reelgate.dialects.acedata.translate import (
    ACTIONS,
    MOVES,
    REQUEST_MAX_BYTES,
    find_video,
    from_id,
    from_trace_id,
    from_video_id,
    made_between,
    model_name,
    named_task,
    named_tasks,
    outcome,
    source_of,
    to_extension,
    to_id,
    to_local_time,
    to_reshoot,
    to_submission,
    to_trace_id,
    to_unix_time,
    to_video_id,
    with_request,
)
from reelgate.dialects.acedata.wire import (
    AspectRatioName,
    ExtendRequest,
    Motion,
    ReshootRequest,
    TasksRequest,
    VideosRequest,
)
from reelgate.service.submit import SEEDS

NOW = dt.datetime(2026, 5, 17, 8, tzinfo=dt.UTC)
TASK_ID = uuid.UUID("019e34f2-fc7b-748d-8abc-048d159e26af")
new_ids = st.builds(
    ids.new_id,
    st.datetimes(dt.datetime(2020, 1, 1), dt.datetime(2250, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001 - see timezones
    st.binary(min_size=10, max_size=10),
)


@given(new_ids, st.integers(0, 7))
def test_ids_come_back(task_id: uuid.UUID, sample: int) -> None:
    """Every id is found again from each of its forms, dashed or not, and no form is another."""
    forms = (to_id(task_id), to_trace_id(task_id), to_video_id(task_id, sample))
    assert from_id(forms[0]) == from_id(forms[0].replace("-", "")) == task_id
    assert from_trace_id(forms[1]) == from_trace_id(forms[1].upper()) == task_id
    assert from_video_id(forms[2]) == from_video_id(str(uuid.UUID(forms[2]))) == (task_id, sample)
    assert len({form.replace("-", "") for form in forms}) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "veo_1703123456789_abc123def",
        f"{{{TASK_ID}}}",
        f"urn:uuid:{TASK_ID}",
        f"{TASK_ID} ",
        "019e34f2-fc7b748d8abc048d159e26af",
    ],
)
def test_what_is_no_id_names_nothing(text: str) -> None:
    """A malformed id is answered as a task or a video that does not exist."""
    with pytest.raises(TaskUnknown):
        from_id(text)
    with pytest.raises(TaskUnknown):
        from_trace_id(text)
    with pytest.raises(FieldsInvalid):
        from_video_id(text)


def test_a_form_is_not_taken_for_another() -> None:
    """A task's id is no video's and no trace id."""
    with pytest.raises(FieldsInvalid, match="names no video"):
        from_video_id(to_id(TASK_ID))
    with pytest.raises(TaskUnknown):
        from_trace_id(to_id(TASK_ID))


def test_every_choice_of_the_wire_is_one_of_the_core() -> None:
    """What the wire lets through can be translated, and every mode has its word."""
    assert {AspectRatio(value) for value in typing.get_args(AspectRatioName)} == set(AspectRatio)
    resolutions = typing.get_args(typing.get_type_hints(VideosRequest)["resolution"])
    # 1024p is OpenAI's alone.
    assert set(resolutions) == {*map(str, Resolution), "gif"} - {"1024p"}
    assert set(ACTIONS) == set(Mode)


def kept(world: SimpleNamespace, body: dict[str, Any]) -> str | None:
    submission = to_submission(VideosRequest(prompt="x"), world.catalogue)
    return with_request(submission, body).wire_request


def test_a_request_is_kept_as_it_came(world: SimpleNamespace) -> None:
    """Its fields stay in their order, unknown ones and large numbers included."""
    text = '{"prompt":"ein Bär","loop":false,"n":123456789012345678901234567890,"x":{"y":[1.5,null]}}'
    assert kept(world, json.loads(text)) == text


def test_long_texts_of_a_request_are_cut(world: SimpleNamespace) -> None:
    """A picture that came as a data: URL leaves its beginning; the longest prompt stays whole."""
    url = "data:image/png;base64," + "A" * 100_000
    text = kept(world, {"prompt": "p" * 4000, "image_urls": [url, "https://a.example"], "image_mask": url})
    assert text
    shown = json.loads(text)
    assert shown["prompt"] == "p" * 4000
    assert shown["image_urls"] == [url[:100] + "…", "https://a.example"]
    assert shown["image_mask"] == url[:100] + "…"


def test_a_request_that_is_large_or_endless_is_not_kept(world: SimpleNamespace) -> None:
    """The task is shown with a request that asks for the same."""
    nested: list[Any] = []
    for _ in range(100_000):
        nested = [nested]
    assert kept(world, {"a": nested}) is None
    assert kept(world, {"a": ["b" * 100] * (REQUEST_MAX_BYTES // 100)}) is None


def test_a_video_is_found_by_its_number(world: SimpleNamespace) -> None:
    """What is not finished, or not there, is no source."""
    task = world.task(state=State.SUCCEEDED)
    video = dataclasses.replace(task.files(ArtifactKind.VIDEO)[0], width_px=1280, height_px=720)
    task = dataclasses.replace(task, artifacts=(video,))
    assert find_video(task, 0).field == "video_id"
    for absent, sample in ((task, 1), (world.task(), 0)):
        with pytest.raises(FieldsInvalid, match="video_id"):
            find_video(absent, sample)


def test_an_extension_has_a_model_of_the_wire(world: SimpleNamespace) -> None:
    """Another wire's model does not extend here."""
    wire = ExtendRequest(video_id="x", model="veo-3.1-generate-001")
    with pytest.raises(ModelUnknown):
        to_extension(wire, world.task(state=State.SUCCEEDED), 0, world.catalogue)


def test_a_live_task_has_no_outcome(world: SimpleNamespace) -> None:
    """Nothing is said of it yet."""
    assert outcome(world.task(), []) is None


def test_an_ending_without_a_time_has_its_beginning(world: SimpleNamespace) -> None:
    """No entry lacks a time."""
    done = outcome(world.task(state=State.SUCCEEDED, completed_at=None), ["https://a.example"])
    assert done
    assert done.data
    assert done.data[0].complete_at == done.data[0].created_at


def test_only_what_this_wire_made_anew_has_a_source(world: SimpleNamespace) -> None:
    """The request tells which: another dialect's, and a video that is new, have none."""
    spec = TaskSpec(mode=Mode.UPSCALE, model="veo-upsample", prompt="x")
    request = json.dumps({"action": "4k", "video_id": to_video_id(TASK_ID, 2)})
    assert source_of(world.task(spec=spec, dialect="acedata", wire_request=request)) == (TASK_ID, 2)
    assert source_of(world.task(spec=spec, dialect="acedata", wire_request=None)) is None
    assert source_of(world.task(spec=spec, dialect="vtrix", wire_request=request)) is None
    assert source_of(world.task(dialect="acedata", wire_request=request)) is None


def test_tasks_are_named_in_every_way() -> None:
    """By id, by the other spelling of it, by trace id; in a batch as often as they are named."""
    name, other = to_id(TASK_ID), to_id(uuid.UUID(int=TASK_ID.int + 1))
    trace_id = to_trace_id(TASK_ID)
    for wire in (TasksRequest(id=name), TasksRequest(task_id=name, id=""), TasksRequest(trace_id=trace_id)):
        assert named_task(wire) == TASK_ID
        assert named_tasks(wire) == [TASK_ID]
    with pytest.raises(FieldsInvalid):
        named_task(TasksRequest(ids=[name]))
    batch = TasksRequest(ids=[name, other, name, "x"], trace_ids=[trace_id, name])
    assert named_tasks(batch) == [TASK_ID, uuid.UUID(other), TASK_ID, TASK_ID]
    assert named_tasks(TasksRequest()) is None
    assert named_tasks(TasksRequest(ids=["x"])) == []


def test_a_span_of_time_is_one_of_ids() -> None:
    """Both ends are included, to the millisecond; an end may be open."""
    millis = 1_753_435_158_509
    made = [ids.new_id(dt.datetime.fromtimestamp((millis + late) / 1000, dt.UTC), b"\x80" * 10) for late in (-1, 0, 1)]
    second = millis / 1000
    exact = made_between(TasksRequest(created_at_min=second, created_at_max=second))
    assert [exact[0] <= each <= exact[1] for each in made] == [False, True, False]
    since, until = made_between(TasksRequest(created_at_min=second)), made_between(TasksRequest(created_at_max=second))
    assert [since[0] <= each <= since[1] for each in made] == [False, True, True]
    assert [until[0] <= each <= until[1] for each in made] == [True, True, False]
    far = made_between(TasksRequest(created_at_min=1e11, created_at_max=1e11))
    assert all(each < far[0] for each in made)


def test_times_are_those_of_the_vendor() -> None:
    """Its own pair: an epoch and the wall clock of UTC+8, without saying so."""
    made = dt.datetime.fromtimestamp(1753435158.509, dt.UTC)
    assert to_local_time(made) == "2025-07-25 17:19:18"
    assert to_unix_time(made) == 1753435158.509


def test_a_task_is_found_by_the_time_that_is_shown_of_it() -> None:
    """The time is cut to the milliseconds that the id holds, never rounded up past them."""
    made = dt.datetime(2026, 5, 17, 16, 0, 0, 509600, tzinfo=dt.UTC)
    shown = to_unix_time(made)
    first, last = made_between(TasksRequest(created_at_min=shown, created_at_max=shown))
    assert first <= new_id(made, b"\x80" * RANDOM_BYTES) <= last


def test_models_without_a_name_here_keep_their_own(world: SimpleNamespace) -> None:
    """A task of another wire's model, or of one that is gone, is shown under the catalogue's id."""
    for model in ("veo-3.1", "gone"):
        spec = TaskSpec(mode=Mode.TEXT_TO_VIDEO, model=model, prompt="x")
        assert model_name(world.task(spec=spec), world.catalogue) == model


def test_every_motion_is_a_move_of_the_camera(world: SimpleNamespace) -> None:
    """The prompt stays as it was; from the seed of the very sample."""
    task = world.task(state=State.SUCCEEDED)
    source = dataclasses.replace(
        task, spec=dataclasses.replace(task.spec, prompt="a boat", seed=SEEDS - 1, samples=1, gif=True)
    )
    for motion in typing.get_args(Motion):
        wire = ReshootRequest(video_id="x", motion_type=motion)
        spec = to_reshoot(wire, source, 0, world.catalogue).spec
        assert (spec.prompt, spec.camera) == ("a boat", MOVES[motion])
        assert (spec.seed, spec.gif, spec.samples, spec.model) == (SEEDS - 1, False, 1, "veo-reshoot")


def test_an_extension_is_not_made_again(world: SimpleNamespace) -> None:
    """As the vendor has it."""
    task = world.task(state=State.SUCCEEDED)
    extension = dataclasses.replace(task, spec=dataclasses.replace(task.spec, mode=Mode.EXTEND))
    with pytest.raises(FieldsInvalid, match="extension"):
        to_reshoot(ReshootRequest(video_id="x", motion_type="UP"), extension, 0, world.catalogue)


@pytest.mark.parametrize("model", ["veo2", "veo2-fast"])
def test_a_video_of_the_old_line_is_not_continued(model: str, world: SimpleNamespace) -> None:
    """As the vendor has it; whatever other wires made is."""
    task = world.task(state=State.SUCCEEDED)
    old = dataclasses.replace(task, spec=dataclasses.replace(task.spec, model=model))
    wire = ExtendRequest(video_id="x", model="veo31-fast")
    with pytest.raises(FieldsInvalid, match=f"^video_id: names a video of {model}, "):
        to_extension(wire, old, 0, world.catalogue)
    assert to_extension(wire, task, 0, world.catalogue).spec.mode is Mode.EXTEND
