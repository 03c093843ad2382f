"""One site with its ports, files, stations and utility: the stage of these tests."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING, Any

from tests.e2e.drawing import Station
from tests.e2e.judge import Limit
from tests.e2e.outside import PASSWORD, PATIENCE_S, fetched, free_port, let_in
from tests.e2e.vtn_process import MARKET

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

IMPORT_W = 40_000.0
LEVEL_W = {1: 30_000.0, 2: 15_000.0, 3: 8_000.0}
SETTLE_S = 3.0
"""What the configuration promises; the stations lag by less."""
CONNECTION = Limit(name="connection", watts=IMPORT_W)
PROTOCOLS = ("ocpp1.6", "ocpp2.0.1", "ocpp2.1")

CONFIG = """
gateway: {{name: gw-1, store: {store}, data_dir: {data}}}
http: {{listen: "127.0.0.1:{http}"}}
ocpp:
  listeners: [{{listen: "127.0.0.1:{ocpp}", security_profile: 1}}]
  credentials_dir: {credentials}
  reuse_port: true
vens:
  utility:
    protocol: openadr-2.0b
    vtn: "http://127.0.0.1:{vtn}/OpenADR2/Simple/2.0b"
    ven_name: depot
    allow_insecure: true
programs:
  peak:
    match: {{ven: utility, market_context: "{market}"}}
    authority: voluntary
    signals: {{SIMPLE: {{1: {{kw: 30}}, 2: {{kw: 15}}, 3: {{kw: 8}}}}}}
    release: {{ramp: {ramp}, stagger: 0s}}
sites:
  depot:
    voltage: 400
    import_kw: 40
    programs: {{peak: {{}}}}
    stations:
{stations}
"""


class Depot:
    """Ports and files of one test, and the stations that belong there."""

    def __init__(
        self, folder: Path, *, stations: int = 6, ramp: str = "10m", seed: int = 7
    ) -> None:
        dice = random.Random(seed)
        self.folder = folder
        self.ramp = ramp
        self.ocpp, self.vtn = free_port(), free_port()
        self.stations = [
            Station(
                name=f"CP-{number}",
                protocol=PROTOCOLS[number % len(PROTOCOLS)],
                port=self.ocpp,
                password=PASSWORD,
                lag_s=dice.uniform(0.5, SETTLE_S - 0.5),
            )
            for number in range(stations)
        ]
        let_in(folder / "credentials", *(station.name for station in self.stations))

    def config(self, name: str = "gw", *, store: str = "embedded") -> tuple[Path, int]:
        """A configuration file, and the port of its API."""
        http = free_port()
        path = self.folder / f"{name}.yaml"
        path.write_text(
            CONFIG.format(
                store=store,
                data=self.folder / f"var-{name}",
                http=http,
                ocpp=self.ocpp,
                vtn=self.vtn,
                credentials=self.folder / "credentials",
                market=MARKET,
                ramp=self.ramp,
                stations="\n".join(
                    f"      {station.name}: {{max_a: {station.max_a:g}, settle: {SETTLE_S:g}s}}"
                    for station in self.stations
                ),
            )
        )
        return path, http

    def allowed_w(self, at: float) -> float:
        """What all stations may draw by what they hold, each as if it had a car."""
        return sum(station.allows(at) * 230.0 * 3 for station in self.stations)

    async def settled(self, http: int, *, stations: Sequence[str] | None = None) -> dict[str, Any]:
        """What stations are told, once each holds its safe profile and said yes to the newest."""
        names = {station.name for station in self.stations} if stations is None else set(stations)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = {
                each["station"]: each["evses"][0]
                for each in await fetched(http, "/api/v1/stations")
                if each["station"] in names and each["connected"]
            }
            if len(found) == len(names) and all(
                evse["secured"] and 0 < evse["version"] == evse["accepted_version"]
                for evse in found.values()
            ):
                return {name: evse["limit_a"] for name, evse in found.items()}
            assert time.monotonic() < deadline, f"stations did not settle: {found}"
            await asyncio.sleep(0.2)


def limit_of(told: dict[str, Any]) -> Limit:
    """The limit that a version of an event makes, as the VTN first told it."""
    return Limit.of_grid(
        f"{told['event']} {told['version']}",
        watts=LEVEL_W[told["level"]],
        start=told["start"],
        end=told["end"],
        arrived=told["at"],
        settle=SETTLE_S,
    )
