"""How a station shares its feed, and when its power follows."""

from __future__ import annotations

import pytest

from gridbridge.simulation.composite import Cap
from gridbridge.simulation.spec import Car, Evse
from gridbridge.simulation.stations.cabinet import Outlet, share
from gridbridge.simulation.stations.lag import Lagged

THREE = Car(name="three", battery_kwh=60, soc=0.5)
ONE = Car(name="one", battery_kwh=60, soc=0.5, phases=1)


def outlet(car: Car, wires: tuple[int, ...] = (0, 1, 2), plugged_at: float = 0.0) -> Outlet:
    made = Outlet(spec=Evse(wires=wires), car=car, soc=0.5, plugged_at=plugged_at)
    made.enabled = True
    return made


@pytest.mark.parametrize(
    ("outlets", "feed", "cap", "expected"),
    [
        pytest.param([outlet(THREE)], 32.0, Cap(), [32], id="one car has the feed"),
        pytest.param([outlet(THREE), outlet(THREE)], 32.0, Cap(), [16, 16], id="two share it"),
        pytest.param(
            [outlet(THREE), outlet(ONE, (0,))], 32.0, Cap(), [16, 16], id="on the wire they share"
        ),
        pytest.param(
            [outlet(THREE, (0,)), outlet(ONE, (1,))], 32.0, Cap(), [32, 32], id="other wires"
        ),
        pytest.param(
            [outlet(THREE), outlet(THREE)], None, Cap(amps=20), [10, 10], id="a cap in A"
        ),
        pytest.param(
            [outlet(THREE, plugged_at=1), outlet(THREE, plugged_at=2)],
            None,
            Cap(amps=10),
            [10, 0],
            id="who came last waits where 6 A do not go round",
        ),
        pytest.param(
            [outlet(ONE, (0,)), outlet(ONE, (1,))],
            None,
            Cap(watts=4600),
            [10, 10],
            id="a cap in W bounds no phase but the sum",
        ),
    ],
)
def test_the_feed_is_shared_per_wire(
    outlets: list[Outlet], feed: float | None, cap: Cap, expected: list[float]
) -> None:
    shared = share(outlets, feed_amps=feed, cap=cap, volts=230.0)

    assert shared == pytest.approx(expected)


def test_a_change_is_followed_late_and_in_order() -> None:
    lagged = Lagged(10)

    lagged.follow(20, now=0.0, lag=lambda: 3.0)
    lagged.follow(5, now=1.0, lag=lambda: 1.0)
    seen = []
    for now in (1.9, 2.9, 3.0):
        lagged.follow(5, now=now, lag=lambda: 1.0)
        seen.append(lagged.value)

    assert seen == [10, 10, 5]
