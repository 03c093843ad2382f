"""The merge rules of 1.6, 2.0.1 and 2.1, as tables."""

from __future__ import annotations

from typing import Any

import pytest

from gridbridge.simulation.composite import Plug, allowance, station_cap, steps
from gridbridge.simulation.periods import Conditions, Held
from gridbridge.simulation.spec import Protocol
from gridbridge.simulation.stations.samples import rfc3339

Json = Any  # what a JSON value may be
T0 = 1_800_000_000.0
DAY = 86_400
AC = Plug(dc=False, conductors=3, volts=230.0)
DC = Plug(dc=True)


def held(
    purpose: str,
    limit: float | list[tuple[int, float]] = 10.0,
    *,
    evse: int = 1,
    stack: int = 0,
    kind: str = "Absolute",
    start: float | None = T0 - 100,
    unit: str = "A",
    received: float = T0 - 50,
    period: dict[str, Any] | None = None,
    **profile: Json,
) -> Held:
    pairs = limit if isinstance(limit, list) else [(0, limit)]
    schedule: dict[str, Any] = {
        "chargingRateUnit": unit,
        "chargingSchedulePeriod": [
            {"startPeriod": at, **({"limit": value} if period is None else period)}
            for at, value in pairs
        ],
    }
    for key in ("duration", "limitAtSoC"):
        if key in profile:
            schedule[key] = profile.pop(key)
    if start is not None:
        schedule["startSchedule"] = rfc3339(start)
    for key in ("validFrom", "validTo"):
        if key in profile:
            profile[key] = rfc3339(profile[key])
    body = {
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": kind,
        "stackLevel": stack,
        "chargingSchedule": schedule,
        **profile,
    }
    return Held(evse=evse, profile=body, received=received, updated=received)


def limit_of(
    *profiles: Held,
    protocol: Protocol = Protocol.V16,
    at: float = T0,
    plug: Plug = AC,
    soc: float | None = None,
    priority: bool = False,
    offline_s: float = 0.0,
) -> float | None:
    conditions = Conditions(now=at, transaction=5, transaction_start=T0 - 200, offline_s=offline_s)
    return allowance(
        profiles,
        protocol=protocol,
        evse=1,
        conditions=conditions,
        plug=plug,
        soc=soc,
        priority=priority,
    ).limit


MAX16, MAX2X = "ChargePointMaxProfile", "ChargingStationMaxProfile"
DEFAULT, TX = "TxDefaultProfile", "TxProfile"


@pytest.mark.parametrize(
    ("profiles", "expected"),
    [
        pytest.param([], None, id="nothing valid is unlimited"),
        pytest.param([held(DEFAULT, 10)], 10, id="a default holds"),
        pytest.param([held(TX, 20), held(DEFAULT, 10)], 20, id="tx overrules default upwards"),
        pytest.param([held(MAX16, 8, evse=0), held(TX, 20)], 8, id="max is combined by minimum"),
        pytest.param([held(MAX16, 16, evse=0)], 16, id="max alone"),
        pytest.param(
            [held(DEFAULT, 10, stack=0), held(DEFAULT, 25, stack=3)], 25, id="top stack prevails"
        ),
        pytest.param(
            [held(DEFAULT, 10), held(DEFAULT, 25, stack=3, validTo=T0)],
            10,
            id="validTo is the first instant without it",
        ),
        pytest.param(
            [held(DEFAULT, 10), held(DEFAULT, 25, stack=3, validFrom=T0)],
            25,
            id="validFrom is the first instant with it",
        ),
        pytest.param(
            [held(DEFAULT, 10), held(DEFAULT, 25, stack=3, start=T0 + 1)],
            10,
            id="a schedule that has not started hides nothing",
        ),
        pytest.param(
            [held(DEFAULT, 10), held(DEFAULT, 25, stack=3, duration=100)],
            10,
            id="after its duration the next stack rules",
        ),
        pytest.param([held(DEFAULT, 25, duration=100)], None, id="and under it nothing"),
        pytest.param(
            [held(DEFAULT, [(0, 10), (100, 12), (150, 14)])], 12, id="the period that has begun"
        ),
        pytest.param(
            [held(DEFAULT, 10, evse=1), held(DEFAULT, 25, evse=0, stack=3)],
            10,
            id="a default of the connector replaces that of all",
        ),
        pytest.param(
            [held(DEFAULT, 25, evse=0)], 25, id="a default of connector 0 holds for each"
        ),
        pytest.param([held(DEFAULT, 25, evse=2)], None, id="another connector's does not"),
        pytest.param([held(TX, 9, transactionId=6)], None, id="another transaction's does not"),
        pytest.param([held(TX, 9, transactionId=5)], 9, id="its own does"),
        pytest.param(
            [held(DEFAULT, [(0, 10), (150, 12), (250, 14)], kind="Relative", start=None)],
            12,
            id="relative counts from the start of the transaction",
        ),
        pytest.param(
            [held(MAX16, [(0, 10), (40, 12)], evse=0, kind="Relative", start=None)],
            12,
            id="a relative maximum counts from its arrival",
        ),
        pytest.param(
            [held(DEFAULT, [(0, 10), (40, 12)], start=None)],
            12,
            id="absolute without a start counts from its arrival",
        ),
        pytest.param([held(DEFAULT, 6900, unit="W")], 10, id="W is the sum of three phases"),
        pytest.param(
            [held(DEFAULT, unit="W", period={"limit": 2300, "numberPhases": 1})],
            10,
            id="or of as many as it names",
        ),
    ],
)
def test_1_6_composite(profiles: list[Held], expected: float | None) -> None:
    assert limit_of(*profiles) == expected


def test_a_limit_in_w_on_one_conductor_is_all_for_that_conductor() -> None:
    plug = Plug(dc=False, conductors=1, volts=230.0)

    assert limit_of(held(DEFAULT, 2300, unit="W"), plug=plug) == pytest.approx(10)


@pytest.mark.parametrize(
    ("days", "seconds", "expected"),
    [
        pytest.param(0, -1, None, id="not before its first start"),
        pytest.param(0, 0, 10, id="from its start"),
        pytest.param(0, 3600, 12, id="the second period"),
        pytest.param(0, 7200, None, id="shorter than a day: then nothing"),
        pytest.param(3, 3600, 12, id="the same three days later"),
    ],
)
def test_a_daily_schedule_repeats(days: int, seconds: int, expected: float | None) -> None:
    profile = held(
        DEFAULT,
        [(0, 10), (3600, 12)],
        kind="Recurring",
        recurrencyKind="Daily",
        start=T0,
        duration=7200,
    )

    assert limit_of(profile, at=T0 + days * DAY + seconds) == expected


@pytest.mark.parametrize("protocol", [Protocol.V201, Protocol.V21])
@pytest.mark.parametrize(
    ("profiles", "expected"),
    [
        pytest.param(
            [held(DEFAULT, 10, evse=1), held(DEFAULT, 25, evse=0, stack=3)],
            25,
            id="the top stack of EVSE 0 and n together",
        ),
        pytest.param(
            [held(MAX2X, 8, evse=0), held(TX, 20, transactionId=5)], 8, id="max by minimum"
        ),
        pytest.param(
            [held("ChargingStationExternalConstraints", 7, evse=1), held(DEFAULT, 20)],
            7,
            id="external constraints by minimum",
        ),
        pytest.param([held(TX, 20, transactionId=5), held(DEFAULT, 10)], 20, id="tx over default"),
    ],
)
def test_2_x_composite(protocol: Protocol, profiles: list[Held], expected: float) -> None:
    assert limit_of(*profiles, protocol=protocol) == expected


def test_local_generation_comes_on_top() -> None:
    profiles = [held(DEFAULT, 10), held("LocalGeneration", 4, evse=0)]

    assert limit_of(*profiles, protocol=Protocol.V21) == 14


def test_priority_charging_replaces_the_transaction_profile_but_not_the_maximum() -> None:
    profiles = [
        held(TX, 8, transactionId=5),
        held("PriorityCharging", 30),
        held(MAX2X, 20, evse=0),
    ]

    assert limit_of(*profiles, protocol=Protocol.V21) == 8
    assert limit_of(*profiles, protocol=Protocol.V21, priority=True) == 20


@pytest.mark.parametrize(
    ("offline_s", "expected"),
    [
        pytest.param(0.0, 20, id="online"),
        pytest.param(29.0, 20, id="offline for less than it stands"),
        pytest.param(30.0, 10, id="for longer: the next stack rules"),
    ],
)
def test_max_offline_duration(offline_s: float, expected: float) -> None:
    profiles = [held(DEFAULT, 20, stack=1, maxOfflineDuration=30), held(DEFAULT, 10)]

    assert limit_of(*profiles, protocol=Protocol.V21, offline_s=offline_s) == expected


def test_the_duration_of_a_dynamic_profile_is_its_dead_mans_switch() -> None:
    dynamic = held(DEFAULT, 20, stack=1, kind="Dynamic", start=None, duration=60, received=T0)
    profiles = [dynamic, held(DEFAULT, 10)]

    assert limit_of(*profiles, protocol=Protocol.V21, at=T0 + 60) == 20
    assert limit_of(*profiles, protocol=Protocol.V21, at=T0 + 60.1) == 10
    revived = [dynamic.with_update({"limit": 18}, T0 + 100), held(DEFAULT, 10)]
    assert limit_of(*revived, protocol=Protocol.V21, at=T0 + 101) == 18


def test_limit_at_soc_counts_from_that_charge_on() -> None:
    profile = held(DEFAULT, 20_000, unit="W", limitAtSoC={"soc": 80, "limit": 5_000})

    assert limit_of(profile, protocol=Protocol.V21, plug=DC, soc=0.79) == 20_000
    assert limit_of(profile, protocol=Protocol.V21, plug=DC, soc=0.8) == 5_000
    assert limit_of(profile, protocol=Protocol.V21, plug=DC, soc=None) == 20_000


@pytest.mark.parametrize(
    ("period", "maximum", "setpoint"),
    [
        pytest.param({"setpoint": -5_000}, None, -5_000, id="discharge"),
        pytest.param({"setpoint": -5_000, "dischargeLimit": -3_000}, None, -3_000, id="cut"),
        pytest.param({"setpoint": 9_000}, 7_000, 7_000, id="a charge is cut to the maximum"),
        pytest.param({"setpoint": -5_000}, 0, -5_000, id="a maximum of 0 stops no discharge"),
    ],
)
def test_2_1_setpoints(period: dict[str, float], maximum: float | None, setpoint: float) -> None:
    central = {**period, "operationMode": "CentralSetpoint"}
    profiles = [held(DEFAULT, unit="W", period=central)]
    if maximum is not None:
        profiles.append(held(MAX2X, maximum, evse=0, unit="W"))

    found = allowance(
        profiles,
        protocol=Protocol.V21,
        evse=1,
        conditions=Conditions(now=T0),
        plug=DC,
    )

    assert found.setpoint == setpoint
    assert found.mode == "CentralSetpoint"


def test_the_cap_of_a_station_is_its_maximum_alone() -> None:
    profiles = [held(MAX2X, 40, evse=0), held(DEFAULT, 10), held(DEFAULT, 10, evse=0)]

    assert station_cap(profiles, Conditions(now=T0)).amps == 40
    assert station_cap(profiles[1:], Conditions(now=T0)).amps is None


def test_the_composite_changes_only_at_its_steps() -> None:
    """What is told as a composite schedule equals a look at every single second."""
    profiles = [
        held(DEFAULT, [(0, 10), (1130, 12)], start=T0 - 1000, duration=1400),
        held(
            DEFAULT,
            [(0, 20), (40, 22)],
            stack=2,
            kind="Recurring",
            recurrencyKind="Daily",
            start=T0 - DAY + 500,
            duration=60,
        ),
        held(MAX16, 18, evse=0, validFrom=T0 + 50, validTo=T0 + 90, start=T0 - 5 * 365 * DAY),
    ]
    conditions = Conditions(now=T0, transaction=5, transaction_start=T0 - 200)
    marks = steps(profiles, conditions, T0 + 2 * DAY)

    for second in [*range(700), *range(DAY + 450, DAY + 650)]:
        at = T0 + second
        last = max(mark for mark in marks if mark <= at)
        assert limit_of(*profiles, at=at) == limit_of(*profiles, at=last), second
