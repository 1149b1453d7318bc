"""Tests of how Vertex AI says what went wrong; the bodies themselves are golden files."""

import datetime as dt

from reelgate.core import errors
from reelgate.core.errors import ReelgateError
from reelgate.dialects.vertex.errors import CODES, ERROR_BODIES, TABLE, error_answer

NOW = dt.datetime(2026, 5, 17, tzinfo=dt.UTC)


def leaves(kind: type[ReelgateError]) -> list[type[ReelgateError]]:
    below = [sub for sub in kind.__subclasses__() if sub.__module__ == errors.__name__]
    return [leaf for sub in below for leaf in leaves(sub)] if below else [kind]


def test_every_error_of_the_core_has_its_words() -> None:
    """No leaf of the tree lacks a status, and nothing else has one."""
    assert set(TABLE) == set(leaves(ReelgateError))


def test_every_status_has_a_documented_body() -> None:
    """The document can describe each status of the table."""
    assert set(ERROR_BODIES) >= {status for status, _ in TABLE.values()}


def test_every_name_of_a_code_has_its_number() -> None:
    """An operation can fail with whatever a request can fail with."""
    assert {name for _, name in TABLE.values()} <= set(CODES)


def test_an_unforeseen_error_is_ours() -> None:
    """An error that the table does not know is the server's fault."""

    class Unforeseen(ReelgateError):
        code = "unforeseen"

    assert error_answer(Unforeseen("?"), NOW).status == 500
