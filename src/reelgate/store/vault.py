"""Secrets as rows keep them: sealed under the ring of keys and bound to their row, or in the clear where there is none.

Without a ring a server works on as before rings were: only a database that other machines share is used so, until its
operator names the same ring to all of them. Called by `store.webhooks` and `store.secrets`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from reelgate.core.errors import ServerMisconfigured
from reelgate.kit.sealing import NONCE_BYTES, KeyRing, SealBroken, seal, unseal


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A secret in a row: one of the two is None."""

    secret: bytes | None = field(repr=False)
    sealed: bytes | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Vault:
    """Seals what rows keep, and opens it."""

    #: None keeps in the clear, and opens nothing that is sealed.
    ring: KeyRing | None
    #: Returns that many random bytes.
    random: Callable[[int], bytes] = os.urandom

    def keep(self, row: str, secret: bytes) -> Kept:
        """Return a secret as its row keeps it."""
        if self.ring is None:
            return Kept(secret=secret, sealed=None)
        sealed = seal(self.ring, secret, bound_to=row.encode(), nonce=self.random(NONCE_BYTES))
        return Kept(secret=None, sealed=sealed)

    def open(self, row: str, kept: Kept) -> bytes:
        """Return the secret of a row.

        Raises:
            ServerMisconfigured: it cannot be opened with this ring; the message names the row.

        """
        if kept.secret is not None:
            return kept.secret
        assert kept.sealed is not None, "the database holds one of the two"
        if self.ring is None:
            raise ServerMisconfigured(f"{row} is sealed: set REELGATE_SECRET_KEYS as on the machine that sealed it.")
        try:
            return unseal(self.ring, kept.sealed, bound_to=row.encode())
        except SealBroken as error:
            raise ServerMisconfigured(f"{row} cannot be opened: {error}; see REELGATE_SECRET_KEYS.") from error


def server_row(name: str) -> str:
    """Return what a secret of the server is bound to. Pure."""
    return f"server_secrets {name}"


def webhook_row(secret_id: object, account_id: object, endpoint_id: object) -> str:
    """Return what a secret of webhooks is bound to; without an endpoint, `endpoint_id` is None. Pure."""
    return f"webhook_secrets {secret_id} of account {account_id}, endpoint {endpoint_id}"
