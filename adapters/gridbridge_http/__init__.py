"""Health, metrics, the API and the status page over HTTP.

Reads what the owners of sites and VENs show in the store; must not know an engine, nor who owns
what. Until there are tokens it serves the loopback only.
"""
