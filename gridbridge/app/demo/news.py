"""What just happened, as lines that stay: events told, answered and accepted, stations lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.simulation.spec import OutageKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gridbridge.app.demo.frame import Frame
    from gridbridge.app.demo.witness import Accepted, Witness
    from gridbridge.simulation.asking import Asked, Version
    from gridbridge.simulation.spec import WorldSpec

_MISHAPS = {
    OutageKind.HALF_OPEN: "neither reads nor writes, its socket stays",
    OutageKind.OFFLINE: "closes its socket",
    OutageKind.REBOOT: "reboots",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that happened."""

    story_s: float
    kind: str
    """``answer``, ``opt``, ``accepted``, ``mishap``, ``lost``, ``back``, ``alarm``, or its end."""
    subject: str
    """An event, a station or a site."""
    text: str


class Newsroom:
    """Compares what is with what was."""

    def __init__(self, world: WorldSpec, *, begin: float) -> None:
        self._begin = begin
        self._outages = [
            (outage, station.id)
            for site in world.sites
            for station in site.stations
            for outage in station.behaviour.outages
        ]
        self._told: set[tuple[str, str, str]] = set()
        self._online: dict[str, bool] = {}
        self._alarms: set[tuple[str, str]] = set()

    def since(self, frame: Frame, asked: Iterable[Asked], witness: Witness) -> list[News]:
        """What happened since the last call, in the order of its time."""
        found = [
            *self._of_events(asked),
            *self._of_acceptances(frame, witness.accepted.values()),
            *self._of_mishaps(frame),
            *self._of_stations(frame),
            *self._of_alarms(frame),
        ]
        return sorted(found, key=lambda news: news.story_s)

    def _of_events(self, asked: Iterable[Asked]) -> Iterator[News]:
        for each in asked:
            for version in each.versions:
                at, answered = version.answered_at, version.opt_at
                number = f"v{version.number}"
                if at is not None and self._is_new("answer", each.id, number):
                    words = f"{number} {_words(each, version, self._begin)}"
                    yield self._news(at, "answer", each.id, words)
                if (
                    at is not None
                    and answered is not None
                    and self._is_new("opt", each.id, number)
                ):
                    words = f"{number} {version.opt} after {answered - at:.2f} s"
                    yield self._news(answered, "opt", each.id, words)

    def _of_acceptances(self, frame: Frame, accepted: Iterable[Accepted]) -> Iterator[News]:
        for each in accepted:
            what = f"v{each.version} at {each.site}"
            if not self._is_new("accepted", each.event, what):
                continue
            # Told when it is known, so that the news stay in order; when it was is in the words.
            at = max(frame.story_s + self._begin, each.last_at or each.answered_at)
            if each.last_at is None:
                words = f"{what}: nothing had to be sent at once"
            else:
                words = f"{what}: every station in reach said yes after {each.after_s:.2f} s"
            yield self._news(at, "accepted", each.event, words)

    def _news(self, at: float, kind: str, subject: str, text: str) -> News:
        return News(story_s=at - self._begin, kind=kind, subject=subject, text=text)

    def _is_new(self, kind: str, subject: str, what: str) -> bool:
        key = (kind, subject, what)
        is_new = key not in self._told
        self._told.add(key)
        return is_new

    def _of_mishaps(self, frame: Frame) -> Iterator[News]:
        for outage, station in self._outages:
            if frame.story_s >= outage.at_s and self._is_new("mishap", station, str(outage.at_s)):
                words = f"{_MISHAPS[outage.kind]} for {outage.for_s:g} s"
                yield self._news(self._begin + outage.at_s, "mishap", station, words)

    def _of_stations(self, frame: Frame) -> list[News]:
        found = []
        for site in frame.sites:
            for evse in site.evses:
                if evse.state == "unknown":
                    continue
                before = self._online.get(evse.station)
                online = evse.state != "silent"
                self._online[evse.station] = online
                if before is None or before == online:
                    continue
                kind, text = ("back", "connected again") if online else ("lost", "silent")
                found.append(
                    News(story_s=frame.story_s, kind=kind, subject=evse.station, text=text)
                )
        return found

    def _of_alarms(self, frame: Frame) -> list[News]:
        now = {
            (site.site, alarm.partition(":")[0]): alarm
            for site in frame.sites
            for alarm in site.alarms
        }
        found = [
            News(story_s=frame.story_s, kind="alarm", subject=key[0], text=alarm)
            for key, alarm in now.items()
            if key not in self._alarms
        ]
        found += [
            News(story_s=frame.story_s, kind="cleared", subject=site, text=alarm)
            for site, alarm in self._alarms - now.keys()
        ]
        self._alarms = set(now)
        return found


def _words(asked: Asked, version: Version, begin: float) -> str:
    """``SIMPLE 2 at depot, 14 s to 34 s``."""
    if version.cancelled:
        return "cancelled"
    values = ", ".join(f"{value:g}" for _, value in version.signal.intervals)
    sites = ", ".join(asked.resources)
    start, end = version.start - begin, version.end - begin
    return f"{version.signal.name} {values} at {sites}, {start:.0f} s to {end:.0f} s"
