"""What every test gets: a log whose format is held to the house rules."""

from __future__ import annotations

import gc
import logging
import re
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator

EVENT_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


class LogFormat(logging.Handler):
    """Collects what is wrong with the form of the log lines written while it listens.

    Handlers swallow a record whose arguments do not fit its message, so a bad line would be
    found by the operator who needed it.
    """

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Render a record of the standard library once, to see that it can be."""
        try:
            record.getMessage()
        except (TypeError, ValueError, KeyError) as error:
            self.faults.append(f"{record.name}: {record.msg!r} % {record.args!r}: {error}")

    def check_event(
        self,
        _logger: structlog.typing.WrappedLogger,
        _method: str,
        fields: structlog.typing.EventDict,
    ) -> structlog.typing.EventDict:
        """Pass a structlog event on, noting one that has no stable name."""
        event = fields.get("event")
        if not isinstance(event, str) or not EVENT_NAME.fullmatch(event):
            self.faults.append(f"{event!r} is no stable event name")
        return fields


def pytest_collection_finish() -> None:
    """Spare every full collection of garbage the thousands of tests and the modules they hold."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def log_format() -> Iterator[LogFormat]:
    """Hear every log line of the test; ours go on to the standard log, where pytest looks."""
    heard = LogFormat()
    root = logging.getLogger()
    root.addHandler(heard)
    structlog.configure(
        processors=[heard.check_event, structlog.processors.KeyValueRenderer(key_order=["event"])],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    yield heard
    structlog.reset_defaults()
    root.removeHandler(heard)


@pytest.fixture(autouse=True)
def _no_bad_log_format(log_format: LogFormat) -> Iterator[None]:
    """Fail a test that wrote a log line of a bad form."""
    yield
    assert not log_format.faults, log_format.faults
