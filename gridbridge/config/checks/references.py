"""Names of one section that another must know."""

from __future__ import annotations

from collections.abc import Iterable

from gridbridge.config.problems import Findings, did_you_mean
from gridbridge.config.sections.document import Document
from gridbridge.config.sections.signals import NOMINATED
from gridbridge.config.sections.sites import SiteSection

_IMPLIED_CLASS = "default"


def check_references(document: Document, findings: Findings) -> None:
    """Tell every name that leads nowhere, and every one that is taken twice."""
    _programs(document, findings)
    _station_ids(document, findings)
    for name, model in document.models.items():
        for number, evse in model.evses.items():
            if evse.max_kw is not None and model.kind == "ac":
                at = ("models", name, "evses", str(number), "max_kw")
                findings.error(*at, message="max_kw is for kind: dc")
    for name, site in document.sites.items():
        _enrolments(name, site, document, findings)
        _classes(name, site, document, findings)
        if site.meter is not None and site.meter.ocpp not in site.stations:
            hint = did_you_mean(site.meter.ocpp, list(site.stations))
            words = (
                f"the site has no station {site.meter.ocpp!r}{hint} (a meter is the main meter, "
                "EVSE 0, of one of the site's charging stations; no other kind is supported yet)"
            )
            findings.error("sites", name, "meter", "ocpp", message=words)


def _programs(document: Document, findings: Findings) -> None:
    enrolled = {program for site in document.sites.values() for program in site.programs}
    matched: dict[tuple[str, str], str] = {}
    for name, program in document.programs.items():
        at = ("programs", name, "match")
        ven, market = program.match.ven, program.match.market_context
        if ven not in document.vens:
            hint = did_you_mean(ven, list(document.vens))
            findings.error(*at, "ven", message=f"there is no VEN {ven!r}{hint}")
        first = matched.setdefault((ven, market), name)
        if first != name:
            words = f"program {first} has this VEN and market context already"
            findings.error(*at, "market_context", message=words)
        if name not in enrolled:
            words = f"no site takes part in program {name}: its events move nothing"
            findings.warning("programs", name, message=words)


def _station_ids(document: Document, findings: Findings) -> None:
    homes: dict[str, str] = {}
    for name, site in document.sites.items():
        for station in site.stations:
            first = homes.setdefault(station, name)
            if first != name:
                words = f"station {station} belongs to site {first} already"
                findings.error("sites", name, "stations", station, message=words)


def _enrolments(name: str, site: SiteSection, document: Document, findings: Findings) -> None:
    for program, part in site.programs.items():
        at = ("sites", name, "programs", program)
        if program not in document.programs:
            hint = did_you_mean(program, list(document.programs))
            findings.error(*at, message=f"there is no program {program!r}{hint}")
            continue
        levels = document.programs[program].signals.simple.items()
        needing = [str(number) for number, level in levels if level.shed_kw == NOMINATED]
        if needing and part.nominated_kw is None:
            words = f"nominated_kw is missing: SIMPLE {', '.join(needing)} sheds what is nominated"
            findings.error(*at, message=words)


def _classes(name: str, site: SiteSection, document: Document, findings: Findings) -> None:
    known = {_IMPLIED_CLASS, *document.classes}
    for identity, station in site.stations.items():
        at = ("sites", name, "stations", identity)
        _class(station.vehicle_class, known, at, findings)
        for number, evse in station.evses.items():
            _class(evse.vehicle_class, known, (*at, "evses", str(number)), findings)


def _class(
    written: str | None, known: Iterable[str], at: tuple[str, ...], findings: Findings
) -> None:
    if written is not None and written not in known:
        hint = did_you_mean(written, sorted(known))
        findings.error(*at, "class", message=f"there is no class {written!r}{hint}")
