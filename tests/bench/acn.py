"""A month at a scarce transformer: `python tests/bench/acn.py [--json] [--peers] [--data FILE]`.

ACN-Sim replays the sessions of Caltech's garage of March 2019 (954 cars at 54 stations between
two wires of 208 V) with the transformer taken down to 10 and to 40 kW. Our engine is built from
our YAML and serves it as its algorithm, beside least-laxity-first in the same run and the table
published for this data. The data say truly when cars leave and what they want, so it is run again
with departures that are 30 % wrong, and with none. Ends with 1 where a limit was exceeded.

acnportal brings a package `tests` along, so it gets an environment of its own: the extra `bench`
in build/bench, made at the first run.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import venv
from dataclasses import asdict
from pathlib import Path
from statistics import median, quantiles
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parents[2]
OWN = ROOT / "build" / "bench"
"""The environment with acnportal in it."""


def enter_own_environment() -> None:
    """Start again where acnportal is installed, which is done first where it never was."""
    if importlib.util.find_spec("acnportal") is not None:
        return
    python = str(OWN / "bin" / "python")
    if not (OWN / "ready").exists():
        print(f"installing the extra bench into {OWN}", file=sys.stderr, flush=True)
        venv.create(OWN, with_pip=True, clear=True)
        wanted = [python, "-m", "pip", "install", "-q", "-e", f"{ROOT}[bench]"]
        subprocess.run(wanted, check=True, stdout=sys.stderr)
        (OWN / "ready").touch()
    os.execv(python, [python, *sys.argv])  # noqa: S606 - our own interpreter, our own arguments


if __name__ == "__main__":
    enter_own_environment()
# Run as a script, the checkout is not on the path, and acnportal brings a `tests` of its own.
sys.path.insert(0, str(ROOT))
sys.modules["tests"] = ModuleType("tests")
sys.modules["tests"].__path__ = [str(ROOT / "tests")]

from tests.bench import _acn_simulator as simulator  # noqa: E402 - see above
from tests.bench._acn_site import Garage, Told, site_of  # noqa: E402 - see above

FILE = "caltech_20190301T000000_20190401T000000_5m_208V_6.6kW.json.gz"
DEFAULT = ROOT.parent / "shared" / "data" / "acn" / FILE
CAPS = (10, 40)
PUBLISHED = {
    "FCFS": {"pct_10kw": 34.653},
    "RR": {"pct_10kw": 43.847},
    "EDF": {"pct_10kw": 36.937},
    "LLF": {"pct_10kw": 36.816},
    "MPC": {"pct_10kw": 51.400},
    "offline optimum": {"pct_10kw": 52.091},
}
"""acnportal-experiments, notebook 2.1 (IEEE Transactions on Smart Grid 12(6), 2021)."""
FROM_ZERO_A = 0.1
"""The least current of the table's stations; ours is written above nothing."""
IEC_A = 6.0
KNOWN = Told()
OURS: dict[str, tuple[str, float, Told]] = {
    "throughput": ("throughput", FROM_ZERO_A, KNOWN),
    "throughput, departures 30 % wrong": ("throughput", FROM_ZERO_A, Told(wrong=0.3)),
    "throughput, departures unknown": ("throughput", FROM_ZERO_A, Told(known=False)),
    "throughput, 6 A or nothing": ("throughput", IEC_A, KNOWN),
    "fair": ("fair", FROM_ZERO_A, KNOWN),
    "fair, 6 A or nothing": ("fair", IEC_A, KNOWN),
}
"""Each run: what is shared for, the least current, what is told of departures."""


def ours(events: Any, name: str, cap: int) -> dict[str, float]:  # noqa: ANN401 - acnportal ships no types
    """Our engine through the month, what its decisions took, and how much they wrote."""
    objective, least, told = OURS[name]
    network = simulator.network_of(cap)
    site = site_of(
        simulator.angles_of(network),
        simulator.pods_of(network),
        cap=cap,
        objective=objective,
        min_a=least,
    )
    garage = Garage(site, told)
    outcome = simulator.month(network, simulator.Ours(network, garage), events)
    return {
        **asdict(outcome),
        "ms_median": round(1e3 * median(garage.took_s), 3),
        "ms_p99": round(1e3 * quantiles(garage.took_s, n=100)[98], 3),
        "writes_per_car_hour": round(garage.writes["car"] / garage.hours["car"], 2),
        "writes_per_idle_day": round(24 * garage.writes["idle"] / garage.hours["idle"], 2),
    }


def theirs(events: Any, name: str, cap: int) -> dict[str, float]:  # noqa: ANN401 - as above
    """One of the package's own algorithms through the month."""
    return asdict(simulator.month(simulator.network_of(cap), simulator.peer(name), events))


def figures(data: Path, *, peers: bool) -> dict[str, Any]:
    """Run everything; tells of each month on standard error."""
    events = simulator.events_of(data)
    runs: dict[str, dict[str, Any]] = {}

    def ran(name: str, cap: int, outcome: dict[str, float]) -> None:
        runs.setdefault(name, {})[f"{cap}kw"] = outcome
        print(f"{name}, {cap} kW: {outcome}", file=sys.stderr, flush=True)

    for cap in CAPS:
        for name in OURS:
            ran(name, cap, ours(events, name, cap))
        for name in ("LLF", "EDF", "RR") if peers else ("LLF",):
            ran(name, cap, theirs(events, name, cap))
    exceeded = any(
        run["fullest"] > 1 + simulator.NOISE or run["max_kw"] > cap + simulator.NOISE
        for name in OURS
        for cap in CAPS
        for run in (runs[name][f"{cap}kw"],)
    )
    main = runs["throughput"]
    return {
        "pct_10kw": main["10kw"]["pct"],
        "pct_40kw": main["40kw"]["pct"],
        "ms_median": main["10kw"]["ms_median"],
        "max_kw_10kw": main["10kw"]["max_kw"],
        "max_kw_40kw": main["40kw"]["max_kw"],
        "exceeded": exceeded,
        "times_llf_10kw": round(main["10kw"]["pct"] / runs["LLF"]["10kw"]["pct"], 3),
        "runs": runs,
        "published": PUBLISHED,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--peers", action="store_true", help="run EDF and RR as well")
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("GRIDBRIDGE_ACN_DATA", DEFAULT)),
        help="the events, or GRIDBRIDGE_ACN_DATA (default: %(default)s)",
    )
    arguments = parser.parse_args()
    data: Path = arguments.data / FILE if arguments.data.is_dir() else arguments.data
    if not data.is_file():
        raise SystemExit(f"there is no file {data}: name it with --data or GRIDBRIDGE_ACN_DATA")
    measured = figures(data, peers=arguments.peers)
    if arguments.json:
        print(json.dumps(measured))
    else:
        for name, value in measured.items():
            if name not in {"runs", "published"}:
                print(f"{name:<16} {value}")
        for name, run in (*measured["runs"].items(), *measured["published"].items()):
            print(f"{name:<36} {run}")
    return 1 if measured["exceeded"] else 0


if __name__ == "__main__":
    sys.exit(main())
