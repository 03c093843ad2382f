"""The demo's run: set up, play the story at real time, look on, judge."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gridbridge.app.demo.frame import frame
from gridbridge.app.demo.news import Newsroom
from gridbridge.app.demo.outcome import Outcome, outcome
from gridbridge.app.demo.stage import Stage, stage
from gridbridge.app.demo.witness import Witness
from gridbridge.runtime.clock import SystemClock
from gridbridge.simulation.story import play

if TYPE_CHECKING:
    from gridbridge.app.demo.show import Show

_LEAD_S = 0.2
"""From everything being ready to the story's beginning."""
_LOOK_S = 0.25


async def perform(show: Show) -> Outcome:
    """Play the demo's story once and show it; raises StageError or GatewayDiedError.

    However it ends, cancelled too, no process and no file of it is left.
    """
    clock = SystemClock()
    started = clock.now()
    show.preparing()
    async with stage(clock) as it:
        begin = clock.now() + _LEAD_S
        it.world.begin(begin)
        witness = Witness(it.world)
        playing = asyncio.create_task(play(it.story, it.vtn, begin=begin, clock=clock.now))
        others = [
            asyncio.create_task(_look_on(it, witness, show, begin=begin)),
            asyncio.create_task(it.gateway.ended()),
            it.running,
        ]
        try:
            await asyncio.wait((playing, *others), return_when=asyncio.FIRST_COMPLETED)
            for task in (*others, playing):
                if task.done():
                    task.result()
        finally:
            for task in (playing, *others):
                task.cancel()
            await asyncio.gather(playing, *others, return_exceptions=True)
        result = outcome(it, witness, seconds=clock.now() - started)
    show.finished(result)
    return result


async def _look_on(it: Stage, witness: Witness, show: Show, *, begin: float) -> None:
    news = Newsroom(it.story.world, begin=begin)
    documents = await it.api.sites() or []
    while True:
        asked = list(it.vtn.events.values())
        now = frame(it.world.observe(), documents, asked, begin=begin)
        witness.look(asked, documents)
        for each in news.since(now, asked, witness):
            show.news(each)
        show.frame(now)
        await asyncio.sleep(_LOOK_S)
        documents = await it.api.sites() or documents
