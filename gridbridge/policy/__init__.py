"""The rules as values and functions: what signals mean here, when they bind, how they let go.

    events ▸ `signals` (a value becomes a limit) ▸ `timeline` (priority, overlap, gaps, release)
           ▸ `envelope` (the strictest of all programs, with its source)

Everything is a function of events, program, site and time. State lives in `gridbridge.engine`;
how power is shared among EVSEs is `gridbridge.allocation`.
"""
