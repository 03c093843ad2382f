"""Runs a program that is told to end (SIGTERM) when the process that started it dies.

    python tether.py PARENT_PID PROGRAM [ARGUMENT...]

A launched script rather than code run between fork and exec: a process with threads may do next
to nothing there. Where the kernel has no such promise (only Linux does) the program runs on.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent dies; it survives execve."""


def main(parent: int, program: list[str]) -> None:
    """Become the program, unless the parent died before it could be tied to it."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        if os.getppid() != parent:
            sys.exit("the gateway is gone")
    os.execv(program[0], program)  # noqa: S606 - the launcher's own choice of program, no shell


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
