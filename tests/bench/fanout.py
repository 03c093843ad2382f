"""What it costs a server to tell its stations a new schedule: `fanout.py [--json]`.

CPU time of the server's process per station, from the wish to the last acceptance, through real
WebSockets on the loopback; median of interleaved rounds. Ours is the gateway's own server with all
that it does: what differs from what is held, priorities, one call at a time, facts of what became
of it (the store only counts). The peers:

- bare: aiohttp, orjson, jsonschema-rs and uvloop, and nothing else: check, send, check the answer;
- package: the `ocpp` package's own ChargePoint on the same sockets and loop.

The profile is a day of quarter hours. Figures that end in `_24` are of one of 24 periods, which is
all that many stations take: what does not depend on its length weighs more there.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any

ROOT = Path(__file__).parents[2]
CONTENDERS = ("ours", "bare", "package")
FEWEST_ROUNDS = 9
DAY_OF_QUARTERS = 96
SHORT = 24


@dataclass(frozen=True, slots=True)
class Server:
    """A contender's process."""

    commands: IO[str]
    words: IO[str]

    def heard(self, key: str) -> Any:  # noqa: ANN401 - whatever the process says
        line = self.words.readline()
        if not line:
            raise SystemExit(f"a server ended before it told its {key}")
        return json.loads(line)[key]

    def fan_out(self) -> float:
        """CPU seconds of one round."""
        self.commands.write("go\n")
        self.commands.flush()
        cpu: float = self.heard("cpu_s")
        return cpu


@contextmanager
def process(module: str, *arguments: object) -> Iterator[Server]:
    """Run a module of the bench; it ends when its standard input does."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *map(str, arguments)]
    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        if running.stdin is None or running.stdout is None:
            raise AssertionError("both were asked for")
        try:
            yield Server(running.stdin, running.stdout)
        finally:
            running.stdin.close()
            try:
                running.wait(timeout=10)
            except subprocess.TimeoutExpired:
                running.kill()


def figures(*, stations: int, periods: int, rounds: int) -> dict[str, float]:
    """Run everything once."""
    spent: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with ExitStack() as stack:
        servers: dict[str, Server] = {}
        for name in CONTENDERS:
            server = stack.enter_context(process("_fanout_servers", name, stations, periods))
            stack.enter_context(process("_fanout_stations", server.heard("port"), stations))
            server.heard("connected")
            # The first round also brings the standing profiles, and warms up caches.
            server.fan_out()
            servers[name] = server
        for _ in range(rounds):
            for name, server in servers.items():
                spent[name].append(server.fan_out())
    us = {name: 1e6 * median(cpu) / stations for name, cpu in spent.items()}
    return {
        "stations": stations,
        "periods": periods,
        "rounds": rounds,
        **{f"{name}_us_per_station": round(cost, 1) for name, cost in us.items()},
        "x_package": round(us["package"] / us["ours"], 1),
        "of_bare": round(us["bare"] / us["ours"], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--stations", type=int, default=1000)
    parser.add_argument("--periods", type=int, default=DAY_OF_QUARTERS, help="of each profile")
    parser.add_argument("--rounds", type=int, default=FEWEST_ROUNDS, help="at least 9")
    asked = parser.parse_args()
    rounds = max(asked.rounds, FEWEST_ROUNDS)
    found = figures(stations=asked.stations, periods=asked.periods, rounds=rounds)
    if asked.periods != SHORT:
        short = figures(stations=asked.stations, periods=SHORT, rounds=rounds)
        measured = (name for name in short if name not in {"stations", "periods", "rounds"})
        found |= {f"{name}_{SHORT}": short[name] for name in measured}
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
