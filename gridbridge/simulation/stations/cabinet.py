"""The power side of a station: its outlets, the feed they share, the lag behind an answer.

An answer says Accepted at once; the power follows within the model's settle time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from gridbridge.simulation.composite import UNLIMITED, Allowance, Cap, Plug
from gridbridge.simulation.electrics import (
    MIN_AMPS,
    NOTHING,
    Draw,
    Volts,
    ac_draw,
    charged,
    dc_draw,
    wanted_amps,
    wanted_dc_w,
)
from gridbridge.simulation.spec import Car, Evse
from gridbridge.simulation.stations.lag import Lagged


@dataclass(slots=True, kw_only=True)
class Outlet:
    """One EVSE: the car at it, what it may do, what it does, and its registers."""

    spec: Evse
    car: Car | None = None
    soc: float = 0.0
    plugged_at: float = 0.0
    enabled: bool = False
    """Power may flow: the driver is authorised and the transaction runs."""
    draw: Draw = NOTHING
    imported_wh: float = 0.0
    """Registers at the plug, as an outlet's meter counts; they never run back."""
    exported_wh: float = 0.0
    allowed: Lagged[Allowance] = field(default_factory=lambda: Lagged(UNLIMITED))
    """What it may do, followed with the model's lag."""

    def plug(self, nominal_volts: float) -> Plug:
        """What turns a wire limit into this outlet's unit."""
        conductors = len(self.spec.wires)
        return Plug(dc=self.spec.dc is not None, conductors=conductors, volts=nominal_volts)

    def start(self, allowed: Allowance) -> None:
        """Let power flow from now on; a new session starts on what is allowed already."""
        self.enabled = True
        self.allowed.reset(allowed)

    def offer(self) -> float:
        """What the car would take of what the outlet may give, before the feed is shared.

        AC: amperes per conductor. DC: W at the output, negative for a discharge.
        """
        if not self.enabled or self.car is None:
            return 0.0
        obeyed = self.allowed.value
        limit = inf if obeyed.limit is None else obeyed.limit
        if self.spec.dc is not None:
            wish = wanted_dc_w(self.car, self.soc, self.spec.dc)
            asked = obeyed.setpoint
            return min(wish, limit) if asked is None else min(asked, wish, limit)
        if obeyed.setpoint is not None:
            limit = min(limit, max(0.0, obeyed.setpoint))
        wish = wanted_amps(self.car, self.soc)
        # A pilot signal below 6 A does not exist; a nearly full car takes less than it is offered.
        return min(limit, self.spec.max_amps, max(wish, MIN_AMPS)) if wish > 0 else 0.0

    def run(self, offer: float, *, volts: Volts, dt: float, speed: float) -> None:
        """Draw what is offered for `dt` seconds; the battery fills `speed` times as fast."""
        if self.spec.dc is not None:
            self.draw = dc_draw(
                self.car if self.enabled else None,
                self.soc,
                asked_w=offer,
                dc=self.spec.dc,
                volts=volts,
            )
        elif self.car is not None and self.enabled:
            self.draw = ac_draw(
                self.car, self.soc, offered_amps=offer, wires=self.spec.wires, volts=volts
            )
        else:
            self.draw = Draw(conductor_amps=(0.0,) * len(self.spec.wires))
        energy = self.draw.plug_w * dt / 3600.0
        self.imported_wh += max(0.0, energy)
        self.exported_wh += max(0.0, -energy)
        if self.car is not None:
            self.soc = charged(self.car, self.soc, plug_w=self.draw.plug_w, dt=dt, speed=speed)


def share(
    outlets: list[Outlet], *, feed_amps: float | None, cap: Cap, volts: float
) -> list[float]:
    """Bring the offers of all outlets under the feed they share and the cap of the station.

    Equal shares per wire; where a share would fall under 6 A, the car that came last waits.
    """
    offers = [outlet.offer() for outlet in outlets]
    limit = min(inf if feed_amps is None else feed_amps, inf if cap.amps is None else cap.amps)
    ac = [index for index, outlet in enumerate(outlets) if outlet.spec.dc is None]
    waiting = sorted(ac, key=lambda index: -outlets[index].plugged_at)
    while True:
        shared = _level(outlets, offers, ac, limit)
        if cap.watts is not None:
            shared = _under_watts(outlets, shared, cap.watts, volts)
        starved = [i for i in waiting if 0.0 < shared[i] < MIN_AMPS and offers[i] > shared[i]]
        if not starved:
            return shared
        offers[starved[0]] = 0.0


def _level(outlets: list[Outlet], offers: list[float], ac: list[int], limit: float) -> list[float]:
    """Cut the largest offers on each wire until their sum fits."""
    shared = list(offers)
    for wire in range(3):
        on_wire = sorted((i for i in ac if wire in _used(outlets[i])), key=lambda i: shared[i])
        left = limit
        for count, index in enumerate(on_wire):
            fair = left / (len(on_wire) - count)
            shared[index] = min(shared[index], fair)
            left -= shared[index]
    return shared


def _under_watts(
    outlets: list[Outlet], offers: list[float], watts: float, volts: float
) -> list[float]:
    """The same for a cap in W on everything that charges."""
    shared = list(offers)
    each = [
        1.0 if outlet.spec.dc is not None else volts * len(_used(outlet)) for outlet in outlets
    ]
    charging = sorted(
        (i for i, offer in enumerate(offers) if offer > 0), key=lambda i: offers[i] * each[i]
    )
    left = watts
    for count, index in enumerate(charging):
        fair = left / (len(charging) - count)
        shared[index] = min(shared[index], fair / max(each[index], 1.0))
        left -= shared[index] * each[index]
    return shared


def _used(outlet: Outlet) -> tuple[int, ...]:
    """The wires that the car at it loads."""
    return () if outlet.car is None else outlet.spec.wires[: outlet.car.phases]
