"""How amounts are written, the same in every view for people and in every failure."""

from __future__ import annotations

_DASH = "-"


def kw(watts: float | None) -> str:
    """Kilowatts with one decimal; a dash for nothing."""
    return _DASH if watts is None else f"{watts / 1000:.1f}"


def seconds(value: float | None) -> str:
    """Seconds with two decimals; a dash for never."""
    return _DASH if value is None else f"{value:.2f}"
