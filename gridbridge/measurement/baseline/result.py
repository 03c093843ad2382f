"""A baseline with all that it was made from, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from gridbridge.measurement.loads import Load

if TYPE_CHECKING:
    from gridbridge.domain.units import Seconds


class Why(StrEnum):
    """Why a day is not in a baseline."""

    OTHER_KIND = "other_kind"
    """A Sunday is not like a Monday."""
    EVENT = "event"
    """An event had a part in it, or in the days that its hours reach into."""
    CLOCK_CHANGE = "clock_change"
    """An hour that is asked for came twice, or not at all."""
    MISSING = "missing"
    """A load that is asked for is missing; it does not count as zero."""
    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A day that was looked at and is not in a baseline."""

    day: date
    why: Why


class Finding(StrEnum):
    """What is to be said of an adjustment."""

    AFTER_NOTICE = "after_notice"
    """A part of its window lies after the notice, when use could be raised on purpose."""
    PRE_CHARGE = "pre_charge"
    """A part of its window lies after the site began to charge ahead of the event."""
    WITHHELD = "withheld"
    """The rule would have raised the baseline for what was used then; it was not raised."""
    CAPPED = "capped"
    """The rule's own bounds hold it."""
    WINDOW_MISSING = "window_missing"
    """A load of its window is missing: there is no adjustment."""
    NO_LOAD_EXPECTED = "no_load_expected"
    """The baseline of its window is not above zero, so nothing can be in proportion to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """What the hours before an event did to its baseline: a factor, or a number of watts."""

    found: float | None
    """By all of the window and before any bound; None where it says nothing."""
    applied: float
    findings: tuple[Finding, ...]
    """In the order in which they came up; empty: the rule did as it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What would have been drawn in an event without it."""

    method: str
    loads: tuple[Load, ...]
    """For each interval wholly in the event; MEASURED where nothing in it was estimated."""
    before: tuple[Load, ...] = ()
    """The same for the adjustment's window."""
    days: tuple[date, ...] = ()
    """Whose mean it is, oldest first."""
    left_out: tuple[LeftOut, ...] = ()
    """Latest first."""
    adjustment: Adjustment | None = None


class Reason(StrEnum):
    """Why there is no baseline."""

    TOO_FEW_DAYS = "too_few_days"
    NO_WHOLE_INTERVAL = "no_whole_interval"
    """The event is too short for one."""
    NOTHING_BEFORE = "nothing_before"
    """What was drawn before the event is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoBaseline:
    """There is no number, and why."""

    method: str
    reason: Reason
    detail: str
    left_out: tuple[LeftOut, ...] = ()
    """Latest first."""


def no_whole_interval(method: str, width: Seconds) -> NoBaseline:
    """There is none because the event is shorter than an interval, or between two."""
    detail = f"no interval of {width:g} s lies in the event"
    return NoBaseline(method=method, reason=Reason.NO_WHOLE_INTERVAL, detail=detail)
