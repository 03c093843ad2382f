"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DEFAULT_CONFIG = Path("config/gridbridge.yaml")

Config: TypeAlias = Annotated[
    Path, typer.Option("--config", envvar="GRIDBRIDGE_CONFIG", help="The configuration.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
