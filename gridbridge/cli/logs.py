"""Where logs go and how they look."""

from __future__ import annotations

import logging
import sys

import structlog

LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


class UnknownLevelError(ValueError):
    """A log level that does not exist."""


def log_to_stderr(level: str) -> None:
    """Send every log line to stderr: text where that is a terminal, else one JSON object a line.

    What libraries log by the standard library comes the same way, from warnings up.
    """
    if level not in LEVELS:
        raise UnknownLevelError(f"{level!r} is not one of {', '.join(LEVELS)}")
    looks: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    errors: list[structlog.typing.Processor] = (
        [] if sys.stderr.isatty() else [structlog.processors.format_exc_info]
    )
    structlog.configure(
        processors=[*shared, *errors, looks],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *errors,
                looks,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(LEVELS[level], logging.WARNING))
