"""One slot of one EVSE: what is wanted there, what is held, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from gridbridge.domain.commands import Outcome
from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge_ocpp.parts import Part, Profile, Removal
from gridbridge_ocpp.verdicts import Held, MayHold, NotHeld, Verdict

_FIRST_RETRY_S = 2.0
_LAST_RETRY_S = 60.0
_MOST_REFUSALS = 64
_NEVER = Instant(0.0)


class Wanted(NamedTuple):
    """What a slot shall hold, in every unit that may be tried."""

    alternatives: tuple[tuple[Part, ...], ...]
    """For each part the ways to say it, best first; no part: nothing of ours shall be held."""
    impossible: str | None = None
    """Why it cannot be said to this station at all."""


class Look(NamedTuple):
    """How a slot stands at one time."""

    pending: tuple[Part, ...]
    """What is still to be sent, in order."""
    holding: tuple[Part, ...]
    """What of the wanted is held."""
    refused: str | None
    """Why something of the wanted will not be held; None: nothing speaks against it."""


@dataclass(slots=True, kw_only=True)
class SlotState:
    """What is known of one slot."""

    held: dict[int, Part | None] = field(default_factory=dict)
    """By id what the station holds; None: perhaps something of ours, nobody knows what."""
    stored: bool = False
    """Whether the store says that something is held."""
    wanted: Wanted | None = None
    """What was worked out last; None: to be worked out again."""
    retry_at: Instant = _NEVER
    sent: Instant | None = None
    """When the last part left."""
    told: tuple[int, Outcome] | None = None
    """The version and outcome that the engine knows."""
    _refused: dict[Part, str] = field(default_factory=dict)
    _failures: int = 0
    _looked: tuple[Instant, Instant, Look] | None = None
    """From when, and until when, it looks like that."""

    @property
    def plain(self) -> bool:
        """Whether nothing was refused yet."""
        return not self._refused

    @property
    def settled(self) -> bool:
        """Whether it was worked out and nothing went wrong with it."""
        return self.wanted is not None and not self._refused and self.retry_at == _NEVER

    def want(self, wanted: Wanted) -> None:
        """Take what was worked out."""
        self.wanted, self._looked = wanted, None

    def look(self, now: Instant) -> tuple[Look, Instant]:
        """Compare what is wanted with what is held; it looks like that until then."""
        looked = self._looked
        if looked is None or not (looked[0] == now or looked[0] < now < looked[1]):
            look = self._look(now)
            # What is held from one time on is held from any later one on.
            until = self._next_step(now) if look.pending else FOREVER
            looked = self._looked = (now, until, look)
        return looked[2], looked[1]

    def _next_step(self, now: Instant) -> Instant:
        """Before when the mere passing of time changes nothing of what is pending."""
        wanted = self.wanted
        if wanted is None or not wanted.alternatives:
            # Left-overs end by themselves.
            return now
        due = float(FOREVER)
        for ways in wanted.alternatives:
            for way in ways:
                for part in (way, self.held.get(way.id)):
                    if isinstance(part, Profile):
                        due = min(due, part.next_step(now))
        return Instant(due)

    def _look(self, now: Instant) -> Look:
        wanted = self.wanted
        if wanted is None:
            raise AssertionError("a slot is looked at only once its wish was worked out")
        if not wanted.alternatives and wanted.impossible is None:
            return self._look_at_leftovers(now)
        pending: list[Part] = []
        holding: list[Part] = []
        refused = wanted.impossible
        for ways in wanted.alternatives:
            for way in ways:
                held = self.held.get(way.id)
                if held is not None and (held is way or held.same_from(now, way)):
                    holding.append(way)
                    break
            else:
                untried = self._untried(ways)
                if untried is not None:
                    pending.append(untried)
                else:
                    refused = self._refused[ways[0]]
        return Look(tuple(pending), tuple(holding), refused)

    def take(self, part: Part, verdict: Verdict, *, sent: Instant, now: Instant) -> None:
        """Note what became of a part."""
        self.sent, self._looked = sent, None
        match verdict:
            case Held():
                self._failures, self.retry_at = 0, _NEVER
                if isinstance(part, Removal):
                    self.held.pop(part.id, None)
                else:
                    self.held[part.id] = part
            case NotHeld(retry_after=None):
                self._refused[part] = verdict.detail
                self.wanted = None
            case NotHeld(retry_after=wait):
                self.retry_at = Instant(now + (wait or 0.0))
            case MayHold():
                self.held[part.id] = None
                pause = Seconds(min(_FIRST_RETRY_S * 2.0**self._failures, _LAST_RETRY_S))
                self._failures += 1
                self.retry_at = Instant(now + pause)

    def wish_changed(self) -> None:
        """Something else is wanted: worth a try at once; the same words are still refused."""
        self.wanted = self._looked = None
        self.retry_at, self._failures = _NEVER, 0
        if len(self._refused) > _MOST_REFUSALS:
            self._refused.clear()

    def forget(self) -> None:
        """The station started anew: nobody knows what it holds."""
        self.held = dict.fromkeys(self.held)
        self._refused.clear()
        self.wish_changed()
        self.told = None

    def _untried(self, ways: tuple[Part, ...]) -> Part | None:
        if not self._refused:
            return ways[0]
        return next((way for way in ways if way not in self._refused), None)

    def _look_at_leftovers(self, now: Instant) -> Look:
        """Nothing is wanted: what is still in force, or may be, has to go."""
        left = [
            Removal(id=id_)
            for id_, part in self.held.items()
            if not (isinstance(part, Profile) and part.until is not None and part.until <= now)
        ]
        pending = tuple(part for part in left if part not in self._refused)
        refused = next((self._refused[part] for part in left if part in self._refused), None)
        return Look(pending=pending, holding=(), refused=refused)
