"""Transactions that have just begun."""

from __future__ import annotations

from gridbridge.domain.units import FOREVER, Instant

# A station may still be reading our answer to its StartTransaction when the next frame arrives,
# and would refuse a profile for a transaction that it does not know yet; its default profile says
# the same meanwhile.
_STATION_LEARNS_S = 1.0


class Starting(dict[int, tuple[Instant, str]]):
    """Those of one station that it may not know yet, by EVSE: when it will, and their names."""

    __slots__ = ()

    def begin(self, evse: int, transaction: str, now: Instant) -> None:
        """Have it known in a while; one that began before goes on from then."""
        begun = self.get(evse)
        if begun is None or begun[1] != transaction:
            self[evse] = (Instant(now + _STATION_LEARNS_S), transaction)

    def end(self, evse: int) -> None:
        """None begins there any more."""
        self.pop(evse, None)

    def take_known(self, now: Instant) -> list[tuple[int, str]]:
        """Those that the station knows by now, each once: (EVSE, transaction)."""
        known = [(evse, name) for evse, (due, name) in self.items() if due <= now]
        for evse, _ in known:
            del self[evse]
        return known

    def next_known(self) -> Instant:
        """When `take_known` will have something; FOREVER where nothing began."""
        return min((due for due, _ in self.values()), default=FOREVER)
