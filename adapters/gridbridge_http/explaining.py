"""Why an EVSE gets what it gets: the chain from its hardware to its meter, in steps and a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.domain.commands import Outcome
from gridbridge.domain.site import Mode
from gridbridge.domain.units import Instant

if TYPE_CHECKING:
    from gridbridge.domain.decisions import Step
    from gridbridge.domain.views import EvseView, StationView


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One step of the chain, with the words for it."""

    kind: str
    """The kind of a limit's source, then `told`, `answer` and `metered`."""
    text: str
    name: str | None = None
    detail: str | None = None
    amps: float | None = None
    """A bound; what was metered in the last step."""
    watts: float | None = None
    version: int | None = None
    at: Instant | None = None


def line(links: list[Link]) -> str:
    """The chain in one line."""
    return " -> ".join(link.text for link in links)


def chain(station: StationView, evse: EvseView, mode: Mode) -> list[Link]:
    """Every step from what the hardware could do to what was metered."""
    own_names = {str(station.station), f"{station.station}/{evse.evse}"}
    return [
        *(_bound(step, own_names) for step in evse.why),
        _told(evse),
        _answer(evse, mode),
        _metered(evse),
    ]


def _bound(step: Step, own_names: set[str]) -> Link:
    source = step.source
    words = [f"{step.amps:.1f} A"]
    # What is said of a silent station says by itself that it is silent, or was never seen.
    if source.kind != "silent" or not source.detail:
        words.append(source.kind)
    if source.kind != "hardware" and source.detail:
        words.append(source.detail)
    if source.name not in own_names:
        words.append(f"({source.name})")
    return Link(
        kind=source.kind,
        text=" ".join(words),
        name=source.name,
        detail=source.detail or None,
        amps=step.amps,
    )


def _told(evse: EvseView) -> Link:
    if evse.limit is None:
        return Link(kind="told", text="nothing told beyond its standing profile")
    words = f"told {evse.limit:.1f} A v{evse.version}"
    if evse.setpoint_w is not None:
        words += f" with setpoint {evse.setpoint_w / 1000:.1f} kW"
    watts = evse.limit_w if evse.setpoint_w is None else evse.setpoint_w
    return Link(kind="told", text=words, amps=evse.limit, watts=watts, version=evse.version)


def _answer(evse: EvseView, mode: Mode) -> Link:
    """What the station said of what it was told; silence is never a yes."""
    if mode is Mode.OBSERVE:
        return Link(kind="answer", text="not sent (observe)")
    if evse.limit is None:
        return Link(kind="answer", text="secured" if evse.secured else "not yet secured")
    if evse.accepted_version >= evse.version:
        return Link(kind="answer", text="accepted", version=evse.accepted_version)
    if evse.outcome is Outcome.REFUSED:
        words = "refused"
    elif evse.outcome is Outcome.UNKNOWN:
        words = "no answer, may or may not hold"
    else:
        words = "not answered yet"
    if evse.accepted_version > 0:
        words += f" (accepted v{evse.accepted_version})"
    return Link(kind="answer", text=words, version=evse.accepted_version)


def _metered(evse: EvseView) -> Link:
    if evse.read_at is None or (evse.amps is None and evse.power is None):
        return Link(kind="metered", text="not metered")
    if evse.amps is not None:
        words = f"metered {evse.amps:.1f} A"
    else:
        words = f"metered {(evse.power or 0.0) / 1000:.1f} kW"
    return Link(kind="metered", text=words, amps=evse.amps, watts=evse.power, at=evse.read_at)
