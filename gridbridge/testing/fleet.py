"""A fleet that only remembers what it was asked to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.ids import StationId


class RecordingFleet:
    """A `Fleet` without sockets: `desires` is the history, `newest` what each would hold."""

    def __init__(self, connected: Iterable[StationId] = ()) -> None:
        self._connected = frozenset(connected)
        self.desires: list[StationDesired] = []
        self.newest: dict[StationId, StationDesired] = {}

    def desire(self, desired: StationDesired) -> None:
        """Note it; of a station that is not connected nothing is kept."""
        if desired.station in self._connected:
            self.desires.append(desired)
            self.newest[desired.station] = desired

    def connected(self) -> frozenset[StationId]:
        """The stations it was made with, and those since connected."""
        return self._connected

    def connect(self, station: StationId) -> None:
        """From now on that station's socket counts as held here."""
        self._connected |= {station}

    def disconnect(self, station: StationId) -> None:
        """From now on it does not."""
        self._connected -= {station}
