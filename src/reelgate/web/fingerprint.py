"""Idempotency keys as they come over HTTP, and what tells one request from another: its path, query and body.

Vendors have no form of their own for such keys, so the header of the IETF's draft is the one that counts. `web.body`
notes the body while it is read, for requests that bring a key; nobody else pays for it.
"""

import hashlib
import urllib.parse
from collections.abc import Iterable
from typing import Final

from starlette.requests import Request

from reelgate.core.errors import FieldProblem, FieldsInvalid
from reelgate.core.once import Once, once_key_problem

#: The header that brings an idempotency key, in lower case.
ONCE_HEADER: Final = "idempotency-key"

#: Parameters that say who asks, not for what.
_KEY_PARAMETERS: Final = frozenset({"key"})
_SCOPE_KEY: Final = "reelgate.body_sha256"


def note_body(request: Request, pieces: Iterable[bytes]) -> None:
    """Keep the digest of a request's body; how the body falls into pieces counts."""
    sha256 = hashlib.sha256()
    for piece in pieces:
        sha256.update(len(piece).to_bytes(8, "big"))
        sha256.update(piece)
    request.scope[_SCOPE_KEY] = sha256.digest()


def once_of(request: Request) -> Once | None:
    """Return a request's idempotency key with its fingerprint; None without one, or without a body that was read.

    Raises:
        FieldsInvalid: the key cannot be one.

    """
    key = request.headers.get(ONCE_HEADER)
    sha256 = _fingerprint(request)
    if key is None or sha256 is None:
        return None
    if problem := once_key_problem(key):
        raise FieldsInvalid([FieldProblem("Idempotency-Key", problem)])
    return Once(key=key, fingerprint=sha256)


def _fingerprint(request: Request) -> bytes | None:
    body: bytes | None = request.scope.get(_SCOPE_KEY)
    if body is None:
        return None
    query = ""
    if request.scope["query_string"]:
        parameters = sorted(request.query_params.multi_items())
        query = urllib.parse.urlencode([item for item in parameters if item[0] not in _KEY_PARAMETERS])
    target = f"{request.method} {request.scope['path']}?{query}"
    return hashlib.sha256(target.encode() + b"\0" + body).digest()
