"""From sections to domain values and settings.

What a station inherits from its model, what is implied (circuit ``main``, EVSE 1, L1L2L3) and how
kW and A become W and A per wire is settled here and nowhere else. What cannot be built is told to
the `Findings` handed in, at the key that is to blame.
"""
