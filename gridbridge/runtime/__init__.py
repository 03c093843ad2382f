"""The asyncio shell around the engines: it owns tasks, the clock, leases and the order of writes.

    adapters ─▶ `sink` ─▶ store (facts) ─▶ `sites` (owned partitions) ─▶ store (decisions)
                                             │                              │
    VTN ◀─▶ `vens` (owned VENs) ─────────────┘            `delivery` ◀──────┘ ─▶ fleet

`turns` is one round of `sites`; `keeping` writes views and states beside it; a site whose engine
raises is stopped alone (`faults`). While the store is away `sites` folds what `sink` keeps in a
`journal`, and tells `cuts` only.

It sees ports only: which store or which stations stand behind them is the composition root's
business. Deciding anything about power is not done here.
"""
