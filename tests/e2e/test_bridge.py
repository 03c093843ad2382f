"""The gateway as a process, judged from outside: a foreign VTN, foreign stations, kill -9."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from gridbridge_redis.embedded import EmbeddedValkey
from tests.e2e.outside import (
    MARKET,
    PATIENCE_S,
    fetched,
    free_port,
    gateway,
    let_in,
    plugged_in,
    utility,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(180)

STATIONS = {"CP-16": "ocpp1.6", "CP-201": "ocpp2.0.1", "CP-21": "ocpp2.1"}
IN_TEN_MINUTES = {"level": 2, "in_s": 600, "for_s": 1800}

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
    signals: {{SIMPLE: {{1: {{kw: 30}}, 2: {{kw: 15}}, 3: {{kw: 0}}}}}}
    release: {{ramp: 10m, stagger: 0s}}
sites:
  depot:
    voltage: 400
    import_kw: 40
    programs: {{peak: {{}}}}
    stations:
      CP-16: {{max_a: 32, settle: 1s}}
      CP-201: {{max_a: 32, settle: 1s}}
      CP-21: {{max_a: 32, settle: 1s}}
"""


class Bench:
    """Ports and files of one test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ocpp, self.vtn = free_port(), free_port()
        let_in(folder / "credentials", *STATIONS)

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
            )
        )
        return path, http


def schedule_of(profile: dict[str, Any]) -> dict[str, Any]:
    """The schedule of a profile in any version's words."""
    found: Any = profile["charging_schedule"]
    return dict(found[0] if isinstance(found, list) else found)


def event_limits(client: Any) -> list[float]:  # noqa: ANN401 - the package has no types
    """Per profile that holds more than one period: its lowest limit."""
    periods = [
        [period["limit"] for period in schedule_of(profile)["charging_schedule_period"]]
        for profile in client.profiles
    ]
    return [min(limits) for limits in periods if len(limits) > 1]


async def eventually(holds: Any, what: str) -> None:  # noqa: ANN401 - any condition
    """Wait for something that another process brings about."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} never happened"
        await asyncio.sleep(0.05)


async def fleet(stack: AsyncExitStack, bench: Bench, *, boots: bool = True) -> list[Any]:
    """One station of each version, charging."""
    return [
        await stack.enter_async_context(plugged_in(bench.ocpp, name, protocol, boots=boots))
        for name, protocol in STATIONS.items()
    ]


async def test_an_event_reaches_stations_of_every_version_and_is_answered(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    path, http = bench.config()
    async with AsyncExitStack() as stack:
        vtn = await stack.enter_async_context(utility(bench.vtn, IN_TEN_MINUTES))
        await stack.enter_async_context(gateway(path))
        clients = await fleet(stack, bench)

        opted = await vtn.said('"opt"')
        for client in clients:
            await eventually(lambda client=client: event_limits(client), "the event's profile")
        await settled(http)

        # 15 kW over three three-phase cars at the highest voltage: 6.5 A each at most.
        assert all(6.0 <= event_limits(client)[-1] <= 6.6 for client in clients)
        assert '"optIn"' in opted[0]
        why = await fetched(http, "/api/v1/stations/CP-16/explain")
        assert "hardware" in str(why)


async def test_after_kill_9_nothing_that_holds_is_sent_and_no_answer_repeated(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    path, http = bench.config()
    async with AsyncExitStack() as outer:
        vtn = await outer.enter_async_context(utility(bench.vtn, IN_TEN_MINUTES))
        async with AsyncExitStack() as stack:
            first = await stack.enter_async_context(gateway(path))
            clients = await fleet(stack, bench)
            await vtn.said('"opt"')
            for client in clients:
                await eventually(lambda client=client: event_limits(client), "the profile")
            before = await settled(http)
            first.kill()
            await first.ended()
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(gateway(path))
            again = await fleet(stack, bench, boots=False)
            after = await settled(http)

            # Long enough for a poll, a synchronisation and a sweep of what is desired.
            await asyncio.sleep(3.0)

            assert after == before
            assert [client.profiles for client in again] == [[], [], []]
            assert len([line for line in vtn.lines if '"opt"' in line]) == 1


async def test_when_one_of_two_processes_is_killed_the_other_takes_over(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(EmbeddedValkey(tmp_path / "store"))
        url = store.url.text
        one, http_one = bench.config("one", store=f'"{url}"')
        two, http_two = bench.config("two", store=f'"{url}"')
        vtn = await stack.enter_async_context(utility(bench.vtn, IN_TEN_MINUTES))
        gateways = {
            http_one: await stack.enter_async_context(gateway(one)),
            http_two: await stack.enter_async_context(gateway(two)),
        }
        clients = await fleet(stack, bench)
        await vtn.said('"opt"')
        for client in clients:
            await eventually(lambda client=client: event_limits(client), "the profile")
        assert len([line for line in vtn.lines if '"registered"' in line]) == 1

        speaking = [
            http
            for http, process in gateways.items()
            if any("partition_taken" in line for line in process.lines)
        ]
        victim = speaking[-1]
        survivor = http_two if victim == http_one else http_one
        killed = time.monotonic()
        gateways[victim].kill()
        await gateways[victim].ended()
        taken = len([line for line in gateways[survivor].lines if "partition_taken" in line])
        await gateways[survivor].said("partition_taken", times=taken + 1)
        took = time.monotonic() - killed

        assert took <= 10.0
        assert len([line for line in vtn.lines if '"opt"' in line]) == 1


async def settled(http: int) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """What every station holds, once each said yes to the newest."""

    async def limits() -> list[tuple[str, float | None, int, int]]:
        found = []
        for station in await fetched(http, "/api/v1/stations"):
            found += [
                (station["station"], evse["limit_a"], evse["version"], evse["accepted_version"])
                for evse in station["evses"]
            ]
        return found

    deadline = time.monotonic() + PATIENCE_S
    while True:
        now = await limits()
        if len(now) == len(STATIONS) and all(v and v == a for _, _, v, a in now):
            return [(name, limit) for name, limit, _, _ in now]
        assert time.monotonic() < deadline, f"stations did not settle: {now}"
        await asyncio.sleep(0.2)
