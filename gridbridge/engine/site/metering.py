"""What meters say: of EVSEs that obey or do not, of the site's other loads, of the supply."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from gridbridge.domain.ids import EvseRef
from gridbridge.domain.site import Evse, Kind, Site, Station
from gridbridge.domain.units import FOREVER, SKEW, Amperes, Instant, Seconds, Watts
from gridbridge.engine.site import baseload
from gridbridge.engine.site.holds import counted_overdraw, kept_fading, most_allowed
from gridbridge.engine.site.urgency import urgency_of
from gridbridge.engine.site.wires import HIGHEST, LOWEST, power_of

if TYPE_CHECKING:
    from gridbridge.domain.facts import Metered, Reading
    from gridbridge.engine.site.finding import Finder
    from gridbridge.engine.site.state import EvseState, StationState
    from gridbridge.engine.site.wires import Wires

FRESH = Seconds(15.0)
"""A reading older than this says nothing of the present."""
CLOCK_BEHIND = Seconds(300.0)
"""A station that sends nothing but late readings for so long has its clock behind by that."""
VOLT_GRAIN = 2.0
VOLTS_FOR = Seconds(900.0)
"""How long a metered voltage says something: a supply moves slowly, and stations meter seldom."""
MOST_VOLTS = 1.2
"""Of the nominal voltage: above this, or below `LOWEST`, it is not the supply that was metered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """What the fullest wire of an EVSE carries; a power alone leaves that open."""

    least: Amperes
    """Spread over all wires, at the highest voltage."""
    likely: Amperes
    """The same at the lowest."""
    most: Amperes
    """All on one wire, unless it was seen to spread."""


class Meters:
    """Folds readings, and knows what they say of the present."""

    def __init__(self, site: Site, wires: Wires, finder: Finder) -> None:
        self._site = site
        self._wires = wires
        self._finder = finder
        self._state = finder.state
        self._urgency = urgency_of(site, wires)
        self._forgets = Instant(0.0)
        """No voltage is too old before."""

    def metered(self, fact: Metered, at: Instant) -> bool:
        """Fold readings; whether a decision may have become due."""
        # What is too old by now first, whether or not somebody looked at the site since it was.
        due = at > self._forgets and self.voltage_moved(at)
        for reading in fact.readings:
            station = self._finder.station(reading.station, reading.epoch)
            if station is None or not _is_of_now(station, reading.taken, at):
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
        base, site = self._state.base, self._site
        was_fresh, surely = baseload.fresh(base, site, at), baseload.surely(base, site, at)
        evses, at_most = self._evse_powers(at)
        moved = baseload.sample(
            base, site, power=reading.power, evses=evses, evses_at_most=at_most, at=at
        )
        return moved or not was_fresh or baseload.surely(base, site, at) != surely

    def _evse_metered(self, reading: Reading, at: Instant) -> bool:
        own = self._finder.evse(reading.station, reading.epoch, reading.evse)
        column = self._wires.column.get(EvseRef(reading.station, reading.evse))
        if own is None or column is None:
            return False
        # By the time of the fact: whether somebody looked at the site since is in no log.
        own.fading = kept_fading(own.fading, at)
        served = self._energy_read(column, own, reading, at)
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
        drawn = self._drawn(evse, own, reading)
        if drawn is None:
            return spread_moved | served
        return (
            spread_moved
            | served
            | (
                self._followed(own, drawn.most, reading.taken)
                and self._finder.fell(reading.station, own, at)
            )
            | self._overdrawn(own, drawn, reading.taken, self._wires.stations[column], evse)
        )

    def _energy_read(self, column: int, own: EvseState, reading: Reading, at: Instant) -> bool:
        """Take a reading over; whether the car's need is another matter by it."""
        before = None if self._urgency is None else self._urgency.grade(column, own, at)
        own.reading = reading.after(own.reading)
        if own.need is not None and own.register is None:
            own.register = own.reading.energy
        return self._urgency is not None and self._urgency.grade(column, own, at) != before

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
        self, own: EvseState, drawn: _Drawn, taken: Instant, station: Station, evse: Evse
    ) -> bool:
        """Metered above all that it may hold: it counts as metered until a meter denies it."""
        was = counted_overdraw(own, evse)
        own.overdraw = None
        if own.secured:
            most = most_allowed(own, station, evse, taken)
            if drawn.least > most + tolerance(most):
                own.overdraw = drawn.likely
        return counted_overdraw(own, evse) != was

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
        if own.reading is None:
            return None
        carried = _carried(evse, own.reading)
        if carried is not None or own.reading.power is None:
            return carried
        return self._wires.grid_amps(evse, own.reading.power)

    def _drawn(self, evse: Evse, own: EvseState, reading: Reading) -> _Drawn | None:
        """What its fullest wire carries by a reading; None: nobody knows."""
        carried = _carried(evse, reading)
        if carried is not None:
            return _Drawn(least=carried, likely=carried, most=carried)
        if reading.power is None:
            return None
        drawn = max(self._wires.grid_power(evse, reading.power), 0.0)
        nominal, wiring = self._wires.phase_voltage, evse.wiring
        low, high = nominal * LOWEST, self._state.volts or nominal * HIGHEST
        ac = evse.kind is Kind.AC
        over = wiring.spread_per_amp(own.spread) if ac else wiring.least_per_amp
        return _Drawn(
            least=Amperes(drawn / (wiring.most_per_amp * high)),
            likely=Amperes(drawn / (wiring.least_per_amp * low)),
            most=Amperes(drawn / (over * low)),
        )

    def evse_power(self, now: Instant) -> Watts:
        """What all EVSEs draw at the grid side now; one without a fresh reading counts as 0.

        None counts for more than it can draw or give: what is subtracted from the site's meter in
        its name would hide a load, or make one up.
        """
        return self._evse_powers(now)[0]

    def _evse_powers(self, now: Instant) -> tuple[Watts, Watts]:
        """(`evse_power`, the same with cars that are not read at the most they can draw)."""
        read, unread = 0.0, 0.0
        per_amp = self._wires.watts_per_amp(self._wires.phase_voltage * MOST_VOLTS)
        for column, evse in enumerate(self._wires.evses):
            own = self._state.stations[self._wires.stations[column].id].evses[evse.ref.evse]
            power = self._power_of(evse, own, now)
            most = float(self._wires.max_amps[column] * per_amp[column])
            if power is not None:
                least = 0.0 if evse.v2x is None else -evse.v2x.max_discharge_w
                read += max(min(self._wires.grid_power(evse, power), most), least)
            elif own.has_car:
                unread += most
        return Watts(read), Watts(read + unread)

    def _power_of(self, evse: Evse, own: EvseState, now: Instant) -> Watts | None:
        """By its power if that is fresh, else by its currents at the nominal voltage."""
        reading = own.reading
        if reading is None:
            return None
        if reading.power is not None and _fresh(own.power_at, now):
            return reading.power
        if reading.amps is not None and _fresh(own.amps_at, now) and evse.kind is Kind.AC:
            return power_of(evse, reading.amps, self._wires.phase_voltage)
        return None

    def voltage_moved(self, at: Instant) -> bool:
        """Take the highest voltage metered lately; whether the site's moved by that."""
        # A wrong voltage makes kilowatts wrong for all: without a credible one the highest counts.
        nominal = self._wires.phase_voltage
        low, high = LOWEST * nominal, MOST_VOLTS * nominal
        highest, self._forgets = 0.0, FOREVER
        for station in self._state.stations.values():
            for own in station.evses.values():
                if own.volts_at is None or at - own.volts_at > VOLTS_FOR:
                    continue
                if own.reading is None or own.reading.volts is None:
                    continue
                self._forgets = min(self._forgets, Instant(own.volts_at + VOLTS_FOR))
                for volts in own.reading.volts:
                    if volts is not None and low <= volts <= high:
                        highest = max(highest, volts)
        wanted = (ceil(highest / VOLT_GRAIN) + 1) * VOLT_GRAIN if highest > 0 else 0.0
        # Down only by two grains at a time, so that a voltage on an edge does not flap.
        if wanted == self._state.volts or 0.0 < self._state.volts - wanted < 2 * VOLT_GRAIN:
            return False
        self._state.volts = wanted
        return True


def _carried(evse: Evse, reading: Reading) -> Amperes | None:
    """The current of the fullest wire, where a reading tells it."""
    if evse.kind is Kind.DC or reading.amps is None:
        return None
    carried = [amps for amps in reading.amps if amps is not None]
    return Amperes(max(carried)) if carried else None


def tolerance(limit: float) -> float:
    """How far a metered current may lie above a limit and still count as obeying it."""
    return max(0.02 * limit, 0.5)


def _is_of_now(station: StationState, taken: Instant, at: Instant) -> bool:
    """Whether a reading tells of the present: a station that was away sends what it kept.

    Its clock may be behind, but by the same all the time: what counts is how much later than usual
    a reading comes after its time stamp.
    """
    late = Seconds(at - taken)
    if late > station.lag + FRESH:
        station.late_since = station.late_since or at
        if at - station.late_since <= CLOCK_BEHIND:
            return False
        station.lag = late
    station.lag, station.late_since = min(station.lag, late), None
    return True


def _fresh(metered: Instant | None, now: Instant) -> bool:
    return metered is not None and now - metered <= FRESH
