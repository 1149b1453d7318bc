"""Makes seamless loops of sound in the frequency domain: shaped noise, rain drops, and chords.

A random spectrum turned back into samples repeats without a seam, so a loop of a few seconds serves any duration.
Single-threaded numpy. It must not know scenes; `sound` calls it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
#: (frequency in Hz, level in dB), rising in frequency.
Curve = tuple[tuple[float, float], ...]

SAMPLE_RATE_HZ = 48_000
#: About five and a half seconds.
LOOP_LENGTH = 2**18
_FLOOR_DB = -90.0


class LoopMaker:
    """Makes loops from one random spectrum; the same seed makes the same loops."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.Generator(np.random.PCG64(seed))
        bins = LOOP_LENGTH // 2 + 1
        parts = self._rng.standard_normal(2 * bins, dtype=np.float32)
        self._white: NDArray[np.complex64] = parts.view(np.complex64)
        octaves = np.log2(np.maximum(np.arange(bins, dtype=np.float32), 0.5))
        self._octaves = octaves + np.float32(np.log2(SAMPLE_RATE_HZ / LOOP_LENGTH))

    def noise(self, curve: Curve) -> Samples:
        """Return a loop of noise with a spectrum, at an RMS of 1."""
        return _at_unit_level(self._white * self._magnitude(curve))

    def drops(self, rate_hz: float, curve: Curve) -> Samples:
        """Return a loop of short clicks that fall at random, coloured by a spectrum, at an RMS of 1."""
        clicks = np.zeros(LOOP_LENGTH, np.float32)
        count = int(rate_hz * LOOP_LENGTH / SAMPLE_RATE_HZ)
        # Few near, many far.
        loudness = self._rng.random(count, dtype=np.float32) ** 4 + np.float32(0.02)
        clicks[self._rng.integers(0, LOOP_LENGTH, count)] = loudness
        return _at_unit_level(np.fft.rfft(clicks) * self._magnitude(curve))

    def chord(self, pitches_hz: Sequence[float], *, harmonics: int, brightness: float, spread: float) -> Samples:
        """Return a loop of a soft chord at an RMS of 1.

        Each harmonic is a narrow band of noise, `spread` of its pitch wide, which sounds like many voices.
        `brightness` is the power by which harmonics fall off, the more the darker.
        """
        spectrum = np.zeros(LOOP_LENGTH // 2 + 1, np.complex64)
        for pitch in pitches_hz:
            for harmonic in range(1, harmonics + 1):
                centre = pitch * harmonic * LOOP_LENGTH / SAMPLE_RATE_HZ
                width = max(centre * spread, 0.6)
                first, last = int(centre - 4 * width), int(centre + 4 * width) + 2
                if first < 1 or last > spectrum.size:
                    continue
                near = (np.arange(first, last, dtype=np.float32) - np.float32(centre)) / np.float32(width)
                level = harmonic**-brightness / width**0.5
                spectrum[first:last] += self._white[first:last] * (np.exp(-0.5 * near**2) * np.float32(level))
        return _at_unit_level(spectrum)

    def _magnitude(self, curve: Curve) -> Samples:
        octaves = np.log2([frequency for frequency, _ in curve])
        levels = [level for _, level in curve]
        # Noise per octave: a flat curve is pink, as the ear likes it.
        decibels = np.interp(self._octaves, octaves, levels, left=_FLOOR_DB, right=_FLOOR_DB) - 3.01 * self._octaves
        magnitude: Samples = np.exp2(decibels.astype(np.float32) * np.float32(1 / 6.0206))
        return magnitude


def _at_unit_level(spectrum: NDArray[np.complexfloating]) -> Samples:
    spectrum[0] = 0
    loop: Samples = np.fft.irfft(spectrum.astype(np.complex64, copy=False), LOOP_LENGTH).astype(np.float32, copy=False)
    level = float(np.sqrt(np.dot(loop, loop) / LOOP_LENGTH))
    loop *= np.float32(1 / max(level, 1e-9))
    return loop


def take(loop: Samples, start: int, length: int) -> Samples:
    """Return a stretch of a loop, which may be longer than the loop."""
    start %= LOOP_LENGTH
    if start + length <= LOOP_LENGTH:
        return loop[start : start + length]
    rounds = (start + length + LOOP_LENGTH - 1) // LOOP_LENGTH
    return np.concatenate([loop] * rounds)[start : start + length]
