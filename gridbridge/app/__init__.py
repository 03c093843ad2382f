"""The composition root: a configuration in, adapters built, a running gateway out.

The only package that knows which adapter stands behind which port. ``async with
Gateway(loaded)`` is public: two of them run in one process, on one store or on two.
"""

from gridbridge.app.gateway import Gateway
from gridbridge.app.starting import NotReadyError

__all__ = ["Gateway", "NotReadyError"]
