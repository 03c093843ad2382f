"""The values everything speaks in: limits, schedules, events, sites, facts, decisions, commands.

All are frozen and carry their unit in their name. Nothing here reads a clock, does I/O or knows a
protocol's spelling. Import is positive and export negative everywhere, except where a name gives
the direction (``max_discharge_w``, ``export_w``): such a name holds a magnitude.
"""
