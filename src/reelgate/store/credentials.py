"""Credentials of engines behind HTTP in Postgres, sealed: without the ring of keys a dump of them is worth nothing.

Thin typed functions over `sql/queries/credentials.sql`. Called by `app`, which opens them for the worker, and the
command line.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from reelgate.core.errors import ServerMisconfigured
from reelgate.kit.sealing import NONCE_BYTES, KeyRing, SealBroken, key_name, seal, unseal
from reelgate.store.database import Database
from reelgate.store.statements import CREDENTIALS

#: Of a credential with so many characters or more, the last four are shown.
_LONG: Final = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class MaskedCredential:
    """A credential without anything that would let one use it."""

    engine: str
    name: str
    #: Enough to tell it from others.
    masked: str
    #: The key that it is sealed with.
    sealed_with: str
    updated_at: dt.datetime


async def save_credential(
    database: Database, ring: KeyRing, name: tuple[str, str], secret: str, *, now: dt.datetime, nonce: bytes
) -> None:
    """Keep a credential under (engine, name), in place of the one of that name. May be repeated with a fresh nonce."""
    engine, own = name
    sealed = seal(ring, secret.encode(), bound_to=_row(engine, own), nonce=nonce)
    await database.fetch(CREDENTIALS["save_credential"], engine, own, sealed, masked(secret), now)


async def load_credentials(database: Database, ring: KeyRing) -> Mapping[tuple[str, str], str]:
    """Return all credentials by (engine, name).

    Raises:
        ServerMisconfigured: one cannot be opened with this ring; the message names it.

    """
    rows = await database.fetch(CREDENTIALS["list_credentials"])
    return {(row["engine"], row["name"]): _open(ring, row["engine"], row["name"], row["sealed"]) for row in rows}


async def list_credentials(database: Database) -> tuple[MaskedCredential, ...]:
    """Return all credentials, masked; no key is needed."""
    return tuple(
        MaskedCredential(
            engine=row["engine"],
            name=row["name"],
            masked=row["masked"],
            sealed_with=key_name(row["sealed"]),
            updated_at=row["updated_at"],
        )
        for row in await database.fetch(CREDENTIALS["list_credentials"])
    )


async def delete_credential(database: Database, engine: str, name: str) -> bool:
    """Forget a credential; return False when there is none."""
    return await database.fetchrow(CREDENTIALS["delete_credential"], engine, name) is not None


async def reseal_credentials(database: Database, ring: KeyRing, random: Callable[[int], bytes]) -> int:
    """Seal every credential with the ring's first key that has another one; return how many. May be repeated.

    Raises:
        ServerMisconfigured: one cannot be opened with this ring; those before it are sealed anew.

    """
    count = 0
    for row in await database.fetch(CREDENTIALS["list_credentials"]):
        engine, name, sealed = row["engine"], row["name"], row["sealed"]
        if key_name(sealed) == ring.current:
            continue
        plain = _open(ring, engine, name, sealed).encode()
        again = seal(ring, plain, bound_to=_row(engine, name), nonce=random(NONCE_BYTES))
        if await database.fetchrow(CREDENTIALS["reseal_credential"], engine, name, sealed, again):
            count += 1
    return count


def masked(secret: str) -> str:
    """Return a credential as it is shown: enough to tell it from others, never enough to use it. Pure."""
    return f"…{secret[-4:]}" if len(secret) >= _LONG else "set"


def _open(ring: KeyRing, engine: str, name: str, sealed: bytes) -> str:
    try:
        return unseal(ring, sealed, bound_to=_row(engine, name)).decode()
    except SealBroken as error:
        raise ServerMisconfigured(f"The credential {name!r} of {engine!r} cannot be opened: {error}.") from error


def _row(engine: str, name: str) -> bytes:
    return f"sealed_credentials\0{engine}\0{name}".encode()
