"""The demo: a utility, a fleet and a gateway on one machine, played, shown and judged.

The gateway is a process of its own, started as an operator starts it; the world around it is
`gridbridge.simulation`. What is shown of the gateway comes from its API, what is shown of power
from the world's own physics, and the verdict from the world alone.
"""

from gridbridge.app.demo.errors import DemoError
from gridbridge.app.demo.outcome import Outcome
from gridbridge.app.demo.play import perform
from gridbridge.app.demo.show import JsonLines, Lines, LiveTables, Show

__all__ = ["DemoError", "JsonLines", "Lines", "LiveTables", "Outcome", "Show", "perform"]
