"""What meters say: of EVSEs that obey or do not, of the site's other loads, of the supply."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from gridbridge.domain.ids import EvseRef
from gridbridge.domain.site import Evse, Kind, Site, Station
from gridbridge.domain.units import SKEW, Amperes, Instant, Seconds, Watts
from gridbridge.engine.site import baseload
from gridbridge.engine.site.holds import most_allowed
from gridbridge.engine.site.wires import LOWEST

if TYPE_CHECKING:
    from gridbridge.domain.facts import Metered, Reading
    from gridbridge.engine.site.finding import Finder
    from gridbridge.engine.site.state import EvseState
    from gridbridge.engine.site.wires import Wires

FRESH = Seconds(15.0)
"""A reading older than this says nothing of the present."""
VOLT_GRAIN = 2.0
VOLTS_FOR = Seconds(900.0)
"""How long a metered voltage says something: a supply moves slowly, and stations meter seldom."""
MOST_VOLTS = 1.2
"""Of the nominal voltage: above this, or below `LOWEST`, it is not the supply that was metered."""


class Meters:
    """Folds readings, and knows what they say of the present."""

    def __init__(self, site: Site, wires: Wires, finder: Finder) -> None:
        self._site = site
        self._wires = wires
        self._finder = finder
        self._state = finder.state

    def metered(self, fact: Metered, at: Instant) -> bool:
        """Fold readings; whether a decision may have become due."""
        due = False
        for reading in fact.readings:
            if self._finder.station(reading.station, reading.epoch) is None:
                continue
            meter = self._site.meter
            if reading.evse == 0:
                if meter is not None and meter.station == reading.station:
                    due |= self._site_metered(reading, at)
                continue
            due |= self._evse_metered(reading, at)
        return self.voltage_moved(at) or due

    def _site_metered(self, reading: Reading, at: Instant) -> bool:
        if reading.power is None:
            return False
        was_fresh = baseload.fresh(self._state.base, self._site, at)
        moved = baseload.sample(
            self._state.base, self._site, power=reading.power, evses=self.evse_power(at), at=at
        )
        return moved or not was_fresh

    def _evse_metered(self, reading: Reading, at: Instant) -> bool:
        own = self._finder.evse(reading.station, reading.epoch, reading.evse)
        column = self._wires.column.get(EvseRef(reading.station, reading.evse))
        if own is None or column is None:
            return False
        own.reading = reading.after(own.reading)
        own.read_at = at
        if reading.power is not None:
            own.power_at = at
        if reading.amps is not None:
            own.amps_at = at
        if reading.volts is not None:
            own.volts_at = at
        evse = self._wires.evses[column]
        spread_moved = self._spread_seen(own, evse)
        # Of this reading alone: what an older one said of the current is not metered now.
        amps = self._amps_in(evse, reading)
        if amps is None:
            return spread_moved
        return (
            spread_moved
            | (
                self._followed(own, self._most_amps_in(evse, own, reading, amps), reading.taken)
                and self._finder.fell(reading.station, own, at)
            )
            | self._overdrawn(own, amps, reading.taken, self._wires.stations[column], evse)
        )

    def _followed(self, own: EvseState, amps: Amperes, taken: Instant) -> bool:
        """A cut is seen: metered at or below what was accepted, after it was accepted."""
        if own.accepted is None or not own.fading:
            return False
        period = own.accepted.at(taken)
        if period is None or amps > period.limit + tolerance(period.limit):
            return False
        # The station's clock may be ahead by the skew: a reading must be later than that to count.
        kept = tuple(fading for fading in own.fading if taken < fading.accepted + SKEW)
        changed = kept != own.fading
        own.fading = kept
        return changed

    def _overdrawn(
        self, own: EvseState, amps: Amperes, taken: Instant, station: Station, evse: Evse
    ) -> bool:
        """Metered above all that it may hold: it counts as metered until a meter denies it."""
        was = own.overdraw
        own.overdraw = None
        if own.secured:
            most = most_allowed(own, station, evse, taken)
            if amps > most + tolerance(most):
                own.overdraw = amps
        if was is None or own.overdraw is None:
            return was is not own.overdraw
        return own.overdraw > was

    @staticmethod
    def _spread_seen(own: EvseState, evse: Evse) -> bool:
        """A balanced reading on all conductors: its power spreads, until a reading denies it."""
        if own.reading is None or own.reading.amps is None or evse.kind is Kind.DC:
            return False
        carried = [amps for amps in own.reading.amps if amps is not None and amps > 1.0]
        if not carried:
            return False
        balanced = min(carried) >= 0.8 * max(carried)
        before = own.spread
        own.spread = len(carried) if balanced and len(carried) <= evse.wiring.conductors else 1
        return own.spread != before

    def drawn_amps(self, evse: Evse, own: EvseState) -> Amperes | None:
        """What it was last metered at per wire on the grid side; None: no reading tells."""
        return None if own.reading is None else self._amps_in(evse, own.reading)

    def _amps_in(self, evse: Evse, reading: Reading) -> Amperes | None:
        if evse.kind is Kind.AC and reading.amps is not None:
            carried = [amps for amps in reading.amps if amps is not None]
            if carried:
                return Amperes(max(carried))
        if reading.power is None:
            return None
        return self._wires.grid_amps(evse, reading.power)

    def _most_amps_in(
        self, evse: Evse, own: EvseState, reading: Reading, amps: Amperes
    ) -> Amperes:
        """The most that one wire may carry by a reading: power alone may all be on one."""
        if evse.kind is Kind.DC or reading.amps is not None:
            return amps
        return Amperes(amps * evse.wiring.conductors / own.spread)

    def evse_power(self, now: Instant) -> Watts:
        """What all EVSEs draw at the grid side now; one without a fresh reading counts as 0.

        None counts for more than it can draw: what is subtracted from the site's meter in its
        name would hide a load.
        """
        total = 0.0
        per_amp = self._wires.watts_per_amp(self._wires.phase_voltage * MOST_VOLTS)
        for column, evse in enumerate(self._wires.evses):
            own = self._state.stations[self._wires.stations[column].id].evses[evse.ref.evse]
            power = self._power_of(evse, own, now)
            if power is not None:
                most = float(self._wires.max_amps[column] * per_amp[column])
                total += min(self._wires.grid_power(evse, power), most)
        return Watts(total)

    def _power_of(self, evse: Evse, own: EvseState, now: Instant) -> Watts | None:
        """By its power if that is fresh, else by its currents at the nominal voltage."""
        reading = own.reading
        if reading is None:
            return None
        if reading.power is not None and _fresh(own.power_at, now):
            return reading.power
        if reading.amps is not None and _fresh(own.amps_at, now) and evse.kind is Kind.AC:
            return Watts(sum(amps or 0.0 for amps in reading.amps) * self._wires.phase_voltage)
        return None

    def voltage_moved(self, at: Instant) -> bool:
        """Take the highest voltage metered lately; whether the site's moved by that."""
        # A wrong voltage makes kilowatts wrong for all: without a credible one the highest counts.
        nominal = self._wires.phase_voltage
        highest = max(
            (
                volts
                for station in self._state.stations.values()
                for own in station.evses.values()
                if own.volts_at is not None and at - own.volts_at <= VOLTS_FOR
                if own.reading is not None and own.reading.volts is not None
                for volts in own.reading.volts
                if volts is not None and LOWEST * nominal <= volts <= MOST_VOLTS * nominal
            ),
            default=0.0,
        )
        wanted = (ceil(highest / VOLT_GRAIN) + 1) * VOLT_GRAIN if highest > 0 else 0.0
        # Down only by two grains at a time, so that a voltage on an edge does not flap.
        if wanted == self._state.volts or 0.0 < self._state.volts - wanted < 2 * VOLT_GRAIN:
            return False
        self._state.volts = wanted
        return True


def tolerance(limit: float) -> float:
    """How far a metered current may lie above a limit and still count as obeying it."""
    return max(0.02 * limit, 0.5)


def _fresh(metered: Instant | None, now: Instant) -> bool:
    return metered is not None and now - metered <= FRESH
