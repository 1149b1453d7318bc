"""What an upstream's status means before its wire is asked."""

import pytest

from reelgate.core.upstream import (
    RETRY_AFTER_MAX_S,
    HttpReply,
    NotNow,
    Unclear,
    read_poll_trouble,
    read_trouble,
    retry_after_s,
    shortened,
)


def reply(status: int, **headers: str) -> HttpReply:
    return HttpReply(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=b""
    )


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_server_that_says_no_for_now_has_not_accepted(status: int) -> None:
    """It may be asked again, when it says so."""
    assert read_trouble(reply(status, retry_after="7"), "busy") == NotNow(
        reason=f"status {status}: busy", retry_after_s=7
    )


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_credential_that_is_refused_is_to_blame(status: int) -> None:
    """Its owner has to mend it."""
    found = read_trouble(reply(status), "no")
    assert isinstance(found, NotNow)
    assert found.credential_bad


@pytest.mark.parametrize("status", [502, 504, 520, 101])
def test_what_stands_between_cannot_tell(status: int) -> None:
    """A gateway without an answer from behind does not know whether the request was taken in."""
    assert isinstance(read_trouble(reply(status), "gone"), Unclear)


@pytest.mark.parametrize("status", [502, 504])
def test_a_question_may_always_be_put_again(status: int) -> None:
    """So its trouble is never unclear."""
    assert read_poll_trouble(reply(status), "gone") == NotNow(reason=f"status {status}: gone")
    assert read_poll_trouble(reply(429, retry_after="7"), "") == NotNow(reason="status 429: ", retry_after_s=7)
    assert read_poll_trouble(reply(200), "") is None


@pytest.mark.parametrize("status", [200, 202, 301, 400, 404, 422])
def test_the_rest_is_the_wire_s(status: int) -> None:
    """Its body decides."""
    assert read_trouble(reply(status), "") is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 1.5 ", 1.5),
        ("999999", RETRY_AFTER_MAX_S),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1.2.3", None),
        ("Wed, 25 Nov 2026 10:00:00 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    """Whole or broken seconds within bounds; dates are not read, as clocks differ."""
    assert retry_after_s({"retry-after": text}) == seconds
    assert retry_after_s({}) is None


def test_texts_of_upstreams_are_made_short_and_plain() -> None:
    """One line without anything that moves a terminal's cursor."""
    assert shortened("a\n\tb\x1b[31m c") == "a b [31m c"
    assert shortened("x" * 400, 10) == "x" * 9 + "…"
