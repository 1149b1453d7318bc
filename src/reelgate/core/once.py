"""A request that its caller may send again: its key, and what tells it from another request. Pure."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

#: A key makes one task for at least so long.
ONCE_KEPT: Final = dt.timedelta(hours=24)
ONCE_KEY_MAX_CHARS: Final = 255


@dataclass(frozen=True, kw_only=True, slots=True)
class Once:
    """What a caller sends with a request to make one task of it, however often it is sent."""

    #: The caller's own; it counts within one account and one wire.
    key: str
    #: SHA-256 of the request: another request with the same key is a mistake.
    fingerprint: bytes


def once_key_problem(key: str) -> str | None:
    """Return what is wrong with a key, or None."""
    if not key:
        return "must not be empty"
    if len(key) > ONCE_KEY_MAX_CHARS:
        return f"must have at most {ONCE_KEY_MAX_CHARS} characters, not {len(key)}"
    if not (key.isascii() and key.isprintable()) or " " in key:
        return "must be visible ASCII characters without spaces"
    return None
