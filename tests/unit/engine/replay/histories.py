"""Random histories that are recorded as a log has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.facts import Recorded, SiteFact
from gridbridge.domain.units import Instant
from gridbridge.engine.replay.recording import Recording, Rules
from gridbridge.engine.site.engine import SiteEngine
from gridbridge.ports.store import Entry
from tests.safety.world import World

if TYPE_CHECKING:
    from gridbridge.domain.decisions import Decided

WRITTEN_AFTER = 0.004
"""A decision lies in the log a moment after it was made."""


class _Noting(SiteEngine):
    """Keeps what it decided last."""

    noted: Decided | None = None

    def decide(self, now: Instant) -> Decided | None:
        self.noted = super().decide(now)
        return self.noted


class RecordedWorld(World):
    """A random history, and the log of it."""

    def __init__(self, seed: int) -> None:
        self.log: list[Entry] = []
        super().__init__(seed)
        self.engine: SiteEngine = _Noting(self.site, self.programs, config="c")

    @property
    def rules(self) -> Rules:
        return Rules(site=self.site, programs=self.programs, config="c")

    @property
    def recording(self) -> Recording:
        return Recording(start=None, entries=tuple(self.log))

    def decide(self) -> None:
        """Log what is decided, and have it read back."""
        super().decide()
        assert isinstance(self.engine, _Noting)
        if self.engine.noted is not None:
            self._log(self.engine.noted, Instant(self.now + WRITTEN_AFTER))

    def _fact(self, fact: SiteFact) -> None:
        self._log(fact, self.now)

    def _log(self, fact: SiteFact, at: Instant) -> None:
        self._seq += 1
        recorded = Recorded(at=at, writer="w", seq=self._seq, fact=fact)
        self.log.append(Entry(id=str(self._seq), recorded=recorded))
        self.engine.receive(recorded, entry=str(self._seq))


def history(seed: int, *, steps: int = 40) -> RecordedWorld:
    """Half of them begin with everybody connected."""
    world = RecordedWorld(seed)
    if seed % 2:
        world.begin()
    world.run(steps)
    return world
