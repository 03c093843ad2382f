"""Units: floats that mypy can tell apart."""

from __future__ import annotations

from typing import NewType

Watts = NewType("Watts", float)
"""Active power; import positive, export negative."""

Amperes = NewType("Amperes", float)
"""RMS current of one wire."""

WattHours = NewType("WattHours", float)
"""Energy; import positive."""

Instant = NewType("Instant", float)
"""Seconds since the Unix epoch, UTC."""

Seconds = NewType("Seconds", float)
"""A length of time."""

HOUR = Seconds(3600.0)

FOREVER = Instant(float("inf"))
"""The instant that never comes: the end of what is open-ended."""

SKEW = Seconds(10.0)
"""How far a station's clock may be off: its schedule may switch this much early or late."""

SETTLE_WHERE_UNKNOWN = Seconds(30.0)
"""How long power may take to follow an accepted limit where the model has not been measured."""
