"""The fixture that guards the form of log lines can itself fail."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import structlog

if TYPE_CHECKING:
    from tests.conftest import LogFormat


def test_an_event_with_a_stable_name_passes(log_format: LogFormat) -> None:
    structlog.get_logger().info("limit_refused", station_id="CP-1")

    assert log_format.faults == []


@pytest.mark.parametrize("event", ["Limit refused", "limit_refused for CP-1", "", 7])
def test_an_event_without_a_stable_name_is_a_fault(event: object, log_format: LogFormat) -> None:
    structlog.get_logger().info(event)

    assert len(log_format.faults) == 1
    log_format.faults.clear()


def test_arguments_that_do_not_fit_their_message_are_a_fault(log_format: LogFormat) -> None:
    # pytest's own handlers would raise here, before ours could note it.
    record = logging.LogRecord("a", logging.INFO, __file__, 1, "%d stations", ("two",), None)

    log_format.handle(record)

    assert len(log_format.faults) == 1
    log_format.faults.clear()
