"""Who a request comes from: an API key is looked up once and remembered until it is revoked.

One per API process. A key that is malformed never reaches the database.
"""

from collections import OrderedDict
from typing import Final

from reelgate.core.errors import KeyInvalid, KeyMissing
from reelgate.core.ids import is_well_formed_key
from reelgate.service.credit import digest
from reelgate.store.accounts import Principal, find_key
from reelgate.store.database import Database

KEYS_MAX: Final = 10_000

_INVALID: Final = "The API key is not valid."


class Authenticator:
    """Finds the principal behind a key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[bytes, Principal] = OrderedDict()
        #: Counts what was heard: a key that was looked up across a revocation is not remembered.
        self._changes = 0
        self._hearing = False

    async def authenticate(self, key: str | None) -> Principal:
        """Return who `key` belongs to.

        Raises:
            KeyMissing: there is none.
            KeyInvalid: it is malformed, unknown or revoked.

        """
        if not key:
            raise KeyMissing("An API key is required.")
        sha256 = digest(key)
        known = self._known.get(sha256)
        if known:
            return known
        if not is_well_formed_key(key):
            raise KeyInvalid(_INVALID)
        before = self._changes
        principal = await find_key(self._database, sha256)
        if principal is None:
            raise KeyInvalid(_INVALID)
        if self._hearing and self._changes == before:
            self._known[sha256] = principal
            if len(self._known) > KEYS_MAX:
                self._known.popitem(last=False)
        return principal

    def forget(self, sha256: bytes) -> None:
        """Drop a key that was revoked."""
        self._changes += 1
        self._known.pop(sha256, None)

    def set_hearing(self, *, hearing: bool) -> None:
        """Say whether revocations can be heard; without hearing no key is remembered."""
        self._hearing = hearing
        self._changes += 1
        self._known.clear()


def bearer_token(authorization: str | None) -> str | None:
    """Return the token of an `Authorization: Bearer` header, or None. Pure."""
    if authorization is None:
        return None
    scheme, _, token = authorization.partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
