"""What a query asks for; whatever nobody knows in it is refused by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from gridbridge.domain.history import Every
from gridbridge.domain.units import Instant, Seconds
from gridbridge_http.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

HISTORY: Final = ("from", "to", "every")
"""What may stand in the query for a history."""
DAY = Seconds(86_400.0)
END_OF_TIME = Instant(32_503_680_000.0)
"""The year 3000: what RFC 3339 can write in any zone ends some millennia later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A piece of a site's history."""

    every: Every
    start: Instant
    end: Instant


def only(query: Mapping[str, str], known: Collection[str]) -> None:
    """Raise ProblemError for names that nobody knows here."""
    unknown = sorted(set(query) - set(known))
    if unknown:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"unknown in the query: {', '.join(unknown)}")


def span(query: Mapping[str, str], now: Instant) -> Span:
    """The last day in quarters of an hour, unless the query says otherwise.

    It begins where its first bucket does, and no earlier than buckets are kept. Raises
    ProblemError.
    """
    every = _every(query.get("every", Every.QUARTER.value))
    end = _time("to", query["to"]) if "to" in query else now
    start = _time("from", query["from"]) if "from" in query else Instant(end - DAY)
    if start > end:
        raise ProblemError(HTTPStatus.BAD_REQUEST, "from: it is later than to")
    kept = max(start, Instant(now - every.kept))
    return Span(every=every, start=every.start_of(min(kept, end)), end=end)


def _every(text: str) -> Every:
    try:
        return Every(text)
    except ValueError:
        known = " or ".join(Every)
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"every: {text!r} is not {known}") from None


def _time(name: str, text: str) -> Instant:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ProblemError(
            HTTPStatus.BAD_REQUEST,
            f"{name}: {text!r} is no time with its zone, like 2027-01-15T08:00:00Z",
        )
    instant = Instant(moment.timestamp())
    if not 0 <= instant < END_OF_TIME:
        raise ProblemError(HTTPStatus.BAD_REQUEST, f"{name}: {text!r} is not of these centuries")
    return instant
