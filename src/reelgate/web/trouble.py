"""Spoil a download as its task's prompt has it rehearsed: a drip, or a connection that breaks half-way."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from reelgate.core.rehearsal import Download

#: A slow download sends so much each time, after so long.
DRIP_BYTES: Final = 16_384
DRIP_EVERY_S: Final = 0.25


class HungUp(ConnectionError):
    """A connection is broken as rehearsed."""


async def troubled(
    pieces: AsyncGenerator[bytes, None], trouble: Download, size_bytes: int
) -> AsyncGenerator[bytes, None]:
    """Yield what `pieces` do, slowly, or the first half of it.

    Raises:
        HungUp: half of it has been sent.

    """
    left = size_bytes // 2 if trouble == "broken" else size_bytes
    async for piece in pieces:
        for start in range(0, min(len(piece), left), DRIP_BYTES):
            yield piece[start : min(start + DRIP_BYTES, left)]
            if trouble == "slow":
                await asyncio.sleep(DRIP_EVERY_S)
        left -= len(piece)
        if left <= 0 and trouble == "broken":
            raise HungUp("The download breaks, as rehearsed.")
