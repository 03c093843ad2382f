"""What a station inherits, and its bounds in amperes per wire on the grid side."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import pytest

from gridbridge.config import Loaded
from gridbridge.domain.site import Kind, Station, V2x, Wiring
from gridbridge.domain.units import Watts


@pytest.fixture
def station(loaded: Callable[..., Loaded]) -> Callable[..., Station]:
    """Station S of a site, by its own keys and those of model M."""

    def build(own: str, model: str = "{}") -> Station:
        text = (
            f"models: {{M: {model}}}\nclasses: {{bus: {{}}}}\n"
            f"sites: {{a: {{voltage: 400, import_kw: 900, stations: {{S: {own}}}}}}}\n"
        )
        return loaded(text).sites[0].stations[0]

    return build


def test_a_station_has_what_its_model_says(station: Callable[..., Station]) -> None:
    it = station(
        "{model: M}",
        "{max_a: 40, min_a: 8, step_a: 1, settle: 12s, offline_a: 10, absent_kw: 2,"
        " forgets: [reboot], evses: {1: {max_a: 16}, 2: {}}}",
    )

    assert (it.feed_amps, it.settle, it.offline_amps, it.absent_w) == (40.0, 12.0, 10.0, 2000.0)
    assert (it.forgets_on_reboot, it.forgets_on_reconnect) == (True, False)
    assert [(evse.max_amps, evse.min_amps, evse.step) for evse in it.evses] == [
        (16.0, 8.0, 1.0),
        (40.0, 8.0, 1.0),
    ]


def test_a_station_may_say_otherwise(station: Callable[..., Station]) -> None:
    it = station(
        "{model: M, max_a: 32, settle: 0s, offline_a: 0, forgets: [],"
        " class: bus, phases: L1L2, evses: {2: {phases: L2L3, class: default, max_a: 10}}}",
        "{max_a: 40, settle: 12s, offline_a: 10, forgets: [reboot], evses: {1: {}, 2: {}}}",
    )

    assert (it.feed_amps, it.settle, it.offline_amps) == (32.0, 0.0, 0.0)
    assert not it.forgets_on_reboot
    assert [(evse.max_amps, evse.wiring, evse.vehicle_class) for evse in it.evses] == [
        (32.0, Wiring(wires=(0, 1)), "bus"),
        (10.0, Wiring(wires=(1, 2)), "default"),
    ]


def test_a_feed_of_one_evse_is_the_evses_own_bound(station: Callable[..., Station]) -> None:
    it = station("{max_a: 20, evses: {1: {max_a: 32}}}")

    assert (it.feed_amps, it.evses[0].max_amps) == (None, 20.0)


def test_a_dc_bound_counts_losses_standby_and_the_lowest_voltage(
    station: Callable[..., Station],
) -> None:
    it = station(
        "{kind: dc, efficiency: 0.94, standby_kw: 0.5, evses: {1: {max_kw: 150, min_kw: 10}}}"
    )

    (evse,) = it.evses
    low = 3 * 400 / sqrt(3) * 0.9
    assert evse.kind is Kind.DC
    assert evse.max_amps == pytest.approx((150_000 / 0.94 + 500) / low)
    assert evse.min_amps == pytest.approx((10_000 / 0.94 + 500) / low)
    assert (evse.max_w, evse.efficiency, evse.standby_w) == (150_000.0, 0.94, 500.0)


def test_an_evse_that_says_what_it_gives_out_is_dc(station: Callable[..., Station]) -> None:
    it = station("{evses: {1: {max_kw: 50, v2x: {max_discharge_kw: 30, via: ocpp-2.1}}}}")

    (evse,) = it.evses
    assert evse.kind is Kind.DC
    assert evse.efficiency == 0.9
    assert evse.v2x == V2x(max_discharge_w=Watts(30_000.0))


def test_a_dc_bound_on_the_grid_side_may_be_lower(station: Callable[..., Station]) -> None:
    it = station("{max_a: 63, evses: {1: {max_kw: 50}}}")

    assert it.evses[0].max_amps == 63.0


def test_dc_on_two_wires_lies_between_them(station: Callable[..., Station]) -> None:
    it = station("{efficiency: 1, phases: L1L2, evses: {1: {max_kw: 36}}}")

    assert it.evses[0].max_amps == pytest.approx(36_000 / (400 * 0.9))


def test_a_standing_profile_is_enough_to_run_on(station: Callable[..., Station]) -> None:
    ac = station("{max_a: 32}")
    dc = station("{evses: {1: {max_kw: 150, min_kw: 10}}}")

    assert ac.offline_amps == 6.0
    assert dc.offline_amps == dc.evses[0].min_amps > 6.0


@pytest.mark.parametrize(
    ("own", "model", "expected"),
    [
        pytest.param(
            "{}",
            "{}",
            "main.yaml:2:54: max_a is missing: write it at the station, its model or EVSE 1"
            " [sites.a.stations.S]",
            id="no bound",
        ),
        pytest.param(
            "{max_a: 32, efficiency: 0.9}",
            "{}",
            "main.yaml:2:81: efficiency is for kind: dc [sites.a.stations.S.efficiency]",
            id="losses of AC",
        ),
        pytest.param(
            "{max_a: 32, kind: ac, evses: {1: {max_kw: 22}}}",
            "{}",
            "main.yaml:2:99: max_kw is for kind: dc [sites.a.stations.S.evses.1.max_kw]",
            id="an output of AC",
        ),
        pytest.param(
            "{min_a: 6, evses: {1: {max_kw: 50}}}",
            "{}",
            "main.yaml:2:65: min_a is for kind: ac; write min_kw [sites.a.stations.S.min_a]",
            id="a least current of DC",
        ),
        pytest.param(
            "{evses: {1: {max_kw: 50, min_kw: 60}}}",
            "{}",
            "main.yaml:2:90: min_kw 60 is above max_kw 50 [sites.a.stations.S.evses.1.min_kw]",
            id="a least output above the most",
        ),
        pytest.param(
            "{model: M}",
            "{max_a: 4}",
            "main.yaml:1:21: the least EVSE 1 runs on, 6.0 A, is above its most, 4.0 A"
            " [models.M.max_a]",
            id="a bound nothing runs on, at the model",
        ),
        pytest.param(
            "{model: M, max_a: 16}",
            "{offline_a: 20}",
            "main.yaml:1:25: offline_a 20 is above the 16.0 A of EVSE 1 [models.M.offline_a]",
            id="a standing profile above the bound",
        ),
        pytest.param(
            "{max_a: 16, offline_a: 5}",
            "{}",
            "main.yaml:2:80: warning: offline_a 5 is below the 6.0 A that EVSE 1 runs on: it"
            " pauses while nobody commands it [sites.a.stations.S.offline_a]",
            id="a standing profile nothing runs on is only told",
        ),
        pytest.param(
            "{evses: {1: {max_kw: 50, v2x: {max_discharge_kw: 51}}}}",
            "{}",
            "main.yaml:2:106: max_discharge_kw 51 is above the max_kw 50 of EVSE 1"
            " [sites.a.stations.S.evses.1.v2x.max_discharge_kw]",
            id="more back than out",
        ),
        pytest.param(
            "{model: M}",
            "{evses: {1: {max_kw: 50, v2x: {max_discharge_kw: 60}}}}",
            "main.yaml:1:62: max_discharge_kw 60 is above the max_kw 50 of EVSE 1"
            " [models.M.evses.1.v2x.max_discharge_kw]",
            id="more back than out, at the model",
        ),
        pytest.param(
            "{max_a: 32, evses: {1: {v2x: {max_discharge_kw: 25}}}}",
            "{}",
            "main.yaml:2:105: max_discharge_kw 25 is above the 24.4 kW that the 32.0 A of EVSE 1"
            " come to at the highest voltage [sites.a.stations.S.evses.1.v2x.max_discharge_kw]",
            id="more back than its wires carry",
        ),
        pytest.param(
            "{max_a: 32, phases: L2, evses: {1: {v2x: {max_discharge_kw: 11}}}}",
            "{}",
            "main.yaml:2:117: max_discharge_kw 11 is above the 8.1 kW that the 32.0 A of EVSE 1"
            " come to at the highest voltage [sites.a.stations.S.evses.1.v2x.max_discharge_kw]",
            id="more back than its one wire carries",
        ),
        pytest.param(
            "{max_a: 32, evses: {1: {max_kw: 50, v2x: {max_discharge_kw: 50}}}}",
            "{}",
            "main.yaml:2:117: max_discharge_kw 50 is above the 27.1 kW that the 32.0 A of EVSE 1"
            " come to at the highest voltage [sites.a.stations.S.evses.1.v2x.max_discharge_kw]",
            id="more back than its grid side carries",
        ),
    ],
)
def test_a_contradiction_is_told_at_the_key_to_blame(
    told: Callable[..., list[str]], own: str, model: str, expected: str
) -> None:
    text = (
        f"models: {{M: {model}}}\n"
        f"sites: {{a: {{voltage: 400, import_kw: 900, stations: {{S: {own}}}}}}}\n"
    )

    assert told(text) == [expected]


@pytest.mark.parametrize(
    ("own", "back_w"),
    [
        ("{evses: {1: {max_kw: 50, v2x: {max_discharge_kw: 50}}}}", 50_000.0),
        # 32 A are 7.4 kW by their nameplate, which is a little more than 231 V make of them.
        ("{max_a: 32, phases: L1, evses: {1: {v2x: {max_discharge_kw: 7.4}}}}", 7_400.0),
    ],
    ids=["as much back as out", "the nameplate of its wires"],
)
def test_what_an_evse_can_take_back_may_be_written(
    station: Callable[..., Station], own: str, back_w: float
) -> None:
    assert station(own).evses[0].v2x == V2x(max_discharge_w=Watts(back_w))


def test_a_contradiction_in_a_model_is_told_once(told: Callable[..., list[str]]) -> None:
    text = """\
        models: {M: {max_a: 4}}
        sites: {a: {voltage: 400, import_kw: 9, stations: {S: {model: M}, T: {model: M}}}}
        """

    assert len(told(text)) == 1
