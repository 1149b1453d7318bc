"""Tests of bracketed names in forms."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.errors import FieldsInvalid
from reelgate.web.brackets import read_brackets


@pytest.mark.parametrize(
    ("texts", "tree"),
    [
        ([], {}),
        ([("a", "1"), ("b", "2")], {"a": "1", "b": "2"}),
        ([("a[b]", "1"), ("a[c][d]", "2")], {"a": {"b": "1", "c": {"d": "2"}}}),
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
        ([("a[b][]", "1"), ("a[b][]", "2")], {"a": {"b": ["1", "2"]}}),
        ([("a[][x]", "1"), ("a[][y]", "2"), ("a[][x]", "3")], {"a": [{"x": "1", "y": "2"}, {"x": "3"}]}),
        ([("a[]", "1"), ("a[][x]", "2")], {"a": ["1", {"x": "2"}]}),
        ([("a[", "1"), ("b]", "2"), ("[c]", "3"), ("", "4")], {"a[": "1", "b]": "2", "[c]": "3", "": "4"}),
    ],
)
def test_names_describe_a_tree(texts: list[tuple[str, str]], tree: dict[str, Any]) -> None:
    """Objects, lists, lists of objects, and names that only look like it."""
    assert read_brackets(texts) == tree


@pytest.mark.parametrize(
    ("texts", "field", "problem"),
    [
        ([("a", "1"), ("a", "2")], "a", "stands twice"),
        ([("a[b]", "1"), ("a[b]", "2")], "a[b]", "stands twice"),
        ([("a", "1"), ("a[b]", "2")], "a[b]", "something else"),
        ([("a[b]", "1"), ("a", "2")], "a", "stands twice"),
        ([("a[]", "1"), ("a[b]", "2")], "a[b]", "something else"),
        ([("a[b][c][d][e][f]", "1")], "a", "too deeply"),
    ],
)
def test_contradictions_are_named(texts: list[tuple[str, str]], field: str, problem: str) -> None:
    """A caller learns which field cannot be understood."""
    with pytest.raises(FieldsInvalid, match=problem) as caught:
        read_brackets(texts)
    assert caught.value.problems[0].field == field


@given(st.lists(st.tuples(st.text("a[]", max_size=12), st.just("x")), max_size=6))
def test_no_name_breaks_the_reading(texts: list[tuple[str, str]]) -> None:
    """Whatever a stranger sends is a tree or a named problem."""
    with contextlib.suppress(FieldsInvalid):
        assert len(read_brackets(texts)) <= len(texts)
