"""The demo's tables, for a terminal and for the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from rich import box
from rich.table import Table
from rich.text import Text

from gridbridge.app.demo.amounts import kw, seconds
from gridbridge.app.demo.show import words
from gridbridge.simulation.spec import LimitKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridbridge.app.demo.frame import EventRow, EvseRow, Frame, SiteRow
    from gridbridge.app.demo.outcome import Outcome

_Row = TypeVar("_Row")

_STYLE = {"active": "bold yellow", "cancelled": "dim strike", "completed": "dim"}
_STATE = {"holds": "green", "asked": "yellow"}
_GAP = 1
_OVER = frozenset({"cancelled", "completed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column(Generic[_Row]):
    """One column, and from which width of the terminal on there is room for it."""

    name: str
    cell: Callable[[_Row], str | Text]
    width: int
    """What it takes at the least, so that it neither jumps nor is squeezed."""
    from_width: int = 0
    right: bool = False


_EVENT_COLUMNS: tuple[_Column[EventRow], ...] = (
    _Column(name="event", width=18, cell=lambda row: f"{row.event} v{row.version}"),
    _Column(name="signal", width=17, cell=lambda row: row.what, from_width=78),
    _Column(name="now", width=5, cell=words.value),
    _Column(name="at", width=13, cell=lambda row: ", ".join(row.sites), from_width=96),
    _Column(name="when", width=9, cell=words.when, from_width=48),
    _Column(name="state", width=9, cell=lambda row: row.status),
    _Column(name="answer", width=6, cell=lambda row: row.opt or "", from_width=60),
)

_EVSE_COLUMNS: tuple[_Column[EvseRow], ...] = (
    _Column(name="EVSE", width=6, cell=lambda row: f"{row.station}/{row.evse}"),
    _Column(name="limit", width=7, cell=words.limit, right=True),
    _Column(
        name="state", width=9, cell=lambda row: Text(row.state, style=_STATE.get(row.state, "red"))
    ),
    _Column(name="meter", width=5, cell=lambda row: kw(row.metered_w), right=True),
    _Column(
        name="physics", width=7, cell=lambda row: kw(row.physical_w), right=True, from_width=44
    ),
    _Column(
        name="OCPP", width=5, cell=lambda row: row.protocol.removeprefix("ocpp"), from_width=100
    ),
    _Column(name="car", width=13, cell=words.car, from_width=62),
    _Column(name="why", width=0, cell=lambda row: row.reason, from_width=76),
)


def _table(title: str) -> Table:
    return Table(
        title=Text(title, no_wrap=True, overflow="ellipsis"),
        title_justify="left",
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        collapse_padding=True,
    )


def _closing_table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    table = _table(title)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", no_wrap=True)
    return table


def _live_table(title: str, columns: Sequence[_Column[_Row]], width: int) -> Table:
    """One without lines between its parts: in a terminal every row counts."""
    table = _table(title)
    table.box = None
    table.padding = (0, _GAP, 0, 0)
    table.header_style = "dim"
    left = width
    for column in columns:
        if column.from_width <= width:
            table.add_column(
                column.name,
                justify="right" if column.right else "left",
                no_wrap=True,
                overflow="ellipsis",
                min_width=column.width or None,
                max_width=None if column.width else max(left, 1),
            )
            left -= column.width + _GAP
    return table


def _cells(columns: Sequence[_Column[_Row]], row: _Row, width: int) -> list[str | Text]:
    return [column.cell(row) for column in columns if column.from_width <= width]


def events(frame: Frame, *, width: int, rows: int) -> Table | None:
    """What the utility asked for; where not all of it fits, what is over and long goes last.

    None where there is no room, or nothing was asked for.
    """
    by_need = sorted(frame.events, key=_need)[: max(rows, 0)]
    if not by_need:
        return None
    table = _live_table("Events", _EVENT_COLUMNS, width)
    for each in frame.events:
        if each in by_need:
            cells = _cells(_EVENT_COLUMNS, each, width)
            table.add_row(*cells, style=_STYLE.get(each.status, ""))
    return table


def _need(event: EventRow) -> tuple[bool, float]:
    """What has to be shown comes first: a tariff for hours tells less than an event of seconds."""
    return event.status in _OVER, event.ends_s - event.starts_s


def site(row: SiteRow, *, width: int, wrapped: bool = False) -> Table:
    """One site: its envelope, and every EVSE with limit, power and reason.

    In a narrow terminal columns are left out; `wrapped` gives a reason as many lines as it needs.
    """
    table = _live_table(site_line(row), _EVSE_COLUMNS, width)
    if wrapped:
        table.columns[-1].no_wrap = False
        table.columns[-1].overflow = "fold"
    for evse in row.evses:
        table.add_row(*_cells(_EVSE_COLUMNS, evse, width))
    return table


def site_line(row: SiteRow) -> str:
    """``depot: EVSEs 23.1 of 24.0 kW, connection 35.0 kW; event peak-afternoon``."""
    target = "" if row.target_w is None else f", {kw(row.target_w)} kW wanted"
    source = f"; {row.envelope_of}" if row.envelope_of else ""
    return (
        f"{row.site}: EVSEs {kw(row.evs_w)} of {kw(row.envelope_w)} kW{target},"
        f" connection {kw(row.connection_w)} kW{source}"
    )


def closing(outcome: Outcome) -> list[Table]:
    """Every number of the outcome; what the demo is about comes last, where it is seen."""
    return [_hard(outcome), _stations(outcome), _cars(outcome), _results(outcome)]


_RESULTS = (
    *("event", "at", "asked\nkW", "all\nyes", "drop", "after\ndue"),
    *("counted\nfrom-to", "highest\n5 s kW", "verdict"),
)
_LEGEND = (
    "In seconds. all yes, drop: from the VTN's answer until every station in reach had accepted"
    " what it was told, and until the metered power was down to stay. after due: the drop again,"
    " from the event's start where that came after the answer; 0.00 is in time. counted: the"
    " seconds of the demo in which a limit can be exceeded: from its start, or from 15 s and the"
    " slowest station after the answer, to its end. Of two events the stricter one binds."
)


def _results(outcome: Outcome) -> Table:
    table = _closing_table("Events", *_RESULTS, right=_RESULTS[2:-1])
    table.caption = Text(_LEGEND, style="dim")
    for each in outcome.events:
        target = each.kind is LimitKind.TARGET
        good = "met" if target else "kept"
        bad = "NOT MET" if target else "EXCEEDED"
        failed = each.exceeded or each.met is False
        counted = each.highest_w is not None
        table.add_row(
            each.event,
            each.site,
            ("= " if target else "<= ") + kw(each.limit_w),
            seconds(each.accepted_s),
            seconds(each.drop_s),
            seconds(each.after_due_s),
            f"{each.counted_from_s:.0f}-{each.counted_until_s:.0f}" if counted else "-",
            kw(each.highest_w),
            bad if failed else good if counted else "too short",
        )
    return table


def _hard(outcome: Outcome) -> Table:
    table = _closing_table(
        "Connections and breakers",
        *("site", "what", "limit", "highest 5 s", "verdict"),
        right=("limit", "highest 5 s"),
    )
    for each in outcome.hard:
        unit = each.unit
        scale = 1000.0 if unit == "W" else 1.0
        shown = "kW" if unit == "W" else unit
        # A site that never exported has a highest export below zero.
        highest = f"{each.highest / scale:.1f} {shown}" if each.highest >= 0 else "none"
        table.add_row(
            each.site,
            each.what,
            f"{each.limit / scale:.1f} {shown}",
            highest,
            "EXCEEDED" if each.exceeded else "kept",
        )
    return table


def _stations(outcome: Outcome) -> Table:
    table = _closing_table(
        "Stations", "station", "speaks", "profile writes", right=("profile writes",)
    )
    for each in outcome.stations:
        table.add_row(each.station, each.protocol, str(each.profile_writes))
    return table


def _cars(outcome: Outcome) -> Table:
    table = _closing_table(
        "Cars",
        *("car", "at", "charged Wh", "discharged Wh", "from %", "to %"),
        right=("charged Wh", "discharged Wh", "from %", "to %"),
    )
    for each in outcome.cars:
        table.add_row(
            each.car,
            f"{each.station}/{each.evse}",
            f"{each.charged_wh:.0f}",
            f"{each.discharged_wh:.0f}",
            f"{100 * each.soc_before:.0f}",
            f"{100 * each.soc_after:.0f}",
        )
    return table


def last_lines(outcome: Outcome) -> list[str]:
    """What the tables do not hold, and the verdict."""
    told = [
        f"{each.station}: CentralSetpoint down to {kw(each.setpoint_w)} kW,"
        f" SetDERControl LimitMaxDischarge accepted {each.max_discharge_controls}x"
        for each in outcome.v2g
    ]
    values = ", ".join(f"{site} {count}" for site, count in outcome.telemetry.items())
    told.append(f"TELEMETRY_USAGE values that reached the VTN: {values}")
    told.append(f"violations: {outcome.violations} (took {outcome.seconds:.1f} s)")
    told += [f"FAILED: {each}" for each in outcome.failures]
    return told
