"""The share: a site's envelope and its breakers become amperes per EVSE, all periods in one call.

Three steps, each a pure function over arrays `[periods, ...]`: `admit` says who gets a minimum at
all, `allocate` shares what is left fairly above the minimums, `quantise` rounds to what stations
accept. `max_min_violation` judges any share without trusting the solver. In place of `allocate`,
`gridbridge.allocation.throughput` shares so that most is charged; imported by name, since it needs
a solver.
This package must not know sessions, programs, stations or time: only rows, columns and amperes.
"""

from __future__ import annotations

from gridbridge.allocation.admission import admit
from gridbridge.allocation.certificate import max_min_violation
from gridbridge.allocation.quantise import quantise
from gridbridge.allocation.share import allocate
from gridbridge.allocation.tree import Tree

__all__ = ["Tree", "admit", "allocate", "max_min_violation", "quantise"]
