"""What may be told without the store lets in no more than what was told, nor than the decision."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridbridge.domain.commands import EvseDesired, StationDesired
from gridbridge.domain.ids import SiteId, StationId
from gridbridge.domain.schedules import Period, Schedule
from gridbridge.domain.units import Amperes, Instant, Watts
from gridbridge.runtime.cuts import cuts_of

NOW = Instant(1000.0)
A = StationId("CP-A")

limits = st.sampled_from([0.0, 6.0, 8.5, 16.0, 32.0])
setpoints = st.none() | st.sampled_from([-7000.0, -3000.0, 0.0, 2000.0, 9000.0])


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    starts = sorted(draw(st.sets(st.integers(930, 1100), min_size=1, max_size=5)))
    return Schedule(
        periods=tuple(
            Period(
                start=Instant(float(start)),
                limit=Amperes(limit := draw(limits)),
                limit_w=Watts(limit * 690.0),
                setpoint_w=None if (wish := draw(setpoints)) is None else Watts(wish),
            )
            for start in starts
        ),
        until=Instant(float(starts[-1] + draw(st.integers(1, 200)))),
    )


def desired(*plans: Schedule | None, version: int = 7, pct: float | None = None) -> StationDesired:
    return StationDesired(
        site=SiteId("s"),
        station=A,
        version=version,
        evses=tuple(
            EvseDesired(
                evse=number,
                standing_amps=Amperes(6.0),
                standing_w=Watts(4140.0),
                phases=3,
                dc=False,
                schedule=plan,
                max_discharge_pct=pct,
            )
            for number, plan in enumerate(plans, 1)
        ),
    )


def bounds(plan: Schedule | None, at: float) -> tuple[float, float, float, float]:
    """(amperes, watts, most that is taken, most that is given back) at an instant."""
    period = plan.at(Instant(at)) if plan is not None else None
    if period is None:
        return 6.0, 4140.0, 4140.0, 0.0
    wish = period.setpoint_w
    taken = period.limit_w if wish is None else min(max(wish, 0.0), period.limit_w)
    return period.limit, period.limit_w, taken, max(-(wish or 0.0), 0.0)


@given(before=schedules(), wanted=schedules())
def test_a_cut_is_never_above_what_was_told_nor_above_what_is_decided(
    before: Schedule, wanted: Schedule
) -> None:
    cuts = cuts_of({A: desired(before)}, [desired(wanted, version=9)], now=NOW)

    told = cuts[0].evses[0].schedule if cuts else before
    # What was asked for longer ago than the decision reaches is over.
    for at in range(int(min(wanted.periods[0].start, NOW)), 1310):
        mine = bounds(told, at)
        assert all(a <= b + 1e-9 for a, b in zip(mine, bounds(before, at), strict=True))
        if at >= NOW:
            assert all(a <= b + 1e-9 for a, b in zip(mine, bounds(wanted, at), strict=True))


@given(before=schedules(), wanted=schedules())
def test_a_cut_is_told_wherever_the_decision_is_lower(before: Schedule, wanted: Schedule) -> None:
    lower = any(
        a < b
        for at in range(1000, 1310)
        for a, b in zip(bounds(wanted, at)[:2], bounds(before, at)[:2], strict=True)
    )

    cuts = cuts_of({A: desired(before)}, [desired(wanted, version=9)], now=NOW)

    if lower:
        assert [each.version for each in cuts] == [7]


@given(before=schedules(), wanted=schedules())
def test_the_same_cut_again_sends_nothing(before: Schedule, wanted: Schedule) -> None:
    changes = [desired(wanted, version=9)]
    held = {A: desired(before)}
    for cut in cuts_of(held, changes, now=NOW):
        held[cut.station] = cut

    assert cuts_of(held, changes, now=NOW) == ()


def flat(amps: float, setpoint: float | None = None, until: float = 2000.0) -> Schedule:
    period = Period(
        start=Instant(940.0),
        limit=Amperes(amps),
        limit_w=Watts(amps * 690.0),
        setpoint_w=None if setpoint is None else Watts(setpoint),
    )
    return Schedule(periods=(period,), until=Instant(until))


def test_a_cut_of_one_evse_goes_out_though_the_other_is_raised() -> None:
    before = desired(flat(16.0), flat(16.0))
    wanted = desired(flat(8.0), flat(32.0), version=9)

    (cut,) = cuts_of({A: before}, [wanted], now=NOW)

    assert [each.schedule for each in cut.evses] == [flat(8.0), flat(16.0)]


def test_a_raise_alone_sends_nothing() -> None:
    assert cuts_of({A: desired(flat(8.0))}, [desired(flat(16.0))], now=NOW) == ()


def test_a_station_that_was_never_told_is_left_alone() -> None:
    assert cuts_of({}, [desired(flat(0.0))], now=NOW) == ()
    assert cuts_of({A: desired(None)}, [desired(flat(0.0))], now=NOW) == ()


@pytest.mark.parametrize(
    ("before", "wanted", "told"),
    [
        pytest.param(-5000.0, -3000.0, -3000.0, id="less discharge"),
        pytest.param(-3000.0, -5000.0, -3000.0, id="no more discharge"),
        pytest.param(5000.0, -3000.0, 0.0, id="no sign change"),
        pytest.param(-3000.0, None, 0.0, id="an end of discharge is no start of charging"),
        pytest.param(None, 3000.0, 3000.0, id="charging to a wish"),
        pytest.param(None, -3000.0, 0.0, id="no discharge begins"),
    ],
)
def test_setpoints_are_cut_both_ways(
    before: float | None, wanted: float | None, told: float | None
) -> None:
    held = {A: desired(flat(16.0, before))}

    cuts = cuts_of(held, [desired(flat(16.0, wanted))], now=NOW)

    schedule = (cuts[0] if cuts else held[A]).evses[0].schedule
    assert schedule == flat(16.0, told)


def test_a_discharge_limit_only_falls() -> None:
    held = {A: desired(flat(16.0), pct=50.0)}

    assert cuts_of(held, [desired(flat(16.0), pct=80.0)], now=NOW) == ()
    (cut,) = cuts_of(held, [desired(flat(16.0), pct=20.0)], now=NOW)
    assert cut == replace(held[A], evses=desired(flat(16.0), pct=20.0).evses)
