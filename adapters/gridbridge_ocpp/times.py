"""Times as they stand on the wire: RFC 3339, UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from gridbridge.domain.units import Instant

_BELIEVABLE_S = 10 * 365.25 * 86_400.0


def stamp(instant: Instant) -> str:
    """The instant in RFC 3339, in UTC, with milliseconds only where it has some."""
    moment = datetime.fromtimestamp(round(instant, 3), UTC)
    form = "milliseconds" if moment.microsecond else "seconds"
    return f"{moment.replace(tzinfo=None).isoformat(timespec=form)}Z"


def parse_time(text: str) -> Instant:
    """Read a station's time; one without zone counts as UTC, as OCPP demands of every time.

    Raises ValueError where it is none.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return Instant(moment.timestamp())


def believable(text: str, now: Instant) -> Instant | None:
    """Read when a station says that it measured; None where that cannot be.

    A clock that runs ahead of ours is taken for now, for nothing was measured in the future; a
    time more than ten years away is no time at all.
    """
    try:
        taken = parse_time(text)
    except (ValueError, OverflowError):
        return None
    if abs(taken - now) > _BELIEVABLE_S:
        return None
    return min(taken, now)
