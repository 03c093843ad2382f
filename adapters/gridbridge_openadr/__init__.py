"""The utility's side: OpenADR VENs, each towards one VTN.

A VEN is a shell that owns the socket (`ven`) around a session that owns none: bytes and the time
go in, bytes and a wake-up come out. `v2b/` speaks OpenADR 2.0b; `v3/` comes beside it with the
same rooms. Every byte of a VTN passes `xml_guard` and, where a fingerprint is pinned, `signature`
before anything reads it. It must not know sites, stations or policies.
"""
