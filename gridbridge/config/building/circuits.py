"""The breaker tree, parents before children."""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt

from gridbridge.config.problems import Findings, KeyPath, did_you_mean
from gridbridge.config.sections.sites import SiteCircuit
from gridbridge.domain.site import Circuit
from gridbridge.domain.units import Amperes

MAIN = "main"
# NEC 210.20, 215.3: a breaker that is not listed for 100 % carries 80 % of its rating for hours.
_CONTINUOUS_WHERE_UNKNOWN = 0.8


def build_circuits(
    sections: Mapping[str, SiteCircuit], *, voltage: float, at: KeyPath, findings: Findings
) -> tuple[Circuit, ...]:
    """The tree, root first; ``main`` where none is written, empty where it is no tree."""
    if not sections:
        return (Circuit(name=MAIN, parent=None, limit_amps=None),)
    before = findings.errors
    roots = [name for name, section in sections.items() if section.parent is None]
    for name in roots[1:]:
        words = f"circuit {name} has no parent, but {roots[0]} is the root: write its parent"
        findings.error(*at, name, message=words)
    for name, section in sections.items():
        if section.parent is not None and section.parent not in sections:
            hint = did_you_mean(section.parent, list(sections))
            words = f"there is no circuit {section.parent!r}{hint}"
            findings.error(*at, name, "parent", message=words)
        elif ring := _ring(name, sections):
            words = f"circuits feed each other in a ring: {' < '.join(ring)}"
            findings.error(*at, name, "parent", message=words)
        if section.secondary is not None:
            _check_secondary(section, voltage, at=(*at, name), findings=findings)
    if findings.errors > before:
        return ()
    ordered = sorted(sections, key=lambda name: len(_ancestors(name, sections)))
    return tuple(_circuit(name, sections[name], voltage) for name in ordered)


def _ancestors(name: str, sections: Mapping[str, SiteCircuit]) -> list[str]:
    """The circuits above, nearest first; ends where it would come round."""
    above: list[str] = []
    parent = sections[name].parent
    while parent is not None and parent in sections and parent not in above:
        above.append(parent)
        parent = sections[parent].parent
    return above


def _ring(name: str, sections: Mapping[str, SiteCircuit]) -> list[str]:
    above = _ancestors(name, sections)
    return [name, *above[: above.index(name) + 1]] if name in above else []


def _check_secondary(
    section: SiteCircuit, voltage: float, *, at: KeyPath, findings: Findings
) -> None:
    """A transformer is at the head of the site, so that all of the site has one voltage."""
    if section.parent is not None:
        words = "a transformer below another circuit is not supported yet"
        findings.error(*at, "parent", message=words)
    if section.secondary is not None and section.secondary.voltage != voltage:
        words = (
            f"{section.secondary.voltage:g} V is not the site's voltage {voltage:g}: a "
            "transformer within a site is not supported yet"
        )
        findings.error(*at, "secondary", "voltage", message=words)


def _circuit(name: str, section: SiteCircuit, voltage: float) -> Circuit:
    if section.breaker_a is not None:
        share = section.continuous or _CONTINUOUS_WHERE_UNKNOWN
        amps = section.breaker_a * share
        limit = (amps, amps, amps)
        source = f"breaker {section.breaker_a:g} A x {share:g}"
    elif section.limit_a is not None:
        limit = section.limit_a
        same = len(set(limit)) == 1
        source = "limit " + "/".join(f"{amps:g}" for amps in (limit[:1] if same else limit)) + " A"
    elif section.kva is not None:
        amps = section.kva * 1000.0 / (sqrt(3) * voltage)
        limit = (amps, amps, amps)
        source = f"transformer {section.kva:g} kVA"
    else:
        return Circuit(name=name, parent=section.parent, limit_amps=None)
    first, second, third = (Amperes(amps) for amps in limit)
    return Circuit(
        name=name,
        parent=section.parent,
        limit_amps=(first, second, third),
        source=source,
        delta_fed=section.secondary is not None,
    )
