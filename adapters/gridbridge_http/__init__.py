"""Health, metrics, a status page and a read-only API over HTTP.

Shows what the owners of sites and VENs put into the store, so that any instance can answer for
all; it reads the store and never an engine. It must not know how anything was decided, and it
changes nothing.
"""
