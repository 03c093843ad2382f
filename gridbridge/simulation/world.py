"""A world: sites with breakers, stations, cars that come and go, and what is measured of them.

    begin(now)  time zero of the script        step(now)  power, meters, arrivals, one record
    run(url)    stations dial `url`/<id> and time passes at 1x, until cancelled

Without `run` nothing but `step` moves it, so virtual time is whatever the caller hands in.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.simulation.electrics import Volts, supply
from gridbridge.simulation.record import Series, SiteRecord
from gridbridge.simulation.spec import Visit
from gridbridge.simulation.stations.build import simulated_station
from gridbridge.simulation.stations.link import Link
from gridbridge.simulation.stations.samples import MainReading
from gridbridge.simulation.tree import node_flows
from gridbridge.simulation.verdict import CarGot, Verdict, judge
from gridbridge.simulation.view import EvseView, SiteView, StationView, View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gridbridge.simulation.spec import GridLimit, Site, WorldSpec
    from gridbridge.simulation.stations.station import Station

TICK_S = 0.2


@dataclass(slots=True)
class _Stay:
    """A visit as it goes."""

    visit: Visit
    came: bool = False
    left: bool = False
    charged_from: float = 0.0
    discharged_from: float = 0.0
    soc_before: float = 0.0
    got: CarGot | None = None


class World:
    """Runs the stations of a spec and measures them."""

    def __init__(self, spec: WorldSpec, *, clock: Callable[[], float] = time.time) -> None:
        self.spec = spec
        self.stations: dict[str, Station] = {}
        self._site_of: dict[str, Site] = {}
        for site in spec.sites:
            for station in site.stations:
                self._site_of[station.id] = site
                self.stations[station.id] = simulated_station(
                    station,
                    nominal_volts=site.phase_voltage,
                    seed=spec.seed,
                    battery_speed=spec.battery_speed,
                )
        self.records = {site.id: SiteRecord() for site in spec.sites}
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._stays = [_Stay(visit) for visit in spec.visits]
        self._outages = [
            (outage, station.id)
            for site in spec.sites
            for station in site.stations
            for outage in station.behaviour.outages
        ]
        self._began: float | None = None
        self._stepped: float | None = None
        self._registers = {site.id: [0.0, 0.0] for site in spec.sites}
        self._failing: set[asyncio.Task[None]] = set()

    # --- time ----------------------------------------------------------------------------------

    def begin(self, now: float) -> None:
        """Time zero of arrivals, outages and base loads; before it nothing of the script runs."""
        self._began = now

    def script_s(self, now: float) -> float:
        """Seconds of the script; negative before it has begun."""
        return -1.0 if self._began is None else now - self._began

    async def run(self, url: str) -> None:
        """Connect every station to `url`/<id> and let time pass until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for name, station in self.stations.items():
                self._links[name] = Link(station, url, clock=self._clock)
                tasks.create_task(self._links[name].run())
            try:
                while True:
                    self.step(self._clock())
                    await asyncio.sleep(TICK_S)
            finally:
                for task in self._failing:
                    task.cancel()

    def step(self, now: float) -> None:
        """Let everything happen up to `now`."""
        dt = 0.0 if self._stepped is None else max(0.0, now - self._stepped)
        self._stepped = now
        self._arrivals(now)
        self._misfortunes(now)
        for site in self.spec.sites:
            self._step_site(site, now, dt)

    def _arrivals(self, now: float) -> None:
        script_s = self.script_s(now)
        for stay in self._stays:
            visit = stay.visit
            station = self.stations[visit.station]
            outlet = station.hardware.outlets[visit.evse]
            if not stay.came and script_s >= visit.arrive_s:
                stay.came = True
                stay.charged_from, stay.discharged_from = outlet.imported_wh, outlet.exported_wh
                stay.soc_before = visit.car.soc
                station.plug_in(visit.evse, visit.car, now)
            if stay.came and not stay.left and script_s >= visit.leave_s:
                stay.left = True
                stay.got = self._got(stay)
                station.unplug(visit.evse, now)

    def _got(self, stay: _Stay) -> CarGot:
        visit = stay.visit
        outlet = self.stations[visit.station].hardware.outlets[visit.evse]
        return CarGot(
            car=visit.car.name,
            station=visit.station,
            evse=visit.evse,
            charged_wh=outlet.imported_wh - stay.charged_from,
            discharged_wh=outlet.exported_wh - stay.discharged_from,
            soc_before=stay.soc_before,
            soc_after=outlet.soc,
        )

    def _misfortunes(self, now: float) -> None:
        due = [
            (outage, name)
            for outage, name in self._outages
            if self._links and self.script_s(now) >= outage.at_s
        ]
        for outage, name in due:
            self._outages.remove((outage, name))
            task = asyncio.ensure_future(self._links[name].fail(outage.kind, outage.for_s))
            self._failing.add(task)
            task.add_done_callback(self._failing.discard)

    def _step_site(self, site: Site, now: float, dt: float) -> None:
        volts = supply(site.phase_voltage, now, self.spec.seed)
        draws = []
        for spec in site.stations:
            station = self.stations[spec.id]
            station.step(now, dt, volts)
            draws += [(spec.node, outlet.draw) for outlet in station.hardware.outlets.values()]
        base_w = site.base.at(max(0.0, self.script_s(now))) if site.base else 0.0
        amps, watts = node_flows(site, draws, base_w=base_w, volts=volts)
        record = self.records[site.id]
        total = watts[site.nodes[0].name]
        record.base_w.add(now, base_w)
        record.evs_w.add(now, total - base_w)
        record.connection_w.add(now, total)
        for node in site.nodes:
            record.node_w.setdefault(node.name, Series()).add(now, watts[node.name])
            phases = record.node_amps.setdefault(node.name, (Series(), Series(), Series()))
            for series, value in zip(phases, amps[node.name], strict=True):
                series.add(now, value)
        self._main_meter(site, total, amps[site.nodes[0].name], volts, dt)

    def _main_meter(
        self,
        site: Site,
        watts: float,
        amps: tuple[float, float, float],
        volts: Volts,
        dt: float,
    ) -> None:
        registers = self._registers[site.id]
        registers[0] += max(0.0, watts) * dt / 3600.0
        registers[1] += max(0.0, -watts) * dt / 3600.0
        reading = MainReading(
            watts=watts,
            amps=amps,
            volts=volts,
            imported_wh=registers[0],
            exported_wh=registers[1],
        )
        for spec in site.stations:
            if spec.main_meter:
                self.stations[spec.id].main = reading

    # --- what can be seen ----------------------------------------------------------------------

    def all_ready(self) -> bool:
        """Whether every station is connected and was accepted."""
        return all(station.online and station.booted for station in self.stations.values())

    def observe(self) -> View:
        """Everything at the last step, for a terminal."""
        return View(
            at=self._stepped or 0.0,
            script_s=self.script_s(self._stepped or 0.0),
            sites=tuple(self._site_view(site) for site in self.spec.sites),
            stations=tuple(
                self._station_view(name, station) for name, station in self.stations.items()
            ),
        )

    def _site_view(self, site: Site) -> SiteView:
        record = self.records[site.id]
        return SiteView(
            id=site.id,
            evs_w=_last(record.evs_w),
            base_w=_last(record.base_w),
            connection_w=_last(record.connection_w),
            node_amps={
                name: (_last(a), _last(b), _last(c))
                for name, (a, b, c) in record.node_amps.items()
            },
        )

    def _station_view(self, name: str, station: Station) -> StationView:
        evses = tuple(
            EvseView(
                id=evse,
                car=None if outlet.car is None else outlet.car.name,
                soc=None if outlet.car is None else outlet.soc,
                charging=evse in station.sessions,
                watts=outlet.draw.plug_w,
                grid_w=outlet.draw.grid_w,
                amps=outlet.draw.amps,
                limit=outlet.allowed.value.limit,
                setpoint=outlet.allowed.value.setpoint,
                unit="A" if outlet.spec.dc is None else "W",
                mode=outlet.allowed.value.mode,
            )
            for evse, outlet in station.hardware.outlets.items()
        )
        return StationView(
            id=name,
            site=self._site_of[name].id,
            protocol=station.spec.protocol.value,
            online=station.online,
            profile_writes=station.hardware.holdings.writes,
            faults=len(station.faults),
            evses=evses,
        )

    def verdict(self, limits: Sequence[GridLimit]) -> Verdict:
        """Hold the limits, the connections and the breakers against everything measured so far."""
        cars = [stay.got or self._got(stay) for stay in self._stays if stay.came]
        return judge(self.spec.sites, self.records, limits, cars)


def _last(series: Series) -> float:
    return series.values[-1] if series.values else 0.0
