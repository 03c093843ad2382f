"""Prometheus metrics, computed at the scrape from what the store shows.

Labels have few values, all of them ours or a schema's: no station and no VTN makes them grow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gridbridge.domain.ids import SiteId
from gridbridge.domain.units import Instant
from gridbridge.domain.views import SiteView, VenView
from gridbridge_http.documents import life_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gridbridge.domain.views import StationView

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Figures(Protocol):
    """What the OCPP server counted since it started; keys as their docstrings say."""

    @property
    def received(self) -> Mapping[tuple[str, str], int]:
        """(protocol, action) of calls from stations."""
        ...

    @property
    def refused(self) -> Mapping[tuple[str, str], int]:
        """(protocol, reason) of what was dropped before it meant anything."""
        ...

    @property
    def sent(self) -> Mapping[tuple[str, str], int]:
        """(protocol, action) of calls to stations."""
        ...

    @property
    def outcomes(self) -> Mapping[tuple[str, str], int]:
        """(protocol, outcome) of calls to stations."""
        ...

    @property
    def profiles(self) -> Mapping[tuple[str, str], int]:
        """(slot, outcome) of profiles."""
        ...

    @property
    def oddities(self) -> Mapping[tuple[str, str], int]:
        """(protocol, reason) of what was read but not taken."""
        ...

    @property
    def connections(self) -> Mapping[str, int]:
        """How attempts to connect ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scrape:
    """Everything that one scrape shows."""

    sites: Sequence[SiteView]
    vens: Sequence[VenView]
    counters: Figures
    certificates: Mapping[str, Instant]
    """When each ends, by name."""
    store_up: bool
    version: str
    quarantined: int
    """Files."""
    faults: Mapping[SiteId, int]
    """How often the engine of a site raised here."""
    now: Instant

    def text(self) -> bytes:
        """The exposition; what is not known has no sample rather than a zero."""
        registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=registry)
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """As the registry asks for it."""
        yield _gauge("build_info", "Always 1; the version is the label.", ["version"],
                     [((self.version,), 1.0)])  # fmt: skip
        yield GaugeMetricFamily(
            "gridbridge_store_up", "1 while the store answers.", value=float(self.store_up)
        )
        yield GaugeMetricFamily(
            "gridbridge_config_quarantined_files",
            "Site files that this gateway left out because of an error in them.",
            value=float(self.quarantined),
        )
        yield _gauge(
            "certificate_expiry_seconds",
            "How long one of our certificates is still valid; negative once it is not.",
            ["name"],
            [((name,), end - self.now) for name, end in self.certificates.items()],
        )
        yield _counter(
            "engine_faults",
            "How often the engine of a site raised in this gateway, and stopped that site alone.",
            ["site"],
            [((site,), count) for site, count in self.faults.items()],
        )
        yield from self._of_sites()
        yield from self._of_vens()
        yield from _of_stations(self.counters)

    def _of_sites(self) -> Iterator[Metric]:
        limits = [((v.site,), v.limit) for v in self.sites if v.limit is not None]
        yield _gauge("site_limit_watts", "What the EVSEs may draw together.", ["site"], limits)
        yield _gauge(
            "site_power_watts",
            "What the EVSEs draw at the grid side.",
            ["site"],
            [((v.site,), v.power) for v in self.sites],
        )
        yield _gauge(
            "site_readings_complete",
            "Whether the draw of every EVSE is known; 0: site_power_watts is a part of it.",
            ["site"],
            [((v.site,), int(v.complete)) for v in self.sites],
        )
        yield _gauge(
            "site_headroom_watts",
            "What the connection leaves to the EVSEs after the loads nobody controls.",
            ["site"],
            [((v.site,), v.import_w - v.reserve) for v in self.sites],
        )
        yield _gauge(
            "site_shown_timestamp_seconds",
            "When the site's owner last showed it.",
            ["site"],
            [((v.site,), v.at) for v in self.sites],
        )
        states = [
            ((v.site, state), sum(_state(each) == state for each in v.stations))
            for v in self.sites
            for state in ("connected", "silent", "never_seen")
        ]
        yield _gauge("stations", "Configured stations.", ["site", "state"], states)
        alarms = Counter((v.site, alarm.name) for v in self.sites for alarm in v.alarms)
        yield _gauge("alarms", "What a person should know now.", ["site", "alarm"], alarms.items())

    def _of_vens(self) -> Iterator[Metric]:
        events = Counter(
            (ven.ven, life_of(event.status, event.start, event.end, self.now))
            for ven in self.vens
            for event in ven.events
        )
        yield _gauge(
            "openadr_events", "Events that the VEN keeps.", ["ven", "status"], events.items()
        )
        yield _gauge(
            "openadr_vtn_lost",
            "1 while a program counts its VTN as lost.",
            ["ven"],
            [((ven.ven,), ven.lost) for ven in self.vens],
        )
        yield _gauge(
            "openadr_registered",
            "1 while the VEN is registered with its VTN.",
            ["ven"],
            [((ven.ven,), ven.registered) for ven in self.vens],
        )
        yield _gauge(
            "openadr_heard_timestamp_seconds",
            "When the VTN last answered, to a minute; not there before it ever did.",
            ["ven"],
            [((ven.ven,), ven.heard) for ven in self.vens if ven.heard is not None],
        )
        alarms = Counter((ven.ven, alarm.name) for ven in self.vens for alarm in ven.alarms)
        yield _gauge(
            "openadr_alarms",
            "What a person should know of a VEN now.",
            ["ven", "alarm"],
            alarms.items(),
        )
        yield _gauge(
            "openadr_reports_waiting",
            "Reports that the VTN has not confirmed.",
            ["ven"],
            [((ven.ven,), ven.reports_waiting) for ven in self.vens],
        )


def _of_stations(counters: Figures) -> Iterator[Metric]:
    messages = [
        ((direction, version, action), count)
        for direction, counted in (("received", counters.received), ("sent", counters.sent))
        for (version, action), count in counted.items()
    ]
    yield _counter("ocpp_messages", "Calls.", ["direction", "version", "action"], messages)
    yield _counter(
        "ocpp_call_results",
        "What became of calls to stations.",
        ["version", "outcome"],
        counters.outcomes.items(),
    )
    yield _counter(
        "ocpp_refused",
        "Messages dropped before they meant anything.",
        ["version", "reason"],
        counters.refused.items(),
    )
    yield _counter(
        "ocpp_oddities",
        "Content that was read but not taken.",
        ["version", "reason"],
        counters.oddities.items(),
    )
    connections = [((outcome,), count) for outcome, count in counters.connections.items()]
    yield _counter("ocpp_connections", "Attempts to connect.", ["outcome"], connections)
    yield _counter(
        "profile_results", "Answers to profiles.", ["slot", "status"], counters.profiles.items()
    )


def _state(station: StationView) -> str:
    if station.connected:
        return "connected"
    return "silent" if station.seen else "never_seen"


def _gauge(
    name: str, words: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], float]]
) -> Metric:
    family = GaugeMetricFamily(f"gridbridge_{name}", words, labels=labels)
    for values, number in samples:
        family.add_metric(values, float(number))
    return family


def _counter(
    name: str, words: str, labels: Sequence[str], samples: Iterable[tuple[Sequence[str], int]]
) -> Metric:
    # The client adds `_total`.
    family = CounterMetricFamily(f"gridbridge_{name}", words, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family
