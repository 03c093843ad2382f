"""The stations that may connect, from the configuration and their credential files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.config.credentials import credential_file
from gridbridge.domain.site import Evse, Kind, Site, Station
from gridbridge_ocpp.directory import EvseEntry, StationEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from gridbridge.domain.ids import SiteId, StationId


class ConfiguredStations:
    """A `Directory` over the configured sites; credentials are read at each look.

    So a key that is added or changed counts from the station's next attempt on.
    """

    def __init__(self, sites: Sequence[Site], credentials: Path) -> None:
        self._credentials = credentials
        self._stations: Mapping[StationId, tuple[Site, Station]] = {
            station.id: (site, station) for site in sites for station in site.stations
        }

    @property
    def site_of(self) -> Mapping[StationId, SiteId]:
        """The site of each station."""
        return {station: site.id for station, (site, _) in self._stations.items()}

    def lookup(self, station: StationId) -> StationEntry | None:
        """What is known of a station; None: it is unknown."""
        found = self._stations.get(station)
        if found is None:
            return None
        site, known = found
        return StationEntry(
            id=station,
            site=site.id,
            evses=tuple(_entry(evse) for evse in known.evses),
            credential=self._credential(station),
            forgets_on_reboot=known.forgets_on_reboot,
            forgets_on_reconnect=known.forgets_on_reconnect,
            v2x=any(evse.v2x is not None for evse in known.evses),
        )

    def _credential(self, station: StationId) -> str | None:
        try:
            return credential_file(self._credentials, station).read_text("ascii").strip()
        except FileNotFoundError:
            return None


def _entry(evse: Evse) -> EvseEntry:
    return EvseEntry(
        number=evse.ref.evse,
        conductors=evse.wiring.conductors,
        dc=evse.kind is Kind.DC,
    )
