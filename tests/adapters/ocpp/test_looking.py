"""What a slot was seen to need at one station is what it needs at every other that holds alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.units import FOREVER, Instant
from gridbridge_ocpp.parts import Part, Profile, Purpose
from gridbridge_ocpp.periods import Step
from gridbridge_ocpp.rungs import RateUnit
from gridbridge_ocpp.slot_state import Look, SlotState, Wanted
from gridbridge_ocpp.verdicts import NotHeld

LATEST = 100


def profile(limits: list[float], until: int | None) -> Profile:
    steps = tuple(Step(10 * place, limit) for place, limit in enumerate(limits))
    return Profile(
        id=7,
        evse=1,
        purpose=Purpose.TX_DEFAULT,
        stack=1,
        unit=RateUnit.AMPS,
        phases=3,
        start=0,
        steps=steps,
        until=until,
    )


limits = st.lists(st.sampled_from([6.0, 16.0]), min_size=1, max_size=4)
profiles = st.builds(profile, limits, st.sampled_from([None, 25, LATEST]))
stations = st.tuples(st.integers(-1, 2), st.integers(0, LATEST), st.booleans())


def looked(wanted: Wanted, held: Part | None, now: int, *, refused: bool) -> tuple[object, ...]:
    state = SlotState(held={7: held})
    if refused:
        state.take(
            wanted.alternatives[0][0], NotHeld(detail="no"), sent=Instant(0), now=Instant(0)
        )
    state.wanted, state.looked = wanted, None
    look: Look = state.look(Instant(now))
    return look.pending, look.holding, look.refused, look.until, look.ended


@given(
    wanted=profiles, others=st.lists(profiles, min_size=3, max_size=3), asked=st.lists(stations)
)
def test_a_look_that_is_shared_is_the_look_of_its_own(
    wanted: Profile, others: list[Profile], asked: list[tuple[int, int, bool]]
) -> None:
    ends = FOREVER if wanted.until is None else Instant(wanted.until)
    shared = Wanted(((wanted,),), ends=ends)
    for which, now, refused in asked:
        held = None if which < 0 else (wanted, *others)[which]
        own = Wanted(((wanted,),), ends=ends)
        assert looked(own, held, now, refused=refused) == looked(
            shared, held, now, refused=refused
        )
