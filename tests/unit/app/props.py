"""What the tests of the demo share: its first moment, what its VTN asked, and its world."""

from __future__ import annotations

from gridbridge.simulation.asking import Asked, Signal, Version
from gridbridge.simulation.scenario import default_story
from gridbridge.simulation.world import World

T0 = 1_800_000_000.0


def version(
    number: int = 0,
    *,
    start: float = T0,
    signal: str = "SIMPLE",
    intervals: tuple[tuple[int, float], ...] = ((60, 1.0),),
    answered_at: float | None = T0,
    cancelled: bool = False,
) -> Version:
    """One version of an event, which the VEN fetched at `answered_at`."""
    return Version(
        number=number,
        start=start,
        signal=Signal(name=signal, type="level", intervals=intervals),
        cancelled=cancelled,
        answered_at=answered_at,
    )


def asked(*versions: Version, event: str = "e") -> Asked:
    """What the VTN asks of the depot, oldest version first."""
    return Asked(
        id=event,
        ven="x",
        market="http://m",
        resources=("depot",),
        priority=0,
        created=T0,
        start_after_s=0,
        versions=list(versions),
    )


def world() -> World:
    """The story's, before anything happened in it."""
    return World(default_story({}).world, clock=lambda: T0)
