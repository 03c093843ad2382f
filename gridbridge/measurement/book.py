"""What the readings of one site add up to: its meters, and energy that is not written down yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.codec import decode, encode
from gridbridge.domain.history import EnergyBucket, Every
from gridbridge.domain.ids import StationId
from gridbridge.measurement.buckets import added, cut
from gridbridge.measurement.energy import Meter, read

if TYPE_CHECKING:
    from gridbridge.domain.facts import Metered
    from gridbridge.domain.units import Instant

PARTS = 5_000
"""So many are held before they are added up: hours of a log may be read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """One meter of a site."""

    station: StationId
    evse: int
    meter: Meter


@dataclass(frozen=True, slots=True, kw_only=True)
class BookState:
    """Every meter of a site."""

    meters: tuple[MeterState, ...]


class Book:
    """Takes the readings of one site in the order of its log."""

    def __init__(self, state: bytes | None = None) -> None:
        """Go on from a state that `state` gave; raises CodecError."""
        known = () if state is None else decode(state, BookState).meters
        self._meters = {(each.station, each.evse): each.meter for each in known}
        self._fresh: list[EnergyBucket] = []

    def receive(self, metered: Metered, *, at: Instant) -> None:
        """Add what flowed; a clock that runs ahead of `at` is not believed.

        Readings so old that no minute of theirs is kept are passed over.
        """
        for reading in metered.readings:
            taken = min(reading.taken, at)
            if taken < at - Every.MINUTE.kept:
                continue
            where = (reading.station, reading.evse)
            self._meters[where], flows = read(
                self._meters.get(where, Meter()), reading, taken=taken
            )
            for flow in flows:
                self._fresh += cut(where, flow, every=Every.MINUTE)
        if len(self._fresh) > PARTS:
            self._fresh = added(self._fresh, every=Every.MINUTE)

    def fresh(self) -> list[EnergyBucket]:
        """What was added since `written_down`, a bucket for each minute that it touches."""
        self._fresh = added(self._fresh, every=Every.MINUTE)
        return list(self._fresh)

    def written_down(self) -> None:
        """Begin anew with what comes next."""
        self._fresh = []

    def state(self) -> bytes:
        """The meters, for whoever goes on after this book."""
        return encode(
            BookState(
                meters=tuple(
                    MeterState(station=station, evse=evse, meter=meter)
                    for (station, evse), meter in sorted(self._meters.items(), key=_where)
                )
            )
        )


def _where(item: tuple[tuple[StationId, int], Meter]) -> tuple[StationId, int]:
    return item[0]
