"""Fakes of the ports: a store in memory, a clock that is told the time, recorders of the rest.

They are shipped, for the tests of whoever builds on the ports, and are held to the same contract
tests as the real implementations. They know the ports and the domain and must not know an adapter.
"""

from gridbridge.testing.clock import VirtualClock
from gridbridge.testing.fleet import RecordingFleet
from gridbridge.testing.memory_backend import MemoryBackend
from gridbridge.testing.memory_store import MemoryStore
from gridbridge.testing.sink import RecordingSink

__all__ = [
    "MemoryBackend",
    "MemoryStore",
    "RecordingFleet",
    "RecordingSink",
    "VirtualClock",
]
