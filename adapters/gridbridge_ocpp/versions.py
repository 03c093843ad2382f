"""The versions of OCPP that are spoken, and their names on the wire."""

from __future__ import annotations

from enum import StrEnum


class OcppVersion(StrEnum):
    """A version of OCPP; the value is the subprotocol of its WebSocket (OCPP-J section 3)."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"

    @property
    def is_2x(self) -> bool:
        """Whether it is of the 2.x family: its error codes, its id "-1", its action names."""
        return self is not OcppVersion.V16

    @property
    def has_result_errors(self) -> bool:
        """Whether it has CALLRESULTERROR and SEND (OCPP 2.1 part 4, sections 4.2.4 and 4.2.5)."""
        return self is OcppVersion.V21
