"""Decide about deliveries: what an answer means, and when the next attempt is due. Pure; called by `worker.deliver`."""

import datetime as dt
import email.utils
from dataclasses import dataclass
from typing import Final

#: When a delivery is tried, counted from its first attempt; each wait is that much longer at most, by chance.
TRY_AFTER_S: Final = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
JITTER: Final = 0.1
#: A receiver may ask for more patience than the schedule has, up to this.
RETRY_AFTER_MAX: Final = dt.timedelta(hours=24)
#: An endpoint where nothing has arrived for so long is disabled.
ENDPOINT_PATIENCE: Final = dt.timedelta(days=3)

_GONE: Final = 410


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of sending: a status, or a problem instead of one."""

    status: int | None = None
    problem: str | None = None
    #: The value of the Retry-After header.
    retry_after: str | None = None
    #: The beginning of the body.
    text: str = ""
    #: The URL is refused by the rules: it will be again.
    hopeless: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What an answer means for a delivery."""

    #: delivered, failed, or pending for another attempt.
    state: str
    next_attempt_at: dt.datetime | None = None
    #: There is nothing at the URL any more.
    gone: bool = False


def judge(answer: Answer, *, tries: int, now: dt.datetime, chance: float) -> Verdict:
    """Return what follows from the answer to attempt number `tries`, counted from 1 in this round.

    2xx alone is success: a redirect is none, and is not followed. `chance` is 0 to 1.
    """
    if answer.status is not None and 200 <= answer.status < 300:
        return Verdict(state="delivered")
    if answer.status == _GONE:
        return Verdict(state="failed", gone=True)
    if answer.hopeless or tries >= len(TRY_AFTER_S):
        return Verdict(state="failed")
    wait_s = (TRY_AFTER_S[tries] - TRY_AFTER_S[tries - 1]) * (1 + JITTER * chance)
    wait = max(dt.timedelta(seconds=wait_s), read_retry_after(answer.retry_after, now))
    return Verdict(state="pending", next_attempt_at=now + wait)


def read_retry_after(text: str | None, now: dt.datetime) -> dt.timedelta:
    """Return how long a receiver asks to be left alone: seconds or a date; nothing where it says neither."""
    nothing = dt.timedelta(0)
    if text is None:
        return nothing
    text = text.strip()
    if text.isascii() and text.isdigit():
        return min(dt.timedelta(seconds=int(text[:9])), RETRY_AFTER_MAX)
    try:
        date = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return nothing
    if date.tzinfo is None:
        return nothing
    return min(max(date - now, nothing), RETRY_AFTER_MAX)
