"""Short names for ids: the last 62 of their random bits as 12 characters of a-z and 0-9. Pure.

They are for wires whose clients cut longer names off. A tail tells ids of one server apart and is found by an index
(`store.tails`); it does not hold the whole id, as the forms of `core.ids` do.
"""

import uuid
from functools import lru_cache
from typing import Final

TAIL_CHARS: Final = 12
"""36**12 is just above 2**62."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_TAIL_BITS: Final = 62
#: RFC 9562: the two bits in front of the last 62 of every id of ours.
_VARIANT: Final = 0b10


def to_tail(whole: uuid.UUID) -> str:
    """Return the short name of an id."""
    number = whole.int & ((1 << _TAIL_BITS) - 1)
    characters = []
    for _ in range(TAIL_CHARS):
        number, digit = divmod(number, len(_DIGITS))
        characters.append(_DIGITS[digit])
    return "".join(reversed(characters))


# Polls name the same few tasks again and again.
@lru_cache(4096)
def from_tail(text: str) -> bytes:
    """Return the last 8 bytes of the ids that `text` is the short name of.

    Raises:
        ValueError: `to_tail` did not write it.

    """
    if len(text) != TAIL_CHARS:
        raise ValueError(f"not {TAIL_CHARS} characters")
    number = 0
    for character in text:
        number = number * len(_DIGITS) + _DIGITS.index(character)
    if number >> _TAIL_BITS:
        raise ValueError("too large for a tail")
    return (_VARIANT << _TAIL_BITS | number).to_bytes(8, "big")
