"""What was counted since the server started: plain numbers for whoever shows them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Counters:
    """Every key is one of ours or of a schema's, so that no station can make them grow."""

    received: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(protocol, action) of the calls that were answered."""
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(protocol, reason) of what was refused or dropped before it meant anything."""
    sent: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(protocol, action) of the calls that a station was sent."""
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(protocol, accepted | refused | unknown | not_sent) of those calls."""
    profiles: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(slot, outcome) as told to the engine."""
    oddities: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(protocol, reason) of what was read but not taken: units, values, unknown EVSEs."""
    connections: Counter[str] = field(default_factory=Counter)
    """`accepted`, `unauthorised`, `no_protocol`, `replaced`, `store_down`."""
