"""Whether limits held: the definition of a violation, applied to what was measured.

A grid limit counts as exceeded from max(its start, its arrival + 15 s + the longest settle time of
the stations it cuts); a connection, breaker or phase at any time; both beyond 1 % and 5 s of meter
noise. A target that was not met is told, and is no violation.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from gridbridge.simulation.record import Series
from gridbridge.simulation.spec import GridLimit, LimitKind, Site
from gridbridge.simulation.tree import path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gridbridge.simulation.record import SiteRecord

REACTION_S = 15.0
NOISE = 0.01
TARGET_TOLERANCE = 0.1
"""A target counts as met within a tenth: the losses of power electronics lie between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridVerdict:
    """What became of one grid limit."""

    limit: GridLimit
    counted_from: float
    highest_w: float | None
    """The highest 5-s average where it counts; None: it never counted for 5 s."""
    exceeded: bool
    met: bool | None
    """Of a target: whether it was reached; None for limits."""
    calm_at: float | None
    """When the metered power came to the limit and stayed there; None: it never did."""

    @property
    def drop_s(self) -> float | None:
        """From the VTN's answer to the metered drop."""
        return None if self.calm_at is None else max(0.0, self.calm_at - self.limit.arrival)

    @property
    def after_due_s(self) -> float | None:
        """The same from its start where that is later than the answer; 0: in time."""
        due = max(self.limit.arrival, self.limit.start)
        return None if self.calm_at is None else max(0.0, self.calm_at - due)


@dataclass(frozen=True, slots=True, kw_only=True)
class HardVerdict:
    """What became of a connection or of one phase of a breaker."""

    site: str
    what: str
    """``connection``, ``export`` or ``NODE L2``."""
    limit: float
    highest: float
    """The highest 5-s average over everything measured."""
    unit: str
    exceeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CarGot:
    """What one car got out of its visit."""

    car: str
    station: str
    evse: int
    charged_wh: float
    """At the plug."""
    discharged_wh: float
    soc_before: float
    soc_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything the demo's exit code hangs on."""

    grid: tuple[GridVerdict, ...]
    hard: tuple[HardVerdict, ...]
    cars: tuple[CarGot, ...]

    @property
    def violations(self) -> int:
        """How many limits were exceeded."""
        return sum(v.exceeded for v in self.grid) + sum(v.exceeded for v in self.hard)


def counted_from(limit: GridLimit, site: Site) -> float:
    """From when on a grid limit counts."""
    settle = max(
        (
            station.behaviour.settle_s
            for station in site.stations
            if _is_cut(limit, site, station.node)
        ),
        default=0.0,
    )
    return max(limit.start, limit.arrival + REACTION_S + settle)


def _is_cut(limit: GridLimit, site: Site, node: str) -> bool:
    name = limit.applies_to.removeprefix("circuit:")
    return name == limit.applies_to or name in path(site, node)


def judge_grid(limit: GridLimit, site: Site, record: SiteRecord) -> GridVerdict:
    """Hold one grid limit against what was measured."""
    series = record.series(limit.applies_to)
    start = counted_from(limit, site)
    highest = series.highest_average(start, limit.end)
    most = limit.watts + NOISE * abs(limit.watts)
    wanted = limit.watts + TARGET_TOLERANCE * abs(limit.watts)
    target = limit.kind is LimitKind.TARGET
    return GridVerdict(
        limit=limit,
        counted_from=start,
        highest_w=highest,
        exceeded=not target and highest is not None and highest > most,
        met=(highest is not None and highest <= wanted) if target else None,
        calm_at=series.first_calm(
            max(limit.arrival, min(limit.start, limit.end)) if target else limit.arrival,
            limit.end,
            wanted if target else most,
        ),
    )


def judge_hard(site: Site, record: SiteRecord) -> list[HardVerdict]:
    """Hold connection and breakers against what was measured, from the first sample on."""
    connection = record.connection_w
    exported = [-value for value in connection.values]
    found = [
        _hard(site, "connection", site.import_w, connection, "W"),
        _hard(site, "export", site.export_w, _series(connection.times, exported), "W"),
    ]
    for node in site.nodes:
        if node.limit_amps is None:
            continue
        for phase, limit in enumerate(node.limit_amps):
            amps = record.node_amps[node.name][phase]
            # A breaker trips on current in either direction.
            either = _series(amps.times, [abs(value) for value in amps.values])
            found.append(_hard(site, f"{node.name} L{phase + 1}", limit, either, "A"))
    return found


def _series(times: Iterable[float], values: Iterable[float]) -> Series:
    made = Series()
    for at, value in zip(times, values, strict=True):
        made.add(at, value)
    return made


def _hard(site: Site, what: str, limit: float, series: Series, unit: str) -> HardVerdict:
    highest = series.highest_average(-inf, inf) or 0.0
    return HardVerdict(
        site=site.id,
        what=what,
        limit=limit,
        highest=highest,
        unit=unit,
        exceeded=highest > limit * (1.0 + NOISE),
    )


def judge(
    sites: Sequence[Site],
    records: Mapping[str, SiteRecord],
    limits: Sequence[GridLimit],
    cars: Sequence[CarGot],
) -> Verdict:
    """Hold everything against what was measured."""
    by_id = {site.id: site for site in sites}
    return Verdict(
        grid=tuple(judge_grid(each, by_id[each.site], records[each.site]) for each in limits),
        hard=tuple(v for site in sites for v in judge_hard(site, records[site.id])),
        cars=tuple(cars),
    )
