"""Read base64 that stands in a field of a JSON body, strictly. Pure; called by dialects whose clients send files so."""

import base64
import binascii
from typing import Final

from reelgate.core.errors import InputTooLarge, InputUnreadable

_FROM_URL_ALPHABET: Final = str.maketrans("-_", "+/")


def read_base64(field: str, text: str, max_bytes: int) -> bytes:
    """Return the bytes that `text` stands for; in the usual alphabet or the one for URLs, with or without padding.

    Raises:
        InputTooLarge: there are more than `max_bytes`; found before anything is decoded.
        InputUnreadable: it is empty, or not base64.

    """
    digits = text.rstrip("=")
    if len(digits) * 3 // 4 > max_bytes:
        raise InputTooLarge(field, f"has more than {max_bytes:,} bytes")
    if not digits:
        raise InputUnreadable(field, "is empty")
    if digits[:5].lower() == "data:":
        raise InputUnreadable(field, "must be plain base64, without the head of a data: URL")
    # Both alphabets in one text are a mistake: only one of them is translated, and the other then refused.
    usual = digits.translate(_FROM_URL_ALPHABET) if "+" not in digits and "/" not in digits else digits
    try:
        return base64.b64decode(usual + "=" * (-len(usual) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputUnreadable(field, "is not valid base64") from error
