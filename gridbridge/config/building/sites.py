"""One site."""

from __future__ import annotations

from gridbridge.config.building.circuits import build_circuits
from gridbridge.config.building.electrical import watts
from gridbridge.config.building.evses import DEFAULT_CLASS
from gridbridge.config.building.stations import build_station
from gridbridge.config.problems import Findings, KeyPath, did_you_mean
from gridbridge.config.sections.document import Document
from gridbridge.config.sections.sites import SiteSection
from gridbridge.domain.ids import ProgramName, SiteId, StationId
from gridbridge.domain.site import (
    Circuit,
    Enrolment,
    Load,
    Mode,
    Objective,
    Site,
    SiteMeter,
    Station,
    VehicleClass,
)
from gridbridge.domain.units import Amperes, Seconds


def build_site(name: str, document: Document, findings: Findings) -> Site | None:
    """A site as the engines know it; None where one of its parts cannot be built."""
    section = document.sites[name]
    at: KeyPath = ("sites", name)
    before = findings.errors
    circuits = build_circuits(
        section.circuits, voltage=section.voltage, at=(*at, "circuits"), findings=findings
    )
    if not circuits:
        return None
    stations = _stations(document, section, circuits, at, findings)
    loads = _loads(section, circuits, at, findings)
    if findings.errors > before:
        return None
    return Site(
        id=SiteId(name),
        mode=Mode(section.mode),
        timezone=section.timezone,
        voltage=section.voltage,
        import_w=watts(section.import_kw),
        export_w=watts(section.export_kw),
        circuits=circuits,
        stations=stations,
        loads=loads,
        meter=_meter(section),
        classes=_classes(document),
        enrolments=_enrolments(section),
        objective=Objective(section.objective),
    )


def _stations(
    document: Document,
    section: SiteSection,
    circuits: tuple[Circuit, ...],
    at: KeyPath,
    findings: Findings,
) -> tuple[Station, ...]:
    built: list[Station] = []
    for identity, station in section.stations.items():
        here = (*at, "stations", identity)
        circuit = _circuit_of(station.circuit, circuits, "station", here, findings)
        if circuit is None:
            continue
        whole = build_station(
            StationId(identity),
            station,
            document.models,
            at=here,
            circuit=circuit,
            phase_voltage=section.voltage / 3**0.5,
            findings=findings,
        )
        if whole is not None:
            built.append(whole)
    return tuple(built)


def _circuit_of(
    written: str | None, circuits: tuple[Circuit, ...], what: str, at: KeyPath, findings: Findings
) -> str | None:
    """The circuit something hangs on; None, and told, where that is not clear."""
    names = [circuit.name for circuit in circuits]
    if written is None:
        if len(names) == 1:
            return names[0]
        words = f"the {what} is on no circuit: write one of {', '.join(names)}"
        findings.error(*at, message=words)
        return None
    if written not in names:
        words = f"there is no circuit {written!r}{did_you_mean(written, names)}"
        findings.error(*at, "circuit", message=words)
        return None
    return written


def _loads(
    section: SiteSection, circuits: tuple[Circuit, ...], at: KeyPath, findings: Findings
) -> tuple[Load, ...]:
    built: list[Load] = []
    for name, load in section.loads.items():
        circuit = _circuit_of(load.circuit, circuits, "load", (*at, "loads", name), findings)
        if circuit is not None:
            built.append(Load(name=name, circuit=circuit, reserve_amps=Amperes(load.reserve_a)))
    return tuple(built)


def _meter(section: SiteSection) -> SiteMeter | None:
    if section.meter is None:
        return None
    return SiteMeter(
        station=StationId(section.meter.ocpp),
        stale=Seconds(section.meter.stale),
        reserve_w=watts(section.meter.when_stale.reserve_kw),
    )


def _classes(document: Document) -> dict[str, VehicleClass]:
    written = {
        name: VehicleClass(weight=section.weight, floor_w=watts(section.floor_kw))
        for name, section in document.classes.items()
    }
    return {DEFAULT_CLASS: VehicleClass(), **written}


def _enrolments(section: SiteSection) -> tuple[Enrolment, ...]:
    return tuple(
        Enrolment(
            program=ProgramName(name),
            resource=part.resource,
            nominated_w=watts(part.nominated_kw) if part.nominated_kw is not None else None,
        )
        for name, part in section.programs.items()
    )
