"""Makes short sounds that come and go: birdsong, crickets, gulls, an owl, bubbles, thunder, hooves, wing beats.

Every grain is mono, peaks near 1 and ends in silence. It must not know scenes; `sound` calls it.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from reelgate.engines.animatic.ambience.loops import SAMPLE_RATE_HZ, Samples

Rng = np.random.Generator


def _seconds(duration_s: float) -> Samples:
    return np.arange(int(duration_s * SAMPLE_RATE_HZ), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)


def _swept(pitch_hz: NDArray[np.float32]) -> Samples:
    """Return a tone whose pitch is given sample by sample."""
    turns = np.cumsum(pitch_hz.astype(np.float64)) / SAMPLE_RATE_HZ
    tone: Samples = np.sin(2 * np.pi * (turns % 1.0)).astype(np.float32)
    return tone


def _bump(length: int) -> Samples:
    """Return a smooth rise and fall from 0 to 1 to 0."""
    bump: Samples = np.sin(np.linspace(0, np.pi, length, dtype=np.float32)) ** 2
    return bump


def bird(rng: Rng) -> Samples:
    """Return a short phrase of birdsong: two to five notes that bend."""
    notes: list[Samples] = []
    pitch = float(rng.uniform(2600, 4600))
    for _ in range(int(rng.integers(2, 6))):
        at = _seconds(float(rng.uniform(0.05, 0.14)))
        bend = float(rng.uniform(-0.28, 0.28))
        along = at / at[-1]
        trill = 1 + np.float32(0.02) * np.sin(2 * np.pi * np.float32(rng.uniform(18, 40)) * at)
        notes.append(_swept(np.float32(pitch) * (1 + np.float32(bend) * along) * trill) * _bump(at.size))
        notes.append(np.zeros(int(float(rng.uniform(0.03, 0.1)) * SAMPLE_RATE_HZ), np.float32))
        pitch *= float(rng.uniform(0.86, 1.16))
    return np.concatenate(notes)


def cricket(rng: Rng) -> Samples:
    """Return one chirp of a cricket: three pulses of one high tone."""
    at = _seconds(0.11)
    pitch = np.float32(rng.uniform(3900, 4700))
    pulses = np.maximum(np.sin(2 * np.pi * 27.3 * at), 0).astype(np.float32) ** 2
    chirp: Samples = np.sin(2 * np.pi * pitch * at) * pulses
    return chirp


def gull(rng: Rng) -> Samples:
    """Return the falling calls of a gull."""
    calls: list[Samples] = []
    for _ in range(int(rng.integers(2, 4))):
        at = _seconds(float(rng.uniform(0.28, 0.42)))
        along = at / at[-1]
        pitch = np.float32(rng.uniform(1050, 1250)) * (1 + 0.35 * np.sin(np.pi * along) - 0.25 * along)
        tone = _swept(pitch) + 0.5 * _swept(2 * pitch) + 0.3 * _swept(3 * pitch)
        calls.append((tone * _bump(at.size) * np.float32(0.55)).astype(np.float32))
        calls.append(np.zeros(int(0.09 * SAMPLE_RATE_HZ), np.float32))
    return np.concatenate(calls)


def owl(rng: Rng) -> Samples:
    """Return two hoots."""
    pitch = np.float32(rng.uniform(330, 400))
    hoots: list[Samples] = []
    for duration_s in (0.22, 0.5):
        at = _seconds(duration_s)
        hoots.append(_swept(pitch * (1 - np.float32(0.06) * at / at[-1])) * _bump(at.size))
        hoots.append(np.zeros(int(0.16 * SAMPLE_RATE_HZ), np.float32))
    return np.concatenate(hoots)


def bubbles(rng: Rng) -> Samples:
    """Return a handful of rising bubbles."""
    out = np.zeros(int(0.7 * SAMPLE_RATE_HZ), np.float32)
    for _ in range(int(rng.integers(3, 8))):
        at = _seconds(float(rng.uniform(0.03, 0.08)))
        pitch = np.float32(rng.uniform(380, 900)) * (1 + np.float32(0.9) * at / at[-1])
        start = int(rng.integers(0, out.size - at.size))
        out[start : start + at.size] += _swept(pitch) * _bump(at.size) * np.float32(rng.uniform(0.3, 0.8))
    return out


def thunder(rng: Rng) -> Samples:
    """Return a roll of thunder of about four seconds."""
    # Low noise needs few samples: one value every 2.7 ms, drawn out smoothly.
    coarse_length, step = 1500, 128
    coarse = rng.standard_normal(coarse_length, dtype=np.float32)
    coarse = np.convolve(coarse, np.hanning(5).astype(np.float32), "same")
    at = np.arange(coarse_length, dtype=np.float32) / coarse_length
    rolls = np.exp(-4 * at) + 0.6 * np.exp(-(((at - float(rng.uniform(0.25, 0.4))) / 0.1) ** 2))
    coarse *= rolls.astype(np.float32) * np.minimum(at * 40, 1) * (1 - at)
    fine = np.interp(np.arange(coarse_length * step) / step, np.arange(coarse_length), coarse).astype(np.float32)
    peak = float(np.abs(fine).max())
    return fine / np.float32(max(peak, 1e-6))


def hooves(rng: Rng) -> Samples:
    """Return one stride of a horse: four soft knocks."""
    out = np.zeros(int(0.5 * SAMPLE_RATE_HZ), np.float32)
    for start_s in (0.0, 0.09, 0.2, 0.29):
        at = _seconds(0.06)
        knock = np.sin(2 * np.pi * np.float32(rng.uniform(150, 210)) * at) * np.exp(-60 * at)
        first = int(start_s * SAMPLE_RATE_HZ)
        out[first : first + at.size] += knock.astype(np.float32) * np.float32(rng.uniform(0.6, 1.0))
    return out


def steps(rng: Rng) -> Samples:
    """Return one footstep, as on gravel."""
    at = _seconds(0.12)
    noise = rng.standard_normal(at.size, dtype=np.float32)
    softened = np.convolve(noise, np.full(6, 1 / 6, np.float32), "same")
    return (softened * np.exp(-38 * at) * np.minimum(at * 400, 1)).astype(np.float32)


def wings(rng: Rng) -> Samples:
    """Return one beat of large wings."""
    length = int(0.55 * SAMPLE_RATE_HZ)
    coarse = np.repeat(rng.standard_normal(length // 24 + 1, dtype=np.float32), 24)[:length]
    softened = np.convolve(coarse, np.full(32, 1 / 32, np.float32), "same")
    return (softened * _bump(length)).astype(np.float32)


def rails(rng: Rng) -> Samples:
    """Return wheels on a joint of the rails: two double knocks."""
    out = np.zeros(int(0.6 * SAMPLE_RATE_HZ), np.float32)
    for start_s in (0.0, 0.09, 0.3, 0.39):
        at = _seconds(0.08)
        knock = rng.standard_normal(at.size, dtype=np.float32) * np.exp(-70 * at)
        knock += np.sin(2 * np.pi * 90 * at) * np.exp(-40 * at)
        first = int(start_s * SAMPLE_RATE_HZ)
        out[first : first + at.size] += knock.astype(np.float32) * np.float32(0.5)
    return out


GRAINS: Mapping[str, Callable[[Rng], Samples]] = {
    "bird": bird,
    "cricket": cricket,
    "gull": gull,
    "owl": owl,
    "bubbles": bubbles,
    "thunder": thunder,
    "hooves": hooves,
    "steps": steps,
    "wings": wings,
    "rails": rails,
}
