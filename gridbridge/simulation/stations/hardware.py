"""A station without its protocol: outlets, the profiles it holds, and how it obeys them."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from gridbridge.simulation.composite import UNLIMITED, Allowance, Cap, allowance, station_cap
from gridbridge.simulation.periods import Conditions
from gridbridge.simulation.stations.cabinet import Outlet, share
from gridbridge.simulation.stations.der import DerControls
from gridbridge.simulation.stations.holdings import Holdings
from gridbridge.simulation.stations.lag import Lagged

if TYPE_CHECKING:
    from gridbridge.simulation.electrics import Volts
    from gridbridge.simulation.spec import Station
    from gridbridge.simulation.stations.session import Session


class Hardware:
    """What stands in the car park."""

    def __init__(
        self, spec: Station, *, nominal_volts: float, seed: int, battery_speed: float
    ) -> None:
        self.spec = spec
        self.nominal_volts = nominal_volts
        self.outlets = {evse.id: Outlet(spec=evse) for evse in spec.evses}
        self.holdings = Holdings(spec.protocol)
        self.der = DerControls()
        self.volts: Volts = (nominal_volts, nominal_volts, nominal_volts)
        self._speed = battery_speed
        self._random = Random(f"{seed}:{spec.id}")
        self._cap: Lagged[Cap] = Lagged(Cap())

    def allowed(
        self, evse: int, session: Session | None, *, now: float, offline_s: float
    ) -> Allowance:
        """What the profiles held, and the DER controls, let an EVSE do now."""
        if self.spec.behaviour.lies:
            return UNLIMITED
        outlet = self.outlets[evse]
        found = allowance(
            self.holdings.all,
            protocol=self.spec.protocol,
            evse=evse,
            conditions=self._conditions(session, now, offline_s),
            plug=outlet.plug(self.nominal_volts),
            soc=outlet.soc if outlet.spec.dc is not None else None,
            priority=session is not None and session.priority,
        )
        if found.mode == "Idle":
            return replace(found, limit=0.0)
        return self._within_der(found, outlet, now)

    def _within_der(self, found: Allowance, outlet: Outlet, now: float) -> Allowance:
        """2.1 R04: LimitMaxDischarge is a percentage of the most the EVSE can discharge."""
        control = self.der.in_force("LimitMaxDischarge", now)
        if control is None or outlet.spec.dc is None or (found.setpoint or 0.0) >= 0:
            return found
        share_of_max = control.body.get("pctMaxDischargePower", 100.0) / 100.0
        floor = -share_of_max * outlet.spec.dc.max_discharge_w
        return replace(found, setpoint=max(found.setpoint or 0.0, floor))

    def cap(self, *, now: float, offline_s: float) -> Cap:
        """What the station as a whole may draw."""
        if self.spec.behaviour.lies:
            return Cap()
        return station_cap(self.holdings.all, self._conditions(None, now, offline_s))

    @staticmethod
    def _conditions(session: Session | None, now: float, offline_s: float) -> Conditions:
        return Conditions(
            now=now,
            transaction=None if session is None else session.transaction,
            transaction_start=None if session is None else session.started,
            offline_s=offline_s,
        )

    def step(
        self,
        *,
        now: float,
        dt: float,
        volts: Volts,
        sessions: dict[int, Session],
        offline_s: float,
    ) -> None:
        """Let power flow for `dt` seconds up to `now`, as what holds has it."""
        self.volts = volts
        for evse, outlet in self.outlets.items():
            if outlet.enabled:
                allowed = self.allowed(evse, sessions.get(evse), now=now, offline_s=offline_s)
                outlet.allowed.follow(allowed, now=now, lag=self._lag)
        self._cap.follow(self.cap(now=now, offline_s=offline_s), now=now, lag=self._lag)
        outlets = list(self.outlets.values())
        offers = share(
            outlets,
            feed_amps=self.spec.feed_amps,
            cap=self._cap.value,
            volts=self.nominal_volts,
        )
        for outlet, offer in zip(outlets, offers, strict=True):
            outlet.run(offer, volts=volts, dt=dt, speed=self._speed)

    def forget(self) -> None:
        """Hold no profile any more, and run without limits at once."""
        self.holdings.forget()
        self._cap.reset(Cap())
        for outlet in self.outlets.values():
            outlet.allowed.reset(UNLIMITED)

    def _lag(self) -> float:
        """How long this change takes: between half and nine tenths of the settle time."""
        return self.spec.behaviour.settle_s * self._random.uniform(0.5, 0.9)
