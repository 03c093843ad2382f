"""The stations (a driven port)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from gridbridge.domain.commands import StationDesired
    from gridbridge.domain.ids import StationId


class Fleet(Protocol):
    """The stations whose sockets this instance holds."""

    def desire(self, desired: StationDesired) -> None:
        """Have the station hold this, and say by `ProfileAnswered` facts what became of it.

        That a schedule is held is said for each version; that a standing profile is, whenever it
        was sent, and once on each socket and after each boot.

        Returns at once. Only the newest desire of a station is kept: what was superseded before it
        was sent is never sent; of two with one version the later is the newer. What the station
        already acknowledged is not sent again. A station that is not connected here is left alone:
        whoever holds its socket will be told.
        """
        ...

    def connected(self) -> frozenset[StationId]:
        """The stations whose sockets are held here."""
        ...
