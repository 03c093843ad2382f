"""The demo's tables, for a terminal and for the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from gridbridge.app.demo.show import words
from gridbridge.simulation.spec import LimitKind

if TYPE_CHECKING:
    from gridbridge.app.demo.frame import EventRow, Frame, SiteRow
    from gridbridge.app.demo.outcome import Outcome

_STYLE = {"active": "bold yellow", "cancelled": "dim strike", "completed": "dim"}
_BESIDE_WHY = 72
"""What the other columns of a site take at most."""
_LEAST_WHY = 8
_STATE = {"holds": "green", "sent": "yellow"}


def _table(title: str, *columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(
        title=Text(title, no_wrap=True, overflow="ellipsis"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in right else "left",
            no_wrap=True,
            overflow="ellipsis",
        )
    return table


def events(frame: Frame) -> Table:
    """What the utility asked for."""
    table = _table("Events", "event", "signal", "now", "at", "when", "state", "answer")
    for each in frame.events:
        table.add_row(*_event(each), style=_STYLE.get(each.status, ""))
    return table


def _event(each: EventRow) -> tuple[str, ...]:
    return (
        f"{each.event} v{each.version}",
        each.what,
        words.value(each),
        ", ".join(each.sites),
        words.when(each),
        each.status,
        each.opt or "",
    )


def site(row: SiteRow, *, width: int) -> Table:
    """One site: its envelope, and every EVSE with limit, power and reason.

    In a narrow terminal it is the reason that gets cut off.
    """
    table = _table(
        site_line(row),
        *("EVSE", "", "car", "limit", "state", "metered kW", "physics kW", "why"),
        right=("limit", "metered kW", "physics kW"),
    )
    table.columns[-1].max_width = max(width - _BESIDE_WHY, _LEAST_WHY)
    for evse in row.evses:
        table.add_row(
            f"{evse.station}/{evse.evse}",
            evse.protocol.removeprefix("ocpp"),
            words.car(evse),
            words.limit(evse),
            Text(evse.state, style=_STATE.get(evse.state, "red")),
            words.kw(evse.metered_w),
            words.kw(evse.physical_w),
            evse.reason,
        )
    return table


def site_line(row: SiteRow) -> str:
    """``depot: 23.1 of 24.0 kW (event peak-afternoon); connection 35.0 kW, base load 12.0 kW``."""
    target = "" if row.target_w is None else f", wanted {words.kw(row.target_w)} kW"
    source = f" ({row.envelope_of})" if row.envelope_of else ""
    return (
        f"{row.site}: EVSEs draw {words.kw(row.evs_w)} of {words.kw(row.envelope_w)} kW"
        f"{source}{target}; connection {words.kw(row.connection_w)} kW"
    )


def closing(outcome: Outcome) -> list[Table]:
    """Every number of the outcome; what the demo is about comes last, where it is seen."""
    return [_hard(outcome), _stations(outcome), _cars(outcome), _results(outcome)]


def _results(outcome: Outcome) -> Table:
    table = _table(
        "Events: from the VTN's answer to the last acceptance and to the metered drop",
        *("event", "at", "asked kW", "accepted s", "drop s", "highest 5 s kW", "verdict"),
        right=("asked kW", "accepted s", "drop s", "highest 5 s kW"),
    )
    for each in outcome.events:
        target = each.kind is LimitKind.TARGET
        good = "met" if target else "kept"
        bad = "NOT MET" if target else "EXCEEDED"
        failed = each.exceeded or each.met is False
        counted = each.highest_w is not None
        table.add_row(
            each.event,
            each.site,
            ("= " if target else "<= ") + words.kw(each.limit_w),
            words.seconds(each.accepted_s),
            words.seconds(each.drop_s),
            words.kw(each.highest_w),
            bad if failed else good if counted else "over before it counted",
        )
    return table


def _hard(outcome: Outcome) -> Table:
    table = _table(
        "Connections and breakers",
        *("site", "what", "limit", "highest 5 s", "verdict"),
        right=("limit", "highest 5 s"),
    )
    for each in outcome.hard:
        unit = each.unit
        scale = 1000.0 if unit == "W" else 1.0
        shown = "kW" if unit == "W" else unit
        table.add_row(
            each.site,
            each.what,
            f"{each.limit / scale:.1f} {shown}",
            f"{each.highest / scale:.1f} {shown}",
            "EXCEEDED" if each.exceeded else "kept",
        )
    return table


def _stations(outcome: Outcome) -> Table:
    table = _table("Stations", "station", "speaks", "profile writes", right=("profile writes",))
    for each in outcome.stations:
        table.add_row(each.station, each.protocol, str(each.profile_writes))
    return table


def _cars(outcome: Outcome) -> Table:
    table = _table(
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
        f"{each.station}: CentralSetpoint down to {words.kw(each.setpoint_w)} kW,"
        f" SetDERControl LimitMaxDischarge accepted {each.max_discharge_controls}x"
        for each in outcome.v2g
    ]
    values = ", ".join(f"{site} {count}" for site, count in outcome.telemetry.items())
    told.append(f"TELEMETRY_USAGE values that reached the VTN: {values}")
    told.append(f"violations: {outcome.violations} (took {outcome.seconds:.1f} s)")
    told += [f"FAILED: {each}" for each in outcome.failures]
    return told
