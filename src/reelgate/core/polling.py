"""When to ask an upstream next how a job is: learned from how long its like took. Pure.

The first question comes no earlier than the fastest tenth of the known jobs; the next ones come where many jobs end.
A job that outlives them all is asked for at growing gaps. `worker.polls` is the caller.
"""

from collections.abc import Sequence
from typing import Final

#: With fewer known jobs than this, the engine's own guess counts.
KNOWN_MIN: Final = 5
GAP_MIN_S: Final = 0.5
#: Beyond all that is known, the gap grows with the wait up to this.
GAP_MAX_S: Final = 30.0
_LATE_GAP_MIN_S: Final = 1.0
_LATE_GROWTH: Final = 0.3
#: At first it is this part of the time between the first known end and the last.
_LATE_PART: Final = 0.1
#: How much of a gap, or of the time in which jobs end, chance adds: jobs that began together are asked for apart.
_JITTER: Final = 0.03
#: How much faster one may have been that had ended when it was first asked for.
_SHRINK: Final = 0.1
#: By when so many of the known jobs had ended.
_SHARES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.88, 0.94, 0.98)
#: In parts of the engine's guess.
_GUESSES: Final = (0.25, 0.5, 0.75, 1.0, 1.25, 1.6, 2.0)


def next_poll_s(durations_s: Sequence[float], typical_s: float, elapsed_s: float, chance: float) -> float:
    """Return in how many seconds to ask.

    Args:
        durations_s: how long the last jobs of this kind took, in any order.
        typical_s: how long one takes by the engine's own word.
        elapsed_s: how long this one has been running.
        chance: 0 to 1, by lot.

    """
    if len(durations_s) >= KNOWN_MIN:
        ordered = sorted(durations_s)
        moments = [quantile(ordered, share) for share in _SHARES]
    else:
        moments = [typical_s * part for part in _GUESSES]
    ahead = [moment - elapsed_s for moment in moments if moment - elapsed_s >= GAP_MIN_S]
    late = max(_LATE_GAP_MIN_S, (moments[-1] - moments[0]) * _LATE_PART, (elapsed_s - moments[-1]) * _LATE_GROWTH)
    gap = ahead[0] if ahead else min(GAP_MAX_S, late)
    return gap + chance * min(gap, (moments[-1] - moments[0])) * _JITTER


def took_s(running_s: float | None, ended_s: float, chance: float) -> float:
    """Return how long a job took that was last seen running after one time and ended after another.

    The end was somewhere in between. One that had ended when it was first asked for is taken for up to a tenth faster
    than that, so that what is learned can also shrink.
    """
    return ended_s * (1 - _SHRINK * chance) if running_s is None else (running_s + ended_s) / 2


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which a share of the ordered values lies, drawn straight between neighbours."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def expected_span_s(durations_s: Sequence[float], typical_s: float) -> tuple[float, float]:
    """Return the span in which a job will end, for people: that of most of the known ones, or around the guess."""
    if len(durations_s) < KNOWN_MIN:
        return typical_s / 2, typical_s * 1.5
    ordered = sorted(durations_s)
    return quantile(ordered, 0.1), quantile(ordered, 0.9)
