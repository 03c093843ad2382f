"""``gridbridge validate``: is a configuration fit to run, and if not, where not."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridbridge.cli.exit_codes import ExitCode
from gridbridge.cli.options import DEFAULT_CONFIG, Json

if TYPE_CHECKING:
    from gridbridge.config import Loaded, Rejected


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(validate)


def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            envvar="GRIDBRIDGE_CONFIG",
            help=f"The configurations.  [default: {DEFAULT_CONFIG}]",
            show_default=False,
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Check configurations: keys, values, names, and sums that must fit.

    Each problem is one line: FILE:LINE:COLUMN: what is wrong [where]. Warnings do not fail.
    Variables GRIDBRIDGE_A__B of the environment count, as they do for the gateway.

    Example: gridbridge validate config/gridbridge.yaml
    """
    from gridbridge.config import Rejected, load

    results = [(path, load(path, os.environ)) for path in files or [DEFAULT_CONFIG]]
    if as_json:
        typer.echo(json.dumps([_as_data(path, result) for path, result in results], indent=2))
    else:
        for path, result in results:
            for line in _lines(path, result):
                typer.echo(line)
    if any(isinstance(result, Rejected) for _, result in results):
        raise typer.Exit(ExitCode.FAILED)


def _lines(path: Path, result: Loaded | Rejected) -> list[str]:
    from gridbridge.config import Rejected, Severity

    if isinstance(result, Rejected):
        errors = sum(each.severity is Severity.ERROR for each in result.problems)
        end = f"{path}: {errors} error{'s' if errors != 1 else ''}"
        return [*map(str, result.problems), end]
    stations = sum(len(site.stations) for site in result.sites)
    counts = ", ".join(
        f"{number} {word}{'s' if number != 1 else ''}"
        for number, word in (
            (len(result.vens), "VEN"),
            (len(result.sites), "site"),
            (stations, "station"),
            (len(result.programs), "program"),
        )
    )
    end = f"{path}: ok, {counts}, {result.config_hash}"
    return [*map(str, result.warnings), end]


def _as_data(path: Path, result: Loaded | Rejected) -> dict[str, object]:
    from gridbridge.config import Rejected

    if isinstance(result, Rejected):
        told = [asdict(each) for each in result.problems]
        return {"file": str(path), "valid": False, "problems": told}
    return {
        "file": str(path),
        "valid": True,
        "config_hash": result.config_hash,
        "sites": len(result.sites),
        "stations": sum(len(site.stations) for site in result.sites),
        "problems": [asdict(each) for each in result.warnings],
    }
