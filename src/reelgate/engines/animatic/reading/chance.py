"""Makes the choices that a prompt leaves open, from the seed alone.

Each choice is named, so that one more choice does not change the others. The readers call it.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Chance:
    """A source of choices; the same seed and name give the same choice."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def number(self, name: str) -> int:
        """Return a number from 0 to 2**32 - 1."""
        digest = hashlib.blake2b(f"{self._seed}:{name}".encode("utf-8", "replace"), digest_size=4).digest()
        return int.from_bytes(digest, "big")

    def pick(self, name: str, options: Sequence[_T]) -> _T:
        """Return one of the options, of which there is at least one."""
        return options[self.number(name) % len(options)]
