"""Handmade views of a depot and its VEN, and a server over a store in memory that shows them."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import aiohttp

from gridbridge.codec import encode
from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Alarm, Segment, Step
from gridbridge.domain.events import EventStatus, Opt
from gridbridge.domain.history import EnergyBucket, Every, EvseEnergy
from gridbridge.domain.ids import EventId, ProgramName, SiteId, StationId, VenName
from gridbridge.domain.limits import Source
from gridbridge.domain.partitions import partition_of
from gridbridge.domain.programs import Lost
from gridbridge.domain.site import Mode
from gridbridge.domain.units import FOREVER, Amperes, Instant, Seconds, WattHours, Watts
from gridbridge.domain.views import (
    EvseView,
    LostProgramView,
    QuarantineView,
    SiteEventView,
    SiteView,
    StationView,
    VenEventView,
    VenView,
)
from gridbridge.ports.store import Snapshot
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock
from gridbridge_http.server import HttpServer
from gridbridge_http.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = Instant(1_800_000_000.0)
"""2027-01-15T08:00:00Z."""
DEPOT = SiteId("depot-7")
VEN = VenName("utility-a")

CHARGING = EvseView(
    evse=1,
    occupied=True,
    session="tx-1",
    limit=Amperes(17.8),
    limit_w=Watts(12_300.0),
    setpoint_w=None,
    worst=Amperes(17.8),
    version=12,
    accepted_version=12,
    secured=True,
    outcome=Outcome.ACCEPTED,
    power=Watts(12_100.0),
    amps=Amperes(17.5),
    energy=WattHours(8_200.0),
    soc=61.0,
    read_at=Instant(NOW - 4.0),
    why=(
        Step(amps=Amperes(32.0), source=Source(kind="hardware", name="CP-1/1", detail="most")),
        Step(
            amps=Amperes(17.8),
            source=Source(kind="share", name="e1", detail="of 100 kW, event: SIMPLE 2"),
        ),
    ),
)

NEVER_TOLD = EvseView(
    evse=1,
    occupied=False,
    session=None,
    limit=None,
    limit_w=None,
    setpoint_w=None,
    worst=Amperes(0.0),
    version=0,
    accepted_version=0,
    secured=False,
    outcome=None,
    power=None,
    amps=None,
    energy=None,
    soc=None,
    read_at=None,
    why=(),
)

DISCHARGING = replace(
    CHARGING,
    session="tx-9",
    setpoint_w=Watts(-20_000.0),
    power=Watts(-19_600.0),
    amps=Amperes(-28.3),
    version=3,
    accepted_version=3,
)

SITE = SiteView(
    site=DEPOT,
    at=NOW,
    mode=Mode.CONTROL,
    config="sha256-1",
    import_w=Watts(200_000.0),
    limit=Watts(100_000.0),
    target=None,
    power=Watts(-7_500.0),
    energy=WattHours(16_400.0),
    complete=True,
    meter=Watts(24_000.0),
    reserve=Watts(40_000.0),
    envelope=(
        Segment(
            start=Instant(NOW - 60.0),
            end=FOREVER,
            max_import=Watts(100_000.0),
            source=Source(kind="event", name="e1", detail="SIMPLE 2 -> firm_kw 100"),
        ),
    ),
    stations=(
        StationView(
            station=StationId("CP-1"),
            connected=True,
            seen=True,
            protocol="ocpp2.0.1",
            evses=(CHARGING,),
        ),
        StationView(
            station=StationId("CP-2"),
            connected=False,
            seen=True,
            protocol="ocpp1.6",
            evses=(
                replace(CHARGING, outcome=Outcome.UNKNOWN, version=13),
                replace(NEVER_TOLD, evse=2),
            ),
        ),
        StationView(
            station=StationId("CP-3"),
            connected=False,
            seen=False,
            protocol="",
            evses=(NEVER_TOLD,),
        ),
        StationView(
            station=StationId("CP-9"),
            connected=True,
            seen=True,
            protocol="ocpp2.1",
            evses=(DISCHARGING,),
        ),
    ),
    events=(
        SiteEventView(
            program=ProgramName("summer-peak"),
            ven=VEN,
            event=EventId("e1"),
            version=0,
            status=EventStatus.STANDING,
            start=Instant(NOW - 60.0),
            end=FOREVER,
            arrived=Instant(NOW - 900.0),
            opt=Opt.IN,
            test=False,
            lifted=None,
        ),
    ),
    alarms=(Alarm(name="draws_above_limit", subject="CP-2/1", detail="metered at 20.0 A"),),
)

EVENT = VenEventView(
    event=EventId("e1"),
    version=0,
    program=ProgramName("summer-peak"),
    status=EventStatus.STANDING,
    start=Instant(NOW - 60.0),
    end=FOREVER,
    arrived=Instant(NOW - 900.0),
    opt=Opt.IN,
    why="default",
    answered=True,
    sites=(DEPOT,),
)

VEN_VIEW = VenView(
    ven=VEN,
    at=NOW,
    registered=True,
    ven_id="ven-1",
    heard=NOW,
    lost=False,
    events=(
        EVENT,
        replace(EVENT, event=EventId("e2"), start=Instant(NOW + 60.0), end=Instant(NOW + 120.0)),
        replace(EVENT, event=EventId("e3"), status=EventStatus.CANCELLED, opt=Opt.OUT),
        replace(EVENT, event=EventId("e0"), end=NOW, program=None, sites=(), answered=False),
    ),
    reports_waiting=2,
)

LOST_VIEW = replace(
    VEN_VIEW,
    heard=Instant(NOW - 1_020.0),
    lost=True,
    lost_programs=(
        LostProgramView(program=ProgramName("summer-peak"), then=Lost.HOLD),
        LostProgramView(program=ProgramName("feeder"), then=Lost.KW, limit=Watts(60_000.0)),
    ),
)


def history_bucket(start: float) -> EnergyBucket:
    """One EVSE that took, one that gave, and the main meter of both."""
    rows = [("CP-1", 0, 0.0, 10.0), ("CP-1", 1, 150.0, 0.0), ("CP-9", 1, 0.0, 160.0)]
    return EnergyBucket(
        start=Instant(start),
        evses=tuple(
            EvseEnergy(
                station=StationId(station),
                evse=evse,
                imported=WattHours(imported),
                exported=WattHours(exported),
                covered=Seconds(45.0),
            )
            for station, evse, imported, exported in rows
        ),
    )


@dataclass(slots=True, kw_only=True)
class Figures:
    """What an OCPP server might have counted."""

    received: Counter[tuple[str, str]] = field(
        default_factory=lambda: Counter({("ocpp1.6", "Heartbeat"): 3})
    )
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: Counter[tuple[str, str]] = field(
        default_factory=lambda: Counter({("ocpp2.1", "SetChargingProfile"): 2})
    )
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    profiles: Counter[tuple[str, str]] = field(
        default_factory=lambda: Counter({("plan", "accepted"): 5, ("plan", "refused"): 1})
    )
    oddities: Counter[tuple[str, str]] = field(default_factory=Counter)
    connections: Counter[str] = field(default_factory=lambda: Counter({"accepted": 4}))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said."""

    status: int
    content_type: str
    headers: dict[str, str]
    body: Any


@dataclass(slots=True)
class Bench:
    """A server with the store it reads."""

    server: HttpServer
    store: MemoryStore
    figures: Figures
    session: aiohttp.ClientSession

    @property
    def url(self) -> str:
        """Where it serves."""
        assert self.server.address is not None
        host, port = self.server.address
        return f"http://{host}:{port}"

    async def get(self, path: str, *, method: str = "GET") -> Answer:
        """One request; JSON is read, anything else is text."""
        async with self.session.request(method, self.url + path) as answer:
            is_json = answer.content_type.endswith("json")
            body = await answer.json(content_type=None) if is_json else await answer.text()
            return Answer(answer.status, answer.content_type, dict(answer.headers), body)

    async def show_site(self, view: SiteView) -> None:
        """Do what the site's owner does."""
        await self.show_raw(view.site, encode(view))

    async def show_raw(self, site: SiteId, document: bytes) -> None:
        """Show whatever the bytes mean."""
        fence = await self.store.acquire(partition_of(site))
        assert fence is not None
        await self.store.show(site, fence=fence, view=document)

    async def keep_history(self) -> None:
        """Do what the site's owner does each minute: one EVSE that took and one that gave."""
        fence = await self.store.acquire(partition_of(DEPOT))
        assert fence is not None
        await self.store.keep_history(
            DEPOT,
            fence=fence,
            now=NOW,
            reached=Snapshot(upto="0", state=b""),
            buckets={
                Every.MINUTE: [history_bucket(NOW - 120.0), history_bucket(NOW - 60.0)],
                Every.QUARTER: [history_bucket(NOW - 900.0)],
            },
        )

    async def show_ven(self, view: VenView) -> None:
        """Do what the VEN's owner does."""
        fence = await self.store.acquire_ven(view.ven)
        assert fence is not None
        snapshot = Snapshot(upto="0", state=b"")
        await self.store.save_ven(view.ven, fence=fence, snapshot=snapshot, view=encode(view))


@asynccontextmanager
async def empty_bench(
    *sites: SiteId, store_up: bool = True, quarantined: tuple[QuarantineView, ...] = ()
) -> AsyncIterator[Bench]:
    """A server whose store shows nothing yet."""
    clock = VirtualClock(NOW)
    store = MemoryStore(MemoryBackend(clock))
    store.down = not store_up
    figures = Figures()
    server = HttpServer(
        Settings(port=0),
        store,
        sites=sites or (DEPOT,),
        vens=(VEN,),
        clock=clock,
        counters=figures,
        certificates={"ven/utility-a": Instant(NOW + 60.0), "ocpp/h:1/1": Instant(NOW - 5.0)},
        version="1.2.3",
        quarantined=quarantined,
        faults={DEPOT: 2},
    )
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield Bench(server, store, figures, session)
    finally:
        await server.stop()


@asynccontextmanager
async def full_bench() -> AsyncIterator[Bench]:
    """A server whose store shows the depot and its VEN."""
    async with empty_bench() as bench:
        await bench.show_site(SITE)
        await bench.show_ven(VEN_VIEW)
        await bench.keep_history()
        yield bench
