"""The operator's YAML: read with positions, checked, and turned into domain values and settings.

`load` gives a `Loaded` or the `Rejected` with every problem in it; `load_to_run` leaves site files
out that hold an error. ``sections`` are the keys as
they are written, ``checks`` what they must mean together, ``building`` the way to domain values.
Knows no adapter and no engine: settings are plain values that the composition root translates.
"""

from gridbridge.config.loading import Loaded, Rejected, load
from gridbridge.config.problems import KeyPath, Problem, Quarantined, Severity
from gridbridge.config.quarantine import load_to_run
from gridbridge.config.settings import (
    GatewaySettings,
    HttpSettings,
    ListenerSettings,
    OcppConfig,
    VenConfig,
)

__all__ = [
    "GatewaySettings",
    "HttpSettings",
    "KeyPath",
    "ListenerSettings",
    "Loaded",
    "OcppConfig",
    "Problem",
    "Quarantined",
    "Rejected",
    "Severity",
    "VenConfig",
    "load",
    "load_to_run",
]
