"""Signs and checks links to files: HMAC-SHA256 over path and expiry, with named keys that can be rotated. Pure.

A link reads `/files/{artifact id}/{file name}?e={unix seconds}&k={key id}&s={signature}`. Services sign, `web.files`
checks; the caller keeps the secrets.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

_SECRET_MIN_BYTES: Final = 32
#: Binds signatures to this use, should a secret ever serve another.
_PURPOSE: Final = b"reelgate link 1\n"
_EXPIRY: Final = re.compile(r"[1-9][0-9]{0,11}")


class LinkInvalid(Exception):
    """The link is not one of ours, or was changed."""


class LinkExpired(Exception):
    """The link is ours and its time is over."""


@dataclass(frozen=True, slots=True)
class LinkKey:
    """A secret, and the name under which links refer to it."""

    secret: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """A short name that follows from the secret and does not tell it."""
        return hashlib.sha256(b"reelgate link key\n" + self.secret).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """The keys in use: the first one signs, all of them check."""

    keys: tuple[LinkKey, ...]

    @classmethod
    def load(cls, secrets: Sequence[bytes]) -> "LinkKeys":
        """Return the keys of some secrets, newest first.

        Raises:
            ValueError: there is none, or one is shorter than 32 bytes.

        """
        if not secrets or any(len(secret) < _SECRET_MIN_BYTES for secret in secrets):
            raise ValueError(f"links need secrets of at least {_SECRET_MIN_BYTES} bytes")
        return cls(tuple(map(LinkKey, secrets)))


def sign_link(path: str, *, expires_s: int, keys: LinkKeys) -> str:
    """Return the query, without "?", that makes a path a link until `expires_s`, in unix seconds. Repeatable."""
    key = keys.keys[0]
    return f"e={expires_s}&k={key.id}&s={_signature(path, expires_s, key)}"


def check_link(path: str, query: Mapping[str, str], *, now_s: float, keys: LinkKeys) -> int:
    """Return when a link expires, in unix seconds; other fields of the query are not looked at.

    Raises:
        LinkInvalid: a field is missing or wrong, the key is unknown or the signature does not fit.
        LinkExpired: everything fits, and its time is over.

    """
    expiry = query.get("e", "")
    key = next((key for key in keys.keys if key.id == query.get("k")), None)
    if key is None or not _EXPIRY.fullmatch(expiry):
        raise LinkInvalid
    if not hmac.compare_digest(_signature(path, int(expiry), key).encode(), query.get("s", "").encode()):
        raise LinkInvalid
    if int(expiry) <= now_s:
        raise LinkExpired
    return int(expiry)


def _signature(path: str, expires_s: int, key: LinkKey) -> str:
    digest = hmac.digest(key.secret, _PURPOSE + f"{expires_s}\n{path}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
