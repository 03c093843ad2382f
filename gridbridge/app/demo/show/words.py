"""How limits, cars and events are written, the same in every view for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gridbridge.app.demo.frame import EventRow, EvseRow


def limit(evse: EvseRow) -> str:
    """What the gateway tells an EVSE: a limit in amperes, a setpoint in kilowatts."""
    if evse.setpoint_w is not None:
        return f"{evse.setpoint_w / 1000:+.1f} kW"
    return "-" if evse.limit_a is None else f"{evse.limit_a:.1f} A"


def car(evse: EvseRow) -> str:
    """The car and its charge."""
    return "" if evse.car is None else f"{evse.car} {100 * (evse.soc or 0.0):.0f} %"


def when(event: EventRow) -> str:
    """From when to when, in seconds of the story."""
    return f"{event.starts_s:.0f}-{event.ends_s:.0f} s"


def value(event: EventRow) -> str:
    """What the signal says now."""
    return "" if event.value is None else f"{event.value:g}"
