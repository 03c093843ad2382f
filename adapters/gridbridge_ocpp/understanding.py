"""From a station's call to the record of what it said, in whichever version's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge_ocpp.records import Record, of_call
from gridbridge_ocpp.wire import HANDLERS
from gridbridge_ocpp.words import Context

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant
    from gridbridge_ocpp.directory import StationEntry
    from gridbridge_ocpp.hearing import Hearing
    from gridbridge_ocpp.rpc.outcomes import CallReceived
    from gridbridge_ocpp.settings import Settings
    from gridbridge_ocpp.versions import OcppVersion


class Understanding:
    """One station's calls."""

    def __init__(
        self, entry: StationEntry, version: OcppVersion, settings: Settings, hearing: Hearing
    ) -> None:
        self._entry = entry
        self._version = version
        self._settings = settings
        self._hearing = hearing
        self._handlers = HANDLERS[version]

    @property
    def actions(self) -> frozenset[str]:
        """What the station may call."""
        return frozenset(self._handlers)

    def record_of(self, call: CallReceived, now: Instant) -> Record | None:
        """What a call said; None where the schema let something pass that no rule foresaw."""
        context = Context(
            now=now,
            heartbeat=self._settings.heartbeat,
            accepts=self._settings.tokens.accepts,
            knows=self._knows,
        )
        try:
            heard = self._handlers[call.action](call.payload, context)
            said = self._hearing.take(heard.words, now)
        except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError):
            return None
        return of_call(self._entry, self._version, call.message_id, heard, said)

    def _knows(self, evse: int) -> bool:
        return self._entry.evse(evse) is not None
