"""Wall-clock jobs on APScheduler: upkeep of the store, and how long certificates are valid.

It knows when a job's turn comes and must not know what a job does to whom. Nothing that decides
about power hangs on it: event boundaries and polls are wake-ups of their engines and sessions.
"""
