"""Sign what is sent as Standard Webhooks says (https://www.standardwebhooks.com, checked 2026-11-20). Pure.

The signature covers the event's id, the time of sending and the body. Of two live secrets each signs, so that a
receiver verifies with either while the secret is rotated.
"""

import base64
import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 -- what every secret starts with
#: Random bytes of a new secret.
SECRET_BYTES: Final = 32


def sign_headers(event_id: str, body: bytes, now: dt.datetime, secrets: Sequence[bytes]) -> dict[str, str]:
    """Return the headers of an event that is sent now, signed by every secret."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((event_id.encode(), timestamp.encode(), body))
    digests = [hmac.digest(secret, signed, hashlib.sha256) for secret in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests),
    }


def to_text(secret: bytes) -> str:
    """Return a secret as receivers are given it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def to_hint(secret: bytes) -> str:
    """Return enough of a secret to tell it from another one."""
    return to_text(secret)[: len(SECRET_PREFIX) + 4] + "…"
