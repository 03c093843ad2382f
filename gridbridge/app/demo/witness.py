"""What is noted while the demo runs, because afterwards it could no longer be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridbridge.simulation.spec import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gridbridge.simulation.asking import Asked, Version
    from gridbridge.simulation.world import World


_PRICE = "ELECTRICITY_PRICE"
"""Prices ask nothing of a station by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """All stations of a site that can be reached said yes to what one version of an event asks."""

    event: str
    site: str
    version: int
    answered_at: float
    last_at: float | None
    """When the last of them did; None: nothing had to be sent."""

    @property
    def after_s(self) -> float:
        """From the VTN's answer to the last acceptance."""
        return 0.0 if self.last_at is None else self.last_at - self.answered_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Discharge:
    """A V2G station holds a profile that has it discharge."""

    station: str
    setpoint_w: float


class Witness:
    """Looks at the world and at the gateway's documents again and again."""

    def __init__(self, world: World) -> None:
        self.accepted: dict[tuple[str, str, int], Accepted] = {}
        """By event, site and version."""
        self.discharges: dict[str, Discharge] = {}
        """By station: the deepest setpoint below zero of a CentralSetpoint profile it held."""
        self._world = world
        self._written: dict[str, set[float]] = {name: set() for name in world.stations}

    def look(self, asked: Iterable[Asked], documents: Sequence[Mapping[str, Any]]) -> None:
        """Note what can be seen now; `documents` are what the gateway said last of its sites."""
        self._look_at_profiles()
        for document in documents:
            for each in asked:
                if document["site"] in each.resources and each.latest.signal.name != _PRICE:
                    for version in each.versions:
                        self._look_at_version(each, version, document)

    def _look_at_profiles(self) -> None:
        for name, station in self._world.stations.items():
            for held in station.hardware.holdings.all:
                self._written[name].add(held.received)
                if station.spec.protocol is Protocol.V21:
                    self._look_at_setpoints(name, held.profile)

    def _look_at_setpoints(self, station: str, profile: Mapping[str, Any]) -> None:
        for schedule in profile["chargingSchedule"]:
            for period in schedule["chargingSchedulePeriod"]:
                setpoint = float(period.get("setpoint", 0.0))
                if period.get("operationMode") != "CentralSetpoint" or setpoint >= 0:
                    continue
                known = self.discharges.get(station)
                if known is None or setpoint < known.setpoint_w:
                    self.discharges[station] = Discharge(station=station, setpoint_w=setpoint)

    def _look_at_version(
        self, asked: Asked, version: Version, document: Mapping[str, Any]
    ) -> None:
        site = str(document["site"])
        key = (asked.id, site, version.number)
        if version.answered_at is None or key in self.accepted:
            return
        if not _knows(document, asked.id, version) or not _all_accepted(document):
            return
        names = [station["station"] for station in document["stations"]]
        since = [at for name in names for at in self._written[name] if at >= version.answered_at]
        self.accepted[key] = Accepted(
            event=asked.id,
            site=site,
            version=version.number,
            answered_at=version.answered_at,
            last_at=max(since, default=None),
        )


def _knows(document: Mapping[str, Any], event: str, version: Version) -> bool:
    """Whether the gateway decided with this version in mind; a cancelled event may be gone."""
    found = [each for each in document["events"] if each["event"] == event]
    if version.cancelled:
        return all(each["lifted"] or each["status"] == "cancelled" for each in found)
    return any(each["version"] >= version.number for each in found)


def _all_accepted(document: Mapping[str, Any]) -> bool:
    return all(
        evse["accepted_version"] >= evse["version"]
        for station in document["stations"]
        if station["connected"]
        for evse in station["evses"]
    )
