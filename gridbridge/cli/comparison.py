"""How ``gridbridge replay --with`` tells what two configurations come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.cli.gateway_api import table_of
from gridbridge.cli.moments import written
from gridbridge.domain.units import Instant
from gridbridge.engine.replay.figures import Figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

UNKNOWN = {
    "cost": "no configuration has a tariff yet",
    "missed_departures": "no fact says when a car leaves or what it needs",
}
ASSUMED = (
    "Both begin from one state and fold the same facts. Stations say yes and cars follow at once; "
    "a car draws what it drew, or what it is allowed where that is less."
)
WHOLE = 0.995
"""Of the time with a car: where a meter tells of less, it is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A configuration, and what the recorded facts come to with it."""

    name: str
    """As the command line calls it."""
    config: str
    stations: frozenset[str]
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two policies over one stretch of time."""

    site: str
    start: Instant
    end: Instant
    policies: tuple[Policy, Policy]

    @property
    def apart(self) -> list[str]:
        """Stations that only one of the configurations has."""
        one, other = self.policies
        return sorted(one.stations ^ other.stations)

    def as_data(self) -> dict[str, object]:
        """For ``--json``."""
        return {
            "site": self.site,
            "from": written(self.start),
            "to": written(self.end),
            "policies": [_policy_data(each) for each in self.policies],
            "stations_apart": self.apart,
            "unknown": UNKNOWN,
        }

    def table(self) -> Table:
        """For people."""
        title = f"{self.site}, {written(self.start)} to {written(self.end)}"
        one, other = self.policies
        rows = [
            (what, was, now)
            for (what, was), (_, now) in zip(_rows(one.figures), _rows(other.figures), strict=True)
        ]
        return table_of(title, ("", one.name, other.name), rows)

    def notes(self) -> Iterator[str]:
        """What the figures rest on, and which are not there."""
        yield ASSUMED
        metered = self.policies[0].figures.metered
        if metered is not None and metered < WHOLE:
            yield (
                f"Of the time with a car {1 - metered:.0%} is not metered, and counts as nothing "
                "drawn."
            )
        if self.apart:
            yield f"Only one of both has {', '.join(self.apart)}."
        yield "Fairness is Jain's index of mean power while plugged in: needs are not known."
        for what, why in UNKNOWN.items():
            yield f"No {what.replace('_', ' ')}: {why}."


def _rows(figures: Figures) -> list[tuple[str, str]]:
    return [
        ("allowed to cars", f"{figures.allowed / 1000:.2f} kWh"),
        ("drawn of it", f"{figures.drawn / 1000:.2f} kWh"),
        ("as recorded", f"{figures.recorded / 1000:.2f} kWh"),
        ("highest minute drawn", f"{figures.peak / 1000:.1f} kW"),
        ("recorded power above the limit", f"{figures.over / 60:.1f} min"),
        ("fairness", "-" if figures.fairness is None else f"{figures.fairness:.3f}"),
        ("sessions", str(figures.sessions)),
        ("writes to stations", str(figures.writes)),
    ]


def _policy_data(policy: Policy) -> dict[str, object]:
    figures = policy.figures
    return {
        "file": policy.name,
        "config": policy.config,
        "allowed_kwh": figures.allowed / 1000,
        "drawn_kwh": figures.drawn / 1000,
        "recorded_kwh": figures.recorded / 1000,
        "peak_kw": figures.peak / 1000,
        "above_limit_minutes": figures.over / 60,
        "fairness": figures.fairness,
        "sessions": figures.sessions,
        "writes": figures.writes,
        "metered_part": figures.metered,
    }
