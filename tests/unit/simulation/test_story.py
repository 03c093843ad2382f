"""The demo's story: its shape, what its events mean, and the configuration that goes with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from gridbridge.config.loading import Loaded, load
from gridbridge.domain.units import SKEW
from gridbridge.simulation.asking import Asked, Signal, Version
from gridbridge.simulation.gateway_yaml import gateway_yaml
from gridbridge.simulation.meaning import grid_limits, nameplate_w
from gridbridge.simulation.record import WINDOW_S
from gridbridge.simulation.scenario import DEPOT, HARBOR, default_story, station_ids
from gridbridge.simulation.spec import GridLimit, LimitKind, OutageKind, Protocol
from gridbridge.simulation.story import Cancel, Modify, SendDispatch, SendPrices, tell
from gridbridge.simulation.verdict import counted_from
from gridbridge.simulation.vtn import Vtn

STORY = default_story({})
T0 = 1_800_000_000.0
LEAD_S = 1.0


def simple(*versions: Version, event: str = "e", market: str = "summer-peak") -> Asked:
    return Asked(
        id=event,
        ven="x",
        market=f"http://utility.example/{market}",
        resources=(DEPOT,),
        priority=0,
        created=T0,
        start_after_s=0,
        versions=list(versions),
    )


def version(
    number: int,
    answered: float | None,
    *intervals: tuple[int, float],
    start: float = 14.0,
    cancelled: bool = False,
) -> Version:
    return Version(
        number=number,
        start=T0 + start,
        signal=Signal(name="SIMPLE", type="level", intervals=intervals),
        cancelled=cancelled,
        answered_at=None if answered is None else T0 + answered,
    )


def meant(asked: Asked) -> list[tuple[float, float, float, float]]:
    """(start, end, arrival, kW), in seconds of the story."""
    return [
        (limit.start - T0, limit.end - T0, limit.arrival - T0, limit.watts / 1000)
        for limit in grid_limits(STORY, {asked.id: asked})
    ]


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        pytest.param([version(0, None, (20, 2))], [], id="never told"),
        pytest.param([version(0, 2, (20, 2))], [(14, 34, 2, 40)], id="as it was told"),
        pytest.param([version(0, 2, (5, 0), (15, 2))], [(19, 34, 2, 40)], id="level 0 is nothing"),
        pytest.param(
            [version(0, 2, (20, 2)), version(1, 16, (32, 2))],
            [(14, 34, 2, 40), (34, 46, 16, 40)],
            id="an extension counts from its own arrival, what stood before from before",
        ),
        pytest.param(
            [version(0, 2, (20, 2)), version(1, 20, (20, 2), cancelled=True)],
            [(14, 20, 2, 40)],
            id="a cancelled event ends with the answer that said so",
        ),
        pytest.param(
            [version(0, 2, (20, 2)), version(1, None, (20, 2), cancelled=True)],
            [(14, 34, 2, 40)],
            id="a cancellation that was never told ends nothing",
        ),
        pytest.param(
            [version(0, 2, (20, 2)), version(1, 16, (10, 2), start=30)],
            [(14, 16, 2, 40), (30, 34, 2, 40), (34, 40, 16, 40)],
            id="a later start",
        ),
    ],
)
def test_what_an_event_asks_for(
    versions: list[Version], expected: list[tuple[float, float, float, float]]
) -> None:
    assert meant(simple(*versions)) == expected


def test_a_looser_limit_counts_from_the_arrival_of_the_stricter_one() -> None:
    levels = {1: 18_000.0, 2: 24_000.0}
    programs = (replace(STORY.programs[0], level_w=levels), *STORY.programs[1:])
    asked = simple(version(0, 2, (20, 1)), version(1, 20, (20, 2)))

    limits = grid_limits(replace(STORY, programs=programs), {"e": asked})

    assert [(limit.watts, limit.arrival - T0) for limit in limits] == [(18_000, 2), (24_000, 2)]


def test_shares_are_of_what_the_stations_can_draw_and_dispatches_are_targets() -> None:
    harbor = next(site for site in STORY.world.sites if site.id == HARBOR)
    share = simple(
        Version(
            number=0,
            start=T0,
            signal=Signal(
                name="LOAD_CONTROL", type="x-loadControlCapacity", intervals=((20, 0.3),)
            ),
            answered_at=T0,
        )
    )
    dispatch = simple(
        Version(
            number=0,
            start=T0,
            signal=Signal(name="LOAD_DISPATCH", type="setpoint", intervals=((20, -5.0),)),
            answered_at=T0,
        )
    )
    share.resources = dispatch.resources = (HARBOR,)

    (limit,), (target,) = (grid_limits(STORY, {"e": asked}) for asked in (share, dispatch))

    assert nameplate_w(harbor) == pytest.approx(
        16 * 3 * 230.94 + 32 * 230.94 + 22_000 / 0.95 + 100, abs=1
    )
    assert limit.watts == pytest.approx(0.3 * nameplate_w(harbor))
    assert limit.kind is LimitKind.LIMIT
    assert (target.watts, target.kind) == (-5_000, LimitKind.TARGET)


def test_the_story_has_everything_it_promises() -> None:
    stations = [station for site in STORY.world.sites for station in site.stations]
    kinds = Counter(type(step) for step in STORY.steps)
    prices = next(step for step in STORY.steps if isinstance(step, SendPrices))
    dispatch = next(step for step in STORY.steps if isinstance(step, SendDispatch))

    assert len(stations) == 8
    assert {station.protocol for station in stations} == set(Protocol)
    assert any(station.feed_amps and len(station.evses) == 2 for station in stations)
    assert any(station.behaviour.forgets_on_reconnect for station in stations)
    outages = {outage.kind for station in stations for outage in station.behaviour.outages}
    assert OutageKind.HALF_OPEN in outages
    assert len({station.behaviour.settle_s for station in stations}) >= 4
    assert kinds[Modify] == kinds[Cancel] == 1
    assert min(price for _, price in prices.prices) < 0
    assert dispatch.setpoints_kw[0][1] < 0
    assert STORY.length_s <= 55
    assert [step.at_s for step in STORY.steps] == sorted(step.at_s for step in STORY.steps)


def told_limits() -> list[GridLimit]:
    """What the story asks for, told to a VEN that polls every second."""
    now = [T0]
    vtn = Vtn(clock=lambda: now[0])
    for step in STORY.steps:
        now[0] = T0 + step.at_s
        tell(STORY, step, vtn, begin=T0)
        vtn.events[step.event].latest.answered_at = now[0] + LEAD_S
    return grid_limits(STORY, vtn.events)


async def test_every_limit_of_the_story_counts_for_long_enough_to_be_judged() -> None:
    limits = told_limits()

    sites = {site.id: site for site in STORY.world.sites}
    counted = Counter[str]()
    for limit in limits:
        counted[limit.event] += max(0.0, limit.end - counted_from(limit, sites[limit.site]))  # type: ignore[assignment] # seconds are counted, not things
    assert set(counted) == {"peak-afternoon", "feeder-fault", "dispatch-v2g", "capacity-noon"}
    assert all(seconds >= 6.0 for seconds in counted.values()), counted
    assert all(limit.end <= T0 + STORY.length_s for limit in limits)


async def test_the_capacity_limit_is_judged_before_the_cut_for_the_dispatch_begins() -> None:
    harbor = next(site for site in STORY.world.sites if site.id == HARBOR)
    by_event = {limit.event: limit for limit in told_limits()}
    slowest = max(station.behaviour.settle_s for station in harbor.stations)

    counts = counted_from(by_event["capacity-noon"], harbor)

    assert counts + WINDOW_S <= by_event["dispatch-v2g"].start - SKEW - slowest


async def test_the_peak_is_judged_after_the_stricter_emergency_is_called_off() -> None:
    depot = next(site for site in STORY.world.sites if site.id == DEPOT)
    limits = told_limits()
    emergency = next(limit for limit in limits if limit.event == "feeder-fault")
    peak = next(limit for limit in limits if limit.event == "peak-afternoon")

    assert counted_from(emergency, depot) + WINDOW_S <= emergency.end
    assert limits[-1].end - emergency.end >= 2 * WINDOW_S
    assert peak.watts > emergency.watts


def test_the_gateway_takes_the_configuration_of_the_story(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()
    text = gateway_yaml(
        STORY,
        vtn_url="http://127.0.0.1:8090/OpenADR2/Simple/2.0b",
        ocpp_listen="127.0.0.1:9000",
        http_listen="127.0.0.1:8080",
        data_dir=tmp_path / "var",
        credentials_dir=tmp_path / "credentials",
    )
    path = tmp_path / "gridbridge.yaml"
    path.write_text(text)

    loaded = load(path, {})

    assert isinstance(loaded, Loaded), loaded
    found = {str(station.id) for site in loaded.sites for station in site.stations}
    assert found == set(station_ids())
    by_id = {str(site.id): site for site in loaded.sites}
    assert by_id[DEPOT].meter is not None
    assert float(by_id[HARBOR].export_w) == 12_000


def test_passwords_reach_the_stations_and_no_repr() -> None:
    story = default_story({"CP-1": "very-secret-password"})

    assert story.world.sites[0].stations[0].password == "very-secret-password"
    assert "very-secret-password" not in repr(story)
