"""What the demo plays on: a folder, a VTN, a world and a gateway, up together, gone together."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridbridge.app.demo.api import GatewayApi
from gridbridge.app.demo.child import GatewayProcess
from gridbridge.app.demo.errors import DemoError
from gridbridge.config.credentials import credential, credential_file, new_key
from gridbridge.domain.ids import StationId
from gridbridge.simulation.gateway_yaml import gateway_yaml
from gridbridge.simulation.scenario import default_story, station_ids
from gridbridge.simulation.story import Story
from gridbridge.simulation.vtn import Vtn
from gridbridge.simulation.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from gridbridge.ports.clock import Clock

_READY_S = 20.0


class StageError(DemoError):
    """The demo could not be set up; the text says what was missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything that plays."""

    story: Story
    vtn: Vtn
    world: World
    gateway: GatewayProcess
    api: GatewayApi
    running: asyncio.Task[None]
    """The world; it ends only by failing."""


@asynccontextmanager
async def stage(clock: Clock) -> AsyncIterator[Stage]:
    """Set everything up and yield once the VEN is registered and every station is in hand.

    A station is in hand once it was accepted and holds its standing profile. Raises StageError
    or GatewayDiedError. On the way out nothing is left: no process, no folder.
    """
    passwords = {name: new_key() for name in station_ids()}
    story = default_story(passwords)
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gridbridge-demo-")))
        vtn = Vtn(clock=clock.now)
        stack.push_async_callback(vtn.stop)
        await vtn.start()
        gateway = await stack.enter_async_context(
            GatewayProcess(_written(folder, story, passwords, vtn.url))
        )
        try:
            addresses = await gateway.addresses()
        except TimeoutError:
            raise StageError("the gateway did not start in time") from None
        world = World(story.world, clock=clock.now)
        running = asyncio.create_task(world.run(f"ws://{addresses.ocpp}/ocpp"), name="world")
        stack.push_async_callback(_cancelled, running)
        api = await stack.enter_async_context(GatewayApi(f"http://{addresses.http}"))
        await _ready(vtn, world, api, story.ven, running)
        yield Stage(story=story, vtn=vtn, world=world, gateway=gateway, api=api, running=running)


def _written(folder: Path, story: Story, passwords: Mapping[str, str], vtn_url: str) -> Path:
    """The operator's files: a configuration, and what is kept of each station's password."""
    credentials = folder / "credentials"
    credentials.mkdir(mode=0o700)
    for name, password in passwords.items():
        path = credential_file(credentials, StationId(name))
        path.write_text(credential(password) + "\n", encoding="ascii")
    config = folder / "gridbridge.yaml"
    config.write_text(
        gateway_yaml(
            story,
            vtn_url=vtn_url,
            ocpp_listen="127.0.0.1:0",
            http_listen="127.0.0.1:0",
            data_dir=folder / "var",
            credentials_dir=credentials,
        ),
        encoding="utf-8",
    )
    return config


async def _ready(
    vtn: Vtn, world: World, api: GatewayApi, ven: str, running: asyncio.Task[None]
) -> None:
    try:
        async with asyncio.timeout(_READY_S):
            await vtn.wait_registered(ven)
            while not (world.all_ready() and _all_secured(await api.sites() or [])):
                if running.done():
                    await running
                await asyncio.sleep(0.05)
    except TimeoutError:
        missing = [name for name, s in world.stations.items() if not (s.online and s.booted)]
        who = ", ".join(missing) if missing else "the VEN, or what every station is to hold,"
        raise StageError(f"{who} did not get ready within {_READY_S:g} s") from None


def _all_secured(sites: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every EVSE holds the profile that stands when nothing else does."""
    return bool(sites) and all(
        evse["secured"]
        for site in sites
        for station in site["stations"]
        for evse in station["evses"]
    )


async def _cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
