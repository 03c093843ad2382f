"""A world outside the gateway: VTN, stations, cars, breakers, meters; real or virtual time.

It shares no code with the adapters and must not import them, nor any engine: what it says about
limits, profiles and power is worked out anew from the standards, so that it can contradict the
gateway. It may know OCPP's JSON schemas, openleadr's VTN, and nothing of how the gateway decides.
"""
