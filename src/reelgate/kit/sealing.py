"""Keep short secrets where others may read: AES-256-GCM under a ring of keys, bound to the row that they belong to.

A sealed text holds: a version, the key's name, a fresh nonce, the ciphertext with its tag. What it is bound to is not
in it: moved to another row, it opens no more. Knows no database; `store.credentials` keeps what is sealed here.
"""

import base64
import binascii
import os
import pathlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"
_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,32}")


class SealBroken(Exception):
    """A sealed text cannot be opened: its key is not in the ring, or it was changed or moved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyRing:
    """Keys by name; new texts are sealed with the first, all of them open."""

    keys: Mapping[str, bytes] = field(repr=False)

    @property
    def current(self) -> str:
        """The name of the key that seals."""
        return next(iter(self.keys))


def read_key_ring(text: str) -> KeyRing:
    """Read `NAME:BASE64` entries, separated by commas or lines; the first one seals. Pure.

    Raises:
        ValueError: there is none, or one is not 32 bytes in base64 with a plain name; no key is in the message.

    """
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in re.split(r"[,\n]", text))):
        name, colon, encoded = entry.partition(":")
        if not colon or not _NAME.fullmatch(name) or name in keys:
            raise ValueError("a key has no plain name of its own")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError(f"the key {name} is not base64") from error
        if len(key) != KEY_BYTES:
            raise ValueError(f"the key {name} has not {KEY_BYTES} bytes")
        keys[name] = key
    if not keys:
        raise ValueError("there is no key")
    return KeyRing(keys=keys)


def write_key(name: str, key: bytes) -> str:
    """Return a key as `read_key_ring` reads it. Pure."""
    return f"{name}:{base64.b64encode(key).decode()}"


def write_key_ring(ring: KeyRing) -> str:
    """Return a ring as `read_key_ring` reads it. Pure."""
    return ",".join(write_key(name, key) for name, key in ring.keys.items())


def ensure_key_file(path: pathlib.Path, fresh: str) -> str:
    """Return what a file of keys says; where there is none, `fresh` is written, readable by its owner only.

    Raises:
        OSError: it can be neither read nor written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(fresh + "\n")
    return fresh


def sealed_head(name: str) -> bytes:
    """Return how every text begins that is sealed with the key of that name. Pure."""
    return _VERSION + bytes([len(name)]) + name.encode()


def seal(ring: KeyRing, plain: bytes, *, bound_to: bytes, nonce: bytes) -> bytes:
    """Return `plain` sealed with the ring's first key; `nonce` is fresh random bytes, never used twice. Pure."""
    head = sealed_head(ring.current)
    return head + nonce + AESGCM(ring.keys[ring.current]).encrypt(nonce, plain, head + bound_to)


def unseal(ring: KeyRing, sealed: bytes, *, bound_to: bytes) -> bytes:
    """Return what was sealed. Pure.

    Raises:
        SealBroken: it cannot be opened.

    """
    name, head_bytes = key_name(sealed), 2 + sealed[1]
    key = ring.keys.get(name)
    if key is None:
        raise SealBroken(f"the key {name} is not in the ring")
    head, nonce = sealed[:head_bytes], sealed[head_bytes : head_bytes + NONCE_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, sealed[head_bytes + NONCE_BYTES :], head + bound_to)
    except (InvalidTag, ValueError) as error:
        raise SealBroken("the sealed text was changed, or belongs elsewhere") from error


def key_name(sealed: bytes) -> str:
    """Return the name of the key that a text is sealed with. Pure.

    Raises:
        SealBroken: it is not a sealed text.

    """
    name = sealed[2 : 2 + sealed[1]].decode("ascii", "replace") if sealed[:1] == _VERSION and len(sealed) > 1 else ""
    if not _NAME.fullmatch(name):
        raise SealBroken("this is not a sealed text")
    return name
