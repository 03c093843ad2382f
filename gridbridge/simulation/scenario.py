"""The story that `gridbridge demo` tells: two sites, eight stations, five events, two mishaps.

The sites, with what each breaker and connection carries:

    depot   115 kW   main 160 A -+- ac 80 A -+- CP-1  1.6    3 x 16 A; the site's main meter
            base 9 to 15 kW      |           +- CP-2  1.6    1 x 16 A on L2; forgets on reconnect
                                 |           +- CP-3  2.0.1  3 x 32 A; goes silent in mid-event
                                 |           +- CP-4  2.0.1  two EVSEs on one feed of 24 A; slow
                                 +- dc 63 A --- CP-5  2.0.1  DC 30 kW with losses
    harbor  48 kW    main 100 A -------------+- HB-1  2.0.1  3 x 16 A
            exports 12 kW                    +- HB-2  1.6    1 x 32 A on L3
                                             +- HB-3  2.1    V2G, DC 22 kW in, 10 kW out

What happens, in seconds (`.` told, `=` in force, `M` modified, `X` cancelled):

    0    5    10   15   20   25   30   35   40   45
    P                                                    prices of six hours, one of them negative
       .==========================X                      depot: emergency, SIMPLE 1
      ..M.......==================================       depot: summer peak, SIMPLE 2, extended
     .......============================                 harbor: x-loadControlCapacity 0.3
                          ..............==========       harbor: LOAD_DISPATCH -5 kW
              ~~~~~~~~~~~~                               CP-3 is silent
                                            ~~~~         CP-2 is gone, and back without its
                                                         profiles

Why at these times: a limit counts from 15 s and the slowest station after the VTN's answer, and a
cut for the next event begins 10 s and the station's settle time before that event, because clocks
may be off. Between the two the capacity limit has to be kept by cars that charge; so the dispatch
starts late and the harbor's stations follow fast. The breakers leave room for what every station
might draw before it was told anything, so that none begins with nothing. What only raises waits
until its EVSE was left alone for 30 s: after the cancellation the depot's cars get more about
30 s after their last cut.
"""

from __future__ import annotations

from gridbridge.simulation.spec import (
    BaseLoad,
    Behaviour,
    Dc,
    Evse,
    Node,
    Outage,
    OutageKind,
    Protocol,
    Site,
    Station,
    WorldSpec,
)
from gridbridge.simulation.story import (
    Cancel,
    Modify,
    Program,
    SendDispatch,
    SendLoadControl,
    SendPrices,
    SendSimple,
    Story,
)
from gridbridge.simulation.visits import VISITS

VEN = "gridbridge-demo"
DEPOT = "depot"
HARBOR = "harbor"

_HOUR_S = 3600
_EUR_PER_KWH = (0.31, 0.24, -0.04, 0.11, 0.19, 0.27)
"""Six of the day's hours; the third pays for what is taken."""

PROGRAMS = (
    Program(
        name="summer-peak",
        market="http://utility.example/summer-peak",
        authority="voluntary",
        level_w={2: 40_000},
    ),
    Program(
        name="emergency",
        market="http://utility.example/emergency",
        authority="binding",
        level_w={1: 24_000},
    ),
    Program(
        name="capacity",
        market="http://utility.example/capacity",
        authority="voluntary",
        follows="LOAD_CONTROL",
    ),
    Program(
        name="balancing",
        market="http://utility.example/balancing",
        authority="voluntary",
        follows="LOAD_DISPATCH",
    ),
    Program(name="tariff", market="http://utility.example/tariff", authority="price"),
)

_STEPS = (
    SendPrices(
        at_s=0.3,
        event="prices-today",
        program="tariff",
        sites=(DEPOT, HARBOR),
        start_s=0.0,
        prices=tuple((_HOUR_S, price) for price in _EUR_PER_KWH),
    ),
    SendLoadControl(
        at_s=0.8,
        event="capacity-noon",
        program="capacity",
        sites=(HARBOR,),
        start_s=8.0,
        shares=((28, 0.3),),
    ),
    SendSimple(
        at_s=1.5,
        event="peak-afternoon",
        program="summer-peak",
        sites=(DEPOT,),
        start_s=12.0,
        levels=((20, 2),),
    ),
    SendSimple(
        at_s=2.5,
        event="feeder-fault",
        program="emergency",
        sites=(DEPOT,),
        start_s=4.0,
        levels=((42, 1),),
    ),
    Modify(at_s=4.0, event="peak-afternoon", intervals=((34, 2),)),
    SendDispatch(
        at_s=21.5,
        event="dispatch-v2g",
        program="balancing",
        sites=(HARBOR,),
        start_s=36.0,
        setpoints_kw=((10, -5.0),),
    ),
    Cancel(at_s=30.0, event="feeder-fault"),
)


def default_story(passwords: dict[str, str], *, seed: int = 7) -> Story:
    """The demo's story; `passwords` are the stations' for HTTP Basic, by identity.

    A station without one shows no credentials.
    """
    return Story(
        world=WorldSpec(
            sites=(_depot(passwords), _harbor(passwords)),
            visits=VISITS,
            battery_speed=150.0,
            seed=seed,
        ),
        ven=VEN,
        programs=PROGRAMS,
        steps=_STEPS,
        length_s=46.5,
    )


def station_ids() -> tuple[str, ...]:
    """Every station of the story."""
    return tuple(station.id for site in default_story({}).world.sites for station in site.stations)


def _depot(passwords: dict[str, str]) -> Site:
    forgets = Behaviour(
        settle_s=2.0,
        forgets_on_reconnect=True,
        outages=(Outage(at_s=40.0, for_s=3.5, kind=OutageKind.OFFLINE),),
    )
    silent = Behaviour(
        settle_s=4.0, outages=(Outage(at_s=10.0, for_s=12.0, kind=OutageKind.HALF_OPEN),)
    )
    dc = Dc(max_w=30_000, min_w=5_000, efficiency=0.94, standby_w=300)
    return Site(
        id=DEPOT,
        import_w=115_000,
        base=BaseLoad(mean_w=12_000, swing_w=3_000),
        nodes=(
            Node(name="main", limit_amps=(160.0, 160.0, 160.0)),
            Node(name="ac", parent="main", limit_amps=(80.0, 80.0, 80.0)),
            Node(name="dc", parent="main", limit_amps=(63.0, 63.0, 63.0)),
        ),
        stations=(
            Station(
                id="CP-1",
                protocol=Protocol.V16,
                node="ac",
                evses=(Evse(max_amps=16.0),),
                main_meter=True,
                password=passwords.get("CP-1"),
                behaviour=Behaviour(settle_s=2.0),
            ),
            Station(
                id="CP-2",
                protocol=Protocol.V16,
                node="ac",
                evses=(Evse(wires=(1,), max_amps=16.0),),
                password=passwords.get("CP-2"),
                behaviour=forgets,
            ),
            Station(
                id="CP-3",
                protocol=Protocol.V201,
                node="ac",
                password=passwords.get("CP-3"),
                behaviour=silent,
            ),
            Station(
                id="CP-4",
                protocol=Protocol.V201,
                node="ac",
                evses=(Evse(id=1, max_amps=16.0), Evse(id=2, wires=(0,), max_amps=16.0)),
                feed_amps=24.0,
                password=passwords.get("CP-4"),
                behaviour=Behaviour(settle_s=5.0),
            ),
            Station(
                id="CP-5",
                protocol=Protocol.V201,
                node="dc",
                evses=(Evse(dc=dc),),
                password=passwords.get("CP-5"),
                behaviour=Behaviour(settle_s=3.0, rate_units=("W",)),
            ),
        ),
    )


def _harbor(passwords: dict[str, str]) -> Site:
    v2g = Dc(max_w=22_000, min_w=2_000, efficiency=0.95, standby_w=100, max_discharge_w=10_000)
    return Site(
        id=HARBOR,
        import_w=48_000,
        export_w=12_000,
        nodes=(Node(name="main", limit_amps=(100.0, 100.0, 100.0)),),
        stations=(
            Station(
                id="HB-1",
                protocol=Protocol.V201,
                node="main",
                evses=(Evse(max_amps=16.0),),
                password=passwords.get("HB-1"),
                behaviour=Behaviour(settle_s=2.0),
            ),
            Station(
                id="HB-2",
                protocol=Protocol.V16,
                node="main",
                evses=(Evse(wires=(2,)),),
                password=passwords.get("HB-2"),
                behaviour=Behaviour(settle_s=2.0),
            ),
            Station(
                id="HB-3",
                protocol=Protocol.V21,
                node="main",
                evses=(Evse(dc=v2g),),
                password=passwords.get("HB-3"),
                behaviour=Behaviour(settle_s=2.0, rate_units=("W",)),
            ),
        ),
    )
