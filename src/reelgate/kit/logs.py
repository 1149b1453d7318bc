"""Logging: one line per event to standard error, as text for people or as JSON for machines."""

import logging
import sys
from typing import Literal

import structlog


def configure_logs(level: str, form: Literal["text", "json"]) -> None:
    """Set up structlog and the standard library's logging for this process. May be repeated."""
    number = logging.getLevelNamesMapping()[level.upper()]
    processors: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        processors.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries speak up only when something is wrong.
    quiet = max(number, logging.WARNING)
    logging.basicConfig(level=quiet, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
