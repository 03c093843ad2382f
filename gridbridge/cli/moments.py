"""Moments as commands take and show them: ISO 8601 with a zone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from gridbridge.domain.units import Instant


def instant(text: str, *, option: str) -> Instant:
    """The moment that was written; anything else is a wrong command line."""
    from datetime import datetime

    from gridbridge.domain.units import Instant

    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(
            f"{text!r} is no time with its zone, like 2027-01-15T08:00:00Z", param_hint=option
        )
    return Instant(moment.timestamp())


def written(moment: float) -> str:
    """A moment in UTC, to the millisecond."""
    from datetime import UTC, datetime

    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
