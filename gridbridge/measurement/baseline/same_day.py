"""Same-day adjustment: what was drawn just before an event, beside what was expected then.

          notice
             |     |<- window ->|      |<- event
expected   ..|.....| 40 | 40 |..|......| 50 | 50
metered      |     | 44 | 48 |         |            46 / 40: a factor of 1.15

Who knows that an event is coming can draw more on purpose, and a site that charges ahead of an
event does so by plan. What was drawn once that was possible may lower a baseline; it never raises
it above what the time before gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING, TypeAlias

from gridbridge.domain.units import Instant, Seconds, Watts
from gridbridge.measurement.baseline.result import Adjustment, Baseline, Finding
from gridbridge.measurement.loads import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gridbridge.measurement.baseline.notice import Notice
    from gridbridge.measurement.loads import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time before an event."""

    begins: Seconds
    """Before the event's start."""
    ends: Seconds
    """Likewise; 0: it reaches up to the event."""

    def __post_init__(self) -> None:
        """It lies before the event, and is not empty."""
        if not 0 <= self.ends < self.begins:
            raise ValueError("a window lies before the event")

    def before(self, start: Instant) -> Span:
        """Of an event that starts then."""
        return Span(start=Instant(start - self.begins), end=Instant(start - self.ends))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """Multiply a baseline by what was metered over what was expected."""

    window: Window
    least: float
    most: float
    """CAISO's 20 % is 0.8 to 1.2."""

    def __post_init__(self) -> None:
        """No adjustment is always allowed."""
        if not 0 <= self.least <= self.neutral <= self.most:
            raise ValueError("the bounds of a factor lie on both sides of 1")

    @property
    def neutral(self) -> float:
        """What changes nothing."""
        return 1.0

    def found(self, pairs: Sequence[Pair]) -> float | None:
        """By these intervals; None where nothing can be in proportion."""
        expected = fsum(each.expected for each in pairs)
        return fsum(each.metered for each in pairs) / expected if expected > 0 else None

    def moved(self, power: Watts, applied: float) -> Watts:
        """What is given back is in no proportion to what was drawn, and stays."""
        return Watts(power * applied) if power > 0 else power


@dataclass(frozen=True, slots=True, kw_only=True)
class Shifting:
    """Add to a baseline what was metered above what was expected, on average."""

    window: Window
    least: Watts
    most: Watts

    def __post_init__(self) -> None:
        """No adjustment is always allowed."""
        if not self.least <= self.neutral <= self.most:
            raise ValueError("the bounds of a shift lie on both sides of 0")

    @property
    def neutral(self) -> float:
        """What changes nothing."""
        return 0.0

    def found(self, pairs: Sequence[Pair]) -> float | None:
        """By these intervals."""
        if not pairs:
            return None
        return fsum(each.metered - each.expected for each in pairs) / len(pairs)

    def moved(self, power: Watts, applied: float) -> Watts:
        """Each interval by the same."""
        return Watts(power + applied)


SameDay: TypeAlias = Scaling | Shifting


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What was expected in an interval of the window, and what came."""

    end: Instant
    expected: Watts
    metered: Watts


def adjusted(
    baseline: Baseline, rule: SameDay, *, metered: Mapping[Instant, Load], notice: Notice
) -> Baseline:
    """The baseline as the hours before the event say, within the rule's bounds.

    `baseline` is one that was made with the rule's window; `metered` has the loads of the day by
    start. Where the window says nothing the baseline stays as it is, and the reason is with it.
    """
    adjustment = _adjustment(rule, _pairs(baseline, metered), notice)
    return replace(
        baseline,
        loads=tuple(
            replace(load, power=rule.moved(load.power, adjustment.applied))
            for load in baseline.loads
            if load.power is not None
        ),
        adjustment=adjustment,
    )


def _adjustment(rule: SameDay, pairs: Sequence[Pair], notice: Notice) -> Adjustment:
    if not pairs:
        return Adjustment(found=None, applied=rule.neutral, findings=(Finding.WINDOW_MISSING,))
    found = rule.found(pairs)
    if found is None:
        return Adjustment(found=None, applied=rule.neutral, findings=(Finding.NO_LOAD_EXPECTED,))
    findings = _touched(pairs, notice)
    allowed = found
    if findings:
        # Of what was drawn before anybody could know; no adjustment where that says nothing.
        early = rule.found([each for each in pairs if each.end <= notice.untouched_until])
        allowed = min(found, rule.neutral if early is None else early)
    if allowed < found:
        findings.append(Finding.WITHHELD)
    applied = min(max(allowed, rule.least), rule.most)
    if applied != allowed:
        findings.append(Finding.CAPPED)
    return Adjustment(found=found, applied=applied, findings=tuple(findings))


def _pairs(baseline: Baseline, metered: Mapping[Instant, Load]) -> list[Pair]:
    """Every interval of the window; none if one is missing."""
    pairs = []
    for expected in baseline.before:
        load = metered.get(expected.start)
        if load is None or load.power is None or expected.power is None:
            return []
        pairs.append(Pair(end=expected.end, expected=expected.power, metered=load.power))
    return pairs


def _touched(pairs: Sequence[Pair], notice: Notice) -> list[Finding]:
    """The integrity check: what of the event reaches into the window."""
    last = max(each.end for each in pairs)
    touched = []
    if last > notice.heard:
        touched.append(Finding.AFTER_NOTICE)
    if notice.precharge is not None and last > notice.precharge:
        touched.append(Finding.PRE_CHARGE)
    return touched
