"""An event as one enrolled site has it."""

from __future__ import annotations

from dataclasses import dataclass

from gridbridge.domain.events import Event, EventStatus
from gridbridge.domain.units import Instant, Watts


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteBasis:
    """The numbers that relative levels are measured against."""

    import_w: Watts
    """The site's connection."""
    nameplate_w: Watts
    """The sum of what its EVSEs could draw."""
    nominated_w: Watts | None
    """What the site nominated for the program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledEvent:
    """One version of an event that was assigned to a site, and when it was taken back."""

    event: Event
    arrived: Instant
    opted_in: bool = True
    lifted: Instant | None = None
    """When it was cancelled or superseded; what it asked for ends there."""

    @property
    def binds(self) -> bool:
        """Whether it may ask anything of stations: no test, opted in, standing or cut short."""
        standing = self.event.status is EventStatus.STANDING or self.lifted is not None
        return standing and self.opted_in and not self.event.test
