"""kW on one side of an EVSE to amperes per wire on the other."""

from __future__ import annotations

from math import sqrt

from gridbridge.domain.site import Wiring
from gridbridge.domain.units import Amperes, Watts

# EN 50160: a supply runs within 10 % of its nominal voltage.
LOWEST = 0.9
HIGHEST = 1.1

# Between two wires lies the line-to-line voltage, not twice the one to neutral.
_PER_PHASE_VOLTAGE = {1: 1.0, 2: sqrt(3), 3: 3.0}


def watts(kw: float) -> Watts:
    """Configured kW as W."""
    return Watts(kw * 1000.0)


def grid_amps(
    power: float, *, efficiency: float, standby: float, wiring: Wiring, phase_voltage: float
) -> Amperes:
    """The most current per wire that an EVSE needs to give out `power` (W), losses included.

    `phase_voltage` is the nominal one, line to neutral; the lowest of the supply counts.
    """
    drawn = power / efficiency + standby
    return Amperes(drawn / (_PER_PHASE_VOLTAGE[wiring.conductors] * phase_voltage * LOWEST))
