"""The gateway's configuration for a story, as an operator would write it down.

Sites, circuits and stations are those of the world; what each program means is the contract that
the story is judged by.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from gridbridge.simulation.spec import Evse, Site, Station
    from gridbridge.simulation.story import Program, Story

_WIRES = ("L1", "L2", "L3")
_METER_RESERVE_KW = 18
_SIGNALS = {
    "LOAD_CONTROL": "LOAD_CONTROL: {x-loadControlCapacity: follow}",
    "LOAD_DISPATCH": "LOAD_DISPATCH: {amount: total}",
}


def gateway_yaml(
    story: Story,
    *,
    vtn_url: str,
    ocpp_listen: str,
    http_listen: str,
    data_dir: Path,
    credentials_dir: Path,
    store: str = "embedded",
) -> str:
    """A whole configuration file: one VEN, the story's programs, its sites under control."""
    lines = [
        f"gateway: {{name: demo, store: {_quoted(store)}, data_dir: {_quoted(str(data_dir))}}}",
        f"http: {{listen: {_quoted(http_listen)}}}",
        "ocpp:",
        f"  listen: {_quoted(ocpp_listen)}",
        f"  credentials_dir: {_quoted(str(credentials_dir))}",
        "vens:",
        "  utility:",
        "    protocol: openadr-2.0b",
        f"    vtn: {_quoted(vtn_url)}",
        f"    ven_name: {story.ven}",
        "    poll: vtn",
        "programs:",
        *(line for program in story.programs for line in _program(program)),
        "sites:",
        *(line for site in story.world.sites for line in _site(site, story)),
    ]
    return "\n".join(lines) + "\n"


def _program(program: Program) -> list[str]:
    lines = [
        f"  {program.name}:",
        f"    match: {{ven: utility, market_context: {_quoted(program.market)}}}",
        f"    authority: {program.authority}",
    ]
    if program.authority == "price":
        return [*lines, "    price: {}"]
    levels = ", ".join(
        f"{level}: {{kw: {_number(watts / 1000)}}}" for level, watts in program.level_w.items()
    )
    signals = _SIGNALS[program.follows] if program.follows else f"SIMPLE: {{{levels}}}"
    return [
        *lines,
        f"    signals: {{{signals}}}",
        "    release: {ramp: 6s, stagger: 0s}",
        "    report: {every: 2s}",
    ]


def _site(site: Site, story: Story) -> list[str]:
    lines = [
        f"  {site.id}:",
        "    mode: control",
        f"    voltage: {_number(site.voltage)}",
        f"    import_kw: {_number(site.import_w / 1000)}",
        f"    export_kw: {_number(site.export_w / 1000)}",
    ]
    meter = next((station.id for station in site.stations if station.main_meter), None)
    if meter is not None:
        stale = f"stale: 15s, when_stale: {{reserve_kw: {_METER_RESERVE_KW}}}"
        lines.append(f"    meter: {{ocpp: {meter}, {stale}}}")
    lines.append("    circuits:")
    for node in site.nodes:
        parts = [f"parent: {node.parent}"] if node.parent else []
        if node.limit_amps is not None:
            parts.append(f"limit_a: [{', '.join(_number(amps) for amps in node.limit_amps)}]")
        lines.append(f"      {node.name}: {{{', '.join(parts)}}}")
    enrolled = ", ".join(f"{each.name}: {{resource: {site.id}}}" for each in story.programs)
    lines += [f"    programs: {{{enrolled}}}", "    stations:"]
    return lines + [line for station in site.stations for line in _station(station, site)]


def _station(station: Station, site: Site) -> list[str]:
    parts = [f"circuit: {station.node}", f"settle: {_number(station.behaviour.settle_s)}s"]
    if station.feed_amps is not None:
        parts.append(f"max_a: {_number(station.feed_amps)}")
    forgets = {
        "reboot": station.behaviour.forgets_on_reboot,
        "reconnect": station.behaviour.forgets_on_reconnect,
    }
    if any(forgets.values()):
        parts.append(f"forgets: [{', '.join(when for when, does in forgets.items() if does)}]")
    dc = station.evses[0].dc
    if dc is not None:
        efficiency, standby = _number(dc.efficiency), _number(dc.standby_w / 1000)
        parts.append(f"kind: dc, efficiency: {efficiency}, standby_kw: {standby}")
    evses = ", ".join(f"{evse.id}: {{{_evse(evse, site)}}}" for evse in station.evses)
    parts.append(f"evses: {{{evses}}}")
    return [f"      {station.id}: {{{', '.join(parts)}}}"]


def _evse(evse: Evse, site: Site) -> str:
    if evse.dc is None:
        phases = "".join(_WIRES[wire] for wire in evse.wires)
        return f"max_a: {_number(evse.max_amps)}, phases: {phases}"
    dc = evse.dc
    # Its input at nominal voltage, so that its nameplate is what its electronics can draw.
    drawn = (dc.max_w / dc.efficiency + dc.standby_w) / (3.0 * site.phase_voltage)
    text = (
        f"max_kw: {_number(dc.max_w / 1000)}, min_kw: {_number(dc.min_w / 1000)}, "
        f"max_a: {_number(ceil(drawn * 10) / 10)}"
    )
    if dc.max_discharge_w:
        discharge = _number(dc.max_discharge_w / 1000)
        text += f", v2x: {{max_discharge_kw: {discharge}, via: ocpp-2.1}}"
    return text


def _number(value: float) -> str:
    return f"{value:g}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
