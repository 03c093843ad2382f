"""From the utility's answer to the stations: `python tests/bench/end_to_end.py [--json]`.

The gateway is a subprocess of `gridbridge run` with an embedded Valkey, a VEN and a listener;
the utility (openleadr's words) and the stations (raw WebSockets) are processes of their own that
share none of its code. A round is a modification of an event that is under way: every station of
every site is to draw less, now. Times count from the moment at which the answer to the VEN's poll
leaves the utility; the median over the rounds is told, after all stations were connected, had
their profiles and had settled.

frame   when the first SetChargingProfile reached a station, 99th percentile over the stations
last    when the answer "Accepted" of the last station left
cpu     CPU time of the gateway's process in a round

There is no peer: of the open gateways and VENs none takes an event of OpenADR to charging
profiles, so there is nothing that could run the same path.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from statistics import median
from typing import IO, Any

ROOT = Path(__file__).parents[2]
# Run as a script, the folder of the script is on the path and the checkout is not.
sys.path.insert(0, str(ROOT))

from gridbridge.config.credentials import credential, credential_file  # noqa: E402 - see above
from gridbridge.domain.ids import StationId  # noqa: E402 - see above
from tests.bench._end_to_end_stations import PASSWORD  # noqa: E402 - see above
from tests.bench._end_to_end_vtn import MARKET  # noqa: E402 - see above
from tests.bench._fanout_sockets import station_name  # noqa: E402 - see above

FIRST_SHARE, STEP = 0.95, 0.03
"""Of what all stations of a site can draw; each round asks for a step less."""
MOST_ROUNDS = 20
STARTED_WITHIN_S = 300.0

HEAD = """
gateway: {{name: bench, store: embedded, data_dir: "{folder}/var"}}
http: {{listen: "127.0.0.1:{http}"}}
ocpp:
  listeners: [{{listen: "127.0.0.1:{ocpp}", security_profile: 1}}]
  credentials_dir: "{folder}/credentials"
vens:
  utility:
    protocol: openadr-2.0b
    vtn: "http://127.0.0.1:{vtn}/OpenADR2/Simple/2.0b"
    ven_name: bench
    allow_insecure: true
programs:
  peak:
    match: {{ven: utility, market_context: "{market}"}}
    authority: voluntary
    signals: {{LOAD_CONTROL: {{x-loadControlCapacity: follow}}}}
sites:
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How many sites, and stations on each."""

    sites: int
    stations: int

    @property
    def total(self) -> int:
        return self.sites * self.stations


@dataclass(slots=True, kw_only=True)
class Times:
    """What the rounds of one shape took."""

    frame_ms: list[float] = field(default_factory=list)
    last_ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    frames: list[int] = field(default_factory=list)


class Child:
    """A process that prints a JSON object a line."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        if running.stdin is None or running.stdout is None:
            raise AssertionError("both were asked for")
        self._commands: IO[str] = running.stdin
        self._words: IO[str] = running.stdout
        self.pid = running.pid

    def say(self, line: str) -> None:
        self._commands.write(line + "\n")
        self._commands.flush()

    def heard(self, key: str) -> Any:  # noqa: ANN401 - whatever the process says
        """The next object that has this key."""
        while line := self._words.readline():
            if line.startswith("{") and key in (said := json.loads(line)):
                return said[key]
        raise SystemExit(f"a process ended before it told its {key}")


@contextmanager
def process(*command: object, log: Path | None = None) -> Iterator[Child]:
    """Run a module; it is told to end when its block does."""
    with ExitStack() as stack:
        errors = None if log is None else stack.enter_context(log.open("w"))
        running = stack.enter_context(
            subprocess.Popen(
                [sys.executable, *map(str, command)],
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        )
        child = Child(running)
        try:
            yield child
        finally:
            running.terminate()
            try:
                running.wait(timeout=20)
            except subprocess.TimeoutExpired:
                running.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def written(shape: Shape, folder: Path, *, ocpp: int, vtn: int) -> Path:
    """The configuration, and what lets every station in."""
    credentials = folder / "credentials"
    credentials.mkdir()
    lines = [
        HEAD.format(folder=folder, http=free_port(), ocpp=ocpp, vtn=vtn, market=MARKET).strip("\n")
    ]
    number = 0
    for site in range(shape.sites):
        # A connection of 22 kW a station carries them all: only the event limits.
        lines += [
            f"  site-{site:04}:",
            "    voltage: 400",
            f"    import_kw: {30 * shape.stations}",
            "    programs: {peak: {}}",
            "    stations:",
        ]
        for _ in range(shape.stations):
            name = station_name(number)
            lines.append(f"      {name}: {{max_a: 32, settle: 1s}}")
            path = credential_file(credentials, StationId(name))
            path.write_text(credential(PASSWORD), "ascii")
            number += 1
    path = folder / "gridbridge.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def listening(port: int) -> None:
    """Return once somebody listens there."""
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("the gateway did not start")


def cpu_ms(pid: int) -> float:
    """CPU time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return 1e3 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(shape: Shape, rounds: int, *, wrap: list[str]) -> Times:
    """Run one shape; `wrap` stands before the module of the gateway's command line."""
    times = Times()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gb-")))
        ocpp, vtn_port = free_port(), free_port()
        config = written(shape, folder, ocpp=ocpp, vtn=vtn_port)
        vtn = stack.enter_context(process("-m", "tests.bench._end_to_end_vtn", vtn_port))
        vtn.heard("ready")
        gateway = stack.enter_context(
            process(
                *(wrap or ["-m"]),
                "gridbridge",
                "run",
                "--config",
                config,
                "--log-level",
                "warning",
                log=folder / "gateway.log",
            )
        )
        listening(ocpp)
        fleet = stack.enter_context(
            process("-m", "tests.bench._end_to_end_stations", ocpp, shape.total)
        )
        fleet.say("quiet")
        fleet.heard("quiet")
        # The first time brings the event and warms up caches; it is not counted.
        for number in range(rounds + 1):
            fleet.say("reset")
            fleet.heard("told")
            before = cpu_ms(gateway.pid)
            vtn.say(str(round(FIRST_SHARE - STEP * number, 3)))
            left = vtn.heard("left")
            told = answered(fleet, left)
            if number:
                took = sorted(1e3 * (first - left) for first, _, _ in told)
                times.frame_ms.append(took[ceil(0.99 * len(took)) - 1])
                times.last_ms.append(max(1e3 * (last - left) for _, last, _ in told))
                times.cpu_ms.append(cpu_ms(gateway.pid) - before)
                times.frames.append(sum(frames for _, _, frames in told))
    return times


def answered(fleet: Child, left: float) -> list[tuple[float, float, int]]:
    """What every station was told in this round, once all is quiet again."""
    fleet.say("quiet")
    fleet.heard("quiet")
    fleet.say("reset")
    told = fleet.heard("told")
    if any(first < left for first, _, _ in told):
        raise SystemExit("a station was told something before the event")
    return [(first, last, frames) for first, last, frames in told]


def figures(shapes: list[Shape], rounds: int, *, wrap: list[str]) -> dict[str, object]:
    """Run every shape."""
    found: dict[str, object] = {"rounds": rounds, "sites": [], "stations": []}
    for shape in shapes:
        times = measured(shape, rounds, wrap=wrap)
        name = f"{shape.sites}x{shape.stations}"
        found[f"frame_p99_ms_{name}"] = round(median(times.frame_ms), 1)
        if shape.stations > 1:
            found[f"last_ms_{name}"] = round(median(times.last_ms), 1)
        else:
            found[f"last_s_{name}"] = round(median(times.last_ms) / 1e3, 3)
        found[f"cpu_ms_{name}"] = round(median(times.cpu_ms), 1)
        found[f"frames_{name}"] = median(times.frames)
        for key, count in (("sites", shape.sites), ("stations", shape.total)):
            counts = found[key]
            if isinstance(counts, list):
                counts.append(count)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=7, help=f"at most {MOST_ROUNDS}")
    parser.add_argument(
        "--shape", action="append", help="SITESxSTATIONS, again for more; default 50x20, 1000x1"
    )
    parser.add_argument("--wrap", default="", help="run the gateway under this, for profilers")
    asked = parser.parse_args()
    if not 0 < asked.rounds <= MOST_ROUNDS:
        parser.error(f"--rounds is 1 to {MOST_ROUNDS}")
    shapes = [
        Shape(sites=int(sites), stations=int(stations))
        for sites, _, stations in (
            each.partition("x") for each in asked.shape or ["50x20", "1000x1"]
        )
    ]
    found = figures(shapes, asked.rounds, wrap=asked.wrap.split())
    if asked.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:<24} {value}")


if __name__ == "__main__":
    main()
