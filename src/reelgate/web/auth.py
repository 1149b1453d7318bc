"""Who a request comes from: an API key is looked up once a minute and remembered until it is revoked.

One per API process. A key that is malformed never reaches the database.
"""

import datetime as dt
import uuid
from collections import OrderedDict
from typing import Final

from reelgate.core.errors import KeyInvalid, KeyMissing
from reelgate.core.ids import is_well_formed_key
from reelgate.core.plans import NO_PLANS, Plans
from reelgate.core.ports import Clock
from reelgate.kit.clock import now
from reelgate.service.credit import digest
from reelgate.store.accounts import Principal, find_key
from reelgate.store.database import Database

KEYS_MAX: Final = 10_000
#: A key is looked up again after so long: a plan may follow the account's credits.
KEY_KEPT: Final = dt.timedelta(minutes=1)

_INVALID: Final = "The API key is not valid."


class Authenticator:
    """Finds the principal behind a key."""

    def __init__(self, database: Database, plans: Plans = NO_PLANS, clock: Clock = now) -> None:
        self._database = database
        self._plans = plans
        self._clock = clock
        #: By digest, who it is and until when that is believed.
        self._known: OrderedDict[bytes, tuple[Principal, dt.datetime]] = OrderedDict()
        #: When keys were used that nobody has noted yet.
        self._used: dict[uuid.UUID, dt.datetime] = {}
        #: Counts what was heard: a key that was looked up across a revocation is not remembered.
        self._changes = 0
        self._hearing = False

    async def authenticate(self, key: str | None) -> Principal:
        """Return who `key` belongs to.

        Raises:
            KeyMissing: there is none.
            KeyInvalid: it is malformed, unknown, revoked or expired.

        """
        if not key:
            raise KeyMissing("An API key is required.")
        sha256 = digest(key)
        now = self._clock()
        known = self._known.get(sha256)
        if known is None or known[1] <= now:
            if not is_well_formed_key(key):
                raise KeyInvalid(_INVALID)
            principal = await self._find(sha256, now)
        else:
            principal = known[0]
        self._used[principal.key_id] = now
        return principal

    async def _find(self, sha256: bytes, now: dt.datetime) -> Principal:
        before = self._changes
        principal = await find_key(self._database, sha256, self._plans)
        if principal is None or (principal.expires_at is not None and principal.expires_at <= now):
            self._known.pop(sha256, None)
            raise KeyInvalid(_INVALID)
        if self._hearing and self._changes == before:
            until = now + KEY_KEPT
            self._known[sha256] = (principal, min(until, principal.expires_at or until))
            if len(self._known) > KEYS_MAX:
                self._known.popitem(last=False)
        return principal

    def drain_used(self) -> dict[uuid.UUID, dt.datetime]:
        """Return when keys were last used, each use once."""
        used, self._used = self._used, {}
        return used

    def forget(self, sha256: bytes) -> None:
        """Drop a key that was revoked or changed."""
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
