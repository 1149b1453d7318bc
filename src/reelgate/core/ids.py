"""Task ids and API keys: how they are made and how wires show them. Pure: time and randomness are arguments.

A task id is a UUID of version 7: 48 bits of milliseconds, 74 random bits. Every form below is a bijection on such
ids, so a task made through one dialect can be read through all.
"""

import datetime as dt
import uuid
import zlib
from functools import lru_cache
from typing import Final

RANDOM_BYTES: Final = 10
"""How many random bytes an id takes."""

EVENT_PREFIX: Final = "evt_"

KEY_PREFIX: Final = "rg_"
KEY_SECRET_LENGTH: Final = 32
KEY_CHECKSUM_LENGTH: Final = 6

_BASE32: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_BASE36: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#: From an alphabet's digits to those that int() reads.
_PYTHON_DIGITS: Final = {alphabet: str.maketrans(alphabet, _BASE36[: len(alphabet)]) for alphabet in (_BASE32, _BASE36)}
_BASE32_LENGTH: Final = 26
#: Two characters for each 10 bits, and where the bits of an id stand: every answer writes one.
_BASE32_PAIRS: Final = tuple(first + second for first in _BASE32 for second in _BASE32)
_BASE32_SHIFTS: Final = tuple(range(120, -1, -10))
_RANDOM_BITS: Final = 74
_BASE36_LENGTH: Final = 15
_MILLIS_DIGITS: Final = 13


def new_id(now: dt.datetime, random: bytes) -> uuid.UUID:
    """Make an id of version 7 from `now` (with a time zone) and `RANDOM_BYTES` random bytes."""
    millis = int(now.timestamp() * 1000)
    return _from_parts(millis, int.from_bytes(random[:RANDOM_BYTES], "big") >> (8 * RANDOM_BYTES - _RANDOM_BITS))


def ids_between(first_millis: int | None, last_millis: int | None) -> tuple[uuid.UUID, uuid.UUID]:
    """Return the lowest and the highest id that can be made in a span of Unix milliseconds; None leaves an end open."""
    latest = (1 << 48) - 1
    first = 0 if first_millis is None else max(0, min(first_millis, latest))
    last = latest if last_millis is None else max(0, min(last_millis, latest))
    return _from_parts(first, 0), _from_parts(last, (1 << _RANDOM_BITS) - 1)


def to_base32(task_id: uuid.UUID) -> str:
    """Return 26 lower-case Crockford base-32 characters, ordered by time, as ULIDs are."""
    number = task_id.int
    return "".join([_BASE32_PAIRS[number >> shift & 1023] for shift in _BASE32_SHIFTS])


# Polls name the same few tasks again and again.
@lru_cache(4096)
def from_base32(text: str) -> uuid.UUID:
    """Read what `to_base32` wrote.

    Raises:
        ValueError: it did not write `text`.

    """
    number = _decode(text, _BASE32, _BASE32_LENGTH)
    if number >> 128:
        raise ValueError("too large for an id")
    return uuid.UUID(int=number)


def to_millis_base36(task_id: uuid.UUID) -> str:
    """Return 13 digits of Unix milliseconds, an underscore and 15 lower-case base-36 characters."""
    millis, random = _to_parts(task_id)
    return f"{millis:0{_MILLIS_DIGITS}d}_{_encode(random, _BASE36, _BASE36_LENGTH)}"


def from_millis_base36(text: str) -> uuid.UUID:
    """Read what `to_millis_base36` wrote.

    Raises:
        ValueError: it did not write `text`.

    """
    millis_text, separator, random_text = text.partition("_")
    if not separator or len(millis_text) != _MILLIS_DIGITS or not (millis_text.isascii() and millis_text.isdigit()):
        raise ValueError("not milliseconds and a random part")
    random = _decode(random_text, _BASE36, _BASE36_LENGTH)
    if random >> _RANDOM_BITS:
        raise ValueError("too large for an id")
    return _from_parts(int(millis_text), random)


def to_event_id(task_id: uuid.UUID) -> str:
    """Return the id of the event that a task has ended: it ends once, so every delivery of it has the same (T6)."""
    return EVENT_PREFIX + task_id.hex


def new_key(random: bytes) -> str:
    """Make an API key from at least 32 random bytes: prefix, 32 base-62 characters, CRC-32 as six more."""
    number = int.from_bytes(random, "big")
    secret = ""
    for _ in range(KEY_SECRET_LENGTH):
        number, digit = divmod(number, len(_BASE62))
        secret += _BASE62[digit]
    return KEY_PREFIX + secret + _checksum(secret)


def is_well_formed_key(text: str) -> bool:
    """Return whether `text` can be an API key: a typing error is found without asking the database."""
    secret = text[len(KEY_PREFIX) : -KEY_CHECKSUM_LENGTH]
    return (
        text.startswith(KEY_PREFIX)
        and len(secret) == KEY_SECRET_LENGTH
        and not secret.strip(_BASE62)
        and text[-KEY_CHECKSUM_LENGTH:] == _checksum(secret)
    )


def _checksum(secret: str) -> str:
    return _encode(zlib.crc32(secret.encode()), _BASE62, KEY_CHECKSUM_LENGTH)


def _from_parts(millis: int, random: int) -> uuid.UUID:
    # RFC 9562: 48 bits of time, version 7, 12 random bits, variant 2, 62 random bits.
    high, low = random >> 62, random & ((1 << 62) - 1)
    return uuid.UUID(int=(millis & ((1 << 48) - 1)) << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def _to_parts(task_id: uuid.UUID) -> tuple[int, int]:
    number = task_id.int
    return number >> 80, (number >> 64 & 0xFFF) << 62 | number & ((1 << 62) - 1)


def _encode(number: int, alphabet: str, length: int) -> str:
    characters = []
    for _ in range(length):
        number, digit = divmod(number, len(alphabet))
        characters.append(alphabet[digit])
    return "".join(reversed(characters))


def _decode(text: str, alphabet: str, length: int) -> int:
    # What is left of the text without the alphabet at its ends shows any other character in it.
    if len(text) != length or text.strip(alphabet):
        raise ValueError(f"not {length} characters of {alphabet}")
    return int(text.translate(_PYTHON_DIGITS[alphabet]), len(alphabet))
