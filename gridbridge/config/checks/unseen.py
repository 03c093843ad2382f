"""Stations that count as nothing until they were first seen: told once for a site, if it matters.

It matters where the stations could together draw more than a circuit or the connection carries,
and nobody wrote, with `absent_kw`, what is to be kept free for those that never came.
"""

from __future__ import annotations

from collections.abc import Sequence

from gridbridge.config.building.electrical import HIGHEST
from gridbridge.config.checks.capacity import on_wire, station_watts, subtree
from gridbridge.config.problems import Findings
from gridbridge.config.sections.document import Document
from gridbridge.domain.site import WIRES, Evse, Site, Station

_ROUNDING = 1e-6
_NAMED = 2


def check_unseen(document: Document, sites: Sequence[Site], findings: Findings) -> None:
    """Tell each site whose stations do not fit together, of those that nothing is kept for."""
    for site in sites:
        unwritten = _unwritten(document, site)
        limit = _exceeded(site) if unwritten else None
        if limit is not None:
            words = (
                f"{_names(unwritten)} as nothing until first connected, and all stations "
                f"together could draw more than {limit}: write absent_kw, what is kept free for "
                "each that never came, or 0"
            )
            findings.warning("sites", site.id, "stations", message=words)


def _unwritten(document: Document, site: Site) -> list[str]:
    sections = document.sites[site.id].stations
    without: list[str] = []
    for identity, section in sections.items():
        model = document.models.get(section.model) if section.model else None
        if section.absent_kw is None and (model is None or model.absent_kw is None):
            without.append(identity)
    return without


def _exceeded(site: Site) -> str | None:
    """The first limit that all stations at their most exceed."""
    for circuit in site.circuits:
        if circuit.limit_amps is None:
            continue
        within = subtree(circuit.name, site)
        for wire, limit in enumerate(circuit.limit_amps):
            if on_wire(site, within, wire, _most).total > limit + _ROUNDING:
                return f"the {limit:.4g} A of {circuit.name} on {WIRES[wire]}"
    highest = site.phase_voltage * HIGHEST
    most = sum(station_watts(station, highest, _most) for station in site.stations)
    return f"import_kw {site.import_w / 1000:g}" if most > site.import_w + _ROUNDING else None


def _most(_station: Station, evse: Evse) -> float:
    return evse.max_amps


def _names(identities: Sequence[str]) -> str:
    shown = ", ".join(identities[:_NAMED])
    more = len(identities) - _NAMED
    if more > 0:
        return f"{shown} and {more} more count"
    return f"{shown} count{'s' if len(identities) == 1 else ''}"
