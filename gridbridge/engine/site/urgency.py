"""How much a car is in a hurry: what it wants and how long it stays, in one number.

    spare    time until it leaves, less what its energy takes at full power
    urgency  5 with nothing to spare, 3 with an hour, 1.4 with nine, 1 with for ever

At ACN in March 2019 (bench `acn`), behind 10 and 40 kW, the 4 in it serves 51.46 and 98.09 % of
the energy, a 1 in its place 51.34 and 97.90 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gridbridge.domain.site import Kind, Objective
from gridbridge.domain.units import FOREVER, HOUR, Instant, Seconds, WattHours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gridbridge.domain.needs import Need
    from gridbridge.domain.site import Evse, Site
    from gridbridge.engine.site.state import EvseState
    from gridbridge.engine.site.wires import Wires

HURRY = 4.0
GRAIN = Seconds(900.0)
"""Time to spare counts in whole quarters of an hour, so that few writes follow from it alone."""
CRUMB = WattHours(1.0)
"""Less than this is nothing: a register counts in whole watt-hours, if as finely as that."""
SPARE_WHERE_UNKNOWN = Seconds(4 * HOUR)
"""A car of which nobody said anything is neither the last to be served nor the first."""
JUST_AFTER = 0.001


class Urgency:
    """The urgency of each EVSE's car, by what was said of it and what was metered since."""

    def __init__(self, wires: Wires) -> None:
        self._fastest = [_fastest(evse, wires.phase_voltage) for evse in wires.evses]

    def of(self, own: Sequence[EvseState], now: Instant) -> NDArray[np.float64]:
        """One number per column, the larger the less it can wait."""
        spare = [self._spare(column, each, now) for column, each in enumerate(own)]
        return 1.0 + HURRY / (1.0 + np.floor(np.array(spare) / GRAIN) * GRAIN / HOUR)

    def grade(self, column: int, own: EvseState, now: Instant) -> tuple[bool, float]:
        """All that sharing knows of a car: whether its need is met, and its urgency."""
        return met(own), self._spare(column, own, now) // GRAIN

    def next_step(self, own: Sequence[EvseState], now: Instant) -> Instant:
        """When the first car's urgency rises by itself; FOREVER where none's does."""
        spares = [
            self._spare(column, each, now)
            for column, each in enumerate(own)
            if each.need is not None and each.need.departure is not None
        ]
        steps = [now + spare % GRAIN + JUST_AFTER for spare in spares if spare > 0.0]
        return Instant(min(steps, default=FOREVER))

    def words(self, column: int, own: EvseState, now: Instant) -> str:
        """The same for people."""
        if met(own):
            return "has what it wanted"
        if own.need is None or own.need.departure is None:
            return "nothing known of its departure"
        return f"{self._spare(column, own, now) / HOUR:.1f} h to spare"

    def _spare(self, column: int, own: EvseState, now: Instant) -> float:
        need = own.need
        if need is None or need.departure is None:
            return SPARE_WHERE_UNKNOWN
        energy = left(own) or 0.0
        return max(need.departure - now - max(energy, 0.0) / self._fastest[column] * HOUR, 0.0)


def urgency_of(site: Site, wires: Wires) -> Urgency | None:
    """What tells how long cars can wait; None where they all count alike."""
    return None if site.objective is Objective.FAIR else Urgency(wires)


def left(own: EvseState) -> WattHours | None:
    """What a car still wants, as far as its meter tells; None: nobody said."""
    if own.need is None or own.need.energy is None:
        return None
    register = None if own.reading is None else own.reading.energy
    if register is None or own.register is None:
        return own.need.energy
    # A register that starts anew has delivered nothing yet.
    return WattHours(own.need.energy - max(register - own.register, 0.0))


def met(own: EvseState) -> bool:
    """Whether a car has what it wanted; one that never said is never sure to."""
    energy = left(own)
    return energy is not None and energy <= CRUMB


def state(own: EvseState, need: Need | None) -> None:
    """From now on this is what the car wants; None: nobody knows."""
    own.need = need
    own.register = None if own.reading is None or need is None else own.reading.energy


def _fastest(evse: Evse, phase_voltage: float) -> float:
    """Watts at the EVSE."""
    if evse.kind is Kind.DC and evse.max_w is not None:
        return max(evse.max_w, 1.0)
    return max(evse.max_amps * evse.wiring.most_per_amp * phase_voltage, 1.0)
