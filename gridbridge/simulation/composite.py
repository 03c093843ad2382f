"""What all profiles of a station together allow at an instant: the merge rules of 1.6, 2.0.1, 2.1.

Written from the standard alone, by looking at every profile at the one instant that is asked for.
Where nothing is valid, nothing limits: a station without a valid profile charges at full power.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.simulation.periods import Conditions, Held, Profile, boundaries, period_at
from gridbridge.simulation.spec import Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_MAX = {"ChargePointMaxProfile", "ChargingStationMaxProfile"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plug:
    """What turns a wire limit into the EVSE's own unit."""

    dc: bool
    """DC counts in W at the output, AC in A per conductor."""
    conductors: int = 3
    volts: float = 230.0
    """Nominal, line to neutral."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What an EVSE may and should do now, in its own unit (A per conductor, or W of DC output)."""

    limit: float | None = None
    """None: unlimited."""
    setpoint: float | None = None
    """2.1: what it should run at, discharge negative; None: as much as the limit lets."""
    discharge_limit: float | None = None
    """2.1: zero or below; None: not limited."""
    mode: str = "ChargingOnly"


UNLIMITED = Allowance()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """What all EVSEs of a station together may draw; both hold."""

    amps: float | None = None
    """Per wire."""
    watts: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ruling:
    """A profile and the period of it that rules."""

    held: Held
    period: Profile

    @property
    def unit(self) -> str:
        return str(self.held.schedule["chargingRateUnit"])


def allowance(
    profiles: Sequence[Held],
    *,
    protocol: Protocol,
    evse: int,
    conditions: Conditions,
    plug: Plug,
    soc: float | None = None,
    priority: bool = False,
) -> Allowance:
    """Merge what binds one EVSE now; `priority` says that priority charging is active (2.1 K21).

    TxProfile replaces TxDefaultProfile, even where it allows more; the station's maximum and
    external constraints are combined with it by minimum (1.6 ed. 2 section 3.13, 2.x SC.01).
    """
    ruling = _transaction(profiles, protocol, evse, conditions, priority=priority)
    caps = [
        each
        for purpose in (*_MAX, "ChargingStationExternalConstraints")
        for at in {0, evse}
        if (each := _highest(profiles, purpose, {at}, conditions))
    ]
    limits = [limit for each in caps if (limit := _field(each, "limit", plug)) is not None]
    if ruling is None:
        return Allowance(limit=min(limits, default=None))
    own = _at_soc(ruling, _field(ruling, "limit", plug), plug, soc)
    limits += [own] if own is not None else []
    limit = min(limits, default=None)
    generation = _highest(profiles, "LocalGeneration", {0, evse}, conditions)
    if limit is not None and generation is not None:
        # 2.1 K27: what is generated on site comes on top of the merged limit.
        limit += _field(generation, "limit", plug) or 0.0
    discharge = _field(ruling, "dischargeLimit", plug)
    return Allowance(
        limit=limit,
        setpoint=_cut(_field(ruling, "setpoint", plug), limit, discharge),
        discharge_limit=discharge,
        mode=str(ruling.period.get("operationMode", "ChargingOnly")),
    )


def station_cap(profiles: Sequence[Held], conditions: Conditions) -> Cap:
    """What the station as a whole is capped at: its maximum profile on connector or EVSE 0."""
    amps: float | None = None
    watts: float | None = None
    for purpose in (*_MAX, "ChargingStationExternalConstraints"):
        ruling = _highest(profiles, purpose, {0}, conditions)
        if ruling is None or "limit" not in ruling.period:
            continue
        value = float(ruling.period["limit"])
        if ruling.unit == "A":
            amps = value if amps is None else min(amps, value)
        else:
            watts = value if watts is None else min(watts, value)
    return Cap(amps=amps, watts=watts)


def steps(profiles: Sequence[Held], conditions: Conditions, until: float) -> list[float]:
    """The instants from now to `until` at which the composite may change; now comes first."""
    marks = {mark for held in profiles for mark in boundaries(held, conditions, until)}
    return [conditions.now, *sorted(marks)]


def _highest(
    profiles: Iterable[Held], purpose: str, evses: set[int], c: Conditions
) -> _Ruling | None:
    """Of one purpose the highest stack level that says something now."""
    ruling = [
        _Ruling(held=held, period=period)
        for held in profiles
        if held.purpose == purpose
        and held.evse in evses
        and (period := period_at(held, c)) is not None
    ]
    return max(ruling, key=lambda each: each.held.stack_level, default=None)


def _transaction(
    profiles: Sequence[Held], protocol: Protocol, evse: int, c: Conditions, *, priority: bool
) -> _Ruling | None:
    if priority:
        prior = _highest(profiles, "PriorityCharging", {0, evse}, c)
        if prior is not None:
            return prior
    own = _highest(profiles, "TxProfile", {evse}, c)
    if own is not None:
        return own
    if protocol is Protocol.V16:
        # 1.6 section 3.13.1: a default for one connector replaces that for all of them there.
        return _highest(profiles, "TxDefaultProfile", {evse}, c) or _highest(
            profiles, "TxDefaultProfile", {0}, c
        )
    return _highest(profiles, "TxDefaultProfile", {0, evse}, c)


def _field(ruling: _Ruling, name: str, plug: Plug) -> float | None:
    """A power of the ruling period in the EVSE's own unit; None where it is not given."""
    if name not in ruling.period:
        return None
    value = float(ruling.period[name])
    if plug.dc or ruling.unit == "A":
        return value
    # A limit in W is the sum of the phases; without numberPhases it is 3, and never more than
    # there are conductors (1.6 section 7.14, 2.x K01.FR.49-51; nominal phase voltage).
    phases = min(int(ruling.period.get("numberPhases", 3)), plug.conductors)
    return value / (plug.volts * phases)


def _at_soc(ruling: _Ruling, limit: float | None, plug: Plug, soc: float | None) -> float | None:
    """2.1 limitAtSoC: from that state of charge on, another limit; ignored while it is unknown."""
    rule = ruling.held.schedule.get("limitAtSoC")
    if rule is None or soc is None or soc * 100.0 < rule["soc"]:
        return limit
    least = _field(_Ruling(held=ruling.held, period={"limit": rule["limit"]}), "limit", plug)
    return least if limit is None else min(limit, least or 0.0)


def _cut(setpoint: float | None, limit: float | None, discharge: float | None) -> float | None:
    """A positive setpoint is cut to the limit, a negative one to the discharge limit (SC.01)."""
    if setpoint is None:
        return None
    if setpoint >= 0:
        return setpoint if limit is None else min(setpoint, limit)
    return setpoint if discharge is None else max(setpoint, discharge)


def composite_periods(
    at: Callable[[float], float | None], marks: Sequence[float], unlimited: float
) -> list[dict[str, float | int]]:
    """A composite schedule: (startPeriod, limit) from the first mark on, equal neighbours merged.

    `at` tells the limit at an instant in the unit asked for; `unlimited` stands for None.
    """
    periods: list[dict[str, float | int]] = []
    for mark in marks:
        value = at(mark)
        limit = round(unlimited if value is None else value, 1)
        if not periods or periods[-1]["limit"] != limit:
            periods.append({"startPeriod": int(mark - marks[0]), "limit": limit})
    return periods
