"""What somebody reads in the log at night: alarms that came and went, events and their answers.

    alarm_raised    site, name, subject, detail        once, when it begins to stand
    alarm_cleared   site, name, subject, detail        once, when it no longer does
    event_answered  ven, event_id, version, opt, why   once for each version of an event

Called after the write, so that what the log says is so in the store too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from gridbridge.domain.decisions import Alarm, VenDecided
    from gridbridge.domain.ids import SiteId
    from gridbridge.domain.views import SiteView

log = structlog.get_logger(__name__)


class Alarms:
    """The alarms of the sites served here, as far as the log told of them."""

    def __init__(self) -> None:
        self._told: dict[SiteId, dict[tuple[str, str], Alarm]] = {}

    def announce(self, view: SiteView) -> None:
        """Tell what of a site's alarms is new, and what is over.

        An alarm is the same as long as its name and subject are: a detail may count on.
        """
        before = self._told.get(view.site, {})
        standing = {(alarm.name, alarm.subject): alarm for alarm in view.alarms}
        for key in standing.keys() - before.keys():
            log.warning("alarm_raised", **_fields(view.site, standing[key]))
        for key in before.keys() - standing.keys():
            log.info("alarm_cleared", **_fields(view.site, before[key]))
        self._told[view.site] = standing


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


def _fields(site: SiteId, alarm: Alarm) -> dict[str, str]:
    return {
        "site": site,
        "name": alarm.name,
        "subject": alarm.subject,
        "detail": alarm.detail,
    }
