"""When a VTN counts as lost: each program has a patience of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridbridge.domain.units import Instant, Seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gridbridge.domain.ids import ProgramName
    from gridbridge.domain.programs import Program
    from gridbridge.engine.ven.state import VenState

SILENCE = Seconds(120.0)
"""A VTN is never called lost sooner than this: it is heard at most once a minute."""


def patience(program: Program) -> Seconds:
    """How long a VTN may be silent before the program's `lost` rule applies."""
    return max(program.lost.after, SILENCE)


def silent_since(state: VenState) -> Instant | None:
    """Since when nothing was heard of the VTN; None where its VEN was never run."""
    return state.started if state.heard is None else state.heard


def turns(
    state: VenState, programs: Iterable[Program], now: Instant
) -> tuple[tuple[ProgramName, ...], tuple[ProgramName, ...]]:
    """(programs whose VTN is lost from now on, programs whose VTN is back)."""
    since = silent_since(state)
    if since is None:
        return (), ()
    silent = {program.name for program in programs if now >= since + patience(program)}
    lost = tuple(sorted(silent - set(state.lost)))
    back = tuple(program for program in state.lost if program not in silent)
    return lost, back
