"""OCPP 2.1 in neutral words and back: names, spellings and defaults of this version alone.

`inbound` reads what a station calls, `outbound` writes what we tell it, setpoints and DER controls
included. It must not know the other versions, connections, or what becomes of what was said.
"""
