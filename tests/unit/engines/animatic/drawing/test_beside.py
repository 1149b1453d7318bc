"""Two steps at once: both are done, and what fails is told."""

import threading

import pytest

from reelgate.engines.animatic.drawing.beside import beside


def test_both_are_done_at_the_same_time() -> None:
    """Each waits for the other, and each gives its own."""
    meeting = threading.Barrier(2, timeout=20)

    def step(name: str) -> str:
        meeting.wait()
        return name

    assert beside(lambda: step("one"), lambda: step("two")) == ("one", "two")


@pytest.mark.parametrize("place", [0, 1])
def test_what_either_raises_is_raised(place: int) -> None:
    """A picture that cannot be read is not lost in a thread."""

    def fail() -> None:
        raise OSError("no picture")

    steps = [lambda: None, lambda: None]
    steps[place] = fail
    with pytest.raises(OSError, match="no picture"):
        beside(*steps)
