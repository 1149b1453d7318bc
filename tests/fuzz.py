"""Show the server's limited children broken and hostile pictures and videos, from a printed seed.

Run it: make fuzz, with ARGS="--cases 2000 --seed 7". Each file must end in a verdict: read, or refused by name. What a
child does to itself (a crash, its limits of memory and time) is a refusal; nothing may reach this process, whose memory
must not grow with the cases.
"""

import argparse
import asyncio
import io
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import av
import numpy as np
import psutil
from PIL import Image

from reelgate.core.errors import InputTooLarge, InputUnreadable
from reelgate.kit.children import ChildPool
from reelgate.media.inspect import PICTURE_CHILD, VIDEO_CHILD, inspect_picture, inspect_video

CASES: Final = 2000
AT_ONCE: Final = 2
#: This process may grow by so much, whatever it is shown: the children have what they need, and give it back.
GROWTH_MAX_BYTES: Final = 200_000_000
PICTURES: Final = ("JPEG", "PNG", "WEBP")
VIDEOS: Final = {"mp4": "libx264", "mov": "mpeg4", "webm": "libvpx", "avi": "mpeg4", "mpegts": "mpeg2video"}

Chance = random.Random


def whole_files() -> dict[str, bytes]:
    """Return one sound file of each kind, by its name."""
    dice = np.random.default_rng(3)
    pixels = dice.integers(0, 255, (96, 160, 3), dtype=np.uint8)
    files = {}
    for kind in PICTURES:
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, kind)
        files[kind] = content.getvalue()
    for form, codec in VIDEOS.items():
        files[form] = _clip(form, codec, dice)
    return files


def _clip(form: str, codec: str, dice: np.random.Generator) -> bytes:
    content = io.BytesIO()
    with av.open(content, "w", format=form) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for _ in range(12):
            noise = dice.integers(0, 255, (144, 160), dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, format="yuv420p")))
        container.mux(stream.encode(None))
    return content.getvalue()


def flip(content: bytes, chance: Chance) -> bytes:
    """Change some bytes."""
    torn = bytearray(content)
    for _ in range(chance.randint(1, 40)):
        torn[chance.randrange(len(torn))] = chance.randrange(256)
    return bytes(torn)


def flip_head(content: bytes, chance: Chance) -> bytes:
    """Change bytes where sizes, counts and types stand."""
    torn = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        torn[chance.randrange(4, min(len(torn), 300))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    return bytes(torn)


def cut(content: bytes, chance: Chance) -> bytes:
    """End early."""
    return content[: chance.randrange(8, len(content))]


def repeat(content: bytes, chance: Chance) -> bytes:
    """Say a part again and again."""
    start = chance.randrange(len(content))
    part = content[start : start + chance.randint(1, 400)]
    return content[:start] + part * chance.randint(2, 200) + content[start:]


def inflate(content: bytes, chance: Chance) -> bytes:
    """Claim to be huge: four bytes become a large number."""
    torn = bytearray(content)
    place = chance.randrange(4, min(len(torn) - 4, 400))
    torn[place : place + 4] = chance.choice((b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x00\xff\xff\xff"))
    return bytes(torn)


def graft(content: bytes, chance: Chance) -> bytes:
    """Go on with something else."""
    return content[: chance.randrange(12, len(content))] + chance.randbytes(chance.randint(0, 5000))


HARMS: Final[tuple[Callable[[bytes, Chance], bytes], ...]] = (flip, flip_head, cut, repeat, inflate, graft)


async def fuzz(cases: int, seed: int, children: ChildPool) -> Counter[str]:
    """Show `cases` files; return how many ended in which verdict.

    Raises:
        AssertionError: this process has grown.

    """
    chance = Chance(seed)
    whole = whole_files()
    verdicts: Counter[str] = Counter()
    waiting = asyncio.Semaphore(AT_ONCE)

    async def judge(kind: str, content: bytes) -> None:
        async with waiting:
            try:
                if kind in PICTURES:
                    await inspect_picture(content, field="f", children=children)
                else:
                    await inspect_video(content, field="f", children=children)
            except InputUnreadable:
                verdicts["unreadable"] += 1
            except InputTooLarge:
                verdicts["too large"] += 1
            else:
                verdicts["read"] += 1

    process = psutil.Process()
    before = process.memory_info().rss
    for start in range(0, cases, 50):
        async with asyncio.TaskGroup() as group:
            for _ in range(min(50, cases - start)):
                kind = chance.choice(list(whole))
                content = chance.choice(HARMS)(whole[kind], chance)
                group.create_task(judge(kind, content))
    grown = process.memory_info().rss - before
    assert grown < GROWTH_MAX_BYTES, f"grown by {grown:,} bytes"
    return verdicts


async def _run(cases: int, seed: int) -> None:
    children = ChildPool(preload=[PICTURE_CHILD, VIDEO_CHILD])
    started = time.monotonic()
    try:
        verdicts = await fuzz(cases, seed, children)
    finally:
        await children.close()
    told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    sys.stdout.write(f"{verdicts.total()} files in {time.monotonic() - started:.0f} s: {told}\n")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Show the children hostile media.")
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--seed", type=int, default=int.from_bytes(os.urandom(4), "big"))
    given = parser.parse_args()
    sys.stdout.write(f"seed {given.seed}\n")
    sys.stdout.flush()
    asyncio.run(_run(given.cases, given.seed))


if __name__ == "__main__":
    main()
