"""Simulated charging stations: OCPP 1.6J, 2.0.1 and 2.1 on one physical cabinet.

A station is sans-IO (`station`): calls in, answers and calls out, time as an argument; `link`
gives it a WebSocket. It checks what it is sent by the station's own rules of the standard and
obeys what it holds; it must not know who sends it.
"""
