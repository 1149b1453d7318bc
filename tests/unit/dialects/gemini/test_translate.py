"""Tests of the Gemini API's translation where golden files are too coarse."""

import datetime as dt
import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reelgate.core.catalogue import WireName
from reelgate.core.errors import FieldsInvalid, InputUnreadable
from reelgate.core.task import Artifact, ArtifactKind, Failure, InlineSource, Mode, State, StoredSource
from reelgate.dialects.gemini.translate import (
    _explain,
    file_id,
    from_model,
    from_task,
    from_video,
    read_request,
    source_id,
    to_submission,
    to_timestamp,
)

MODEL = "veo-3.1-generate-preview"
VIDEO = Artifact(
    id=uuid.UUID("019e34f2-fc7b-748d-8abc-048d159e26af"),
    task_id=uuid.UUID(int=0),
    kind=ArtifactKind.VIDEO,
    sample=0,
    object_key="tasks/x/video-0.mp4",
    media_type="video/mp4",
    size_bytes=9,
    sha256="00ff",
    created_at=dt.datetime(2026, 5, 17, tzinfo=dt.UTC),
)


def instance(**fields: Any) -> dict[str, Any]:
    return {"instances": [{"prompt": "x", **fields}]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("files/zsmxt6ue9jk1", "zsmxt6ue9jk1"),
        ("https://gate.example/v1beta/files/zsmxt6ue9jk1:download?alt=media", "zsmxt6ue9jk1"),
        ("http://gate.example/v1beta/files/a/v1beta/files/zsmxt6ue9jk1:download", "zsmxt6ue9jk1"),
        ("http:/gate.example/files/b-c", "b"),
        ("zsmxt6ue9jk1", None),
        ("files/", None),
        ("files/ABC", None),
    ],
)
def test_the_last_file_of_a_path_counts(text: str, found: str | None) -> None:
    """Whatever stands in front of it, the id is what SDKs would read."""
    assert file_id(text) == found


def test_a_request_names_the_video_to_go_on_from() -> None:
    """The id is read from a uri; what is no uri of ours stays as it is, to be unknown."""
    uri = "https://gate.example/v1beta/files/zsmxt6ue9jk1:download?alt=media"
    assert source_id(read_request(instance(video={"uri": uri, "encoding": "video/mp4"}))) == "zsmxt6ue9jk1"
    assert source_id(read_request(instance(video={"uri": "gs://bucket/a.mp4"}))) == "gs://bucket/a.mp4"
    assert source_id(read_request(instance(video={"uri": "", "encodedVideo": "AA=="}))) is None
    assert source_id(read_request(instance())) is None


def test_an_earlier_video_is_taken_as_it_is_stored(world: SimpleNamespace) -> None:
    """Nothing is fetched or decoded: the file is already here."""
    wire = read_request(instance(video={"uri": "files/zsmxt6ue9jk1"}))
    spec = to_submission(wire, MODEL, world.catalogue, VIDEO).spec
    assert spec.mode is Mode.EXTEND
    source = StoredSource(
        object_key=VIDEO.object_key, media_type="video/mp4", size_bytes=9, sha256="00ff", width_px=0, height_px=0
    )
    assert [(item.role, item.source) for item in spec.inputs] == [("source_video", source)]


def test_the_words_of_people_and_references_may_be_in_capitals(world: SimpleNamespace) -> None:
    """SDKs write the names of their enumerations."""
    wire = read_request(instance() | {"parameters": {"personGeneration": "ALLOW_ALL", "resolution": "4K"}})
    spec = to_submission(wire, MODEL, world.catalogue).spec
    assert (spec.person_generation, spec.resolution) == ("allow_all", "4k")


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


@pytest.mark.parametrize("duration", [1e400, -1e400, 0, -8, 1e30, True])
def test_no_number_of_seconds_breaks_the_wire(duration: float, world: SimpleNamespace) -> None:
    """Numbers beyond every bound are out of bounds, and true is no number."""
    with pytest.raises(FieldsInvalid, match="durationSeconds"):
        to_submission(read_request(instance() | {"parameters": {"durationSeconds": duration}}), MODEL, world.catalogue)


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ({"instances": []}, "instances", "`instances` takes at least 1."),
        ({"instances": [{"prompt": 7}]}, "instances[0].prompt", "needs to be a string"),
        ({"instances": [{"prompt": "\x00`", "`": 1}]}, "instances[0].`", "isn't supported"),
        (instance() | {"parameters": []}, "parameters", "needs to be an object"),
        (instance() | {"parameters": {"enhancePrompt": "yes"}}, "parameters.enhancePrompt", "needs to be a boolean"),
        (instance() | {"parameters": {"seed": 1.5}}, "parameters.seed", "needs to be an integer"),
        (instance() | {"parameters": {"durationSeconds": []}}, "parameters.durationSeconds", "needs to be a number."),
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
    """What the parser says stands in where the wire has no words."""
    assert _explain("Expected something new - at `$.parameters.seed`").problem == "`seed`: Expected something new."


def test_a_whole_result_has_no_count_of_filtered_videos(world: SimpleNamespace) -> None:
    """Clients take the count's presence for a refusal."""
    task = world.task(state=State.SUCCEEDED)
    answer = from_task(task, world.catalogue, "https://gate.example").response
    assert answer
    assert not answer.generate_video_response.rai_media_filtered_count
    assert from_video(VIDEO, "https://gate.example").name == "files/5vk68pxfjoof"


def test_a_model_without_a_number_has_a_version() -> None:
    """Every model says which version it is."""
    assert from_model(WireName(name="animatic", description="Plain.")).version == "1.0"


def test_times_are_utc() -> None:
    """A time of another zone is written as UTC."""
    zone = dt.timezone(dt.timedelta(hours=8))
    assert to_timestamp(dt.datetime(2026, 5, 17, 8, tzinfo=zone)) == "2026-05-17T00:00:00.000000Z"


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED])
def test_an_engine_s_own_reasons_are_shown(world: SimpleNamespace, state: State) -> None:
    """Whether some of the videos were held back or all of them."""
    failure = Failure(code="engine_refused", message="All of it.") if state is State.FAILED else None
    spec = replace(world.task().spec, samples=2)
    task = replace(world.task(state=state, failure=failure), spec=spec, filtered_count=1, filtered_reasons=("Why.",))
    answer = from_task(task, world.catalogue, "https://gate.example").response
    assert answer
    assert answer.generate_video_response.rai_media_filtered_reasons == ["Why."]
