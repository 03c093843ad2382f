"""The configuration of a command, or an end with every problem in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from gridbridge.cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path

    from gridbridge.config import Loaded


def configuration(config: Path) -> Loaded:
    """As `run` loads it; raises typer.Exit where it is rejected, with the problems on stderr."""
    from gridbridge.config import Rejected, load_to_run

    result = load_to_run(config, os.environ)
    if isinstance(result, Rejected):
        for problem in result.problems:
            typer.echo(str(problem), err=True)
        raise typer.Exit(ExitCode.FAILED)
    return result
