"""Log lines, as people and as machines read them."""

import errno
import io
import json
import logging
import sys
from typing import Any

import pytest
import structlog

from reelgate.kit.logs import REQUEST_ID, configure_logs


def log_trouble(**facts: Any) -> None:
    key_of_somebody = "rg_secret"
    try:
        len(key_of_somebody) / 0
    except ZeroDivisionError:
        structlog.get_logger("ours").exception("it.broke", **facts)
        logging.getLogger("theirs").exception("it %s", "broke")


def test_machines_read_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Every line, our own and the libraries', with its traceback inside."""
    configure_logs("info", "json")
    before = REQUEST_ID.set("r1")
    log_trouble(task="t1", odd=object())
    REQUEST_ID.reset(before)
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["level"], ours["task"], ours["request"]) == ("it.broke", "error", "t1", "r1")
    assert (theirs["event"], theirs["level"], theirs["logger"], theirs["request"]) == (
        "it broke",
        "error",
        "theirs",
        "r1",
    )
    assert "ZeroDivisionError" in ours["exception"] + theirs["exception"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_tracebacks_show_no_values(capsys: pytest.CaptureFixture[str], form: Any) -> None:
    """A key in a variable does not get into the log."""
    configure_logs("info", form)
    log_trouble()
    logged = capsys.readouterr().err
    assert "ZeroDivisionError" in logged
    assert "rg_secret" not in logged.replace('key_of_somebody = "rg_secret"', "")


def test_the_last_configuration_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """Also for loggers that were used before, and for libraries."""
    ours, theirs = structlog.get_logger("ours"), logging.getLogger("theirs")
    configure_logs("info", "text")
    ours.info("one")
    theirs.warning("two")
    configure_logs("error", "text")
    for log in (ours, theirs):
        log.warning("three")
        log.error("four")
    configure_logs("debug", "text")
    ours.debug("five")
    theirs.info("six")
    logged = capsys.readouterr().err
    assert [word for word in ("one", "two", "three", "four", "five", "six") if word in logged] == [
        "one",
        "two",
        "four",
        "five",
    ]


class Broken(io.StringIO):
    """A stream on a full disk, or one whose reader is gone."""

    def __init__(self, trouble: Exception) -> None:
        super().__init__()
        self.trouble = trouble

    def write(self, _: str) -> int:
        """Fail."""
        raise self.trouble


@pytest.mark.parametrize(
    "trouble",
    [BrokenPipeError(), OSError(errno.ENOSPC, "No space left on device"), ValueError("I/O operation on closed file.")],
    ids=["reader gone", "disk full", "closed"],
)
def test_a_line_that_cannot_be_written_stops_nobody(monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    """Whoever logs goes on, also when its stream is another one later."""
    configure_logs("info", "text")
    monkeypatch.setattr(sys, "stderr", Broken(trouble))
    log_trouble()
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    log_trouble()
    assert isinstance(sys.stderr, io.StringIO)
    assert sys.stderr.getvalue().count("Traceback") == 2
