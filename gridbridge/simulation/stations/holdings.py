"""The charging profiles a station holds; they outlive a reboot unless its model forgets."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

from gridbridge.simulation.periods import Held, instant
from gridbridge.simulation.spec import Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Holdings:
    """Profiles as they were accepted, and the rules by which one takes another's place."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self._held: list[Held] = []
        self.writes = 0
        """How many profiles were ever written: what wears the flash."""

    @property
    def all(self) -> tuple[Held, ...]:
        """Everything held."""
        return tuple(self._held)

    def put(self, evse: int, profile: dict[str, Any], now: float) -> None:
        """Keep an accepted profile in the place of those it replaces.

        1.6 section 5.16: the same id, or the same purpose and stack level (here: of the same
        connector), is replaced. 2.x K01.FR.05: the same id.
        """
        new = Held(evse=evse, profile=profile, received=now, updated=now)
        self.remove(lambda old: _ended(old, now) or self._replaces(new, old))
        self._held.append(new)
        self.writes += 1

    def _replaces(self, new: Held, old: Held) -> bool:
        if new.id == old.id:
            return True
        return self._protocol is Protocol.V16 and (new.evse, new.purpose, new.stack_level) == (
            old.evse,
            old.purpose,
            old.stack_level,
        )

    def remove(self, which: Callable[[Held], bool]) -> int:
        """Drop all that match; how many there were."""
        kept = [held for held in self._held if not which(held)]
        removed = len(self._held) - len(kept)
        self._held = kept
        return removed

    def update(self, profile_id: int, update: dict[str, Any], now: float) -> bool:
        """2.1 UpdateDynamicSchedule; False where no Dynamic profile has that id."""
        for index, held in enumerate(self._held):
            if held.id == profile_id and held.profile["chargingProfileKind"] == "Dynamic":
                self._held[index] = held.with_update(update, now)
                return True
        return False

    def came_back(self, offline_s: float) -> None:
        """2.1 K01.FR.102: after too long offline some profiles stay invalid for good."""
        self._held = [
            replace(held, expired=True)
            if held.profile.get("invalidAfterOfflineDuration")
            and offline_s >= held.profile.get("maxOfflineDuration", inf)
            else held
            for held in self._held
        ]

    def transaction_ended(self, transaction: int | str) -> None:
        """A TxProfile dies with its transaction."""
        self.remove(
            lambda held: (
                held.purpose == "TxProfile"
                and held.profile.get("transactionId", transaction) == transaction
            )
        )

    def rebooted(self) -> None:
        """2.1: only the station's maximum, defaults and priority profiles are kept for certain.

        1.6 errata 3.37 and 2.0.1 K01.FR.27: all are; but a transaction does not outlive a reboot.
        """
        self.remove(lambda held: held.purpose == "TxProfile")

    def forget(self) -> None:
        """Hold nothing any more."""
        self._held.clear()


def _ended(held: Held, now: float) -> bool:
    """Whether its validity is over, so that nothing needs it any more."""
    return "validTo" in held.profile and instant(held.profile["validTo"]) <= now
