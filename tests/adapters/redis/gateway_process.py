"""Runs an embedded server as a gateway would, until killed; prints the server's process id.

python gateway_process.py DATA_DIR [tether]     another way to tie the server to this process
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from gridbridge_redis import embedded


async def main(data_dir: Path) -> None:
    """Serve for ever."""
    async with embedded.EmbeddedValkey(data_dir) as server:
        sys.stdout.write(f"{server.pid}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        embedded.TETHER = Path(sys.argv[2])
    asyncio.run(main(Path(sys.argv[1])))
