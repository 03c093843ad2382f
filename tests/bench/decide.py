"""How long one decision takes: `python tests/bench/decide.py [--json]`.

A site of 10 EVSEs takes an event of 24 intervals: wall-clock time from the fact to the decision,
median over many modifications. The peer solves only the sharing of the same periods in the same
run, one linear programme (scipy's HiGHS) a period.
"""

from __future__ import annotations

import argparse
import json
import time
from statistics import median

import numpy as np
from scipy.optimize import linprog

from gridbridge.domain.commands import Outcome
from gridbridge.domain.decisions import Decided
from gridbridge.domain.events import Answer, Event, EventStatus, Interval, Opt, Signal, SignalKind
from gridbridge.domain.facts import (
    EventAssigned,
    EvseStatusChanged,
    ProfileAnswered,
    Recorded,
    SiteFact,
    StationConnected,
)
from gridbridge.domain.ids import EventId, EvseRef, ProgramName, SiteId, StationId, VenName
from gridbridge.domain.limits import Authority
from gridbridge.domain.programs import Basis, LevelRule, Program
from gridbridge.domain.site import (
    Circuit,
    Enrolment,
    Evse,
    Kind,
    Mode,
    Site,
    Station,
    Wiring,
)
from gridbridge.domain.slots import Slot
from gridbridge.domain.units import Amperes, Instant, Watts
from gridbridge.engine.site.engine import SiteEngine

SITE = SiteId("depot")
VEN = VenName("utility")
PROGRAM = ProgramName("peak")
EVSES = 10
PERIODS = 24
ROUNDS = 200
START = Instant(1_760_000_000.0)


def depot() -> Site:
    """10 stations on two circuits under one main."""
    return Site(
        id=SITE,
        mode=Mode.CONTROL,
        timezone="UTC",
        voltage=400.0,
        import_w=Watts(100e3),
        export_w=Watts(0.0),
        circuits=(
            Circuit(name="main", parent=None, limit_amps=_wires(200.0)),
            Circuit(name="a", parent="main", limit_amps=_wires(100.0)),
            Circuit(name="b", parent="main", limit_amps=_wires(100.0)),
        ),
        stations=tuple(
            Station(
                id=StationId(f"CP-{number}"),
                circuit="ab"[number % 2],
                evses=(
                    Evse(
                        ref=EvseRef(StationId(f"CP-{number}"), 1),
                        kind=Kind.AC,
                        wiring=Wiring(wires=(0, 1, 2) if number % 3 else (number % 3,)),
                        max_amps=Amperes(32.0),
                        min_amps=Amperes(6.0),
                    ),
                ),
            )
            for number in range(EVSES)
        ),
        enrolments=(Enrolment(program=PROGRAM),),
    )


def _wires(amps: float) -> tuple[Amperes, Amperes, Amperes]:
    return (Amperes(amps), Amperes(amps), Amperes(amps))


class Bench:
    """The engine of one depot whose stations obey."""

    def __init__(self) -> None:
        program = Program(
            name=PROGRAM,
            ven=VEN,
            market="m",
            authority=Authority.VOLUNTARY,
            simple={
                1: LevelRule(basis=Basis.KW, value=60e3),
                2: LevelRule(basis=Basis.KW, value=40e3),
                3: LevelRule(basis=Basis.KW, value=25e3),
            },
        )
        self.engine = SiteEngine(depot(), {PROGRAM: program}, config="bench")
        self.now = START
        self.seq = 0
        for number in range(EVSES):
            station = StationId(f"CP-{number}")
            self.fact(StationConnected(site=SITE, station=station, epoch=1, protocol="ocpp1.6"))
            self.fact(
                EvseStatusChanged(
                    site=SITE, station=station, epoch=1, evse=1, occupied=True, status="Charging"
                )
            )
        for _ in range(4):
            self.obey(self.engine.decide(self.now))
            self.now = Instant(self.now + 45.0)

    def fact(self, fact: SiteFact) -> None:
        """Fold one fact now."""
        self.seq += 1
        recorded = Recorded(at=self.now, writer="bench", seq=self.seq, fact=fact)
        self.engine.receive(recorded, entry=str(self.seq))

    def obey(self, decided: Decided | None) -> None:
        """Every station takes what it is told."""
        for change in decided.changes if decided is not None else ():
            for slot in (Slot.STANDING, Slot.PLAN):
                self.fact(
                    ProfileAnswered(
                        site=SITE,
                        station=change.station,
                        epoch=1,
                        evse=1,
                        slot=slot,
                        version=change.version,
                        outcome=Outcome.ACCEPTED,
                        sent=self.now,
                    )
                )

    def decided_ms(self, version: int) -> float:
        """Modify the event; milliseconds from the fact to the decision."""
        start = Instant(self.now + 600.0)
        event = Event(
            id=EventId("e"),
            version=version,
            status=EventStatus.STANDING,
            market="m",
            created=self.now,
            start=start,
            end=Instant(start + 300.0 * PERIODS),
            signals=(
                Signal(
                    kind=SignalKind.SIMPLE,
                    intervals=tuple(
                        Interval(
                            start=Instant(start + 300.0 * period),
                            end=Instant(start + 300.0 * (period + 1)),
                            value=float((period + version) % 3 + 1),
                        )
                        for period in range(PERIODS)
                    ),
                ),
            ),
        )
        answer = Answer(event=event.id, version=version, opt=Opt.IN, why="default")
        fact = EventAssigned(
            site=SITE, ven=VEN, program=PROGRAM, event=event, answer=answer, arrived=self.now
        )
        began = time.perf_counter()
        self.fact(fact)
        decided = self.engine.decide(self.now)
        taken = 1e3 * (time.perf_counter() - began)
        if decided is None or len(decided.changes) != EVSES:
            raise SystemExit("the event changed nothing for some station")
        self.obey(decided)
        self.now = Instant(self.now + 45.0)
        return taken


def peer_ms() -> float:
    """The largest total under the same wires and the meter: one programme a period."""
    rows = np.zeros((9, EVSES))
    for number in range(EVSES):
        wires = (0, 1, 2) if number % 3 else (0,)
        for wire in wires:
            rows[wire, number] = rows[3 * (1 + number % 2) + wire, number] = 1.0
    meter = np.array([230.9 * (3 if number % 3 else 1) for number in range(EVSES)])
    matrix = np.vstack([rows, meter])
    taken = []
    for _ in range(9):
        began = time.perf_counter()
        for period in range(PERIODS):
            caps = [200.0] * 3 + [100.0] * 6 + [25e3 + 15e3 * (period % 3)]
            solved = linprog(-np.ones(EVSES), A_ub=matrix, b_ub=caps, bounds=(0.0, 32.0))
            if solved.status != 0:
                raise SystemExit(solved.message)
        taken.append(1e3 * (time.perf_counter() - began))
    return median(taken)


def figures() -> dict[str, float | str]:
    """Run both."""
    bench = Bench()
    ours = median([bench.decided_ms(version) for version in range(ROUNDS)][10:])
    peer = peer_ms()
    return {
        "evses": EVSES,
        "periods": PERIODS,
        "ms_median": round(ours, 3),
        "peer": "scipy.optimize.linprog (HiGHS), the shares alone, one programme a period",
        "peer_ms": round(peer, 3),
        "ratio": round(peer / ours, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    as_json = parser.parse_args().json
    measured = figures()
    if as_json:
        print(json.dumps(measured))
        return
    for name, value in measured.items():
        print(f"{name:<12} {value}")


if __name__ == "__main__":
    main()
