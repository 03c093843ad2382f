"""The worst that stations may draw and give back, found by brute force.

It shares nothing with the engine but the values of the domain: it keeps every schedule it ever saw
decided, and finds the worst of a station at an instant by looking at each candidate moment in the
window that its clock and inertia allow.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from gridbridge.domain.commands import StationDesired
from gridbridge.domain.ids import EvseRef, StationId
from gridbridge.domain.schedules import Schedule
from gridbridge.domain.site import Evse, Kind, Site, Station
from gridbridge.domain.units import SKEW, Instant
from tests.safety.currents import Currents, most_per_amp
from tests.safety.sites import LEAST_PER_AMP, VOLTS_LOW


@dataclass
class Held:
    """What one EVSE may hold, as the oracle remembers it."""

    secured_at: float | None = None
    accepted: Schedule | None = None
    since: float = 0.0
    told: list[tuple[int, Schedule]] = field(default_factory=list)
    before: list[tuple[Schedule | None, float, bool]] = field(default_factory=list)
    """(schedule, until when its power may linger, nothing was known to hold)."""


@dataclass
class Oracle:
    """The worst that each EVSE may draw, by brute force."""

    site: Site
    held: dict[EvseRef, Held] = field(default_factory=dict)
    seen: set[StationId] = field(default_factory=set)
    connected: set[StationId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.columns = [(s, e) for s in self.site.stations for e in s.evses]
        self.held = {evse.ref: Held() for _, evse in self.columns}
        self.currents = Currents(self.site)
        self.windows = Windows()

    def copy(self) -> Oracle:
        """The same as of now: what happens to one of the two does not reach the other."""
        other = copy(self)
        other.seen, other.connected = set(self.seen), set(self.connected)
        other.held = {
            ref: replace(held, told=[*held.told], before=[*held.before])
            for ref, held in self.held.items()
        }
        return other

    def decided(self, desired: StationDesired) -> None:
        """The station may hold this from now on."""
        for evse in desired.evses:
            assert evse.schedule is not None
            held = self.held[EvseRef(desired.station, evse.evse)]
            held.told.append((desired.version, evse.schedule))

    def secured(self, ref: EvseRef, now: float, settle: float) -> None:
        """The standing profile was accepted."""
        held = self.held[ref]
        if held.secured_at is None:
            held.secured_at = now
            held.before = [(None, now + settle, True)]

    def accepted(self, ref: EvseRef, version: int, now: float, settle: float) -> None:
        """The newest schedule up to that version was accepted; older ones may linger."""
        held = self.held[ref]
        asked = [schedule for told, schedule in held.told if told <= version]
        if not asked:
            return
        lingering = [held.accepted, *asked[:-1]]
        held.before += [(schedule, now + settle, False) for schedule in lingering]
        held.accepted = asked[-1]
        held.told = [(told, schedule) for told, schedule in held.told if told > version]

    def forgot(self, station: StationId) -> None:
        """The station holds nothing it said yes to."""
        for ref in self.held:
            if ref.station == station:
                self.held[ref] = Held()

    def seen_at_or_below(self, ref: EvseRef, taken: float, amps: float) -> None:
        """A reading that shows the cut: what was replaced well before it no longer lingers."""
        held = self.held[ref]
        if held.accepted is None:
            return
        period = held.accepted.at(Instant(taken))
        if period is not None and amps <= period.limit:
            settle = self._settle(ref)
            held.before = [
                (schedule, until, unknown)
                for schedule, until, unknown in held.before
                if taken < until - settle + SKEW
            ]

    def _settle(self, ref: EvseRef) -> float:
        return next(s.settle for s in self.site.stations if s.id == ref.station)

    def worst(self, instants: NDArray[np.float64]) -> NDArray[np.float64]:
        """``[T, N]`` amperes per wire."""
        return np.stack([self._worst(s, e, instants) for s, e in self.columns], axis=1)

    def exports(self, instants: NDArray[np.float64]) -> NDArray[np.float64]:
        """``[T, N]`` watts on the grid side that may come back, magnitudes."""
        return np.stack([self._exports(s, e, instants) for s, e in self.columns], axis=1)

    def _exports(
        self, station: Station, evse: Evse, at: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        held = self.held[evse.ref]
        if station.id not in self.seen:
            return np.zeros(at.shape)
        out = self.windows.out
        most = out(held.accepted, at, station.settle)
        for _, schedule in held.told:
            most = np.maximum(most, out(schedule, at, station.settle))
        for before, until, _ in held.before:
            lingering = out(before, at, station.settle)
            most = np.where(at < until, np.maximum(most, lingering), most)
        if evse.kind is Kind.DC:
            most = np.where(most > 0, np.maximum(most * evse.efficiency - evse.standby_w, 0), 0)
        return most

    def _worst(self, station: Station, evse: Evse, at: NDArray[np.float64]) -> NDArray[np.float64]:
        held = self.held[evse.ref]
        if station.id not in self.seen:
            volts = 400 / 3**0.5 * 0.9
            share = station.absent_w / len(station.evses)
            per_amp = most_per_amp(evse) * volts
            return np.full(at.shape, min(share / per_amp, evse.max_amps))
        forgets = station.forgets_on_reboot or station.forgets_on_reconnect
        if held.secured_at is None or (station.id not in self.connected and forgets):
            return np.full(at.shape, evse.max_amps)
        standing = min(station.offline_amps, evse.max_amps)
        let_in = self.windows.let_in
        most = let_in(held.accepted, standing, at, station.settle)
        for _, schedule in held.told:
            most = np.maximum(most, let_in(schedule, standing, at, station.settle))
        for before, until, unknown in held.before:
            lingering = (
                np.full(at.shape, evse.max_amps)
                if unknown
                else let_in(before, standing, at, station.settle)
            )
            most = np.where(at < until, np.maximum(most, lingering), most)
        return most

    def moments(self, now: float, horizon: float) -> NDArray[np.float64]:
        """Every instant from `now` on at which some worst may change, and just beside it."""
        found = {now, horizon - 1.0}
        for station, evse in self.columns:
            held = self.held[evse.ref]
            late = SKEW + station.settle
            schedules = [
                held.accepted,
                *(s for _, s in held.told),
                *(s for s, _, _ in held.before),
            ]
            for schedule in schedules:
                if schedule is not None:
                    edges = [period.start for period in schedule.periods]
                    found |= {edge + shift for edge in edges for shift in (-SKEW, late)}
            found |= {until for _, until, _ in held.before}
        inside = {t + beside for t in found for beside in (-1e-3, 1e-3)} | {now}
        return np.array(sorted(t for t in inside if now <= t < horizon))


class Windows:
    """The most that schedules let in and out, each looked at once for the same instants.

    Many EVSEs hold the same, and before a decision they hold much of what they hold after it.
    """

    def __init__(self) -> None:
        self._at: NDArray[np.float64] = np.empty(0)
        self._known: dict[Hashable, NDArray[np.float64]] = {}

    def let_in(
        self, schedule: Schedule | None, standing: float, at: NDArray[np.float64], settle: float
    ) -> NDArray[np.float64]:
        """Amperes per wire over ``[at - skew - settle, at + skew]``; after its end as standing."""
        if schedule is None:
            return np.full(at.shape, standing)
        return self._once(
            at, (schedule, settle, standing), lambda: _window(schedule, standing, at, settle)
        )

    def out(
        self, schedule: Schedule | None, at: NDArray[np.float64], settle: float
    ) -> NDArray[np.float64]:
        """Watts at the EVSE over the same window; nothing after its end."""
        if schedule is None or not any((p.setpoint_w or 0.0) < 0.0 for p in schedule.periods):
            return np.zeros(at.shape)
        return self._once(at, (schedule, settle), lambda: _window_out(schedule, at, settle))

    def _once(
        self, at: NDArray[np.float64], key: Hashable, look: Callable[[], NDArray[np.float64]]
    ) -> NDArray[np.float64]:
        if at is not self._at:
            self._at, self._known = at, {}
        if key not in self._known:
            self._known[key] = look()
        return self._known[key]


def _window(
    schedule: Schedule, standing: float, at: NDArray[np.float64], settle: float
) -> NDArray[np.float64]:
    """Each candidate in the window looked at."""
    low, high = at - SKEW - settle, at + SKEW
    limits = np.array([period.limit for period in schedule.periods])
    touched = _touched(schedule, low, high)
    most = np.where(touched, limits, -np.inf).max(axis=1)
    result: NDArray[np.float64] = np.where(
        high >= schedule.until, np.maximum(most, standing), most
    )
    return result


def _window_out(schedule: Schedule, at: NDArray[np.float64], settle: float) -> NDArray[np.float64]:
    out = np.array([max(-(period.setpoint_w or 0.0), 0.0) for period in schedule.periods])
    touched = _touched(schedule, at - SKEW - settle, at + SKEW)
    most: NDArray[np.float64] = np.where(touched, out, 0.0).max(axis=1)
    return most


def _touched(
    schedule: Schedule, low: NDArray[np.float64], high: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """``[T, P]``: whether a period holds anywhere in ``[low, high]``; the first began long ago."""
    inner = [float(period.start) for period in schedule.periods[1:]]
    starts, ends = np.array([-np.inf, *inner]), np.array([*inner, float(schedule.until)])
    touched: NDArray[np.bool_] = (starts <= high[:, None]) & (ends > low[:, None])
    return touched


def most_amps(evse: Evse, watts: float, *, spread: int) -> float:
    """The most that one wire may carry while an EVSE is told `watts`, AC in, DC out.

    An AC EVSE may put all on one wire unless it was metered to spread over `spread` of them.
    """
    if evse.kind is Kind.AC:
        return watts / (VOLTS_LOW * LEAST_PER_AMP[2 if evse.wiring.between else spread])
    drawn = watts / evse.efficiency + evse.standby_w
    return drawn / (VOLTS_LOW * LEAST_PER_AMP[evse.wiring.conductors])
