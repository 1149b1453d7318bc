"""Facts and errors, for people and for scripts."""

import json
import pathlib
from typing import NoReturn

import pytest

from reelgate.cli.output import plainly, run, show, table
from reelgate.core.errors import DatabaseUnavailable
from reelgate.kit.folder_lock import FolderInUse


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DatabaseUnavailable("The database does not answer."), "reelgate: The database does not answer."),
        (
            FileNotFoundError(2, "No such file or directory", "/nowhere"),
            "reelgate: /nowhere: No such file or directory",
        ),
        (OSError("odd"), "reelgate: odd"),
        (FolderInUse(pathlib.Path("data"), 7), f"reelgate: {FolderInUse(pathlib.Path('data'), 7)}"),
        (KeyboardInterrupt(), 130),
    ],
)
def test_errors_are_one_sentence(error: BaseException, said: str | int) -> None:
    """With an exit status that is not zero."""
    with pytest.raises(SystemExit) as caught, plainly():
        raise error
    assert caught.value.code == said


def test_bugs_are_not_dressed_up() -> None:
    """Whoever mends them needs their traceback."""
    with pytest.raises(ZeroDivisionError), plainly():
        raise ZeroDivisionError


def test_a_command_s_result_comes_back() -> None:
    """And its errors are said."""

    async def good() -> int:
        return 7

    async def bad() -> NoReturn:
        raise DatabaseUnavailable("x")

    assert run(good()) == 7
    with pytest.raises(SystemExit, match="reelgate: x"):
        run(bad())


def test_facts_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """As one line of JSON, or in words."""
    for as_json in (True, False):
        show({"a": "ü"}, as_json=as_json, text=lambda: "words")
    first, second = capsys.readouterr().out.splitlines()
    assert (json.loads(first), second) == ({"a": "ü"}, "words")


def test_rows_are_aligned() -> None:
    """Without spaces at the ends of lines."""
    assert table([["a", "b"], ["long", ""], ["", "x"]]) == "a     b\nlong\n      x"
    assert table([["only", "head"]]) == "only  head"
