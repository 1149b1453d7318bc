"""When to ask an upstream next how a job is: learned from how long its like took. Pure.

The first question comes when the fastest few of the known jobs had ended; the next ones follow at equal gaps while most
of them end, since the widest gap is what the unluckiest wait for. A job that outlives them is asked for at growing
gaps. `worker.remote` and its neighbours are the callers.
"""

from collections.abc import Sequence
from typing import Final

#: With fewer known jobs than this, the engine's own guess counts.
KNOWN_MIN: Final = 5
GAP_MIN_S: Final = 0.5
#: Beyond all that is known, the gap grows with the wait up to this.
GAP_MAX_S: Final = 30.0
_LATE_GROWTH: Final = 0.3
#: How much of a gap chance adds: jobs that began together are asked for apart.
_JITTER: Final = 0.03
#: How much faster one may have been that had ended when it was first asked for.
_SHRINK: Final = 0.5
#: A question may come so late without meaning anything; after so long again the next gaps are twice as long.
_LATE_FINE_S: Final = 2.0
_LATE_DOUBLES_S: Final = 20.0
#: By when which parts of the known jobs had ended: from the first to the last of these the gaps are equal. A few that
#: took far longer than all others, as some do, must not stretch them.
_FIRST_SHARE: Final = 0.02
_LAST_SHARE: Final = 0.8
_GAPS: Final = 8
#: The same in parts of the engine's guess.
_FIRST_GUESS: Final = 0.25
_LAST_GUESS: Final = 2.0
_GUESS_GAPS: Final = 7


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
        first_s, last_s = quantile(ordered, _FIRST_SHARE), quantile(ordered, _LAST_SHARE)
        usual_s = (last_s - first_s) / _GAPS
    else:
        first_s, last_s = typical_s * _FIRST_GUESS, typical_s * _LAST_GUESS
        usual_s = (last_s - first_s) / _GUESS_GAPS
    usual_s = max(GAP_MIN_S, usual_s)
    if (wait_s := first_s - elapsed_s) >= GAP_MIN_S:
        gap_s = wait_s
    else:
        gap_s = max(usual_s, min(GAP_MAX_S, (elapsed_s - last_s) * _LATE_GROWTH))
    return gap_s + chance * min(gap_s, last_s - first_s) * _JITTER


def stretched_s(wait_s: float, late_s: float) -> float:
    """Return a wait when the last question came `late_s` after its time: who has too much to do asks all less often."""
    return wait_s * (1 + max(0.0, late_s - _LATE_FINE_S) / _LATE_DOUBLES_S)


def took_s(running_s: float | None, ended_s: float, chance: float) -> float:
    """Return how long a job took that was last seen running after one time and ended after another.

    The end was somewhere in between. One that had ended when it was first asked for may have taken far less: it is
    taken for up to twice as fast, so that what was learned in a bad hour, when questions came late, is soon forgotten.
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
