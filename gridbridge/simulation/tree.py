"""What flows through each breaker of a site, phase by phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gridbridge.simulation.electrics import Draw, Volts
    from gridbridge.simulation.spec import Site

Amps = tuple[float, float, float]


def node_flows(
    site: Site, draws: Iterable[tuple[str, Draw]], *, base_w: float, volts: Volts
) -> tuple[dict[str, Amps], dict[str, float]]:
    """(amperes per phase, W) through every node, given what hangs on each and the base load.

    `draws` are (node, draw). Currents have the sign of their power: what one EVSE exports lowers
    what the breakers above it carry.
    """
    amps = {node.name: [0.0, 0.0, 0.0] for node in site.nodes}
    watts = dict.fromkeys(amps, 0.0)
    root = site.nodes[0].name
    each = base_w / sum(volts)
    amps[root] = [each, each, each]
    watts[root] = base_w
    for name, draw in draws:
        for node in path(site, name):
            watts[node] += draw.grid_w
            for phase in range(3):
                amps[node][phase] += draw.amps[phase]
    return {node: (a[0], a[1], a[2]) for node, a in amps.items()}, watts


def path(site: Site, node: str) -> list[str]:
    """The node and everything above it, up to the root."""
    parents: Mapping[str, str | None] = {each.name: each.parent for each in site.nodes}
    found = []
    at: str | None = node
    while at is not None:
        found.append(at)
        at = parents[at]
    return found
