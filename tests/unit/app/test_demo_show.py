"""News and the ways of showing: each thing is said once, and a failure is said last."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from gridbridge.app.demo.frame import EventRow, EvseRow, Frame, SiteRow
from gridbridge.app.demo.news import News, Newsroom
from gridbridge.app.demo.outcome import EventResult, Outcome, StationResult, V2gResult
from gridbridge.app.demo.show import JsonLines, Lines, LiveTables, Show
from gridbridge.app.demo.witness import Accepted, Witness
from gridbridge.simulation.asking import Asked
from gridbridge.simulation.scenario import default_story
from gridbridge.simulation.spec import LimitKind
from gridbridge.simulation.verdict import CarGot, HardVerdict
from tests.unit.app.props import T0, asked, version, world

STORY = default_story({})
ANSWERED = replace(version(start=T0 + 4.0, answered_at=T0 + 3.0), opt="optIn", opt_at=T0 + 3.1)


def frame(story_s: float = 1.0, *, state: str = "holds", alarms: tuple[str, ...] = ()) -> Frame:
    evse = EvseRow(
        station="CP-1",
        evse=1,
        protocol="ocpp1.6",
        car="van-1",
        soc=0.4,
        limit_a=6.5,
        setpoint_w=None,
        state=state,
        metered_w=4_300.0,
        physical_w=4_400.0,
        reason="peak: of 22 kW [SIMPLE 1]",
    )
    site = SiteRow(
        site="depot",
        envelope_w=22_000.0,
        envelope_of="event peak",
        target_w=None,
        evs_w=4_400.0,
        base_w=0.0,
        connection_w=4_400.0,
        alarms=alarms,
        evses=(evse,),
    )
    return Frame(story_s=story_s, events=(), sites=(site,))


def busy_frame(status: str = "active") -> Frame:
    """As much as the demo's story has: five events, two sites, nine EVSEs."""
    quiet = frame(20.0)
    (site,) = quiet.sites
    events = tuple(
        EventRow(
            event=f"event-{number}",
            sites=("depot",),
            what="LOAD_DISPATCH",
            version=0,
            status=status if number else "completed",
            starts_s=36.0,
            ends_s=46.0,
            value=1.0,
            opt="optIn",
        )
        for number in range(5)
    )
    sites = (
        replace(site, evses=site.evses * 6),
        replace(site, site="harbor", evses=site.evses * 3),
    )
    return replace(quiet, events=events, sites=sites)


def screen(width: int, height: int, shown: Frame) -> list[str]:
    """What a terminal of that size shows of it."""
    out = io.StringIO()
    terminal = Console(file=out, width=width, height=height, markup=False)
    show = LiveTables(terminal)
    for second in range(10):
        show.news(News(story_s=second, kind="opt", subject="peak", text="v0 optIn"))
    show.frame(shown)
    terminal.print(show.shown)
    return out.getvalue().splitlines()


def outcome(*failures: str) -> Outcome:
    return Outcome(
        events=(
            EventResult(
                event="peak",
                site="depot",
                kind=LimitKind.LIMIT,
                limit_w=22_000.0,
                arrival=T0,
                accepted_s=0.21,
                drop_s=1.98,
                after_due_s=0.63,
                counted_from_s=23.0,
                counted_until_s=35.0,
                highest_w=21_000.0,
                exceeded=False,
                met=None,
            ),
        ),
        hard=(
            HardVerdict(
                site="depot",
                what="main L1",
                limit=100.0,
                highest=53.8,
                unit="A",
                exceeded=False,
            ),
            HardVerdict(
                site="depot",
                what="export",
                limit=0.0,
                highest=-23_300.0,
                unit="W",
                exceeded=False,
            ),
        ),
        stations=(
            StationResult(station="CP-1", protocol="ocpp1.6", profile_writes=17, faults=()),
        ),
        cars=(
            CarGot(
                car="van-1",
                station="CP-1",
                evse=1,
                charged_wh=57.0,
                discharged_wh=0.0,
                soc_before=0.35,
                soc_after=0.37,
            ),
        ),
        v2g=(V2gResult(station="HB-3", setpoint_w=-5_400.0, max_discharge_controls=1),),
        telemetry={"depot": 50},
        answers={"peak": ("optIn",)},
        violations=0,
        seconds=52.5,
        failures=failures,
    )


def told(room: Newsroom, now: Frame, events: list[Asked], seen: Witness) -> list[tuple[str, str]]:
    return [(news.kind, news.subject) for news in room.since(now, events, seen)]


def newsroom() -> tuple[Newsroom, Witness]:
    return Newsroom(STORY.world, begin=T0), Witness(world())


def test_an_answer_an_opt_and_an_acceptance_are_told_once_in_their_order() -> None:
    room, seen = newsroom()
    seen.accepted["peak", "depot", 0] = Accepted(
        event="peak", site="depot", version=0, answered_at=T0 + 3.0, last_at=T0 + 3.2
    )

    assert told(room, frame(), [asked(ANSWERED, event="peak")], seen) == [
        ("answer", "peak"),
        ("opt", "peak"),
        ("accepted", "peak"),
    ]
    assert told(room, frame(), [asked(ANSWERED, event="peak")], seen) == []


def test_a_station_is_told_of_when_it_is_lost_and_when_it_is_back() -> None:
    room, seen = newsroom()

    assert [
        told(room, frame(state=state), [], seen)
        for state in ("unknown", "holds", "silent", "asked")
    ] == [[], [], [("lost", "CP-1")], [("back", "CP-1")]]


def test_an_alarm_is_told_when_it_comes_and_goes_not_when_its_numbers_change() -> None:
    room, seen = newsroom()
    alarms = (("short depot: 1 kW",), ("short depot: 2 kW",), ())

    assert [told(room, frame(alarms=each), [], seen) for each in alarms] == [
        [("alarm", "depot")],
        [],
        [("cleared", "depot")],
    ]


def test_what_goes_wrong_by_the_story_is_told_at_its_time() -> None:
    room, seen = newsroom()
    last = max(
        outage.at_s
        for site in STORY.world.sites
        for station in site.stations
        for outage in station.behaviour.outages
    )

    assert ("mishap", "CP-2") not in told(room, frame(1.0), [], seen)
    assert set(told(room, frame(last), [], seen)) == {("mishap", "CP-2"), ("mishap", "CP-3")}


def test_json_lines_are_one_object_each_and_end_with_the_outcome() -> None:
    out = io.StringIO()
    show = JsonLines(out)
    show.preparing()
    show.frame(frame(1.0))
    show.frame(frame(1.5))
    show.news(News(story_s=3.0, kind="opt", subject="peak", text="v0 optIn"))
    show.finished(outcome("peak at depot: too much"))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]

    assert [line["type"] for line in lines] == ["preparing", "frame", "news", "outcome"]
    assert lines[-1]["passed"] is False
    assert lines[-1]["events"][0]["kind"] == "limit"


def views(out: io.StringIO) -> list[Show]:
    return [Lines(out), LiveTables(Console(file=out, width=160, markup=False))]


@pytest.mark.parametrize("which", [0, 1], ids=["lines", "live tables"])
def test_a_view_for_people_ends_with_the_numbers_and_every_failure(which: int) -> None:
    out = io.StringIO()
    show = views(out)[which]
    show.preparing()
    show.news(News(story_s=3.0, kind="opt", subject="peak", text="v0 optIn"))
    show.frame(frame())
    show.finished(outcome("peak at depot: too much"))
    text = out.getvalue()

    assert "TELEMETRY_USAGE values that reached the VTN: depot 50" in text
    assert all(
        number in text for number in ("0.21", "1.98", "0.63", "23-35", "21.0", "17", "57", "53.8")
    )
    assert text.rstrip().endswith("FAILED: peak at depot: too much")


@pytest.mark.parametrize(
    ("width", "height"), [(30, 20), (50, 24), (80, 18), (80, 24), (100, 30), (120, 40)]
)
def test_a_terminal_is_never_asked_to_show_more_than_it_has(width: int, height: int) -> None:
    lines = screen(width, height, busy_frame())

    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    assert sum("6.5 A" in line for line in lines) == 9


@pytest.mark.parametrize("width", [50, 80, 100, 120])
def test_a_common_terminal_shows_every_event_and_whole_numbers(width: int) -> None:
    text = "\n".join(screen(width, 24, busy_frame()))

    assert all(f"event-{number} v0" in text for number in range(5))
    assert "holds" in text
    assert "4.3" in text


def test_80_columns_tell_who_asked_and_100_how() -> None:
    assert "peak: of 22 kW" in "\n".join(screen(80, 24, busy_frame()))
    assert "peak: of 22 kW [SIMPLE 1]" in "\n".join(screen(100, 24, busy_frame()))


def test_where_not_all_events_fit_those_that_are_over_are_left_out() -> None:
    text = "\n".join(screen(80, 23, busy_frame()))

    assert "event-0" not in text
    assert "event-1" in text


def test_a_reason_takes_as_many_lines_as_it_needs_where_there_are_any() -> None:
    (site, other) = busy_frame().sites
    long = tuple(replace(evse, reason="because " * 20 + "done") for evse in site.evses)
    shown = replace(busy_frame(), sites=(replace(site, evses=long), other))

    assert "done" not in "\n".join(screen(80, 24, shown))
    assert "done" in "\n".join(screen(120, 60, shown))


def test_the_closing_tables_fit_into_80_columns_and_have_nothing_behind_them() -> None:
    narrow, piped = io.StringIO(), io.StringIO()
    LiveTables(Console(file=narrow, width=80, markup=False)).finished(outcome())
    Lines(piped).finished(outcome())

    assert "\u2026" not in narrow.getvalue()
    assert all(line == line.rstrip() for line in piped.getvalue().splitlines())
    assert "none" in piped.getvalue()


def test_without_failures_it_passed() -> None:
    assert outcome().passed
    assert not replace(outcome(), failures=("x",)).passed
