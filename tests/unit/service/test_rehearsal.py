"""Refusals at submit, as rehearsed."""

import pytest

from fakes import make_spec
from reelgate.core import errors
from reelgate.core.errors import PromptInvalid, RateLimited, ReelgateError
from reelgate.service.rehearsal import rehearsed_download, with_rehearsal


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (402, errors.CreditsInsufficient),
        (409, errors.TaskFinished),
        (429, errors.RateLimited),
        (500, errors.ServerMisconfigured),
        (503, errors.ServerBusy),
    ],
)
def test_a_request_is_refused(status: int, error: type[ReelgateError]) -> None:
    """By the error that a real refusal is, and not where it is not allowed."""
    spec = make_spec(prompt=f"a boat [[sim: submit={status}]]")
    with pytest.raises(error):
        with_rehearsal(spec, allowed=True)
    assert with_rehearsal(spec, allowed=False) is spec


def test_a_refusal_says_when_to_try_again() -> None:
    """As long as the directive says."""
    with pytest.raises(RateLimited) as caught:
        with_rehearsal(make_spec(prompt="[[sim: submit=429, retry_after=30]]"), allowed=True)
    assert caught.value.retry_after_s == 30


def test_what_is_not_refused_is_marked() -> None:
    """A prompt without directives is not, whatever the spec that it was made from said."""
    assert with_rehearsal(make_spec(prompt="[[sim: fail=error]]"), allowed=True).rehearsed
    assert not with_rehearsal(make_spec(prompt="a boat", rehearsed=True), allowed=True).rehearsed
    with pytest.raises(PromptInvalid):
        with_rehearsal(make_spec(prompt="[[sim: fail=badly]]"), allowed=True)


@pytest.mark.parametrize(
    ("directive", "expected"), [("download=slow", "slow"), ("download=broken", "broken"), ("run=1s", None)]
)
def test_what_is_rehearsed_for_a_download(directive: str, expected: str | None) -> None:
    """Only where directives are followed."""
    spec = make_spec(prompt=f"a boat [[sim: {directive}]]")
    assert rehearsed_download(with_rehearsal(spec, allowed=True)) == expected
    assert rehearsed_download(with_rehearsal(spec, allowed=False)) is None
