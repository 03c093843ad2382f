"""The cars of the demo's story: where they plug in, when, and with how much in the battery."""

from __future__ import annotations

from gridbridge.simulation.spec import Car, Visit

VISITS = (
    Visit(
        station="CP-1",
        evse=1,
        arrive_s=0.0,
        leave_s=44.0,
        car=Car(name="van-1", battery_kwh=75, soc=0.35, max_amps=16),
    ),
    Visit(
        station="CP-2",
        evse=1,
        arrive_s=0.1,
        car=Car(name="hatch-2", battery_kwh=40, soc=0.5, phases=1),
    ),
    Visit(station="CP-3", evse=1, arrive_s=0.2, car=Car(name="suv-3", battery_kwh=90, soc=0.2)),
    Visit(
        station="CP-4",
        evse=1,
        arrive_s=0.3,
        car=Car(name="sedan-4", battery_kwh=60, soc=0.4, max_amps=16),
    ),
    Visit(
        station="CP-4",
        evse=2,
        arrive_s=0.4,
        car=Car(name="hybrid-5", battery_kwh=12, soc=0.4, max_amps=16, phases=1),
    ),
    Visit(
        station="CP-5",
        evse=1,
        arrive_s=0.4,
        car=Car(name="bus-6", battery_kwh=250, soc=0.5, max_dc_w=120_000, efficiency=0.98),
    ),
    Visit(
        station="HB-1",
        evse=1,
        arrive_s=0.1,
        car=Car(name="sedan-7", battery_kwh=58, soc=0.45, max_amps=16),
    ),
    Visit(
        station="HB-2",
        evse=1,
        arrive_s=0.1,
        car=Car(name="hatch-8", battery_kwh=44, soc=0.3, phases=1),
    ),
    Visit(
        station="HB-3",
        evse=1,
        arrive_s=0.1,
        car=Car(
            name="v2g-9",
            battery_kwh=77,
            soc=0.6,
            max_dc_w=50_000,
            max_discharge_w=10_000,
            efficiency=0.98,
        ),
    ),
)
