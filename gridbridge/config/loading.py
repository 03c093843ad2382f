"""From a file and the environment to what the gateway runs on, or to everything wrong with it.

    file ─▶ includes ─▶ overrides ─▶ keys ─▶ values ─▶ references ─▶ sites ─▶ sums

Whatever a step finds is told together; a later step is left out only where an earlier one took
its ground away.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from gridbridge.config.building.adapters import (
    Files,
    gateway_settings,
    http_settings,
    ocpp_settings,
    ven_config,
)
from gridbridge.config.building.programs import build_program
from gridbridge.config.building.sites import build_site
from gridbridge.config.checks.capacity import check_capacity
from gridbridge.config.checks.discharge import check_discharge
from gridbridge.config.checks.extras import check_extras
from gridbridge.config.checks.levels import check_levels
from gridbridge.config.checks.listeners import check_listeners
from gridbridge.config.checks.references import check_references
from gridbridge.config.checks.unseen import check_unseen
from gridbridge.config.environment import apply, overrides
from gridbridge.config.including import include, leave_out, read_file
from gridbridge.config.keys import prune
from gridbridge.config.problems import (
    Findings,
    KeyPath,
    Place,
    Problem,
    Quarantined,
    Severity,
    problem_at,
)
from gridbridge.config.section import contradictions
from gridbridge.config.sections.document import SHARED, Document
from gridbridge.config.settings import GatewaySettings, HttpSettings, OcppConfig, VenConfig
from gridbridge.config.source import Source
from gridbridge.config.wording import tell
from gridbridge.domain.programs import Program
from gridbridge.domain.site import Site

_HASH_CHARACTERS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration that can be run."""

    config_hash: str
    """Of `document`: the same for every gateway that decides by the same rules."""
    gateway: GatewaySettings
    http: HttpSettings
    ocpp: OcppConfig
    vens: tuple[VenConfig, ...]
    sites: tuple[Site, ...]
    programs: tuple[Program, ...]
    document: bytes = field(repr=False)
    """The shared sections with all defaults, as JSON; no secret and nothing of this one host."""
    places: Mapping[KeyPath, Place] = field(repr=False, default_factory=dict)
    """Where what the start may fail at is written: addresses, the store, its folder."""
    warnings: tuple[Problem, ...] = ()
    quarantined: tuple[Quarantined, ...] = ()
    """Only what `load_to_run` left out; the hash is of the rest."""

    def problem(self, path: KeyPath, message: str) -> Problem:
        """What turns out to be wrong only at the start, at the key to change."""
        return problem_at(self.places[path], path, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """A configuration that cannot be run, with everything that is wrong with it."""

    problems: tuple[Problem, ...]
    """In the order of files and lines; at least one is an error."""
    site_files: frozenset[str] = frozenset()
    """The included files that hold sites alone."""


def load(
    path: Path, environment: Mapping[str, str], *, without: frozenset[str] = frozenset()
) -> Loaded | Rejected:
    """Load a configuration file with what it includes and the overrides of the environment.

    Whatever the operator can get wrong is a `Problem`; only a missing standard library fails.
    The sites of the included files `without` are left out.
    """
    source, site_files = _read(path, environment)
    leave_out(source, without)
    findings = Findings()
    prune(source.data, Document, findings)
    document, dropped = _sound(source, findings)
    pruned = {finding.path[:-1] for finding in findings.found}
    for where, words in contradictions(document):
        # What a section lacks may be the very key that was taken out of it and told.
        if where not in pruned:
            findings.error(*where, message=words)
    check_listeners(document, source, findings)
    if not dropped:
        check_references(document, findings)
    sites = [] if "models" in dropped else _sites(document, findings)
    files = Files(main=path, source=source, findings=findings)
    gateway = gateway_settings(document, files)
    ocpp = ocpp_settings(document, files)
    vens = tuple(ven_config(name, document, files) for name in document.vens)
    # What a level means takes a document without an error in it.
    programs = () if findings.errors else _programs(document)
    check_levels(programs, sites, findings)
    if not findings.errors:
        check_unseen(document, sites, findings)
    told = _placed(source, findings)
    if any(problem.severity is Severity.ERROR for problem in told):
        return Rejected(problems=told, site_files=site_files)
    content = _content(document)
    return Loaded(
        config_hash=hashlib.sha256(content).hexdigest()[:_HASH_CHARACTERS],
        gateway=gateway,
        http=http_settings(document),
        ocpp=ocpp,
        vens=vens,
        sites=tuple(sites),
        programs=programs,
        document=content,
        places={path: source.place_of(path) for path in _fallible(document)},
        warnings=told,
    )


def _read(path: Path, environment: Mapping[str, str]) -> tuple[Source, frozenset[str]]:
    """All files as one source with the overrides in it, and the files that hold sites alone."""
    source = read_file(path)
    variables = overrides(environment)
    early = {name: text for name, text in variables.items() if _of_gateway(name)}
    late = {name: text for name, text in variables.items() if name not in early}
    # What is included may itself be overridden, and an override may name an included site.
    apply(source, early, Document)
    site_files = include(source, path)
    apply(source, late, Document)
    return source, site_files


def _of_gateway(name: str) -> bool:
    return name.upper().startswith("GRIDBRIDGE_GATEWAY__")


def _sound(source: Source, findings: Findings) -> tuple[Document, set[str]]:
    """What is left of the document without the entries that hold wrong values, which are told.

    Also the sections something was left out of: nothing is said of names that lead there.
    """
    try:
        return Document.model_validate(source.data), set()
    except ValidationError as error:
        tell(error, findings)
        wrong = {tuple(str(part) for part in each["loc"][:2]) for each in error.errors()}
    left = {
        section: {key: entry for key, entry in entries.items() if (section, key) not in wrong}
        for section, entries in source.data.items()
        if section in SHARED and (section,) not in wrong
    }
    return Document.model_validate(left), {section for section, *_ in wrong}


def _sites(document: Document, findings: Findings) -> list[Site]:
    """Every site that can be built, its sums checked."""
    built: list[Site] = []
    for name in document.sites:
        site = build_site(name, document, findings)
        if site is not None:
            check_capacity(site, findings)
            check_discharge(site, findings)
            check_extras(site, findings)
            built.append(site)
    return built


def _programs(document: Document) -> tuple[Program, ...]:
    return tuple(build_program(*item) for item in document.programs.items())


def _fallible(document: Document) -> list[KeyPath]:
    keys = ("store", "store_file", "data_dir", "archive")
    listeners = range(len(document.ocpp.listeners or ()))
    return [
        *(("gateway", key) for key in keys),
        ("http", "listen"),
        ("ocpp", "listen"),
        *(("ocpp", "listeners", number, "listen") for number in listeners),
    ]


def _content(document: Document) -> bytes:
    shared = document.model_dump(mode="json", by_alias=True, include=set(SHARED))
    return json.dumps(shared, sort_keys=True, separators=(",", ":")).encode()


def _placed(source: Source, findings: Findings) -> tuple[Problem, ...]:
    """All problems with their places, each once, in the order of files and lines."""
    problems = list(source.problems)
    for finding in findings.found:
        place = source.place_of(finding.path, key=_at_key(source, finding.path))
        problems.append(problem_at(place, finding.path, finding.message, finding.severity))
    main = source.values[()].file
    unique = dict.fromkeys(problems)
    return tuple(sorted(unique, key=lambda it: (it.file != main, it.file, it.line, it.column)))


def _at_key(source: Source, path: tuple[str | int, ...]) -> bool:
    """A problem with a whole mapping, or a key that has no value left, stands at the key."""
    value: object = source.data
    for part in path:
        if isinstance(value, dict) and str(part) in value:
            value = value[str(part)]
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return True
    return isinstance(value, dict)
