"""What stations were told, and what they said to it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.domain.commands import Outcome
from gridbridge.domain.site import Mode, Site
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Instant, Seconds
from gridbridge.engine.site.holds import gives
from gridbridge.engine.site.schedules import either
from gridbridge.engine.site.state import EvseState, Fading, Told

if TYPE_CHECKING:
    from gridbridge.domain.decisions import Decided
    from gridbridge.domain.facts import ProfileAnswered
    from gridbridge.engine.site.finding import Finder

LONG_AGO = Instant(0.0)
MOST_UNANSWERED = 8
"""Schedules told to an EVSE and not answered that are kept apart."""


class Answers:
    """Folds decisions and answers to them; each fold says whether a decision may be due."""

    def __init__(self, site: Site, finder: Finder) -> None:
        self._mode = site.mode
        self._finder = finder
        self._settle = {station.id: station.settle for station in site.stations}

    def decided(self, fact: Decided, at: Instant) -> bool:
        """Our own decision, or one of the owner before us, read back from the log."""
        # It counts from when it was decided, as for who decided it: written it was a moment later.
        del at
        when, state, raises = fact.now, self._finder.state, False
        for desired in fact.changes:
            state.version = max(state.version, desired.version)
            station = state.stations.get(desired.station)
            if station is None:
                continue
            for wanted in desired.evses:
                own = station.evses.get(wanted.evse)
                if own is None or own.desired_version >= desired.version:
                    continue
                before = own.desired.schedule if own.desired is not None else None
                own.desired = wanted
                if wanted.schedule is not None and wanted.schedule != before:
                    own.desired_version, own.written = desired.version, when
                    own.served = own.served or gives(wanted, when)
                    if self._mode is Mode.OBSERVE:
                        continue
                    told = Told(version=desired.version, schedule=wanted.schedule, asked=when)
                    own.told = _few((*own.told, told))
                    own.refused = False
                    raises = True
        if raises:
            state.raised = when
        return False

    def answered(self, fact: ProfileAnswered, at: Instant) -> bool:
        """What became of telling a slot of a version."""
        own = self._finder.evse(fact.station, fact.epoch, fact.evse)
        if own is None or fact.slot is Slot.DER:
            return False
        settle = self._settle[fact.station]
        if fact.slot is Slot.STANDING:
            return self._standing_answered(own, fact, at, settle)
        own.outcome = fact.outcome
        asked = [told for told in own.told if told.version <= fact.version]
        if fact.outcome is Outcome.UNKNOWN:
            # It may or may not hold, and no answer will come: one that is owed is so already.
            return self._owe(own, fact.version, LONG_AGO)
        if not asked:
            return False
        if fact.outcome is Outcome.REFUSED:
            # It goes on counting as something the station may hold: a reconnect tries it again.
            self._owe(own, fact.version, None)
            own.refused = True
            return True
        own.told = tuple(told for told in own.told if told.version > fact.version)
        self._replace(own, asked[-1], at, settle, asked[:-1])
        return self._finder.fell(fact.station, own, at)

    @staticmethod
    def _owe(own: EvseState, upto: int, since: Instant | None) -> bool:
        """Have the answers up to that version owed since then; whether that is new."""
        before = own.told
        own.told = tuple(
            replace(told, asked=since) if told.version <= upto and told.asked is not None else told
            for told in before
        )
        return own.told != before

    @staticmethod
    def _standing_answered(
        own: EvseState, fact: ProfileAnswered, at: Instant, settle: Seconds
    ) -> bool:
        if fact.outcome is not Outcome.ACCEPTED or own.secured:
            return False
        own.secured = True
        own.fading = (
            Fading(accepted=at, until=Instant(at + settle), schedule=None, unsecured=True),
        )
        return True

    @staticmethod
    def _replace(
        own: EvseState, newest: Told, at: Instant, settle: Seconds, skipped: list[Told]
    ) -> None:
        until = Instant(at + settle)
        before = [own.accepted, *(told.schedule for told in skipped)]
        own.fading = (
            *own.fading,
            *(Fading(accepted=at, until=until, schedule=schedule) for schedule in before),
        )
        own.accepted, own.accepted_version = newest.schedule, newest.version
        own.refused = False


def _few(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """Bound what is unanswered: of too many, the two oldest become one that allows either.

    Only where both end together: what lies under the one that ended first is not in a schedule.
    """
    oldest, second = told[0], told[min(1, len(told) - 1)]
    if len(told) <= MOST_UNANSWERED or oldest.schedule.until != second.schedule.until:
        return told
    both = Told(
        version=second.version,
        schedule=either(oldest.schedule, second.schedule),
        asked=second.asked if oldest.asked is None else oldest.asked,
    )
    return (both, *told[2:])
