"""What somebody reads in the log at night: alarms that came and went, events and their answers.

    alarm_raised    site or ven, name, subject, detail   once, when it begins to stand
    alarm_cleared   site or ven, name, subject, detail   once, when it no longer does
    event_answered  ven, event_id, version, opt, why     once for each version of an event

Called after the write, so that what the log says is so in the store too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge.domain.decisions import Alarm, VenDecided

log = structlog.get_logger(__name__)


class Alarms:
    """The alarms of the sites and VENs served here, as far as the log told of them."""

    def __init__(self) -> None:
        self._told: dict[tuple[tuple[str, str], ...], dict[tuple[str, str], Alarm]] = {}

    def announce(self, alarms: Iterable[Alarm], **of: str) -> None:
        """Tell what is new, and what is over, among the alarms that stand, and what they are of.

        An alarm is the same as long as its name and subject are: a detail may count on.
        """
        owner = tuple(of.items())
        before = self._told.get(owner, {})
        standing = {(alarm.name, alarm.subject): alarm for alarm in alarms}
        for key in standing.keys() - before.keys():
            log.warning("alarm_raised", **of, **_fields(standing[key]))
        for key in before.keys() - standing.keys():
            log.info("alarm_cleared", **of, **_fields(before[key]))
        self._told[owner] = standing


def announce_answers(decided: VenDecided) -> None:
    """Tell how events were answered."""
    for answer in decided.answers:
        log.info(
            "event_answered",
            ven=decided.ven,
            event_id=answer.event,
            version=answer.version,
            opt=answer.opt.value,
            why=answer.why,
        )


def _fields(alarm: Alarm) -> dict[str, str]:
    return {"name": alarm.name, "subject": alarm.subject, "detail": alarm.detail}
