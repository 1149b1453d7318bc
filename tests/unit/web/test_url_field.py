"""URLs of callers."""

import pytest

from reelgate.web.url_field import url_problem


@pytest.mark.parametrize(
    "url",
    [
        None,
        "https://hooks.example/veo?id=1#x",
        "http://127.0.0.1:8000/",
        "HTTPS://hooks.example",
        "https://[2001:db8::1]:8443/x",
        "https://bücher.example/ü",
    ],
)
def test_urls_that_are_kept(url: str | None) -> None:
    """Plain http and https pass, also where only the fetcher may say no."""
    assert url_problem("webhook_url", url) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "must be an http or https URL"),
        ("hooks.example", "must be an http or https URL"),
        ("ftp://hooks.example/", "must be an http or https URL"),
        ("javascript:alert(1)", "must be an http or https URL"),
        ("https://", "must be an http or https URL"),
        ("https:///path", "must be an http or https URL"),
        ("https://hooks.example/a b", "must be an http or https URL"),
        ("https://hooks.example/\r\nX: y", "must be an http or https URL"),
        ("https://hooks.example\\@evil.example/", "must be an http or https URL"),
        ("https://hooks.example:0/", "must be an http or https URL"),
        ("https://hooks.example:99999/", "is not a valid URL"),
        ("https://[::1/", "is not a valid URL"),
        ("https://me:secret@hooks.example/", "must not hold a user name or password"),
        ("https://hooks.example/" + "x" * 2048, "has 2070 characters; at most 2048 are allowed"),
    ],
)
def test_urls_that_are_refused(url: str, problem: str) -> None:
    """Whatever is wrong is said, with the field's name."""
    found = url_problem("webhook_url", url)
    assert found is not None
    assert (found.field, found.problem) == ("webhook_url", problem)
