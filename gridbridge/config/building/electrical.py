"""kW on one side of an EVSE to amperes per wire on the other."""

from __future__ import annotations

from gridbridge.domain.site import Wiring
from gridbridge.domain.units import Amperes, Watts

# EN 50160: a supply runs within 10 % of its nominal voltage.
LOWEST = 0.9
HIGHEST = 1.1


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
    return Amperes(drawn / (wiring.least_per_amp * phase_voltage * LOWEST))


def most_returned(
    amps: float, *, efficiency: float, standby: float, wiring: Wiring, phase_voltage: float
) -> Watts:
    """The most power (W) that an EVSE could take back from a car through `amps` per wire.

    At the highest voltage of the supply, and with what is lost and used on the way to it.
    """
    fed_back = amps * wiring.least_per_amp * phase_voltage * HIGHEST
    return Watts((fed_back + standby) / efficiency)
