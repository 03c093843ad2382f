"""What the inner workings need of the world, as small Protocols named for an ability.

Each docstring is a promise that every implementation keeps, the fake in `gridbridge.testing` and
the real one alike; the contract tests hold both to it.
"""
