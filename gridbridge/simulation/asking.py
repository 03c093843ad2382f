"""What a utility asks for, and what became of it: the VTN's own ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from openleadr import objects

PRICE = "ELECTRICITY_PRICE"
"""The one signal that asks for nothing: what to make of it is the site's own affair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One signal, in OpenADR 2.0b's words."""

    name: str
    type: str
    intervals: tuple[tuple[int, float], ...]
    """(whole seconds, value) in order."""
    unit: str | None = None
    """``W`` or a currency; None: the signal has no unit."""
    scale: str = "none"

    @property
    def duration_s(self) -> int:
        """How long all intervals take."""
        return sum(seconds for seconds, _ in self.intervals)


@dataclass(slots=True, kw_only=True)
class Version:
    """One modification of an event, and how it fared."""

    number: int
    start: float
    signal: Signal
    cancelled: bool = False
    answered_at: float | None = None
    """When a reply of the VTN first carried it to the VEN: the VTN's answer."""
    opt: str | None = None
    """``optIn`` or ``optOut``."""
    opt_at: float | None = None

    @property
    def end(self) -> float:
        """When its active period ends."""
        return self.start + self.signal.duration_s

    def value_at(self, now: float) -> float | None:
        """What its signal says at an instant; None outside its intervals."""
        end = self.start
        for seconds, value in self.signal.intervals:
            start, end = end, end + seconds
            if start <= now < end:
                return value
        return None


@dataclass(slots=True, kw_only=True)
class Asked:
    """An event through all its modifications."""

    id: str
    ven: str
    """The venName it is meant for."""
    market: str
    resources: tuple[str, ...]
    priority: int
    created: float
    start_after_s: int
    versions: list[Version] = field(default_factory=list)

    @property
    def latest(self) -> Version:
        """What stands."""
        return self.versions[-1]

    def is_told(self, now: float) -> bool:
        """Whether it belongs into a reply: until it has ended, or its cancellation is answered."""
        if self.latest.cancelled:
            return self.latest.opt is None and now < self.latest.end
        return now < self.latest.end


def wire_event(asked: Asked) -> objects.Event:
    """A fresh event object: openleadr's VTN changes those it is given, so none is used twice."""
    version = asked.latest
    start = _utc(version.start)
    intervals = []
    at = start
    for seconds, value in version.signal.intervals:
        length = timedelta(seconds=seconds)
        intervals.append(objects.Interval(dtstart=at, duration=length, signal_payload=value))
        at += length
    tolerance = {"startafter": timedelta(seconds=asked.start_after_s)}
    event = objects.Event(
        active_period=objects.ActivePeriod(
            dtstart=start,
            duration=at - start,
            # timedelta(0) would be written as "P", which is no duration.
            tolerance=tolerance if asked.start_after_s else None,
        ),
        event_signals=[
            objects.EventSignal(
                signal_id=f"{asked.id}-signal",
                signal_name=version.signal.name,
                signal_type=version.signal.type,
                intervals=intervals,
                measurement=_measurement(version.signal),
            )
        ],
        targets=[objects.Target(resource_id=resource) for resource in asked.resources],
        response_required="always",
        event_descriptor=objects.EventDescriptor(
            event_id=asked.id,
            modification_number=version.number,
            market_context=asked.market,
            event_status="far",
            priority=asked.priority,
            created_date_time=_utc(asked.created),
        ),
    )
    if version.cancelled:
        # The constructor works the status out anew from the clock.
        event.event_descriptor.event_status = "cancelled"
    return event


def _measurement(signal: Signal) -> Any:  # noqa: ANN401 - openleadr ships no types
    if signal.unit is None:
        return None
    if signal.unit == "W":
        return objects.Measurement(
            name="powerReal",
            description="RealPower",
            unit="W",
            scale=signal.scale,
            power_attributes=objects.PowerAttributes(hertz=50, voltage=230, ac=True),
        )
    return objects.Measurement(
        name="currencyPerKWh",
        description="currencyPerKWh",
        unit=signal.unit,
        scale=signal.scale,
    )


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
