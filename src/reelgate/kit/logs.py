"""Logging: one line per event to standard error, as text for people or as JSON for machines.

What libraries log takes the same form. Tracebacks show no values of variables: those hold keys, prompts and passwords.
A line that cannot be written, because the disk is full or its reader is gone, is lost; the work it tells of is not.
"""

import contextlib
import logging
import sys
from contextvars import ContextVar
from typing import Any, Final, Literal

import structlog

#: The id of the request that is answered, which every line says; structlog's own way to say so costs six times more.
REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")


def _add_request(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    if request := REQUEST_ID.get():
        event.setdefault("request", request)
    return event


_SHARED: tuple[structlog.typing.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    _add_request,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class _Lines:
    """Writes lines to standard error as it is at that moment."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # ValueError: the stream was closed
            sys.stderr.write(message + "\n")
            sys.stderr.flush()

    debug = info = warning = error = critical = msg


class _LibraryLines(logging.Handler):
    """Writes what libraries log in the same way."""

    def emit(self, record: logging.LogRecord) -> None:
        _LINES.msg(self.format(record))


_LINES = _Lines()


def _lines(*_: Any) -> _Lines:
    return _LINES


def configure_logs(level: str, form: Literal["text", "json"]) -> None:
    """Set up structlog and the standard library's logging for this process. May be repeated; the last counts."""
    number = logging.getLevelNamesMapping()[level.upper()]
    renderers = _renderers(form)
    structlog.configure(
        processors=[*_SHARED, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_lines,
        # A logger that was used before keeps up with a later call.
        cache_logger_on_first_use=False,
    )
    lines = _LibraryLines()
    lines.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    # Libraries speak up only when something is wrong.
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[lines], force=True)


def _renderers(form: Literal["text", "json"]) -> tuple[structlog.typing.Processor, ...]:
    if form == "json":
        return structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=repr)
    plain = structlog.dev.plain_traceback
    return (structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain),)
