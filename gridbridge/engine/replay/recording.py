"""What was recorded of one site, and the rules that it is read by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridbridge.domain.ids import ProgramName
from gridbridge.domain.programs import Program
from gridbridge.domain.site import Site
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.store import Entry, Snapshot

if TYPE_CHECKING:
    from gridbridge.domain.decisions import Decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A configuration, as far as one site is decided by it."""

    site: Site
    programs: Mapping[ProgramName, Program]
    config: str
    """Content hash."""

    def engine(self, start: Snapshot | None) -> SiteEngine:
        """The site's engine as it was in `start`; without one it knows nothing yet."""
        return SiteEngine.of(self.site, self.programs, config=self.config, snapshot=start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """Facts and decisions of one site."""

    start: Snapshot | None
    """The state of its engine before the first entry; None where the log begins with it."""
    entries: tuple[Entry, ...]
    """In the log's order, without a gap."""


def is_put_back(decided: Decided) -> bool:
    """Whether it only tells the log what stations hold; no engine decided it.

    After an outage of the store, or where a state was ahead of the log, an owner writes down what
    stations were told; such a decision has no reasons.
    """
    return not decided.why and not decided.envelope
