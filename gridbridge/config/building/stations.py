"""One station at its place."""

from __future__ import annotations

from collections.abc import Mapping

from gridbridge.config.building.evses import build_evse
from gridbridge.config.building.merged import Merged
from gridbridge.config.problems import Findings, KeyPath, did_you_mean
from gridbridge.config.sections.stations import SiteStation, StationModel
from gridbridge.domain.ids import StationId
from gridbridge.domain.site import Evse, Station
from gridbridge.domain.units import SETTLE_WHERE_UNKNOWN, Amperes, Seconds, Watts

_OFFLINE_WHERE_UNKNOWN = 6.0


def build_station(
    station: StationId,
    section: SiteStation,
    models: Mapping[str, StationModel],
    *,
    at: KeyPath,
    circuit: str,
    phase_voltage: float,
    findings: Findings,
) -> Station | None:
    """A station with what its model says; None where it cannot be built."""
    model = models.get(section.model) if section.model else None
    if section.model and model is None:
        hint = did_you_mean(section.model, list(models))
        findings.error(*at, "model", message=f"there is no model {section.model!r}{hint}")
        return None
    merged = Merged(station=section, at=at, model=model)
    for number in sorted(set(section.evses) - set(merged.numbers)):
        words = f"model {section.model} has no EVSE {number}"
        findings.error(*at, "evses", str(number), message=words)
    evses = [
        build_evse(merged, station, number, phase_voltage=phase_voltage, findings=findings)
        for number in merged.numbers
    ]
    built = tuple(evse for evse in evses if evse is not None)
    offline = _offline(merged, built, findings) if len(built) == len(evses) else None
    if offline is None:
        return None
    feed = merged.trait("max_a")
    forgets = section.forgets
    if forgets is None:
        forgets = (model.forgets if model else None) or ()
    settle = merged.trait("settle")
    return Station(
        id=station,
        circuit=circuit,
        evses=built,
        feed_amps=Amperes(feed) if feed is not None and len(built) > 1 else None,
        settle=SETTLE_WHERE_UNKNOWN if settle is None else Seconds(settle),
        offline_amps=offline,
        absent_w=Watts((merged.trait("absent_kw") or 0.0) * 1000.0),
        forgets_on_reboot="reboot" in forgets,
        forgets_on_reconnect="reconnect" in forgets,
    )


def _offline(merged: Merged, evses: tuple[Evse, ...], findings: Findings) -> Amperes | None:
    """What each EVSE may draw when no schedule holds: written, else enough to run on."""
    written = merged.trait("offline_a")
    if written is None:
        least = max(_OFFLINE_WHERE_UNKNOWN, *(evse.min_amps for evse in evses))
        return Amperes(min(least, *(evse.max_amps for evse in evses)))
    at = merged.trait_at("offline_a")
    for evse in evses:
        number = evse.ref.evse
        if written > evse.max_amps:
            words = f"offline_a {written:g} is above the {evse.max_amps:.1f} A of EVSE {number}"
            findings.error(*at, message=words)
            return None
        if 0 < written < evse.min_amps:
            words = (
                f"offline_a {written:g} is below the {evse.min_amps:.1f} A that EVSE {number} "
                "runs on: it pauses while nobody commands it"
            )
            findings.warning(*at, message=words)
    return Amperes(written)
