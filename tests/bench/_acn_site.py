"""The Caltech garage as an operator would write it, and its stations, which obey at once."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gridbridge.config import Loaded, load
from gridbridge.domain.commands import Outcome
from gridbridge.domain.facts import (
    EvseStatusChanged,
    Metered,
    NeedStated,
    ProfileAnswered,
    Reading,
    Recorded,
    SessionEnded,
    SessionStarted,
    SiteFact,
    StationConnected,
)
from gridbridge.domain.ids import SessionId, StationId
from gridbridge.domain.needs import Need
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes, Instant, WattHours, Watts
from gridbridge.engine.site.engine import SiteEngine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridbridge.domain.decisions import Decided
    from gridbridge.domain.site import Site

VOLTS = 208
START = Instant(1_551_427_200.0)
"""2019-03-01 00:00 in Los Angeles."""
STEP_S = 300.0
QUIET_S = 31.0
"""An engine with nothing to say for so long has settled: no raise waits longer than that."""
PAUSE_S = 0.2

YAML = """\
gateway: {{name: gw-1, store: embedded, data_dir: var}}
ocpp: {{listen: "127.0.0.1:9000", credentials_dir: credentials}}
models:
  acn: {{max_a: 32, min_a: {min_a}, settle: 0s, step_a: 0.01, offline_a: 0, absent_kw: 0}}
sites:
  caltech:
    timezone: America/Los_Angeles
    voltage: {volts}
    import_kw: {import_kw}
    objective: {objective}
    circuits:
      main: {{kva: {cap}, secondary: {{voltage: {volts}, winding: delta-wye}}}}
      CC: {{parent: main, limit_a: 80}}
      AV: {{parent: main, limit_a: 80}}
    stations:
{stations}
"""

BETWEEN = {30: "L1-L2", -90: "L2-L3", 150: "L3-L1"}
"""How a station is wired, by the angle of its voltage."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What the gateway is told of departures."""

    known: bool = True
    wrong: float = 0.0
    """By how much of its stay a departure may be off, either way."""

    def departure(self, arrival: float, departure: float, dice: random.Random) -> Instant | None:
        """When a car is said to leave."""
        if not self.known:
            return None
        stay = (departure - arrival) * dice.uniform(1.0 - self.wrong, 1.0 + self.wrong)
        return Instant(START + STEP_S * (arrival + stay))


def site_of(
    angles: Mapping[str, float],
    pods: Mapping[str, str],
    *,
    cap: float,
    objective: str,
    min_a: float,
) -> Site:
    """Load the site: the transformer is what caps it, so the connection is written larger."""
    stations = "\n".join(
        f"      {name}: {{model: acn, circuit: {pods.get(name, 'main')},"
        f" phases: {BETWEEN[round(angle)]}}}"
        for name, angle in angles.items()
    )
    text = YAML.format(
        min_a=min_a,
        volts=VOLTS,
        import_kw=2 * cap,
        cap=cap,
        objective=objective,
        stations=stations,
    )
    with TemporaryDirectory() as folder:
        path = Path(folder, "gridbridge.yaml")
        path.write_text(text, encoding="utf-8")
        found = load(path, {})
    if not isinstance(found, Loaded):
        raise SystemExit("\n".join(str(problem) for problem in found.problems))
    return found.sites[0]


class Garage:
    """The engine of the site, and stations that do what they are told."""

    def __init__(self, site: Site, told: Told) -> None:
        self._site = site
        self._told = told
        self._engine = SiteEngine(site, {}, config="bench")
        self._now = START
        self._seq = 0
        self._dice = random.Random(1)
        self._sessions: dict[str, str] = {}
        self._registers: dict[str, float] = {}
        self._delivered: dict[str, float] = {}
        self.writes = {"car": 0, "idle": 0}
        """Schedules that stations were sent, with a car and without."""
        self.hours = {"car": 0.0, "idle": 0.0}
        self.took_s: list[float] = []
        """What each decision took."""
        for station in site.stations:
            self._fact(
                StationConnected(site=site.id, station=station.id, epoch=1, protocol="ocpp1.6")
            )
        self._settle()

    def step(self, number: int, cars: Mapping[str, Any]) -> dict[str, float]:
        """What stations may draw from this step of five minutes on; `cars` are plugged in."""
        self._now = Instant(START + STEP_S * number)
        for name in [each for each in self._sessions if each not in cars]:
            self._leave(name)
        for name, car in cars.items():
            if self._sessions.get(name) != car.session_id:
                if name in self._sessions:
                    self._leave(name)
                self._come(name, car)
        readings = tuple(self._reading(name, car) for name, car in cars.items())
        if readings:
            self._fact(Metered(site=self._site.id, readings=readings))
        self._settle()
        self.hours["car"] += len(cars) * STEP_S / 3600.0
        self.hours["idle"] += (len(self._site.stations) - len(cars)) * STEP_S / 3600.0
        return self._limits()

    # --- cars ----------------------------------------------------------------------------------

    def _come(self, name: str, car: Any) -> None:  # noqa: ANN401 - the simulator has no types
        self._sessions[name] = car.session_id
        self._delivered[name] = 0.0
        session = SessionId(car.session_id)
        self._fact(EvseStatusChanged(**self._of(name), occupied=True, status="Charging"))
        self._fact(Metered(site=self._site.id, readings=(self._reading(name, car),)))
        self._fact(SessionStarted(**self._of(name), session=session))
        need = Need(
            energy=WattHours(1000.0 * car.requested_energy),
            departure=self._told.departure(car.arrival, car.departure, self._dice),
        )
        self._fact(
            NeedStated(
                site=self._site.id, station=StationId(name), evse=1, session=session, need=need
            )
        )

    def _leave(self, name: str) -> None:
        session = SessionId(self._sessions.pop(name))
        self._fact(SessionEnded(**self._of(name), session=session))
        self._fact(EvseStatusChanged(**self._of(name), occupied=False, status="Available"))

    def _reading(self, name: str, car: Any) -> Reading:  # noqa: ANN401 - as above
        delivered = 1000.0 * car.energy_delivered
        register = self._registers.get(name, 0.0) + delivered - self._delivered[name]
        self._registers[name], self._delivered[name] = register, delivered
        amps = Amperes(float(car.current_charging_rate))
        phase_volts = VOLTS / 3**0.5
        return Reading(
            station=StationId(name),
            epoch=1,
            evse=1,
            taken=self._now,
            power=Watts(amps * VOLTS),
            amps=(amps, amps, None),
            volts=(phase_volts, phase_volts, None),
            energy=WattHours(register),
        )

    # --- the engine ----------------------------------------------------------------------------

    def _settle(self) -> None:
        """Decide until it is quiet; stations accept and follow at once."""
        end = self._now + STEP_S
        while True:
            began = time.perf_counter()
            decided = self._engine.decide(self._now)
            if decided is not None:
                self.took_s.append(time.perf_counter() - began)
            self._obey(decided)
            due = self._engine.next_wakeup()
            if due is None or due > min(self._now + QUIET_S, end):
                break
            self._now = Instant(max(due, self._now + PAUSE_S))
        self._now = Instant(min(self._now + QUIET_S, end))

    def _obey(self, decided: Decided | None) -> None:
        for change in decided.changes if decided is not None else ():
            self.writes["car" if change.station in self._sessions else "idle"] += 1
            for slot in (Slot.STANDING, Slot.PLAN):
                self._fact(
                    ProfileAnswered(
                        **self._of(change.station),
                        slot=slot,
                        version=change.version,
                        outcome=Outcome.ACCEPTED,
                        sent=self._now,
                    )
                )

    def _limits(self) -> dict[str, float]:
        found = {}
        for desired in self._engine.desired():
            (evse,) = desired.evses
            period = None if evse.schedule is None else evse.schedule.at(self._now)
            found[str(desired.station)] = 0.0 if period is None else float(period.limit)
        return found

    def _of(self, name: str) -> dict[str, Any]:
        return {"site": self._site.id, "station": StationId(name), "epoch": 1, "evse": 1}

    def _fact(self, fact: SiteFact) -> None:
        self._seq += 1
        recorded = Recorded(at=self._now, writer="w", seq=self._seq, fact=fact)
        self._engine.receive(recorded, entry=str(self._seq))
