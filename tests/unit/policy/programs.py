"""Programs and events for the tables of this folder."""

from __future__ import annotations

from gridbridge.domain.events import Event, EventStatus, Interval, Signal, SignalKind
from gridbridge.domain.ids import EventId, ProgramName, SiteId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import (
    Basis,
    LevelRule,
    PriceRule,
    PriceThreshold,
    Program,
    ReleaseRule,
)
from gridbridge.domain.units import Instant, Seconds, Watts
from gridbridge.policy.enrolled import EnrolledEvent, SiteBasis

SITE = SiteId("depot")
BASIS = SiteBasis(
    import_w=Watts(100_000.0), nameplate_w=Watts(60_000.0), nominated_w=Watts(30_000.0)
)
AT_ONCE = ReleaseRule(ramp=Seconds(0.0), stagger=Seconds(0.0))


def program(
    *,
    authority: Authority = Authority.VOLUNTARY,
    release: ReleaseRule = AT_ONCE,
    follows: bool = True,
    keep_floor: bool | None = None,
) -> Program:
    """One that has a rule for everything, or only for SIMPLE."""
    thresholds = (
        PriceThreshold(above_per_kwh=0.3, pct_of_import=60.0),
        PriceThreshold(above_per_kwh=0.6, pct_of_import=20.0),
    )
    return Program(
        name=ProgramName("peak"),
        ven=VenName("utility"),
        market="m",
        authority=authority,
        simple={
            1: LevelRule(basis=Basis.SHED_NOMINATED),
            2: LevelRule(basis=Basis.FIRM_KW, value=20_000.0, keep_floor=keep_floor),
            3: LevelRule(basis=Basis.PAUSE),
        },
        load_control=follows,
        dispatch=follows,
        capacity_limit=follows,
        price=PriceRule(thresholds=thresholds, add_per_kwh=0.05) if follows else None,
        release=release,
    )


def event(
    name: str,
    start: float,
    end: float,
    level: float = 2.0,
    *,
    strength: int = 0,
    start_after: float = 0.0,
    test: bool = False,
) -> EnrolledEvent:
    """A SIMPLE event with one level."""
    interval = Interval(start=Instant(start), end=Instant(end), value=level)
    return EnrolledEvent(
        event=Event(
            id=EventId(name),
            version=0,
            status=EventStatus.STANDING,
            market="m",
            created=Instant(0.0),
            start=Instant(start),
            end=Instant(end),
            strength=strength,
            start_after=Seconds(start_after),
            test=test,
            signals=(Signal(kind=SignalKind.SIMPLE, intervals=(interval,)),),
        ),
        arrived=Instant(0.0),
    )
