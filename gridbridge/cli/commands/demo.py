"""``gridbridge demo``: a utility, a fleet and the gateway on this machine, for a minute."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from gridbridge.cli.exit_codes import ExitCode
from gridbridge.cli.options import Json

if TYPE_CHECKING:
    from gridbridge.app.demo import Outcome, Show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(*, as_json: Json = False) -> None:
    """Play a minute of demand response against simulated stations, and judge it.

    Starts an embedded Valkey, an OpenADR 2.0b VTN, the gateway as `gridbridge run` runs it, and
    eight stations of OCPP 1.6, 2.0.1 and 2.1, all on loopback. Exits with 1 where a limit was
    exceeded, or an event not obeyed or not answered. Stopped by Ctrl-C it exits with 130, by
    SIGTERM with 143; nothing is left running.

    Example: gridbridge demo --json | tail -n 1
    """
    import asyncio
    from contextlib import ExitStack

    from rich.console import Console

    from gridbridge.app.demo import DemoError, JsonLines, Lines, LiveTables
    from gridbridge.cli.logs import log_to_stderr

    log_to_stderr("error")
    with ExitStack() as stack:
        show: Show
        if as_json:
            show = JsonLines(sys.stdout)
        elif sys.stdout.isatty():
            show = stack.enter_context(LiveTables(Console(markup=False, highlight=False)))
        else:
            show = Lines(sys.stdout)
        try:
            outcome = asyncio.run(_played(show))
        except asyncio.CancelledError:
            raise typer.Exit(ExitCode.TERMINATED) from None
        except DemoError as error:
            stack.close()
            typer.echo(f"gridbridge demo: {error}", err=True)
            raise typer.Exit(ExitCode.FAILED) from None
    raise typer.Exit(ExitCode.OK if outcome.passed else ExitCode.FAILED)


async def _played(show: Show) -> Outcome:
    """Play it; SIGTERM cancels it, so that nothing is left running."""
    import asyncio
    import signal

    from gridbridge.app.demo import perform

    playing = asyncio.ensure_future(perform(show))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    return await playing
