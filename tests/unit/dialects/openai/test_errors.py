"""Tests of how the OpenAI wire says what went wrong; the bodies themselves are golden files."""

import datetime as dt

from reelgate.core import errors
from reelgate.core.errors import ReelgateError
from reelgate.dialects.openai.errors import ERROR_BODIES, RANGE_STATUS, TABLE, error_answer

NOW = dt.datetime(2026, 5, 17, tzinfo=dt.UTC)


def leaves(kind: type[ReelgateError]) -> list[type[ReelgateError]]:
    below = [sub for sub in kind.__subclasses__() if sub.__module__ == errors.__name__]
    return [leaf for sub in below for leaf in leaves(sub)] if below else [kind]


def test_every_error_of_the_core_has_its_words() -> None:
    """No leaf of the tree lacks a status and a code, and nothing else has one."""
    assert set(TABLE) == set(leaves(ReelgateError))


def test_every_status_has_a_documented_body() -> None:
    """The document can describe each status of the table, and that of a range that is not there."""
    assert set(ERROR_BODIES) == {RANGE_STATUS} | {status for status, _, _ in TABLE.values()}


def test_an_unforeseen_error_is_ours() -> None:
    """An error that the table does not know is the server's fault."""

    class Unforeseen(ReelgateError):
        code = "unforeseen"

    assert error_answer(Unforeseen("?"), NOW).status == 500


def test_an_empty_account_is_not_worth_a_retry() -> None:
    """Clients of this wire repeat 429 by themselves unless they are told not to."""
    answer = error_answer(errors.CreditsInsufficient(required_microcredits=2, available_microcredits=1), NOW)
    assert (answer.status, answer.headers) == (429, {"x-should-retry": "false"})
    assert error_answer(errors.RateLimited(retry_after_s=3, limit=1), NOW).headers == {"Retry-After": "3"}
