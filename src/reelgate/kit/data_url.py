"""Reads `data:` URLs (RFC 2397), strictly. Pure; whoever takes a URL from a caller and finds this scheme calls it."""

import base64
import binascii
import re
from typing import Final
from urllib.parse import unquote_to_bytes

#: Characters that a URL may hold as they are (RFC 3986), and whole percent-encoded bytes.
_ENCODED: Final = re.compile(r"(?:[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*")
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
#: Parameters such as a character set are read over; there is no use for long ones.
_HEAD_MAX_CHARS: Final = 512


class DataUrlInvalid(ValueError):
    """It is not a `data:` URL that can be read. The message is a sentence for the caller."""


class DataUrlTooLarge(DataUrlInvalid):
    """It holds more bytes than allowed."""


def read_data_url(url: str, max_bytes: int) -> tuple[bytes, str]:
    """Return the bytes of a `data:` URL and the media type that it claims, "text/plain" when it claims none.

    Raises:
        DataUrlInvalid: it is malformed, or its base64 or percent encoding is.
        DataUrlTooLarge: it holds more than `max_bytes`; found before anything is decoded.

    """
    scheme, colon, rest = url.partition(":")
    head, comma, body = rest.partition(",")
    if scheme.lower() != "data" or not colon or not comma or len(head) > _HEAD_MAX_CHARS:
        raise DataUrlInvalid("The data: URL is malformed.")
    media_type, *parameters = (part.strip().lower() for part in head.split(";"))
    if media_type and not _MEDIA_TYPE.fullmatch(media_type):
        raise DataUrlInvalid("The data: URL names no valid media type.")
    encoded_in_base64 = bool(parameters) and parameters[-1] == "base64"
    content = _read_base64(body, max_bytes) if encoded_in_base64 else _read_percent(body, max_bytes)
    return content, media_type or "text/plain"


def _read_base64(body: str, max_bytes: int) -> bytes:
    # Percent signs stand for the padding and for the characters "+" and "/" in URLs that went through an encoder.
    if "%" in body:
        body = _read_percent(body, 4 * (max_bytes // 3 + 1)).decode("latin-1")
    if len(body.rstrip("=")) * 3 // 4 > max_bytes:
        raise DataUrlTooLarge(f"The data: URL holds more than {max_bytes:,} bytes.")
    try:
        # Encoders differ about the padding; RFC 4648 lets a reader do without.
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise DataUrlInvalid("The data: URL is not valid base64.") from error


def _read_percent(body: str, max_bytes: int) -> bytes:
    if len(body) - 2 * body.count("%") > max_bytes:
        raise DataUrlTooLarge(f"The data: URL holds more than {max_bytes:,} bytes.")
    if not _ENCODED.fullmatch(body):
        raise DataUrlInvalid("The data: URL holds characters that must be percent-encoded.")
    return unquote_to_bytes(body)
