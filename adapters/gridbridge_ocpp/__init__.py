"""The stations: an OCPP 1.6, 2.0.1 and 2.1 server that carries out what the sites desire.

`rpc` is the wire (frames, one call at a time, priorities, deadlines), `schemas` says which
payloads a version allows; the translators know each version's words. It must not know why a limit
was set: policy, allocation and engines are strangers here, it sees the domain and the ports only.
"""
