"""The store on Redis 7.0 or newer, or on an embedded Valkey; and the archive in files.

Implements `gridbridge.ports.store` and `gridbridge.ports.archive`. It knows keys, Lua, sockets and
processes, and must not know what a fact means: what it stores was encoded by the codec, and only
the names that make up keys are read.
"""
