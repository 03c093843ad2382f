"""The chain of reasons in steps and in one line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Step
from gridbridge.domain.limits import Source
from gridbridge.domain.site import Mode
from gridbridge.domain.units import Amperes
from gridbridge.domain.views import EvseView
from gridbridge_http.explaining import chain, line
from tests.adapters.http.samples import CHARGING, DISCHARGING, NEVER_TOLD, SITE, Bench

STATION = SITE.stations[0]


async def test_the_api_tells_the_whole_chain_in_one_line(bench: Bench) -> None:
    told = (await bench.get("/api/v1/stations/CP-1/explain")).body

    assert told["evses"][0]["text"] == (
        "32.0 A hardware -> 17.8 A share of 100 kW, event: SIMPLE 2 (e1) -> told 17.8 A v12"
        " -> accepted -> metered 17.5 A"
    )
    assert [step["kind"] for step in told["evses"][0]["why"]] == [
        "hardware",
        "share",
        "told",
        "answer",
        "metered",
    ]


@pytest.mark.parametrize(
    ("evse", "mode", "words"),
    [
        pytest.param(CHARGING, Mode.CONTROL, "accepted", id="the newest was accepted"),
        pytest.param(
            replace(CHARGING, version=13),
            Mode.CONTROL,
            "not answered yet (accepted v12)",
            id="an older yes is no yes to the newest",
        ),
        pytest.param(
            replace(CHARGING, version=13, outcome=Outcome.REFUSED),
            Mode.CONTROL,
            "refused (accepted v12)",
            id="refused",
        ),
        pytest.param(
            replace(CHARGING, version=1, accepted_version=0, outcome=Outcome.UNKNOWN),
            Mode.CONTROL,
            "no answer, may or may not hold",
            id="silence is no yes",
        ),
        pytest.param(CHARGING, Mode.OBSERVE, "not sent (observe)", id="observe sends nothing"),
        pytest.param(NEVER_TOLD, Mode.CONTROL, "not yet secured", id="nothing told"),
    ],
)
def test_the_answer_is_what_the_station_said_of_the_newest(
    evse: EvseView, mode: Mode, words: str
) -> None:
    links = chain(STATION, evse, mode)

    assert [link.text for link in links if link.kind == "answer"] == [words]


def test_a_setpoint_is_told_with_its_sign() -> None:
    links = chain(STATION, DISCHARGING, Mode.CONTROL)

    assert "told 17.8 A v3 with setpoint -20.0 kW" in line(links)
    assert line(links).endswith("metered -28.3 A")


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ("never seen", "0.0 A never seen"),
        (
            "silent: counted at the most it may still hold",
            "0.0 A silent: counted at the most it may still hold",
        ),
    ],
)
def test_that_a_station_is_silent_is_said_once(detail: str, words: str) -> None:
    source = Source(kind="silent", name=str(STATION.station), detail=detail)
    evse = replace(NEVER_TOLD, why=(Step(amps=Amperes(0.0), source=source),))

    links = chain(STATION, evse, Mode.CONTROL)

    assert (links[0].kind, links[0].text) == ("silent", words)


def test_what_was_never_metered_is_not_zero() -> None:
    assert line(chain(STATION, NEVER_TOLD, Mode.CONTROL)).endswith("not metered")
