"""What goes first: a cut is never taken for a raise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.domain.schedules import Schedule
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Instant
from gridbridge_ocpp.building import Making
from gridbridge_ocpp.comparing import compare
from gridbridge_ocpp.parts import DischargeLimit, Profile, Removal
from gridbridge_ocpp.profiles import plan
from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.urgency import Urgency, urgency
from gridbridge_ocpp.versions import OcppVersion
from tests.adapters.ocpp.stations import NOW, entry, evse, schedule, setpoints


def profile(of: Schedule, unit: RateUnit = RateUnit.AMPS) -> Profile:
    how = Making(
        version=OcppVersion.V21,
        rung=Rung.PER_CONNECTOR,
        unit=unit,
        first_id=entry().first_profile_id,
        max_periods=24,
    )
    (part,) = plan(evse(plan=of), how, transaction=None, now=NOW)
    assert isinstance(part, Profile)
    return part


LONG = schedule((0, 16), (600, 10))


@pytest.mark.parametrize(
    ("wanted", "held", "expected"),
    [
        pytest.param(schedule((0, 15)), schedule((0, 16)), Urgency.CUT, id="less now"),
        pytest.param(schedule((0, 17)), schedule((0, 16)), Urgency.RAISE, id="more"),
        pytest.param(schedule((0, 16), (60, 9)), schedule((0, 16)), Urgency.CUT, id="less later"),
        pytest.param(schedule((0, 12)), LONG, Urgency.CUT, id="less now, more later"),
        pytest.param(
            schedule((0, 20), (500, 10)), LONG, Urgency.CUT, id="a cut that comes sooner"
        ),
        pytest.param(
            schedule((-900, 5), (-60, 16)), schedule((-900, 16)), Urgency.RAISE, id="what is past"
        ),
        pytest.param(
            schedule((0, 16), (900, 5), until=1200),
            schedule((0, 16), until=800),
            Urgency.RAISE,
            id="less only after the held one ended",
        ),
        pytest.param(
            setpoints((0, 900.0)), schedule((0, 16)), Urgency.CUT, id="setpoints are not compared"
        ),
    ],
)
def test_what_allows_less_at_any_time_is_a_cut(
    wanted: Schedule, held: Schedule, expected: Urgency
) -> None:
    unit = RateUnit.WATTS

    assert urgency(Slot.PLAN, profile(wanted, unit), profile(held, unit), NOW) is expected


def test_what_cannot_be_compared_is_a_cut() -> None:
    watts, amps = profile(LONG, RateUnit.WATTS), profile(LONG)

    assert urgency(Slot.PLAN, amps, watts, NOW) is Urgency.CUT
    assert urgency(Slot.PLAN, amps, None, NOW) is Urgency.CUT
    assert urgency(Slot.STANDING, amps, None, NOW) is Urgency.UNSECURED
    assert urgency(Slot.PLAN, Removal(id=1), None, NOW) is Urgency.RAISE


def test_less_discharge_is_a_cut() -> None:
    small, large = DischargeLimit(percent=10.0), DischargeLimit(percent=90.0)

    assert urgency(Slot.DER, small, large, NOW) is Urgency.CUT
    assert urgency(Slot.DER, large, small, NOW) is Urgency.RAISE


rows = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 4)), min_size=1, max_size=6)


def made(lengths: list[tuple[int, int]]) -> Profile:
    start, points = -20, []
    for length, amps in lengths:
        points.append((float(start), float(amps)))
        start += length
    return profile(schedule(*points, until=start))


@settings(deadline=None)
@given(rows, rows)
def test_a_cut_is_what_a_look_at_every_second_says(
    one: list[tuple[int, int]], two: list[tuple[int, int]]
) -> None:
    wanted, held = made(one), made(two)
    assert wanted.until is not None
    assert held.until is not None
    end = min(wanted.until, held.until)

    seconds = range(int(NOW), max(end, int(NOW)))

    cut = any(wanted.value_at(Instant(at)) < held.value_at(Instant(at)) for at in seconds)
    expected = Urgency.CUT if cut else Urgency.RAISE
    assert urgency(Slot.PLAN, wanted, held, NOW) is expected


def test_what_was_replaced_long_ago_is_not_kept_by_what_replaced_it() -> None:
    # No other test compares profiles of that length, which are shared.
    held, *after = (profile(schedule((0, amps), until=4321)) for amps in (8, 16, 32))
    for wanted in after:
        compare(wanted, held, NOW)
        held = wanted

    second, third = after
    assert third.compared is not None
    assert third.compared.held is second
    assert second.compared is None
