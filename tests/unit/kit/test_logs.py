"""Log lines, as people and as machines read them."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from reelgate.kit.logs import configure_logs


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Put logging back."""
    handlers, level, configuration = logging.root.handlers[:], logging.root.level, structlog.get_config()
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.configure(**configuration)


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
    with structlog.contextvars.bound_contextvars(request="r1"):
        log_trouble(task="t1", odd=object())
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
