"""``gridbridge schema``: the configuration's JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gridbridge.cli.exit_codes import ExitCode


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)


def schema(
    out: Annotated[Path | None, typer.Option(help="Write it there instead of to stdout.")] = None,
) -> None:
    """Print the JSON Schema of the configuration, for editors and other checks.

    Example: gridbridge schema --out config/gridbridge.schema.json
    """
    from gridbridge.config.json_schema import json_schema_text

    if out is None:
        typer.echo(json_schema_text(), nl=False)
        return
    try:
        out.write_text(json_schema_text(), encoding="utf-8")
    except OSError as error:
        typer.echo(f"{out}: cannot be written: {error.strerror}", err=True)
        raise typer.Exit(ExitCode.FAILED) from None
