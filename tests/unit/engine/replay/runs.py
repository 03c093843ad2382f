"""A short run of a site, recorded as its gateway would have: a car comes, and goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.domain.commands import Outcome
from gridbridge.domain.facts import (
    EvseStatusChanged,
    Metered,
    ProfileAnswered,
    Reading,
    Recorded,
    SiteFact,
    StationConnected,
)
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.site import Site
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Instant, Watts
from gridbridge.engine.replay.recording import Recording
from gridbridge.ports.archive import ArchiveSegment, Checkpoint
from gridbridge.ports.store import Entry, Snapshot
from tests.unit.engine.site.sites import depot

if TYPE_CHECKING:
    from gridbridge.engine.replay.recording import Rules

BEGAN = Instant(1_800_000_000.0)
SOON = 0.001
TEXT = """\
gateway: {data_dir: var}
sites: {depot: {voltage: 400, import_kw: 15, stations: {CP-1: {max_a: 32}, CP-2: {max_a: 32}}}}
"""


def plain(*, stations: int = 2, main_amps: float = 48.0) -> Site:
    """A depot in no program."""
    return replace(depot(stations=stations, main_amps=main_amps), enrolments=())


class Run:
    """The log of one site."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.log: list[Entry] = []
        self.engine = rules.engine(None)
        self.now = BEGAN

    def day(self) -> None:
        """Stations connect and answer; a car comes to each, and one leaves."""
        names = [station.id for station in self.rules.site.stations]
        for name in names:
            site = self.rules.site.id
            self.happened(StationConnected(site=site, station=name, epoch=1, protocol="ocpp1.6"))
        for name in names:
            self.plugged(name, occupied=True)
        self.plugged(names[0], occupied=False)

    def plugged(self, station: str, *, occupied: bool) -> None:
        """A car comes or goes."""
        known = next(each.id for each in self.rules.site.stations if each.id == station)
        self.happened(
            EvseStatusChanged(
                site=self.rules.site.id,
                station=known,
                epoch=1,
                evse=1,
                occupied=occupied,
                status="?",
            )
        )

    def metered(self, *watts: float) -> None:
        """What each station draws, in their order."""
        site = self.rules.site
        readings = tuple(
            Reading(station=station.id, epoch=1, evse=1, taken=self.now, power=Watts(power))
            for station, power in zip(site.stations, watts, strict=True)
        )
        self.happened(Metered(site=site.id, readings=readings))

    def happened(self, fact: SiteFact) -> None:
        """A fact, what is decided by it and in the minute after it, and what stations say."""
        self._write(fact)
        self._decide()
        end = Instant(self.now + 60.0)
        while (due := self.engine.next_wakeup()) is not None and due < end:
            self.now = Instant(max(due, self.now + SOON))
            self._decide()
        self.now = end

    def _decide(self) -> None:
        while (decided := self.engine.decide(self.now)) is not None:
            self._write(decided)
            for change in decided.changes:
                for slot in (Slot.STANDING, Slot.PLAN):
                    self._write(
                        ProfileAnswered(
                            site=change.site,
                            station=change.station,
                            epoch=1,
                            evse=1,
                            slot=slot,
                            version=change.version,
                            outcome=Outcome.ACCEPTED,
                            sent=self.now,
                        )
                    )

    def _write(self, fact: SiteFact) -> None:
        seq = len(self.log) + 1
        recorded = Recorded(at=self.now, writer="gw-1", seq=seq, fact=fact)
        self.log.append(Entry(id=f"{seq:013d}-{0:010d}", recorded=recorded))
        self.engine.receive(recorded, entry=self.log[-1].id)

    @property
    def recording(self) -> Recording:
        """All of it."""
        return Recording(start=None, entries=tuple(self.log))

    def segment(self) -> ArchiveSegment:
        """All of it, with the state at its end."""
        site = self.rules.site.id
        snapshot = Snapshot(upto=self.engine.upto, state=self.engine.snapshot())
        return ArchiveSegment(
            log=partition_of(site),
            entries=tuple(self.log),
            checkpoints=(Checkpoint(of=site, taken=self.now, snapshot=snapshot),),
        )
