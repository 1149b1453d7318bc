"""What the end of a child means for its caller."""

import signal

import pytest

from reelgate.kit.child_wire import Crashed, Failed, Result
from reelgate.kit.children import _LOST, ChildCrashed, ChildFailed, ChildProblem, ChildTimeout, _outcome


def test_a_result_counts_whatever_the_exit_code() -> None:
    """What was computed is not lost because the child was killed while it left."""
    assert _outcome(Result(5), -9) == 5


@pytest.mark.parametrize(
    ("answer", "exit_code", "problem"),
    [
        (Failed("code", "words"), 0, ChildFailed),
        (Crashed(out_of_memory=True, traceback="text"), 0, ChildCrashed),
        (None, _LOST, ChildCrashed),
        (None, -signal.SIGXCPU, ChildTimeout),
        (None, -signal.SIGKILL, ChildCrashed),
        (None, 1, ChildCrashed),
        (None, 0, ChildCrashed),
    ],
)
def test_every_other_end_is_a_problem(
    answer: Failed | Crashed | None, exit_code: int, problem: type[ChildProblem]
) -> None:
    """No end without a result passes for a success."""
    with pytest.raises(problem):
        _outcome(answer, exit_code)
