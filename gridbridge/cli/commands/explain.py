"""``gridbridge explain``: why a station gets what it gets."""

from __future__ import annotations

from typing import Annotated

import typer

from gridbridge.cli.gateway_api import DEFAULT_URL, Url, fetched, print_json, shown, understood
from gridbridge.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    station: Annotated[str, typer.Argument(metavar="STATION", help="Its identity.")],
    *,
    url: Url = DEFAULT_URL,
    as_json: Json = False,
) -> None:
    """Show the chain behind each limit of a station, from its hardware to its meter.

    Exits with 1 if no site has the station.

    Example: gridbridge explain CP-1
    """
    from urllib.parse import quote

    told = fetched(url, f"/api/v1/stations/{quote(station, safe='')}/explain")
    if as_json:
        print_json(told)
        return
    with understood(url):
        link = f"connected, {told['protocol']}" if told["connected"] else "not connected"
        typer.echo(shown(f"{told['station']} at {told['site']}, {link}, as of {told['at']}"))
        for evse in told["evses"]:
            typer.echo(shown(f"{told['station']}/{evse['evse']}: {evse['text']}"))
