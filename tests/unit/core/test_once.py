"""Idempotency keys: which texts may be one."""

import pytest

from reelgate.core.once import ONCE_KEY_MAX_CHARS, once_key_problem


@pytest.mark.parametrize("key", ["a", "0b9a6a5e-8d5c-4a7e-9d4e-2f3b", '"quoted"', "~" * ONCE_KEY_MAX_CHARS])
def test_a_key_is_visible_ascii(key: str) -> None:
    """Of any kind, up to a length."""
    assert once_key_problem(key) is None


@pytest.mark.parametrize(
    ("key", "problem"), [("", "empty"), ("x" * (ONCE_KEY_MAX_CHARS + 1), "256"), ("a b", "spaces"), ("é", "ASCII")]
)
def test_what_cannot_be_a_key_is_said(key: str, problem: str) -> None:
    """In the words of its mistake."""
    assert problem in (once_key_problem(key) or "")
