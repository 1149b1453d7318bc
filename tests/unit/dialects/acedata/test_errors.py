"""Tests of how acedata says what went wrong; the bodies themselves are golden files."""

import datetime as dt

from reelgate.core import errors
from reelgate.core.errors import ReelgateError, TaskUnknown
from reelgate.dialects.acedata.errors import ERROR_BODIES, TABLE, error_answer, trace
from reelgate.dialects.acedata.wire import AcceptedAnswer, ErrorBody
from reelgate.web.dialect import WireAnswer

NOW = dt.datetime(2026, 5, 17, tzinfo=dt.UTC)


def leaves(kind: type[ReelgateError]) -> list[type[ReelgateError]]:
    below = [sub for sub in kind.__subclasses__() if sub.__module__ == errors.__name__]
    return [leaf for sub in below for leaf in leaves(sub)] if below else [kind]


def test_every_error_of_the_core_has_its_words() -> None:
    """No leaf of the tree lacks a status and a code, and nothing else has one."""
    assert set(TABLE) == set(leaves(ReelgateError))


def test_every_status_has_a_documented_body() -> None:
    """The document can describe each status of the table."""
    assert set(ERROR_BODIES) == {status for status, _, _ in TABLE.values()}


def test_an_unforeseen_error_is_ours() -> None:
    """An error that the table does not know is the server's fault."""

    class Unforeseen(ReelgateError):
        code = "unforeseen"

    assert error_answer(Unforeseen("?"), NOW).status == 500


def test_an_id_that_a_caller_chose_is_its_trace_id() -> None:
    """A caller's own id need not be a UUID to be found in header and body."""
    answer = trace(error_answer(TaskUnknown("?"), NOW), "my-request.7")
    assert isinstance(answer.body, ErrorBody)
    assert (answer.headers["x-trace-id"], answer.body.trace_id) == ("my-request.7", "my-request.7")


def test_an_answer_without_a_trace_id_has_it_in_the_header() -> None:
    """The body stays as it is."""
    answer = trace(WireAnswer(status=200, body=AcceptedAnswer(task_id="x"), headers={"a": "b"}), "00" * 16)
    assert answer.body == AcceptedAnswer(task_id="x")
    assert answer.headers == {"a": "b", "x-trace-id": "00000000-0000-0000-0000-000000000000"}
