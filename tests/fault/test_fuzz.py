"""A short form of `make fuzz`: hostile media end in a verdict, and leave the process as it was."""

import os
import sys

from fuzz import fuzz
from reelgate.kit.children import ChildPool
from reelgate.media.inspect import PICTURE_CHILD, VIDEO_CHILD

CASES = 100
SEED = int(os.environ.get("REELGATE_TEST_SEED", "26"))


async def test_hostile_media_end_in_a_verdict() -> None:
    """Pictures and videos of every kind, torn in every way."""
    sys.stdout.write(f"REELGATE_TEST_SEED={SEED}\n")
    children = ChildPool(preload=[PICTURE_CHILD, VIDEO_CHILD])
    try:
        verdicts = await fuzz(CASES, SEED, children)
    finally:
        await children.close()
    assert verdicts.total() == CASES
    assert verdicts["unreadable"] + verdicts["too large"] > CASES // 4
