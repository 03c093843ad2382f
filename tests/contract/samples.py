"""Facts, decisions and desires to store; what they say does not matter to a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.commands import EvseDesired, StationDesired
from gridbridge.domain.decisions import Decided, VenDecided
from gridbridge.domain.facts import Recorded, VtnBack, VtnHeard
from gridbridge.domain.ids import ProgramName, SiteId, StationId, VenName
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.units import FOREVER, Amperes, Instant, Watts

if TYPE_CHECKING:
    from gridbridge.domain.facts import Fact

SITE = SiteId("depot-7")
STATION = StationId("CP-1")
VEN = VenName("utility-a")
P = partition_of(SITE)
OTHER = (P + 1) % 64


def recorded(seq: int, *, writer: str = "gw-1-9f3a", fact: Fact | None = None) -> Recorded:
    """A fact of a writer."""
    back = VtnBack(site=SITE, ven=VEN, program=ProgramName("tou"))
    return Recorded(at=Instant(1_800_000_000.0 + seq), writer=writer, seq=seq, fact=fact or back)


def decision(seq: int, *, site: SiteId = SITE) -> Recorded:
    """A decision about a site, without a change."""
    decided = Decided(
        site=site,
        upto="0",
        now=Instant(1_800_000_000.5),
        config="c0ffee",
        changes=(),
        why=(),
        envelope=(),
    )
    return recorded(seq, fact=decided)


def ven_decision(seq: int) -> Recorded:
    """A decision of a VEN, without an answer."""
    decided = VenDecided(
        ven=VEN,
        upto="0",
        now=Instant(1_800_000_000.5),
        request=None,
        answers=(),
        assignments=(),
        reports=(),
    )
    return recorded(seq, fact=decided)


def heard(seq: int) -> Recorded:
    """A fact of a VEN."""
    return recorded(seq, fact=VtnHeard(ven=VEN))


def desired(station: StationId, version: int, *, site: SiteId = SITE) -> StationDesired:
    """What a station should hold: one EVSE, one period, open-ended."""
    period = Period(start=Instant(1.5), limit=Amperes(16.0), limit_w=Watts(11_040.0))
    return StationDesired(
        site=site,
        station=station,
        version=version,
        evses=(
            EvseDesired(
                evse=1,
                standing_amps=Amperes(6.0),
                standing_w=Watts(4_140.0),
                phases=3,
                dc=False,
                schedule=Schedule(periods=(period,), until=FOREVER),
            ),
        ),
    )
