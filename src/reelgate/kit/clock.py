"""The time, asked for at the edges only: everything below takes `now` as an argument."""

import datetime as dt


def now() -> dt.datetime:
    """Return the current time in UTC, with its time zone."""
    return dt.datetime.now(dt.UTC)
