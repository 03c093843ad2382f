"""What cars drew, as recorded, and what of it another policy lets in.

What a car would have drawn had it been allowed more is in no log. So it draws what it drew, and
where that is more than it is allowed, what it is allowed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.domain.ids import EvseRef
from gridbridge.domain.site import Evse, Kind
from gridbridge.domain.units import Amperes, Instant, Seconds, Watts
from gridbridge.engine.site.wires import power_of

if TYPE_CHECKING:
    from gridbridge.domain.facts import Metered, Reading
    from gridbridge.engine.site.engine import SiteEngine
    from gridbridge.engine.site.state import EvseState

HOLDS = Seconds(300.0)
"""How long a power counts that no newer one followed."""


class Draws:
    """The newest powers of one site, by column, beside the engine that allows them or not."""

    def __init__(self, engine: SiteEngine) -> None:
        self._engine = engine
        self._powers: dict[int, tuple[Instant, Watts]] = {}
        wires = engine.wires
        self._own = [
            engine.state.stations[evse.ref.station].evses[evse.ref.evse] for evse in wires.evses
        ]

    def own(self, column: int) -> EvseState:
        """The engine's state of an EVSE."""
        return self._own[column]

    def power(self, column: int, at: Instant) -> Watts | None:
        """What it drew from the grid, as recorded; None where no meter tells."""
        taken, power = self._powers.get(column, (Instant(0.0), Watts(0.0)))
        return power if at - taken < HOLDS else None

    def allowed(self, column: int, at: Instant) -> Watts:
        """What it may draw from the grid by what it was told, at the voltage metered."""
        wires, desired = self._engine.wires, self._own[column].desired
        evse = wires.evses[column]
        if desired is None:
            return self._at(column, evse.max_amps)
        period = None if desired.schedule is None else desired.schedule.at(at)
        if evse.kind is Kind.DC:
            watts = desired.standing_w if period is None else period.limit_w
            return wires.grid_power(evse, watts) if watts > 0.0 else Watts(0.0)
        return self._at(column, desired.standing_amps if period is None else period.limit)

    def drawn(self, column: int, at: Instant) -> Watts | None:
        """What of its power is let in."""
        power = self.power(column, at)
        return None if power is None else Watts(min(power, self.allowed(column, at)))

    def expires(self, column: int) -> Instant:
        """When its newest power counts no longer."""
        taken, _ = self._powers.get(column, (Instant(0.0), Watts(0.0)))
        return Instant(taken + HOLDS)

    def take(self, fact: Metered, at: Instant) -> Metered:
        """Remember what was metered; return what meters would have said of what is let in."""
        evses = [each for each in fact.readings if each.evse > 0]
        cut = {id(each): self._cut(each, at) for each in evses}
        spared = sum(
            max(power - self.allowed(column, at), 0.0)
            for column, own in enumerate(self._own)
            if own.has_car and (power := self.power(column, at)) is not None
        )
        meter = self._engine.site.meter
        return replace(
            fact,
            readings=tuple(
                cut[id(each)]
                if each.evse > 0
                else replace(each, power=Watts(each.power - spared))
                if each.power is not None and meter is not None and meter.station == each.station
                else each
                for each in fact.readings
            ),
        )

    @property
    def _volts(self) -> float:
        return self._engine.state.volts or self._engine.wires.phase_voltage

    def _at(self, column: int, amps: Amperes) -> Watts:
        return Watts(float(self._engine.wires.most_per_amp[column] * self._volts * amps))

    def _cut(self, reading: Reading, at: Instant) -> Reading:
        column = self._engine.wires.column.get(EvseRef(reading.station, reading.evse))
        if column is None:
            return reading
        evse = self._engine.wires.evses[column]
        power = _power(reading, evse, self._volts)
        if power is None:
            return reading
        grid = self._engine.wires.grid_power(evse, power)
        self._powers[column] = (at, grid)
        allowed = self.allowed(column, at)
        if grid <= allowed:
            return reading
        share = allowed / grid
        amps = reading.amps
        if amps is not None:
            first, second, third = (None if a is None else Amperes(a * share) for a in amps)
            amps = (first, second, third)
        at_evse = None if reading.power is None else Watts(reading.power * share)
        return replace(reading, power=at_evse, amps=amps)


def _power(reading: Reading, evse: Evse, volts: float) -> Watts | None:
    """At the EVSE, by its power or else by its currents."""
    if reading.power is not None:
        return reading.power
    if reading.amps is None or evse.kind is Kind.DC:
        return None
    return power_of(evse, reading.amps, volts)
