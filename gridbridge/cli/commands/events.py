"""``gridbridge events``: the life of every grid event that a VEN keeps."""

from __future__ import annotations

from typing import Any

import typer

from gridbridge.cli.gateway_api import (
    DEFAULT_URL,
    Url,
    fetched,
    print_json,
    print_table,
    table_of,
    understood,
)
from gridbridge.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(events)


def events(*, url: Url = DEFAULT_URL, as_json: Json = False) -> None:
    """Show the grid events that a running gateway knows, and what it answered.

    Example: gridbridge events --json
    """
    found = fetched(url, "/api/v1/events")
    if as_json:
        print_json(found)
        return
    columns = ("event", "VEN", "program", "life", "start", "end", "answer", "why", "sites")
    with understood(url):
        rows = [_row(event) for event in found]
    print_table(table_of("grid events", columns, rows))


def _row(event: dict[str, Any]) -> tuple[str, ...]:
    return (
        event["event"],
        event["ven"],
        event["program"] or "-",
        event["life"],
        event["start"],
        event["end"] or "open end",
        event["opt"] + ("" if event["answered"] else ", not confirmed"),
        event["why"],
        ", ".join(event["sites"]),
    )
