"""What one site's engine raises stops that site alone, is told, and is tried anew.

An engine that raises is wrong, or was handed a fact that nobody foresaw; its state may be half
changed, so it is not asked again. What its stations hold stays as it is: their schedules end by
themselves, at the standing safe profile. After a pause the site is read anew from its snapshot
and the log. A fact that lies in the log stops it again then: it is never skipped, for nobody knows
what it would have cut, and the alarm stands until a version that can fold it is there.

An engine that cannot be shown or kept goes on deciding, and that part is tried anew. What the
store refuses of one site alone counts as a fault of that site; one whose decisions it refuses is
still cut, as all are while the store is away.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from gridbridge.codec import CodecError, decode
from gridbridge.domain.decisions import Alarm
from gridbridge.domain.units import Instant, Seconds, WattHours, Watts
from gridbridge.domain.views import SiteView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gridbridge.domain.ids import SiteId
    from gridbridge.domain.site import Site
    from gridbridge.ports.clock import Clock

log = structlog.get_logger(__name__)

FIRST_PAUSE = Seconds(30.0)
LONGEST_PAUSE = Seconds(600.0)
"""The pause doubles up to this; who was well for as long begins anew with the first."""

STOPPED, NOT_SHOWN, NOT_KEPT = "site_stopped", "site_not_shown", "site_not_kept"
"""What does not work, as the names of the alarms."""
PARTS = {"view": NOT_SHOWN, "snapshot": NOT_KEPT}


class EngineFaultError(Exception):
    """An engine raised; the cause says what."""

    def __init__(self, doing: str, entry: str) -> None:
        super().__init__(doing)
        self.doing = doing
        self.entry = entry
        """The log id of the fact it was given, or of the last one it folded."""

    @property
    def part(self) -> str:
        """What does not work because of it."""
        return PARTS.get(self.doing, STOPPED)


def refused(doing: str, entry: str, error: Exception) -> EngineFaultError:
    """The fault of a site whose own part of the store is what does not work."""
    found = EngineFaultError(doing, entry)
    found.__cause__ = error
    return found


@contextmanager
def boundary(doing: str, entry: str) -> Iterator[None]:
    """Stands around every call into an engine, and around nothing that waits for the store."""
    try:
        yield
    except Exception as error:
        # Whatever a bug raises: what it is called does not say whom it concerns, this place does.
        raise EngineFaultError(doing, entry) from error


@dataclass(slots=True, kw_only=True)
class _Fault:
    doing: str
    reason: str
    entry: str
    pause: Seconds
    retry_at: Instant
    standing: bool = True
    shown: bool = False


class Faults:
    """The faults of the sites served here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[tuple[SiteId, str], _Fault] = {}
        self._counts: dict[SiteId, int] = {}

    @property
    def counts(self) -> Mapping[SiteId, int]:
        """How often the engine of each site raised since this process started."""
        return self._counts

    def struck(self, site: SiteId, error: EngineFaultError) -> None:
        """Count and tell it, with all that is known where it is not the one that stood before."""
        now = self._clock.now()
        cause = error.__cause__
        reason = type(cause).__name__
        before = self._found.get((site, error.part))
        again = before is not None and now < before.retry_at + LONGEST_PAUSE
        pause = Seconds(min(before.pause * 2, LONGEST_PAUSE)) if before and again else FIRST_PAUSE
        told = {"site": site, "doing": error.doing, "entry": error.entry, "reason": reason}
        known = (error.doing, reason, error.entry)
        if before is not None and known == (before.doing, before.reason, before.entry):
            log.error("engine_fault_again", retry_in_s=pause, **told)
        else:
            log.error("engine_fault", retry_in_s=pause, exc_info=cause, **told)
        self._counts[site] = self._counts.get(site, 0) + 1
        self._found[site, error.part] = _Fault(
            doing=error.doing,
            reason=reason,
            entry=error.entry,
            pause=pause,
            retry_at=Instant(now + pause),
        )

    def waits(self, site: SiteId, part: str) -> bool:
        """Whether that is not to be tried yet."""
        found = self._found.get((site, part))
        return found is not None and found.standing and self._clock.now() < found.retry_at

    def over(self, site: SiteId, part: str) -> bool:
        """Take note that this works; whether it did not before."""
        found = self._found.get((site, part))
        if found is None or not found.standing:
            return False
        found.standing = False
        log.info("engine_fault_over", site=site, part=part)
        return True

    def unshown(self, site: SiteId) -> bool:
        """Whether what the store shows of the site lacks a fault."""
        return any(not each.shown for each in self._standing(site).values())

    def marked(self, view: SiteView, *, but: str | None = None) -> SiteView:
        """A view with the alarms of what does not work, and with no others of these names.

        Without one part's, `but`: that which works if the view is written at all.
        """
        ours = tuple(
            Alarm(name=part, subject=view.site, detail=f"{fault.reason} in {fault.doing}")
            for part, fault in self._standing(view.site).items()
            if part != but
        )
        others = tuple(each for each in view.alarms if each.name not in {STOPPED, *PARTS.values()})
        return replace(view, alarms=others + ours)

    def shown(self, site: SiteId) -> None:
        """What the store shows of the site has all its faults."""
        for fault in self._standing(site).values():
            fault.shown = True

    def _standing(self, site: SiteId) -> dict[str, _Fault]:
        return {
            part: fault
            for (of, part), fault in self._found.items()
            if of == site and fault.standing
        }


def last_view(document: bytes | None, site: Site, now: Instant) -> SiteView:
    """What was shown of a site last, or what is known of it without an engine."""
    if document is not None:
        try:
            return decode(document, SiteView)
        except CodecError:
            log.warning("view_replaced", site=site.id, reason="unreadable")
    return SiteView(
        site=site.id,
        at=now,
        mode=site.mode,
        config="",
        import_w=site.import_w,
        limit=None,
        target=None,
        power=Watts(0.0),
        energy=WattHours(0.0),
        complete=False,
        meter=None,
        reserve=Watts(0.0),
        envelope=(),
        stations=(),
        events=(),
        alarms=(),
    )
