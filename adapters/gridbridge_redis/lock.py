"""A lock that a process holds on a file, and that ends with the process however it ends."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileLock:
    """An flock(2) that is held for as long as any process has `fd` open."""

    fd: int

    def release(self) -> None:
        """Close our end; a child that inherited it goes on holding the lock."""
        os.close(self.fd)


def try_lock(path: Path) -> FileLock | None:
    """Lock a file, made where it is missing; None while another process holds it."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return FileLock(fd)
