"""Identifiers, checked where they come in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NewType

SiteId = NewType("SiteId", str)
StationId = NewType("StationId", str)
VenName = NewType("VenName", str)
ProgramName = NewType("ProgramName", str)
EventId = NewType("EventId", str)
"""An event's id as its VTN spells it; unique within that VTN only."""
SessionId = NewType("SessionId", str)
"""A transaction's id as the station knows it, unique within the station."""

_OURS = re.compile(r"[A-Za-z0-9._-]{1,48}")
# OCPP 2.1 part 2, identifierString: letters, digits and * - _ = : + | @ . ; a colon cannot stand
# in the user name of HTTP Basic authentication, so stations may not use it.
_IDENTIFIER_STRING = re.compile(r"[A-Za-z0-9*\-_=+|@.]{1,48}")


class InvalidIdError(ValueError):
    """An id that does not have the form its kind demands."""


def our_id(text: str) -> str:
    """Check an id that an operator chooses (site, circuit, program, VEN, gateway).

    Raises InvalidIdError unless it is 1 to 48 of ``A-Z a-z 0-9 . _ -``.
    """
    if not _OURS.fullmatch(text):
        message = f"{text!r} is not an id: use 1 to 48 of A-Z a-z 0-9 . _ -"
        raise InvalidIdError(message)
    return text


def station_id(text: str) -> StationId:
    """Check a station's identity: OCPP's identifierString, 1 to 48 characters, no colon."""
    if not _IDENTIFIER_STRING.fullmatch(text):
        message = f"{text!r} is not a station's identity: 1 to 48 of A-Z a-z 0-9 * - _ = + | @ ."
        raise InvalidIdError(message)
    return StationId(text)


@dataclass(frozen=True, slots=True, order=True)
class EvseRef:
    """One EVSE of one station; a connector of an OCPP 1.6 station is an EVSE."""

    station: StationId
    evse: int
    """1 and up, as the station counts them."""

    def __str__(self) -> str:
        return f"{self.station}/{self.evse}"
