"""From a wish to charging profiles: purposes, ids, units, and what a version cannot say."""

from __future__ import annotations

from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gridbridge.domain.commands import EvseDesired
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Watts
from gridbridge_ocpp.building import Making
from gridbridge_ocpp.comparing import compare
from gridbridge_ocpp.digests import digest, parts_of
from gridbridge_ocpp.directory import EvseEntry
from gridbridge_ocpp.parts import DischargeLimit, Part, Profile, Purpose
from gridbridge_ocpp.periods import CannotExpressError
from gridbridge_ocpp.profiles import plan, rungs, standing, units
from gridbridge_ocpp.rungs import RateUnit, Rung
from gridbridge_ocpp.schemas import Kind, problems
from gridbridge_ocpp.versions import OcppVersion
from gridbridge_ocpp.wire import call_for
from tests.adapters.ocpp.stations import NOW, TWO, desired, entry, evse, schedule, setpoints

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
AMPS, WATTS = RateUnit.AMPS, RateUnit.WATTS


def making(version: OcppVersion = V16, **changes: object) -> Making:
    fields: dict[str, Any] = {
        "version": version,
        "rung": Rung.STATION_MAX,
        "unit": AMPS,
        "first_id": 1000,
        "max_periods": 24,
    }
    return Making(**(fields | changes))


def only(parts: tuple[Part, ...]) -> Profile:
    (part,) = parts
    assert isinstance(part, Profile)
    return part


def planned(wish: EvseDesired, how: Making, transaction: str | None = None) -> list[Profile]:
    parts = plan(wish, how, transaction=transaction, now=NOW)
    return [part for part in parts if isinstance(part, Profile)]


# Rungs and units.


@pytest.mark.parametrize(
    ("changes", "wishes", "expected"),
    [
        pytest.param({}, (evse(),), (Rung.STATION_MAX, Rung.PER_CONNECTOR), id="one EVSE"),
        pytest.param({"evses": TWO}, (evse(1), evse(2)), (Rung.PER_CONNECTOR,), id="two EVSEs"),
        pytest.param(
            {"evses": TWO}, (evse(1),), (Rung.PER_CONNECTOR,), id="two, one of them ours"
        ),
        pytest.param({"v2x": True}, (evse(),), (Rung.PER_CONNECTOR,), id="V2X"),
        pytest.param(
            {}, (evse(max_discharge_pct=10.0),), (Rung.PER_CONNECTOR,), id="a discharge limit"
        ),
        pytest.param(
            {"rung": Rung.STATION_MAX}, (evse(),), (Rung.STATION_MAX,), id="the entry's own"
        ),
    ],
)
def test_which_rungs_a_station_is_told_by(
    changes: dict[str, Any],
    wishes: tuple[EvseDesired, ...],
    expected: tuple[Rung, ...],
) -> None:
    assert rungs(entry(**changes), desired(*wishes)) == expected


@pytest.mark.parametrize(
    ("changes", "wish", "slot", "expected"),
    [
        pytest.param({}, evse(), Slot.PLAN, (AMPS, WATTS), id="AC"),
        pytest.param({}, evse(dc=True), Slot.STANDING, (WATTS,), id="DC"),
        pytest.param({}, evse(plan=setpoints((0, 1.0))), Slot.PLAN, (WATTS,), id="setpoints"),
        pytest.param({"rate_unit": WATTS}, evse(), Slot.PLAN, (WATTS,), id="the entry's own"),
    ],
)
def test_which_units_are_tried(
    changes: dict[str, Any],
    wish: EvseDesired,
    slot: Slot,
    expected: tuple[RateUnit, ...],
) -> None:
    assert units(entry(**changes).rate_unit, wish, slot) == expected


def test_a_station_wide_profile_for_several_evses_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="station-max needs a single EVSE"):
        entry(rung=Rung.STATION_MAX, evses=(EvseEntry(number=1), EvseEntry(number=2)))


# Profiles.


@pytest.mark.parametrize("rung", Rung)
def test_both_slots_have_one_purpose_so_that_the_standing_profile_never_caps_the_plan(
    rung: Rung,
) -> None:
    wish, how = evse(plan=schedule((0, 16))), making(rung=rung)

    low, high = only(standing(wish, how)), planned(wish, how)[-1]

    assert low.purpose is high.purpose
    assert low.evse == high.evse
    assert low.stack < high.stack
    assert low.until is None
    assert high.until == NOW + 7200


def test_the_profile_of_a_transaction_is_the_default_with_its_own_id() -> None:
    bound, default = planned(
        evse(2, schedule((0, 16), (60, 8))), making(rung=Rung.PER_CONNECTOR), "17"
    )

    assert bound.purpose is Purpose.TX
    assert bound.transaction == "17"
    assert (bound.steps, bound.until, bound.evse) == (default.steps, default.until, 2)
    assert bound.id != default.id


def test_ids_of_slots_and_evses_never_meet() -> None:
    ids = [
        part.id
        for number in range(1, 9)
        for part in (
            only(standing(evse(number), making())),
            *planned(evse(number, schedule((0, 1))), making(rung=Rung.PER_CONNECTOR), "1"),
        )
    ]

    assert len(ids) == len(set(ids)) == 24


@pytest.mark.parametrize("begin", [-500.0, 0.0, 300.0, 400_000.0])
def test_a_schedule_began_before_it_is_sent(begin: float) -> None:
    (profile,) = planned(evse(plan=schedule((begin, 16), until=begin + 60)), making())

    assert profile.start < NOW - 60


@pytest.mark.parametrize("version", OcppVersion)
def test_phases_are_given_for_ac_and_left_out_for_dc(version: OcppVersion) -> None:
    for dc, expected in ((False, '"numberPhases":1'), (True, None)):
        how = making(version, unit=WATTS)
        text = call_for(version, only(standing(evse(dc=dc, phases=1), how))).text

        assert ("numberPhases" in text) is (expected is not None)
        assert expected is None or expected in text


@pytest.mark.parametrize(
    ("wish", "how", "reason"),
    [
        pytest.param(
            evse(plan=setpoints((0, -1.0))),
            making(V201, unit=WATTS, rung=Rung.PER_CONNECTOR),
            "setpoint_needs_ocpp_2_1",
            id="a setpoint before 2.1",
        ),
        pytest.param(
            evse(plan=setpoints((0, -1.0))),
            making(V21, rung=Rung.PER_CONNECTOR),
            "setpoint_needs_watts",
            id="a setpoint in amperes",
        ),
        pytest.param(
            evse(plan=setpoints((0, -1.0))),
            making(V21, unit=WATTS),
            "setpoint_needs_per_connector",
            id="a setpoint station-wide",
        ),
        pytest.param(
            evse(plan=schedule((0, 1)), dc=True), making(), "amperes_on_dc", id="amperes on DC"
        ),
        pytest.param(evse(plan=schedule((0, -1))), making(), "negative_limit", id="negative"),
        pytest.param(evse(plan=schedule((0, nan))), making(), "not_finite", id="nan"),
        pytest.param(evse(plan=schedule((0, inf))), making(), "not_finite", id="infinite"),
        pytest.param(
            evse(plan=setpoints((0, -1.0), (60, None), (120, -2.0))),
            making(V21, unit=WATTS, rung=Rung.PER_CONNECTOR, max_periods=2),
            "too_few_periods",
            id="more turns than periods",
        ),
    ],
)
def test_what_cannot_be_said_is_refused_by_name(
    wish: EvseDesired, how: Making, reason: str
) -> None:
    with pytest.raises(CannotExpressError, match=reason):
        plan(wish, how, transaction=None, now=NOW)


limits = st.floats(0, 500)
steps = st.lists(st.tuples(st.integers(1, 3000), limits), min_size=1, max_size=60)


@settings(deadline=None)
@given(steps, st.sampled_from(list(OcppVersion)), st.sampled_from(list(RateUnit)))
def test_what_a_station_is_told_is_never_above_what_was_decided(
    rows: list[tuple[int, float]], version: OcppVersion, unit: RateUnit
) -> None:
    start, points = 0, []
    for length, amps in rows:
        points.append((start, amps))
        start += length
    wish = evse(plan=schedule(*points, until=start))

    (profile,) = planned(wish, making(version, unit=unit))

    assert len(profile.steps) <= 24
    assert wish.schedule is not None
    for period in wish.schedule.periods:
        limit = period.limit if unit is AMPS else period.limit_w
        assert profile.value_at(period.start) <= limit + 1e-6


@settings(deadline=None)
@given(steps, st.sampled_from(list(OcppVersion)), st.none() | st.just("7"))
def test_every_profile_passes_its_schema_and_the_text_of_the_store(
    rows: list[tuple[int, float]], version: OcppVersion, transaction: str | None
) -> None:
    start, points = 0, []
    for length, amps in rows:
        points.append((start, amps))
        start += length
    wish = evse(plan=schedule(*points, until=start))
    parts = plan(wish, making(version, rung=Rung.PER_CONNECTOR), transaction=transaction, now=NOW)

    again = parts_of(digest(parts))

    assert again == parts
    for part in parts:
        assert call_for(version, part).action == "SetChargingProfile"


def test_the_default_reply_of_a_schema_names_no_problem() -> None:
    assert problems(V16, "ClearChargingProfile", Kind.REQUEST, {"id": 5}) == ()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "[2,[1]]", '[1,["x",1]]', "[1,[1,2,3,4,5,6,7,8,9,10]]", "nonsense"]
)
def test_a_text_of_another_release_holds_nothing(text: str) -> None:
    assert parts_of(text) == ()


def test_a_discharge_limit_survives_the_store() -> None:
    part = DischargeLimit(percent=12.5)

    assert parts_of(digest((part,))) == (part,)


def test_stations_that_are_told_the_same_share_the_call() -> None:
    wish = evse(plan=schedule((0, 16)))

    one, two = (call_for(V201, planned(wish, making(V201))[0]) for _ in range(2))

    assert one is two


def test_two_schedules_are_the_same_from_the_moment_on_from_which_they_ask_the_same() -> None:
    (long,) = planned(evse(plan=schedule((0, 16), (600, 8), (1200, 12))), making())
    (short,) = planned(evse(plan=schedule((600, 8), (1200, 12))), making())
    assert isinstance(long, Profile)
    assert isinstance(short, Profile)

    assert [compare(long, short, NOW + at).same for at in (598, 600, 5000)] == [False, True, True]


@pytest.mark.parametrize(
    ("held", "wanted", "at", "same"),
    [
        pytest.param((8, 16), (16, 16), 598, False, id="a raise two seconds off"),
        pytest.param((8, 16), (16, 16), 599.5, True, id="a raise within a second"),
        pytest.param((16, 8), (8, 8), 599.9, False, id="a cut, however soon"),
        pytest.param((8, 16), (16, 12), 599.9, False, id="a raise to something else"),
    ],
)
def test_a_raise_that_comes_within_a_second_is_no_difference(
    held: tuple[float, float], wanted: tuple[float, float], at: float, *, same: bool
) -> None:
    (one,) = planned(evse(plan=schedule((0, held[0]), (600, held[1]))), making())
    (other,) = planned(evse(plan=schedule((0, wanted[0]), (600, wanted[1]))), making())
    assert isinstance(one, Profile)
    assert isinstance(other, Profile)

    assert compare(other, one, NOW + at).same is same


def test_watts_come_from_the_wish_not_from_a_conversion() -> None:
    wish = evse(standing_w=Watts(4000.06))

    assert only(standing(wish, making(unit=WATTS))).steps[0].value == 4000.0
