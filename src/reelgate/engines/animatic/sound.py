"""Makes a scene heard: synthesised ambience, in blocks.

It must not read files or use randomness other than the scene's seed. The engine's render child calls `soundtrack`.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from reelgate.engines.animatic.scene import Scene

SAMPLE_RATE_HZ = 48_000


def soundtrack(scene: Scene, duration_s: int) -> Iterator[NDArray[np.float32]]:
    """Yield stereo blocks (2, n) at 48 kHz within -0.9..0.9, duration_s seconds in all."""
    rng = np.random.Generator(np.random.PCG64(scene.seed))
    for _ in range(duration_s):
        yield np.clip(rng.standard_normal((2, SAMPLE_RATE_HZ), dtype=np.float32) * 0.05, -0.9, 0.9)
