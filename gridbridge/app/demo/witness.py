"""What is noted while the demo runs, because afterwards it could no longer be seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gridbridge.simulation.asking import PRICE
from gridbridge.simulation.spec import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gridbridge.simulation.asking import Asked, Version
    from gridbridge.simulation.world import World

_Evse = tuple[str, int]
"""Station and EVSE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Every station in reach said yes to what it was told when a version became known."""

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


@dataclass(slots=True, kw_only=True)
class _Wanted:
    """What the stations of a site were told when the gateway first knew a version."""

    since: float
    """The VTN's answer."""
    left: dict[_Evse, int]
    """The schedule versions that are not accepted yet."""
    written_at: dict[_Evse, float] = field(default_factory=dict)
    """The newest write of these, not of what was told later."""


class Witness:
    """Looks at the world and at the gateway's documents again and again."""

    def __init__(self, world: World) -> None:
        self.accepted: dict[tuple[str, str, int], Accepted] = {}
        """By event, site and version."""
        self.discharges: dict[str, Discharge] = {}
        """By station: the deepest setpoint below zero of a CentralSetpoint profile it held."""
        self._world = world
        self._written: dict[str, set[float]] = {name: set() for name in world.stations}
        self._wanted: dict[tuple[str, str, int], _Wanted] = {}
        self._told: dict[str, dict[_Evse, int]] = {}
        """By site: the schedule versions at the last look."""

    def look(self, asked: Iterable[Asked], documents: Sequence[Mapping[str, Any]]) -> None:
        """Note what can be seen now; `documents` are what the gateway said last of its sites."""
        self._look_at_profiles()
        for document in documents:
            for each in asked:
                # Prices ask nothing of a station by themselves.
                if document["site"] in each.resources and each.latest.signal.name != PRICE:
                    for version in each.versions:
                        self._look_at_version(each, version, document)
            self._told[str(document["site"])] = _versions(document)

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
        wanted = self._wanted.get(key)
        if wanted is None:
            if not _knows(document, asked.id, version):
                return
            told = self._told.get(site, {})
            wanted = self._wanted[key] = _Wanted(
                since=version.answered_at, left=_newer(_versions(document), told)
            )
        self._look_at_wanted(wanted, document)
        if not wanted.left:
            self.accepted[key] = Accepted(
                event=asked.id,
                site=site,
                version=version.number,
                answered_at=version.answered_at,
                last_at=max(wanted.written_at.values(), default=None),
            )

    def _look_at_wanted(self, wanted: _Wanted, document: Mapping[str, Any]) -> None:
        """Note what was written, and take out what was accepted or is out of reach by now."""
        for station in document["stations"]:
            for evse in station["evses"]:
                at = (str(station["station"]), int(evse["evse"]))
                if at not in wanted.left:
                    continue
                version = wanted.left[at]
                if evse["accepted_version"] >= version or not station["connected"]:
                    del wanted.left[at]
                writes = [each for each in self._written[at[0]] if each >= wanted.since]
                if not writes or not station["connected"]:
                    continue
                if evse["version"] == version:
                    wanted.written_at[at] = max(writes)
                else:
                    # The gateway tells of a decision at once, of an acceptance up to a second
                    # later: by now something else may have been written.
                    wanted.written_at.setdefault(at, min(writes))


def _versions(document: Mapping[str, Any]) -> dict[_Evse, int]:
    """The newest schedule version that each EVSE of a site was told."""
    return {
        (str(station["station"]), int(evse["evse"])): int(evse["version"])
        for station in document["stations"]
        for evse in station["evses"]
    }


def _newer(now: Mapping[_Evse, int], before: Mapping[_Evse, int]) -> dict[_Evse, int]:
    """What was told since the look before; all of it where there was none."""
    return {evse: version for evse, version in now.items() if before.get(evse) != version}


def _knows(document: Mapping[str, Any], event: str, version: Version) -> bool:
    """Whether the gateway decided with this version in mind; a cancelled event may be gone."""
    found = [each for each in document["events"] if each["event"] == event]
    if version.cancelled:
        return all(each["lifted"] or each["status"] == "cancelled" for each in found)
    return any(each["version"] >= version.number for each in found)
