"""A story as data: a world, what a utility asks for and when, and how that is played."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gridbridge.simulation.spec import WorldSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from gridbridge.simulation.vtn import Vtn


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program of the utility, and what its levels ask of a site, as its contract says."""

    name: str
    market: str
    authority: str
    """``binding``, ``voluntary`` or ``price``."""
    level_w: dict[int, float] = field(default_factory=dict)
    """SIMPLE: the most all EVSEs of a site may draw together."""
    follows: str | None = None
    """``LOAD_CONTROL`` or ``LOAD_DISPATCH``, where its events carry such a signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SendSimple:
    """Levels for so many seconds each."""

    at_s: float
    event: str
    program: str
    sites: tuple[str, ...]
    start_s: float
    levels: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLoadControl:
    """Shares of what the stations of a site can draw."""

    at_s: float
    event: str
    program: str
    sites: tuple[str, ...]
    start_s: float
    shares: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendPrices:
    """Prices per kWh."""

    at_s: float
    event: str
    program: str
    sites: tuple[str, ...]
    start_s: float
    prices: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDispatch:
    """Net power in kW, export negative."""

    at_s: float
    event: str
    program: str
    sites: tuple[str, ...]
    start_s: float
    setpoints_kw: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modify:
    """Other intervals for an event that was sent."""

    at_s: float
    event: str
    intervals: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """An event is called off."""

    at_s: float
    event: str


Step = SendSimple | SendLoadControl | SendPrices | SendDispatch | Modify | Cancel


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A world and what happens in it; times count from the story's beginning."""

    world: WorldSpec
    ven: str
    """The venName that events are sent to."""
    programs: tuple[Program, ...]
    steps: tuple[Step, ...]
    """In the order of their times."""
    length_s: float

    def program(self, name: str) -> Program:
        """The program of that name."""
        return next(each for each in self.programs if each.name == name)


def tell(story: Story, step: Step, vtn: Vtn, *, begin: float) -> None:
    """Have the VTN do one step now."""
    match step:
        case Modify():
            vtn.modify(step.event, intervals=step.intervals)
            return
        case Cancel():
            vtn.cancel(step.event)
            return
        case _:
            pass
    market = story.program(step.program).market
    start = begin + step.start_s
    ven, sites = story.ven, step.sites
    match step:
        case SendSimple():
            vtn.send_simple(
                step.event,
                ven=ven,
                market=market,
                resources=sites,
                start=start,
                levels=step.levels,
            )
        case SendLoadControl():
            vtn.send_load_control(
                step.event,
                ven=ven,
                market=market,
                resources=sites,
                start=start,
                shares=step.shares,
            )
        case SendPrices():
            vtn.send_prices(
                step.event,
                ven=ven,
                market=market,
                resources=sites,
                start=start,
                prices=step.prices,
            )
        case SendDispatch():
            vtn.send_dispatch(
                step.event,
                ven=ven,
                market=market,
                resources=sites,
                start=start,
                setpoints_kw=step.setpoints_kw,
            )


async def play(
    story: Story,
    vtn: Vtn,
    *,
    begin: float,
    clock: Callable[[], float],
    on_step: Callable[[Step], None] = lambda _step: None,
) -> None:
    """Have the VTN do every step at its time, and return when the story is over.

    `begin` is the instant at which the world's own script began too.
    """
    for step in story.steps:
        await asyncio.sleep(max(0.0, begin + step.at_s - clock()))
        tell(story, step, vtn, begin=begin)
        on_step(step)
    await asyncio.sleep(max(0.0, begin + story.length_s - clock()))
