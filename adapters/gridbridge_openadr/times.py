"""Times and durations as VTNs write them: read tolerantly, written strictly.

Instants need a zone: a time without one means another instant in every place. Durations keep
years and months apart from seconds, as only the start tells how long they are.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from gridbridge.domain.units import FOREVER, Instant, Seconds

_INSTANT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{0,18}))?(Z|[+-]\d\d:\d\d)?", re.ASCII
)
# The schema of 2.0b lets weeks stand without their P, and zero as a bare P; so do VTNs.
_DURATION: Final = re.compile(
    r"([+-]?)P?(?:(\d{1,9})W|(?<=P)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})D)?"
    r"(?:T(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,12}(?:\.\d{1,9})?)S)?)?)",
    re.ASCII,
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_YEAR: Final = 9999
_CALENDARS_END: Final = 253_402_300_800.0
"""Where the year 10000 would begin."""


class InvalidTimeError(ValueError):
    """A time or duration that does not say when or how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A length of time whose months are as long as the calendar says; never negative."""

    months: int
    seconds: float

    @property
    def zero(self) -> bool:
        """Whether it has no length, which OpenADR 2.0b reads as open-ended."""
        return self.months == 0 and self.seconds == 0

    def after(self, start: Instant) -> Instant:
        """The instant this long after `start`; FOREVER where the calendar ends before."""
        end = self._months_after(start) + self.seconds
        return Instant(end) if end < _CALENDARS_END else FOREVER

    def _months_after(self, start: Instant) -> float:
        if self.months == 0:
            return start
        moment = _EPOCH + timedelta(seconds=start)
        year, month = divmod(moment.year * 12 + moment.month - 1 + self.months, 12)
        if year > _LAST_YEAR:
            return FOREVER
        day = min(moment.day, calendar.monthrange(year, month + 1)[1])
        moved = moment.replace(year=year, month=month + 1, day=day)
        return (moved - _EPOCH).total_seconds()

    def in_seconds(self) -> Seconds:
        """The length; raises InvalidTimeError where only a start would tell."""
        if self.months:
            raise InvalidTimeError("a length in years or months is not known without its start")
        return Seconds(self.seconds)


def read_instant(text: str) -> Instant:
    """An ISO 8601 date-time with its zone; raises InvalidTimeError.

    OpenADR 2.0b asks for UTC written ``Z``; another offset and fractions are read as well.
    """
    match = _INSTANT.fullmatch(text.strip())
    if match is None:
        raise InvalidTimeError(f"{text!r} is not a date-time")
    *parts, fraction, zone = match.groups()
    if zone is None:
        raise InvalidTimeError(f"{text!r} has no time zone")
    year, month, day, hour, minute, second = (int(part) for part in parts)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=_zone(zone))
    except ValueError as error:
        raise InvalidTimeError(f"{text!r}: {error}") from None
    return Instant(round((moment - _EPOCH).total_seconds() + float(f"0.{fraction or 0}"), 6))


def read_duration(text: str) -> Duration:
    """An ISO 8601 duration, zero or longer; raises InvalidTimeError.

    Fractions of seconds, weeks (``P1W``, ``7W``) and a bare ``P`` for zero are read as well.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise InvalidTimeError(f"{text!r} is not a duration")
    sign, *parts = match.groups()
    weeks, years, months, days, hours, minutes = (int(part or 0) for part in parts[:-1])
    clock = 3600 * hours + 60 * minutes + float(parts[-1] or 0)
    duration = Duration(months=12 * years + months, seconds=86_400 * (7 * weeks + days) + clock)
    if sign == "-" and not duration.zero:
        raise InvalidTimeError(f"{text!r} is negative")
    return duration


def write_instant(instant: Instant) -> str:
    """UTC with ``Z``, whole microseconds only where there are any."""
    moment = _EPOCH + timedelta(seconds=instant)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def write_duration(length: Seconds) -> str:
    """Whole seconds, rounded: ``PT300S``; zero is ``PT0S``."""
    return f"PT{round(length)}S"


def _zone(text: str) -> timezone:
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[4:6])))
