"""How the demo went: every number of the closing table, and every reason for which it failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gridbridge.app.demo.amounts import kw
from gridbridge.simulation.asking import PRICE
from gridbridge.simulation.meaning import grid_limits
from gridbridge.simulation.spec import LimitKind, Protocol
from gridbridge.simulation.verdict import CarGot, GridVerdict, HardVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge.app.demo.stage import Stage
    from gridbridge.app.demo.witness import Witness
    from gridbridge.simulation.asking import Asked
    from gridbridge.simulation.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class EventResult:
    """What became of one stretch of an event at one site."""

    event: str
    site: str
    kind: LimitKind
    limit_w: float
    arrival: float
    accepted_s: float | None
    """From the VTN's answer to the last acceptance; None: not all stations said yes."""
    drop_s: float | None
    """From the VTN's answer to the metered drop, notice included."""
    after_due_s: float | None
    """The same from when it was due: its start, or the answer where that came later."""
    counted_from_s: float
    """In seconds of the story: its start, or 15 s and the slowest station after the answer."""
    counted_until_s: float
    highest_w: float | None
    """The highest 5-s average where the limit counts; None: it never counted for 5 s."""
    exceeded: bool
    met: bool | None
    """Of a target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationResult:
    """How much one station was written to."""

    station: str
    protocol: str
    profile_writes: int
    faults: tuple[str, ...]
    """Where the gateway broke OCPP's schemas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class V2gResult:
    """What one V2G station was told."""

    station: str
    setpoint_w: float | None
    """The deepest of its CentralSetpoint profiles, discharge negative; None: it got none."""
    max_discharge_controls: int
    """How many LimitMaxDischarge controls it accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The demo's result."""

    events: tuple[EventResult, ...]
    hard: tuple[HardVerdict, ...]
    stations: tuple[StationResult, ...]
    cars: tuple[CarGot, ...]
    v2g: tuple[V2gResult, ...]
    telemetry: dict[str, int]
    """Values of TELEMETRY_USAGE that reached the VTN, by site."""
    answers: dict[str, tuple[str | None, ...]]
    """What the VTN was answered, by event, version after version."""
    violations: int
    seconds: float
    """How long all of it took."""
    failures: tuple[str, ...]
    """Why the demo failed; empty where it did not."""

    @property
    def passed(self) -> bool:
        """Whether everything was as it should be."""
        return not self.failures


def outcome(stage: Stage, witness: Witness, *, seconds: float) -> Outcome:
    """Judge what was measured, answered and accepted."""
    asked = stage.vtn.events
    verdict = stage.world.verdict(grid_limits(stage.story, asked))
    result = Outcome(
        events=tuple(
            _event(each, asked[each.limit.event], stage, witness) for each in verdict.grid
        ),
        hard=verdict.hard,
        stations=tuple(
            StationResult(
                station=name,
                protocol=station.spec.protocol.value,
                profile_writes=station.hardware.holdings.writes,
                faults=tuple(station.faults),
            )
            for name, station in stage.world.stations.items()
        ),
        cars=verdict.cars,
        v2g=_v2g(stage, witness),
        telemetry={
            site.id: sum(sample.r_id == site.id for sample in stage.vtn.samples)
            for site in stage.story.world.sites
        },
        answers={each.id: tuple(v.opt for v in each.versions) for each in asked.values()},
        violations=verdict.violations,
        seconds=seconds,
        failures=(),
    )
    failures = (
        *_limits_broken(verdict),
        *_unanswered(asked.values()),
        *_unobeyed(result, asked.values()),
        *_untold(result),
        *(f"the gateway logged an error: {each}" for each in stage.gateway.errors),
    )
    return replace(result, failures=tuple(failures))


def _event(verdict: GridVerdict, asked: Asked, stage: Stage, witness: Witness) -> EventResult:
    limit = verdict.limit
    accepted = next(
        (
            witness.accepted.get((asked.id, limit.site, version.number))
            for version in asked.versions
            if version.answered_at == limit.arrival
        ),
        None,
    )
    return EventResult(
        event=limit.event,
        site=limit.site,
        kind=limit.kind,
        limit_w=limit.watts,
        arrival=limit.arrival,
        accepted_s=None if accepted is None else accepted.after_s,
        drop_s=verdict.drop_s,
        after_due_s=verdict.after_due_s,
        counted_from_s=stage.world.script_s(verdict.counted_from),
        counted_until_s=stage.world.script_s(limit.end),
        highest_w=verdict.highest_w,
        exceeded=verdict.exceeded,
        met=verdict.met,
    )


def _v2g(stage: Stage, witness: Witness) -> tuple[V2gResult, ...]:
    return tuple(
        V2gResult(
            station=name,
            setpoint_w=found.setpoint_w if (found := witness.discharges.get(name)) else None,
            max_discharge_controls=station.heard["SetDERControl", "Accepted"],
        )
        for name, station in stage.world.stations.items()
        if station.spec.protocol is Protocol.V21
    )


# --- what counts as a failure ------------------------------------------------------------------


def _limits_broken(verdict: Verdict) -> Iterable[str]:
    for each in verdict.grid:
        if each.exceeded:
            yield (
                f"{each.limit.event} at {each.limit.site}: {kw(each.highest_w)} kW drawn"
                f" over {kw(each.limit.watts)} kW"
            )
        elif each.met is False:
            yield (
                f"{each.limit.event} at {each.limit.site}: {kw(each.highest_w)} kW,"
                f" not the {kw(each.limit.watts)} kW asked for"
            )
    for hard in verdict.hard:
        if hard.exceeded:
            yield f"{hard.site} {hard.what}: {hard.highest:.1f} over {hard.limit:g} {hard.unit}"


def _unanswered(asked: Iterable[Asked]) -> Iterable[str]:
    for each in asked:
        for version in each.versions:
            if version.answered_at is None:
                yield f"{each.id} v{version.number}: the VEN never asked for it"
            elif version.opt != "optIn":
                yield f"{each.id} v{version.number}: answered {version.opt or 'nothing'}"


def _unobeyed(result: Outcome, asked: Iterable[Asked]) -> Iterable[str]:
    for each in asked:
        if each.latest.signal.name == PRICE:
            continue
        for site in each.resources:
            stretches = [e for e in result.events if (e.event, e.site) == (each.id, site)]
            if not any(stretch.highest_w is not None for stretch in stretches):
                yield f"{each.id} at {site}: never measured while it counted"
            for stretch in stretches:
                if stretch.accepted_s is None:
                    yield f"{each.id} at {site}: not every station in reach said yes"


def _untold(result: Outcome) -> Iterable[str]:
    for station in result.stations:
        for fault in station.faults:
            yield f"{station.station}: {fault}"
    for v2g in result.v2g:
        if v2g.setpoint_w is None:
            yield f"{v2g.station}: no CentralSetpoint profile with a setpoint below zero"
        if not v2g.max_discharge_controls:
            yield f"{v2g.station}: no SetDERControl LimitMaxDischarge"
    for site, values in result.telemetry.items():
        if not values:
            yield f"{site}: no TELEMETRY_USAGE reached the VTN"
