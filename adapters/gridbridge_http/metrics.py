"""Prometheus metrics, computed at the scrape from what the store shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from prometheus_client import CollectorRegistry, Gauge, generate_latest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.domain.views import SiteView, VenView


class Figures(Protocol):
    """What the OCPP server counts."""

    @property
    def profiles(self) -> Mapping[tuple[str, str], int]:
        """Answers to charging profiles, by slot and outcome."""
        ...


def exposition(
    sites: Sequence[SiteView],
    vens: Sequence[VenView],
    *,
    counters: Figures,
    store_up: bool,
    version: str,
) -> bytes:
    """The text that a scrape gets."""
    registry = CollectorRegistry()
    build = Gauge("gridbridge_build_info", "The version", ["version"], registry=registry)
    build.labels(version).set(1)
    Gauge("gridbridge_store_up", "Whether the store answers", registry=registry).set(store_up)
    profiles = Gauge(
        "gridbridge_profile_results", "Answers to profiles", ["slot", "status"], registry=registry
    )
    for (slot, status), count in counters.profiles.items():
        profiles.labels(slot, status).set(count)
    _of_sites(sites, registry)
    events = Gauge(
        "gridbridge_openadr_events", "Events in the ledger", ["ven", "status"], registry=registry
    )
    for ven in vens:
        for event in ven.events:
            events.labels(ven.ven, event.status.value).inc()
    return generate_latest(registry)


def _of_sites(sites: Sequence[SiteView], registry: CollectorRegistry) -> None:
    limit = Gauge(
        "gridbridge_site_limit_watts", "What the EVSEs may draw", ["site"], registry=registry
    )
    power = Gauge("gridbridge_site_power_watts", "What they draw", ["site"], registry=registry)
    headroom = Gauge("gridbridge_site_headroom_watts", "What is left", ["site"], registry=registry)
    stations = Gauge("gridbridge_stations", "Stations", ["site", "state"], registry=registry)
    for view in sites:
        power.labels(view.site).set(view.power)
        if view.limit is not None:
            limit.labels(view.site).set(view.limit)
            headroom.labels(view.site).set(view.limit - view.power)
        connected = sum(station.connected for station in view.stations)
        stations.labels(view.site, "connected").set(connected)
        stations.labels(view.site, "silent").set(len(view.stations) - connected)
