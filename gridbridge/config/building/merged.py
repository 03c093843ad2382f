"""A station together with its model: what it says itself counts, then what its model says."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.config.problems import KeyPath
from gridbridge.config.sections.stations import SiteEvse, SiteStation, StationModel, V2x


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Looks values up, and says at which key each was written."""

    station: SiteStation
    at: KeyPath
    """The station's own path."""
    model: StationModel | None

    @property
    def model_at(self) -> KeyPath:
        """The model's path."""
        return ("models", str(self.station.model))

    @property
    def numbers(self) -> tuple[int, ...]:
        """Its EVSEs: the model's, else its own, else EVSE 1."""
        theirs = self.model.evses if self.model else {}
        return tuple(sorted(theirs or self.station.evses)) or (1,)

    def own(self, number: int) -> SiteEvse:
        """What the station says of an EVSE."""
        return self.station.evses.get(number, SiteEvse())

    def trait(self, key: str) -> float | None:
        """A number of the whole station; None where nobody says it."""
        value: float | None = getattr(self.station, key)
        if value is None and self.model is not None:
            value = getattr(self.model, key)
        return value

    def trait_at(self, key: str) -> KeyPath:
        """Where `trait` was written; where nobody did, the station."""
        if getattr(self.station, key) is not None:
            return (*self.at, key)
        if self.model is not None and getattr(self.model, key) is not None:
            return (*self.model_at, key)
        return self.at

    def evse(self, number: int, key: str) -> float | None:
        """A number of one EVSE; None where nobody says it."""
        value: float | None = getattr(self.own(number), key)
        if value is None and self.model is not None and number in self.model.evses:
            value = getattr(self.model.evses[number], key)
        return value

    def evse_at(self, number: int, key: str) -> KeyPath:
        """Where `evse` was written; where nobody did, the station."""
        if getattr(self.own(number), key) is not None:
            return (*self.at, "evses", str(number), key)
        if self.model is not None and self.evse(number, key) is not None:
            return (*self.model_at, "evses", str(number), key)
        return self.at

    def v2x(self, number: int) -> V2x | None:
        """What one EVSE can take back; None where nobody says that it can."""
        own = self.own(number).v2x
        if own is None and self.model is not None and number in self.model.evses:
            return self.model.evses[number].v2x
        return own

    def v2x_at(self, number: int) -> KeyPath:
        """Where `v2x` was written."""
        at = self.model_at if self.own(number).v2x is None else self.at
        return (*at, "evses", str(number), "v2x")
