"""The leases of an instance."""

from __future__ import annotations

from gridbridge.runtime.ownership import PartitionOwner
from gridbridge.testing import MemoryBackend, MemoryStore, VirtualClock


async def test_leases_that_cannot_be_let_go_hold_up_no_stop() -> None:
    clock = VirtualClock()
    backend = MemoryBackend(clock)
    owned: list[int] = []
    owner = PartitionOwner(
        MemoryStore(backend),
        clock,
        partitions=[7],
        version="1",
        listeners=(),
        changed=owned.extend,
    )
    await owner.beat()
    backend.down = True

    await owner.stop()

    assert owned == [7]
