"""The worst that an EVSE may draw, given everything it may hold.

    told but not answered   may hold already
    accepted                holds
    just replaced           may still be followed until the settle time is over
    standing profile        holds wherever no schedule is valid
    nothing known           the hardware maximum

(a limit is a promise only once its answer came *and* power had time to follow).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from gridbridge.domain.units import FOREVER, SKEW, Amperes, Instant, Seconds
from gridbridge.engine.site.kept import Kept
from gridbridge.engine.site.steps import Steps, constant, dilated, ending, largest, steps

if TYPE_CHECKING:
    from gridbridge.domain.commands import EvseDesired
    from gridbridge.domain.schedules import Schedule
    from gridbridge.domain.site import Evse, Station
    from gridbridge.engine.site.state import EvseState, Fading, StationState
    from gridbridge.engine.site.wires import Wires


def imports(schedule: Schedule | None, standing: float) -> Steps:
    """Amperes per wire that a schedule lets in, and the standing profile after its end."""
    if schedule is None:
        return constant(standing)
    return steps(
        [*((period.start, period.limit) for period in schedule.periods),
         (schedule.until, standing)]
    )  # fmt: skip


def exports(schedule: Schedule | None) -> Steps:
    """Watts at the EVSE that a schedule lets out, a magnitude; nothing after its end."""
    if schedule is None:
        return constant(0.0)
    return steps(
        [
            *(
                (period.start, max(-(period.setpoint_w or 0.0), 0.0))
                for period in schedule.periods
            ),
            (schedule.until, 0.0),
        ]
    )


MOST_CREDIBLE = 2.0
"""Of the configured maximum: no EVSE draws more than that."""
READ_WITHIN = Seconds(5.0)
"""How long after it was taken a reading may be folded."""
ANSWER_WITHIN = Seconds(10.0)
"""A station that said nothing for so long to what it was told is not relied on: a grid limit binds
15 s after it came, and until then the others must have been asked to make room."""
LATELY = 4
"""Step functions that are kept for each EVSE although they were not asked for lately."""


def gives(desired: EvseDesired | None, at: Instant) -> bool:
    """Whether an EVSE is told more than nothing."""
    schedule = None if desired is None else desired.schedule
    period = None if schedule is None else schedule.at(at)
    return period is not None and period.limit > 0.0


class Worsts:
    """The worst of every EVSE; worked out once where EVSEs may hold the same."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires
        room = LATELY * len(wires.evses)
        self._imports: Kept[_Found] = Kept(room=room)
        self._exports: Kept[_Found] = Kept(room=room)
        self._smeared: Kept[_Found] = Kept(room=room)
        self._last: dict[int, _Found] = {}

    def begin_pass(self) -> None:
        """A new look at all EVSEs begins."""
        for kept in (self._imports, self._exports, self._smeared):
            kept.begin_pass()

    def imports(self, column: int, state: StationState, own: EvseState) -> Steps:
        """The most amperes per wire it may draw at each instant."""
        of = (
            state.seen,
            state.connected,
            own.secured,
            own.accepted,
            own.told,
            own.fading,
            own.overdraw,
        )
        last = self._last.get(column)
        if last is None or last[0] != of:
            last = self._last[column] = (of, self._imported(column, state, own))
        return last[1]

    def _imported(self, column: int, state: StationState, own: EvseState) -> Steps:
        station, evse = self._wires.stations[column], self._wires.evses[column]
        if not state.seen:
            return constant(self._wires.absent_amps[column])
        forgotten = not state.connected and (
            station.forgets_on_reboot or station.forgets_on_reconnect
        )
        if not own.secured or forgotten:
            return constant(evse.max_amps)
        standing = min(station.offline_amps, evse.max_amps)
        late = SKEW + station.settle

        def possibly(schedule: Schedule | None) -> Steps:
            key = (id(schedule), standing, late)
            found = self._smeared.find(key)
            if found is None:
                smeared = dilated(imports(schedule, standing), early=SKEW, late=late)
                found = self._smeared.keep(key, (schedule, smeared))
            return found[1]

        key = (standing, late, evse.max_amps, own.overdraw, *_held(own))
        found = self._imports.find(key)
        if found is None:
            possible = [possibly(own.accepted), *(possibly(told.schedule) for told in own.told)]
            for fading in own.fading:
                before = constant(evse.max_amps) if fading.unsecured else possibly(fading.schedule)
                possible.append(ending(before, at=fading.until, then=0.0))
            overdraw = counted_overdraw(own, evse)
            if overdraw is not None:
                possible.append(constant(overdraw))
            found = self._imports.keep(
                key, ((own.accepted, own.told, own.fading), largest(possible))
            )
        return found[1]

    def exports(self, column: int, state: StationState, own: EvseState) -> Steps:
        """The most watts at the EVSE it may give back at each instant, a magnitude."""
        if not state.seen:
            return constant(0.0)
        late = SKEW + self._wires.stations[column].settle

        def possibly(schedule: Schedule | None) -> Steps:
            return dilated(exports(schedule), early=SKEW, late=late)

        key = (late, *_held(own))
        found = self._exports.find(key)
        if found is None:
            possible = [possibly(own.accepted), *(possibly(told.schedule) for told in own.told)]
            possible += [
                ending(possibly(fading.schedule), at=fading.until, then=0.0)
                for fading in own.fading
            ]
            found = self._exports.keep(
                key, ((own.accepted, own.told, own.fading), largest(possible))
            )
        return found[1]


_Found: TypeAlias = tuple[object, Steps]
"""A step function, and what its key's identities belong to: kept alive, so they stay its own."""


def _held(own: EvseState) -> tuple[object, ...]:
    """What an EVSE may hold, by identity: schedules are replaced, never changed."""
    return (
        id(own.accepted),
        *(id(told.schedule) for told in own.told),
        *((id(fading.schedule), fading.until, fading.unsecured) for fading in own.fading),
    )


def kept_fading(fading: tuple[Fading, ...], now: Instant) -> tuple[Fading, ...]:
    """Without what nobody needs any more: a reading of then may come a little later."""
    if all(now < each.until + READ_WITHIN for each in fading):
        return fading
    return tuple(each for each in fading if now < each.until + READ_WITHIN)


def counted_overdraw(own: EvseState, evse: Evse) -> Amperes | None:
    """What an EVSE counts at that was metered above its limit; None where it was not.

    Its hardware may be larger than configured, by a size or so. A current far beyond that says
    something of the meter, and must not take the whole site away from the others.
    """
    if own.overdraw is None:
        return None
    return Amperes(min(own.overdraw, MOST_CREDIBLE * evse.max_amps))


def controllable(state: StationState, own: EvseState, now: Instant) -> bool:
    """Whether a cut that is decided now can be expected to be obeyed."""
    return (
        state.connected
        and own.secured
        and not own.refused
        and own.overdraw is None
        and now < overdue_at(state, own)
    )


def overdue_at(state: StationState, own: EvseState) -> Instant:
    """When it is too late for an answer that is owed; FOREVER where none is."""
    if not own.told or not state.connected:
        return FOREVER
    owed = min((told.asked for told in own.told if told.asked is not None), default=FOREVER)
    return Instant(owed + ANSWER_WITHIN)


def most_allowed(own: EvseState, station: Station, evse: Evse, taken: Instant) -> float:
    """Amperes that a secured EVSE may have drawn when it was read, by all that it may hold."""
    fading = [each for each in own.fading if taken < each.until]
    if any(each.unsecured for each in fading):
        return evse.max_amps
    standing = min(station.offline_amps, evse.max_amps)
    since, until = taken - SKEW - station.settle, taken + SKEW
    held = [
        own.accepted,
        *(told.schedule for told in own.told),
        *(each.schedule for each in fading),
    ]
    return max(imports(schedule, standing).most(since, until) for schedule in held)
