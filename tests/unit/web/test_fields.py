"""Tests of reading structs from bodies, forms and queries."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.web.fields import read_fields


class Wire(msgspec.Struct, rename="camel"):
    """One field of each kind."""

    prompt: str
    sample_count: Annotated[int, msgspec.Meta(ge=1, le=4)] = 1
    sound: bool = True
    ratio: Literal["16:9", "9:16", "1:1"] = "16:9"
    seed: Annotated[int, msgspec.Meta(ge=0)] | None = None
    images: list[str] = []
    image: str | list[str] = ""
    label: Annotated[str, msgspec.Meta(max_length=5)] | None = None
    kind: Literal["a"] | None = None


def problems(body: Mapping[str, Any], *, strict: bool = True) -> dict[str, str]:
    with pytest.raises(FieldsInvalid) as caught:
        read_fields(Wire, body, strict=strict)
    return {problem.field: problem.problem for problem in caught.value.problems}


def test_a_body_becomes_a_struct() -> None:
    """Wire names, defaults and values end where they belong; unknown fields are ignored."""
    wire = read_fields(Wire, {"prompt": "x", "sampleCount": 2, "image": ["a"], "new": {"field": 1}})
    assert wire == Wire(prompt="x", sample_count=2, image=["a"])


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("prompt", 5, "must be a string, not an integer"),
        ("prompt", None, "is required"),
        ("sampleCount", 5, "must be <= 4"),
        ("sampleCount", "2", "must be an integer, not a string"),
        ("sampleCount", 2.5, "must be an integer, not a number"),
        ("sampleCount", True, "must be an integer, not true or false"),
        ("sampleCount", 10**40, "must be <= 4"),
        ("sound", "true", "must be true or false, not a string"),
        ("sound", 1, "must be true or false, not an integer"),
        ("ratio", "4:3", "must be 16:9, 9:16 or 1:1, not '4:3'"),
        ("ratio", "it's", 'must be 16:9, 9:16 or 1:1, not "it\'s"'),
        ("ratio", "x\ny", "must be 16:9, 9:16 or 1:1, not 'x\\ny'"),
        ("ratio", 5, "must be a string, not an integer"),
        ("seed", -1, "must be >= 0"),
        ("seed", {}, "must be an integer, not an object"),
        ("images", "a", "must be an array, not a string"),
        ("image", 5, "must be a string or an array, not an integer"),
        ("label", "x" * 6, "must be of length <= 5"),
        ("kind", "b", "must be a, not 'b'"),
    ],
)
def test_a_wrong_value_is_explained(field: str, value: object, problem: str) -> None:
    """Each kind of mistake has a sentence that names what is allowed."""
    assert problems({"prompt": "x", field: value}) == {field: problem}


def test_an_element_is_named_by_its_place() -> None:
    """In an array it is the element that is wrong."""
    assert problems({"prompt": "x", "images": ["a", 5]}) == {"images[1]": "must be a string, not an integer"}


def test_all_that_is_wrong_is_named() -> None:
    """One answer is enough to repair a request."""
    assert list(problems({"sampleCount": 0, "sound": [], "seed": "x"})) == ["prompt", "sampleCount", "sound", "seed"]


def test_null_counts_as_left_out() -> None:
    """A client that writes out every field it knows is understood."""
    nulls = dict.fromkeys(["sampleCount", "sound", "ratio", "seed", "images", "image", "label"])
    assert read_fields(Wire, {"prompt": "x", **nulls}) == Wire(prompt="x")


def test_a_long_value_is_not_repeated_whole() -> None:
    """An answer does not grow with the mistake."""
    assert len(problems({"prompt": "x", "ratio": "y" * 100_000})["ratio"]) < 100
    assert len(problems({"prompt": "x", "seed": "y" * 100_000}, strict=False)["seed"]) < 100


def test_a_form_says_everything_in_texts() -> None:
    """Numbers and booleans are read from their texts, and an empty text is left out."""
    texts = {"prompt": "5", "sampleCount": "2", "sound": "False", "seed": "7", "label": "", "ratio": ""}
    wire = read_fields(Wire, texts, strict=False)
    assert wire == Wire(prompt="5", sample_count=2, sound=False, seed=7)


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("prompt", "", "is required"),
        ("sampleCount", "two", "must be an integer, not 'two'"),
        ("sampleCount", "2.5", "must be an integer, not '2.5'"),
        ("sampleCount", "9", "must be <= 4"),
        ("sound", "perhaps", "must be true or false, not 'perhaps'"),
        ("ratio", "4:3", "must be 16:9, 9:16 or 1:1, not '4:3'"),
    ],
)
def test_a_wrong_text_is_repeated(field: str, value: str, problem: str) -> None:
    """In a form everything is a string: its type would say nothing."""
    assert problems({"prompt": "x", field: value}, strict=False) == {field: problem}


def test_an_empty_text_in_json_is_a_value() -> None:
    """JSON can leave a field out, so an empty text is meant."""
    assert problems({"prompt": "x", "ratio": ""}) == {"ratio": "must be 16:9, 9:16 or 1:1, not ''"}
    assert read_fields(Wire, {"prompt": ""}).prompt == ""


def test_what_msgspec_says_otherwise_is_passed_on() -> None:
    """A message without a pattern of its own keeps its words and its place."""

    class Outer(msgspec.Struct):
        inner: Wire

    with pytest.raises(FieldsInvalid) as caught:
        read_fields(Outer, {"inner": {}})
    assert caught.value.problems == (FieldProblem("inner", "object missing required field `prompt`"),)


@given(
    st.dictionaries(
        st.sampled_from(["prompt", "sampleCount", "sound", "ratio", "seed", "images", "image", "label", "kind", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
            max_leaves=5,
        ),
    ),
    st.booleans(),
)
def test_any_body_is_read_or_explained(body: dict[str, Any], strict: bool) -> None:  # noqa: FBT001 - drawn
    """No JSON object gets past the two ways out, and each problem is a sentence about a field of the struct."""
    names = {field.encode_name for field in msgspec.structs.fields(Wire)}
    try:
        read_fields(Wire, body, strict=strict)
        found: tuple[FieldProblem, ...] = ()
    except FieldsInvalid as error:
        found = error.problems
    assert all(problem.field.partition("[")[0] in names for problem in found)
    assert all(problem.problem.startswith(("must be ", "is required")) for problem in found)
