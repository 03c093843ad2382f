"""``gridbridge status``: every VTN in reach or not, every site's load against its limit."""

from __future__ import annotations

from typing import Any

import typer

from gridbridge.cli.gateway_api import (
    DEFAULT_URL,
    Url,
    fetched,
    kw,
    print_json,
    print_table,
    shown,
    table_of,
    understood,
)
from gridbridge.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(*, url: Url = DEFAULT_URL, as_json: Json = False) -> None:
    """Show sites and stations of a running gateway, and whether its VTNs are in reach.

    Example: gridbridge status --url http://127.0.0.1:8080
    """
    gateway = fetched(url, "/api/v1/status")
    vens, sites = fetched(url, "/api/v1/vens"), fetched(url, "/api/v1/sites")
    if as_json:
        print_json({**gateway, "vens": vens, "sites": sites})
        return
    with understood(url):
        _print_left_out(gateway["quarantined"])
        _print_vens(vens)
        _print_sites(sites)


def _print_left_out(files: list[dict[str, Any]]) -> None:
    for left_out in files:
        typer.echo(shown(f"! quarantined: {left_out['file']}: its sites are not served"))
        for problem in left_out["problems"]:
            typer.echo(shown(f"  {problem}"))


def _print_vens(vens: list[dict[str, Any]]) -> None:
    for ven in vens:
        mark = "" if ven["reach"] == "registered" else "! "
        typer.echo(shown(f"{mark}VEN {ven['ven']}: {ven['text']}"))
        _print_alarms(ven["alarms"])


def _print_sites(sites: list[dict[str, Any]]) -> None:
    if not sites:
        typer.echo("no site was shown yet", err=True)
    for site in sites:
        limit = kw(site["limit_w"])
        part = "" if site["readings_complete"] else ", of some EVSEs it is not known"
        title = f"{site['site']} ({site['mode']}): {kw(site['power_w'])} of {limit}{part}"
        rows = [_row(station, evse) for station in site["stations"] for evse in station["evses"]]
        columns = ("EVSE", "status", "limit", "power", "answer", "last reading")
        print_table(table_of(shown(title), columns, rows))
        _print_alarms(site["alarms"])


def _print_alarms(alarms: list[dict[str, str]]) -> None:
    for alarm in alarms:
        typer.echo(shown(f"! {alarm['name']}: {alarm['subject']}: {alarm['detail']}"))


def _row(station: dict[str, Any], evse: dict[str, Any]) -> tuple[str, ...]:
    limit = "-" if evse["limit_a"] is None else f"{evse['limit_a']:.1f} A"
    if evse["setpoint_w"] is not None:
        limit += f", setpoint {kw(evse['setpoint_w'])}"
    return (
        f"{station['station']}/{evse['evse']}",
        _status(station, evse),
        limit,
        kw(evse["power_w"]),
        next(step["text"] for step in evse["why"] if step["kind"] == "answer"),
        evse["read_at"] or "-",
    )


def _status(station: dict[str, Any], evse: dict[str, Any]) -> str:
    if not station["connected"]:
        return "silent" if station["seen"] else "never seen"
    if evse["session"] is not None:
        return "session"
    return "occupied" if evse["occupied"] else "free"
