"""Byte ranges and entity tags of HTTP (RFC 9110), as far as files need them. Pure; `web.files` calls it."""

import re
from typing import Final

_RANGE: Final = re.compile(r"bytes[ \t]*=[ \t]*([0-9]*)-([0-9]*)[ \t]*", re.IGNORECASE)
_TAG: Final = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
#: More digits than any file's size has; longer numbers are cut, not computed.
_DIGITS_MAX: Final = 18


class RangeUnsatisfiable(Exception):
    """The range lies wholly behind the end of the file."""


def read_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Return the first byte of a Range header's range and the one after its last, or None for the whole file.

    A header that is malformed, in another unit or asks for several ranges is ignored, as the RFC allows.

    Raises:
        RangeUnsatisfiable: no byte of the file is in the range.

    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = _to_number(match[2])
        if length == 0 or size_bytes == 0:
            raise RangeUnsatisfiable
        return max(0, size_bytes - length), size_bytes
    start, last = _to_number(match[1]), _to_number(match[2]) if match[2] else size_bytes - 1
    if match[2] and last < start:
        return None
    if start >= size_bytes:
        raise RangeUnsatisfiable
    return start, min(last + 1, size_bytes)


def names_tag(header: str | None, tag: str) -> bool:
    """Return whether an If-None-Match header names a strong entity tag, weakly compared."""
    return header is not None and (header.strip() == "*" or tag in _TAG.findall(header))


def _to_number(digits: str) -> int:
    digits = digits.lstrip("0")
    return int(digits or "0") if len(digits) <= _DIGITS_MAX else 10**_DIGITS_MAX
