"""One slot of one EVSE: what is wanted there, what is held, and what was refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from gridbridge.domain.commands import Outcome
from gridbridge.domain.units import FOREVER, Instant, Seconds
from gridbridge_ocpp.comparing import compare
from gridbridge_ocpp.parts import Part, Profile, Removal
from gridbridge_ocpp.rungs import RateUnit
from gridbridge_ocpp.slot_record import SlotRecord
from gridbridge_ocpp.verdicts import Held, MayHold, NotHeld, Verdict
from gridbridge_ocpp.ways import Way

_FIRST_RETRY_S = 2.0
_LAST_RETRY_S = 60.0
_MOST_REFUSALS = 64
_NEVER = Instant(0.0)


@dataclass(slots=True, eq=False)
class Wanted:
    """What a slot shall hold, in every unit that may be tried; shared among stations."""

    alternatives: tuple[tuple[Part, ...], ...]
    """For each part the ways to say it, best first; no part: nothing of ours shall be held."""
    impossible: str | None = None
    """Why it cannot be said to this station at all."""
    ends: Instant = FOREVER
    """When it ends by itself, and so does what the station holds of it."""
    only: Part | None = field(init=False)
    """Its part, where there is a single one and a single way to say it."""
    seen: dict[bool, tuple[Part | None, Look]] = field(default_factory=dict, init=False)
    """How the `only` part stood last to what was held under its id, by whether that was the part
    itself, at a station that had refused nothing: those that are told alike mostly hold alike."""

    def __post_init__(self) -> None:
        alone = len(self.alternatives) == 1 and len(self.alternatives[0]) == 1
        self.only = self.alternatives[0][0] if alone else None


class Look(NamedTuple):
    """How a slot stands."""

    pending: tuple[Part, ...]
    """What is still to be sent, in order."""
    holding: tuple[Part, ...]
    """What of the wanted is held."""
    refused: str | None
    """Why something of the wanted will not be held; None: nothing speaks against it."""
    since: Instant
    until: Instant
    """It stands so from `since` until then, as far as it is time that changes it.

    What a clock that was set back says is not known.
    """
    ended: bool = False
    """Whether what was wanted ended by itself."""


@dataclass(slots=True, kw_only=True)
class SlotState:
    """What is known of one slot."""

    held: dict[int, Part | None] = field(default_factory=dict)
    """By id what the station holds; None: perhaps something of ours, nobody knows what."""
    record: SlotRecord = field(default_factory=SlotRecord)
    """What the store says that is held."""
    wanted: Wanted | None = None
    """What was worked out last; None: to be worked out again."""
    way: Way | None = None
    """How it is told; None: to be looked up again."""
    retry_at: Instant = _NEVER
    sent: Instant | None = None
    """When the last part left."""
    calls: int = 0
    """How many there were for it."""
    told: tuple[int, Outcome] | None = None
    """Which outcome the engine knows, and of which version or (standing profile) which call."""
    told_of: Look | None = None
    """The look of which all is told that there is to tell, and then of which version."""
    told_in: int = 0
    _refused: dict[Part, str] = field(default_factory=dict)
    _failures: int = 0
    looked: Look | None = None
    """How it stood when it was looked at last; None: since then something changed."""
    unit: RateUnit | None = field(init=False, default=None)
    """The unit of what is held; None where nothing is, or nobody knows."""

    def __post_init__(self) -> None:
        self._look_at_units()

    @property
    def refuses(self) -> bool:
        """Whether something was refused."""
        return bool(self._refused)

    @property
    def settled(self) -> bool:
        """Whether it was worked out and nothing went wrong with it."""
        return self.wanted is not None and not self._refused and self.retry_at == _NEVER

    def look(self, now: Instant) -> Look:
        """Compare what is wanted with what is held."""
        looked, wanted = self.looked, self.wanted
        if looked is not None and looked.since <= now < looked.until:
            return looked
        if wanted is None or wanted.only is None or self._refused:
            looked = self._look(now)
        else:
            held = self.held.get(wanted.only.id)
            seen = wanted.seen.get(held is wanted.only)
            if seen is not None and seen[0] is held and seen[1].since <= now < seen[1].until:
                looked = seen[1]
            else:
                looked = self._look(now)
                wanted.seen[held is wanted.only] = (held, looked)
        self.looked = looked
        return looked

    def _look(self, now: Instant) -> Look:
        wanted = self.wanted
        if wanted is None:
            raise AssertionError("a slot is looked at only once its wish was worked out")
        if wanted.ends <= now:
            return Look((), (), None, now, FOREVER, ended=True)
        if not wanted.alternatives and wanted.impossible is None:
            return self._look_at_leftovers(now)
        pending: list[Part] = []
        holding: list[Part] = []
        # What is held from one time on is held from any later one on.
        refused, until = wanted.impossible, wanted.ends
        for ways in wanted.alternatives:
            for way in ways:
                same, due = self._holds(way, now)
                if same:
                    holding.append(way)
                    break
                if due < until:
                    until = Instant(due)
            else:
                untried = self._untried(ways)
                if untried is not None:
                    pending.append(untried)
                else:
                    refused = self._refused[ways[0]]
        return Look(tuple(pending), tuple(holding), refused, now, until)

    def _holds(self, way: Part, now: Instant) -> tuple[bool, float]:
        """Whether the station does what the part asks for; until when it does not."""
        held = self.held.get(way.id)
        if held is None or held is way:
            return held is way, FOREVER
        if isinstance(way, Profile) and isinstance(held, Profile):
            found = compare(way, held, now)
            return found.same, found.until
        return held == way, FOREVER

    def take(self, part: Part, verdict: Verdict, *, sent: Instant, now: Instant) -> None:
        """Note what became of a part."""
        self.sent, self.looked, self.told_of = sent, None, None
        self.calls += 1
        match verdict:
            case Held():
                self._failures, self.retry_at = 0, _NEVER
                if isinstance(part, Removal):
                    self.held.pop(part.id, None)
                else:
                    self.held[part.id] = part
                if not isinstance(part, Profile) or part.unit is not self.unit:
                    self._look_at_units()
            case NotHeld(retry_after=None):
                self._refused[part] = verdict.detail
                self.work_out_again()
            case NotHeld(retry_after=wait):
                self.retry_at = Instant(now + (wait or 0.0))
                self.record.try_again()
            case MayHold():
                self.held[part.id] = None
                self._look_at_units()
                pause = Seconds(min(_FIRST_RETRY_S * 2.0**self._failures, _LAST_RETRY_S))
                self._failures += 1
                self.record.try_again()
                self.retry_at = Instant(now + pause)

    def work_out_again(self) -> None:
        """What is wanted is to be said in other words, perhaps."""
        self.wanted = self.looked = self.way = None

    def wish_changed(self) -> None:
        """Something else is wanted: worth a try at once; the same words are still refused."""
        self.wanted = self.looked = None
        self.record.try_again()
        self.retry_at, self._failures = _NEVER, 0
        if len(self._refused) > _MOST_REFUSALS:
            self._refused.clear()
            self.way = None

    def forget(self) -> None:
        """The station started anew: nobody knows what it holds."""
        self.held = dict.fromkeys(self.held)
        self.unit = self.way = None
        self._refused.clear()
        self.record.forget()
        self.wish_changed()
        self.tell_again()

    def tell_again(self) -> None:
        """Nobody heard what became of it."""
        self.told = self.told_of = None

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
        # Left-overs end by themselves.
        return Look(pending, (), refused, now, now if pending else FOREVER)

    def _look_at_units(self) -> None:
        profiles = (part for part in self.held.values() if isinstance(part, Profile))
        self.unit = next((profile.unit for profile in profiles), None)
        self.way = None
