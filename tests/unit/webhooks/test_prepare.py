"""What an answer means, and when the next attempt is due."""

import datetime as dt

import pytest

from reelgate.webhooks.prepare import TRY_AFTER_S, Answer, judge, read_retry_after

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_is_success(now: dt.datetime, status: int) -> None:
    """Whatever the body says."""
    assert judge(Answer(status=status), tries=1, now=now, chance=0).state == "delivered"


@pytest.mark.parametrize("status", [100, 199, 300, 301, 302, 304, 400, 401, 404, 408, 429, 500, 503, 999])
def test_everything_else_is_tried_again(now: dt.datetime, status: int) -> None:
    """A redirect too: it is not followed."""
    verdict = judge(Answer(status=status), tries=1, now=now, chance=0)
    assert (verdict.state, verdict.gone) == ("pending", False)
    assert verdict.next_attempt_at == now + dt.timedelta(seconds=5)


def test_the_schedule_spans_a_day(now: dt.datetime) -> None:
    """Each wait follows the attempt before it; chance makes it a tenth longer at most."""
    for chance, longest in ((0, 1.0), (1, 1.1)):
        time, times = now, [0.0]
        for tries in range(1, len(TRY_AFTER_S)):
            following = judge(Answer(problem="no"), tries=tries, now=time, chance=chance).next_attempt_at
            assert following
            time = following
            times.append((time - now).total_seconds())
        assert times == pytest.approx([after * longest for after in TRY_AFTER_S])
        assert judge(Answer(problem="no"), tries=len(TRY_AFTER_S), now=time, chance=chance).state == "failed"


def test_410_means_gone(now: dt.datetime) -> None:
    """There is no use in another attempt."""
    verdict = judge(Answer(status=410), tries=1, now=now, chance=0)
    assert (verdict.state, verdict.gone) == ("failed", True)


def test_a_refused_url_is_hopeless(now: dt.datetime) -> None:
    """It would be refused again; that does not make the receiver gone."""
    verdict = judge(Answer(problem="not public", hopeless=True), tries=1, now=now, chance=0)
    assert (verdict.state, verdict.gone) == ("failed", False)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, 0),
        ("120", 120),
        (" 7 ", 7),
        ("0", 0),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("", 0),
        ("9" * 400, 86400),
        ("Fri, 20 Nov 2026 12:01:00 GMT", 60),
        ("Fri, 20 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 20 Nov 2099 11:00:00 GMT", 86400),
        ("Fri, 20 Nov 2026 12:01:00 -0000", 0),
    ],
)
def test_retry_after_is_read(now: dt.datetime, text: str | None, seconds: int) -> None:
    """In both forms that HTTP has, and never for longer than a day."""
    assert read_retry_after(text, now) == dt.timedelta(seconds=seconds)


def test_retry_after_never_shortens_a_wait(now: dt.datetime) -> None:
    """The schedule is the least."""
    for asked, wait_s in (("1", 5), ("30", 30)):
        verdict = judge(Answer(status=429, retry_after=asked), tries=1, now=now, chance=0)
        assert verdict.next_attempt_at == now + dt.timedelta(seconds=wait_s)
