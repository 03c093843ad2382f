"""What several versions ask of a station in the same way: composite schedules, starts, stops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridbridge.simulation.composite import Allowance, composite_periods, steps
from gridbridge.simulation.periods import Conditions
from gridbridge.simulation.stations.session import Session

if TYPE_CHECKING:
    from gridbridge.simulation.stations.frames import Payload
    from gridbridge.simulation.stations.station import Station

Periods = list[dict[str, float | int]]


def composite(station: Station, evse: int, *, now: float, duration: int, unit: str) -> Periods:
    """The composite schedule of an EVSE, or with 0 of the station, from now on.

    Without a transaction it is that of one which starts now, on the defaults (2.x K08).
    """
    hardware = station.hardware
    session = station.sessions.get(evse) or Session(
        evse=evse, token="", started=now, transaction=None, placeholder=0, begin_wh=0.0
    )
    offline_s = station.offline_s(now)
    conditions = Conditions(
        now=now,
        transaction=session.transaction,
        transaction_start=session.started,
        offline_s=offline_s,
    )
    marks = steps(hardware.holdings.all, conditions, now + duration)
    if evse == 0:
        return composite_periods(
            lambda at: _station_limit(station, at, unit), marks, _most(station, 0, unit)
        )

    def limit(at: float) -> float | None:
        allowed = hardware.allowed(evse, session, now=at, offline_s=offline_s)
        return _in_unit(station, evse, allowed, unit)

    return composite_periods(limit, marks, _most(station, evse, unit))


def _station_limit(station: Station, at: float, unit: str) -> float | None:
    cap = station.hardware.cap(now=at, offline_s=0.0)
    per_amp = 3.0 * station.hardware.nominal_volts
    amps = [] if cap.amps is None else [cap.amps]
    amps += [] if cap.watts is None else [cap.watts / per_amp]
    if not amps:
        return None
    return min(amps) if unit == "A" else min(amps) * per_amp


def _in_unit(station: Station, evse: int, allowed: Allowance, unit: str) -> float | None:
    outlet = station.hardware.outlets[evse]
    if allowed.limit is None:
        return None
    if outlet.spec.dc is not None or unit == "A":
        return allowed.limit
    return allowed.limit * station.hardware.nominal_volts * len(outlet.spec.wires)


def _most(station: Station, evse: int, unit: str) -> float:
    """What stands for unlimited: the hardware's maximum."""
    outlets = [o for n, o in station.hardware.outlets.items() if evse in {0, n}]
    full = [
        outlet.spec.dc.max_w
        if outlet.spec.dc is not None
        else _in_unit(station, outlet.spec.id, Allowance(limit=outlet.spec.max_amps), unit) or 0.0
        for outlet in outlets
    ]
    total = sum(full)
    if evse == 0 and station.spec.feed_amps is not None:
        per_amp = 1.0 if unit == "A" else 3.0 * station.hardware.nominal_volts
        return min(total, station.spec.feed_amps * per_amp)
    return total


def stop_transaction(station: Station, transaction: int | str, now: float) -> Payload:
    """RemoteStopTransaction and RequestStopTransaction."""
    for evse, running in station.transactions().items():
        if running == transaction:
            station.stop(evse, now, "Remote")
            return {"status": "Accepted"}
    return {"status": "Rejected"}


def start_transaction(station: Station, evse: int | None, token: str, now: float) -> Payload:
    """RemoteStartTransaction and RequestStartTransaction: only where a car stands idle."""
    idle = [
        n
        for n, outlet in station.hardware.outlets.items()
        if outlet.car is not None and n not in station.sessions and evse in {None, n}
    ]
    if not idle:
        return {"status": "Rejected"}
    station.start(idle[0], token, now)
    return {"status": "Accepted"}


def reset(station: Station, _payload: Payload, _now: float) -> Payload:
    """Reset: answered first, carried out by whoever holds the socket."""
    station.wants_reboot = True
    return {"status": "Accepted"}


def set_meter_interval(station: Station, text: str) -> bool:
    """Change the interval of meter values; False where the text is no positive number."""
    if not text.isdigit() or int(text) < 1:
        return False
    behaviour = replace(station.spec.behaviour, meter_every_s=float(text))
    station.spec = replace(station.spec, behaviour=behaviour)
    return True
