"""Makes a scene heard: synthesised ambience and soft music, in blocks.

It must not read files or use randomness other than the scene's seed. The engine's render child calls `soundtrack`.
"""

import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reelgate.engines.animatic.ambience.grains import GRAINS
from reelgate.engines.animatic.ambience.loops import LOOP_LENGTH, SAMPLE_RATE_HZ, LoopMaker, Samples, take
from reelgate.engines.animatic.ambience.recipes import BEDS, Bed, Recipe, harmony_for, recipe_for
from reelgate.engines.animatic.scene import Scene

_BLOCK_LENGTH = SAMPLE_RATE_HZ
_CUT_LENGTH = int(0.06 * SAMPLE_RATE_HZ)
_FADE_IN_S = 0.35
# Slow changes are computed this often and drawn as straight lines in between.
_CONTROL_LENGTH = 480
# Above the knee, peaks are bent so that they never reach the ceiling.
_KNEE, _CEILING = 0.34, 0.52
_CHORD_S = 7.0


#: At the end of a soundtrack it fades; until then it is what a longer one of the same scene begins with.
FADE_OUT_S = 0.8


def soundtrack(scene: Scene, duration_s: float, *, begin: int = 0) -> Iterator[NDArray[np.float32]]:
    """Yield stereo blocks (2, n) at 48 kHz, n at most 48,000, within -0.52..0.52, of `duration_s` seconds in all.

    With `begin`, the samples before it are left out. The same scene and duration give the same samples on the same
    machine.
    """
    mixer = _Mixer(scene, round(duration_s * SAMPLE_RATE_HZ))
    for start in range(begin, mixer.length, _BLOCK_LENGTH):
        yield mixer.block(start, min(_BLOCK_LENGTH, mixer.length - start))


@dataclass(frozen=True, slots=True)
class _Event:
    """A grain at its time."""

    start: int
    samples: Samples
    left: float
    right: float


@dataclass(slots=True)
class _Stretch:
    """A time with one ambience: one shot, or several that sound alike."""

    recipe: Recipe
    start: int
    end: int
    events: tuple[_Event, ...] = ()


class _Mixer:
    """Mixes blocks of a scene; keeps its loops between them."""

    def __init__(self, scene: Scene, length: int) -> None:
        self.length = length
        self._seed = scene.seed
        self._maker = LoopMaker(scene.seed)
        self._loops: dict[str, Samples] = {}
        self._harmony = harmony_for(scene.shots[0], scene.seed)
        self._stretches = self._plan(scene)

    def block(self, start: int, length: int) -> NDArray[np.float32]:
        """Return the samples from a start on."""
        out = np.zeros((2, length), np.float32)
        for number, stretch in enumerate(self._stretches):
            first = stretch.start - (_CUT_LENGTH // 2 if number else 0)
            last = stretch.end + (_CUT_LENGTH // 2 if number + 1 < len(self._stretches) else 0)
            begin, end = max(first, start), min(last, start + length)
            if begin >= end:
                continue
            part = self._stretch(stretch, begin, end - begin)
            self._crossfade(part, begin, stretch, number)
            out[:, begin - start : end - start] += part
        self._fade(out, start)
        return _limited(out)

    def _plan(self, scene: Scene) -> list[_Stretch]:
        stretches: list[_Stretch] = []
        share = 0.0
        for shot in scene.shots:
            recipe = recipe_for(shot)
            start = round(share * self.length)
            share += shot.share
            end = round(min(share, 1.0) * self.length)
            if stretches and stretches[-1].recipe == recipe:
                stretches[-1].end = end
            else:
                stretches.append(_Stretch(recipe, start, end))
        stretches[-1].end = self.length
        for number, stretch in enumerate(stretches):
            stretch.events = self._events(stretch, number)
        return stretches

    def _stretch(self, stretch: _Stretch, start: int, length: int) -> NDArray[np.float32]:
        """Return the beds, the music and the events of an ambience."""
        recipe = stretch.recipe
        levels = {name: 10 ** (level / 20) for name, level in (*recipe.beds, ("music", recipe.music_db))}
        whole = math.sqrt(sum(level**2 for level in levels.values()))
        gain = 10 ** (recipe.level_db / 20) / whole
        out = np.zeros((2, length), np.float32)
        for name, _ in recipe.beds:
            bed = BEDS[name]
            swell = self._swell(name, bed, start, length)
            self._add(out, self._bed(name, bed), start + _offset(name), swell * np.float32(gain * levels[name]))
        self._add_music(out, start, gain * levels["music"])
        for event in stretch.events:
            _add_event(out, event, start)
        return out

    def _bed(self, name: str, bed: Bed) -> Samples:
        if name not in self._loops:
            maker = self._maker
            self._loops[name] = maker.drops(bed.drops_hz, bed.curve) if bed.drops_hz else maker.noise(bed.curve)
        return self._loops[name]

    def _chord(self, number: int) -> Samples:
        name = f"chord {number}"
        if name not in self._loops:
            pitches = [self._harmony.root_hz * 2 ** (tone / 12) for tone in self._harmony.chords[number]]
            brightness = self._harmony.brightness
            self._loops[name] = self._maker.chord(pitches, harmonics=5, brightness=brightness, spread=0.0022)
        return self._loops[name]

    def _add_music(self, out: NDArray[np.float32], start: int, gain: float) -> None:
        """Add two chords that give way to one another, at equal power."""
        phase = (_control_times(start, out.shape[1]) / _CHORD_S) * math.pi
        # Each chord stays for a while before it turns.
        turn = 0.5 - 0.5 * np.clip(np.cos(phase) * 1.6, -1, 1)
        for number, weight in enumerate((np.cos(turn * math.pi / 2), np.sin(turn * math.pi / 2))):
            if weight.max() > 1e-3:
                curve = _drawn(weight * gain, out.shape[1], start)
                self._add(out, self._chord(number), start, curve)

    def _add(self, out: NDArray[np.float32], loop: Samples, at: int, gain: Samples) -> None:
        """Add a loop to both sides, half a loop apart, which sounds wide."""
        out[0] += take(loop, at, out.shape[1]) * gain
        out[1] += take(loop, at + LOOP_LENGTH // 2, out.shape[1]) * gain

    def _swell(self, name: str, bed: Bed, start: int, length: int) -> Samples:
        if bed.swell == 0:
            return np.ones(length, np.float32)
        at = _control_times(start, length) * (2 * math.pi * bed.swell_hz)
        first, second = _offset(name) % 628 / 100, (_offset(name) ^ self._seed) % 628 / 100
        wave = 0.5 + 0.3 * np.sin(at + first) + 0.2 * np.sin(1.73 * at + second)
        # The mean of a crest of this power, so that swelling does not change the loudness much.
        crest = wave**bed.crest * (1 + 0.55 * (bed.crest - 1)) * 1.7
        return _drawn(1 - bed.swell + bed.swell * crest, length, start)

    def _events(self, stretch: _Stretch, number: int) -> tuple[_Event, ...]:
        events: list[_Event] = []
        for chirp in stretch.recipe.chirps:
            rng = np.random.Generator(np.random.PCG64([self._seed, _offset(chirp.grain), number]))
            grains = [GRAINS[chirp.grain](rng) for _ in range(chirp.variants)]
            at = stretch.start / SAMPLE_RATE_HZ + float(rng.uniform(0.1, 0.6)) * min(chirp.every_s, 2.0)
            turn = 0
            while at * SAMPLE_RATE_HZ < stretch.end - _CUT_LENGTH:
                which = turn % len(grains) if chirp.jitter < 0.5 else int(rng.integers(len(grains)))
                # Two of a steady kind stay on their sides.
                side = float(rng.uniform(0.15, 0.85)) if chirp.jitter >= 0.5 else 0.35 + 0.3 * (which % 2)
                gain = 10 ** (chirp.level_db / 20) * 2.5 * float(rng.uniform(0.55, 1.0))
                left, right = gain * math.cos(side * math.pi / 2), gain * math.sin(side * math.pi / 2)
                events.append(_Event(int(at * SAMPLE_RATE_HZ), grains[which], left, right))
                at += chirp.every_s * (1 + chirp.jitter * float(rng.uniform(-0.6, 0.9)))
                turn += 1
        return tuple(events)

    def _crossfade(self, part: NDArray[np.float32], begin: int, stretch: _Stretch, number: int) -> None:
        """Fade a stretch in and out at its cuts, at equal power."""
        at = np.arange(begin, begin + part.shape[1], dtype=np.float32)
        if number:
            rise = (at - np.float32(stretch.start - _CUT_LENGTH // 2)) / np.float32(_CUT_LENGTH)
            if rise[0] < 1:
                part *= np.sin(np.clip(rise, 0, 1) * np.float32(math.pi / 2))
        if number + 1 < len(self._stretches):
            fall = (np.float32(stretch.end + _CUT_LENGTH // 2) - at) / np.float32(_CUT_LENGTH)
            if fall[-1] < 1:
                part *= np.sin(np.clip(fall, 0, 1) * np.float32(math.pi / 2))

    def _fade(self, out: NDArray[np.float32], start: int) -> None:
        """Fade the whole in and out."""
        whole_s = self.length / SAMPLE_RATE_HZ
        for edge_s, backwards in ((min(_FADE_IN_S, whole_s / 4), False), (min(FADE_OUT_S, whole_s / 3), True)):
            edge = int(edge_s * SAMPLE_RATE_HZ)
            first = self.length - edge if backwards else 0
            begin, end = max(first, start), min(first + edge, start + out.shape[1])
            if begin < end:
                along = np.arange(begin - first, end - first, dtype=np.float32) / np.float32(edge)
                curve = np.sin((1 - along if backwards else along) * np.float32(math.pi / 2)) ** 2
                out[:, begin - start : end - start] *= curve


def _offset(name: str) -> int:
    """Return a number of its own for a name, the same in every process."""
    return zlib.crc32(name.encode())


def _control_times(start: int, length: int) -> NDArray[np.float64]:
    """Return the times in seconds at which slow changes are computed, from before a stretch to after it."""
    first = start // _CONTROL_LENGTH
    count = length // _CONTROL_LENGTH + 3
    return np.arange(first, first + count, dtype=np.float64) * (_CONTROL_LENGTH / SAMPLE_RATE_HZ)


def _drawn(values: NDArray[np.float64], length: int, start: int) -> Samples:
    """Draw control values as one gain a sample; on the absolute grid, so that blocks join."""
    slopes = np.diff(values).astype(np.float32) / np.float32(_CONTROL_LENGTH)
    along = np.arange(_CONTROL_LENGTH, dtype=np.float32)
    drawn = (values[:-1, None].astype(np.float32) + slopes[:, None] * along).reshape(-1)
    skipped = start % _CONTROL_LENGTH
    return drawn[skipped : skipped + length]


def _add_event(out: NDArray[np.float32], event: _Event, start: int) -> None:
    begin, end = max(event.start, start), min(event.start + event.samples.size, start + out.shape[1])
    if begin < end:
        part = event.samples[begin - event.start : end - event.start]
        out[0, begin - start : end - start] += part * np.float32(event.left)
        out[1, begin - start : end - start] += part * np.float32(event.right)


def _limited(out: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bend what is above the knee."""
    size = np.abs(out)
    if float(size.max(initial=0.0)) > _KNEE:
        room = np.float32(_CEILING - _KNEE)
        bent = np.float32(_KNEE) + room * np.tanh((size - np.float32(_KNEE)) / room)
        out = np.where(size > _KNEE, np.copysign(bent, out), out).astype(np.float32, copy=False)
    return out
