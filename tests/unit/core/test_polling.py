"""When upstreams are asked: late enough not to ask in vain, often enough to hear soon."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reelgate.core.polling import GAP_MAX_S, GAP_MIN_S, expected_span_s, next_poll_s, quantile, stretched_s, took_s


def asked(durations: list[float], ends_s: float, typical_s: float = 60, chance: float = 0.5) -> tuple[int, float]:
    """Return how often a job is asked for, and how late its end is heard."""
    elapsed, polls = 0.0, 0
    while elapsed < ends_s or polls == 0:
        elapsed += next_poll_s(durations, typical_s, elapsed, chance)
        polls += 1
    return polls, elapsed - ends_s


@given(st.lists(st.floats(1, 600), min_size=5, max_size=63), st.floats(0, 1))
def test_the_first_question_waits_for_the_fastest_few(durations: list[float], chance: float) -> None:
    """No job is asked for before the first of its like had ended."""
    assert next_poll_s(durations, 1, 0, chance) >= quantile(sorted(durations), 0.02)


@given(st.lists(st.floats(0, 600), max_size=63), st.floats(0, 100_000), st.floats(0, 1))
def test_gaps_are_bounded_below_and_above(durations: list[float], elapsed: float, chance: float) -> None:
    """Nothing spins, and nothing falls asleep."""
    gap = next_poll_s(durations, 60, elapsed, chance)
    assert GAP_MIN_S <= gap <= max(GAP_MAX_S, 660) * 1.1


@pytest.mark.parametrize("spread_s", [1, 3, 5])
def test_few_questions_and_short_delays(spread_s: float) -> None:
    """Of jobs that take about as long as their like, the end is heard within 3 s after at most 8 questions."""
    lots = random.Random(7)  # noqa: S311 - a made-up history
    durations = [lots.gauss(120, spread_s) for _ in range(63)]
    found = [asked(durations, lots.gauss(120, spread_s), chance=lots.random()) for _ in range(500)]
    polls = [count for count, _ in found]
    lags = sorted(lag for _, lag in found)
    assert sum(polls) / len(polls) <= 8
    assert max(polls) <= 22
    assert lags[int(0.97 * len(lags))] < 3


def test_what_was_learned_in_a_bad_hour_is_forgotten() -> None:
    """Jobs of 20 s that were heard of after 75 s: some 150 later the end is heard within 2 s again."""
    lots = random.Random(7)  # noqa: S311 - a made-up history
    known = [75.0] * 63
    for _ in range(150):
        elapsed, running = 0.0, None  # type: float, float | None
        while (elapsed := elapsed + next_poll_s(known, 20, elapsed, lots.random())) < 20:
            running = elapsed
        known = [*known[-62:], took_s(running, elapsed, lots.random())]
    assert asked(known, 20)[1] < 2


def test_a_few_that_took_far_longer_do_not_stretch_the_gaps() -> None:
    """Most jobs take a minute, one in ten takes ten: most are still heard of soon."""
    durations = [60.0 + number / 10 for number in range(54)] + [600.0] * 6
    assert asked(durations, 63)[1] < 2
    late = [asked(durations, ends_s)[1] for ends_s in (590, 600, 610)]
    assert max(late) <= GAP_MAX_S * 1.1


def test_without_a_history_the_engine_s_guess_counts() -> None:
    """A first answer is looked for at a quarter of it."""
    assert next_poll_s([], 80, 0, 0) == 20
    assert next_poll_s([1.0] * 4, 80, 0, 0) == 20


@pytest.mark.parametrize(("running", "ended", "took"), [(10.0, 14.0, 12.0), (None, 100.0, 75.0)])
def test_an_end_lies_between_two_questions(running: float | None, ended: float, took: float) -> None:
    """Or a little before the only one."""
    assert took_s(running, ended, 0.5) == took


def test_expectation() -> None:
    """What most lie within, or around the engine's guess."""
    assert expected_span_s([], 60) == (30, 90)
    assert expected_span_s([10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110], 1) == (20, 100)


@pytest.mark.parametrize(("late_s", "expected_s"), [(-1, 10), (0, 10), (2, 10), (22, 20), (62, 40)])
def test_a_worker_that_falls_behind_asks_less_often(late_s: float, expected_s: float) -> None:
    """In proportion, so that jobs that are nearly done stay ahead."""
    assert stretched_s(10, late_s) == expected_s
